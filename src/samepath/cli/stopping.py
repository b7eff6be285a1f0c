"""Being stopped: Ctrl-C, SIGTERM and SIGHUP end a command at once, and quietly.

SIGHUP comes when a terminal closes, from the kernel and often from the shell too; the second one
says nothing new, and is not heeded.

A stop is a :class:`KeyboardInterrupt` in whatever runs when the signal comes. Some code catches
whatever is raised in it and goes on, so the stop waits for it to return, and is raised in it only
where that takes long; and in a callback of the interpreter's own no exception gets anywhere. Hence
a stop *stands* from the signal until it has reached our own code, and till then comes again by a
timer.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

SWALLOWS = f"{os.sep}pyroute2{os.sep}"
"""In the path of code that catches whatever is raised in it, a stop too, and goes on."""
PATIENCE = 1.0
"""Seconds for which a stop waits for such code to return: it asks the kernel, which answers."""
AGAIN = 0.005
"""Seconds after which a stop that stands is tried once more."""


class _Stop:
    """The stop of a process, which has one at most at a time."""

    def __init__(self) -> None:
        self._process = 0
        """Whose it is; a child of it has none."""
        self._waiting_since: float | None = None
        """When it came, or was last raised in code that may swallow it; None: none stands."""
        self._thrown: KeyboardInterrupt | None = None
        """What was raised in such code."""
        self._outside: FrameType | None = None
        """Our own code that had called it."""
        self._words: str | None = None
        """What is told of a stop that has to wait for what is under way; None: nothing holds it."""
        self._held = False
        """Whether one waits so."""
        self._hung_up = False
        """Whether a SIGHUP has come."""

    def stands(self) -> bool:
        """Whether a stop has come that our own code has not seen; one that it has is forgotten."""
        if self._thrown is not None and self._outside is not None:
            reached = (frame for frame, _ in traceback.walk_tb(self._thrown.__traceback__))
            if self._outside in reached:
                self.forget()
        return self._waiting_since is not None

    def begin(self) -> None:
        """Be that of the process that calls; nothing stands."""
        self._process = os.getpid()
        self._hung_up = False
        self.forget()

    def forget(self) -> None:
        """It has reached our own code."""
        self._waiting_since = self._thrown = self._outside = None

    def signalled(self, number: int, frame: FrameType | None) -> None:
        """Be stopped: the handler of every such signal."""
        if os.getpid() != self._process:
            if self._words is not None:
                return  # It works for what is held.
            os._exit(128 + number)
        if number == signal.SIGHUP:
            if self._hung_up:
                return
            self._hung_up = True
        if self._words is not None and not self._held:
            self._held = True
            with suppress(OSError):
                os.write(2, f"{self._words}\n".encode())  # A print() may be under way.
            return
        sys.unraisablehook = self._unraisable
        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)  # It may complain, too.
        if not self.stands():
            self._waiting_since = time.monotonic()
        self._deliver(frame)

    def try_again(self, _number: int, frame: FrameType | None) -> None:
        """See what has become of a stop: the handler of the timer's signal."""
        if self.stands():
            self._deliver(frame)

    def hold(self, words: str) -> None:
        """Let the next one wait, and ``words`` be told of it; one that stands waits already."""
        self._held = self.stands()
        self._words = words
        self.forget()

    def release(self) -> bool:
        """Let none wait any more; whether one has."""
        held, self._held, self._words = self._held, False, None
        return held

    def _deliver(self, frame: FrameType | None) -> None:
        outside = _outside(frame)
        if outside is None:
            self.forget()
            raise KeyboardInterrupt
        self._come_again()
        now = time.monotonic()
        if self._waiting_since is None or now - self._waiting_since < PATIENCE:
            return
        self._waiting_since = now
        self._thrown, self._outside = KeyboardInterrupt(), outside
        raise self._thrown

    def _unraisable(self, what: sys.UnraisableHookArgs) -> None:
        """A stop that fell where no exception may leave comes again; anything else goes unsaid.

        Such places are the callbacks around a fork (:func:`os.register_at_fork`; ``logging`` has
        some, and a fork takes long enough to be hit) and ``__del__``. Unsaid: what was stopped
        while it was being made may complain when it is thrown away.
        """
        if what.exc_type is KeyboardInterrupt:
            self._waiting_since = time.monotonic()
            self._come_again()

    def _come_again(self) -> None:
        signal.signal(signal.SIGALRM, self.try_again)
        signal.setitimer(signal.ITIMER_REAL, AGAIN)


_STOP = _Stop()
"""This process's, as signals and their handlers are."""


def heed() -> None:
    """End here if a stop stands; for long work of ours that calls libraries over and over.

    The timer finds that work between two calls, too, but may take many tries if it is short.
    """
    if _STOP.stands():
        _STOP.forget()
        raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[None]:
    """Let the signals leave what is under way by a :class:`KeyboardInterrupt`; then end.

    A SIGHUP that whoever started us ignores (nohup) stays so.
    A child that a library forks inherits the handlers; there a signal ends it, as it would have.
    Afterwards all is as it was before, whether a stop has come or not.
    """
    _STOP.begin()
    log, hook = logging.getLogger("asyncio"), sys.unraisablehook
    level, alarm = log.level, signal.getsignal(signal.SIGALRM)
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, _STOP.signalled) for number in numbers}
    try:
        yield
    except BaseException as error:
        if sys.unraisablehook != hook:
            _throw_away(error)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _STOP.forget()
        if signal.getsignal(signal.SIGALRM) == _STOP.try_again:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, alarm)
        sys.unraisablehook = hook
        log.setLevel(level)


@contextmanager
def held(words: str) -> Iterator[None]:
    """Let what is within come to its end: a stop meanwhile comes after it, and ``words`` are told.

    A second one is not held: it leaves what is within at once. What fails within is told instead of
    a stop that was held. It is used within :func:`stoppable`.
    """
    _STOP.hold(words)
    came = False
    try:
        yield
    finally:
        came = _STOP.release()
    if came:
        raise KeyboardInterrupt


def _throw_away(error: BaseException) -> None:
    """Let what was under way go while nobody hears its complaints."""
    chain: BaseException | None = error
    while chain is not None:
        traceback.clear_frames(chain.__traceback__)
        chain = chain.__context__
    gc.collect()


def _outside(frame: FrameType | None) -> FrameType | None:
    """Who has called the code that would swallow a stop; None if none is under way."""
    outside = None
    while frame is not None:
        if SWALLOWS in frame.f_code.co_filename:
            outside = frame.f_back
        frame = frame.f_back
    return outside
