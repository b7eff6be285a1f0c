"""Sites with two customer gateways: who the hosts send to, what passes between the two."""

from __future__ import annotations

import pytest

from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.routing.compile import LAN, compile_network, neighbour_name
from samepath.routing.evaluator import analyse
from samepath.routing.failing import affected
from samepath.routing.first_hop import masters
from samepath.routing.forwarding import End
from samepath.routing.route import Source
from samepath.routing.states import Condition, FailureState, single_states
from samepath.routing.verdict import PairInState, Transition, Verdict, analyse_naively

FILE = """\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways:
  fw1: {{address: 198.51.100.1, platform: frr, requires_policy: false, firewall: {firewall}}}
  fw2: {{address: 198.51.100.2, platform: frr, requires_policy: false, firewall: {firewall}}}
sites: {{office: {{networks: [192.168.10.0/24], customer_gateways: [fw1, fw2], {site}}}}}
connections:
  one: {{customer_gateway: fw1}}
  two:
    customer_gateway: fw2
    tunnel_defaults: {{policy: {{customer: {{export: [{{set: {{prepend: 3}}, then: next}}]}}}}}}
"""
"""The gateway sends by the first customer gateway while one of its tunnels works."""
FW1, FW2 = "cgw:fw1", "cgw:fw2"


def state(*down: str, condition: Condition = Condition.DOWN) -> FailureState:
    return FailureState(conditions=tuple((element(name), condition) for name in down))


def predicted(site: str, now: FailureState, firewall: str = "stateless") -> PairInState:
    """The only pair in a state; the naive evaluator and the fast one say the same."""
    topology = parse(FILE.format(site=site, firewall=firewall)).topology
    (found,) = analyse_naively(topology, [now])
    assert tuple(analyse(topology, [now])) == (found,)
    return found


def first_hop(found: PairInState) -> str | None:
    """The customer gateway that the site's packets come to first."""
    (outcome,) = found.outcomes
    routers = outcome.result.ways.to_vpc.routers
    return routers[0] if routers else None


NO_TUNNEL = state("one/tunnel1", "one/tunnel2")
"""The first customer gateway is alive, and has its LAN and none of its tunnels."""


def test_hosts_send_to_the_customer_gateway_that_is_named() -> None:
    assert first_hop(predicted("first_hop: fw2", state())) == FW2


@pytest.mark.parametrize(
    ("site", "first"),
    [
        ("first_hop: vrrp", FW1),
        ("vrrp: {}", FW1),
        ("vrrp: {priorities: {fw1: 50}}", FW2),
        ("vrrp: {priorities: {fw1: 100, fw2: 101}}", FW2),
    ],
)
def test_the_highest_priority_is_master(site: str, first: str) -> None:
    assert first_hop(predicted(site, state())) == first


@pytest.mark.parametrize("tracks", ["nothing", "tunnels"])
@pytest.mark.parametrize("lost", ["cgw:fw1", "cgw:fw1/lan"])
def test_a_customer_gateway_without_its_lan_is_no_master_whatever_it_tracks(
    tracks: str, lost: str
) -> None:
    found = predicted(f"vrrp: {{tracks: {tracks}}}", state(lost))
    assert first_hop(found) == FW2
    assert found.verdicts == {Verdict.SYMMETRIC}


@pytest.mark.parametrize(
    ("tracks", "first", "verdict"),
    [("nothing", None, Verdict.UNREACHABLE), ("tunnels", FW2, Verdict.SYMMETRIC)],
)
def test_only_a_customer_gateway_that_tracks_its_tunnels_gives_way_when_it_has_none(
    tracks: str, first: str | None, verdict: Verdict
) -> None:
    """Without tracking it stays master, and has no route."""
    found = predicted(f"vrrp: {{tracks: {tracks}}}", NO_TUNNEL)
    assert first_hop(found) == first
    assert found.verdicts == {verdict}


def test_one_tunnel_of_two_is_enough_to_stay_master() -> None:
    found = predicted("vrrp: {tracks: tunnels}", state("one/tunnel1"))
    assert first_hop(found) == FW1


