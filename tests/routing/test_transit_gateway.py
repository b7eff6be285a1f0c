"""Transit gateways: one MED for all tunnels, equal routes used together, more routes taken."""

from __future__ import annotations

import pytest
from tests.routing.test_report_laws import problems

from samepath.control.unbuilt import refusals
from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing import ALL_UP, Report, check
from samepath.routing.assumption import first_answer
from samepath.routing.compile import compile_network
from samepath.routing.failing import affected
from samepath.routing.propagation import propagate
from samepath.routing.repair import Result, repair
from samepath.routing.rules import Platform as Kind
from samepath.routing.states import Condition, FailureState, single_states
from samepath.routing.verdict import Verdict

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {tgw: {vpc: cloud, kind: transit%s}}
customer_gateways: {dc: {address: 198.51.100.1, platform: %s, firewall: %s}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {%s}}
"""


def topology(
    *, gateway: str = "", platform: str = "cisco-ios", firewall: str = "interface", seoul: str = ""
) -> Topology:
    return parse(FILE % (gateway, platform, firewall, seoul)).topology


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


def meds(it: Topology, state: FailureState) -> dict[str, int | None]:
    """The MED of the VPC's route on each session, as the customer gateway hears it."""
    solution = propagate(affected(it, compile_network(it), state).network, first_answer)
    return {
        route.session: route.med
        for routes in solution.tables["cgw:dc"].values()
        for route in routes
        if route.is_bgp and route.session
    }


def test_it_announces_one_med_on_all_tunnels_and_a_lower_one_where_it_steers() -> None:
    it = topology()
    assert meds(it, ALL_UP) == {"seoul/tunnel1/bgp": 100, "seoul/tunnel2/bgp": 100}
    steered = 0
    for state in single_states(it):
        ((element, condition), *more) = state.conditions or ((None, None),)
        if condition is Condition.MAINTENANCE and not more:
            assert element is not None
            steered += 1
            kept = {f"seoul/tunnel{3 - (element.tunnel or 0)}/bgp"}
            heard = meds(it, state)
            assert {name for name, med in heard.items() if med is not None and med < 100} == kept
    assert steered == 2


def test_flows_that_a_hash_spreads_over_its_tunnels_are_dropped_in_part_and_that_is_an_error() -> (
    None
):
    report = check(topology())
    assert report.sentence.startswith("with all up some flows are DROPPED: a hash spreads them")
    assert "hash-splits" in codes(report)
    assert "undetermined" not in codes(report)


def test_without_ecmp_nobody_can_say_which_of_its_equal_routes_it_takes() -> None:
    report = check(topology(gateway=", ecmp: false"))
    assert report.sentence.startswith("with all up packets MAY be dropped")
    assert {"undetermined"} <= codes(report)
    assert "hash-splits" not in codes(report)


@pytest.mark.parametrize("firewall", ["stateless", "zone", "device"])
def test_a_firewall_that_takes_either_tunnel_drops_none_of_them(firewall: str) -> None:
    report = check(topology(firewall=firewall))
    assert report.sentence.startswith("with all up the directions may take different tunnels")
    assert {"hash-splits", "undetermined"}.isdisjoint(codes(report))
    assert "either-tunnel" in codes(report)


@pytest.mark.parametrize("gateway", ["", ", ecmp: false"])
def test_pinned_or_followed_it_shares_a_tunnel_with_its_customer_in_every_state(
    gateway: str,
) -> None:
    """Prepending makes the paths unequal; a mirrored MED does, too."""
    for it in (
        topology(gateway=gateway, seoul="mode: pinned"),
        topology(gateway=gateway, platform="bird", seoul="mode: follow"),
    ):
        verdicts = {verdict for one in check(it).states for verdict in one.verdicts}
        assert verdicts == {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}


@pytest.mark.parametrize("gateway", ["", ", ecmp: false"])
def test_a_repair_makes_its_paths_unequal(gateway: str) -> None:
    mended = repair(topology(gateway=gateway))
    assert mended.result is Result.REPAIRED
    verdicts = {verdict for one in check(mended.topology).states for verdict in one.verdicts}
    assert verdicts == {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}


def test_it_takes_ten_times_the_routes_of_a_virtual_private_gateway() -> None:
    networks = ", ".join(f"172.16.{number}.0/24" for number in range(101))
    for kind, over in (("transit", False), ("virtual-private", True)):
        text = (FILE % ("", "cisco-ios", "interface", "")).replace("192.168.10.0/24", networks)
        report = check(parse(text.replace("kind: transit", f"kind: {kind}")).topology, (ALL_UP,))
        assert ("route-limit" in codes(report)) is over, kind


def test_a_virtual_private_gateway_has_no_ecmp() -> None:
    (problem,) = problems(FILE.replace("kind: transit%s", "ecmp: true") % ("bird", "zone", ""))
    assert problem.path == "gateways.tgw.ecmp"


