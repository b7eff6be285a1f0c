"""A device's policies in the topology: what goes before them, past them, and where they stand."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from tests.pairing.ends import CUSTOMER, NAME, codes, frr, paired, tunnel

from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Platform, SessionBinding
from samepath.pairing.paired import Paired
from samepath.pairing.policies import NOTHING
from samepath.routing.report import check

_ALL_UP = "all up"
MAPS = (
    "route-map IN permit 10",
    " set local-preference 200",
    "route-map OUT permit 10",
    " set as-path prepend 65000 65000",
)


def _exactly(prefix: str) -> Conditions:
    network = IPv4Network(prefix)
    length = network.prefixlen
    return Conditions(prefixes=(PrefixMatch(prefix=network, minimum=length, maximum=length),))


def test_policies_are_those_of_the_device_and_have_its_lines() -> None:
    config = frr(
        family=(
            "network 192.168.10.0/24",
            "neighbor 169.254.10.1 route-map IN in",
            "neighbor 169.254.11.1 route-map OUT out",
        ),
        after=MAPS,
    )
    found = paired(config)
    path = f"connections.{NAME}.tunnels"

    assert tunnel(found, 1).customer_policy.imports.terms == (
        Term(changes=Changes(local_preference=200)),
    )
    assert tunnel(found, 2).customer_policy.exports.terms == (Term(changes=Changes(prepend=2)),)
    assert tunnel(found, 1).customer_policy.exports == Policy()
    assert {
        where: config.splitlines()[found.places[where].line - 1].strip()
        for where in (
            f"{path}[0]",
            f"{path}[0].policy.customer.import",
            f"{path}[0].policy.customer.import[0]",
            f"{path}[1].policy.customer.export[0]",
            f"customer_gateways.{CUSTOMER}",
        )
    } == {
        f"{path}[0]": "neighbor 169.254.10.1 remote-as 64512",
        f"{path}[0].policy.customer.import": "neighbor 169.254.10.1 route-map IN in",
        f"{path}[0].policy.customer.import[0]": "route-map IN permit 10",
        f"{path}[1].policy.customer.export[0]": "route-map OUT permit 10",
        f"customer_gateways.{CUSTOMER}": "router bgp 65000",
    }


def test_a_finding_on_the_whole_device_points_at_the_clause_that_it_is_about() -> None:
    config = frr(
        family=("network 192.168.10.0/24", "neighbor 169.254.11.1 route-map OUT out"), after=MAPS
    )
    found = paired(config)
    report = check(found.understood.topology)
    (only,) = (one for one in report.findings if one.code == "prepend-only")
    place = found.place_of(only)

    assert place is not None
    assert config.splitlines()[place.line - 1] == "route-map OUT permit 10"


def test_a_weight_of_the_neighbour_goes_before_its_map() -> None:
    found = paired(
        frr(
            family=("neighbor 169.254.10.1 weight 300", "neighbor 169.254.10.1 route-map IN in"),
            after=MAPS,
        )
    )

    assert tunnel(found, 1).customer_policy.imports.terms == (
        Term(changes=Changes(weight=300), disposition=Disposition.NEXT),
        Term(changes=Changes(local_preference=200)),
    )
    assert tunnel(found, 2).customer_policy.imports == Policy()
    path = f"connections.{NAME}.tunnels[0].policy.customer.import"
    # The weight, the map's clause, and the line that applies the map.
    assert [found.places[where].line for where in (f"{path}[0]", f"{path}[1]", path)] == [8, 12, 9]


def test_a_device_that_wants_policies_and_has_none_exchanges_nothing() -> None:
    config = frr(family=("network 192.168.10.0/24",)).replace(
        " no bgp ebgp-requires-policy\n", " bgp ebgp-requires-policy\n"
    )
    found = paired(config)
    topology = found.understood.topology

    assert topology.customer_gateways[CUSTOMER].requires_policy is True
    assert check(topology).sentence.startswith("with all up packets are LOST")


def test_the_default_route_goes_past_the_export_policy() -> None:
    default = tuple(f"neighbor 169.254.1{n}.1 default-originate" for n in (0, 1))
    found = paired(frr(family=(*default, "neighbor 169.254.11.1 route-map OUT out"), after=MAPS))
    topology = found.understood.topology
    (site,) = topology.sites.values()

    assert all(tunnel(found, n).customer_policy.default_originate for n in (1, 2))
    # What stands for the networks behind a default route is not announced itself.
    hidden = Term(conditions=_exactly(str(site.networks[0])), disposition=Disposition.REJECT)
    assert tunnel(found, 1).customer_policy.exports.terms == (hidden,)
    assert tunnel(found, 2).customer_policy.exports.terms[0] == hidden
    told = {one.code for one in check(topology).findings}
    assert "default-past-export" in told


def test_a_map_of_the_default_routes_own_is_heeded() -> None:
    found = paired(
        frr(
            family=(
                "neighbor 169.254.10.1 default-originate",
                "neighbor 169.254.11.1 default-originate route-map OUT",
            ),
            after=MAPS,
        )
    )
    topology = found.understood.topology
    default = IPv4Network("0.0.0.0/0")

    assert topology.customer_gateways[CUSTOMER].aggregates == (default,)
    assert not tunnel(found, 2).customer_policy.default_originate
    assert Term(conditions=_exactly("0.0.0.0/0"), changes=Changes(prepend=2)) in (
        tunnel(found, 2).customer_policy.exports.terms
    )
    (first, *_) = (one for one in check(topology).states if one.state.name == _ALL_UP)
    ways = {outcome.result.ways.to_site.tunnel for outcome in first.outcomes}
    assert ways == {f"{NAME}/tunnel1/bgp"}


def test_the_default_route_alone_goes_without_a_policy_where_one_is_demanded() -> None:
    family = (
        "network 192.168.10.0/24",
        "neighbor 169.254.10.1 default-originate route-map OUT",
        "neighbor 169.254.10.1 route-map IN in",
    )
    config = frr(family=family, after=MAPS).replace("no bgp ebgp-requires", "bgp ebgp-requires")
    found = paired(config)
    report = check(found.understood.topology)
    to_site = {
        (str(one.pair.site), outcome.result.ways.to_site.tunnel)
        for one in report.states
        if not one.state.conditions
        for outcome in one.outcomes
    }

    assert tunnel(found, 1).customer_policy.exports.terms == (
        Term(conditions=_exactly("0.0.0.0/0"), changes=Changes(prepend=2)),
        Term(disposition=Disposition.REJECT),
    )
    assert {way for _, way in to_site} == {f"{NAME}/tunnel1/bgp"}


def test_what_a_network_line_sets_is_set_before_the_export_policy() -> None:
    found = paired(frr(family=("network 192.168.10.0/24 route-map OUT",), after=MAPS))

    assert tunnel(found, 1).customer_policy.exports.terms == (
        Term(
            conditions=_exactly("192.168.10.0/24"),
            changes=Changes(prepend=2),
            disposition=Disposition.NEXT,
        ),
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("neighbor 169.254.10.1 shutdown", "session-closed vpn-0a0a0a0a/tunnel1 7"),
        ("neighbor 169.254.10.1 password k", "session-closed vpn-0a0a0a0a/tunnel1 7"),
        ("neighbor 169.254.10.1 local-as 65009", "asn-differs vpn-0a0a0a0a/tunnel1 7"),
        ("neighbor 169.254.10.1 remote-as 65111", "asn-differs vpn-0a0a0a0a/tunnel1 7"),
        ("no bgp default ipv4-unicast", "session-closed vpn-0a0a0a0a/tunnel1 5"),
    ],
)
def test_a_session_that_is_not_there_exchanges_nothing(line: str, code: str) -> None:
    neighbours = frr(line)
    if line.startswith("no bgp"):
        neighbours = neighbours.replace(f" {line}\n", "").replace(
            "router bgp 65000\n", f"router bgp 65000\n {line}\n"
        )
        code = code.replace(" 5", " 6")
    found = paired(neighbours)

    assert code in codes(found)
    assert tunnel(found, 1).customer_policy == NOTHING


def test_an_as_number_that_aws_does_not_expect_is_an_error() -> None:
    found = paired(frr(asn=65001))

    assert codes(found)[:2] == [
        "asn-differs vpn-0a0a0a0a/tunnel1 3",
        "asn-differs vpn-0a0a0a0a/tunnel2 3",
    ]
    assert found.findings[0].what == (
        "the device is AS 65001, and AWS expects AS 65000 of cgw-0a0a0a0a"
    )


def test_an_as_number_that_was_not_understood_is_an_error() -> None:
    lines = (
        "routing-options autonomous-system YOUR_AS",
        "protocols bgp group aws neighbor 169.254.10.1 peer-as 64512",
        "protocols bgp group aws neighbor 169.254.11.1 peer-as 64512",
    )
    text = "".join(f"set {line}\n" for line in lines)
    found = paired(text, platform=Platform.JUNOS)

    assert found.findings[0].what == (
        "the device's AS number was not understood, and AWS expects AS 65000 of cgw-0a0a0a0a"
    )


def test_an_as_number_that_no_file_defines_is_a_doubt_and_no_error() -> None:
    sessions = "\n".join(
        f"protocol bgp t{number} {{ local as 65000; neighbor 169.254.1{number}.1 as AWS;\n"
        "ipv4 { import all; export all; }; }"
        for number in (0, 1)
    )
    found = paired(f"router id 192.0.2.1;\n{sessions}\n", platform=Platform.BIRD)

    assert "asn-differs" not in {one.split()[0] for one in codes(found)}
    assert "`AWS` is defined in no file" in {one.reason for one in found.doubts}


def test_a_device_of_the_gateways_own_number_is_an_error_and_no_refusal() -> None:
    found = paired(frr(asn=64512))

    assert [one.split()[0] for one in codes(found)].count("asn-differs") == 2
    assert tunnel(found, 1).customer_policy == NOTHING


def test_knobs_and_timers_are_the_devices() -> None:
    found = paired(
        frr(
            "bgp bestpath compare-routerid",
            "bgp always-compare-med",
            *(f"neighbor 169.254.1{n}.1 timers 5 15" for n in (0, 1)),
            family=("maximum-paths 2",),
        )
    )
    topology = found.understood.topology
    customer = topology.customer_gateways[CUSTOMER]

    assert customer.platform is Platform.FRR
    assert customer.best_path.compare_router_id
    assert customer.best_path.always_compare_med
    assert customer.best_path.maximum_paths == 2
    assert topology.connections[NAME].bgp.hold.total_seconds() == 15
    assert topology.connections[NAME].bgp.bfd is None


def test_bfd_that_aws_does_not_answer_is_told() -> None:
    found = paired(frr("neighbor 169.254.10.1 bfd"))

    assert codes(found) == ["bfd-alone vpn-0a0a0a0a/tunnel1 7"]


def test_a_line_that_was_not_understood_leaves_its_pairs_open() -> None:
    found = paired(frr(family=("maximum-paths eibpg 2",)))

    assert codes(found) == ["not-understood cgw:cgw-0a0a0a0a 8"]
    assert found.is_doubtful("cgw:cgw-0a0a0a0a")
    assert not found.is_doubtful("cgw:cgw-0b0b0b0b")


def test_one_line_that_stands_twice_is_told_once_with_both_places() -> None:
    found = paired(frr("neighbor 169.254.10.1 frobnicate", "neighbor 169.254.10.1 frobnicate"))

    assert codes(found) == ["not-understood cgw:cgw-0a0a0a0a 7"]
    assert found.findings[0].what.endswith("(also at fw1.conf:8)")


@pytest.mark.parametrize(
    ("way", "word"),
    [("out", "announces nothing here"), ("in", "takes no route of AWS's here")],
)
def test_a_route_map_that_is_not_there_is_an_error_and_no_doubt(way: str, word: str) -> None:
    found = paired(
        frr(family=("network 192.168.10.0/24", f"neighbor 169.254.11.1 route-map SLIP {way}"))
    )

    assert codes(found) == ["undefined-policy vpn-0a0a0a0a/tunnel2 9"]
    assert "there is no policy SLIP" in found.findings[0].what
    assert word in found.findings[0].what
    assert not found.is_doubtful("cgw:cgw-0a0a0a0a")
    own = check(found.understood.topology).findings
    told = {one.code for one in own if not found.follows(one)}
    assert "unreachable" in told
    assert told.isdisjoint({"announces-nothing", "not-heard"})


def test_a_route_map_that_is_not_there_is_a_doubt_where_nobody_says_what_it_does() -> None:
    text = frr(family=("neighbor 169.254.11.1 route-map SLIP out",))
    found = paired(text, platform=Platform.CISCO_IOS)

    assert "undefined-policy" not in {one.code for one in found.findings}
    assert found.is_doubtful("cgw:cgw-0a0a0a0a")


REFUSED = (
    *(f"neighbor 169.254.1{n}.1 route-map NONE in" for n in (0, 1)),
    "network 192.168.10.0/24",
)


def _ways(found: Paired) -> set[str | None]:
    """By which tunnels the site sends with all up."""
    return {
        outcome.result.ways.to_vpc.tunnel
        for one in check(found.understood.topology).states
        if not one.state.conditions
        for outcome in one.outcomes
    }


@pytest.mark.parametrize(("first", "second", "by"), [(5, 10, 1), (20, 10, 2)])
def test_static_routes_decide_where_nothing_is_taken_of_bgp(
    first: int, second: int, by: int
) -> None:
    routes = (
        f"ip route 198.18.0.0/16 169.254.10.1 {first}",
        f"ip route 198.18.0.0/16 169.254.11.1 {second}",
        "route-map NONE deny 10",
    )
    found = paired(frr(family=REFUSED, after=routes))

    assert _ways(found) == {f"{NAME}/tunnel{by}/bgp"}
    assert [one.place and one.place.line for one in found.doubts] == [13, 14]
    assert found.is_doubtful(f"cgw:{CUSTOMER}")


def test_a_static_route_as_long_as_the_vpcs_prefix_goes_before_bgp() -> None:
    family = ("network 192.168.10.0/24", "neighbor 169.254.10.1 weight 300")
    route = "ip route 198.18.0.0/24 169.254.11.1"
    found = paired(frr(family=family, after=(route,)))

    assert _ways(paired(frr(family=family))) == {f"{NAME}/tunnel1/bgp"}
    assert _ways(found) == {f"{NAME}/tunnel2/bgp"}
    assert "goes before what vpn-0a0a0a0a/tunnel2 has by BGP" in found.doubts[0].reason


@pytest.mark.parametrize("route", ["198.18.0.0/16 169.254.10.1", "198.18.0.0/24 169.254.10.1 250"])
def test_a_static_route_that_bgp_goes_before_changes_nothing(route: str) -> None:
    assert paired(frr(after=(f"ip route {route}",))).doubts == ()


JUNOS = """\
set interfaces st0 unit 1 family inet address 169.254.10.2/30
set interfaces st0 unit 2 family inet address 169.254.11.2/30
set security ipsec vpn one bind-interface st0.1
set security ipsec vpn two bind-interface st0.2
set security zones security-zone {zones[0]} interfaces st0.1
set security zones security-zone {zones[1]} interfaces st0.2
set routing-options autonomous-system 65000
set policy-options policy-statement HIGH then local-preference 200
set interfaces ge-0/0/1 unit 0 family inet address 192.168.10.1/24
set policy-options policy-statement OWN from protocol direct
set policy-options policy-statement OWN then accept
set policy-options policy-statement LONG from protocol direct
set policy-options policy-statement LONG then as-path-prepend "65000 65000"
set policy-options policy-statement LONG then accept
set protocols bgp group aws type external
set protocols bgp group aws peer-as 64512
set protocols bgp group aws neighbor 169.254.10.1 export OWN
set protocols bgp group aws neighbor 169.254.11.1 import HIGH
set protocols bgp group aws neighbor 169.254.11.1 export LONG
"""


@pytest.mark.parametrize(
    ("zones", "more", "drops"),
    [
        (("a", "b"), "", True),
        (("a", "a"), "", False),
        (("a", "b"), "set security forwarding-options family mpls mode packet-based", False),
    ],
)
def test_zones_of_a_junos_firewall_decide_whether_two_ways_are_dropped(
    zones: tuple[str, str], more: str, drops: bool
) -> None:
    found = paired(JUNOS.format(zones=zones) + more, platform=Platform.JUNOS)

    codes = {one.code for one in check(found.understood.topology).findings}
    assert ("asymmetric-drop" in codes) is drops
    assert "undetermined" not in codes
    assert tunnel(found, 2).zone == zones[1]


@pytest.mark.parametrize(
    ("settings", "binding"),
    [
        ("", None),
        (
            "config system settings\nset asymroute enable\nend\n",
            SessionBinding.STATELESS,
        ),
    ],
)
def test_a_fortigate_that_routes_asymmetrically_keeps_no_sessions(
    settings: str, binding: SessionBinding | None
) -> None:
    neighbours = "".join(
        f'edit "169.254.{number}.1"\nset remote-as 64512\nnext\n' for number in (10, 11)
    )
    bgp = f"config router bgp\nset as 65000\nconfig neighbor\n{neighbours}end\nend\n"
    found = paired(settings + bgp, platform=Platform.FORTIOS)

    assert found.understood.topology.customer_gateways[CUSTOMER].binding is binding
