"""What a file says of a device: its platform, and what its configuration changes of that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.routing.topologies import CLOUDHUB

from samepath.control.unbuilt import refusals
from samepath.model.document import InvalidDocument, parse
from samepath.model.topology import Mode, Platform
from samepath.routing.compile import TRACKING, compile_network, rules_of
from samepath.routing.evaluator import analyse
from samepath.routing.platforms import PLATFORMS
from samepath.routing.report import check
from samepath.routing.rules import WORST_MED, Rules
from samepath.routing.rules import Platform as Kind
from samepath.routing.states import ALL_UP, Condition, single_states
from samepath.routing.verdict import Verdict, analyse_naively, pairs

BASE: dict[str, Any] = {
    "samepath": 1,
    "vpcs": {"cloud": {"cidr": "10.0.0.0/16"}},
    "sites": {"office": {"networks": ["192.168.10.0/24"]}},
    "connections": {"seoul": {}},
}


def text(**device: object) -> str:
    return json.dumps({**BASE, "customer_gateways": {"dc": {"address": "198.51.100.1", **device}}})


def rules(platform: str, **best_path: object) -> Rules:
    topology = parse(text(platform=platform, best_path=best_path)).topology
    return rules_of(topology.customer_gateways["dc"])


def test_every_platform_with_rules_that_is_no_gateway_of_aws_can_be_named() -> None:
    theirs = {Kind.AWS_VGW, Kind.AWS_TGW}
    assert {one.value for one in Platform} == {one.value for one in set(Kind) - theirs}


@pytest.mark.parametrize("platform", [one.value for one in Platform])
def test_a_platform_brings_its_own_rules(platform: str) -> None:
    assert rules(platform) == PLATFORMS[Kind(platform)]


@pytest.mark.parametrize("platform", [one.value for one in Platform])
def test_every_state_is_judged_on_every_platform(platform: str) -> None:
    topology = parse(text(platform=platform, requires_policy=False)).topology
    states = tuple(single_states(topology))
    found = analyse_naively(topology, states)
    assert tuple(analyse(topology, states)) == found
    assert found[0].verdicts == {Verdict.SYMMETRIC}


PREFERS_SECOND = [{}, {"policy": {"customer": {"import": [{"set": {"local_preference": 200}}]}}}]


def with_connection(platform: str, **connection: object) -> str:
    device = {"address": "198.51.100.1", "platform": platform, "requires_policy": False}
    document = {
        **BASE,
        "customer_gateways": {"dc": device},
        "connections": {"seoul": connection},
    }
    return json.dumps(document)


@pytest.mark.parametrize("platform", [one.value for one in Platform])
def test_the_gateway_hears_of_a_local_preference_from_samepath_s_own_bird_only(
    platform: str,
) -> None:
    topology = parse(with_connection(platform, tunnels=PREFERS_SECOND)).topology
    (now,) = analyse_naively(topology, (ALL_UP,))
    tunnels = {outcome.result.ways.tunnels for outcome in now.outcomes}
    to_site = "seoul/tunnel2/bgp" if platform == "bird" else "seoul/tunnel1/bgp"
    assert tunnels == {(to_site, "seoul/tunnel2/bgp")}


@pytest.mark.parametrize("platform", [one.value for one in Platform])
def test_only_what_samepath_writes_can_mirror_the_choice(platform: str) -> None:
    default = parse(with_connection(platform)).topology.connections["seoul"].mode
    assert default is (Mode.FOLLOW if platform == "bird" else Mode.PLAIN)
    (written,) = parse(with_connection(platform, mode="plain")).topology.connections.values()
    assert written.mode is Mode.PLAIN
    if platform != "bird":
        with pytest.raises(InvalidDocument, match=r"connections\.seoul\.mode: follow is what"):
            parse(with_connection(platform, mode="follow"))


ONLY_A_DEFAULT = [
    {},
    {"policy": {"customer": {"export": [{"then": "reject"}], "default_originate": True}}},
]


def test_a_default_route_that_is_made_for_a_tunnel_gets_past_the_export_policy() -> None:
    topology = parse(with_connection("cisco-ios", tunnels=ONLY_A_DEFAULT)).topology
    (down,) = [one for one in single_states(topology) if one.name == "seoul/tunnel1 down"]
    for state, tunnel in ((ALL_UP, 1), (down, 2)):
        (found,) = analyse_naively(topology, (state,))
        assert {outcome.result.ways.tunnels for outcome in found.outcomes} == {
            (f"seoul/tunnel{tunnel}/bgp",) * 2
        }
    without = [{}, {"policy": {"customer": {"export": [{"then": "reject"}]}}}]
    topology = parse(with_connection("cisco-ios", tunnels=without)).topology
    (found,) = analyse_naively(topology, (down,))
    assert found.verdicts == {Verdict.UNREACHABLE}


def with_aggregates(*aggregates: str, tunnels: list[object] | None = None) -> str:
    device = {"address": "198.51.100.1", "platform": "cisco-ios", "aggregates": aggregates}
    return json.dumps(
        {
            **BASE,
            "customer_gateways": {"dc": device},
            "connections": {"seoul": {"tunnels": tunnels or [{}, {}]}},
        }
    )


def test_where_one_tunnel_has_the_aggregate_only_the_longer_prefix_wins() -> None:
    """Different prefix lengths on the two tunnels: no preference counts then."""
    kept_back = {"match": {"prefixes": ["192.168.10.0/24"]}, "then": "reject"}
    tunnels: list[object] = [{"policy": {"customer": {"export": [kept_back]}}}, {}]
    topology = parse(with_aggregates("192.168.0.0/16", tunnels=tunnels)).topology
    (down,) = [one for one in single_states(topology) if one.name == "seoul/tunnel2 down"]
    for state, to_site, to_vpc in ((ALL_UP, 2, 1), (down, 1, 1)):
        (found,) = analyse_naively(topology, (state,))
        assert {outcome.result.ways.tunnels for outcome in found.outcomes} == {
            (f"seoul/tunnel{to_site}/bgp", f"seoul/tunnel{to_vpc}/bgp")
        }


def test_an_aggregate_draws_packets_to_a_device_that_has_lost_its_lan() -> None:
    topology = parse(with_aggregates("192.168.0.0/16")).topology
    (lost,) = [one for one in single_states(topology) if one.name == "cgw:dc/lan down"]
    (found,) = analyse_naively(topology, (lost,))
    (outcome,) = found.outcomes
    assert [hop.router for hop in outcome.result.ways.to_site.hops] == ["gw:vgw", "cgw:dc"]
    assert found.verdicts == {Verdict.EXPECTED_OUTAGE}


@pytest.mark.parametrize(
    ("device", "connection", "expected"),
    [
        ({"platform": "frr"}, {}, (False, False)),
        ({"platform": "frr"}, {"mode": "pinned"}, (True, True)),
        ({"platform": "frr"}, {"routing": "static"}, (True, True)),
        ({"platform": "frr", "requires_policy": False}, {}, (True, True)),
        ({"platform": "vyos"}, {}, (True, True)),
        ({"platform": "bird"}, {}, (True, True)),
        ({"platform": "cisco-ios", "requires_policy": True}, {}, (False, False)),
        ({"platform": "frr"}, {"import": [{"then": "accept"}]}, (False, True)),
        ({"platform": "frr"}, {"export": [{"then": "accept"}]}, (True, False)),
        ({"platform": "frr"}, {"import": [], "export": [{"set": {"med": 7}}]}, (True, False)),
    ],
)
def test_a_device_that_needs_a_policy_exchanges_nothing_in_a_direction_without_one(
    device: dict[str, object], connection: dict[str, object], expected: tuple[bool, bool]
) -> None:
    """RFC 8212. ``expected``: whether packets get to the site, and to the VPC."""
    policy = {key: connection[key] for key in ("import", "export") if key in connection}
    others = {key: value for key, value in connection.items() if key not in policy}
    document = {
        **BASE,
        "customer_gateways": {"dc": {"address": "198.51.100.1", **device}},
        "connections": {"seoul": {"tunnel_defaults": {"policy": {"customer": policy}}, **others}},
    }
    (found,) = analyse_naively(parse(json.dumps(document)).topology, (ALL_UP,))
    assert {
        tuple(way is not None for way in outcome.result.ways.tunnels) for outcome in found.outcomes
    } == {expected}


def test_a_default_route_for_a_neighbour_needs_no_policy_and_carries_the_gateways_packets() -> None:
    """As FRR has it: its own check is past where the default route is made."""
    customer = {"import": [{"then": "accept"}], "default_originate": True}
    document = {
        **BASE,
        "customer_gateways": {"dc": {"address": "198.51.100.1", "platform": "frr"}},
        "connections": {"seoul": {"tunnel_defaults": {"policy": {"customer": customer}}}},
    }
    (found,) = analyse_naively(parse(json.dumps(document)).topology, (ALL_UP,))
    assert {
        str(outcome.result.ways.to_site.hops[0].route.prefix) for outcome in found.outcomes
    } == {"0.0.0.0/0"}
    assert found.verdicts == {Verdict.SYMMETRIC}


def test_that_a_device_has_no_policy_is_told_where_nothing_is_heard() -> None:
    told = [
        one.what
        for one in check(parse(text(platform="frr")).topology).findings
        if one.code == "not-heard"
    ]
    assert len(told) == 2
    assert "cgw:dc: it has no export policy, and announces nothing without one" in told[0]
    assert "cgw:dc: it has no import policy, and accepts nothing without one" in told[1]


def test_the_bird_that_samepath_writes_has_its_filters() -> None:
    with pytest.raises(InvalidDocument, match=r"customer_gateways\.dc\.requires_policy: the BIRD"):
        parse(text(platform="bird", requires_policy=True))


HALVES = ("192.168.10.0/25", "192.168.10.128/25")


def test_longer_prefixes_than_the_sites_network_draw_its_packets_to_the_tunnel_that_has_them() -> (
    None
):
    """The whole network over one tunnel and its halves over the other one: each host is in a half."""
    whole = {"match": {"prefixes": ["192.168.10.0/24"]}}
    first: dict[str, object] = {
        "import": [{"set": {"local_preference": 200}}],
        "export": [whole, {"then": "reject"}],
    }
    tunnels: list[object] = [{"policy": {"customer": first}}, {}]
    topology = parse(with_aggregates(*HALVES, tunnels=tunnels)).topology
    (down,) = [one for one in single_states(topology) if one.name == "seoul/tunnel2 down"]
    (lost,) = [one for one in single_states(topology) if one.name == "cgw:dc/lan down"]
    for state, to_site, to_vpc in ((ALL_UP, 2, 1), (down, 1, 1)):
        found = analyse_naively(topology, (state,))
        assert tuple(str(one.pair.site) for one in found) == HALVES
        assert {outcome.result.ways.tunnels for one in found for outcome in one.outcomes} == {
            (f"seoul/tunnel{to_site}/bgp", f"seoul/tunnel{to_vpc}/bgp")
        }
    assert {one.verdicts for one in analyse_naively(topology, (lost,))} == {
        frozenset({Verdict.EXPECTED_OUTAGE})
    }
    assert "unconnected" not in {one.code for one in check(topology).findings}


@pytest.mark.parametrize(
    ("aggregates", "expected"),
    [
        (HALVES[:1], {"192.168.10.0/24", HALVES[0]}),
        ((*HALVES, "192.168.10.0/26"), {*HALVES, "192.168.10.0/26"}),
        (
            ("192.168.10.0/26", "192.168.10.64/26"),
            {"192.168.10.0/24", "192.168.10.0/26", "192.168.10.64/26"},
        ),
        (
            (*HALVES, "192.168.10.0/26", "192.168.10.64/26"),
            {HALVES[1], "192.168.10.0/26", "192.168.10.64/26"},
        ),
        (("192.168.0.0/16", "192.168.11.0/24"), {"192.168.10.0/24"}),
    ],
)
def test_a_network_stands_for_what_no_longer_prefix_in_it_holds(
    aggregates: tuple[str, ...], expected: set[str]
) -> None:
    found = pairs(parse(with_aggregates(*aggregates)).topology)
    assert {str(pair.site) for pair in found} == expected


def test_a_prefix_that_lies_in_another_sites_network_takes_its_packets_where_nobody_has_them() -> (
    None
):
    text = CLOUDHUB.replace(
        "asn: 65002", "asn: 65002, platform: cisco-ios, aggregates: [172.16.1.0/25]"
    )
    verdicts = {
        str(one.pair.site): one.verdicts for one in analyse_naively(parse(text).topology, (ALL_UP,))
    }
    assert verdicts.pop("172.16.1.0/25") == {Verdict.UNREACHABLE}
    assert Verdict.UNREACHABLE not in {each for some in verdicts.values() for each in some}


def test_an_aggregate_is_none_of_the_vpcs() -> None:
    with pytest.raises(
        InvalidDocument, match=r"aggregates\[1\]: 10.0.4.0/24 lies in 10.0.0.0/16, "
    ):
        parse(with_aggregates("10.0.0.0/8", "10.0.4.0/24"))


def test_an_aggregate_is_named_once_and_the_lab_builds_none() -> None:
    with pytest.raises(InvalidDocument, match=r"aggregates\[0\]: 192.168.10.0/24 is announced"):
        parse(with_aggregates("192.168.10.0/24"))
    with pytest.raises(InvalidDocument, match=r"aggregates\[1\]: 172.16.0.0/12 is announced"):
        parse(with_aggregates("172.16.0.0/12", "172.16.0.0/12"))
    text = with_aggregates("172.16.0.0/12").replace("cisco-ios", "bird")
    assert {one.path for one in refusals(parse(text).topology)} == {
        "customer_gateways.dc.aggregates"
    }


def test_a_bird_makes_no_default_route_for_a_tunnel_and_the_lab_none_at_all() -> None:
    with pytest.raises(InvalidDocument, match=r"tunnels\[1\]\.policy\.customer\.default_originate"):
        parse(with_connection("bird", tunnels=ONLY_A_DEFAULT))
    refused = {
        problem.path
        for problem in refusals(parse(with_connection("frr", tunnels=ONLY_A_DEFAULT)).topology)
    }
    assert refused == {"connections.seoul.tunnels[1].policy.customer.default_originate"}


def test_a_plain_bird_mirrors_nothing() -> None:
    topology = parse(with_connection("bird", mode="plain", tunnels=PREFERS_SECOND)).topology
    (now,) = analyse_naively(topology, (ALL_UP,))
    assert {outcome.result.ways.tunnels for outcome in now.outcomes} == {
        ("seoul/tunnel1/bgp", "seoul/tunnel2/bgp")
    }


@pytest.mark.parametrize(("compares", "orders"), [(False, 2), (True, 0)])
def test_a_device_told_to_compare_router_ids_keeps_no_order_of_return(
    compares: bool, orders: int
) -> None:
    device = text(platform="cisco-ios", best_path={"compare_router_id": compares})
    returns = [
        state
        for state in single_states(parse(device).topology)
        if len(state.conditions) == 2
        and all(condition is Condition.RETURNED for _, condition in state.conditions)
    ]
    assert len(returns) == orders


@pytest.mark.parametrize(
    ("key", "value", "field", "changed"),
    [
        ("always_compare_med", True, "always_compare_med", True),
        ("deterministic_med", True, "deterministic_med", True),
        ("compare_router_id", True, "compare_router_id", True),
        ("missing_med_as_worst", True, "missing_med", WORST_MED),
        ("missing_med_as_worst", False, "missing_med", 0),
    ],
)
def test_a_knob_changes_its_rule_and_no_other(
    key: str, value: object, field: str, changed: object
) -> None:
    turned, own = rules("cisco-ios", **{key: value}), PLATFORMS[Kind.CISCO_IOS]
    assert getattr(turned, field) == changed
    others = [name for name in Rules.__dataclass_fields__ if name != field]
    assert all(getattr(turned, name) == getattr(own, name) for name in others)


def test_maximum_paths_are_those_of_ebgp_and_of_ibgp() -> None:
    multipath = rules("frr", maximum_paths=1).multipath
    assert (multipath.ebgp, multipath.ibgp) == (1, 1)
    assert multipath.beyond_med is PLATFORMS[Kind.FRR].multipath.beyond_med


def test_equal_tunnels_are_used_together_only_where_multipath_is_on() -> None:
    """Both tunnels with the same MED: one hash for each flow, or the router's own choice."""
    equal = {"policy": {"customer": {"import": [{"set": {"med": 7}}]}}}

    def doubts(**best_path: object) -> set[str]:
        device = {"address": "198.51.100.1", "platform": "cisco-ios", "best_path": best_path}
        document = {
            **BASE,
            "customer_gateways": {"dc": device},
            "connections": {"seoul": {"tunnel_defaults": equal}},
        }
        topology = parse(json.dumps(document)).topology
        found, *_ = analyse(topology, tuple(single_states(topology)))
        return {
            question.what
            for outcome in found.outcomes
            for because in outcome.because
            for question, _ in because
        }

    hashed = "which of its equal paths the flow's hash takes"
    assert hashed in doubts(maximum_paths=2)
    assert hashed not in doubts()


