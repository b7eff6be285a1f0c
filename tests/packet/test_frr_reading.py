"""FRR's own parser and ours: which lines they reject, and what is left of the others.

Nothing runs but a bgpd that reads a file (``-C``), and one in a namespace that tells what it read.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a number names its configuration
from typing import Any

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.own import own

from samepath.device.frr.reading import reader
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.drivers.errors import DaemonUnreachable
from samepath.drivers.frr import Frr
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

BGPD = "/usr/lib/frr/bgpd"
GOLDEN = Path(__file__).parents[1] / "device" / "frr" / "reading" / "golden"
WITHIN = 20.0
_REJECTED = re.compile(r"No such command on config line (\d+):|on config line (\d+):")
_SAID = ("rejects it", "rejects it, and the block", "knows no such line", "is rejected")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a bgpd's files, with a path that is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="sp-test-", dir="/run"))
    yield made
    shutil.rmtree(made)


def alone(folder: Path, *argv: str) -> list[str]:
    """A command that takes ``folder`` for /var/tmp, where FRR leaves its log buffers."""
    mount = 'mount --bind "$0" /var/tmp && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mount, str(folder), *argv]


def rejected(text: str, folder: Path) -> set[int]:
    """The numbers of the lines that a real bgpd rejects."""
    file = folder / "bgpd.conf"
    file.write_text(text)
    done = subprocess.run(
        alone(folder, BGPD, "-C", "-S", "-f", str(file)),
        check=False,
        capture_output=True,
        text=True,
    )
    return {int(one or other) for one, other in _REJECTED.findall(done.stdout + done.stderr)}


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="bgpd.conf", text=text)])


def ours(text: str) -> set[int]:
    """The numbers of the lines that we say FRR rejects."""
    return {
        one.place.line
        for one in read(text).support.doubts()
        if any(words in one.mark.reason for words in _SAID)
    }


ADDRESSES = ("10.0.0.1", "10.0.0.2", "G", "10.0.0.9", "NOBODY")
OF_NEIGHBOURS = (
    *("remote-as 65001", "remote-as 65002", "remote-as external", "remote-as 0", "remote 65001"),
    *("peer-group G", "activate", "description a b", "shutdown", "shut"),
    *("update-source lo", "update-source 10.9.9.9", "timers 10 30", "timers 10", "timers 10 30 30"),
    *("timers connect 5", "ebgp-multihop", "ebgp-multihop 3", "ebgp-multihop 300", "weight 5"),
    *("weight 65536", "allowas-in", "allowas-in 5", "allowas-in 11", "allowas-in origin"),
    *("next-hop-self", "next-hop-self force", "next-hop-self all", "route-map M in", "route-map M"),
    *("route-map M both", "prefix-list P in", "distribute-list A out", "filter-list F out"),
    *("default-originate", "default-originate route-map M", "maximum-prefix 10", "bfd"),
    *(
        "bfd 3 100 100",
        "bfd 1 100 100",
        "fall-over bfd",
        "send-community both",
    ),
    *(
        "soft-reconfiguration inbound",
        "passive",
        "advertisement-interval 5",
        "remove-private-AS all",
    ),
    *("as-override", "unsuppress-map M", "enforce-first-as", "solo", "inherit x", "ha-mode sso"),
)
OF_SPEAKERS = (
    *("bgp router-id 1.2.3.4", "bgp bestpath compare-routerid", "bgp bestpath compare-router"),
    *("bgp bestpath med missing-as-worst", "bgp bestpath as-path ignore", "bgp always-compare-med"),
    *("bgp bestpath as-path multipath-relax", "bgp deterministic-med", "bgp frobnicate"),
    *(
        "bgp default local-preference 200",
        "no bgp default ipv4-unicast",
        "bgp ebgp-requires-policy",
    ),
    *("no bgp network import-check", "timers bgp 10 30", "timers bgp 10 30 30", "maximum-paths 4"),
    *("maximum-paths ibgp 4", "maximum-paths eigbp 4", "maximum-paths 4096", "network 10.0.0.0/8"),
    *("network 10.0.0.0", "network 10.0.0.0 mask 255.0.0.0", "network 10.0.0.0/8 route-map M"),
    *("network 10.0.0.0/33", "aggregate-address 10.0.0.0/8 summary-only", "redistribute connected"),
    *("redistribute static route-map M metric 5", "redistribute static metric 5 metrics"),
    *("distance bgp 20 200 200", "address-family ipv4 unicast"),
    *("neighbor 10.0.0.7 interface peer-group G", "bgp log-neighbor-changes", "neigbor 10.0.0.1"),
)
OF_MAPS = (
    *("route-map M permit 10", "route-map M deny 20", "route-map M 10", "route-map M"),
    *("match ip address prefix-list P", "match ip address A", "match ip address prefix-list P Q"),
    *("match community C", "match community C exact-match", "match as-path F", "match tag 5"),
    *("match frob 5", "set local-preference 200", "set local-pref 200", "set preference 5"),
    *("set weight 5", "set metric 5", "set metric -", "set as-path prepend 65000 65000"),
    *("set as-path prepend last-as 3", "set community 65000:1 additive", "set origin igp"),
    *("on-match next", "on-match goto 30", "on-match goto 5", "continue 30", "call N"),
    *("no set local-preference 200", "no set weight 5", "no set metric 5", "no on-match next"),
    *(
        "no set as-path prepend",
        "no set as-path prepend 65000",
        "set as-path prepend",
        "no set as-path prepend 65000 65000",
    ),
    "no set community 65000:1 additive",
)
OF_THE_TOP = (
    *("router bgp 65000", "router bgp 65000", "ip prefix-list P permit 10.0.0.0/8"),
    *("ip prefix-list P seq 5 permit 10.0.0.0/8 le 24", "ip prefix-list P permit any"),
    *("ip prefix-list P permit 10.0.0.0/8 ge 30 le 20", "ip prefix-list P permit 10.0.0.0/8 ge 7"),
    *("access-list A permit 10.0.0.0/8", "bgp community-list standard C permit 65000:1"),
    *("bgp community-list C permit 65000:1", "bgp as-path access-list F permit ^1$", "frobnicate"),
    *("no route-map M", "no route-map M permit 10", "no ip prefix-list P", "ip prefix-list P"),
    "no bgp community-list standard C",
)
BLOCKS = 12


def generated(seed: int) -> str:
    """A configuration of lines that are right, nearly right, and wrong, in blocks."""
    chance = Random(seed)
    lines = ["router bgp 65000", " neighbor 10.0.0.1 remote-as 65001", " neighbor G peer-group"]
    for _ in range(BLOCKS):
        kind = chance.random()
        if kind < 0.6:
            lines.append("router bgp 65000")
            lines += [_of_bgp(chance) for _ in range(chance.randint(3, 15))]
        elif kind < 0.85:
            lines.append(f"route-map M permit {chance.randint(1, 40)}")
            lines += chance.choices(OF_MAPS, k=chance.randint(1, 8))
        else:
            lines += chance.choices(OF_THE_TOP, k=3)
    return "\n".join(lines) + "\n"


def _of_bgp(chance: Random) -> str:
    if chance.random() < 0.3:
        return f" {chance.choice(OF_SPEAKERS)}"
    return f" neighbor {chance.choice(ADDRESSES)} {chance.choice(OF_NEIGHBOURS)}"


@pytest.mark.parametrize("seed", range(12))
def test_a_real_bgpd_rejects_the_lines_that_we_say_it_rejects(seed: int, folder: Path) -> None:
    text = generated(seed)
    written = dict(enumerate(text.splitlines(), start=1))
    real, said = rejected(text, folder), ours(text)

    assert {written[line] for line in real - said} == set(), "only FRR rejects these"
    assert {written[line] for line in said - real} == set(), "only we reject these"


def _of_bgpd(text: str) -> str:
    """What of a whole configuration is bgpd's, with as many lines above it."""
    return re.sub(r"(?m)^(?:log|service|frr|hostname) .*$", "!", text.partition("ip route")[0])


