"""Laws of a report, over topologies that may contradict themselves in every way that a file can."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from tests.routing.test_verdict_properties import (
    CUSTOMER_ONLY,
    EITHER_END,
    firewalls,
    platforms,
    policies,
    told,
)

from samepath.model import elements
from samepath.model.document import InvalidDocument, Problem, parse
from samepath.model.topology import Topology
from samepath.routing import FailureState, check, single_states

Json = dict[str, object]
K = TypeVar("K")
V = TypeVar("V")

VPCS = ("10.0.0.0/16", "10.0.128.0/17", "10.1.0.0/16")
SITES = ("192.168.10.0/24", "192.168.10.128/25", "192.168.20.0/24", "10.0.5.0/24")
ASNS = (65000, 65001, 64512)
CUSTOMERS = ("a", "b")
"""Names that are there; ``ghost`` is named and is not."""


def some(values: Sequence[str], *, sound: bool) -> st.SearchStrategy[str]:
    """One of these; if not ``sound``, now and then one that is not there."""
    return st.sampled_from([*values] if sound else [*values, *values, *values, *values, "ghost"])


@st.composite
def connections(draw: st.DrawFn, gateways: list[str], *, sound: bool) -> Json:
    tunnel = st.fixed_dictionaries(
        {},
        optional={
            "policy": st.fixed_dictionaries(
                {},
                optional={
                    "customer": policies({**EITHER_END, **CUSTOMER_ONLY}),
                    "gateway": policies(EITHER_END),
                },
            )
        },
    )
    found = draw(
        st.fixed_dictionaries(
            {
                "gateway": some(gateways, sound=sound),
                "customer_gateway": some(CUSTOMERS, sound=sound),
            },
            optional={
                "routing": st.sampled_from(["bgp", "static"]),
                "mode": st.sampled_from(["plain", "pinned"]),
                "active": st.sampled_from([1, 2]),
                "preemption": st.sampled_from(["auto", "manual"]),
                "tunnels": st.lists(tunnel, min_size=2, max_size=2),
            },
        )
    )
    return dict(found)


@st.composite
def files(draw: st.DrawFn, *, sound: bool) -> str:
    """A topology file, right in its form; if not ``sound``, often wrong in what it says."""
    vpcs = draw(st.lists(st.sampled_from(VPCS), min_size=1, max_size=2))
    names = [f"v{number}" for number in range(len(vpcs))]
    gateways = [f"g{number}" for number in range(len(vpcs) if sound else draw(st.integers(1, 2)))]
    networks = draw(st.permutations(SITES[:4] if not sound else SITES[1:3]))
    sites = draw(st.integers(1, 2))
    document = {
        "samepath": 1,
        "vpcs": {name: {"cidr": cidr} for name, cidr in zip(names, vpcs, strict=True)},
        "gateways": {
            name: {
                "vpc": names[number] if sound else draw(st.sampled_from(names)),
                "asn": draw(st.sampled_from([64512, 64513])),
            }
            for number, name in enumerate(gateways)
        },
        "customer_gateways": {
            name: {
                "address": f"198.51.100.{number if sound else draw(st.integers(1, 8))}",
                "asn": draw(st.sampled_from(ASNS[: 2 if sound else 3])),
                "firewall": draw(firewalls),
                "platform": draw(platforms),
            }
            for number, name in enumerate(CUSTOMERS, start=1)
        },
        "sites": {
            f"s{number}": {
                "networks": [networks[number]]
                if sound
                else draw(st.lists(st.sampled_from(SITES), min_size=1, max_size=2)),
                "customer_gateways": draw(
                    st.lists(some(CUSTOMERS, sound=sound), min_size=1, max_size=2, unique=True)
                ),
            }
            for number in range(sites)
        },
        "connections": {
            f"k{number}": draw(connections(gateways, sound=sound))
            for number in range(draw(st.integers(1, 2)))
        },
    }
    return json.dumps(document, indent=1)


def problems(text: str) -> tuple[Problem, ...]:
    """What makes a file unusable."""
    try:
        parse(text)
    except InvalidDocument as refused:
        return refused.problems
    return ()


def few(topology: Topology) -> tuple[FailureState, ...]:
    """All up and a few failures."""
    return tuple(single_states(topology))[::7]


@given(text=st.one_of(files(sound=False), files(sound=True)))
def test_whatever_a_file_says_it_is_refused_with_places_or_judged_with_places(text: str) -> None:
    found = problems(text)
    for problem in found:
        assert problem.path
        assert problem.line is not None
        assert problem.message
    if found:
        return
    document = parse(text)
    report = check(document.topology, few(document.topology))
    assert report.sentence
    for finding in report.findings:
        elements.resolve(document.topology, elements.parse(finding.place))
        assert finding.what
        assert finding.advice
        value = finding.path.removesuffix(".set.med")
        assert not value or value in document.places


def turned(mapping: Mapping[K, V]) -> dict[K, V]:
    """The same in the opposite order."""
    return dict(reversed(list(mapping.items())))


@given(text=files(sound=True))
def test_the_order_in_a_file_changes_no_verdict_and_no_finding(text: str) -> None:
    it = parse(text).topology
    other = replace(
        it,
        vpcs=turned(it.vpcs),
        gateways=turned(it.gateways),
        customer_gateways=turned(it.customer_gateways),
        sites={
            name: replace(site, networks=site.networks[::-1])
            for name, site in turned(it.sites).items()
        },
        connections=turned(it.connections),
    )
    there, back = check(it, few(it)), check(other, few(it))
    assert set(map(told, there.states)) == set(map(told, back.states))
    assert set(there.findings) == set(back.findings)
    assert there.sentence == back.sentence


@given(text=files(sound=True))
def test_an_unrelated_gateway_changes_no_verdict_and_no_finding(text: str) -> None:
    island = parse(
        """\
