"""Bring a lab up, or take it down, and die by SIGKILL at a given point.

``up FILE NAME STEPS`` and ``down NAME STEPS`` die after so many steps; ``down NAME POINT`` at one of
:data:`POINTS`. Each line of standard input holds such words (a list in JSON) for a process of its
own, whose exit status is the answer: a hundred starts of Python would take most of a test's time.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from unittest.mock import patch

from samepath.control.plan import Step
from samepath.lab.lab import Lab, machine_of, take_down
from samepath.model.document import parse
from samepath.node.machine import Machine
from samepath.node.reconcile import Progress, silent


def die(*_: object, **__: object) -> None:
    """What ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def after(steps: int) -> Progress:
    """Die when so many steps have been taken."""
    left = steps

    def progress(_done: int, _total: int, _step: Step) -> None:
        nonlocal left
        if left == 0:
            die()
        left -= 1

    return progress


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
            Lab(name, parse(text).topology).up(text, after(int(steps)))
        case ["down", name, point]:
            with ExitStack() as stack:
                machine = stack.enter_context(machine_of(name))
                if point in POINTS:
                    stack.enter_context(POINTS[point](machine))
                take_down(machine, silent if point in POINTS else after(int(point)))
        case _:
            raise ValueError(f"not understood: {words}")


def main() -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                run(json.loads(line))
            except BaseException:  # noqa: BLE001 - the child's end
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
