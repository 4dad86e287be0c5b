"""The store service: the only owner of Postgres and of the message state machine."""