def test_it_takes_every_line_of_a_configuration_that_we_understand(folder: Path) -> None:
    text = (GOLDEN / "two-tunnels.conf").read_text()
    of_bgpd = _of_bgpd(text)

    assert rejected(of_bgpd, folder) == set()
    assert read(text).support.doubts() == ()


@contextmanager
def running(text: str, folder: Path, *, name: str = "") -> Iterator[Frr]:
    """A bgpd that has read a text, in a namespace of its own or in one of this name."""
    name, given = name or f"sp-{own(secrets.token_hex(3))}", name
    file = folder / "bgpd.conf"
    file.write_text(text)
    if not given:
        subprocess.run(["ip", "netns", "add", name], check=True)
    words = ("-Z", "-n", "-S", "-P", "0", "-f", str(file), "--vty_socket", str(folder))
    inside = ["nsenter", f"--net=/run/netns/{name}", *alone(folder, BGPD, *words)]
    daemon = subprocess.Popen(
        [*("setpriv", "--pdeathsig", "KILL"), *inside, "-i", str(folder / "pid")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"SAMEPATH_WORLD": name, "PATH": "/usr/sbin:/usr/bin"},
    )
    try:
        with Frr(folder / "bgpd.vty") as frr:
            until(lambda: _answers(frr), WITHIN)
            yield frr
    finally:
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        if not given:
            subprocess.run(["ip", "netns", "delete", name], check=True)