def test_it_may_have_more_than_ten_connections() -> None:
    connections = ", ".join(f"k{number}: {{customer_gateway: c{number}}}" for number in range(11))
    customers = ", ".join(
        f"c{number}: {{address: 198.51.100.{number + 1}}}" for number in range(11)
    )
    text = (FILE % ("", "bird", "zone", "")).replace("seoul: {}", connections)
    text = text.replace(
        "{dc: {address: 198.51.100.1, platform: bird, firewall: zone}}", f"{{{customers}}}"
    )
    text = text.replace("[192.168.10.0/24]", "[192.168.10.0/24], customer_gateways: [c0]")
    assert len(parse(text).topology.connections) == 11
    assert problems(text.replace("kind: transit", "kind: virtual-private"))


def test_it_is_predicted_and_not_built() -> None:
    (problem,) = (one for one in refusals(topology(platform="bird")) if "gateways" in one.path)
    assert problem.path == "gateways.tgw.kind"


def test_it_has_the_rules_of_a_transit_gateway() -> None:
    network = compile_network(topology())
    assert network.routers["gw:tgw"].rules.platform is Kind.AWS_TGW


TWO_DEVICES = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {tgw: {vpc: cloud, kind: transit}}
customer_gateways: {a: {address: 198.51.100.1}, b: {address: 198.51.100.2}}
sites: {office: {networks: [192.168.10.0/24], customer_gateways: [a, b], first_hop: a}}
connections: {ka: {customer_gateway: a}, kb: {customer_gateway: b}}
"""


def test_flows_that_a_hash_sends_where_nothing_leads_on_are_lost_and_that_is_an_error() -> None:
    """A device that has lost its LAN announces it still, and gets its share."""
    report = check(parse(TWO_DEVICES).topology)
    lost = [one for one in report.findings if one.code == "unreachable"]
    assert "cgw:b/lan" in {one.place for one in lost}
    assert any("some flows do not arrive" in one.what for one in lost)
    assert "LOSES some flows" in report.sentence


def test_two_devices_that_a_hash_splits_are_both_named() -> None:
    text = TWO_DEVICES.replace("}, b:", ", firewall: device}, b:").replace(
        "100.2}", "100.2, firewall: device}"
    )
    (split,) = (
        one for one in check(parse(text).topology, (ALL_UP,)).findings if one.code == "hash-splits"
    )
    assert "pass cgw:a and cgw:b, and each drops what the other has seen begin" in split.what
    assert "share their sessions" in split.advice


def test_what_each_flow_has_of_its_own_is_not_undetermined() -> None:
    spread = check(
        topology(firewall="stateless", platform="frr, requires_policy: false"), (ALL_UP,)
    ).states
    assert {len(one.verdicts) for one in spread} == {2}
    assert not any(one.undetermined for one in spread)


def test_its_routes_are_not_propagated_into_the_vpc() -> None:
    networks = ", ".join(f"172.16.{number}.0/24" for number in range(101))
    text = (FILE % ("", "bird", "zone", "mode: pinned")).replace("192.168.10.0/24", networks)
    assert "propagation-limit" not in codes(check(parse(text).topology, (ALL_UP,)))


@pytest.mark.parametrize("key", ["active: 2", "preemption: manual"])
def test_an_active_tunnel_has_no_effect_unless_it_is_pinned(key: str) -> None:
    for mode, warned in (("plain", True), ("pinned", False)):
        document = parse(FILE % ("", "frr", "zone", f"mode: {mode}, {key}"))
        paths = {one.path for one in document.warnings()}
        assert (f"connections.seoul.{key.split(':', maxsplit=1)[0]}" in paths) is warned


def asked(report: Report) -> set[str]:
    return {
        question.what
        for one in report.states
        for outcome in one.outcomes
        for because in outcome.because
        for question, _ in because
    }


def test_whether_it_leaves_a_tunnel_itself_before_maintenance_is_asked_of_equal_routes_only() -> (
    None
):
    leaves = "whether it leaves the tunnel itself from which it steers the other end away"
    equal = check(topology())
    (now,) = (one for one in equal.states if one.state.name == "seoul/tunnel1 in maintenance")
    assert now.undetermined
    assert leaves in asked(equal)
    assert leaves not in asked(check(topology(seoul="mode: pinned")))
    assert leaves not in asked(check(topology(), (ALL_UP,)))


@pytest.mark.parametrize(
    ("meds", "are_equal"),
    [(("{med: 10}", "{med: 10}"), True), (("{med: 10}", "{med: 20}"), False)],
)
def test_routes_of_unequal_meds_it_does_not_take_for_equal_before_maintenance(
    meds: tuple[str, str], *, are_equal: bool
) -> None:
    tunnels = ", ".join(f"{{policy: {{customer: {{export: [{{set: {med}}}]}}}}}}" for med in meds)
    report = check(topology(seoul=f"tunnels: [{tunnels}]"))
    told = {what for what in asked(report) if what.startswith("whether it leaves the tunnel")}
    assert bool(told) is are_equal
