"""Which tunnel a gateway prefers may be unknown: then both are tried, and a table decides."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samepath.model.document import parse
from samepath.model.problems import InvalidDocument
from samepath.model.topology import Topology
from samepath.routing import Verdict, check
from samepath.routing.evaluator import analyse
from samepath.routing.observation import Observation, Seen
from samepath.routing.states import ALL_UP, FailureState, single_states
from samepath.routing.verdict import PairInState

VPC = IPv4Network("10.0.0.0/16")
PREFERS_2 = "import: [{set: {local_preference: 200}}]"


def topology(connection: str, device: str = "firewall: interface") -> Topology:
    return parse(f"""\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, asn: 65000, {device}}}}}
sites: {{office: {{networks: [192.168.10.0/24]}}}}
connections: {{seoul: {{{connection}}}}}
""").topology


def tunnels(first: str = "", second: str = "", *more: str) -> str:
    both = ", ".join(f"{{policy: {{customer: {{{policy}}}}}}}" for policy in (first, second))
    return ", ".join([f"mode: plain, tunnels: [{both}]", *more])


UNKNOWN = "gateway_prefers: unknown"


def all_up(it: Topology) -> PairInState:
    (row,) = analyse(it, [ALL_UP])
    return row


def ways(row: PairInState) -> set[tuple[str | None, str | None]]:
    return {outcome.result.ways.tunnels for outcome in row.outcomes}


def test_whether_a_preference_of_the_sites_own_is_dropped_depends_on_it() -> None:
    row = all_up(topology(tunnels("", PREFERS_2, UNKNOWN)))
    assert row.undetermined
    assert set(row.verdicts) == {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_DROPPED}
    (question,) = {
        question
        for outcome in row.outcomes
        for assumed in outcome.because
        for question, _ in assumed
    }
    assert question.subject == "gw:vgw"
    assert "prefers" in question.what


@pytest.mark.parametrize("connection", ["mode: follow", "mode: pinned", "mode: plain"])
def test_what_agrees_with_either_is_no_doubt(connection: str) -> None:
    """A device that follows takes the tunnel that the gateway takes, whichever that is."""
    rows = check(topology(f"{connection}, {UNKNOWN}")).states
    assert {verdict for row in rows for verdict in row.verdicts} == {
        Verdict.SYMMETRIC,
        Verdict.EXPECTED_OUTAGE,
    }


@pytest.mark.parametrize(
    ("favoured", "verdict"), [(1, Verdict.ASYMMETRIC_DROPPED), (2, Verdict.SYMMETRIC)]
)
def test_the_meds_in_the_devices_table_tell_which(favoured: int, verdict: Verdict) -> None:
    it = topology(tunnels("", PREFERS_2, UNKNOWN))
    (connection,) = it.connections.values()
    routes = tuple(
        Seen(
            prefix=VPC,
            neighbour=tunnel.gateway_inside.ip,
            used=tunnel.number == 2,
            as_path=(64512,),
            med=100 if tunnel.number == favoured else 200,
        )
        for tunnel in connection.tunnels
    )
    report = check(it, observed=[Observation(router="cgw:dc", routes=routes)])
    now = next(row for row in report.states if row.state == ALL_UP)
    assert (now.undetermined, set(now.verdicts)) == (False, {verdict})
    assert report.learned.differences == ()


def test_in_maintenance_the_gateway_says_which_it_prefers() -> None:
    it = topology(tunnels("", PREFERS_2, UNKNOWN))
    verdicts = {row.state.name: (row.undetermined, set(row.verdicts)) for row in check(it).states}
    assert verdicts["seoul/tunnel1 in maintenance"] == (False, {Verdict.SYMMETRIC})
    assert verdicts["seoul/tunnel2 in maintenance"] == (False, {Verdict.ASYMMETRIC_DROPPED})


policies = st.sampled_from(
    ["", PREFERS_2, "export: [{set: {prepend: 2}}]", "export: [{set: {med: 50}}]"]
)


@settings(max_examples=20)
@given(
    first=policies,
    second=policies,
    routing=st.sampled_from(["bgp", "static"]),
    firewall=st.sampled_from(["stateless", "device", "zone", "interface"]),
)
def test_what_may_be_is_what_is_so_of_a_gateway_of_either_kind(
    first: str, second: str, routing: str, firewall: str
) -> None:
    more = [f"routing: {routing}"]

    def judged(*keys: str) -> dict[FailureState, set[tuple[str | None, str | None]]]:
        it = topology(tunnels(first, second, *more, *keys), f"firewall: {firewall}")
        return {row.state: ways(row) for row in analyse(it, single_states(it))}

    unknown, one, two = judged(UNKNOWN), judged("active: 1"), judged("active: 2")
    if routing == "static":  # There the key says what the site prefers, too.
        assert all(one[state] <= unknown[state] for state in unknown)
        return
    for state, found in unknown.items():
        assert found == one[state] | two[state], state


def test_of_a_gateway_that_stays_with_a_tunnel_it_is_known() -> None:
    with pytest.raises(InvalidDocument, match=r"seoul\.gateway_prefers: unknown is what"):
        topology(f"preemption: manual, {UNKNOWN}")
