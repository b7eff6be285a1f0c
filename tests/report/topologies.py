"""Topologies of every shape that a picture has to hold, written as a user writes them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from samepath.model.document import parse
from samepath.model.topology import Topology

LONG = "-and-a-name-that-is-as-long-as-can-be"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """So many customer gateways, with a connection to each of so many gateways."""

    customers: int
    gateways: int = 1
    hosts: int = 1
    networks: int = 1
    one_site: bool = True
    firewall: bool = True
    long: bool = False

    def _name(self, what: str, number: int) -> str:
        return f"{what}{number}{LONG}"[:31] if self.long else f"{what}{number}"

    @property
    def text(self) -> str:
        """The topology file."""
        name, devices = self._name, range(self.customers)
        vpcs = [
            f"  {name('v', g)}: {{cidr: 10.{g}.0.0/16, "
            f"hosts: {_hosts(f'10.{g}.0', f'v{g}', self.hosts)}}}"
            for g in range(self.gateways)
        ]
        gateways = [
            f"  {name('g', g)}: {{vpc: {name('v', g)}, asn: {64512 + g}}}"
            for g in range(self.gateways)
        ]
        bound = ", firewall: {binding: interface, reverse_path: strict}" if self.firewall else ""
        customers = [
            f"  {name('c', c)}: {{address: 198.51.100.{c + 1}, "
            f"asn: {65000 if self.one_site else 65000 + c}{bound}}}"
            for c in devices
        ]
        names = [name("c", c) for c in devices]
        sites = [
            f"  {name('s', s)}:\n"
            f"    networks: [{', '.join(self._networks(s))}]\n"
            f"    customer_gateways: [{', '.join(some)}]\n"
            f"    ibgp: {'true' if len(some) > 1 else 'false'}\n"
            f"    hosts: {_hosts(f'192.168.{s * 20}', f's{s}', self.hosts)}"
            for s, some in enumerate([names] if self.one_site else [[one] for one in names])
        ]
        connections = [
            f"  {name(f'k{g}', c)}: {{gateway: {name('g', g)}, customer_gateway: {name('c', c)}}}"
            for c in devices
            for g in range(self.gateways)
        ]
        parts = {
            "vpcs": vpcs,
            "gateways": gateways,
            "customer_gateways": customers,
            "sites": sites,
            "connections": connections,
        }
        lines = [line for key, some in parts.items() for line in (f"{key}:", *some)]
        return "\n".join(("samepath: 1", "name: many", *lines, ""))

    def _networks(self, site: int) -> list[str]:
        return [f"192.168.{site * 20 + number}.0/24" for number in range(self.networks)]

    @property
    def topology(self) -> Topology:
        """What the file means."""
        return parse(self.text).topology


def _hosts(network: str, prefix: str, count: int) -> str:
    return "{" + ", ".join(f"{prefix}h{i}: {network}.{20 + i}" for i in range(count)) + "}"


def topologies() -> st.SearchStrategy[Topology]:
    """Any of them."""
    return st.builds(
        Shape,
        customers=st.integers(1, 3),
        gateways=st.integers(1, 2),
        hosts=st.integers(1, 12),
        networks=st.integers(1, 9),
        one_site=st.booleans(),
        firewall=st.booleans(),
        long=st.booleans(),
    ).map(lambda shape: shape.topology)
