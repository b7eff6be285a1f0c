"""Each named cause is found where it is, and nowhere else."""

from __future__ import annotations

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.document import parse
from samepath.routing.findings import DETECTORS, Finding, Severity, detect
from samepath.routing.states import single_states
from samepath.routing.verdict import analyse

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65000, firewall: FIREWALL, platform: PLATFORM}
sites: {office: {networks: [192.168.10.0/24, 192.168.20.0/24]}}
connections: {seoul: {customer_gateway: dc, CONNECTION}}
"""
TWO = TWO_GATEWAYS.replace("firewall: device", "firewall: stateless")


def found(text: str) -> tuple[Finding, ...]:
    topology = parse(text).topology
    return detect(topology, analyse(topology, tuple(single_states(topology))))


def codes(
    connection: str, firewall: str = "stateless", platform: str = "bird"
) -> dict[str, set[str]]:
    """The places of each code."""
    text = FILE.replace("CONNECTION", connection).replace("FIREWALL", firewall)
    told: dict[str, set[str]] = {}
    for finding in found(text.replace("PLATFORM", platform)):
        told.setdefault(finding.code, set()).add(finding.place)
    return told


def tunnels(*policies: str) -> str:
    """Two tunnels, each with the customer's policy."""
    parts = ", ".join(f"{{policy: {{customer: {{{policy}}}}}}}" for policy in policies)
    return f"mode: follow, tunnels: [{parts}]"


PREFER = "import: [{set: {local_preference: 200}}]"
PREPEND = "export: [{set: {prepend: 3}}]"
SAME = "export: [{set: {med: 100}}]"
"""What a device announces that does not tell the gateway which tunnel it chooses."""


@pytest.mark.parametrize("connection", ["mode: follow", "routing: static, probe_inside: true"])
def test_where_all_is_well_nothing_is_found(connection: str) -> None:
    assert codes(connection) == {}


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        pytest.param(
            tunnels(SAME, f"{PREFER}, {SAME}"),
            {"local-preference-only": {"cgw:dc"}},
            id="local preference only",
        ),
        pytest.param(tunnels("", PREFER), {}, id="the choice is mirrored"),
        pytest.param(tunnels(PREPEND, ""), {"prepend-only": {"cgw:dc"}}, id="prepend only"),
        pytest.param(
            tunnels(PREPEND, "") + ", active: 2", {}, id="prepend where the gateway agrees"
        ),
        pytest.param(
            tunnels(PREFER, PREPEND) + ", active: 2", {}, id="both on the same preference"
        ),
        pytest.param(
            tunnels(f"{PREFER}, {PREPEND}", ""), {"crossed-preference": {"cgw:dc"}}, id="crossed"
        ),
        pytest.param(
            tunnels("export: [{set: {local_preference: 200}}]", ""),
            {"wrong-direction": {"seoul/tunnel1"}},
            id="local preference on export",
        ),
        pytest.param(
            tunnels("export: [{set: {weight: 9}}]", "export: [{set: {weight: 9}}]"),
            {"wrong-direction": {"seoul/tunnel1", "seoul/tunnel2"}},
            id="weight on export",
        ),
        pytest.param(
            tunnels("", "import: [{set: {prepend: 1}}]"),
            {"wrong-direction": {"seoul/tunnel2"}},
            id="prepend on import",
        ),
        pytest.param(
            tunnels("", "export: [{match: {prefixes: [192.168.20.0/24]}, then: reject}]"),
            {
                "unequal-prefixes": {"seoul/tunnel2"},
                "unreachable": {"seoul/tunnel1", "seoul/tunnel1/bgp"},
            },
            id="a prefix on one tunnel only",
        ),
        pytest.param(
            tunnels("export: [{then: reject}]", ""),
            {
                "announces-nothing": {"seoul/tunnel1"},
                "unreachable": {"seoul/tunnel2", "seoul/tunnel2/bgp"},
            },
            id="a tunnel that announces nothing",
        ),
        pytest.param("mode: pinned", {"pinned": {"seoul"}}, id="pinned"),
        pytest.param(
            "routing: static",
            {
                "static-blind": {"seoul"},
                "unreachable": {"seoul/tunnel1/esp"},
            },
            id="static, and nobody asks through the tunnel",
        ),
    ],
)
def test_each_cause_is_found_at_its_place(connection: str, expected: dict[str, set[str]]) -> None:
    assert codes(connection) == expected


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        (tunnels(SAME, f"{PREFER}, {SAME}"), {"asymmetric-drop", "local-preference-only"}),
        ("mode: follow", {"open-flows-hang"}),
    ],
)
def test_a_firewall_that_binds_to_an_interface_makes_errors_of_them(
    connection: str, expected: set[str]
) -> None:
    """Also of what no cause is needed for: a failover, and the gateway's steering."""
    assert set(codes(connection, "interface")) == expected
    text = FILE.replace("CONNECTION", connection).replace("FIREWALL", "interface")
    severities = {
        one.severity
        for one in found(text.replace("PLATFORM", "bird"))
        if one.code in {"asymmetric-drop", "open-flows-hang"}
    }
    assert severities == {Severity.ERROR}


