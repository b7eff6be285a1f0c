"""The routers' BGP speakers, whatever daemons they are: whether they work, and their sessions.

An endpoint's speaker and a gateway's router are BIRDs, a customer gateway's router is a BIRD or an
FRR. Who looks at sessions asks a :class:`Speaker`, and need not know which.

When a session was established is told on the monotonic clock, which nobody sets. BIRD prints it by
the wall clock, so both clocks are read before and after. FRR counts whole seconds of the monotonic
clock from one of its whole seconds to another, so what it says is exact where no second has begun
while it was asked, and it is asked again where one has.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from math import floor
from pathlib import Path
from typing import Protocol

from samepath.control.frr import BGPD, socket_of
from samepath.control.names import bird_of_customer, frr_of_customer
from samepath.control.speakers import frr_programs, runs_frr
from samepath.drivers.bird import ANSWER_LIMIT, Bird
from samepath.drivers.bird_output import ProtocolState, moment
from samepath.drivers.errors import NotUnderstood, Refused
from samepath.drivers.frr import Frr
from samepath.drivers.frr_output import ESTABLISHED, Neighbour
from samepath.model.topology import Topology
from samepath.node.machine import Machine

STEP = 0.1
"""Seconds by which the wall clock may have moved against the monotonic one while a BIRD was asked.
After more nothing is reported of it this time."""
_ATTEMPTS = 10
"""Times that an FRR is asked within one second of the clock; the first answer takes milliseconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeakerSession:
    """A BGP session. ``since`` is when it was established, in seconds of the monotonic clock.

    ``state`` is ``Established``, ``Active`` and so on. ``routes`` are those that this end has
    accepted, ``refused`` those that its import policy has refused. ``bfd`` is None where BFD is not
    used. ``last_error`` is how the last session ended, also of one that is up again.
    """

    state: str
    since: float | None
    routes: int
    refused: int
    bfd: str | None
    last_error: str


class Speaker(Protocol):
    """A router's BGP speaker.

    Its methods raise :class:`~samepath.drivers.errors.DriverError` where it does not answer, or
    not so that it can be understood.
    """

    def require_answer(self) -> None:
        """Return if all of its daemons answer."""

    def sessions(self) -> Mapping[str, SpeakerSession]:
        """Its sessions, by what :mod:`samepath.control.speakers` says that it calls them."""


def bird_speaker(machine: Machine, daemon: str, patience: float = ANSWER_LIMIT) -> Speaker:
    """The BIRD called ``daemon``; it is waited for no longer than ``patience`` seconds."""
    return BirdSpeaker(machine.socket(daemon, "ctl"), patience)


def customer_speaker(
    machine: Machine,
    topology: Topology,
    customer: str,
    patience: float = ANSWER_LIMIT,
    member: int = 1,
) -> Speaker:
    """The speaker of a customer gateway's router; ``member`` is the machine of a cluster."""
    if not runs_frr(topology, customer):
        return bird_speaker(machine, bird_of_customer(customer, member), patience)
    sockets = {
        program: frr_socket(machine, customer, program)
        for program in frr_programs(topology, customer)
    }
    return FrrSpeaker(sockets, patience)


def frr_socket(machine: Machine, customer: str, program: str) -> Path:
    """The socket on which a daemon of a customer gateway's FRR is asked."""
    return machine.home.path / socket_of(frr_of_customer(customer), program)


class BirdSpeaker:
    """A BIRD whose control socket is ``path``."""

    def __init__(self, path: Path, patience: float) -> None:
        self._path = path
        self._patience = patience

    def require_answer(self) -> None:
        with Bird(self._path, patience=self._patience) as bird:
            bird.status()

    def sessions(self) -> Mapping[str, SpeakerSession]:
        ahead = _wall_ahead()
        with Bird(self._path, patience=self._patience) as bird:
            protocols, bfd = bird.protocols(), _bfd_states(bird)
            found = {
                state.name: _of_bird(state, bfd, ahead)
                for state in protocols
                if state.bgp_state is not None
            }
        if abs(_wall_ahead() - ahead) >= STEP:
            raise NotUnderstood("the clock was set while a BIRD told the time")
        return found


def _wall_ahead() -> float:
    return time.time() - time.monotonic()


def _bfd_states(bird: Bird) -> dict[IPv4Address | IPv6Address, str]:
    """The state of each BFD session by its neighbour's address."""
    try:
        return {session.neighbor: session.state for session in bird.bfd_sessions()}
    except Refused:
        return {}  # Where no session is to have BFD, BIRD runs no BFD protocol, and says so.


def _of_bird(
    state: ProtocolState, bfd: Mapping[IPv4Address | IPv6Address, str], ahead: float
) -> SpeakerSession:
    established = state.bgp_state == ESTABLISHED
    return SpeakerSession(
        state=state.bgp_state or state.state,
        since=moment(state.since).timestamp() - ahead if established else None,
        routes=state.imported,
        refused=state.refused,
        bfd=bfd.get(state.neighbor) if state.neighbor else None,
        last_error=state.last_error or "",
    )


class FrrSpeaker:
    """An FRR, by the sockets of its daemons."""

    def __init__(self, sockets: Mapping[str, Path], patience: float) -> None:
        self._sockets = sockets
        self._patience = patience

    def require_answer(self) -> None:
        for path in self._sockets.values():
            with Frr(path, patience=self._patience) as frr:
                frr.version()

    def sessions(self) -> Mapping[str, SpeakerSession]:
        with Frr(self._sockets[BGPD], patience=self._patience) as frr:
            for _ in range(_ATTEMPTS):
                before = floor(time.monotonic())
                neighbours = frr.neighbours()
                if floor(time.monotonic()) == before:
                    return {str(one.address): _of_frr(one, frr, before) for one in neighbours}
        raise NotUnderstood("a bgpd takes more than a second to tell its neighbours")


def _of_frr(neighbour: Neighbour, frr: Frr, now: int) -> SpeakerSession:
    up = neighbour.uptime
    heard = 0 if up is None else frr.received(neighbour.address)
    return SpeakerSession(
        state=neighbour.state,
        since=None if up is None else float(now - up),
        routes=neighbour.accepted if up is not None else 0,
        refused=max(0, heard - neighbour.accepted),
        bfd=neighbour.bfd,
        last_error=neighbour.last_error,
    )
