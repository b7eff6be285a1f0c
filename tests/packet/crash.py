"""Bring a lab up, or take it down, and die by SIGKILL at a given point.

``crash.py up FILE NAME STEPS`` and ``crash.py down NAME STEPS`` die after so many steps;
``crash.py down NAME POINT`` at one of :data:`POINTS`.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
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


def main() -> None:
    """Exit status 0 means that there was nothing left to do before the point."""
    match sys.argv[1:]:
        case ["up", file, name, steps]:
            text = Path(file).read_text()
            Lab(name, parse(text).topology).up(text, after(int(steps)))
        case ["down", name, point]:
            with ExitStack() as stack:
                machine = stack.enter_context(machine_of(name))
                if point in POINTS:
                    stack.enter_context(POINTS[point](machine))
                take_down(machine, silent if point in POINTS else after(int(point)))
        case words:
            sys.exit(f"not understood: {words}")


if __name__ == "__main__":
    main()
