"""The topology file: what it says, what it leaves out, and every mistake with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.model import golden

from samepath.model.document import Document, InvalidDocument, parse
from samepath.model.policy import Disposition, PrefixMatch
from samepath.model.problems import Place, place_of
from samepath.model.topology import (
    Bfd,
    BgpTimers,
    Gateway,
    IkeProposal,
    Mode,
    Platform,
    Preemption,
    Routing,
    SessionBinding,
    StartupAction,
    Tunnel,
)
from samepath.model.unknown import SecretRef, SecretSource
from samepath.model.validation import problems

HERE = Path(__file__).parent
EXAMPLES = sorted((HERE.parents[1] / "examples").glob("*.yaml"))
SMALLEST = """\
samepath: 1
vpcs:
  main: {cidr: 10.0.0.0/16}
customer_gateways:
  dc: {address: 198.51.100.1}
sites:
  office: {networks: [192.168.10.0/24]}
connections:
  seoul:
"""


def refused(text: str) -> str:
    """What is said about a text that is no topology file."""
    with pytest.raises(InvalidDocument) as caught:
        parse(text, filename="vpn.yaml")
    return str(caught.value)


def full() -> Document:
    return parse((HERE / "good" / "full.yaml").read_text())


# ------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize("path", sorted((HERE / "errors").glob("*.yaml")), ids=lambda p: p.stem)
def test_each_mistake_is_told_with_its_place(path: Path) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse(path.read_text(), filename=path.name)
    golden.check(path.with_suffix(".txt"), f"{caught.value}\n")


@pytest.mark.parametrize("path", sorted((HERE / "errors").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_problem_is_one_printable_line(path: Path) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse(path.read_text())
    assert caught.value.problems
    for problem in caught.value.problems:
        assert problem.render("f").isprintable()
    assert len(str(caught.value).splitlines()) == len(caught.value.problems)


def test_a_planted_key_is_in_no_message() -> None:
    text = (HERE / "errors" / "secrets.yaml").read_text()
    with pytest.raises(InvalidDocument) as caught:
        parse(text)
    assert "Planted" in text
    assert "Planted" not in str(caught.value)
    assert "Planted" not in repr(caught.value.problems)


def test_a_problem_has_path_line_and_column() -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse(SMALLEST.replace("10.0.0.0/16", "10.0.0.0/8"), filename="vpn.yaml")
    (problem,) = caught.value.problems
    assert (problem.path, problem.line, problem.column) == ("vpcs.main.cidr", 3, 16)
    assert str(caught.value).startswith("vpn.yaml:3: vpcs.main.cidr: 10.0.0.0/8 is larger")


def test_what_follows_from_an_unread_value_is_not_told() -> None:
    """A wrong VPC network must not also make its hosts and subnets wrong."""
    text = SMALLEST.replace(
        "{cidr: 10.0.0.0/16}",
        "{cidr: 10.7.0.0/99, subnets: {a: 10.7.0.0/24}, hosts: {h: 10.7.0.9}}",
    )
    assert refused(text).count("\n") == 0


def test_a_mistake_in_the_defaults_of_both_tunnels_is_told_once() -> None:
    text = SMALLEST + "    tunnel_defaults: {dpd: {delay: 9s, timeout: 8s}}\n"
    assert refused(text) == (
        "vpn.yaml:10: connections.seoul.tunnel_defaults.dpd.timeout: 8s leaves a probe after 9s "
        "no time for an answer; give more than the delay"
    )


def test_too_long_a_text_is_refused_before_it_is_read() -> None:
    assert "1000001 characters" in refused("#" * 1_000_001)


def test_a_file_of_another_version_is_not_picked_to_pieces() -> None:
    assert refused("samepath: 2\nnew: {}\n").count("\n") == 0


# ------------------------------------------------------------------------------------- defaults


def test_the_smallest_file() -> None:
    assert len(SMALLEST.splitlines()) < 15
    topology = parse(SMALLEST).topology
    assert topology.name == "vpn"
    assert topology.gateways == {"vgw": Gateway(name="vgw", vpc="main")}
    main = topology.vpcs["main"]
    assert main.subnets == {"main": IPv4Network("10.0.0.0/24")}
    assert {h.name: str(h.address) for h in main.hosts.values()} == {"main-host": "10.0.0.10"}
    office = topology.sites["office"]
    assert office.customer_gateways == ("dc",)
    assert {h.name: str(h.address) for h in office.hosts.values()} == {
        "office-host": "192.168.10.10"
    }
    dc = topology.customer_gateways["dc"]
    assert (dc.asn, dc.platform, dc.binding) == (65000, Platform.BIRD, None)
    seoul = topology.connections["seoul"]
    assert (seoul.gateway, seoul.customer_gateway) == ("vgw", "dc")
    assert (seoul.routing, seoul.mode, seoul.active) == (Routing.BGP, Mode.FOLLOW, 1)
    assert (seoul.preemption, seoul.probe_inside) == (Preemption.AUTO, False)
    assert seoul.bgp == BgpTimers()
    # Everything else of a tunnel is the default of the model's own Tunnel.
    for number, tunnel in enumerate(seoul.tunnels, start=1):
        secret = SecretRef(source=SecretSource.GENERATED, locator=f"seoul/tunnel{number}")
        assert tunnel == Tunnel(
            number=number,
            outside=IPv4Address(f"203.0.113.{number}"),
            inside=IPv4Network(f"169.254.10.{4 * number - 4}/30"),
            gateway_secret=secret,
            customer_secret=secret,
        )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_read_without_a_warning(path: Path) -> None:
    assert parse(path.read_text()).warnings() == ()


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("10.0.0.0/28", "10.0.0.10"),
        ("192.168.0.0/29", "192.168.0.6"),
        ("192.168.0.0/30", "192.168.0.2"),
        ("192.168.0.0/31", "192.168.0.1"),
    ],
)
def test_a_small_network_has_a_default_host_too(given: str, host: str) -> None:
    text = SMALLEST.replace("192.168.10.0/24", given).replace("10.0.0.0/16", "10.9.0.0/16")
    (found,) = parse(text).topology.sites["office"].hosts.values()
    assert str(found.address) == host


def test_no_hosts_is_no_default() -> None:
    text = SMALLEST.replace("{cidr: 10.0.0.0/16}", "{cidr: 10.0.0.0/16, hosts: {}}")
    assert parse(text).topology.vpcs["main"].hosts == {}


def test_allocation_keeps_clear_of_what_the_file_says() -> None:
    text = SMALLEST.replace("198.51.100.1", "203.0.113.1") + (
        "    tunnels:\n      - {}\n      - {outside: 203.0.113.2, inside: 169.254.10.0/30}\n"
        "  tokyo:\n"
    )
    tunnels = [t for c in parse(text).topology.connections.values() for t in c.tunnels]
    assert [str(t.outside) for t in tunnels] == [f"203.0.113.{last}" for last in (3, 2, 4, 5)]
    assert [str(t.inside) for t in tunnels] == [f"169.254.10.{last}/30" for last in (4, 0, 8, 12)]


def test_allocation_says_when_nothing_is_free() -> None:
    """254 addresses are enough for 127 connections, in 13 gateways of ten."""
    count = 128
    vpcs = "".join(f"  v{i}: {{cidr: 10.{i}.0.0/16, hosts: {{}}}}\n" for i in range(13))
    gateways = "".join(f"  g{i}: {{vpc: v{i}}}\n" for i in range(13))
    connections = "".join(f"  c{i}: {{gateway: g{i // 10}}}\n" for i in range(count))
    text = (
        f"samepath: 1\nvpcs:\n{vpcs}gateways:\n{gateways}"
        "customer_gateways: {dc: {address: 198.51.100.1}}\n"
        f"sites: {{office: {{networks: [192.168.10.0/24]}}}}\nconnections:\n{connections}"
    )
    told = refused(text).splitlines()
    assert len(told) == 2
    assert "c127.tunnels[1].outside: is missing, and nothing is free in 203.0.113.0/24" in told[1]
    fewer = parse(text.replace("  c127: {gateway: g12}\n", "")).topology
    outsides = {t.outside for c in fewer.connections.values() for t in c.tunnels}
    insides = {t.inside for c in fewer.connections.values() for t in c.tunnels}
    assert len(outsides) == len(insides) == 254


# --------------------------------------------------------------------------------------- values


def test_what_a_full_file_says() -> None:
    topology = full().topology
    assert topology.customer_gateways["dc"].platform is Platform.FRR
    assert topology.customer_gateways["dc"].binding is SessionBinding.INTERFACE
    seoul = topology.connections["seoul"]
    assert (seoul.mode, seoul.active, seoul.preemption) == (Mode.PINNED, 2, Preemption.MANUAL)
    assert seoul.bgp == BgpTimers(
        hold=timedelta(seconds=12), bfd=Bfd(interval=timedelta(milliseconds=10), multiplier=5)
    )
    first, second = seoul.tunnels
    assert first.startup is StartupAction.START
    assert first.gateway_secret == first.customer_secret
    assert first.gateway_secret == SecretRef(
        source=SecretSource.FILE, locator="/etc/samepath/seoul1.psk"
    )
    assert second.gateway_secret == SecretRef(source=SecretSource.ENVIRONMENT, locator="SEOUL_2")
    assert second.customer_secret == SecretRef(
        source=SecretSource.GENERATED, locator="seoul/tunnel2/customer"
    )


def test_suites_are_all_combinations_in_the_order_given() -> None:
    first, second = full().topology.connections["seoul"].tunnels
    assert [(s.encryption, s.integrity, s.group) for s in first.crypto.ike][:4] == [
        ("aes256", "sha384", 14),
        ("aes256", "sha384", 20),
        ("aes256", "sha512", 14),
        ("aes256", "sha512", 20),
    ]
    assert len(first.crypto.ike) == 8
    # No PFS; a GCM cipher takes no hash; AES-CBC without one takes the default.
    assert first.crypto.esp == (
        IkeProposal(encryption="aes256", integrity="sha384", group=None),
        IkeProposal(encryption="aes128gcm16", integrity=None, group=None),
    )
    # A tunnel's own keys go first, key by key: the ciphers still come from tunnel_defaults.
    assert second.crypto.esp[0] == IkeProposal(encryption="aes256", integrity="sha256", group=19)
    assert second.customer_crypto is not None
    assert second.customer_crypto.esp[0] == replace(second.crypto.esp[0], group=None)
    assert second.customer_crypto.ike == second.crypto.ike
    assert first.customer_crypto is None


def test_defaults_of_both_tunnels_give_way_to_a_tunnels_own() -> None:
    first, second = full().topology.connections["seoul"].tunnels
    assert (first.dpd.delay, first.dpd.timeout) == (timedelta(seconds=2), timedelta(seconds=6))
    assert (second.dpd.delay, second.dpd.timeout) == (timedelta(seconds=2), timedelta(seconds=50))
    assert second.dpd.action is first.dpd.action
    assert (second.crypto.rekey_fuzz_percent, second.crypto.replay_window) == (0, 64)


def test_policies() -> None:
    first, second = full().topology.connections["seoul"].tunnels
    (announced,) = first.gateway_policy.exports.terms
    assert announced.conditions.prefixes == (
        PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=16, maximum=24),
        PrefixMatch(prefix=IPv4Network("172.16.0.0/12"), minimum=12, maximum=16),
        PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=0, maximum=0),
    )
    assert announced.changes.med == 50
    assert announced.disposition is Disposition.ACCEPT
    tagged, rest = first.customer_policy.imports.terms
    assert tagged.conditions.communities == ("65000:1",)
    assert (tagged.changes.local_preference, tagged.changes.weight) == (200, 10)
    assert tagged.changes.add_communities == ("65000:2",)
    assert tagged.disposition is Disposition.NEXT
    assert rest.disposition is Disposition.REJECT
    assert second.customer_policy.imports.terms == ()


AWS_TIMERS = BgpTimers(hold=timedelta(seconds=30), keepalive=timedelta(seconds=10), bfd=None)


@pytest.mark.parametrize(
    ("written", "timers"),
    [
        ("{}", BgpTimers()),
        ("{timers: aws}", AWS_TIMERS),
        ("{timers: aws, bfd: true}", replace(AWS_TIMERS, bfd=Bfd())),
        ("{bfd: false}", BgpTimers(bfd=None)),
        ("{hold: 3}", BgpTimers(hold=timedelta(seconds=3), keepalive=timedelta(seconds=1))),
        ("{hold: 1h}", BgpTimers(hold=timedelta(hours=1), keepalive=timedelta(minutes=20))),
        ("{bfd: {interval: 0.3}}", BgpTimers(bfd=Bfd(interval=timedelta(milliseconds=300)))),
        ("{bfd: {interval: 12.000ms}}", BgpTimers(bfd=Bfd(interval=timedelta(milliseconds=12)))),
    ],
)
def test_timers(written: str, timers: BgpTimers) -> None:
    text = SMALLEST + f"    bgp: {written}\n"
    assert parse(text).topology.connections["seoul"].bgp == timers


def test_a_dpd_delay_of_its_own_leaves_the_timeout_room() -> None:
    text = SMALLEST + "    tunnel_defaults: {dpd: {delay: 60s}}\n"
    first, _ = parse(text).topology.connections["seoul"].tunnels
    assert first.dpd.timeout == timedelta(seconds=240)


def test_overlapping_tenants_on_different_gateways_are_legal() -> None:
    """full.yaml has two VPCs in 10.0.0.0/16 and two sites with 192.168.10.0/24."""
    topology = full().topology
    assert topology.sites["office"].networks[0] == topology.sites["branch"].networks[0]
    assert topology.vpcs["main"].cidr.overlaps(topology.vpcs["tenant"].cidr)
    assert problems(topology) == ()


# --------------------------------------------------------------------------------------- places


def test_places_of_values_and_the_nearest_for_defaults() -> None:
    document = full()
    places: Mapping[str, Place] = document.places
    lines = (HERE / "good" / "full.yaml").read_text().splitlines()
    for path, text in (
        ("vpcs.main.hosts.app1", "app1:"),
        ("sites.office.networks[1]", "192.168.12.0/30"),
        ("connections.seoul.tunnels[1].customer.esp.groups", "groups:"),
        ("connections.seoul.tunnels[0].inside", "inside:"),
    ):
        place = places[path]
        assert lines[place.line - 1][place.column - 1 :].startswith(text)
    # From tunnel_defaults, and from nowhere in the file.
    shared = places["connections.seoul.tunnels[0].dpd.delay"]
    assert shared == places["connections.seoul.tunnel_defaults.dpd.delay"]
    assert "connections.tokyo.tunnels[1].inside" not in places
    assert place_of(places, "connections.tokyo.tunnels[1].inside") == places["connections.tokyo"]


def test_warnings_have_places() -> None:
    golden.check(
        HERE / "good" / "full.warnings.txt",
        "".join(f"{problem.render('full.yaml')}\n" for problem in full().warnings()),
    )
