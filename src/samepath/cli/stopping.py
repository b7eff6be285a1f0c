"""Being stopped: Ctrl-C and SIGTERM end a command at once, and quietly."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SWALLOWS = f"{os.sep}pyroute2{os.sep}"
"""In the path of code that catches whatever is raised in it, a stop too, and goes on."""
PATIENCE = 1.0
"""Seconds for which a stop waits for such code to return: it asks the kernel, which answers."""
AGAIN = 0.005
"""Seconds after which a stop that could not be delivered is tried once more."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Let both signals leave what is under way by a :class:`KeyboardInterrupt`; then end.

    A child that a library forks inherits the handlers; there a signal ends it, as it would have.
    """
    process = os.getpid()
    first: float | None = None

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if os.getpid() != process:
            os._exit(128 + number)
        first = first or time.monotonic()
        sys.unraisablehook = unraisable
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)  # It may complain, too.
        if _would_swallow(frame) and time.monotonic() - first < PATIENCE:
            again()
        else:
            raise KeyboardInterrupt

    def unraisable(what: sys.UnraisableHookArgs) -> None:
        """A stop that fell where no exception may leave comes again; anything else goes unsaid.

        Such places are the callbacks around a fork (:func:`os.register_at_fork`; ``logging`` has
        some, and a fork takes long enough to be hit) and ``__del__``. Unsaid: what was stopped
        while it was being made may complain when it is thrown away.
        """
        if what.exc_type is KeyboardInterrupt:
            again()

    def again() -> None:
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, AGAIN)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if signal.getsignal(signal.SIGALRM) is stop:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


@contextmanager
def held(words: str) -> Iterator[None]:
    """Let what is within come to its end: a stop meanwhile comes after it, and ``words`` are told.

    A second one is not held: it leaves what is within at once. It is used within
    :func:`stoppable`.
    """
    # A stop that was to be tried again (see :func:`stoppable`) is one that comes while this holds.
    again = signal.getsignal(signal.SIGALRM) is signal.getsignal(signal.SIGINT)
    waits = again and signal.setitimer(signal.ITIMER_REAL, 0)[0] > 0

    def hold(number: int, frame: FrameType | None) -> None:
        nonlocal waits
        if waits:
            before[number](number, frame)
            return
        waits = True
        with suppress(OSError):
            os.write(2, f"{words}\n".encode())  # A print() may be under way.

    before: dict[int, Callable[[int, FrameType | None], object]] = {}
    for stop in (signal.SIGINT, signal.SIGTERM):
        handler = signal.signal(stop, hold)
        before[stop] = handler if callable(handler) else signal.default_int_handler
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if waits:
        raise KeyboardInterrupt


def _would_swallow(frame: FrameType | None) -> bool:
    while frame is not None:
        if SWALLOWS in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
