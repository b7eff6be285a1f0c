"""The situations that everybody who runs such a VPN meets, as tables of states and verdicts."""

from __future__ import annotations

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.compile import compile_network
from samepath.routing.failing import affected
from samepath.routing.forwarding import End
from samepath.routing.route import LATE
from samepath.routing.states import single_states
from samepath.routing.verdict import PairInState, Transition, Verdict, analyse_naively

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, asn: 65000, firewall: FIREWALL}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {customer_gateway: dc, CONNECTION}}
"""
CROSSED = """mode: follow, tunnels: [
  {policy: {customer: {export: [{set: {med: 100}}]}}},
  {policy: {customer: {import: [{set: {local_preference: 200}}], export: [{set: {med: 100}}]}}}]"""

SYMMETRIC, TOLERATED, DROPPED = (
    Verdict.SYMMETRIC,
    Verdict.ASYMMETRIC_TOLERATED,
    Verdict.ASYMMETRIC_DROPPED,
)


def topology(connection: str, firewall: str = "stateless") -> Topology:
    text = FILE.replace("CONNECTION", connection).replace("FIREWALL", firewall)
    return parse(text).topology


def analysed(connection: str, firewall: str = "stateless") -> dict[str, PairInState]:
    it = topology(connection, firewall)
    return {found.state.name: found for found in analyse_naively(it, tuple(single_states(it)))}


def tunnels(found: PairInState) -> tuple[str | None, str | None]:
    (outcome,) = found.outcomes
    return outcome.result.ways.tunnels


def verdict(found: PairInState) -> Verdict:
    (outcome,) = found.outcomes
    return outcome.result.verdict


def transition(found: PairInState) -> Transition | None:
    (outcome,) = found.outcomes
    return outcome.result.transition


@pytest.mark.parametrize(
    "platform", ["cisco-ios", "cisco-asa", "frr, requires_policy: false", "quagga", "vyos"]
)
def test_a_med_of_50_on_one_tunnel_sends_the_gateway_by_the_one_where_the_device_sends_its_own_0(
    platform: str,
) -> None:
    fifty = "tunnels: [{}, {policy: {customer: {export: [{set: {med: 50}}]}}}]"
    found = analysed(fifty, f"device, platform: {platform}")["all up"]

    assert tunnels(found) == ("seoul/tunnel1/bgp", "seoul/tunnel1/bgp")


@pytest.mark.parametrize("platform", ["fortios", "junos", "pan-os", "routeros"])
def test_what_the_gateway_takes_for_the_med_that_a_device_does_not_send_is_asked(
    platform: str,
) -> None:
    fifty = "tunnels: [{}, {policy: {customer: {export: [{set: {med: 50}}]}}}]"
    found = analysed(fifty, f"device, platform: {platform}")["all up"]

    assert found.undetermined or len(found.outcomes) > 1


@pytest.mark.parametrize("mode", ["mode: follow", "mode: pinned"])
@pytest.mark.parametrize("active", [1, 2])
def test_active_standby_is_symmetric_in_every_failure_state(mode: str, active: int) -> None:
    found = analysed(f"{mode}, active: {active}")
    one, two = (f"seoul/tunnel{number}/bgp" for number in (active, 3 - active))

    assert tunnels(found["all up"]) == (one, one)
    assert tunnels(found[f"seoul/tunnel{active} down"]) == (two, two)
    assert tunnels(found[f"seoul/tunnel{active}/bgp down"]) == (two, two)
    assert tunnels(found[f"seoul/tunnel{3 - active} down"]) == (one, one)
    for number in (1, 2):
        assert tunnels(found[f"seoul/tunnel{number} returned"]) == (one, one)
    failures = [
        it for it in found.values() if " down" in it.state.name and "cgw:" not in it.state.name
    ]
    assert {verdict(it) for it in failures} == {SYMMETRIC}


@pytest.mark.parametrize(
    ("firewall", "expected"),
    [
        ("stateless", TOLERATED),
        ("device", TOLERATED),
        ("zone", TOLERATED),
        ("interface", DROPPED),
    ],
)
def test_crossed_preference_drops_only_where_a_session_is_bound_to_an_interface(
    firewall: str, expected: Verdict
) -> None:
    """The gateway prefers tunnel 1, the data centre tunnel 2: both are up, connections hang."""
    found = analysed(CROSSED, firewall)

    assert tunnels(found["all up"]) == ("seoul/tunnel1/bgp", "seoul/tunnel2/bgp")
    assert verdict(found["all up"]) is expected
    for number in (1, 2):
        assert verdict(found[f"seoul/tunnel{number} down"]) is SYMMETRIC


def test_a_pinned_site_does_not_move_when_the_gateway_asks_it_to() -> None:
    found = analysed("mode: pinned")["seoul/tunnel1 in maintenance"]
    assert tunnels(found) == ("seoul/tunnel1/bgp", "seoul/tunnel1/bgp")


def test_a_following_site_moves_both_ways_when_the_gateway_asks_it_to() -> None:
    """It announces the lower MED on the tunnel that it chooses, so the answers follow."""
    found = analysed("mode: follow")["seoul/tunnel1 in maintenance"]
    assert tunnels(found) == ("seoul/tunnel2/bgp", "seoul/tunnel2/bgp")


@pytest.mark.parametrize(
    ("probe", "expected"),
    [("false", Verdict.UNREACHABLE), ("true", SYMMETRIC)],
)
def test_static_routes_stay_in_a_tunnel_that_is_dead_with_ike_alive_unless_it_is_probed(
    probe: str, expected: Verdict
) -> None:
    found = analysed(f"routing: static, probe_inside: {probe}")

    assert verdict(found["all up"]) is SYMMETRIC
    assert verdict(found["seoul/tunnel1/esp dead (IKE alive)"]) is expected
    assert verdict(found["seoul/tunnel1 down"]) is SYMMETRIC


def test_without_its_only_customer_gateway_an_outage_is_expected() -> None:
    found = analysed("mode: follow")
    assert verdict(found["cgw:dc down"]) is Verdict.EXPECTED_OUTAGE
    assert transition(found["cgw:dc down"]) is Transition.CUT_OFF


@pytest.mark.parametrize(
    ("firewall", "expected"),
    [
        ("stateless", Transition.SURVIVES),
        ("device", Transition.SURVIVES),
        ("zone", Transition.SURVIVES),
        ("interface", Transition.HANGS),
    ],
)
def test_an_open_flow_hangs_where_it_was_bound_to_the_tunnel_that_it_has_left(
    firewall: str, expected: Transition
) -> None:
    found = analysed("mode: follow", firewall)

    assert transition(found["seoul/tunnel1 down"]) is expected
    assert transition(found["seoul/tunnel2 down"]) is Transition.SURVIVES


@pytest.mark.parametrize(("preemption", "number"), [("auto", 1), ("manual", 2)])
def test_with_manual_preemption_traffic_stays_where_a_failover_has_brought_it(
    preemption: str, number: int
) -> None:
    for connection in (f"preemption: {preemption}", f"routing: static, preemption: {preemption}"):
        found = analysed(connection)
        names = {str(name).split("/")[1] for name in tunnels(found["seoul/tunnel1 returned"])}
        assert names == {f"tunnel{number}"}
        names = {str(name).split("/")[1] for name in tunnels(found["seoul/tunnel2 returned"])}
        assert names == {"tunnel1"}


@pytest.mark.parametrize("connection", ["mode: follow", "routing: static"])
def test_only_with_all_up_there_is_no_earlier_state_to_come_from(connection: str) -> None:
    found = analysed(connection)
    assert [name for name, it in found.items() if transition(it) is None] == ["all up"]


def test_where_no_flow_could_be_opened_none_can_hang() -> None:
    """Flows are opened where one tunnel is down; they are bound to it when the other returns."""
    found = analysed(CROSSED, "interface")
    none = {name for name, it in found.items() if transition(it) is None}
    assert {"all up", "seoul/tunnel1 down", "seoul/tunnel2 down", "cgw:dc down"} <= none
    assert transition(found["seoul/tunnel1 returned"]) is Transition.HANGS


def test_between_two_equal_connections_nobody_knows_which_one_the_gateway_takes() -> None:
    """Undetermined is earned: the fact that would decide is named, and both answers matter."""
    it = parse(TWO_GATEWAYS).topology
    found = {one.state.name: one for one in analyse_naively(it, tuple(single_states(it)))}["all up"]

    assert found.verdicts == {SYMMETRIC, DROPPED}
    assert found.undetermined
    facts = {question.subject for outcome in found.outcomes for question, _ in outcome.because[0]}
    assert facts == {"gw:vgw"}


@pytest.mark.parametrize(
    ("platform", "told"),
    [("bird", {End.LOST, End.DELIVERED}), ("frr, requires_policy: false", {End.DELIVERED})],
)
def test_a_lost_lan_leg_is_withdrawn_only_where_the_platform_looks_after_it(
    platform: str, told: set[End]
) -> None:
    """BIRD goes on announcing what it cannot reach, and the gateway may go on sending it there."""
    text = TWO_GATEWAYS.replace("firewall: device", f"firewall: device, platform: {platform}")
    it = parse(text).topology
    found = {one.state.name: one for one in analyse_naively(it, tuple(single_states(it)))}

    outcomes = found["cgw:fw1/lan down"].outcomes
    assert {outcome.result.ways.to_site.end for outcome in outcomes} == told


def test_the_order_of_a_file_changes_no_verdict() -> None:
    there = parse(TWO_GATEWAYS).topology
    lines = TWO_GATEWAYS.splitlines()
    back = parse("\n".join([*lines[:-2], lines[-1], lines[-2], ""])).topology

    def told(it: Topology) -> set[tuple[str, str, frozenset[Verdict]]]:
        return {
            (str(one.pair), one.state.name, one.verdicts)
            for one in analyse_naively(it, tuple(single_states(it)))
        }

    assert told(there) == told(back)


def test_that_a_tunnel_returned_tells_nothing_of_the_age_of_others() -> None:
    it = parse(TWO_GATEWAYS).topology
    (returned,) = (one for one in single_states(it) if one.name == "one/tunnel1 returned")
    sessions = affected(it, compile_network(it), returned).network.sessions
    ages = {name: session.age for name, session in sessions.items()}

    assert ages.pop("one/tunnel1/bgp") == LATE
    assert set(ages.values()) == {None}
