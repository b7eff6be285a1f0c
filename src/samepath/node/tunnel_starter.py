"""What starts the tunnels of a cluster's machine when it becomes active, and stops them after.

``python -m samepath.node.tunnel_starter ADDRESS BIRD [CHARON TUNNEL PROTOCOL]...`` looks again and
again whether its namespace has the outside address, which VRRP gives the active machine. A charon
that was left to itself would try every three seconds, and a BIRD would wait behind it.

On becoming active it forgets what is left of earlier SAs, starts each tunnel, and enables BIRD's
session when the SA carries. While active it starts a tunnel again whose SA is missing. While it stands
by there are no SAs and no sessions: the other machine has new ones of the same identities. What is
left is forgotten without a word, and BIRD is kept from trying: BFD that came up before its session
was begun would go down with that, and the gateway would take no new one for longer.

It is a process of a lab, looked after by the lab's supervisor, and knows nothing of the lab.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn, Protocol

from samepath.drivers.bird import Bird
from samepath.drivers.errors import DriverError
from samepath.drivers.strongswan import Charon
from samepath.drivers.waiting import wait_readable

EVERY = 0.05
"""Seconds between two looks while something is to happen."""
SELDOM = 0.5
"""Seconds between two looks at tunnels that are up."""
BEGIN_AFTER = 3
"""Looks at an SA that carries, until its session is begun. The gateway's end takes none for up to a
second after BFD has ended the last one, and an attempt that is refused costs another second."""
PATIENCE = timedelta(seconds=1)


class Tunnel(Protocol):
    """A tunnel's charon and its session; :class:`LiveTunnel` is one. They raise ``DriverError``."""

    def carries(self) -> bool | None:
        """Whether its SA carries packets; None: it is on its way."""

    def start(self) -> None:
        """Ask for its SA, and wait for nothing."""

    def forget(self) -> None:
        """Forget its SAs, without a word to the peer."""

    def enable_session(self) -> None:
        """Let its BGP session begin; one that runs is left alone."""

    def disable_session(self) -> None:
        """End its BGP session, and let none begin."""


@dataclass
class Keeper:
    """Keeps one tunnel as the machine's part in the cluster wants it."""

    tunnel: Tunnel
    active: bool | None = None
    """What was seen to at last; None: nothing."""
    looks: int = 0
    """How often it was seen that its SA carries, up to when its session was begun."""

    def look(self, *, active: bool) -> bool:
        """Do what is to be done now; returns whether to look again soon.

        A process that is new beside a tunnel that carries goes on with it.
        """
        try:
            if not active:
                self._stand_by()
                return False
            if self.active is False:
                self.tunnel.forget()
                self.looks = 0
            self.active = True
            return self._keep()
        except DriverError:
            self.looks = 0
            return True

    def _stand_by(self) -> None:
        if self.active is not False:
            self.tunnel.forget()
        # Again and again: a BIRD that was started or configured anew has it enabled.
        self.tunnel.disable_session()
        self.active = False

    def _keep(self) -> bool:
        carries = self.tunnel.carries()
        if carries is False:
            self.tunnel.start()
        if not carries:
            self.looks = 0
            return True
        self.looks = min(self.looks + 1, BEGIN_AFTER)
        if self.looks < BEGIN_AFTER:
            return True
        self.tunnel.enable_session()
        return False


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveTunnel:
    """A tunnel by the sockets of its daemons and its names in them."""

    charon: Path
    name: str
    bird: Path
    protocol: str

    def carries(self) -> bool | None:
        with self._vici() as charon:
            sas = [sa for sa in charon.sas() if sa.name == self.name]
        if any(child.carries for sa in sas for child in sa.children):
            return True
        return None if any(not sa.stands or sa.children for sa in sas) else False

    def start(self) -> None:
        with self._vici() as charon:
            charon.initiate(self.name, ike=self.name)

    def forget(self) -> None:
        with self._vici() as charon:
            charon.terminate(ike=self.name, force=True)

    def enable_session(self) -> None:
        with Bird(self.bird, patience=PATIENCE.total_seconds()) as bird:
            bird.enable(self.protocol)

    def disable_session(self) -> None:
        with Bird(self.bird, patience=PATIENCE.total_seconds()) as bird:
            bird.disable(self.protocol)

    def _vici(self) -> Charon:
        return Charon(self.charon, patience=PATIENCE)


def has_address(address: str) -> bool:
    """Whether this namespace has an address now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def run(address: str, tunnels: Iterable[Tunnel]) -> NoReturn:
    """Keep them so, for ever."""
    keepers = [Keeper(tunnel) for tunnel in tunnels]
    looked = 0.0
    soon = True
    active: bool | None = None
    while True:
        now = has_address(address)
        if now != active or soon or looked >= SELDOM:
            active, looked = now, 0.0
            looks = [keeper.look(active=now) for keeper in keepers]
            soon = any(looks)
        wait_readable((), EVERY)
        looked += EVERY


def tunnels_of(bird: str, words: Iterable[str]) -> Iterator[LiveTunnel]:
    """The tunnels that are named on the command line."""
    for charon, name, protocol in zip(*[iter(words)] * 3, strict=True):
        yield LiveTunnel(charon=Path(charon), name=name, bird=Path(bird), protocol=protocol)


def main(arguments: list[str]) -> None:
    """Run as a process of the world."""
    address, bird, *words = arguments
    run(address, list(tunnels_of(bird, words)))


if __name__ == "__main__":
    main(sys.argv[1:])
