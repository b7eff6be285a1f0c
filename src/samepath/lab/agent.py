"""The lab's agent: a process of the world that keeps it what it is to be.

``python -m samepath.lab.agent DIRECTORY`` is started by the world's supervisor as the last step of
``lab up``. It looks after three things:

* a daemon that ended is started again at once (the supervisor tells);
* a flapping fault changes its turn on time;
* now and then it looks at everything, in case nobody told.

It holds the world's lock only while it changes something, and may die at any moment: the tunnels
do not need it, and the next agent goes on from what it finds.
"""

from __future__ import annotations

import logging
import select
import sys
import time
from pathlib import Path

from samepath.lab.faults import next_turn
from samepath.lab.lab import Lab, NoSuchLab

LOOK_EVERY = 5.0
"""Seconds between two looks without an event."""

log = logging.getLogger("samepath.agent")


def run(directory: Path) -> None:
    """Keep the lab of ``directory`` until it is taken down."""
    lab = Lab.running(directory.name, directory.parent)
    events = lab.machine.processes.watch()
    while True:
        turn = next_turn(lab.faults(), time.time())
        wait = LOOK_EVERY if turn is None else min(LOOK_EVERY, turn)
        ready, _, _ = select.select([events], [], [], wait)
        if ready:
            for ended in events.read():
                log.info("%s ended: %s", ended.name, ended.status)
        try:
            steps = lab.converge()
        except NoSuchLab:
            return
        for step in steps:
            log.info("%s", step)


def main() -> None:
    """Run as a process of the world; the log goes to the world's directory."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s.%(msecs)03d %(message)s"
    )
    run(Path(sys.argv[1]))


if __name__ == "__main__":
    main()
