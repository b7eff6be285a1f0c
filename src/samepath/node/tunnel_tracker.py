"""What tells keepalived whether a customer gateway has a tunnel with a route.

``python -m samepath.node.tunnel_tracker FILE PROGRAM SOCKET NAMES...`` asks daemons of a router
again and again whether a tunnel has a route, and writes what keepalived tracks into the file. Each
daemon is three words: what it is (:class:`Asked`), its control socket, and by which names it knows
the tunnels, with commas between them. One that does not answer has no route.

It is a process of a lab, looked after by the lab's supervisor. It knows nothing of the lab, and
changes nothing but the file.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

from samepath.control.vrrp import Asked
from samepath.device.keepalived.vrrp import FAULT, OK
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import ProtocolState
from samepath.drivers.errors import DriverError
from samepath.drivers.frr import Frr
from samepath.drivers.frr_output import Neighbour
from samepath.drivers.waiting import wait_readable

EVERY = 0.1
"""Seconds between two questions: nobody tells events. A lost tunnel is noticed by BFD in 0.15 s."""
PATIENCE = 1.0
"""Seconds for an answer; a daemon that takes longer forwards no news either."""


class TellsProtocols(Protocol):
    """A BIRD; :class:`~samepath.drivers.bird.Bird` is one."""

    def protocols(self) -> tuple[ProtocolState, ...]:
        """Every protocol with its count of routes."""


class TellsNeighbours(Protocol):
    """A bgpd; :class:`~samepath.drivers.frr.Frr` is one."""

    def neighbours(self) -> tuple[Neighbour, ...]:
        """Every neighbour with its count of routes."""


class Routes(Protocol):
    """Who is asked for the names of what has a route now.

    Raises :class:`~samepath.drivers.errors.DriverError` if it does not answer.
    """

    def __call__(self) -> Collection[str]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A daemon, and by which names it knows the tunnels."""

    routes: Routes
    names: frozenset[str]


def verdict(sources: Iterable[Source]) -> int:
    """What the file is to say now."""
    return OK if any(map(_has_route, sources)) else FAULT


def _has_route(source: Source) -> bool:
    try:
        return not source.names.isdisjoint(source.routes())
    except DriverError:
        return False


def of_bird(bird: TellsProtocols) -> frozenset[str]:
    """The protocols of a BIRD that have a route."""
    return frozenset(state.name for state in bird.protocols() if state.imported)


def of_bgpd(bgpd: TellsNeighbours) -> frozenset[str]:
    """The neighbours of a bgpd with which a session stands that has brought a route."""
    return frozenset(
        str(one.address) for one in bgpd.neighbours() if one.uptime is not None and one.accepted
    )


def _sources(words: Iterator[str], stack: ExitStack) -> Iterator[Source]:
    for program, socket, names in zip(words, words, words, strict=True):
        yield Source(
            routes=_routes(Asked(program), Path(socket), stack),
            names=frozenset(names.split(",")),
        )


def _routes(asked: Asked, socket: Path, stack: ExitStack) -> Routes:
    match asked:
        case Asked.BIRD:
            bird = stack.enter_context(Bird(socket, patience=PATIENCE))
            return lambda: of_bird(bird)
        case Asked.BGPD:
            bgpd = stack.enter_context(Frr(socket, patience=PATIENCE))
            return lambda: of_bgpd(bgpd)
        case Asked.ZEBRA:
            zebra = stack.enter_context(Frr(socket, patience=PATIENCE))
            return zebra.static_devices
        case _:
            assert_never(asked)


def run(file: Path, sources: Collection[Source]) -> None:
    """Keep the file true, for ever."""
    said: int | None = None
    while True:
        now = verdict(sources)
        if now != said:
            file.write_text(f"{now}\n")
            said = now
        wait_readable((), EVERY)


def main(arguments: list[str]) -> None:
    """Run as a process of the world."""
    file, *words = arguments
    with ExitStack() as stack:
        run(Path(file), tuple(_sources(iter(words), stack)))


if __name__ == "__main__":
    main(sys.argv[1:])
