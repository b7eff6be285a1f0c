"""A router's own BGP table answers what no file holds, and shows where the file is wrong."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from tests.routing.fleets import fleets

from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.assumption import first_answer
from samepath.routing.compile import compile_network
from samepath.routing.evaluator import analyse
from samepath.routing.observation import Observation, Seen, learn
from samepath.routing.propagation import propagate
from samepath.routing.report import check
from samepath.routing.selection import choose
from samepath.routing.states import ALL_UP, single_states
from samepath.routing.verdict import analyse_naively

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65000, platform: PLATFORM}}
sites: {office: {networks: [192.168.10.0/24, 192.168.20.0/24]}}
connections: {seoul: {}, busan: {}}
"""
VPC = IPv4Network("10.0.0.0/16")
OLDEST = "which of these routes it has had longest"


def topology(platform: str = "cisco-ios") -> Topology:
    return parse(FILE.replace("PLATFORM", platform)).topology


def table(it: Topology, *used: str, **changed: object) -> Observation:
    """What the router holds by the file, of which the routes over ``used`` are marked."""
    routes = tuple(
        Seen(
            prefix=VPC,
            neighbour=tunnel.gateway_inside.ip,
            used=f"{connection.name}/tunnel{tunnel.number}" in used,
            as_path=(64512,),
            med=100 if tunnel.number == 1 else 200,
        )
        for connection in it.connections.values()
        for tunnel in connection.tunnels
    )
    own = Seen(prefix=IPv4Network("192.168.10.0/24"), neighbour=None, used=True)
    first = replace(routes[0], **changed)  # type: ignore[arg-type]
    return Observation(router="cgw:dc", routes=(first, *routes[1:], own))


def predicted(it: Topology, router: str, *used: str) -> Observation:
    """What a router holds by the file; ``used`` are marked, or else what it may choose."""
    network = compile_network(it)
    solution = propagate(network, first_answer)
    routes = []
    for prefix, held in solution.tables[router].items():
        heard = [route for route in held if route.session in network.sessions]
        if not heard:
            continue
        bgp = [route for route in held if route.is_bgp]
        chosen = choose(network, network.routers[router], bgp, first_answer).chosen
        best = {f"{name}/bgp" for name in used} or {route.session for route in chosen}
        routes += [
            Seen(
                prefix=prefix,
                neighbour=network.sessions[route.session].far_from(router).address,
                used=route.session in best,
                as_path=route.as_path,
                med=route.med or 0,
            )
            for route in heard
        ]
    return Observation(router=router, routes=tuple(routes))


SHARED = {
    "a customer of two gateways": """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}, other: {cidr: 10.9.0.0/16}}
gateways: {vgw: {vpc: cloud}, far: {vpc: other, asn: 64999}}
customer_gateways: {dc: {address: 198.51.100.1}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {gateway: vgw}, busan: {gateway: far}}
""",
    "a gateway of two customers": """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65001, platform: cisco-ios}
  other: {address: 198.51.100.2, asn: 65002, platform: frr, requires_policy: false}
sites:
  s1: {networks: [192.168.10.0/24], customer_gateways: [dc]}
  s2: {networks: [192.168.30.0/24], customer_gateways: [other]}
connections: {seoul: {customer_gateway: dc}, busan: {customer_gateway: other}}
""",
}


@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED)
def test_a_table_as_predicted_is_no_difference_where_routers_are_shared(text: str) -> None:
    it = parse(text).topology
    network = compile_network(it)
    for router in network.routers:
        assert told(it, predicted(it, router)) == [], router
    assert learn(it, [predicted(it, router) for router in network.routers]).differences == ()


@settings(max_examples=25)
@given(it=fleets(customers=2, more=0))
def test_a_table_as_predicted_is_never_a_difference(it: Topology) -> None:
    for router in compile_network(it).routers:
        assert told(it, predicted(it, router)) == [], router


def test_a_gateways_table_tells_which_connection_it_takes() -> None:
    it = topology()
    report = check(it, observed=[predicted(it, "gw:vgw", "busan/tunnel1")])
    assert set(report.learned.facts.values()) == {"busan/tunnel1/bgp"}
    for state in report.of(ALL_UP):
        assert {one.result.ways.to_site.tunnel for one in state.outcomes} == {"busan/tunnel1/bgp"}
    assert told(it, predicted(it, "gw:vgw", "seoul/tunnel1")) == []


def test_a_gateway_that_uses_another_tunnel_than_the_files_active_one_is_a_difference() -> None:
    it = topology()
    found = learn(it, [predicted(it, "gw:vgw", "seoul/tunnel2")])
    assert not found.facts
    assert any("it uses seoul/tunnel2 for 192.168.10.0/24" in one.what for one in found.differences)


@pytest.mark.parametrize(
    ("meds", "advice"),
    [
        (
            (200, 100),
            (
                "write active: 2 for the connection seoul, or gateway_prefers: unknown, which "
                "leaves it to this table"
            ),
        ),
        ((100, 100), "if it is one, write kind: transit for the gateway vgw"),
        ((100, 200), None),
        ((50, 200), None),
    ],
)
def test_a_table_tells_which_tunnel_the_gateway_favours_and_what_the_file_should_say(
    meds: tuple[int, int], advice: str | None
) -> None:
    it = topology()
    observed = table(it, "seoul/tunnel1")
    seoul = [replace(route, med=med) for route, med in zip(observed.routes[:2], meds, strict=True)]
    found = learn(it, [replace(observed, routes=(*seoul, *observed.routes[2:]))])

    assert {one.advice for one in found.differences} - {None} == {advice} - {None}


def told(it: Topology, *tables: Observation) -> list[str]:
    return [one.what for one in learn(it, tables).differences]


