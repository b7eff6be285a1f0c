"""A repair in the lines of each platform: read back, it is the repair, and its reverts undo it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from ipaddress import IPv4Network

import pytest
from tests.pairing.ends import aws

from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.device.writers import WRITERS
from samepath.model.policy_form import normal
from samepath.model.topology import Platform
from samepath.pairing.device import Device
from samepath.pairing.devising import Choice, devise
from samepath.pairing.mending import Mending, mending
from samepath.pairing.topology import pair
from samepath.routing.evaluator import analyse
from samepath.routing.repair import Repair, RepairMode, Result, repair
from samepath.routing.verdict import Verdict

PLATFORMS = [one.platform for one in WRITERS]
SITE = (IPv4Network("192.168.10.0/24"),)


def crossed(platform: Platform) -> Device:
    """A device of this platform in our own words: AWS is told tunnel 1, and it sends by tunnel 2."""
    it = devise(aws(), Choice(networks=SITE))
    one, other = it.tunnels
    it = replace(
        it, tunnels=(replace(one, imports=other.imports), replace(other, imports=one.imports))
    )
    module = next(one for one in WRITERS if one.platform is platform).load()
    sources = tuple(Source(name=one.name, text=one.text) for one in module.customer(it))
    return Device(name="fw1", sources=sources, configuration=read(sources, platform))


def mended(device: Device, found: Mending) -> Device:
    """The device with all lines typed."""
    (one,) = found.devices
    sources = device.sources
    for patch in one.patches:
        sources = one.writer.load().after(sources, patch.lines)
    platform = device.configuration.platform
    return Device(name="fw1", sources=sources, configuration=read(sources, platform))


@cache
def repaired(platform: Platform) -> tuple[Device, Repair, Mending]:
    device = crossed(platform)
    paired = pair(aws(), [device])
    it = repair(paired.understood.topology, RepairMode.SYMMETRIC)
    return device, it, mending(paired, it.changes)


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.value)
def test_the_lines_of_a_repair_make_the_device_that_was_meant(platform: Platform) -> None:
    device, it, lines = repaired(platform)
    assert it.result is Result.REPAIRED
    assert lines.typed.keys() == set(it.changes)
    for typed in lines.typed.values():
        assert typed.patch is not None, typed.why
        assert typed.patch.lines
        assert typed.patch.reverts

    after = pair(aws(), [mended(device, lines)]).understood.topology
    verdicts = {verdict for one in analyse(after) for verdict in one.verdicts}
    assert verdicts <= {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.value)
def test_the_reverts_bring_back_what_was_there(platform: Platform) -> None:
    device, _, lines = repaired(platform)
    (one,) = lines.devices
    sources = mended(device, lines).sources
    for patch in reversed(one.patches):
        sources = one.writer.load().after(sources, patch.reverts)
    back = read(sources, platform)
    for bgp, before in zip(back.bgps, device.configuration.bgps, strict=True):
        for mine, was in zip(bgp.neighbours, before.neighbours, strict=True):
            for now, then in ((mine.imports, was.imports), (mine.exports, was.exports)):
                assert (now and normal(now.policy)) == (then and normal(then.policy))
