"""Laws of repair, over random topologies and policies."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routing.generated import documents

from samepath.model.amend import amend
from samepath.model.change import changed
from samepath.model.document import parse
from samepath.routing.repair import Repair, RepairMode, Result, repair
from samepath.routing.repair.goal import rank, stuck
from samepath.routing.repair.search import found_in
from samepath.routing.states import single_states
from samepath.routing.verdict import Verdict

modes = st.sampled_from([None, RepairMode.SYMMETRIC, RepairMode.FOLLOW])
Law = Callable[[str, RepairMode | None, Repair], None]


def what_is_repaired_drops_nothing(_text: str, _mode: RepairMode | None, it: Repair) -> None:
    if it.result is not Result.REPAIRED:
        return
    for after in it.after.values():
        assert Verdict.ASYMMETRIC_DROPPED not in after.verdicts
        if all(group.chosen.mode is RepairMode.SYMMETRIC for group in it.groups):
            assert Verdict.ASYMMETRIC_TOLERATED not in after.verdicts


def no_state_is_worse_than_before(_text: str, _mode: RepairMode | None, it: Repair) -> None:
    assert not it.worse
    found = found_in(it.topology, single_states(it.topology))
    assert it.after == {key: found[key] for key in it.after}
    # One network stands for those that no policy tells apart.
    told = {(one.state, one.verdicts) for one in it.after.values()}
    assert {(one.state, one.verdicts) for one in found.values()} == told
    for key, after in it.after.items():
        assert rank(after) <= rank(it.before[key])


def what_is_repaired_is_left_alone(_text: str, mode: RepairMode | None, it: Repair) -> None:
    again = repair(it.topology, mode)
    assert again.changes == ()
    if it.result in {Result.REPAIRED, Result.NOTHING}:
        assert again.result is Result.NOTHING


def no_statement_can_be_left_out(text: str, _mode: RepairMode | None, it: Repair) -> None:
    before = parse(text).topology
    for change in it.changes:
        fewer = changed(before, [one for one in it.changes if one != change])
        found = found_in(fewer, single_states(fewer))
        assert any(
            one.verdicts - it.after[key].verdicts or stuck(one) - stuck(it.after[key])
            for key, one in found.items()
            if key in it.after
        )


def the_last_step_is_the_repaired_topology(
    _text: str, _mode: RepairMode | None, it: Repair
) -> None:
    for group in it.groups:
        for one in group.steps[-1].all_up if group.steps else ():
            assert it.after[one.pair, one.state].verdicts == one.verdicts


def the_amended_text_means_the_repaired_topology(
    text: str, _mode: RepairMode | None, it: Repair
) -> None:
    assert parse(amend(text, it.changes)).topology == it.topology


LAWS: tuple[Law, ...] = (
    what_is_repaired_drops_nothing,
    no_state_is_worse_than_before,
    what_is_repaired_is_left_alone,
    no_statement_can_be_left_out,
    the_last_step_is_the_repaired_topology,
    the_amended_text_means_the_repaired_topology,
)


@pytest.mark.timeout(600, method="thread")
@pytest.mark.parametrize(("count", "share"), [(1, 2), (2, 8)])
def test_repairs_keep_their_laws(count: int, share: int) -> None:
    """Of two connections fewer are tried, as each takes longer, and a few take half a minute."""

    @settings(max_examples=max(1, settings.default.max_examples // share))  # type: ignore[union-attr]
    @given(document=documents(count=count), mode=modes)
    def holds(document: object, mode: RepairMode | None) -> None:
        text = json.dumps(document)
        it = repair(parse(text).topology, mode)
        for law in LAWS:
            law(text, mode, it)

    holds()
