"""Each named cause is found where it is, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model import elements
from samepath.model.document import parse
from samepath.routing.evaluator import analyse
from samepath.routing.findings import Finding, Severity, detect
from samepath.routing.findings.catalogue import DETECTORS, kinds
from samepath.routing.findings.evidence import gather
from samepath.routing.forwarding import End, Path
from samepath.routing.observation import Observation, Seen
from samepath.routing.report import check
from samepath.routing.states import ALL_UP, Condition, FailureState, single_states
from samepath.routing.verdict import analyse_naively

FILE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65000, firewall: FIREWALL, platform: PLATFORM}
sites: {office: {networks: [192.168.10.0/24, 192.168.20.0/24]}}
connections: {seoul: {customer_gateway: dc, CONNECTION}}
"""
TWO = TWO_GATEWAYS.replace("firewall: device", "firewall: stateless")
"""One site behind two customer gateways."""
OPEN_FRR = "frr, requires_policy: false"
"""The platform of a device that exchanges routes without a policy."""
IBGP = TWO.replace("[fw1, fw2]", "[fw1, fw2], ibgp: true").replace(
    "firewall", "platform: frr, requires_policy: false, firewall"
)
"""The same with iBGP between them."""
TWO_VPCS = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}, other: {cidr: 10.9.0.0/16}}
gateways: {vgw: {vpc: cloud}, far: {vpc: other, asn: 64999}}
customer_gateways: {dc: {address: 198.51.100.1}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {gateway: vgw}, busan: {gateway: far}}
"""
"""One customer gateway joined to two VPCs."""
PASSING_ON = TWO_VPCS.replace("198.51.100.1", "198.51.100.1, platform: frr, requires_policy: false")
"""The same, passing on what it hears; what samepath writes for BIRD announces the site's own networks only."""
TWO_SITES = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  c1: {address: 198.51.100.1, asn: 65001}
  c2: {address: 198.51.100.2, asn: 65002}
sites:
  s1: {networks: [192.168.1.0/24], customer_gateways: [c1]}
  s2: {networks: [192.168.2.0/24], customer_gateways: [c2]}
connections: {one: {customer_gateway: c1}, two: {customer_gateway: c2}}
"""


def found(text: str) -> tuple[Finding, ...]:
    return check(parse(text).topology).findings


def places(text: str) -> dict[str, set[str]]:
    """The places of each code."""
    told: dict[str, set[str]] = {}
    for finding in found(text):
        told.setdefault(finding.code, set()).add(finding.place)
    return told


def one(connection: str, firewall: str = "stateless", platform: str = "bird") -> str:
    """A file with one connection."""
    text = FILE.replace("CONNECTION", connection).replace("FIREWALL", firewall)
    return text.replace("PLATFORM", platform)


def tunnels(*policies: str) -> str:
    """Two tunnels, each with the customer's policy."""
    parts = ", ".join(f"{{policy: {{customer: {{{policy}}}}}}}" for policy in policies)
    return f"tunnels: [{parts}]"


def networks(count: int) -> str:
    """Networks of a site in the words of a file."""
    return ", ".join(f"192.168.{number}.0/24" for number in range(count))


def many_on_one_of_two_sites(count: int) -> str:
    """A gateway that hears so many networks of one site, and one of another."""
    text = TWO_SITES.replace("192.168.2.0/24", "172.16.0.0/24")
    return text.replace("192.168.1.0/24", networks(count))


PREFER = "import: [{set: {local_preference: 200}}]"
PREPEND = "export: [{set: {prepend: 3}}]"
SAME = "export: [{set: {med: 100}}]"
"""What a device announces that does not tell the gateway which tunnel it chooses."""
DEFAULT_ONLY = "default_originate: true, export: [{then: reject}]"
ALL_TUNNELS = "tunnel_defaults: {policy: {customer: {%s}}}, "
FIRST, SECOND = "export: [{set: {med: 100}}]", "export: [{set: {med: 101}}]"
"""The same with a difference that nothing follows from while tunnel 1 is preferred."""
EQUAL = "import: [{set: {med: 0}}], export: [{set: {med: 0}}]"
NETWORK_OUT = "export: [{match: {prefixes: [192.168.20.0/24]}, then: reject}]"
STANDBY = TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREPEND)
"""The second device stands by."""
STATIC_BESIDE_BGP = TWO.replace("two: {", "two: {routing: static, probe_inside: true, ")

SIDE_BY_SIDE = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {vgw: {vpc: cloud, kind: KIND}}
customer_gateways:
  dc: {address: 198.51.100.1, asn: 65000, firewall: stateless, platform: cisco-ios}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {one: {}, two: {POLICIES}}
