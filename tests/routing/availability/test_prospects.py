"""Prospects: what a state means, whatever history it has, and whatever is told of its parts."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routing.generated import Document, documents

from samepath.model.document import parse
from samepath.model.elements import ElementKind, all_elements
from samepath.model.topology import Topology
from samepath.routing.availability.enumeration import NOTHING, Range
from samepath.routing.availability.prospects import Outlook, outlooks
from samepath.routing.states import (
    ALL_UP,
    Condition,
    FailureState,
    joined,
    remembered,
    with_histories,
)
from samepath.routing.verdict import analyse_naively

FEWER = settings(deadline=None, max_examples=max(settings().max_examples // 6, 5))
FAILING = frozenset(
    {
        ElementKind.TUNNEL,
        ElementKind.CUSTOMER_GATEWAY,
        ElementKind.CUSTOMER_LAN,
        ElementKind.CUSTOMER_PATH,
    }
)
MANUAL = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, platform: fortios}}
sites: {office: {networks: [192.168.10.0/24]}}
connections:
  seoul:
    customer_gateway: dc
    preemption: PREEMPTION
"""


def only(text: str) -> Outlook:
    (found,) = outlooks(parse(text).topology)
    return found


@FEWER
@given(documents(count=2), st.data())
def test_what_happens_to_a_part_of_what_is_down_changes_nothing(
    document: Document, data: st.DataObject
) -> None:
    topology = parse(json.dumps(document)).topology
    failing = [one for one in all_elements(topology) if one.kind in FAILING]
    elements = data.draw(st.lists(st.sampled_from(failing), max_size=4))
    happenings = tuple((element, Condition.DOWN) for element in elements)
    long, short = FailureState(conditions=happenings), joined(topology, happenings)

    told = analyse_naively(topology, dict.fromkeys((long, short)))
    by_state = {
        state: {one.pair: one.verdicts for one in told if one.state == state}
        for state in (long, short)
    }
    assert by_state[long] == by_state[short]
    assert len(short.conditions) <= len(set(happenings))


def names(topology: Topology, state: FailureState) -> list[str]:
    return [one.name for one in with_histories(topology, state, remembered(topology))]


def test_what_has_returned_last_is_looked_at_where_it_decides() -> None:
    auto = parse(MANUAL.replace("PREEMPTION", "auto").replace("fortios", "bird")).topology
    manual = parse(MANUAL.replace("PREEMPTION", "manual")).topology
    (tunnel, *_) = (one for one in all_elements(manual) if one.kind is ElementKind.TUNNEL)
    down = FailureState(conditions=((tunnel, Condition.DOWN),))

    assert names(auto, ALL_UP) == ["all up"]
    assert names(manual, ALL_UP) == ["all up", "seoul/tunnel1 returned", "seoul/tunnel2 returned"]
    assert names(manual, down) == [
        "seoul/tunnel1 down",
        "seoul/tunnel2 returned + seoul/tunnel1 down",
    ]


STANDBY = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  fw1: {address: 198.51.100.1, asn: 65000, firewall: device}
  fw2: {address: 198.51.100.2, asn: 65000, firewall: device}
sites:
  office:
    networks: [192.168.10.0/24]
    customer_gateways: [fw1, fw2]
    vrrp: {preempt: PREEMPT}
connections:
  one: {customer_gateway: fw1}
  two:
    customer_gateway: fw2
    tunnel_defaults: {policy: {customer: {export: [{set: {prepend: 3}}]}}}
"""


def test_a_history_that_decides_makes_a_range() -> None:
    """The hosts stay with the device that took over, and the gateway returns to the other one."""
    assert only(STANDBY.replace("PREEMPT", "true")).of(()).outage == NOTHING
    assert only(STANDBY.replace("PREEMPT", "false")).of(()).outage == Range(low=0.0, high=1.0)
