"""What runs in a lab, by its version, as the daemons and the kernel themselves tell it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version

from samepath.control.frr import ZEBRA
from samepath.control.names import bird_of_gateway, charon_of_endpoint
from samepath.control.speakers import frr_customers
from samepath.drivers.bird import Bird
from samepath.drivers.frr import Frr
from samepath.drivers.strongswan import Charon
from samepath.lab.lab import Lab
from samepath.model.topology_view import tunnels_of
from samepath.node.speakers import frr_socket


@dataclass(frozen=True, kw_only=True, slots=True)
class Versions:
    """Versions as they are told: ``0.1.0``, ``5.9.8``, ``2.0.12``, ``6.1.0-40-amd64``."""

    samepath: str
    strongswan: str
    bird: str
    kernel: str
    frr: str | None = None
    """None where no customer gateway runs one."""


def versions_in(lab: Lab) -> Versions:
    """The versions of a lab that is up: all its daemons of a kind are of one program.

    Raises :class:`~samepath.drivers.errors.DriverError` if one does not answer.
    """
    connection, tunnel = next(tunnels_of(lab.topology))
    sockets = lab.machine.socket
    with (
        Charon(sockets(charon_of_endpoint(connection.name, tunnel.number), "vici")) as charon,
        Bird(sockets(bird_of_gateway(connection.gateway), "ctl")) as bird,
    ):
        return Versions(
            samepath=version("samepath"),
            strongswan=charon.version(),
            bird=bird.status().version,
            kernel=platform.release(),
            frr=_frr(lab),
        )


def _frr(lab: Lab) -> str | None:
    for customer in frr_customers(lab.topology):
        with Frr(frr_socket(lab.machine, customer, ZEBRA)) as frr:
            return frr.version().removeprefix("FRRouting ").partition(" ")[0]
    return None
