"""What is kept of many drills, and told of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.drills.record import EXAMPLES, Done, names, order, read, table, wrong

from samepath.lab.drill.staging import stageable, way_to
from samepath.model.document import parse
from samepath.routing.states import single_states


def row(
    state: str, lost: int, *differences: str, valid: bool = True, counted: bool = True
) -> Mapping[str, Any]:
    way = {"lost": lost, "longest_gap_ms": 5.0 * lost, "valid": valid}
    return {
        "state": state,
        "pair": "a - b",
        "differences": list(differences),
        "measured": {"numbered": {"to_site": way, "to_vpc": way} if counted else None},
    }


def done(*rows: Mapping[str, Any], number: int = 0) -> Done:
    return Done(example="static", number=number, told={"states": list(rows), "seconds": 1.0})


def test_the_most_of_loss_and_gap_is_of_the_runs_that_could_send() -> None:
    told = [
        done(row("all up", 0), row("down", 3)),
        done(row("all up", 1), row("down", 9, valid=False), number=1),
        done(row("down", 2, "it differs"), row("down", 99, counted=False), number=2),
    ]
    assert list(table(told))[2:] == [
        "| static | all up | 2 | 0 | 1 + 1 | 5 + 5 |",
        "| static | down | 4 | 1 | 3 + 3 | 15 + 15 |",
    ]
    assert list(wrong(told)) == ["static, run 2, down, a - b: it differs"]


def test_a_drill_that_did_not_end_is_wrong() -> None:
    failed = Done(example="static", number=4, told=None, failed="ended with 4: no")
    assert list(wrong([failed])) == ["static, run 4: ended with 4: no"]
    assert len(list(table([failed]))) == 2


def test_what_was_kept_is_read_but_for_a_line_that_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "progress"
    assert read(file) == ()
    first, second = done(row("all up", 0)), done(row("all up", 1), number=1)
    file.write_text(f"{first.line}\n{second.line}\n{first.line[:20]}")
    assert read(file) == (first, second)


@pytest.mark.parametrize("name", names())
def test_each_run_goes_through_all_states_and_what_follows_comes_after(name: str) -> None:
    topology = parse((EXAMPLES / f"{name}.yaml").read_text()).topology
    possible = stageable(topology, single_states(topology))[0]
    first, again, other = order(name, 1, 0), order(name, 1, 0), order(name, 1, 1)
    assert first == again != other
    assert set(first) == {state.name for state in possible} == set(other)
    for state in possible:
        for before in set(way_to(state)[-2:-1]) & set(possible):
            assert first.index(before.name) < first.index(state.name)


def test_every_example_is_in_the_list_of_examples() -> None:
    listed = (EXAMPLES / "README.md").read_text()
    assert [name for name in names() if f"]({name}.yaml)" not in listed] == []
