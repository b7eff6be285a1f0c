"""The words of a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.lab.drill.test_comparison import (
    DROPPED,
    DROPS,
    GOOD,
    NO_LAN,
    SEEN,
    as_said,
    with_flows,
)
from tests.lab.drill.test_comparison import predicted as row_of

from samepath.lab.drill.comparison import Flows
from samepath.lab.probe import Answer
from samepath.report.words import (
    MOST_OUTCOMES,
    NOTHING,
    Cells,
    measured,
    predicted,
    prefix_of,
    visible,
)
from samepath.routing.fate import Initiator
from samepath.routing.states import ALL_UP

ONE, TWO = "tunnel 1", "tunnel 2"


def test_a_row_is_told_as_it_was_predicted_and_as_it_was_measured() -> None:
    assert predicted(GOOD, "seoul/") == (
        (Cells(to_site=ONE, to_vpc=ONE, new="pass", open="go on"),),
        0,
    )
    assert measured(SEEN, "seoul/") == Cells(to_site=ONE, to_vpc=ONE, new="pass", open="go on")


def test_a_drop_is_predicted_and_silence_is_measured() -> None:
    ((told,), _) = predicted(DROPS, "seoul/")
    assert (told.to_site, told.to_vpc, told.new, told.open) == (ONE, TWO, "drop", "hang")
    seen = measured(DROPPED, "seoul/")
    assert (seen.to_site, seen.to_vpc, seen.new, seen.open) == (ONE, TWO, "silent", "silent")


def test_what_is_lost_behind_a_tunnel_is_told_with_it() -> None:
    row = row_of("active-standby", NO_LAN)
    ((told,), _) = predicted(row, "seoul/")
    assert (told.to_site, told.new, told.open) == ("tunnel 1, lost", "no way", "cut off")
    nothing = replace(as_said(row.outcomes[0].result), to_site=())
    assert measured(nothing, "seoul/").to_site == NOTHING


def test_before_all_up_nothing_was_open() -> None:
    ((told,), _) = predicted(row_of("active-standby", ALL_UP), "seoul/")
    assert told.open == NOTHING


def test_what_is_not_so_of_all_flows_is_told_of_each() -> None:
    half = with_flows(
        SEEN,
        Initiator.VPC,
        Flows(
            new={"tcp": Answer.SILENT, "udp": Answer.ANSWERED},
            kept={"tcp": Answer.RESET, "udp": None},
        ),
    )
    told = measured(half, "seoul/")
    assert told.new == "from VPC: TCP silent, UDP pass; from site: pass"
    assert told.open == f"from VPC: TCP reset, UDP {NOTHING}; from site: go on"


def test_outcomes_are_told_once_each_and_counted_where_they_are_many() -> None:
    both = replace(GOOD, outcomes=(*GOOD.outcomes, *DROPS.outcomes, *GOOD.outcomes))
    told, more = predicted(both, "seoul/")
    assert ([one.new for one in told], more) == (["pass", "drop"], 0)

    tunnels = [f"c{number}/tunnel1/bgp" for number in range(MOST_OUTCOMES + 2)]
    (outcome,) = GOOD.outcomes
    ways = outcome.result.ways
    several = tuple(
        replace(
            outcome,
            result=replace(
                outcome.result,
                ways=replace(ways, to_site=replace(ways.to_site, tunnel=tunnel)),
            ),
        )
        for tunnel in tunnels
    )
    told, more = predicted(replace(GOOD, outcomes=several), "")
    assert ([one.to_site for one in told], more) == (
        [f"c{number}/tunnel1" for number in range(MOST_OUTCOMES)],
        2,
    )


@pytest.mark.parametrize(
    ("taken", "prefix"),
    [((), "seoul/"), (("seoul/tunnel2",), "seoul/"), (("busan/tunnel1",), "")],
)
def test_what_all_tunnels_begin_with_is_left_out(taken: tuple[str, ...], prefix: str) -> None:
    assert prefix_of([GOOD], [replace(SEEN, to_site=taken)]) == prefix


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a b-c é", "a b-c é"),
        ("a\x00\n", "a\\x00\\n"),
        ("\u202egnp", "\\u202egnp"),
        ("bad\udcff", "bad\\udcff"),
    ],
)
def test_what_does_not_print_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen
