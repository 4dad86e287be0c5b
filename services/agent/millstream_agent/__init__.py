"""The agent service: the loop that writes an app, and the gateway to the models that do it."""
