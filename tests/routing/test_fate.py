"""What firewalls do with flows, by who opened them, and failure states beyond single cuts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.routing.test_verdict import CROSSED, FILE
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.model.policy import Changes, Policy, Term
from samepath.model.topology import Policies, Topology
from samepath.routing.fate import Initiator, Transition, Verdict
from samepath.routing.firewalls import DEFAULTS
from samepath.routing.rules import Platform
from samepath.routing.states import (
    ALL_UP,
    Condition,
    FailureState,
    pair_states,
    single_states,
    state_before,
)
from samepath.routing.steps import Sureness
from samepath.routing.verdict import Judgement, analyse_naively


def topology(connection: str, firewall: str = "stateless") -> Topology:
    return parse(FILE.replace("CONNECTION", connection).replace("FIREWALL", firewall)).topology


def judged(it: Topology, state: FailureState = ALL_UP) -> Judgement:
    (found,) = analyse_naively(it, [state])
    (outcome,) = found.outcomes
    return outcome.result


def happened(*told: tuple[str, Condition], noticed: bool = True) -> FailureState:
    conditions = tuple((element(name), condition) for name, condition in told)
    return FailureState(conditions=conditions, noticed=noticed)


MOVED = ("seoul/tunnel1", Condition.MAINTENANCE)
MOVED_ONE = happened(MOVED)
VPC, SITE = Initiator
SENDS_BY_TWO = "tunnels: [{}, {policy: {customer: {import: [{set: {local_preference: 200}}]}}}]"


def test_what_stays_on_its_interface_answers_where_it_was_asked_and_drops_what_it_asked() -> None:
    it = topology("routing: static", "{binding: interface, established: stays}")
    found = judged(it, happened(MOVED))
    assert found.ways.tunnels == ("seoul/tunnel2", "seoul/tunnel1")
    assert (found.from_vpc.verdict, found.from_site.verdict) == (
        Verdict.SYMMETRIC,
        Verdict.ASYMMETRIC_DROPPED,
    )
    because = found.from_site.because
    assert because is not None
    assert because.device == "cgw:dc"
    assert "interface" in because.rule


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("off", Verdict.ASYMMETRIC_TOLERATED),
        ("loose", Verdict.ASYMMETRIC_TOLERATED),
        ("feasible", Verdict.ASYMMETRIC_DROPPED),
        ("strict", Verdict.ASYMMETRIC_DROPPED),
    ],
)
def test_a_check_of_the_source_drops_what_comes_by_a_tunnel_without_a_route_back(
    check: str, expected: Verdict
) -> None:
    assert judged(topology(CROSSED, f"{{reverse_path: {check}}}")).verdict is expected


@pytest.mark.parametrize(
    ("firewall", "dropped", "hanging"),
    [
        ("binding: device}, platform: vyos", {VPC, SITE}, {VPC, SITE}),
        ("binding: device}, platform: fortios", {VPC}, {VPC}),
        ("binding: stateless}, platform: fortios", {VPC, SITE}, {VPC, SITE}),
        ("binding: zone, established: follows}, platform: cisco-asa", {VPC}, set()),
    ],
)
def test_whose_packets_a_check_looks_at_depends_on_the_platform_where_it_keeps_sessions(
    firewall: str, dropped: set[Initiator], hanging: set[Initiator]
) -> None:
    found = judged(topology("routing: static", f"{{reverse_path: strict, {firewall}"), MOVED_ONE)
    assert dropped == {
        who for who, fate in found.fates if fate.verdict is Verdict.ASYMMETRIC_DROPPED
    }
    assert hanging == {who for who, fate in found.fates if fate.transition is Transition.HANGS}


def test_an_answer_that_no_check_looks_at_passes_because_of_that() -> None:
    firewall = "{reverse_path: strict}, platform: fortios"
    because = judged(topology("routing: static", firewall), MOVED_ONE).from_site.because
    assert because is not None
    assert because.rule == "it checks the source of the opener's packets only (strict)"
    assert because.sureness is Sureness.DOCUMENTED


@pytest.mark.parametrize(
    ("firewall", "expected"),
    [
        ("stateless, platform: fortios", Verdict.ASYMMETRIC_TOLERATED),
        ("device, platform: fortios", Verdict.ASYMMETRIC_DROPPED),
        (
            "{binding: stateless, reverse_path: strict}, platform: fortios",
            Verdict.ASYMMETRIC_DROPPED,
        ),
    ],
)
def test_what_turns_sessions_off_turns_an_unnamed_check_off_where_one_setting_does_both(
    firewall: str, expected: Verdict
) -> None:
    assert judged(topology(SENDS_BY_TWO, firewall)).verdict is expected


def test_a_static_route_held_ready_is_feasible_and_not_strict() -> None:
    for check, expected in (
        ("feasible", Verdict.ASYMMETRIC_TOLERATED),
        ("strict", Verdict.ASYMMETRIC_DROPPED),
    ):
        it = topology("routing: static", f"{{reverse_path: {check}}}")
        assert judged(it, happened(MOVED)).verdict is expected


@pytest.mark.parametrize(
    ("established", "expected"),
    [("follows", Transition.SURVIVES), ("cut", Transition.RESETS)],
)
def test_a_session_whose_route_moves_survives_or_is_reset(
    established: str, expected: Transition
) -> None:
    it = topology("mode: follow", f"{{binding: device, established: {established}}}")
    assert judged(it, happened(("seoul/tunnel1", Condition.DOWN))).transition is expected


@pytest.mark.parametrize(
    ("zones", "expected"),
    [(("vpn", "vpn"), Transition.SURVIVES), (("one", "two"), Transition.HANGS)],
)
def test_a_session_that_is_bound_to_a_zone_moves_within_it_only(
    zones: tuple[str, str], expected: Transition
) -> None:
    one, two = zones
    it = topology(f"tunnels: [{{zone: {one}}}, {{zone: {two}}}]", "zone")
    assert judged(it, happened(("seoul/tunnel1", Condition.DOWN))).transition is expected


def test_a_flow_that_was_opened_while_a_tunnel_was_down_hangs_when_it_returns() -> None:
    state = happened(("seoul/tunnel1", Condition.RETURNED))
    assert state_before(state) == happened(("seoul/tunnel1", Condition.DOWN))
    assert judged(topology("mode: follow", "interface"), state).transition is Transition.HANGS


@pytest.mark.parametrize(
    "device",
    [
        "platform: cisco-asa",
        "platform: cisco-ios, firewall: {binding: device, established: stays}",
    ],
)
@pytest.mark.parametrize("state", ["cgw:fw1", "cgw:fw1/lan", "cgw:fw1/path"])
def test_an_answer_that_no_gateway_gets_keeps_no_interface_whoever_asked(
    device: str, state: str
) -> None:
    """The hosts send to the first gateway, and the VPC's packets come by the second one then."""
    it = parse(TWO_GATEWAYS.replace("firewall: device", device)).topology
    two = it.connections["two"]
    away = Policies(exports=Policy(terms=(Term(changes=Changes(prepend=3)),)))
    tunnels = tuple(replace(one, customer_policy=away) for one in two.tunnels)
    it = replace(it, connections={**it.connections, "two": replace(two, tunnels=tunnels)})
    found = judged(it, happened((state, Condition.DOWN)))
    assert found.ways.tunnels == ("two/tunnel1/bgp", None)
    assert found.ways.to_vpc.hops == ()
    assert [fate.verdict for _, fate in found.fates] == [Verdict.UNREACHABLE] * 2
    assert [fate.transition for _, fate in found.fates] == [Transition.CUT_OFF] * 2