def _answers(frr: Frr) -> bool:
    try:
        return bool(frr.version())
    except DaemonUnreachable:
        return False


def test_its_view_of_the_neighbours_is_ours(folder: Path) -> None:
    text = (GOLDEN / "two-tunnels.conf").read_text()
    of_bgpd = _of_bgpd(text)
    with running(of_bgpd, folder) as frr:
        told: dict[str, Any] = json.loads(frr._ask("show bgp neighbors json"))
    (bgp,) = read(text).bgps

    assert {str(one.address) for one in bgp.neighbours} == set(told)
    for one in bgp.neighbours:
        view = told[str(one.address)]
        family = view["addressFamilyInfo"]["ipv4Unicast"]
        remote = one.remote_as.value if one.remote_as is not None else None
        if remote == "internal":
            assert view["nbrInternalLink"] is True
        else:
            assert view["remoteAs"] == remote
        assert view["localAs"] == bgp.asn.value
        assert family.get("routeMapForIncomingAdvertisements") == (one.imports and one.imports.name)
        assert family.get("routeMapForOutgoingAdvertisements") == (one.exports and one.exports.name)
        default = one.default_originate
        assert family.get("defaultRouteMap") == (default and default.policy and default.policy.name)
        if one.hold is not None:
            assert view["bgpTimerConfiguredHoldTimeMsecs"] == one.hold.value * 1000
        assert view.get("nbrDesc") == (one.description and one.description.value)
        assert ("peerBfdInfo" in view) is (one.bfd is not None)
        if one.update_source is not None:
            assert view["updateSource"] == one.update_source.value
        assert isinstance(one.address, IPv4Address)