@pytest.mark.parametrize("platform", list(Platform))
def test_a_site_network_is_withdrawn_with_its_route_where_the_platform_looks_after_it(
    platform: Platform,
) -> None:
    network = compile_network(parse(text(platform=platform.value)).topology)
    (origination,) = network.routers["cgw:dc"].originates
    assert origination.tracks is (platform in TRACKING)


@given(
    platform=st.sampled_from(list(Platform)),
    best_path=st.fixed_dictionaries(
        {},
        optional={
            "always_compare_med": st.booleans(),
            "deterministic_med": st.booleans(),
            "missing_med_as_worst": st.booleans(),
            "compare_router_id": st.booleans(),
            "maximum_paths": st.integers(1, 256),
        },
    ),
)
def test_what_is_written_is_what_is_read(platform: Platform, best_path: dict[str, object]) -> None:
    device = parse(text(platform=platform.value, best_path=best_path)).topology.customer_gateways[
        "dc"
    ]
    assert device.platform is platform
    read = {key: getattr(device.best_path, key) for key in best_path}
    assert read == best_path


@pytest.mark.parametrize(
    ("device", "path"),
    [
        ({"platform": "junos"}, "customer_gateways.dc.platform"),
        ({"best_path": {"always_compare_med": True}}, "customer_gateways.dc.best_path"),
        ({"best_path": {"maximum_paths": 2}}, None),
        ({"platform": "frr"}, None),
    ],
)
def test_the_lab_refuses_a_device_that_it_cannot_run(
    device: dict[str, object], path: str | None
) -> None:
    found = refusals(parse(text(**device)).topology)
    assert [problem.path for problem in found] == ([] if path is None else [path])