"""
"""One customer gateway with two connections to one gateway."""


def side_by_side(policy: str, kind: str = "virtual-private") -> str:
    """Two connections of one device, with a policy on both tunnels of the second one."""
    policies = f"tunnel_defaults: {{policy: {{customer: {{{policy}}}}}}}"
    return SIDE_BY_SIDE.replace("POLICIES", policies).replace("KIND", kind)


ANNOUNCING = one("mode: plain", platform="cisco-ios").replace("asn:", "aggregates: [MORE], asn:")
"""A device that announces more than its site's networks."""

TRANSIT = one("mode: plain", "interface", "cisco-ios").replace(
    "customer_gateways:", "gateways: {tgw: {vpc: cloud, kind: transit}}\ncustomer_gateways:", 1
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A cause: files in which it is found and in which it is not, and where it is found."""

    code: str
    fires: str
    at: set[str]
    silent: str


CASES = [
    Case(
        code="asymmetric-drop",
        fires=one(tunnels(FIRST, f"{PREFER}, {SECOND}"), "interface"),
        at={"cgw:dc"},
        silent=one(tunnels(FIRST, f"{PREFER}, {SECOND}"), "zone"),
    ),
    Case(
        code="unreachable",
        fires=one(tunnels("", NETWORK_OUT)),
        at={"seoul/tunnel1"},
        silent=one(tunnels("", "")),
    ),
    Case(
        code="open-flows-hang",
        fires=one("mode: follow", "interface"),
        at={"cgw:dc"},
        silent=one("mode: follow", "zone"),
    ),
    Case(
        code="open-flows-may-hang",
        fires=one("mode: pinned", "", "pan-os"),
        at={"cgw:dc"},
        silent=one("mode: pinned", "zone", "pan-os"),
    ),
    Case(code="undetermined", fires=TWO_GATEWAYS, at={"gw:vgw"}, silent=TWO),
    Case(code="either-tunnel", fires=TWO, at={"gw:vgw"}, silent=one("mode: follow")),
    Case(
        code="crossed-preference",
        fires=one(tunnels(f"{PREFER}, {PREPEND}", "")),
        at={"cgw:dc"},
        silent=one(tunnels(PREFER, PREPEND)),
    ),
    Case(
        code="local-preference-only",
        fires=one(tunnels(SAME, f"{PREFER}, {SAME}")),
        at={"cgw:dc"},
        # What it chooses is mirrored in the MED that it announces.
        silent=one(tunnels("", PREFER)),
    ),
    Case(
        code="prepend-only",
        fires=one(tunnels(PREPEND, "")),
        at={"cgw:dc"},
        silent=one(tunnels(PREPEND, "") + ", active: 2"),
    ),
    Case(
        code="med-only",
        fires=one(tunnels(SECOND, FIRST), platform="cisco-asa"),
        at={"cgw:dc"},
        silent=one(tunnels(FIRST, SECOND), platform="cisco-asa"),
    ),
    Case(
        code="wrong-direction",
        fires=one(tunnels("export: [{set: {local_preference: 200}}]", "")),
        at={"seoul/tunnel1"},
        silent=one(tunnels("import: [{set: {local_preference: 200}}]", "")),
    ),
    Case(
        code="med-overwritten",
        fires=one(tunnels("import: [{set: {med: 5}}]", "")),
        at={"seoul/tunnel1"},
        silent=one(tunnels(SAME, "")),
    ),
    Case(
        code="same-everywhere",
        fires=one(tunnels(PREPEND, PREPEND)),
        at={"cgw:dc"},
        # All of one connection worse than the other one: that is how a second device stands by.
        silent=TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREPEND),
    ),
    Case(
        code="unequal-prefixes",
        fires=one(tunnels("", NETWORK_OUT)),
        at={"seoul/tunnel2"},
        silent=one(tunnels(NETWORK_OUT, NETWORK_OUT)),
    ),
    Case(
        code="announces-nothing",
        fires=one(tunnels("export: [{then: reject}]", "")),
        at={"seoul/tunnel1"},
        silent=one(tunnels("", NETWORK_OUT)),
    ),
    Case(
        code="not-heard",
        fires=one(tunnels(NETWORK_OUT, NETWORK_OUT)),
        at={"seoul"},
        silent=one(tunnels("", NETWORK_OUT)),
    ),
    Case(
        code="route-limit",
        fires=one("mode: follow").replace("192.168.10.0/24, 192.168.20.0/24", networks(101)),
        at={"seoul/tunnel1/bgp", "seoul/tunnel2/bgp"},
        silent=one("mode: follow").replace("192.168.10.0/24, 192.168.20.0/24", networks(100)),
    ),
    Case(
        code="propagation-limit",
        fires=many_on_one_of_two_sites(100),
        at={"gw:vgw"},
        silent=many_on_one_of_two_sites(99),
    ),
    Case(
        code="connected-announced",
        fires=ANNOUNCING.replace("MORE", "169.254.10.4/30, 198.51.100.0/24"),
        at={"cgw:dc"},
        silent=ANNOUNCING.replace("MORE", "192.168.0.0/16"),
    ),
    Case(
        code="overlapping-networks",
        fires=TWO_VPCS.replace("10.9.0.0/16", "10.0.128.0/17"),
        at={"cgw:dc"},
        silent=TWO_VPCS,
    ),
    Case(
        code="default-past-export",
        fires=one(tunnels("", f"default_originate: true, {PREPEND}"), platform="cisco-ios"),
        at={"seoul/tunnel2"},
        # What rejects all the rest is how a device announces the default alone.
        silent=one(
            tunnels("", "default_originate: true, export: [{then: reject}]"), platform="cisco-ios"
        ),
    ),
    Case(
        code="term-unreached",
        fires=one(tunnels("export: [{then: accept}, {match: {prefixes: [192.168.20.0/24]}}]", "")),
        at={"seoul/tunnel1"},
        silent=one(tunnels("export: [{match: {prefixes: [192.168.20.0/24]}}, {then: accept}]", "")),
    ),
    Case(
        code="term-without-route",
        fires=one(tunnels("export: [{match: {prefixes: [192.168.2.0/24]}}]", "")),
        at={"seoul/tunnel1"},
        silent=one(tunnels("export: [{match: {prefixes: [192.168.20.0/24]}}]", "")),
    ),
    Case(
        code="sites-share-asn",
        fires=TWO_SITES.replace("65002", "65001"),
        at={"gw:vgw"},
        silent=TWO_SITES,
    ),
    Case(
        code="gateways-share-asn",
        fires=PASSING_ON.replace("64999", "64512"),
        at={"cgw:dc"},
        silent=PASSING_ON,
    ),
    Case(
        code="transit",
        fires=PASSING_ON,
        at={"cgw:dc"},
        silent=TWO_VPCS,
    ),
    Case(
        code="static-blind",
        fires=one("routing: static"),
        at={"seoul"},
        silent=one("routing: static, probe_inside: true"),
    ),
    Case(code="static-over-bgp", fires=STATIC_BESIDE_BGP, at={"two"}, silent=TWO),
    Case(
        code="unconnected",
        fires=TWO.replace("  two: {customer_gateway: fw2}\n", "").replace("[fw1, fw2]", "[fw2]"),
        at={"site:office"},
        silent=TWO,
    ),
    Case(
        code="idle-customer-gateway",
        fires=TWO.replace("  two: {customer_gateway: fw2}\n", ""),
        at={"cgw:fw2"},
        silent=TWO,
    ),
    Case(
        code="vpc-without-gateway",
        fires=TWO_VPCS.replace("vpcs: {", "vpcs: {spare: {cidr: 10.8.0.0/16}, "),
        at={"vpc:spare"},
        silent=TWO_VPCS,
    ),
    Case(
        code="first-customer-gateway",
        fires=TWO,
        at={"site:office"},
        silent=one("mode: follow"),
    ),
    Case(
        code="vrrp-ignores-tunnels",
        fires=TWO.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {tracks: nothing}"),
        at={"site:office"},
        silent=TWO.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {tracks: tunnels}"),
    ),
    Case(
        code="vrrp-stays",
        fires=STANDBY.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {preempt: false}"),
        at={"site:office"},
        silent=STANDBY.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {preempt: true}"),
    ),
    Case(
        code="no-takeover",
        fires=TWO.replace("[fw1, fw2]", "[fw1, fw2], first_hop: fw2"),
        at={"site:office"},
        silent=TWO.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {tracks: tunnels}"),
    ),
    Case(
        code="preference-not-shared",
        fires=TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREFER),
        at={"two/tunnel1", "two/tunnel2"},
        silent=TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREFER).replace(
            "[fw1, fw2]", "[fw1, fw2], ibgp: true"
        ),
    ),
    Case(
        code="next-hop-unreachable",
        fires=IBGP.replace("ibgp: true", "ibgp: true, keeps_next_hop: [fw1]"),
        at={"cgw:fw1"},
        silent=IBGP,
    ),
    Case(
        code="lan-loss-not-withdrawn",
        fires=TWO,
        at={"cgw:fw1/lan", "cgw:fw2/lan"},
        silent=TWO.replace("firewall", "platform: frr, requires_policy: false, firewall"),
    ),
    Case(
        code="other-device",
        fires=STATIC_BESIDE_BGP,
        at={"cgw:fw1"},
        silent=TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREPEND),
    ),
    Case(
        code="age-decides",
        fires=one(tunnels(EQUAL, EQUAL), platform="cisco-ios"),
        at={"seoul/tunnel1"},
        # Whoever asks for it keeps traffic where it is: no route's age decides that.
        silent=one(f"preemption: manual, {tunnels('', '')}"),
    ),
    Case(
        code="maintenance-splits",
        fires=one(tunnels(PREPEND, "") + ", active: 2"),
        at={"seoul/tunnel2"},
        silent=one(tunnels(PREFER, PREPEND)),
    ),
    Case(
        code="hash-splits",
        fires=TRANSIT,
        at={"cgw:dc"},
        silent=TRANSIT.replace("kind: transit", "kind: transit, ecmp: false"),
    ),
    Case(code="pinned", fires=one("mode: pinned"), at={"seoul"}, silent=one("mode: follow")),
    Case(
        code="unequal-timers",
        fires=one("tunnels: [{dpd: {timeout: 30s}}, {}]"),
        at={"seoul"},
        silent=one("tunnel_defaults: {dpd: {timeout: 30s}}"),
    ),
]
BY_HAND = {"forwarding-loop", "oscillation", "table-differs", "too-much-open"}
"""Of these no small file is known, or no file tells: their evidence is made by hand, below and in
``test_too_much_open``."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_cause_is_found_where_it_is(case: Case) -> None:
    assert places(case.fires).get(case.code) == case.at


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_cause_is_not_found_where_it_is_not(case: Case) -> None:
    assert case.code not in places(case.silent)


@pytest.mark.parametrize("code", ["age-decides", "maintenance-splits", "vrrp-stays"])
def test_what_a_state_is_compared_with_need_not_be_asked_for(code: str) -> None:
    (case,) = (one for one in CASES if one.code == code)
    topology = parse(case.fires).topology
    failures = [state for state in single_states(topology) if state != ALL_UP]

    def found(states: Iterable[FailureState] | None) -> list[Finding]:
        return [one for one in check(topology, states).findings if one.code == code]

    assert found(failures) == found(None) != []


def test_every_kind_in_the_catalogue_has_its_case_and_every_case_its_kind() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(set(codes)) == len(codes)
    assert sorted(codes) == sorted([case.code for case in CASES] + list(BY_HAND))


@pytest.mark.parametrize("connection", ["mode: follow", "routing: static, probe_inside: true"])
def test_where_all_is_well_nothing_is_found(connection: str) -> None:
    assert places(one(connection)) == {}


def test_what_is_told_has_the_severity_of_its_kind_and_is_told_by_its_own_detector() -> None:
    severities = {kind.code: kind.severity for kind in kinds()}
    for case in CASES:
        topology = parse(case.fires).topology
        it = gather(topology, analyse(topology))
        for detector in DETECTORS:
            for finding in detector.find(it):
                assert finding.code in {kind.code for kind in detector.kinds}
                assert finding.severity is severities[finding.code]


# ------------------------------------------------------------------------------- by hand


def test_packets_that_go_round_are_an_error_at_the_router_that_they_come_back_to() -> None:
    topology = parse(one("mode: follow")).topology
    states = analyse_naively(topology, (ALL_UP,))
    (told,) = {outcome.result for outcome in states[0].outcomes}
    hops = told.ways.to_site.hops
    turned = replace(
        told,
        ways=replace(told.ways, to_site=Path(hops=hops[:1], end=End.LOOP, tunnel=None)),
    )
    looping = replace(states[0], outcomes=(replace(states[0].outcomes[0], result=turned),))

    (finding,) = [one for one in detect(topology, (looping,)) if one.code == "forwarding-loop"]
    assert (finding.place, finding.severity) == ("gw:vgw", Severity.ERROR)
    assert "forwarding-loop" not in {one.code for one in detect(topology, states)}


def test_routers_that_change_their_minds_for_ever_are_an_error() -> None:
    topology = parse(one("mode: follow")).topology
    it = gather(topology, analyse_naively(topology, (ALL_UP,)))
    (detector,) = [one for one in DETECTORS if one.kinds[0].code == "oscillation"]
    moving = replace(it, solution=replace(it.solution, oscillating=frozenset({"gw:vgw", "cgw:dc"})))

    (finding,) = detector.find(moving)
    assert (finding.place, finding.severity) == ("cgw:dc", Severity.ERROR)
    assert not list(detector.find(it))


def test_a_table_that_is_not_what_the_file_leads_to_is_told_of_its_router() -> None:
    topology = parse(one("mode: follow")).topology
    prefix = IPv4Network("10.9.0.0/16")
    routes = (Seen(prefix=prefix, neighbour=IPv4Address("169.254.9.9"), used=True),)
    report = check(topology, observed=[Observation(router="cgw:dc", routes=routes)])

    told = [finding for finding in report.findings if finding.code == "table-differs"]
    assert {finding.place for finding in told} == {"cgw:dc"}
    assert any("169.254.9.9" in finding.what for finding in told)
    assert "table-differs" not in {finding.code for finding in check(topology).findings}


# ---------------------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (NETWORK_OUT, "cgw:dc: its export policy rejects it, term 0"),
        ("export: [{then: next}, {then: reject}]", "cgw:dc: its export policy rejects it, term 1"),
    ],
)
def test_it_is_told_which_term_keeps_a_prefix_from_being_heard(policy: str, reason: str) -> None:
    told = [one.what for one in found(one(tunnels("", policy))) if one.place == "seoul/tunnel2"]
    assert any(reason in what for what in told)


