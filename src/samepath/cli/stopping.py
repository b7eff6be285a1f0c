"""Being stopped: Ctrl-C and SIGTERM end a command at once, and quietly."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def _ignore(_: sys.UnraisableHookArgs) -> None:
    """What was stopped while it was being made may complain when it is thrown away."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    sys.unraisablehook = _ignore
    raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[None]:
    """Let both signals leave what is under way by a :class:`KeyboardInterrupt`; then end."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
