"""A customer gateway that is two machines: what a takeover does to routes and to sessions."""

from __future__ import annotations

import pytest

from samepath.model.document import InvalidDocument, parse
from samepath.model.elements import parse as element
from samepath.model.topology import Topology
from samepath.routing.compile import compile_network, session_name
from samepath.routing.evaluator import analyse
from samepath.routing.failing import affected
from samepath.routing.fate import Refusal, Transition, Verdict
from samepath.routing.states import (
    Condition,
    FailureState,
    joined,
    pair_states,
    remembered,
    single_states,
)
from samepath.routing.verdict import Judgement, analyse_naively

FILE = """\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, {device}}}}}
sites: {{office: {{networks: [192.168.10.0/24]}}}}
connections: {{seoul: {{customer_gateway: dc{connection}}}}}
"""
FIRST, SECOND = "cgw:dc/member1", "cgw:dc/member2"
DOWN, RETURNED = Condition.DOWN, Condition.RETURNED
ACTIVE = ("seoul/tunnel1/bgp", "seoul/tunnel1/bgp")
STATEFUL = "firewall: device, cluster: {}"


def topology(device: str, connection: str = "") -> Topology:
    return parse(FILE.format(device=device, connection=connection)).topology


def happened(*told: tuple[str, Condition], noticed: bool = True) -> FailureState:
    conditions = tuple((element(name), condition) for name, condition in told)
    return FailureState(conditions=conditions, noticed=noticed)


def judged(it: Topology, state: FailureState) -> Judgement:
    (found,) = analyse(it, [state])
    (outcome,) = found.outcomes
    return outcome.result


def test_only_a_cluster_has_members_and_states_of_them() -> None:
    names = {state.name for state in single_states(topology("cluster: {}"))}
    own = {f"{FIRST} down", f"{FIRST} returned", f"{SECOND} down"}
    assert own <= names
    assert names - own == {state.name for state in single_states(topology("platform: bird"))}


@pytest.mark.parametrize(
    ("device", "transition"),
    [
        ("cluster: {}", Transition.SURVIVES),
        ("firewall: device, cluster: {state_sync: true}", Transition.SURVIVES),
        (STATEFUL, Transition.HANGS),
        ("firewall: interface, cluster: {state_sync: true}", Transition.SURVIVES),
        ("firewall: interface, cluster: {}", Transition.HANGS),
    ],
)
def test_a_takeover_leaves_the_tunnel_and_keeps_sessions_that_are_known_or_none(
    device: str, transition: Transition
) -> None:
    found = judged(topology(device), happened((FIRST, DOWN)))
    assert found.ways.tunnels == ACTIVE
    assert (found.verdict, found.transition) == (Verdict.SYMMETRIC, transition)
    hung = [fate.hung_by for _, fate in found.fates if fate.hung_by]
    assert {one.refusal for one in hung} == (
        {Refusal.UNSEEN} if transition is Transition.HANGS else set()
    )


@pytest.mark.parametrize("told", [(FIRST, RETURNED), (SECOND, DOWN), (SECOND, RETURNED)])
def test_open_flows_notice_neither_a_return_nor_the_death_of_the_one_that_stands_by(
    told: tuple[str, Condition],
) -> None:
    found = judged(topology(STATEFUL), happened(told))
    assert (found.verdict, found.transition) == (Verdict.SYMMETRIC, Transition.SURVIVES)


@pytest.mark.parametrize(
    ("told", "taken_over"),
    [
        ([(FIRST, DOWN)], True),
        ([(FIRST, RETURNED)], True),
        ([(SECOND, DOWN)], False),
        ([(SECOND, RETURNED)], False),
        ([(FIRST, RETURNED), (SECOND, DOWN)], False),
        ([(SECOND, DOWN), (FIRST, RETURNED)], False),
    ],
)
def test_each_stays_active_until_it_goes(
    told: list[tuple[str, Condition]], taken_over: bool
) -> None:
    it = topology(STATEFUL)
    found = affected(it, compile_network(it), happened(*told))
    assert found.taken_over == ({"cgw:dc"} if taken_over else frozenset())


def test_a_cluster_that_has_lost_both_is_a_device_that_is_down() -> None:
    it = topology(STATEFUL)
    both = judged(it, happened((SECOND, DOWN), (FIRST, DOWN)))
    whole = judged(it, happened(("cgw:dc", DOWN)))
    assert both.verdict is Verdict.EXPECTED_OUTAGE
    assert both.ways.tunnels == whole.ways.tunnels == (None, None)


def test_until_it_is_noticed_what_goes_to_the_dead_member_is_lost() -> None:
    it = topology(STATEFUL)
    assert judged(it, happened((FIRST, DOWN), noticed=False)).ways.tunnels == (None, None)
    assert judged(it, happened((SECOND, DOWN), noticed=False)).ways.tunnels == ACTIVE


def test_the_sessions_of_a_takeover_are_younger_than_all_others_and_their_order_is_unknown() -> (
    None
):
    mirrored = topology("cluster: {}")
    oldest = topology("platform: cisco-ios, cluster: {}", ", mode: plain")
    names = [
        session_name(mirrored.connections["seoul"], one)
        for one in mirrored.connections["seoul"].tunnels
    ]
    for it, known in ((mirrored, True), (oldest, False)):
        network = affected(it, compile_network(it), happened((FIRST, DOWN))).network
        assert [network.sessions[name].age is not None for name in names] == [known, known]


def test_a_pair_of_failures_may_be_both_members_and_not_one_with_its_device() -> None:
    names = {state.name for state in pair_states(topology(STATEFUL))}
    assert f"{FIRST} down + {SECOND} down" in names
    assert f"seoul/tunnel1 down + {FIRST} down" in names
    assert not any(one.startswith("cgw:dc down + cgw:dc/member") for one in names)
    covered = joined(topology(STATEFUL), [(element(FIRST), DOWN), (element("cgw:dc"), DOWN)])
    assert covered == happened(("cgw:dc", DOWN))


def test_a_return_is_no_history_that_later_states_depend_on() -> None:
    assert all(one.name != "dc" for one, _ in remembered(topology(STATEFUL)))


def test_where_traffic_stays_must_not_depend_on_which_tunnel_is_first() -> None:
    with pytest.raises(
        InvalidDocument, match=r"connections\.seoul\.preemption: traffic would stay"
    ):
        topology("cluster: {}", ", preemption: manual")


TWO = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  a: {address: 198.51.100.1, cluster: {}}
  b: {address: 198.51.100.2, cluster: {}}
sites:
  one: {networks: [192.168.10.0/24], customer_gateways: [a]}
  two: {networks: [192.168.20.0/24], customer_gateways: [b]}
connections:
  z: {customer_gateway: a}
  k: {customer_gateway: b}
"""


def test_takeovers_of_two_devices_are_to_each_what_they_would_be_alone() -> None:
    """As its part of the topology has it, whatever the names and the order of the file."""
    it = parse(TWO).topology
    both = happened(("cgw:a/member1", DOWN), ("cgw:b/member1", DOWN))
    fast, naive = analyse(it, [both]), analyse_naively(it, [both])
    assert [one.outcomes for one in fast] == [one.outcomes for one in naive]
