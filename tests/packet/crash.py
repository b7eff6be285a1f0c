"""Bring a lab up and die by SIGKILL after a given number of steps: ``crash.py FILE NAME STEPS``."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from samepath.control.plan import Step
from samepath.lab.lab import Lab
from samepath.model.document import parse


def main() -> None:
    """Exit status 0 means that there was nothing left to do within the steps."""
    text = Path(sys.argv[1]).read_text()
    left = int(sys.argv[3])

    def progress(_done: int, _total: int, _step: Step) -> None:
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    Lab(sys.argv[2], parse(text).topology).up(text, progress)


if __name__ == "__main__":
    main()
