"""What is cut apart, what stays whole, and what is alike."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from tests.routing.fleets import fleets
from tests.routing.topologies import CLOUDHUB, RING

from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.evaluator import analyse
from samepath.routing.likeness import Likenesses
from samepath.routing.parts import parts
from samepath.routing.states import ALL_UP
from samepath.routing.verdict import pairs

FILTERED = "k1: {customer_gateway: one, tunnel_defaults: {policy: {customer: {import: TERMS}}}}"


def told(it: Topology) -> set[tuple[str, ...]]:
    return {part.connections for part in parts(it)}


def changed(old: str, new: str, text: str = CLOUDHUB) -> Topology:
    assert old in text
    return parse(text.replace(old, new)).topology


def test_a_gateways_customers_are_cut_apart() -> None:
    assert told(parse(CLOUDHUB).topology) == {("k1",), ("k2",)}


def test_a_customers_gateways_are_cut_apart() -> None:
    it = parse(
        """\
samepath: 1
vpcs: {red: {cidr: 10.0.0.0/16}, blue: {cidr: 10.1.0.0/16}}
gateways: {g1: {vpc: red}, g2: {vpc: blue, asn: 64513}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65001}}
sites: {office: {networks: [172.16.1.0/24]}}
connections: {k1: {gateway: g1}, k2: {gateway: g2}}
"""
    ).topology
    assert told(it) == {("k1",), ("k2",)}


def test_customers_of_one_site_stay_together() -> None:
    it = changed("customer_gateways: [one]", "customer_gateways: [one, two]")
    assert told(it) == {("k1", "k2")}


def test_networks_over_each_other_stay_together() -> None:
    """No file may hold them, and an analysis is right all the same."""
    it = parse(CLOUDHUB).topology
    south = replace(it.sites["south"], networks=it.sites["north"].networks)
    assert told(replace(it, sites={**it.sites, "south": south})) == {("k1", "k2")}


def test_a_ring_stays_whole() -> None:
    assert told(parse(RING).topology) == {("k1", "k2", "k3", "k4")}


@pytest.mark.parametrize(
    ("asn", "together"), [("65002", {("k1", "k2", "k3")}), ("65001", {("k1", "k2"), ("k3",)})]
)
def test_a_sites_customers_hear_each_other_through_another_gateway_unless_of_one_as(
    asn: str, together: set[tuple[str, ...]]
) -> None:
    text = RING.replace("  k4: {gateway: g2, customer_gateway: two}\n", "")
    text = text.replace("customer_gateways: [one]", "customer_gateways: [one, two]")
    text = text.replace("asn: 65002", f"asn: {asn}")
    text = text.replace("  south: {networks: [172.16.3.0/24], customer_gateways: [two]}\n", "")
    assert told(parse(text).topology) == together


@pytest.mark.parametrize(
    ("tracks", "together"),
    [("nothing", {("k1", "k2"), ("k3",)}), ("tunnels", {("k1", "k2", "k3")})],
)
def test_vrrp_that_tracks_tunnels_ties_those_to_all_gateways(
    tracks: str, together: set[tuple[str, ...]]
) -> None:
    text = RING.replace("  k4: {gateway: g2, customer_gateway: two}\n", "")
    text = text.replace(
        "customer_gateways: [one]", f"customer_gateways: [one, two], vrrp: {{tracks: {tracks}}}"
    )
    text = text.replace("asn: 65002", "asn: 65001")
    text = text.replace("  south: {networks: [172.16.3.0/24], customer_gateways: [two]}\n", "")
    assert told(parse(text).topology) == together


@pytest.mark.parametrize(
    ("terms", "apart"),
    [
        ("[{set: {local_preference: 200}}]", True),
        ("[{match: {prefixes: [10.0.0.0/8 le 24]}}, {then: reject}]", True),
        ("[{match: {prefixes: [172.16.3.0/24]}, then: reject}]", True),
        ("[{match: {prefixes: [10.0.0.0/16]}, then: reject}]", False),
        ("[{match: {prefixes: [10.0.0.0/8 le 24]}, set: {med: 7}}]", False),
        ("[{match: {communities: ['65000:1']}, then: reject}]", False),
    ],
)
def test_who_mirrors_is_cut_off_if_it_hears_all_networks_alike_or_none_but_the_vpcs(
    terms: str, apart: bool
) -> None:
    it = changed("k1: {customer_gateway: one}", FILTERED.replace("TERMS", terms))
    assert (len(told(it)) == 2) is apart


def test_what_a_pinned_end_filters_ties_nothing() -> None:
    terms = "[{match: {communities: ['65000:1']}, then: reject}]"
    text = FILTERED.replace("TERMS", terms).replace("one,", "one, mode: pinned,")
    assert told(changed("k1: {customer_gateway: one}", text)) == {("k1",), ("k2",)}


def test_every_network_is_its_own_where_there_are_more_than_any_gateway_takes() -> None:
    many = ", ".join(f"172.17.{i}.0/24" for i in range(101))
    it = changed("172.16.1.0/24, 172.16.2.0/24", many)
    assert {part.connections: part.alone for part in parts(it)} == {("k1",): False, ("k2",): True}


def test_parts_that_differ_in_names_addresses_and_as_numbers_alone_are_alike() -> None:
    it = parse(CLOUDHUB).topology
    likenesses = Likenesses(it)
    assert len({likenesses.of(part)[0] for part in parts(it)}) == 1


PREPENDING = """\
k2: {customer_gateway: two, tunnels: [{policy: {customer: {export: [{set: {prepend: 1}}]}}}, {}]}"""
DESCENDING = """\
k2: {customer_gateway: two, tunnels: [{inside: 169.254.99.4/30}, {inside: 169.254.99.0/30}]}"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("asn: 65002", "asn: 65002, platform: frr, requires_policy: false"),
        ("asn: 65002", "asn: 65002, firewall: interface"),
        ("k2: {customer_gateway: two}", "k2: {customer_gateway: two, active: 2}"),
        ("k2: {customer_gateway: two}", PREPENDING),
        ("k2: {customer_gateway: two}", "k2: {customer_gateway: two, routing: static}"),
        (
            "k2: {customer_gateway: two}",
            DESCENDING,
        ),
        ("172.16.3.0/24", "9.0.0.0/24"),
    ],
)
def test_parts_that_differ_in_anything_that_routers_see_are_not_alike(old: str, new: str) -> None:
    it = changed(old, new)
    likenesses = Likenesses(it)
    assert len({likenesses.of(part)[0] for part in parts(it)}) == 2