@pytest.mark.parametrize(
    ("connection", "advice"),
    [("", "probe_inside: true"), (", gateway_prefers: unknown", "BGP, whose session")],
)
def test_no_probe_is_advised_that_the_gateway_does_not_have(connection: str, advice: str) -> None:
    told = found(one(f"routing: static{connection}"))
    (blind,) = (finding.advice for finding in told if finding.code == "static-blind")
    assert blind.startswith(advice)


def test_connected_networks_are_told_by_what_they_are_with_their_place_in_the_file() -> None:
    text = ANNOUNCING.replace("MORE", "192.168.0.0/16, 169.254.0.0/16, 198.51.100.0/24")
    told = [one for one in found(text) if one.code == "connected-announced"]
    assert {one.path: one.what for one in told} == {
        "customer_gateways.dc.aggregates[1]": "it announces 169.254.0.0/16, which holds the inside "
        "network of seoul/tunnel1, seoul/tunnel2",
        "customer_gateways.dc.aggregates[2]": "it announces 198.51.100.0/24, which holds its own "
        "outside address 198.51.100.1",
    }


def test_connected_networks_that_an_export_policy_keeps_in_are_not_announced() -> None:
    kept = "export: [{match: {prefixes: [198.51.100.0/24]}, then: reject}]"
    text = ANNOUNCING.replace("MORE", "198.51.100.0/24").replace(
        "mode: plain", ALL_TUNNELS.removesuffix(", ") % kept
    )
    assert "connected-announced" not in places(text)


