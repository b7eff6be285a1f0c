"""A real charon takes the swanctl.conf of a whole customer gateway, and tells what it took."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.device.writing_laws import customer
from tests.drivers.daemons.worlds import until, wire, world

from samepath.device.swanctl.site import tunnels
from samepath.device.writing.customer import CustomerToWrite
from samepath.model.secret import Secret
from samepath.model.topology import IkeProposal

ODD = 'a "key" \\ of # odd {words}'
OLD = (
    IkeProposal(encryption="aes256", integrity="sha512", group=24),
    IkeProposal(encryption="aes128", integrity="sha256", group=14),
)


def asked(control: Path, namespace: str, *words: str) -> str:
    done = subprocess.run(
        ["ip", "netns", "exec", namespace, "swanctl", *words, "--uri", f"unix://{control}"],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def another() -> CustomerToWrite:
    """One with IKEv1, older suites, and a key that the file's own words would change."""
    before = customer()
    ike, esp = OLD
    first, second = before.tunnels
    older = replace(second, ike_version=1, ike=ike, esp=esp)
    return replace(before, tunnels=(replace(first, key=Secret(ODD)), older))


@pytest.mark.parametrize("it", [customer(), another()], ids=["strong", "older"])
def test_it_loads_both_tunnels_and_their_keys(it: CustomerToWrite) -> None:
    with world() as made, wire() as (namespace, _):
        control = made.charon("left", namespace)
        until(control.exists)
        file = made.directory / "site.conf"
        file.write_text(tunnels(it))
        words = ("--load-all", "--noprompt", "--file", str(file))
        loaded = asked(control, namespace, *words)
        listed = asked(control, namespace, "--list-conns")

    assert loaded.count("loaded ike secret 'ike-vpn") == 2
    assert "successfully loaded 2 connections" in loaded
    for tunnel in it.tunnels:
        assert f"vpn{tunnel.number}: IKEv{tunnel.ike_version}" in listed
        assert f"  remote: {tunnel.outside}" in listed
