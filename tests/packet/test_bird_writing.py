"""What is written for BIRD, in a real one: a whole gateway, and patches that close no session."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest
from tests.device import writing_laws as laws
from tests.drivers.daemons.worlds import ADDRESSES, World, undisturbed, until, wire, world
from tests.packet.leftovers import snapshot

from samepath.device.bird.writing.writer import after, amend, customer
from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.device.writing.customer import CustomerToWrite
from samepath.device.writing.patch import Edit, Patch
from samepath.drivers.bird import Bird
from samepath.model.change import Direction
from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Platform

VPC, SITE = IPv4Network("10.0.0.0/16"), IPv4Network("192.168.10.0/24")
GATEWAY, OURS = ADDRESSES
FAR = f"""
router id {GATEWAY};
log stderr all;
protocol device {{ scan time 1; }}
protocol static vpc {{ ipv4; route {VPC} blackhole; route 10.77.0.0/16 blackhole; }}
protocol bgp peer {{
  local {GATEWAY} as 64512;
  neighbor {OURS} as 65000;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 {{ import all; export all; }};
}}
"""


def gateway() -> CustomerToWrite:
    """A customer gateway whose only tunnel is the wire."""
    whole = laws.customer()
    tunnel = replace(
        whole.tunnels[0],
        inside=IPv4Interface(f"{OURS}/24"),
        gateway_inside=IPv4Address(GATEWAY),
    )
    return replace(whole, address=IPv4Address(OURS), tunnels=(tunnel,))


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A gateway, and the customer's BIRD with its files."""

    world: World
    namespace: str
    far: Bird
    near: Bird
    sources: tuple[Source, ...]

    def ask(self, name: str, *words: str) -> str:
        """What ``birdc`` says; it fails where there is no such route yet."""
        socket = str(self.world.directory / "run" / f"{name}.ctl")
        done = subprocess.run(
            ["birdc", "-s", socket, *words], check=False, capture_output=True, text=True
        )
        return done.stdout

    def path(self) -> list[str]:
        """The AS path of the site's network as the gateway hears it."""
        found = re.search(
            r"BGP\.as_path: ([\d ]+)", self.ask("far", "show", "route", "all", str(SITE))
        )
        return [] if found is None else found[1].split()

    def preferences(self) -> set[str]:
        """The local preference of every route that the customer has heard."""
        told = self.ask("near", "show", "route", "all", "protocol", "tunnel1")
        return set(re.findall(r"BGP\.local_pref: (\d+)", told))

    def type(self, sources: Sequence[Source], patch: Patch, lines: Sequence[str]) -> None:
        """Have a patch's lines in the file, and what makes them take effect."""
        (file, *_) = after(sources, lines)
        (self.world.directory / "near.conf").write_text(file.text)
        for reset in patch.resets:
            program, *words = reset.split()
            assert program == "birdc"
            assert "Reconfigured" in self.ask("near", *words)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    before = snapshot()
    with birds() as made:
        yield made
    assert snapshot() == before


@contextmanager
def birds() -> Iterator[Pair]:
    (file, *_) = customer(gateway())
    # How it tells since when a session stands is the test's affair.
    text = "timeformat protocol iso long ms;\n" + file.text
    sources = (Source(name="bird.conf", text=text),)
    with wire() as namespaces, world() as made:
        far = made.bird("far", namespaces[0], FAR)
        near = made.bird("near", namespaces[1], text)
        with Bird(far) as one, Bird(near) as other:
            found = Pair(world=made, namespace=namespaces[1], far=one, near=other, sources=sources)
            until(lambda: found.path() and found.preferences())
            yield found


def amended(pair: Pair, direction: Direction, changes: Changes) -> Patch:
    """A patch that changes every route of the session."""
    device = read(pair.sources, Platform.BIRD)
    bgp, neighbour = laws.neighbour_of(device, GATEWAY)
    applied = laws.policy_of(neighbour, direction)
    assert applied is not None
    first = Term(changes=changes, disposition=Disposition.NEXT)
    return amend(
        Edit(
            configuration=device,
            sources=pair.sources,
            bgp=bgp,
            neighbour=neighbour,
            direction=direction,
            after=Policy(terms=(first, *applied.policy.terms)),
        )
    )


def standing(pair: Pair) -> list[tuple[str | None, str]]:
    return [(one.bgp_state, one.since) for one in pair.near.protocols() if one.name == "tunnel1"]


def test_a_whole_gateway_announces_the_sites_networks_and_nothing_else(pair: Pair) -> None:
    heard = {IPv4Network(one.prefix) for one in pair.far.routes() if one.protocol == "peer"}
    done = subprocess.run(
        ["ip", "-n", pair.namespace, "route", "show", "proto", "bird"],
        check=True,
        capture_output=True,
        text=True,
    )

    assert heard == {SITE}
    assert pair.path() == ["65000"]
    assert sorted(line.split()[0] for line in done.stdout.splitlines()) == [
        str(VPC),
        "10.77.0.0/16",
    ]


@pytest.mark.parametrize("direction", Direction)
def test_a_patch_takes_effect_and_closes_no_session(pair: Pair, direction: Direction) -> None:
    imports = direction is Direction.IMPORT
    patch = amended(
        pair, direction, Changes(local_preference=200) if imports else Changes(prepend=2)
    )
    then = after(pair.sources, patch.lines)
    before = standing(pair)

    pair.type(pair.sources, patch, patch.lines)
    if imports:
        until(lambda: pair.preferences() == {"200"})
    else:
        until(lambda: pair.path() == ["65000"] * 3)
    assert undisturbed(before, standing(pair))

    pair.type(then, patch, patch.reverts)
    until(lambda: pair.preferences() == {"100"} and pair.path() == ["65000"])
    assert undisturbed(before, standing(pair))