@pytest.mark.parametrize("way", [Condition.LOSES_TO_SITE, Condition.LOSES_TO_VPC])
def test_a_path_that_loses_one_direction_is_left_once_that_is_noticed(way: Condition) -> None:
    it = topology("mode: follow")
    unnoticed = judged(it, happened(("seoul/tunnel1/path", way), noticed=False))
    assert unnoticed.verdict is Verdict.UNREACHABLE
    assert len({unnoticed.ways.to_site.end, unnoticed.ways.to_vpc.end}) == 2
    noticed = judged(it, happened(("seoul/tunnel1/path", way)))
    assert noticed.ways.tunnels == ("seoul/tunnel2/bgp", "seoul/tunnel2/bgp")


def test_without_dead_peer_detection_nobody_notices_a_static_tunnel() -> None:
    it = topology("routing: static, tunnel_defaults: {dpd: {action: none}}")
    found = judged(it, happened(("seoul/tunnel1", Condition.DOWN)))
    assert found.verdict is Verdict.UNREACHABLE


def test_the_steps_of_a_maintenance_keep_traffic_on_the_other_tunnel_until_its_end() -> None:
    it = topology("mode: follow")
    for more in ((), (("seoul/tunnel1/endpoint", Condition.DOWN),)):
        found = judged(it, happened(MOVED, *more))
        assert found.ways.tunnels == ("seoul/tunnel2/bgp", "seoul/tunnel2/bgp")
    back = judged(it, happened(MOVED, ("seoul/tunnel1", Condition.RETURNED)))
    assert back.ways.tunnels == ("seoul/tunnel2/bgp", "seoul/tunnel2/bgp")