def test_it_is_told_where_an_import_policy_keeps_a_prefix_out() -> None:
    text = one(tunnels("", "import: [{then: reject}]"))
    (told,) = [one for one in found(text) if one.code == "announces-nothing"]
    assert "cgw:dc does not hear 10.0.0.0/16 from gw:vgw" in told.what
    assert "cgw:dc: its import policy rejects it, term 0" in told.what


def test_a_finding_on_a_policy_names_the_term_of_the_file() -> None:
    text = one(tunnels("export: [{then: accept}, {set: {prepend: 1}}]", ""))
    document = parse(text)
    (told,) = [one for one in found(text) if one.code == "term-unreached"]
    assert told.path == "connections.seoul.tunnels[0].policy.customer.export[1]"
    assert told.path in document.places


# ------------------------------------------------------------- past the export policy

NAMED = "{match: {prefixes: [0.0.0.0/0]}, "


@pytest.mark.parametrize(
    ("export", "would"),
    [
        (NAMED + "set: {prepend: 3}}, {then: reject}", "would prepend 3, and"),
        (NAMED + "set: {med: 7}, then: next}, {then: reject}", "would set the MED to 7, and"),
        ("{set: {prepend: 3}, then: next}, " + NAMED + "then: reject}", "prepend 3 and reject it"),
    ],
)
def test_what_would_steer_a_default_that_goes_past_it_is_the_cause_and_nothing_else_is(
    export: str, would: str
) -> None:
    text = one(
        tunnels(f"{PREFER}, {DEFAULT_ONLY}", f"default_originate: true, export: [{export}]")
        + ", active: 2",
        "interface",
        "cisco-ios",
    )
    told = {finding.code: finding for finding in found(text)}
    assert would in told["default-past-export"].what
    assert told["default-past-export"].path == (
        "connections.seoul.tunnels[1].policy.customer.default_originate"
    )
    assert told.keys().isdisjoint({"local-preference-only", "not-heard", "term-without-route"})


