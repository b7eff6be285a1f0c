"""Bring a lab up, or take it down, and die by SIGKILL at a given point.

``up FILE NAME STEPS`` and ``down NAME STEPS`` die when so many steps have been taken; if there are
fewer they come to their end. ``down NAME POINT`` dies at one of :data:`POINTS`. Each line of standard input holds such words (a list in JSON) for a process of its
own, whose exit status is the answer: a hundred starts of Python would take most of a test's time.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from unittest.mock import patch

from samepath.control.plan import Step
from samepath.lab.lab import Lab, machine_of, take_down
from samepath.linux.objects import Object
from samepath.model.document import parse
from samepath.node.machine import Machine
from samepath.node.reconcile import silent


def die(*_: object, **__: object) -> None:
    """What ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Steps:
    """Dies when so many steps have been taken: as the next one begins, or at :meth:`ended`."""

    def __init__(self, most: int) -> None:
        self._left = most

    def __call__(self, _done: int, _total: int, _step: Step) -> None:
        self.ended()
        self._left -= 1

    def ended(self) -> None:
        """Die if the last step that was to be taken has been."""
        if self._left == 0:
            die()


def _then_die(call: Callable[[], None]) -> Callable[[], None]:
    def called() -> None:
        call()
        die()

    return called


POINTS: dict[str, Callable[[Machine], AbstractContextManager[object]]] = {
    "before the processes end": lambda machine: patch.object(machine.processes, "quit", die),
    "after the processes have ended": lambda machine: patch.object(
        machine.processes, "quit", _then_die(machine.processes.quit)
    ),
    "before the directory goes": lambda machine: patch.object(machine.home, "remove", die),
    "while the directory goes": lambda _: patch.object(shutil, "rmtree", die),
}
"""Where ``down`` can die between its steps."""


def run(words: list[str]) -> None:
    """Do what the words say; if it returns there was nothing left to do before the point."""
    match words:
        case ["up", file, name, steps]:
            text = Path(file).read_text()
            lab, progress = Lab(name, parse(text).topology), Steps(int(steps))
            asking = lab.machine.start_missing  # What comes after the last step.

            def ask(desired: Iterable[Object]) -> tuple[str, ...]:
                progress.ended()
                return asking(desired)

            with patch.object(lab.machine, "start_missing", ask):
                lab.up(text, progress)
        case ["down", name, point]:
            with ExitStack() as stack:
                machine = stack.enter_context(machine_of(name))
                if point in POINTS:
                    stack.enter_context(POINTS[point](machine))
                take_down(machine, silent if point in POINTS else Steps(int(point)))
        case _:
            raise ValueError(f"not understood: {words}")


_ended: dict[int, int] = {}
"""The statuses of children that were reaped before anybody asked."""


def _reap(*_: object) -> None:
    with suppress(ChildProcessError):
        while (end := os.waitpid(-1, os.WNOHANG))[0]:
            _ended[end[0]] = end[1]


def _adopt_orphans() -> None:
    """Reap at once what a killed process leaves: ``down`` waits for that, and some inits are slow."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1) != 0:
        raise OSError(ctypes.get_errno(), "no subreaper")
    signal.signal(signal.SIGCHLD, _reap)


_PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): linux/prctl.h"""


def main() -> None:
    """Serve until standard input ends."""
    _adopt_orphans()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                run(json.loads(line))
            except BaseException:  # noqa: BLE001 - the child's end
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        try:
            _, status = os.waitpid(child, 0)
        except ChildProcessError:
            status = _ended[child]
        _ended.clear()
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
