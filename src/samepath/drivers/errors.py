"""What a driver raises when the world says no: a few names, sorted by what the caller does next.

Each text is one sentence that names the thing and the reason, and never holds a secret.
"""

from __future__ import annotations


class DriverError(Exception):
    """The machine, or a daemon on it, did not do what it was asked to."""


class DaemonUnreachable(DriverError):
    """A daemon does not answer on its socket: it is gone, starting, or stuck.

    Asking again may help; starting the daemon may, too.
    """


class Refused(DriverError):
    """A daemon answered, and its answer is no. Asking again in the same words is no use."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DaemonFailed(DriverError):
    """A daemon could not be started, or ended before it was ready.

    ``log`` is the end of what it wrote since it was started.
    """

    def __init__(self, reason: str, log: str = "") -> None:
        super().__init__(f"{reason}:\n{log}" if log else reason)
        self.reason = reason
        self.log = log


class NotUnderstood(DriverError):
    """What a daemon said has not the form that we know; most likely it is another version."""