def test_a_tunnel_whose_session_carries_no_routes_is_none_that_counts() -> None:
    now = FailureState(
        conditions=(
            (element("one/tunnel1/bgp"), Condition.NO_ROUTES),
            (element("one/tunnel2/bgp"), Condition.NO_ROUTES),
        )
    )
    assert first_hop(predicted("vrrp: {tracks: tunnels}", now)) == FW2
    assert first_hop(predicted("vrrp: {}", now)) is None


def test_where_no_customer_gateway_can_be_master_the_hosts_have_no_router() -> None:
    found = predicted("vrrp: {}", state("cgw:fw1/lan", "cgw:fw2"))
    (outcome,) = found.outcomes
    assert outcome.result.ways.to_vpc.end is End.NO_FIRST_HOP
    assert outcome.result.ways.to_vpc.hops == ()
    assert found.verdicts == {Verdict.EXPECTED_OUTAGE}


@pytest.mark.parametrize(("preempt", "first"), [("true", FW1), ("false", FW2)])
@pytest.mark.parametrize("returned", ["cgw:fw1", "cgw:fw1/lan"])
def test_without_preemption_the_master_depends_on_what_has_been_before(
    preempt: str, first: str, returned: str
) -> None:
    now = state(returned, condition=Condition.RETURNED)
    assert first_hop(predicted(f"vrrp: {{preempt: {preempt}}}", now)) == first


def test_the_states_after_a_return_are_told_where_they_are_others_than_all_up() -> None:
    def names(site: str) -> set[str]:
        topology = parse(FILE.format(site=site, firewall="device")).topology
        return {one.name for one in single_states(topology)}

    after = {"cgw:fw1 returned", "cgw:fw1/lan returned"}
    assert after <= names("vrrp: {preempt: false}")
    assert not after & names("vrrp: {}")


def test_a_device_that_tracks_its_tunnels_has_lost_the_address_with_its_path_too() -> None:
    def names(site: str) -> set[str]:
        topology = parse(FILE.format(site=site, firewall="device")).topology
        return {one.name for one in single_states(topology)}

    after = "cgw:fw1/path returned"
    assert after in names("vrrp: {preempt: false, tracks: tunnels}")
    assert after not in names("vrrp: {preempt: false}")
    assert after not in names("vrrp: {tracks: tunnels}")
    now = state("cgw:fw1/path", condition=Condition.RETURNED)
    assert first_hop(predicted("vrrp: {preempt: false, tracks: tunnels}", now)) == FW2


def test_a_master_without_preemption_stays_only_while_it_can() -> None:
    topology = parse(FILE.format(site="vrrp: {preempt: false}", firewall="device")).topology
    whole = compile_network(topology)
    without = {name: whole.without(routers=frozenset({name})) for name in (FW1, FW2)}
    assert masters(topology, [whole, without[FW1], whole]) == {"office": FW2}
    assert masters(topology, [whole, without[FW1], without[FW2]]) == {"office": FW1}


def test_over_ibgp_a_customer_gateway_without_a_tunnel_sends_by_its_neighbour() -> None:
    found = predicted("first_hop: fw1, ibgp: true", NO_TUNNEL)
    (outcome,) = found.outcomes
    ways = outcome.result.ways
    assert ways.to_vpc.routers == (FW1, FW2, "gw:vgw")
    assert ways.to_vpc.hops[0].route.session == neighbour_name("fw1", "fw2")
    assert ways.tunnels == ("two/tunnel1/bgp", "two/tunnel1/bgp")
    assert found.verdicts == {Verdict.SYMMETRIC}


def test_a_neighbours_route_whose_next_hop_cannot_be_reached_is_not_used() -> None:
    """The inside address at the far end of the neighbour's tunnel: no ``next-hop-self`` there."""
    found = predicted("first_hop: fw1, ibgp: true, keeps_next_hop: [fw2]", NO_TUNNEL)
    (outcome,) = found.outcomes
    assert outcome.result.ways.to_vpc.routers == ()
    assert outcome.result.ways.to_vpc.end is End.NO_ROUTE
    assert found.verdicts == {Verdict.UNREACHABLE}
    other = predicted("first_hop: fw1, ibgp: true, keeps_next_hop: [fw1]", NO_TUNNEL)
    assert other.verdicts == {Verdict.SYMMETRIC}