@pytest.mark.parametrize("tunnel", ["seoul/tunnel1", "busan/tunnel1"])
def test_a_table_tells_which_of_equal_routes_is_the_oldest(tunnel: str) -> None:
    it = topology()
    asked = check(it)
    assert any(
        question.what == OLDEST
        for outcome in asked.of(ALL_UP)[0].outcomes
        for because in outcome.because
        for question, _ in because
    )

    report = check(it, observed=[table(it, tunnel)])

    assert {question.what: answer for question, answer in report.learned.facts.items()} == {
        OLDEST: f"{tunnel}/bgp"
    }
    for state in report.of(ALL_UP):
        assert {one.result.ways.to_vpc.tunnel for one in state.outcomes} == {f"{tunnel}/bgp"}
    assert "table-differs" not in {one.code for one in report.findings}


def test_with_a_session_gone_other_routes_are_compared_and_nothing_is_known_of_them() -> None:
    it = topology("quagga")
    report = check(it, observed=[table(it, "seoul/tunnel1")])
    assert report.learned.facts
    (down,) = [one for one in report.failure_states if one.name == "seoul/tunnel1 down"]
    for state in report.of(down):
        assert all(one.result.ways.to_vpc.tunnel == "busan/tunnel1/bgp" for one in state.outcomes)


def test_what_is_known_makes_both_evaluators_say_the_same() -> None:
    it = topology()
    facts = learn(it, [table(it, "busan/tunnel1")]).facts
    states = (ALL_UP, *(one for one in single_states(it) if "seoul" in one.name))
    assert facts
    assert tuple(analyse(it, states, facts)) == analyse_naively(it, states, facts)
    assert tuple(analyse(it, states, facts)) != tuple(analyse(it, states))


def test_a_fact_of_one_customer_gateway_is_none_of_its_twin() -> None:
    text = FILE.replace("PLATFORM", "cisco-ios").replace(
        "customer_gateways: {",
        "customer_gateways: {other: {address: 198.51.100.2, asn: 65001, platform: cisco-ios}, ",
    )
    text = text.replace(
        "sites: {office: {",
        "sites: {branch: {customer_gateways: [other],"
        " networks: [192.168.30.0/24]}, office: {customer_gateways: [dc], ",
    )
    text = text.replace(
        "{seoul: {}, busan: {}}",
        "{seoul: {customer_gateway: dc}, busan: {customer_gateway: dc},"
        " suwon: {customer_gateway: other}, jeju: {customer_gateway: other}}",
    )
    it = parse(text).topology
    seen = table(it, "seoul/tunnel1")
    mine = {
        tunnel.gateway_inside.ip
        for name in ("seoul", "busan")
        for tunnel in it.connections[name].tunnels
    }
    seen = replace(seen, routes=tuple(one for one in seen.routes if one.neighbour in mine))
    facts = learn(it, [seen]).facts
    assert {question.subject for question in facts} == {"cgw:dc"}
    found = tuple(analyse(it, (ALL_UP,), facts))
    # The other one asks of every pair what is open elsewhere, too.
    for one, naive in zip(found, analyse_naively(it, (ALL_UP,), facts), strict=True):
        assert {each.result for each in one.outcomes} == {each.result for each in naive.outcomes}
    asked = {
        question.subject
        for one in found
        for outcome in one.outcomes
        for because in outcome.because
        for question, _ in because
        if question.what == OLDEST
    }
    assert asked == {"cgw:other"}


def test_a_choice_that_cannot_come_about_is_a_difference_and_teaches_nothing() -> None:
    it = topology()
    found = learn(it, [table(it, "seoul/tunnel2")])
    assert not found.facts
    (difference,) = found.differences
    assert difference.router == "cgw:dc"
    assert difference.what.startswith("it uses seoul/tunnel2 for 10.0.0.0/16, and by the file ")


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"local_preference": 300}, "has local preference 300, and by the file 100"),
        ({"med": 50}, "has MED 50, and by the file 100"),
        ({"as_path": (64512, 64512)}, "has the AS path 64512 64512, and by the file 64512"),
        ({"neighbour": IPv4Address("169.254.99.9")}, "it has routes from 169.254.99.9"),
        ({"neighbour": IPv4Address("169.254.99.9")}, "it has no route to 10.0.0.0/16 over seoul"),
        ({"prefix": IPv4Network("10.9.0.0/16")}, "it has 10.9.0.0/16 over seoul/tunnel1"),
    ],
)
def test_a_route_that_is_not_as_the_file_says_is_a_difference(
    changed: dict[str, object], what: str
) -> None:
    it = topology()
    assert any(what in told_of for told_of in told(it, table(it, "busan/tunnel1", **changed)))
    assert told(it, table(it, "busan/tunnel1")) == []


def test_what_a_table_does_not_tell_is_not_compared() -> None:
    it = topology()
    bare = table(it, "busan/tunnel1", as_path=None, med=None)
    assert told(it, bare) == []


def test_a_table_that_marks_the_best_route_only_agrees_with_multipath() -> None:
    it = parse(
        FILE.replace(
            "platform: PLATFORM",
            "platform: frr, requires_policy: false, best_path: {maximum_paths: 4}",
        )
    ).topology
    assert told(it, table(it, "seoul/tunnel1", "busan/tunnel1")) == []
    assert told(it, table(it, "busan/tunnel1")) == []
    assert told(it, table(it, "seoul/tunnel2")) != []


def test_a_router_that_no_connection_has_is_refused() -> None:
    with pytest.raises(KeyError, match="cgw:nobody"):
        learn(topology(), [Observation(router="cgw:nobody", routes=())])