samepath: 1
vpcs: {other: {cidr: 10.99.0.0/16}}
gateways: {far: {vpc: other, asn: 64999}}
customer_gateways: {away: {address: 203.0.113.9, asn: 65009}}
sites: {hut: {networks: [172.16.0.0/24]}}
connections: {busan: {}}
"""
    ).topology
    it = parse(text).topology
    both = Topology(
        name=it.name,
        vpcs={**it.vpcs, **island.vpcs},
        gateways={**it.gateways, **island.gateways},
        customer_gateways={**it.customer_gateways, **island.customer_gateways},
        sites={**it.sites, **island.sites},
        connections={**it.connections, **island.connections},
    )
    alone, beside = check(it, few(it)), check(both, few(it))
    assert set(map(told, alone.states)) <= set(map(told, beside.states))
    assert set(alone.findings) <= set(beside.findings)


@st.composite
def ordered(draw: st.DrawFn) -> str:
    """One or two connections of a device that puts all their tunnels in an order, both ways."""
    count = draw(st.integers(1, 2))
    preferences = draw(st.permutations(range(100, 100 + 2 * count)))
    prepends = draw(st.permutations(range(2 * count)))
    document = {
        "samepath": 1,
        "vpcs": {"cloud": {"cidr": "10.0.0.0/16"}},
        "customer_gateways": {
            "dc": {
                "address": "198.51.100.1",
                "firewall": draw(firewalls),
                "platform": draw(platforms),
            }
        },
        "sites": {"office": {"networks": ["192.168.10.0/24"]}},
        "connections": {
            f"k{number}": {
                "mode": draw(st.sampled_from(["plain", "pinned"])),
                "active": draw(st.sampled_from([1, 2])),
                "preemption": draw(st.sampled_from(["auto", "manual"])),
                "tunnels": [
                    {
                        "policy": {
                            "customer": {
                                "import": [{"set": {"local_preference": preferences[position]}}],
                                "export": [{"set": {"prepend": 4 * prepends[position]}}],
                            }
                        }
                    }
                    for position in (2 * number, 2 * number + 1)
                ],
            }
            for number in range(count)
        },
    }
    return json.dumps(document)


@given(text=ordered())
def test_where_every_choice_is_ordered_by_the_file_nothing_is_undetermined(text: str) -> None:
    """Every input is present: local preference orders one direction, AS_PATH the other."""
    report = check(parse(text).topology)
    assert all(len(one.outcomes) == 1 for one in report.states)
    assert not any(one.undetermined for one in report.states)


@given(firewall=firewalls, platform=platforms, mode=st.sampled_from(["plain", "pinned"]))
def test_a_connection_without_policies_is_never_undetermined(
    firewall: str, platform: str, mode: str
) -> None:
    """The gateway's MEDs are a stored decision: the file holds all that decides."""
    report = check(
        parse(
            f"""\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, firewall: {firewall}, platform: {platform}}}}}
sites: {{office: {{networks: [192.168.10.0/24]}}}}
connections: {{seoul: {{mode: {mode}}}}}
"""
        ).topology
    )
    assert not any(one.undetermined for one in report.states)
