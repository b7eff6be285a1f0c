"""What tells keepalived whether a customer gateway has a tunnel with a route.

``python -m samepath.node.tunnel_tracker SOCKET FILE PROTOCOL...`` asks the BIRD at the control
socket again and again whether one of these protocols has a route, and writes what keepalived
tracks into the file. A BIRD that does not answer has none.

It is a process of a lab, looked after by the lab's supervisor. It knows nothing of the lab, and
changes nothing but the file.
"""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from samepath.device.keepalived.vrrp import FAULT, OK
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import ProtocolState
from samepath.drivers.errors import DriverError
from samepath.drivers.waiting import wait_readable

EVERY = 0.1
"""Seconds between two questions: BIRD tells no events. A lost tunnel is noticed by BFD in 0.15 s."""
PATIENCE = 1.0
"""Seconds for an answer; a BIRD that takes longer forwards no news either."""


class Speaker(Protocol):
    """What is asked; :class:`~samepath.drivers.bird.Bird` is one."""

    def protocols(self) -> tuple[ProtocolState, ...]:
        """Every protocol with its count of routes."""


def verdict(speaker: Speaker, protocols: Collection[str]) -> int:
    """What the file is to say now."""
    try:
        states = speaker.protocols()
    except DriverError:
        return FAULT
    carries = any(state.imported for state in states if state.name in protocols)
    return OK if carries else FAULT


def run(socket: Path, file: Path, protocols: Collection[str]) -> None:
    """Keep the file true, for ever."""
    said: int | None = None
    with Bird(socket, patience=PATIENCE) as bird:
        while True:
            now = verdict(bird, protocols)
            if now != said:
                file.write_text(f"{now}\n")
                said = now
            wait_readable((), EVERY)


def main(arguments: list[str]) -> None:
    """Run as a process of the world."""
    socket, file, *protocols = arguments
    run(Path(socket), Path(file), frozenset(protocols))


if __name__ == "__main__":
    main(sys.argv[1:])