def test_two_equal_tunnels_whose_age_decides_do_not_return_after_a_failure() -> None:
    """FRR keeps the older path, where the gateway's MEDs are made equal on import."""
    same = "import: [{set: {med: 0}}], export: [{set: {med: 0}}]"
    told = codes(tunnels(same, same), platform="frr")
    assert "age-decides" in told or "undetermined" in told


def test_between_two_equal_gateways_the_doubt_is_found_and_a_lan_that_is_not_looked_after() -> None:
    told = {finding.code: finding for finding in found(TWO)}
    assert told["undetermined"].place == "gw:vgw"
    assert told["lan-loss-not-withdrawn"].place.endswith("/lan")


def test_what_nothing_joins_is_an_error_and_never_silence() -> None:
    lonely = TWO.replace("  two: {customer_gateway: fw2}\n", "").replace("[fw1, fw2]", "[fw2]")
    told = {finding.code: finding for finding in found(lonely)}
    assert (told["unconnected"].severity, told["unconnected"].place) == (
        Severity.ERROR,
        "site:office",
    )
    empty = TWO.replace("vpcs: {", "vpcs: {spare: {cidr: 10.8.0.0/16}, ").replace(
        "customer_gateways:\n  fw1", "gateways: {vgw: {vpc: cloud}}\ncustomer_gateways:\n  fw1"
    )
    told = {finding.code: finding for finding in found(empty)}
    assert (told["unconnected"].severity, told["unconnected"].place) == (
        Severity.WARNING,
        "vpc:spare",
    )


def test_it_is_told_which_of_several_customer_gateways_the_hosts_are_taken_to_use() -> None:
    told = {finding.code: finding for finding in found(TWO)}["first-customer-gateway"]
    assert (told.severity, told.place) == (Severity.NOTE, "site:office")
    assert "to fw1 alone" in told.what


def test_what_hangs_wherever_it_could_be_open_is_an_error() -> None:
    """With equal MEDs nobody knows which tunnel it is; a failover hangs it all the same."""
    both = f"{{policy: {{customer: {{{SAME}}}, gateway: {{{SAME}}}}}}}"
    told = codes(f"mode: follow, tunnels: [{both}, {both}]", "interface", "frr")
    assert "open-flows-hang" in told


@pytest.mark.parametrize(("platform", "expected"), [("bird", True), ("frr", False)])
def test_a_weight_is_told_where_the_platform_has_none(platform: str, expected: bool) -> None:
    told = codes(tunnels("import: [{set: {weight: 5}}]", ""), platform=platform)
    assert ("wrong-direction" in told) is expected


def test_the_worst_comes_first_and_nothing_twice() -> None:
    crossed = tunnels(SAME, f"{PREFER}, {SAME}")
    text = FILE.replace("CONNECTION", crossed).replace("FIREWALL", "interface")
    told = found(text.replace("PLATFORM", "bird"))
    worst = list(Severity)
    assert [worst.index(one.severity) for one in told] == sorted(
        worst.index(one.severity) for one in told
    )
    assert len(set(told)) == len(told)


def test_every_detector_is_held_to_a_case_here() -> None:
    assert len(DETECTORS) == 13
