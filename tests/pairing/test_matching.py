"""Which neighbour and which tunnel of a device are whose of AWS's."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface

import pytest
from tests.aws.descriptions import Sketch, connection
from tests.pairing.ends import CUSTOMER, aws, codes, device, frr, paired, second

from samepath.device.reading.source import Place, Said
from samepath.device.reading.tunnels import Tunnel
from samepath.model.topology import Platform, Routing
from samepath.pairing.device import CannotPair
from samepath.pairing.matching import match
from samepath.pairing.topology import pair


def _tunnel(inside: str | None, destination: str, interface: str = "Tunnel1") -> Tunnel:
    place = Place(file="fw1.conf", line=99)
    return Tunnel(
        interface=interface,
        place=place,
        destination=Said(value=IPv4Address(destination), place=place),
        inside=None if inside is None else Said(value=IPv4Interface(inside), place=place),
    )


def test_neighbours_are_matched_by_their_inside_addresses_whatever_their_order() -> None:
    (found,) = match(
        aws().topology, [device(frr(neighbours=("169.254.11.1", "10.0.0.9", "169.254.10.1")))]
    )

    assert found.customers == (CUSTOMER,)
    assert [str(one.neighbour and one.neighbour.address) for one in found.matches] == [
        "169.254.10.1",
        "169.254.11.1",
    ]
    assert [str(one.address) for _, one in found.strangers] == ["10.0.0.9"]


def test_a_tunnel_is_matched_by_its_inside_network_before_its_outside_address() -> None:
    one = device(frr())
    both = (
        _tunnel("172.16.0.2/30", "203.0.113.5", "by-outside"),
        _tunnel("169.254.10.2/30", "203.0.113.77", "by-inside"),
    )
    one = replace(one, configuration=replace(one.configuration, tunnels=both))
    (found,) = match(aws().topology, [one])

    assert [each.own and each.own.interface for each in found.matches] == ["by-inside", None]


def test_a_tunnel_with_other_inside_addresses_is_matched_by_the_outside_one() -> None:
    one = device(frr(neighbours=("172.16.0.1", "169.254.11.1")))
    tunnels = (_tunnel("172.16.0.2/30", "203.0.113.5"),)
    one = replace(one, configuration=replace(one.configuration, tunnels=tunnels))
    found = pair(aws(), [one])

    first = found.devices[0].tunnels[0]
    assert str(first.match.neighbour and first.match.neighbour.address) == "172.16.0.1"
    assert [each.kind.code for each in first.closed] == ["session-closed"]


def test_the_address_of_the_customer_gateway_decides_nothing() -> None:
    described = connection(Sketch(number=0))
    (found,) = match(aws(described).topology, [device(frr("bgp router-id 172.16.1.2"))])

    assert all(one.neighbour is not None for one in found.matches)


def test_a_device_of_another_vpn_is_refused_with_what_was_looked_for() -> None:
    with pytest.raises(CannotPair) as refused:
        paired(frr(neighbours=("169.254.99.1",)))

    assert str(refused.value) == (
        "fw1.conf: nothing of it is a tunnel of this VPN: its neighbours are 169.254.99.1, and "
        "AWS's inside addresses are 169.254.10.1, 169.254.11.1"
    )


def test_two_devices_of_one_customer_gateway_are_refused() -> None:
    both = [device(frr(), name) for name in ("fw1", "fw2")]
    with pytest.raises(CannotPair, match="fw1 and fw2 both have tunnels of cgw-0a0a0a0a"):
        pair(aws(), both)


def test_one_device_may_be_several_customer_gateways_of_aws() -> None:
    four = ("169.254.10.1", "169.254.11.1", "169.254.12.1", "169.254.13.1")
    found = paired(frr(neighbours=four), connection(), second())
    topology = found.understood.topology

    assert [*topology.customer_gateways] == [CUSTOMER]
    assert {one.customer_gateway for one in topology.connections.values()} == {CUSTOMER}
    assert [one.customer_gateways for one in topology.sites.values()] == [(CUSTOMER,)]


def test_a_neighbour_of_no_tunnel_and_a_tunnel_without_a_neighbour_are_told() -> None:
    found = paired(frr(neighbours=("169.254.10.1", "10.9.9.9")))

    assert codes(found) == [
        "tunnel-without-neighbour vpn-0a0a0a0a/tunnel2 -",
        "neighbour-elsewhere cgw:cgw-0a0a0a0a 6",
    ]


def test_static_connections_are_matched_by_routes_and_distances_tell_the_tunnel() -> None:
    routes = (
        "ip route 10.0.0.0/8 169.254.10.1 20",
        "ip route 198.18.0.0/16 169.254.10.1 20",
        "ip route 198.18.0.0/16 169.254.11.1 10",
    )
    found = paired("\n".join(("frr version 8.4.4", *routes)), connection(Sketch(static=True)))
    (made,) = found.understood.topology.connections.values()

    assert (made.routing, made.active) == (Routing.STATIC, 2)
    assert found.doubts == ()


@pytest.mark.parametrize(("first", "active"), [("", 2), ("set distance 4\n", 1)])
def test_a_route_without_a_distance_has_its_platforms_own(first: str, active: int) -> None:
    tunnels = "".join(
        f"edit t{number}\nset ip 169.254.1{number}.2 255.255.255.255\n"
        f"set remote-ip 169.254.1{number}.1 255.255.255.252\nnext\n"
        for number in (0, 1)
    )
    routes = (
        f"edit 1\nset dst 198.18.0.0 255.255.0.0\nset device t0\n{first}next\n"
        "edit 2\nset dst 198.18.0.0 255.255.0.0\nset device t1\nset distance 5\nnext\n"
    )
    text = f"config system interface\n{tunnels}end\nconfig router static\n{routes}end\n"
    found = paired(text, connection(Sketch(static=True)), platform=Platform.FORTIOS)
    (made,) = found.understood.topology.connections.values()

    assert made.active == active


def test_a_static_route_by_one_tunnel_alone_leaves_the_verdict_open() -> None:
    route = "ip route 198.18.0.0/16 169.254.11.1"
    found = paired(f"frr version 8.4.4\n{route}", connection(Sketch(static=True)))

    assert [str(one.place) for one in found.doubts] == ["fw1.conf:2"]
    assert "by one tunnel alone" in found.doubts[0].reason
