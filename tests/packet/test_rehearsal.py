"""A VPN that somebody has, rehearsed on real tunnels: it carries traffic, and does as predicted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.packet.commands import samepath
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.node.home import ROOT

EXAMPLES = Path(__file__).parents[2] / "examples"
OFFICE = ("--vpn", str(EXAMPLES / "aws"), "--device", f"fw1={EXAMPLES / 'devices/office.conf'}")
BRANCH = ("--device", f"fw1={EXAMPLES / 'devices/cisco-ios.cfg'}")
KEYS = (b"EXAMPLE-41", b"EXAMPLE-42")
"""Pre-shared keys of the device's file."""


@pytest.mark.parametrize(
    ("words", "hosts", "platform"),
    [
        (OFFICE, ("vpc-0e6a4c90-host", "site-of-cgw-0b92d64c-host"), "FRR"),
        # Its site is reached by a default route alone, in tunnel 2.
        (BRANCH, ("vpc-of-vgw-64610-host", "site-of-cgw-fw1-host"), "Cisco IOS"),
    ],
    ids=["office", "branch"],
)
def test_a_rehearsal_carries_traffic_holds_no_key_and_leaves_nothing(
    words: tuple[str, ...], hosts: tuple[str, str], platform: str
) -> None:
    before, name = snapshot(), own("rehearsed")
    try:
        up = samepath("lab", "up", *words, "--name", name, "--json")
        told = json.loads(up.stdout)
        assert (up.returncode, told["ready"]) == (0, True), up.stderr
        said = [one["what"] for one in told["rehearsal"]["substitutions"]]
        assert any(platform in one for one in said)

        assert samepath("lab", "ping", *hosts, "--lab", name).returncode == 0

        kept = [file.read_bytes() for file in (ROOT / name).rglob("*") if file.is_file()]
        assert kept
        assert not any(key in content for content in kept for key in KEYS)
        assert samepath("lab", "down", name).returncode == 0
    finally:
        clear(name)
    assert snapshot() == before


def test_what_is_predicted_of_a_rehearsal_is_what_its_packets_do() -> None:
    states = ("all up", "vpn-fw1/tunnel1 in maintenance", "vpn-fw1/tunnel1/bgp down")
    chosen = [word for state in states for word in ("--state", state)]
    done = samepath("drill", *BRANCH, "--name", own("rehearsed-drill"), "--json", *chosen)

    told = json.loads(done.stdout)
    assert [one["differences"] for one in told["states"]] == [[]] * len(told["states"])
    assert {one["state"] for one in told["states"]} == set(states)
    assert (done.returncode, told["as_predicted"]) == (0, True)
    assert told["rehearsal"]["rows_differing"] == 6