def test_where_a_default_alone_is_announced_prepending_is_not_what_helps() -> None:
    text = one(
        tunnels(f"{PREFER}, {DEFAULT_ONLY}", DEFAULT_ONLY) + ", active: 2", platform="cisco-ios"
    )
    (told,) = told_of(text, "local-preference-only")
    assert told.advice.startswith("announce the site's networks there too")


# ------------------------------------------------------------------- more tunnels than two


def told_of(text: str, code: str) -> list[Finding]:
    return [finding for finding in found(text) if finding.code == code]


@pytest.mark.parametrize(
    "policy", [f"{PREFER}, {PREPEND}", f"{PREFER}, {PREPEND[:-3]}, med: 1}}}}]"]
)
def test_a_preference_between_connections_is_told_whatever_decides_between_their_tunnels(
    policy: str,
) -> None:
    (told,) = told_of(side_by_side(policy), "crossed-preference")
    assert "it sends by two/tunnel1" in told.what
    assert "the gateway's packets by one/tunnel1" in told.what
    assert told.advice.endswith("not on two/tunnel1")


def test_a_local_preference_against_an_exported_med_is_crossed() -> None:
    text = one(tunnels(f"{PREFER}, {SECOND}", FIRST), platform="fortios")
    (told,) = told_of(text, "crossed-preference")
    assert "the MED that it exports brings the gateway's packets by seoul/tunnel2" in told.what
    assert told.advice.startswith("export the lowest MED on seoul/tunnel1, or prepend")
    assert "local-preference-only" not in places(text)


