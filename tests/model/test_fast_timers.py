"""Shorter timers: only what waits is changed, and every change is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samepath.model.document import parse
from samepath.model.fast_timers import changes, fastened
from samepath.model.topology import SECOND, Dpd, Topology

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))


def topology(name: str) -> Topology:
    return parse((EXAMPLES[0].parent / f"{name}.yaml").read_text()).topology


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda one: one.stem)
def test_a_topology_stays_one_and_does_not_change_twice(file: Path) -> None:
    once = fastened(parse(file.read_text()).topology)
    assert fastened(once) == once
    assert not [*changes(once)]


def test_the_timers_of_a_connection_are_told_and_nothing_else_is_changed() -> None:
    before = topology("no-bfd-customer")
    (name,) = before.connections
    after = fastened(before)
    connection = after.connections[name]
    assert connection.bgp.hold == 3 * SECOND
    assert {one.dpd for one in connection.tunnels} == {Dpd(delay=1 * SECOND, timeout=4 * SECOND)}
    assert [*changes(before)] == [
        f"{name}: hold time 3s instead of 9s",
        f"{name}/tunnel1: dead after 4s instead of 40s",
        f"{name}/tunnel2: dead after 4s instead of 40s",
    ]
    kept = replace(
        connection,
        bgp=before.connections[name].bgp,
        tunnels=tuple(
            replace(one, dpd=was.dpd)
            for one, was in zip(connection.tunnels, before.connections[name].tunnels, strict=True)
        ),
    )
    assert replace(after, connections={name: kept}) == before
