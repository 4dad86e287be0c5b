"""Running untrusted programs behind bubblewrap."""

from millstream_validator.adapters.bubblewrap.sandbox import BubblewrapSandbox

__all__ = ["BubblewrapSandbox"]