def test_tunnels_that_prepending_parts_are_told_together_and_no_others() -> None:
    (told,) = told_of(
        side_by_side(PREPEND, "transit").replace(
            "ios}", "ios, best_path: {compare_router_id: true}}"
        ),
        "prepend-only",
    )
    assert (
        "by one/tunnel1 or one/tunnel2, but it may send by two/tunnel1 or two/tunnel2" in told.what
    )
    assert told.advice.startswith("also prefer one/tunnel1 and one/tunnel2 on import")


def test_a_preference_among_a_devices_own_tunnels_is_not_why_the_gateway_takes_another_device() -> (
    None
):
    text = TWO.replace("two: {", "two: {mode: pinned, " + ALL_TUNNELS % PREPEND)
    told = places(text.replace("[fw1, fw2]", "[fw1, fw2], vrrp: {priorities: {fw1: 10, fw2: 200}}"))
    assert told["other-device"] == {"cgw:fw2"}
    assert "local-preference-only" not in told


def test_a_preference_that_keeps_another_device_from_telling_of_its_tunnels_is_found() -> None:
    """Over iBGP the second device takes the first one's, and does not announce its own."""
    text = IBGP.replace("one: {", "one: {" + ALL_TUNNELS % f"{PREFER}, {PREPEND}")
    (told,) = told_of(text, "crossed-preference")
    assert "by two/tunnel1" in told.what


def test_networks_with_the_same_trouble_are_told_of_once() -> None:
    text = one(tunnels(FIRST, f"{PREFER}, {SECOND}"), "interface")
    (told,) = [one for one in found(text) if one.code == "asymmetric-drop"]
    assert "192.168.10.0/24" in told.what
    assert "192.168.20.0/24" in told.what


def test_networks_with_the_same_doubt_are_told_of_once() -> None:
    text = TWO_GATEWAYS.replace("[192.168.10.0/24]", f"[{networks(4)}]")
    (told,) = [one for one in found(text) if one.code == "undetermined"]
    assert told.what.startswith("10.0.0.0/16 - 192.168.0.0/24, 10.0.0.0/16 - 192.168.1.0/24 and 2 ")


def test_a_weight_is_not_heard_by_another_device_whether_there_is_ibgp_or_not() -> None:
    weight = "import: [{set: {weight: 9}}]"
    text = TWO.replace("two: {", "two: {" + ALL_TUNNELS % weight).replace(
        "[fw1, fw2]", "[fw1, fw2], ibgp: true"
    )
    assert places(text)["preference-not-shared"] == {"two/tunnel1", "two/tunnel2"}


@pytest.mark.parametrize(
    ("one", "two", "advice"),
    [
        ("", "", "prepend on the export of every tunnel of cgw:fw2, so that the gateway prefers"),
        (
            ALL_TUNNELS % PREPEND,
            "",
            "prepend on the export of every tunnel of cgw:fw2, more than on those of cgw:fw1",
        ),
        (
            ALL_TUNNELS % "export: [{match: {prefixes: [192.168.0.0/16]}}, {then: reject}]",
            ALL_TUNNELS % PREPEND,
            "announce 192.168.10.0/24 by cgw:fw1, too: the longest match goes before",
        ),
        (
            ALL_TUNNELS % DEFAULT_ONLY,
            ALL_TUNNELS % DEFAULT_ONLY,
            "announce the site's networks by cgw:fw1: no export policy sees the default route",
        ),
        ("", "routing: static, probe_inside: true, ", "use the same routing for the connections"),
    ],
)
def test_what_makes_the_gateway_prefer_the_hosts_device_depends_on_why_it_does_not(
    one: str, two: str, advice: str
) -> None:
    text = TWO.replace("one: {", "one: {" + one).replace("two: {", "two: {" + two)
    text = text.replace("asn: 65000", "asn: 65000, platform: cisco-ios").replace(
        "platform: cisco-ios", "platform: cisco-ios, aggregates: [192.168.0.0/16]", 1
    )
    (told,) = [finding for finding in found(text) if finding.code == "other-device"]
    assert told.advice.startswith(advice)