ANNOUNCED = ("10.1.0.0/16", "10.2.0.0/17", "10.2.128.0/17", "10.3.0.0/24", "10.4.4.0/24")
FAR = "\n".join(
    (
        *("router bgp 65001", " bgp router-id 10.255.0.1", " no bgp ebgp-requires-policy"),
        *(" no bgp network import-check", " neighbor 10.9.0.2 remote-as 65000"),
        *(" neighbor 10.9.0.2 timers connect 1", " neighbor 10.9.0.2 advertisement-interval 0"),
        *(f" network {prefix}" for prefix in ANNOUNCED),
        "",
    )
)
NEAR = """
router bgp 65000
 bgp router-id 10.255.0.2
 no bgp ebgp-requires-policy
 neighbor 10.9.0.1 remote-as 65001
 neighbor 10.9.0.1 timers connect 1
"""
TAKES = {
    "a map that is not there": " neighbor 10.9.0.1 route-map NONE in\n",
    "a list that is not there": " neighbor 10.9.0.1 prefix-list NONE in\n",
    "a condition on a list that is not there": (
        " neighbor 10.9.0.1 route-map M in\n"
        "route-map M permit 10\n match ip address prefix-list NONE\n set weight 5\n"
        "route-map M permit 20\n match ip address prefix-list P\n"
        "ip prefix-list P permit 10.0.0.0/8 le 17\n"
    ),
    "a list with holes": (
        " neighbor 10.9.0.1 prefix-list P in\n"
        "ip prefix-list P seq 10 permit 10.0.0.0/8 ge 17\n"
        "ip prefix-list P seq 5 deny 10.2.0.0/16 le 17\nip prefix-list P permit 10.2.0.0/15 le 16\n"
    ),
    "what went on, and met no later clause": (
        " neighbor 10.9.0.1 route-map M in\n"
        "route-map M permit 10\n match ip address prefix-list P\n set weight 5\n on-match next\n"
        "route-map M deny 20\n match ip address prefix-list Q\n"
        "ip prefix-list P permit 10.2.0.0/16 le 17\nip prefix-list Q permit 10.2.128.0/17\n"
    ),
    "what the last clause sends on": (
        " neighbor 10.9.0.1 route-map M in\n"
        "route-map M permit 10\n match ip address prefix-list P\n set weight 5\n on-match next\n"
        "ip prefix-list P permit 10.2.0.0/16 le 17\n"
    ),
    "the last of two conditions of a kind": (
        " neighbor 10.9.0.1 route-map M in\nroute-map M permit 10\n"
        " match ip address prefix-list P\n match ip address prefix-list Q\n"
        "ip prefix-list P permit 10.1.0.0/16\nip prefix-list Q permit 10.3.0.0/24\n"
    ),
}


@pytest.fixture(scope="module")
def wire() -> Iterator[tuple[str, str]]:
    """Two namespaces with a wire between them."""
    names = [f"sp-{own(secrets.token_hex(3))}" for _ in range(2)]
    for name in names:
        _ip("netns", "add", name)
    peer = ("peer", "name", "w", "netns", names[1])
    _ip("link", "add", "w", "netns", names[0], "type", "veth", *peer)
    for number, name in enumerate(names, start=1):
        _ip("-n", name, "address", "add", f"10.9.0.{number}/24", "dev", "w")
        _ip("-n", name, "link", "set", "w", "up")
    yield names[0], names[1]
    for name in names:
        _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@pytest.mark.parametrize("what", TAKES)
def test_it_takes_the_routes_that_we_say_it_takes(
    what: str, wire: tuple[str, str], folder: Path
) -> None:
    # A map that comes after its use is put in force some seconds later.
    session, maps = TAKES[what].split("\n", 1)
    text = f"{maps}{NEAR}{session}\n"
    (neighbour,) = read(text).bgps[0].neighbours
    assert neighbour.imports is not None
    policy = neighbour.imports.policy
    expected: dict[str, int] = {}
    for prefix in ANNOUNCED:
        route = Route(prefix=IPv4Network(prefix), source=Origin.EBGP, session="x")
        taken = apply(policy, route, 65000).route
        if taken is not None:
            expected[prefix] = taken.weight or 0
    folders = [folder / "far", folder / "near"]
    for each in folders:
        each.mkdir()
    with (
        running(FAR, folders[0], name=wire[0]),
        running(text, folders[1], name=wire[1]) as near,
    ):
        # End-of-RIB comes after all that is announced.
        until(lambda: _has_ended(near), WITHIN)
        told = json.loads(near._ask("show bgp ipv4 unicast json"))

    assert {prefix: paths[0]["weight"] for prefix, paths in told["routes"].items()} == expected


def _has_ended(frr: Frr) -> bool:
    told = json.loads(frr._ask("show bgp neighbors json"))["10.9.0.1"]
    received = told.get("gracefulRestartInfo", {}).get("endOfRibRecv", {})
    return bool(received.get("ipv4Unicast"))
