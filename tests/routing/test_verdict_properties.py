"""Laws of the verdicts, over random policies at both ends of both tunnels."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from samepath.model.document import parse
from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Topology
from samepath.routing.findings import detect
from samepath.routing.states import Condition, FailureState, single_states
from samepath.routing.verdict import PairInState, Verdict, analyse_naively

EITHER_END = {
    "med": st.integers(0, 300),
    "prepend": st.integers(1, 4),
    "add_communities": st.lists(st.sampled_from(["65000:1", "65000:2"]), min_size=1, max_size=2),
}
CUSTOMER_ONLY = {"local_preference": st.integers(50, 300), "weight": st.integers(0, 9)}
conditions = st.fixed_dictionaries(
    {},
    optional={
        "prefixes": st.lists(
            st.sampled_from(
                ["10.0.0.0/16", "192.168.10.0/24", "192.168.20.0/24", "0.0.0.0/0 le 32"]
            ),
            min_size=1,
            max_size=2,
        ),
        "communities": st.lists(st.sampled_from(["65000:1", "65000:2"]), min_size=1, max_size=2),
    },
)


def policies(changes: dict[str, st.SearchStrategy[object]]) -> st.SearchStrategy[object]:
    """Policies of one end, which may set these."""
    terms = st.fixed_dictionaries(
        {"then": st.sampled_from(["accept", "reject", "next"])},
        optional={"match": conditions, "set": st.fixed_dictionaries({}, optional=changes)},
    )
    return st.fixed_dictionaries(
        {}, optional={"import": st.lists(terms, max_size=2), "export": st.lists(terms, max_size=2)}
    )


tunnels = st.lists(
    st.fixed_dictionaries(
        {
            "policy": st.fixed_dictionaries(
                {
                    "customer": policies({**EITHER_END, **CUSTOMER_ONLY}),
                    "gateway": policies(EITHER_END),
                }
            )
        }
    ),
    min_size=2,
    max_size=2,
)
connections = st.fixed_dictionaries(
    {"customer_gateway": st.just("dc"), "tunnels": tunnels},
    optional={
        "mode": st.sampled_from(["plain", "pinned"]),
        "active": st.sampled_from([1, 2]),
    },
)
firewalls = st.sampled_from(["stateless", "device", "zone", "interface"])
platforms = st.sampled_from(["bird", "frr"])


def topology(connection: object, firewall: str, platform: str, **more: object) -> Topology:
    document = {
        "samepath": 1,
        "vpcs": {"cloud": {"cidr": "10.0.0.0/16"}},
        "gateways": {"vgw": {"vpc": "cloud"}},
        "customer_gateways": {
            "dc": {
                "address": "198.51.100.1",
                "asn": 65000,
                "firewall": firewall,
                "platform": platform,
            }
        },
        "sites": {
            "office": {
                "networks": ["192.168.10.0/24", "192.168.20.0/24"],
                "customer_gateways": ["dc"],
            }
        },
        "connections": {"seoul": {"gateway": "vgw", **connection}},  # type: ignore[dict-item]
    }
    for section, entries in more.items():
        document[section] = {**document[section], **entries}  # type: ignore[dict-item]
    return parse(json.dumps(document)).topology


def analysed(it: Topology) -> tuple[PairInState, ...]:
    return analyse_naively(it, tuple(single_states(it)))


def told(found: PairInState) -> object:
    return (
        str(found.pair),
        found.state.name,
        frozenset(
            (outcome.result.ways.tunnels, outcome.result.verdict, outcome.result.transition)
            for outcome in found.outcomes
        ),
    )


@settings(deadline=None)
@given(connection=connections, firewall=firewalls, platform=platforms)
def test_whatever_the_policies_are_every_pair_has_its_verdicts_and_nothing_fails(
    connection: object, firewall: str, platform: str
) -> None:
    it = topology(connection, firewall, platform)
    found = analysed(it)

    assert len(found) == len(tuple(single_states(it))) * 2
    for one in found:
        assert one.outcomes
        assert len({outcome.result for outcome in one.outcomes}) == len(one.outcomes)
        for outcome in one.outcomes:
            to_site, to_vpc = outcome.result.ways.tunnels
            arrives = to_site is not None and to_vpc is not None
            assert arrives is (
                outcome.result.verdict not in {Verdict.UNREACHABLE, Verdict.EXPECTED_OUTAGE}
            )
            assert not arrives or (to_site == to_vpc) is (
                outcome.result.verdict is Verdict.SYMMETRIC
            )
    detect(it, found)


@settings(deadline=None)
@given(connection=connections, firewall=firewalls, platform=platforms)
def test_with_no_tunnel_left_an_outage_is_what_everybody_expects(
    connection: object, firewall: str, platform: str
) -> None:
    it = topology(connection, firewall, platform)
    state = FailureState(
        conditions=tuple(
            (
                Element(kind=ElementKind.TUNNEL, name=name, tunnel=tunnel.number),
                Condition.DOWN,
            )
            for name, each in it.connections.items()
            for tunnel in each.tunnels
        )
    )
    for one in analyse_naively(it, (state,)):
        assert one.verdicts == {Verdict.EXPECTED_OUTAGE}


@settings(deadline=None)
@given(connection=connections, firewall=firewalls)
def test_a_firewall_that_asks_less_drops_no_more(connection: object, firewall: str) -> None:
    """What passes a firewall passes a stateless router as well."""
    strict, loose = (
        analysed(topology(connection, kind, "bird")) for kind in (firewall, "stateless")
    )
    for one, other in zip(strict, loose, strict=True):
        assert Verdict.ASYMMETRIC_DROPPED not in other.verdicts
        assert {v for v in one.verdicts if v is not Verdict.ASYMMETRIC_DROPPED} <= other.verdicts


@settings(deadline=None)
@given(connection=connections, firewall=firewalls, platform=platforms)
def test_an_unrelated_gateway_changes_no_verdict(
    connection: object, firewall: str, platform: str
) -> None:
    alone = topology(connection, firewall, platform)
    beside = topology(
        connection,
        firewall,
        platform,
        vpcs={"other": {"cidr": "10.9.0.0/16"}},
        gateways={"far": {"vpc": "other", "asn": 64999}},
        customer_gateways={"away": {"address": "198.51.100.9", "asn": 65009}},
        sites={"hut": {"networks": ["172.16.0.0/24"], "customer_gateways": ["away"]}},
        connections={"busan": {"gateway": "far", "customer_gateway": "away"}},
    )
    before = {told(one) for one in analysed(alone)}

    assert before <= {told(one) for one in analysed(beside)}