@pytest.mark.parametrize(("preference", "hears"), [("", "hears"), (PREFER, "gets, when its own")])
def test_a_next_hop_is_unreachable_also_where_the_other_device_has_a_better_route_yet(
    preference: str, hears: str
) -> None:
    text = IBGP.replace("ibgp: true", "ibgp: true, keeps_next_hop: [fw1]")
    if preference:
        text = text.replace("two: {", "two: {" + ALL_TUNNELS % preference)
    (told,) = [finding for finding in found(text) if finding.code == "next-hop-unreachable"]
    assert told.what.startswith(f"cgw:fw2 {hears}")
    assert "10.0.0.0/16 from it with the next hop 169.254.10.1, " in told.what


def test_a_device_of_two_sites_competes_with_each_of_their_devices() -> None:
    """Prepending on all of its tunnels makes it stand by, for the one site of both."""
    text = TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREPEND).replace(
        "sites: {", "sites: {shop: {networks: [192.168.20.0/24], customer_gateways: [fw2]}, "
    )
    assert "same-everywhere" not in places(text)


@pytest.mark.parametrize(
    ("policies", "or_else"),
    [
        (
            tunnels(f"{PREFER}, {PREPEND}", ""),
            "make both ends prefer the same tunnel (samepath fix finds the smallest change)",
        ),
        (
            tunnels(EQUAL, EQUAL),
            "make one path better than the others in every state",
        ),
    ],
)
def test_a_doubt_about_a_firewall_is_settled_by_what_the_file_says_of_it(
    policies: str, or_else: str
) -> None:
    text = one(policies, "FIREWALL", "pan-os").replace("firewall: FIREWALL, ", "")
    (told,) = [finding for finding in found(text) if finding.code == "undetermined"]
    zones = (
        "find out in which firewall zone each tunnel is (a topology file says it by zone), which "
        "settles it; or "
    )
    assert told.advice == zones + or_else
    assert "take two tunnels and pass, or take two tunnels and are dropped: nobody" in told.what


def test_what_hangs_wherever_it_could_be_open_is_an_error() -> None:
    """With equal MEDs nobody knows which tunnel it is; a failover hangs it all the same."""
    both = f"{{policy: {{customer: {{{SAME}}}, gateway: {{{SAME}}}}}}}"
    told = places(one(f"tunnels: [{both}, {both}]", "interface", OPEN_FRR))
    assert "open-flows-hang" in told


@pytest.mark.parametrize(
    ("text", "cause", "cure"),
    [
        (one("mode: follow", "interface"), "stay bound to an interface", "not to an interface"),
        (
            one("mode: follow, tunnels: [{zone: a}, {zone: b}]", "zone"),
            "stay bound to a zone",
            "put both tunnels into one zone",
        ),
        (
            TWO_GATEWAYS,
            "stay bound to a device",
            "let the devices share their sessions (state_sync)",
        ),
        (
            TRANSIT.replace("interface", "device").replace("cisco-ios", "fortios"),
            "come by a tunnel by which the firewall's check of the source does not let them pass",
            "or let the check pass either (reverse_path: loose or off)",
        ),
    ],
)
def test_what_makes_open_flows_hang_is_named_and_the_advice_mends_it(
    text: str, cause: str, cure: str
) -> None:
    (told,) = [one for one in found(text) if one.code == "open-flows-hang"]
    assert cause in told.what
    assert told.advice.endswith(cure)


SHARING = IBGP.replace("ibgp: true", "ibgp: true, state_sync: true").replace(
    "one: {", "one: {" + ALL_TUNNELS % f"{PREFER}, {PREPEND}"
)
"""Two devices that know each other's sessions, and a preference that sends and receives apart."""


@pytest.mark.parametrize(
    ("firewall", "what", "cure"),
    [
        ("interface", "a session is bound to an interface", "not to an interface"),
        ("zone, zone: b", "a session is bound to a zone", "put both tunnels into one zone"),
        (
            "{binding: device, reverse_path: feasible}",
            "the firewall's check of the source drops",
            "let the check pass either (reverse_path: loose or off)",
        ),
    ],
)
@pytest.mark.parametrize(
    ("kind", "code"), [("virtual-private", "asymmetric-drop"), ("transit", "hash-splits")]
)
def test_devices_that_share_their_sessions_drop_by_what_their_firewalls_refuse(
    firewall: str, what: str, cure: str, kind: str, code: str
) -> None:
    binding, _, zone = firewall.partition(", zone: ")
    text = SHARING if kind == "virtual-private" else SHARING.replace(f"{PREFER}, {PREPEND}", PREFER)
    text = text.replace("stateless", binding if zone else firewall).replace(
        "customer_gateways:\n", f"gateways: {{vgw: {{kind: {kind}}}}}\ncustomer_gateways:\n", 1
    )
    if zone:
        text = text.replace("two: {", f"two: {{tunnel_defaults: {{zone: {zone}}}, ")
    told = [finding for finding in found(text) if finding.code == code]
    assert any(what in finding.what and finding.advice.endswith(cure) for finding in told)
    assert not [finding for finding in told if "share their sessions" in finding.advice]


