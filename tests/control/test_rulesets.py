"""The rulesets as text (golden files), and what must hold for any tunnels in them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model import golden

from samepath.control.rulesets import IkeTranslation, TunnelRules, counter, edge, inside
from samepath.linux.objects import Ruleset, Shaper

GOLDEN = Path(__file__).parent / "golden"
OUTSIDE = IPv4Address("198.51.100.1")


def rules(device: str, mtu: int = 1400) -> TunnelRules:
    shaper = Shaper(namespace="ns", device=device, rate=250_000_000)
    return TunnelRules(device=device, mtu=mtu, shaper=shaper)


TRANSLATIONS = (
    IkeTranslation(peer=IPv4Address("203.0.113.1"), daemon=IPv4Address("192.0.0.1")),
    IkeTranslation(peer=IPv4Address("203.0.113.2"), daemon=IPv4Address("192.0.0.3")),
)
TEXTS = {
    "endpoint": inside("ns", [rules("seoul-t1")]),
    "customer": inside("ns", [rules("seoul-t1"), rules("seoul-t2", 1300)]),
    "customer-by-mark": inside("ns", [rules("seoul-t1"), rules("seoul-t2", 1300)], by_mark=True),
    "no-tunnels": inside("ns", []),
    "edge": edge("ns", OUTSIDE, TRANSLATIONS),
    "edge-no-tunnels": edge("ns", OUTSIDE, []),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text(name: str) -> None:
    golden.check(GOLDEN / f"{name}.nft", TEXTS[name].text + "\n")


def test_every_golden_file_belongs_to_a_text() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(TEXTS)


@pytest.mark.packet
@pytest.mark.parametrize("name", TEXTS)
def test_nft_takes_it(name: str) -> None:
    """Only checked, in a namespace that ends with the command: nothing is loaded anywhere."""
    text = f"table inet {TEXTS[name].table} {{\n{TEXTS[name].text}\n}}\n"
    command = ["unshare", "--net", "nft", "--check", "-f", "-"]

    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_order_in_which_tunnels_are_given_does_not_matter() -> None:
    """A ruleset is known by its digest; another order would load it anew, and lose its counters."""
    tunnels = (rules("b-t1"), rules("a-t2"), rules("a-t1"))

    assert len({inside("ns", order) for order in permutations(tunnels)}) == 1
    assert len({edge("ns", OUTSIDE, order) for order in permutations(TRANSLATIONS)}) == 1


devices = st.from_regex(r"[a-z][a-z0-9-]{0,11}-t[12]", fullmatch=True)
tunnel_lists = st.lists(
    st.builds(rules, devices, st.integers(576, 1400)),
    max_size=6,
    unique_by=lambda tunnel: tunnel.device,
)


@given(tunnels=tunnel_lists)
def test_every_tunnel_has_its_two_counters_declared_once_and_used_once(
    tunnels: list[TunnelRules],
) -> None:
    text = inside("ns", tunnels).text

    declared = re.findall(r"^counter (\w+) \{\}$", text, flags=re.MULTILINE)
    used = re.findall(r'^[io]ifname "(\S+)" .* counter name (\w+)$', text, flags=re.MULTILINE)
    assert sorted(declared) == sorted(name for _, name in used)
    assert len(set(declared)) == len(declared) == 2 * len(tunnels)
    assert {(device, name) for device, name in used} == {
        (tunnel.device, counter(tunnel.device, direction))
        for tunnel in tunnels
        for direction in ("in", "out")
    }


@given(tunnels=tunnel_lists)
def test_every_tunnel_is_clamped_to_its_own_size_in_both_directions(
    tunnels: list[TunnelRules],
) -> None:
    """A segment of the clamped size and 40 bytes of headers are exactly the tunnel's MTU."""
    text = inside("ns", tunnels).text

    found = re.findall(r'^([io]ifname) "(\S+)" .* maxseg size set (\d+)$', text, re.MULTILINE)
    assert {(side, device, int(size) + 40) for side, device, size in found} == {
        (side, tunnel.device, tunnel.mtu) for tunnel in tunnels for side in ("iifname", "oifname")
    }


@given(tunnels=tunnel_lists)
def test_the_tunnels_own_words_come_after_tcp_so_that_bgp_is_control(
    tunnels: list[TunnelRules],
) -> None:
    """BGP is TCP too; of two rules that match, the later one says the class."""
    lines = inside("ns", tunnels).text.splitlines()

    for tunnel in tunnels:
        classes = [
            line.rpartition(":")[2]
            for line in lines
            if f'"{tunnel.device}" ' in line and "meta priority set" in line
        ]
        assert classes == [str(Shaper.RESPONSIVE), str(Shaper.CONTROL)]


addresses = st.ip_addresses(v=4)
translations = st.lists(
    st.builds(IkeTranslation, peer=addresses, daemon=addresses),
    max_size=6,
    unique_by=(lambda item: item.peer, lambda item: item.daemon),
)


@given(tunnels=translations)
def test_what_goes_in_comes_out_by_the_same_pair(tunnels: list[IkeTranslation]) -> None:
    """Translation there and back: to each peer, the customer has one address whoever starts."""
    text = edge("ns", OUTSIDE, tunnels).text

    there = re.findall(rf"ip saddr (\S+) ip daddr {OUTSIDE} .* ip daddr set (\S+)", text)
    back = re.findall(rf"ip saddr (\S+) ip daddr (\S+) ip saddr set {OUTSIDE}", text)
    pairs = {(str(tunnel.peer), str(tunnel.daemon)) for tunnel in tunnels}
    assert set(there) == {(peer, daemon) for daemon, peer in back} == pairs
    assert len(there) == len(back) == len(tunnels)


def test_a_change_of_size_is_a_change_of_the_same_object() -> None:
    small, large = (inside("ns", [replace(rules("a-t1"), mtu=mtu)]) for mtu in (1300, 1400))

    assert isinstance(small, Ruleset)
    assert small.key == large.key
    assert small != large