def test_a_tunnel_of_ones_own_goes_before_the_neighbour() -> None:
    found = predicted("first_hop: fw2, ibgp: true", state())
    (outcome,) = found.outcomes
    assert outcome.result.ways.to_vpc.routers == (FW2, "gw:vgw")


def test_the_neighbour_names_itself_as_next_hop_on_the_lan() -> None:
    topology = parse(FILE.format(site="ibgp: true", firewall="device")).topology
    session = compile_network(topology).sessions[neighbour_name("fw1", "fw2")]
    assert [str(end.address) for end in session.ends] == ["192.168.10.1", "192.168.10.2"]
    assert all(end.next_hop_self for end in session.ends)


def test_the_neighbours_session_ends_with_the_lan_of_either() -> None:
    topology = parse(FILE.format(site="ibgp: true", firewall="device")).topology
    network = compile_network(topology)
    for leg in ("cgw:fw1/lan", "cgw:fw2/lan"):
        left = affected(topology, network, state(leg)).network
        assert neighbour_name("fw1", "fw2") not in left.sessions
        assert len(left.sessions) == 4
        assert all(
            route.session != LAN
            for route in left.routers[leg.removesuffix("/lan")].routes
            if route.source is Source.CONNECTED
        )


@pytest.mark.parametrize(
    ("firewall", "sync", "verdict"),
    [
        ("stateless", "false", Verdict.SYMMETRIC),
        ("device", "false", Verdict.ASYMMETRIC_DROPPED),
        ("zone", "false", Verdict.ASYMMETRIC_DROPPED),
        ("device", "true", Verdict.SYMMETRIC),
    ],
)
def test_a_firewall_on_the_way_out_only_drops_unless_the_two_share_their_sessions(
    firewall: str, sync: str, verdict: Verdict
) -> None:
    """Out by the first and over the LAN to the second, back by the second alone."""
    found = predicted(f"first_hop: fw1, ibgp: true, state_sync: {sync}", NO_TUNNEL, firewall)
    assert found.verdicts == {verdict}


@pytest.mark.parametrize(
    ("firewall", "sync", "verdict"),
    [
        ("stateless", "false", Verdict.ASYMMETRIC_TOLERATED),
        ("device", "false", Verdict.ASYMMETRIC_DROPPED),
        ("device", "true", Verdict.ASYMMETRIC_TOLERATED),
        ("interface", "true", Verdict.ASYMMETRIC_DROPPED),
    ],
)
def test_in_by_one_and_out_by_the_other_is_one_device_only_where_sessions_are_shared(
    firewall: str, sync: str, verdict: Verdict
) -> None:
    found = predicted(f"first_hop: fw2, state_sync: {sync}", state(), firewall)
    assert found.verdicts == {verdict}


@pytest.mark.parametrize(
    ("sync", "transition"), [("false", Transition.HANGS), ("true", Transition.SURVIVES)]
)
def test_an_open_flow_moves_to_the_other_device_only_with_what_is_known_of_it(
    sync: str, transition: Transition
) -> None:
    found = predicted(f"vrrp: {{}}, state_sync: {sync}", state("cgw:fw1"), "device")
    assert {outcome.result.transition for outcome in found.outcomes} == {transition}


@pytest.mark.parametrize("site", ["", "first_hop: fw1"])
def test_hosts_reach_no_named_first_hop_that_has_lost_its_lan(site: str) -> None:
    found = predicted(site, state("cgw:fw1/lan"))
    (outcome,) = found.outcomes

    assert outcome.result.ways.to_vpc.end is End.NO_FIRST_HOP
    assert outcome.result.ways.tunnels[1] is None
    assert found.verdicts == {Verdict.UNREACHABLE}


def test_hosts_reach_the_other_customer_gateway_whatever_the_first_one_has_lost() -> None:
    assert first_hop(predicted("first_hop: fw2", state("cgw:fw1/lan"))) == FW2
