"""The addresses of a site's networks: each is given once, or the file is refused."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samepath.model.address_plan import lan_address, virtual_address
from samepath.model.document import InvalidDocument, parse
from samepath.model.topology import Site, Topology

TOO_FULL = "leave no address|has room for"


def text(
    networks: list[str],
    gateways: int,
    hosts: dict[str, str] | None = None,
    *,
    vrrp: bool = False,
) -> str:
    """A file with one site of these networks behind that many customer gateways."""
    names = [f"fw{number}" for number in range(1, gateways + 1)]
    site: dict[str, object] = {"networks": networks, "customer_gateways": names}
    if vrrp:
        site["vrrp"] = {}
    return json.dumps(
        {
            "samepath": 1,
            "vpcs": {"main": {"cidr": "10.0.0.0/16"}},
            "customer_gateways": {
                name: {"address": f"198.51.100.{number}"}
                for number, name in enumerate(names, start=1)
            },
            "sites": {"office": site if hosts is None else {**site, "hosts": hosts}},
            "connections": {"seoul": {"customer_gateway": "fw1"}},
        }
    )


def given_twice(topology: Topology) -> list[IPv4Address]:
    """The addresses of the site that more than one machine has."""
    addresses = [*lan_addresses(topology.sites["office"])]
    addresses += [host.address for host in topology.sites["office"].hosts.values()]
    return [address for address in addresses if addresses.count(address) > 1]


def lan_addresses(site: Site) -> list[IPv4Address]:
    moving = [virtual_address(site, network).ip for network in site.networks if site.vrrp]
    return moving + [
        lan_address(site, name, network).ip
        for name in site.customer_gateways
        for network in site.networks
    ]


@st.composite
def sites(draw: st.DrawFn) -> str:
    """Sites of small networks, with all of their addresses as likely for a host."""
    lengths = draw(st.lists(st.integers(27, 31), min_size=1, max_size=3))
    networks = [
        IPv4Network(f"192.168.{third}.0/{length}") for third, length in enumerate(lengths, start=1)
    ]
    addresses = [str(address) for network in networks for address in network]
    hosts = st.lists(st.sampled_from(addresses), max_size=3, unique=True).map(
        lambda chosen: {f"pc{number}": address for number, address in enumerate(chosen)}
    )
    gateways = draw(st.integers(1, 14))
    return text(
        [str(network) for network in networks],
        gateways,
        draw(st.one_of(st.none(), hosts)),
        vrrp=gateways > 1 and draw(st.booleans()),
    )


@given(file=sites())
@example(file=text(["192.168.1.0/31"], 1))
@example(file=text(["192.168.1.0/30"], 2))
@example(file=text(["192.168.1.0/24"], 12))
@example(file=text(["192.168.1.0/24"], 2, {"pc": "192.168.1.2"}))
@example(file=text(["192.168.1.0/24"], 2, {"pc": "192.168.1.3"}, vrrp=True))
@example(file=text(["192.168.1.0/30"], 2, {}, vrrp=True))
def test_no_address_of_a_sites_network_is_given_twice(file: str) -> None:
    try:
        topology = parse(file).topology
    except InvalidDocument:
        return
    site = topology.sites["office"]
    assert given_twice(topology) == []
    for address in (*lan_addresses(site), *(host.address for host in site.hosts.values())):
        (network,) = (network for network in site.networks if address in network)
        assert network.prefixlen == 31 or address not in (
            network.network_address,
            network.broadcast_address,
        )


@given(gateways=st.integers(1, 14), length=st.integers(24, 31), vrrp=st.booleans())
def test_a_network_is_refused_only_when_it_has_no_room(
    gateways: int, length: int, vrrp: bool
) -> None:
    network = IPv4Network(f"192.168.1.0/{length}")
    room = len(list(network.hosts()))
    vrrp = vrrp and gateways > 1
    for hosts, wanted in ((None, gateways + vrrp + 1), ({}, gateways + vrrp)):
        file = text([str(network)], gateways, hosts, vrrp=vrrp)
        if wanted <= room:
            parse(file)
        else:
            with pytest.raises(InvalidDocument, match=TOO_FULL):
                parse(file)


@pytest.mark.parametrize(
    ("network", "gateways", "vrrp", "host"),
    [
        ("192.168.1.0/31", 1, False, "192.168.1.1"),
        ("192.168.1.0/29", 5, False, "192.168.1.6"),
        ("192.168.1.0/29", 4, True, "192.168.1.6"),
        ("192.168.1.0/24", 9, False, "192.168.1.10"),
        ("192.168.1.0/24", 9, True, "192.168.1.11"),
        ("192.168.1.0/24", 10, False, "192.168.1.11"),
    ],
)
def test_the_default_host_makes_way_for_customer_gateways_and_for_vrrp(
    network: str, gateways: int, vrrp: bool, host: str
) -> None:
    file = text([network], gateways, vrrp=vrrp)
    (found,) = parse(file).topology.sites["office"].hosts.values()
    assert str(found.address) == host


def test_the_address_that_vrrp_moves_is_kept_only_where_there_is_vrrp() -> None:
    hosts = {"pc": "192.168.1.3"}
    parse(text(["192.168.1.0/24"], 2, hosts))
    with pytest.raises(InvalidDocument, match=r"192\.168\.1\.3 is the address that VRRP moves"):
        parse(text(["192.168.1.0/24"], 2, hosts, vrrp=True))