def test_two_equal_tunnels_whose_age_decides_do_not_return_after_a_failure() -> None:
    """FRR keeps the older path, where the gateway's MEDs are made equal on import."""
    told = places(one(tunnels(EQUAL, EQUAL), platform=OPEN_FRR))
    assert "age-decides" in told or "either-tunnel" in told


@pytest.mark.parametrize("kind", ["virtual-private", "transit"])
def test_hosts_that_stay_with_the_device_that_took_over_are_kept_there_by_no_routes_age(
    kind: str,
) -> None:
    """Of the second device's own tunnels the older one is used; the first one's are none of them."""
    text = (
        TWO.replace("two: {", "two: {" + ALL_TUNNELS % PREPEND)
        .replace("[fw1, fw2]", "[fw1, fw2], vrrp: {preempt: false}")
        .replace("asn: 65000", "asn: 65000, platform: cisco-ios")
        .replace(
            "customer_gateways:\n", f"gateways: {{vgw: {{kind: {kind}}}}}\ncustomer_gateways:\n", 1
        )
    )
    topology = parse(text).topology
    returned = FailureState(conditions=((elements.parse("cgw:fw1"), Condition.RETURNED),))
    told = detect(topology, analyse_naively(topology, (ALL_UP, returned)))
    assert "age-decides" not in {finding.code for finding in told}


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("export: [{set: {weight: 9}}]", "seoul/tunnel2"),
        ("import: [{set: {prepend: 1}}]", "seoul/tunnel2"),
    ],
)
def test_other_preferences_in_the_wrong_direction_are_found(policy: str, place: str) -> None:
    assert places(one(tunnels("", policy)))["wrong-direction"] == {place}


@pytest.mark.parametrize(("platform", "expected"), [("bird", True), ("frr", False)])
def test_a_weight_is_told_where_the_platform_has_none(platform: str, expected: bool) -> None:
    told = places(one(tunnels("import: [{set: {weight: 5}}]", ""), platform=platform))
    assert ("wrong-direction" in told) is expected


def test_a_community_that_nobody_adds_is_found_and_one_that_the_other_end_adds_is_not() -> None:
    asked = "{customer: {import: [{match: {communities: ['65000:1']}, set: {local_preference: 9}}]}"
    added = ", gateway: {export: [{set: {add_communities: ['65000:1']}}]}"
    alone = one(f"tunnels: [{{policy: {asked}}}}}, {{}}]")
    answered = one(f"tunnels: [{{policy: {asked}{added}}}}}, {{}}]")
    assert places(alone)["term-without-route"] == {"seoul/tunnel1"}
    assert "term-without-route" not in places(answered)


def test_a_term_that_rejects_what_does_not_come_is_a_guard_and_no_finding() -> None:
    guard = "export: [{match: {prefixes: ['0.0.0.0/0 le 7']}, then: reject}]"
    assert places(one(tunnels(guard, guard))) == {}


def test_connections_of_one_site_that_notice_a_failure_after_different_times_are_found() -> None:
    text = TWO.replace("two: {", "two: {bgp: {timers: aws}, ")
    (told,) = [one for one in found(text) if one.code == "unequal-timers"]
    assert "one by BFD in 150ms" in told.what
    assert "two after its hold time of 30s" in told.what


def test_more_static_routes_than_aws_takes_are_an_error() -> None:
    text = one("routing: static, probe_inside: true")
    many = text.replace("192.168.10.0/24, 192.168.20.0/24", networks(101))
    assert places(many)["route-limit"] == {"seoul"}
    assert places(text) == {}


def test_the_worst_comes_first_and_nothing_twice() -> None:
    told = found(one(tunnels(SAME, f"{PREFER}, {SAME}"), "interface"))
    worst = list(Severity)
    assert [worst.index(one.severity) for one in told] == sorted(
        worst.index(one.severity) for one in told
    )
    assert len(set(told)) == len(told)


def test_a_prefix_that_another_one_covers_has_a_second_path_and_lacks_no_preference() -> None:
    """One tunnel has the site's network, and the other one a default route alone."""
    kept = "import: [{set: {local_preference: 200}}], export: [{then: reject}]"
    it = parse(
        one(tunnels(f"{kept}, default_originate: true", PREPEND), "interface", "cisco-ios")
    ).topology
    told = check(it).findings
    unequal = [finding for finding in told if finding.code == "unequal-prefixes"]
    assert any("the longer match goes first" in finding.what for finding in unequal)
    assert "local-preference-only" not in {finding.code for finding in told}
