"""Every example: what is predicted of it is what its text says, and is in the tree as it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.model import golden
from tests.routing.shown import shown

from samepath.control.unbuilt import refusals, unbuilt
from samepath.model.document import parse
from samepath.routing import Report, Verdict, check

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.yaml"))
GOLDEN = Path(__file__).parent / "golden_examples"

DROP = Verdict.ASYMMETRIC_DROPPED
DROPS = {
    "asymmetric-drop",
    "half-cure-local-preference-only",
    "half-cure-prepend-only",
}
"""Packets are dropped in these with all up, and in neither state in which a tunnel is down."""
ASYMMETRIC = {"cure-allow-asymmetric"}
LOST = {
    "two-customer-gateways": {"cgw:fw1 down", "cgw:fw1/lan down"},
    "two-customer-gateways-vrrp": {"cgw:fw1/lan down"},
}
"""States in which the hosts' own router is gone, or goes on announcing hosts that it has lost."""


def judged(name: str) -> Report:
    return check(parse((EXAMPLES / f"{name}.yaml").read_text()).topology)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_of_an_example_is_in_the_tree(name: str) -> None:
    golden.check(GOLDEN / f"{name}.txt", shown(EXAMPLES / f"{name}.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_can_be_built_as_it_is_written(name: str) -> None:
    document = parse((EXAMPLES / f"{name}.yaml").read_text())
    assert document.topology.name == name
    assert [*document.warnings(), *refusals(document.topology), *unbuilt(document.topology)] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_an_example_is_open_but_what_is_so_of_some_flows(name: str) -> None:
    assert [str(one.state) for one in judged(name).states if one.undetermined] == []


@pytest.mark.parametrize("name", NAMES)
def test_packets_are_dropped_where_the_text_says_so_and_nowhere_else(name: str) -> None:
    dropping = {one.state.name for one in judged(name).states if DROP in one.verdicts}
    if name not in DROPS:
        assert dropping == set()
        return
    assert "all up" in dropping
    assert dropping.isdisjoint({"seoul/tunnel1 down", "seoul/tunnel2 down"})


@pytest.mark.parametrize("name", sorted(set(NAMES) - DROPS - ASYMMETRIC))
def test_both_directions_share_a_tunnel_in_every_state_of_the_others(name: str) -> None:
    for one in judged(name).states:
        lost = one.state.name in LOST.get(name, ())
        as_told = {Verdict.UNREACHABLE} if lost else {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}
        assert set(one.verdicts) <= as_told, one.state
