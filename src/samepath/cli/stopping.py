"""Being stopped: Ctrl-C and SIGTERM end a command at once, and quietly."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def _ignore(_: sys.UnraisableHookArgs) -> None:
    """What was stopped while it was being made may complain when it is thrown away."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let both signals leave what is under way by a :class:`KeyboardInterrupt`; then end.

    A child that a library forks inherits the handlers; there a signal ends it, as it would have.
    """
    process = os.getpid()

    def stop(number: int, _frame: FrameType | None) -> None:
        if os.getpid() != process:
            os._exit(128 + number)
        sys.unraisablehook = _ignore
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)  # so may its event loops
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