def test_with_both_tunnels_down_or_the_shared_path_an_outage_is_expected() -> None:
    it = topology("mode: follow")
    both = happened(("seoul/tunnel1", Condition.DOWN), ("seoul/tunnel2/bgp", Condition.NO_ROUTES))
    for state in (both, happened(("cgw:dc/path", Condition.DOWN))):
        assert judged(it, state).verdict is Verdict.EXPECTED_OUTAGE


def test_pairs_are_of_failures_of_which_neither_is_a_part_of_the_other() -> None:
    names = {state.name for state in pair_states(topology("mode: follow"))}
    assert "seoul/tunnel1 down + seoul/tunnel2/bgp down" in names
    assert "cgw:dc/lan down + cgw:dc/path down" in names
    assert not any(name.count("tunnel1") > 1 for name in names)
    assert "seoul/tunnel1 down + cgw:dc down" not in names


def test_no_state_has_a_comma_in_its_name_so_that_it_is_one_of_a_list() -> None:
    for connection in ("preemption: manual", "routing: static"):
        it = topology(connection)
        names = [state.name for state in (*single_states(it), *pair_states(it))]
        assert not [name for name in names if "," in name]
        assert len(set(names)) == len(names)


def test_the_order_of_return_makes_two_states_only_where_it_may_matter() -> None:
    def orders(connection: str) -> int:
        return sum(
            len(state.conditions) == 2
            and all(condition is Condition.RETURNED for _, condition in state.conditions)
            for state in single_states(topology(connection))
        )

    assert orders("mode: follow") == 0
    assert orders("preemption: manual") == 2
    it = topology("preemption: manual")
    one, two = (("seoul/tunnel1", Condition.RETURNED), ("seoul/tunnel2", Condition.RETURNED))
    assert judged(it, happened(one, two)).ways.tunnels[0] == "seoul/tunnel1/bgp"
    assert judged(it, happened(two, one)).ways.tunnels[0] == "seoul/tunnel2/bgp"


def test_every_platform_of_a_customer_has_its_firewall() -> None:
    assert set(DEFAULTS) == set(Platform) - {Platform.AWS_VGW, Platform.AWS_TGW}


THROUGH_BOTH = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  a: {address: 198.51.100.1, asn: 65000, platform: cisco-ios, firewall: FIRST}
  b: {address: 198.51.100.2, asn: 65000, platform: cisco-ios, firewall: SECOND}
sites:
  office: {networks: [192.168.10.0/24], customer_gateways: [a, b], ibgp: true}
  annex: {networks: [192.168.20.0/24], customer_gateways: [b]}
connections:
  ka: {customer_gateway: a, tunnels: [{}, {policy: {customer: {import: [PREFER]}}}]}
  kb: {customer_gateway: b}
"""
"""With b's path down, packets for the annex pass a, then b, and come back by b, then a."""


@pytest.mark.parametrize(
    ("first", "second", "crossed", "verdict", "device"),
    [
        ("{reverse_path: strict}", "interface", False, Verdict.SYMMETRIC, None),
        ("interface", "{reverse_path: strict}", False, Verdict.SYMMETRIC, None),
        ("interface", "{reverse_path: feasible}", False, Verdict.SYMMETRIC, None),
        ("{reverse_path: strict}", "stateless", True, Verdict.ASYMMETRIC_DROPPED, "cgw:a"),
        ("interface", "stateless", True, Verdict.ASYMMETRIC_DROPPED, "cgw:a"),
        ("stateless", "interface", True, Verdict.ASYMMETRIC_TOLERATED, None),
        ("stateless", "{reverse_path: strict}", True, Verdict.ASYMMETRIC_TOLERATED, None),
    ],
)
def test_each_device_on_a_way_judges_by_its_own_interfaces(
    first: str, second: str, crossed: bool, verdict: Verdict, device: str | None
) -> None:
    prefer = "{set: {local_preference: 200}}" if crossed else "{then: accept}"
    text = THROUGH_BOTH.replace("FIRST", first).replace("SECOND", second).replace("PREFER", prefer)
    state = happened(("cgw:b/path", Condition.DOWN))
    found = {str(one.pair.site): one for one in analyse_naively(parse(text).topology, [state])}[
        "192.168.20.0/24"
    ]
    for outcome in found.outcomes:
        assert outcome.result.ways.to_site.routers[1:] == ("cgw:a", "cgw:b")
        assert outcome.result.ways.to_vpc.routers[:2] == ("cgw:b", "cgw:a")
        assert outcome.result.verdict is verdict
        dropped = outcome.result.from_vpc.dropped_by
        assert (dropped and dropped.device) == device
