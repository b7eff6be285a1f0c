"""Topologies of every shape that a picture has to hold, written as a user writes them."""

from __future__ import annotations

from hypothesis import strategies as st

from samepath.model.document import parse
from samepath.model.topology import Topology

LONG = "-and-a-name-that-is-as-long-as-can-be"


def many_text(
    *,
    customers: int,
    gateways: int = 1,
    hosts: int = 1,
    networks: int = 1,
    one_site: bool = True,
    firewall: bool = True,
    long: bool = False,
) -> str:
    """So many customer gateways with a connection to each of so many gateways."""

    def name(what: str, number: int) -> str:
        return f"{what}{number}{LONG}"[:31] if long else f"{what}{number}"

    vpcs = "".join(
        f"  {name('v', g)}: {{cidr: 10.{g}.0.0/16, hosts: {_hosts(f'10.{g}.0', f'v{g}', hosts)}}}\n"
        for g in range(gateways)
    )
    gates = "".join(
        f"  {name('g', g)}: {{vpc: {name('v', g)}, asn: {64512 + g}}}\n" for g in range(gateways)
    )
    bound = ", firewall: {binding: interface, reverse_path: strict}" if firewall else ""
    devices = "".join(
        f"  {name('c', c)}: {{address: 198.51.100.{c + 1}, asn: {65000 if one_site else 65000 + c}{bound}}}\n"
        for c in range(customers)
    )
    names = [name("c", c) for c in range(customers)]
    behind = [names] if one_site else [[one] for one in names]
    sites = "".join(
        f"  {name('s', s)}:\n"
        f"    networks: [{', '.join(f'192.168.{s * 20 + n}.0/24' for n in range(networks))}]\n"
        f"    customer_gateways: [{', '.join(some)}]\n"
        f"    hosts: {_hosts(f'192.168.{s * 20}', f's{s}', hosts)}\n"
        + ("    ibgp: true\n" if len(some) > 1 else "")
        for s, some in enumerate(behind)
    )
    connections = "".join(
        f"  {name(f'k{g}', c)}: {{gateway: {name('g', g)}, customer_gateway: {name('c', c)}}}\n"
        for c in range(customers)
        for g in range(gateways)
    )
    return (
        f"samepath: 1\nname: many\nvpcs:\n{vpcs}gateways:\n{gates}customer_gateways:\n{devices}"
        f"sites:\n{sites}connections:\n{connections}"
    )


def many(**sizes: int) -> Topology:
    """What :func:`many_text` says."""
    return parse(many_text(**sizes)).topology


def _hosts(network: str, prefix: str, count: int) -> str:
    return "{" + ", ".join(f"{prefix}h{i}: {network}.{20 + i}" for i in range(count)) + "}"


def topologies() -> st.SearchStrategy[Topology]:
    """Any of them."""
    return st.builds(
        many,
        customers=st.integers(1, 3),
        gateways=st.integers(1, 2),
        hosts=st.integers(1, 12),
        networks=st.integers(1, 9),
        one_site=st.booleans(),
        firewall=st.booleans(),
        long=st.booleans(),
    )
