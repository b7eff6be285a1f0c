"""What a writer has FRR told, and what a real bgpd makes of it, line by line and back again."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from tests.device.frr.test_writing import DEVICE, LENGTHEN, NEIGHBOURS, PREFER, now
from tests.device.writing_laws import customer, effect, holds, in_front
from tests.packet.test_frr_reading import folder, running

from samepath.device.frr.reading import reader
from samepath.device.reading.source import Source
from samepath.device.writers import writer
from samepath.drivers.frr import Frr
from samepath.model.change import Direction
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Bfd, Platform

__all__ = ["folder"]
BEFORE = (Source(name="frr.conf", text=DEVICE.removesuffix("end\n")),)
IT = writer(Platform.FRR)
VPC = PrefixMatch(prefix=IPv4Network("10.0.0.0/16"), minimum=16, maximum=24)
MANY = Policy(
    terms=(
        Term(
            conditions=Conditions(prefixes=(VPC,), communities=("65000:1", "65000:2")),
            changes=Changes(med=7, prepend=1, add_communities=("65000:9",)),
            disposition=Disposition.NEXT,
        ),
        Term(conditions=Conditions(communities=("65000:3",)), disposition=Disposition.REJECT),
        Term(changes=Changes(med=9)),
    )
)


def read(text: str) -> object:
    return effect(reader.read([Source(name="frr.conf", text=text)]))


def tell(frr: Frr, lines: tuple[str, ...]) -> None:
    for line in (*IT.enter, *lines, *IT.leave):
        frr._ask(line)


@pytest.mark.parametrize("direction", Direction)
def test_bgpd_makes_of_each_patch_what_we_read_and_goes_back(
    direction: Direction, folder: Path
) -> None:
    changes = PREFER if direction is Direction.IMPORT else LENGTHEN
    with running(BEFORE[0].text, folder) as frr:
        asked = sorted(frr.running().splitlines())
        for address in NEIGHBOURS:
            for after in (in_front(now(address, direction), changes), MANY):
                try_one(frr, address, direction, after)
                # A value that is set again stands behind the others of its clause.
                assert sorted(frr.running().splitlines()) == asked


@pytest.mark.parametrize("bgp", [True, False])
def test_vtysh_takes_every_line_of_a_whole_customer_gateway(bgp: bool, folder: Path) -> None:
    it = replace(customer(imports=(MANY, MANY), exports=(MANY, MANY), bgp=bgp), bfd=Bfd())
    file = folder / "frr.conf"
    file.write_text(IT.load().customer(it)[0].text)
    done = subprocess.run(
        ["vtysh", "-C", "-f", str(file)], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def try_one(frr: Frr, address: str, direction: Direction, after: Policy) -> None:
    patch = holds(Platform.FRR, BEFORE, address, direction, after)
    typed = IT.load().after(BEFORE, patch.lines)
    tell(frr, patch.lines)

    assert read(frr.running()) == effect(reader.read(typed))
    for line in patch.resets:
        frr._ask(line)
    tell(frr, patch.reverts)