TWO_EACH = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  a1: {address: 198.51.100.1, asn: 65001}
  a2: {address: 198.51.100.2, asn: 65001}
  b1: {address: 198.51.100.FIRST, asn: 65002}
  b2: {address: 198.51.100.SECOND, asn: 65002}
sites:
  north: {networks: [172.16.1.0/24], customer_gateways: [a1, a2]}
  south: {networks: [172.16.3.0/24], customer_gateways: [b1, b2]}
connections:
  k1: {customer_gateway: a1}
  k2: {customer_gateway: a2}
  k3: {customer_gateway: b1}
  k4: {customer_gateway: b2}
"""


@pytest.mark.parametrize(("first", "second", "kinds"), [("3", "4", 1), ("4", "3", 2)])
def test_parts_whose_devices_addresses_come_in_another_order_are_not_alike(
    first: str, second: str, kinds: int
) -> None:
    it = parse(TWO_EACH.replace("FIRST", first).replace("SECOND", second)).topology
    likenesses = Likenesses(it)
    assert told(it) == {("k1", "k2"), ("k3", "k4")}
    assert len({likenesses.of(part)[0] for part in parts(it)}) == kinds


def test_networks_are_alike_if_the_policies_tell_nothing_of_them_apart() -> None:
    terms = "[{match: {prefixes: [172.16.1.0/24]}, set: {med: 7}}]"
    policy = f"{{policy: {{customer: {{export: {terms}}}}}}}"
    it = changed("customer_gateway: one", f"customer_gateway: one, tunnel_defaults: {policy}")
    likenesses = Likenesses(it)
    alike = {part.connections: likenesses.of(part)[1] for part in parts(it)}

    assert [len(networks) for networks in alike["k1",].values()] == [1, 1]
    it = parse(CLOUDHUB).topology
    alike = {part.connections: Likenesses(it).of(part)[1] for part in parts(it)}
    assert [len(networks) for networks in alike["k1",].values()] == [2]


def test_a_topology_holds_nothing_that_parts_and_likenesses_do_not_look_at() -> None:
    """Whoever adds a field decides here what it ties together, and whether routers see it."""
    assert {field.name for field in fields(Topology)} == {
        "name",
        "vpcs",
        "gateways",
        "customer_gateways",
        "sites",
        "connections",
    }


@settings(deadline=None)
@given(it=fleets())
def test_every_connection_is_in_one_part_and_every_pair_too(it: Topology) -> None:
    connections = [name for part in parts(it) for name in part.connections]
    assert sorted(connections) == sorted(it.connections)

    found = analyse(it, (ALL_UP,))
    assert [one.pair for one in found] == list(pairs(it))
    assert sum(told.count for told in found.told() if told.state == ALL_UP) == len(pairs(it))
