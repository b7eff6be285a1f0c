"""The control of a cut: two routers with clear paths between them, no IPsec.

Two BIRDs with the texts, timers and BFD of a samepath customer gateway, one on each side, speak
eBGP over two paths; each path is a veth pair to a bridge from either side, both prefer path 1. A
host stands behind each. So this is what BFD, BGP and this kernel need for a failover by
themselves. Path 1 is cut by taking its bridge down: every frame vanishes, carriers stay up.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from benchmarks.worlds import until
from samepath.control.parts import bird, default_route, forwarding, wire
from samepath.device.bird import speakers
from samepath.device.customer import Customer, CustomerTunnel
from samepath.drivers.bird import Bird
from samepath.lab.lab import machine_of, take_down
from samepath.lab.probe import HostRef
from samepath.linux.objects import Address, Bridge, End, Namespace, Object, veth
from samepath.model.preference import PINNED_LOCAL_PREFERENCE
from samepath.model.topology import Bfd, BgpTimers
from samepath.node.machine import Machine
from samepath.node.reconcile import reconcile

_NETWORKS = (IPv4Network("10.0.0.0/16"), IPv4Network("192.168.10.0/24"))
_ASNS = (64512, 65000)
PATHS = (1, 2)


def _inside(path: int, side: int) -> IPv4Interface:
    return IPv4Interface(f"169.254.{100 + path}.{1 + side}/30")


class ClearPaths:
    """The running control."""

    def __init__(self, machine: Machine, bfd: Bfd) -> None:
        self._machine = machine
        self._bfd = bfd

    def _namespace(self, name: str) -> str:
        return f"{self._machine.prefix}{name}"

    def objects(self) -> Iterator[Object]:
        """Everything that the control is made of."""
        switch = self._namespace("paths")
        yield Namespace(name=switch)
        for path in PATHS:
            yield Bridge(namespace=switch, name=f"path{path}", ports=(f"p{path}a", f"p{path}b"))
        for side in (0, 1):
            yield from self._side(side, switch)

    def _side(self, side: int, switch: str) -> Iterator[Object]:
        letter = "ab"[side]
        router, host = self._namespace(f"router-{letter}"), self._namespace(f"host-{letter}")
        network = _NETWORKS[side]
        yield Namespace(name=router)
        yield forwarding(router)
        yield Namespace(name=host)
        yield from wire(
            End(namespace=router, name="lan"),
            IPv4Interface((network[1], network.prefixlen)),
            End(namespace=host, name="eth0"),
            IPv4Interface((network[10], network.prefixlen)),
        )
        yield default_route(host, "eth0", network[1])
        for path in PATHS:
            yield veth(
                End(namespace=router, name=f"path{path}"),
                End(namespace=switch, name=f"p{path}{letter}"),
            )
            yield Address(namespace=router, device=f"path{path}", interface=_inside(path, side))
        text = speakers.customer(
            Customer(
                router_id=IPv4Address(f"192.0.2.{1 + side}"),
                asn=_ASNS[side],
                networks=(network,),
                tunnels=tuple(self._tunnel(path, side) for path in PATHS),
            )
        )
        yield from bird(f"bird-{letter}", router, text)

    def _tunnel(self, path: int, side: int) -> CustomerTunnel:
        return CustomerTunnel(
            name=f"path{path}",
            device=f"path{path}",
            local=_inside(path, side).ip,
            gateway=_inside(path, 1 - side).ip,
            gateway_asn=_ASNS[1 - side],
            timers=BgpTimers(bfd=self._bfd),
            local_preference=PINNED_LOCAL_PREFERENCE if path == 1 else None,
            preferred=path == 1,
        )

    def hosts(self) -> tuple[HostRef, HostRef]:
        """The host behind either router."""
        a, b = (
            HostRef(self._namespace(f"host-{letter}"), str(network[10]))
            for letter, network in zip("ab", _NETWORKS, strict=True)
        )
        return a, b

    def cut(self) -> None:
        """Path 1 swallows everything."""
        self._path1("down")

    def heal(self) -> None:
        """Path 1 is whole again."""
        self._path1("up")

    def _path1(self, state: str) -> None:
        switch = self._namespace("paths")
        subprocess.run(["ip", "-n", switch, "link", "set", "path1", state], check=True)

    def settled(self) -> None:
        """Wait until BGP and BFD are up on both paths and path 1 carries both directions."""
        until(self._is_settled, "the clear paths: BGP and BFD up")

    def _is_settled(self) -> bool:
        for letter, peer in zip("ab", reversed(_NETWORKS), strict=True):
            with Bird(self._machine.socket(f"bird-{letter}", "ctl")) as speaker:
                up = [one for one in speaker.protocols() if one.bgp_state == "Established"]
                bfd = [one for one in speaker.bfd_sessions() if one.state == "Up"]
            router = self._namespace(f"router-{letter}")
            hop = self._machine.kernel.lookup(router, peer[10])
            first = hop is not None and hop.device == "path1"
            if len(up) != len(PATHS) or len(bfd) != len(PATHS) or not first:
                return False
        return True


@contextmanager
def clear_paths(name: str, bfd: Bfd) -> Iterator[ClearPaths]:
    """The control under a world's name, up; nothing is left of it afterwards."""
    with machine_of(name) as machine:
        take_down(machine)
        control = ClearPaths(machine, bfd)
        try:
            with machine.home.locked():
                machine.processes.ensure_supervisor()
                reconcile(machine, frozenset(control.objects()))
            control.settled()
            yield control
        finally:
            take_down(machine)
