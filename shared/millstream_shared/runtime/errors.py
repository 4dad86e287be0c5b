"""Errors named by what a handler must do about them.

MillstreamError
├── Transient   try again: hand the message back with a delay
└── Permanent   trying again cannot help: record why, and take the message off the queue
    └── Fenced  another writer holds the run: stop at once, touch nothing
"""


class MillstreamError(Exception):
    """Base of all errors that the services raise on purpose."""


class Transient(MillstreamError):
    """A dependency did not answer; the same call may work later."""


class Permanent(MillstreamError):
    """The request can never work as it stands."""


class Fenced(Permanent):
    """The run log has moved on without this writer."""
