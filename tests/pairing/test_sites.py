"""The networks behind devices, and which devices are one site."""

from __future__ import annotations

from ipaddress import IPv4Network

from tests.aws.descriptions import Json, Sketch, connection
from tests.pairing.ends import CUSTOMER, aws, device, frr, paired, second

from samepath.pairing.topology import pair
from samepath.routing.report import check

LAN = "192.168.10.0/24"


def _networks(config: str) -> list[str]:
    (site,) = paired(config).understood.topology.sites.values()
    return [*map(str, site.networks)]


def test_a_site_has_the_networks_that_its_device_announces() -> None:
    assert _networks(frr(family=(f"network {LAN}", "network 10.7.0.0/16"))) == [
        "10.7.0.0/16",
        LAN,
    ]


def test_a_prefix_in_another_one_is_announced_beside_it() -> None:
    found = paired(frr(family=("network 10.7.0.0/16", "network 10.7.1.0/24")))
    topology = found.understood.topology

    assert topology.customer_gateways[CUSTOMER].aggregates == (IPv4Network("10.7.1.0/24"),)
    assert found.places[f"customer_gateways.{CUSTOMER}.aggregates[0]"].line == 9


def test_an_aggregate_that_keeps_its_parts_back_stands_alone() -> None:
    family = ("network 10.7.1.0/24", "aggregate-address 10.7.0.0/16 summary-only")
    found = paired(frr(family=family))

    assert found.understood.topology.customer_gateways[CUSTOMER].aggregates == ()
    assert _networks(frr(family=family)) == ["10.7.0.0/16"]
    assert found.doubts == ()


def test_connected_networks_come_with_the_tunnels_own() -> None:
    found = paired(
        frr(
            family=("redistribute connected",),
            after=("interface eth1", f" ip address {LAN.replace('.0/', '.1/')}"),
        )
    )
    topology = found.understood.topology

    assert [*map(str, topology.customer_gateways[CUSTOMER].aggregates)] == [
        "169.254.10.0/30",
        "169.254.11.0/30",
    ]
    assert "connected-announced" in {one.code for one in check(topology).findings}


def test_networks_that_no_file_names_are_assumed_and_announced() -> None:
    found = paired(frr(family=("redistribute ospf",)))
    report = check(found.understood.topology)

    assert "fw1: routes of ospf, which its files do not name, are taken for 198.19.0.0/24" in map(
        str, found.understood.assumed
    )
    assert "LOST" not in report.sentence


def test_what_other_neighbours_announce_goes_to_aws_too_but_for_aws_own() -> None:
    found = paired(
        frr(
            "neighbor 10.0.0.9 remote-as 65010",
            "neighbor 10.0.0.10 remote-as 64512",
            "neighbor 10.0.0.11 remote-as 65011",
            "neighbor 10.0.0.11 shutdown",
        )
    )
    report = check(found.understood.topology)

    assert (
        "fw1: routes of its neighbour 10.0.0.9, which its files do not name, are taken for "
        "198.19.0.0/24"
    ) in map(str, found.understood.assumed)
    assert "LOST" not in report.sentence


def test_a_device_that_announces_nothing_is_not_taken_to_announce_something() -> None:
    report = check(paired(frr()).understood.topology)

    assert "LOST" in report.sentence


def test_a_map_names_what_another_protocol_brings() -> None:
    config = frr(
        family=("redistribute ospf route-map OURS",),
        after=(
            f"ip prefix-list OURS permit {LAN}",
            "route-map OURS permit 10",
            " match ip address prefix-list OURS",
        ),
    )

    assert _networks(config) == [LAN]


def test_what_was_assumed_of_a_device_that_is_known_now_is_not_told() -> None:
    alone = {str(one) for one in aws().assumed}
    known = {str(one) for one in paired(frr(family=(f"network {LAN}",))).understood.assumed}

    assert any("a router without policies" in one for one in alone)
    assert not any("a router without policies" in one or "198.19." in one for one in known)


def _two(*, first: tuple[str, ...] = (), other: tuple[str, ...] = ()) -> list[str]:
    lan = (f"network {LAN}",)
    four = ("169.254.10.1", "169.254.11.1"), ("169.254.12.1", "169.254.13.1")
    return [
        frr(
            *lines,
            family=lan,
            neighbours=insides,
            after=("interface eth1", f" ip address 192.168.10.{number}/24"),
        )
        for number, (lines, insides) in enumerate(zip((first, other), four, strict=True), start=1)
    ]


def test_two_devices_that_speak_ibgp_on_their_lan_are_one_site_that_does() -> None:
    texts = _two(
        first=("neighbor 192.168.10.2 remote-as 65000", "neighbor 192.168.10.2 next-hop-self"),
        other=("neighbor 192.168.10.1 remote-as 65000",),
    )
    devices = [device(text, f"fw{number}") for number, text in enumerate(texts, start=1)]
    found = pair(aws(connection(), second()), devices)
    (site,) = found.understood.topology.sites.values()

    assert site.ibgp
    assert site.keeps_next_hop == ("cgw-0b0b0b0b",)
    assert {one.code for one in found.findings} == set()


def test_an_ibgp_neighbour_that_is_nobodys_leaves_the_verdict_open() -> None:
    texts = _two(first=("neighbor 192.168.10.9 remote-as 65000",))
    devices = [device(text, f"fw{number}") for number, text in enumerate(texts, start=1)]
    found = pair(aws(connection(), second()), devices)

    assert [one.reason for one in found.doubts] == [
        "its iBGP neighbour is none of the devices named here"
    ]


def test_a_network_that_one_of_two_devices_announces_comes_by_that_one() -> None:
    texts = _two()
    texts[1] = texts[1].replace(LAN, "192.168.20.0/24")
    devices = [device(text, f"fw{number}") for number, text in enumerate(texts, start=1)]
    found = pair(aws(connection(), second()), devices)
    report = check(found.understood.topology)
    to_site = {
        (str(one.pair.site), outcome.result.ways.to_site.tunnel)
        for one in report.states
        if not one.state.conditions
        for outcome in one.outcomes
    }

    assert {site for site, tunnel in to_site if tunnel and "0a0a" in tunnel} == {LAN}
    assert {site for site, tunnel in to_site if tunnel and "0b0b" in tunnel} == {"192.168.20.0/24"}


def _other() -> Json:
    sketch = Sketch(number=1, customer_asn=65001)
    return connection(sketch, vpn="vpn-0b0b0b0b", cgw="cgw-0b0b0b0b")


def test_two_devices_of_one_network_are_one_site_whatever_their_numbers() -> None:
    texts = _two()
    texts[1] = texts[1].replace("router bgp 65000", "router bgp 65001")
    devices = [device(text, f"fw{number}") for number, text in enumerate(texts, start=1)]
    found = pair(aws(connection(), _other()), devices)
    (site,) = found.understood.topology.sites.values()

    assert site.customer_gateways == (CUSTOMER, "cgw-0b0b0b0b")
    assert not site.ibgp
    assert any("announce the same network" in str(one) for one in found.understood.assumed)


def test_a_site_with_its_own_number_is_left_alone() -> None:
    other = _other()
    found = pair(aws(connection(), other), [device(frr(family=(f"network {LAN}",)))])

    assert len(found.understood.topology.sites) == 2
    assert len(found.devices) == 1
