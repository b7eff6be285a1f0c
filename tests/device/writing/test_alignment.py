"""Lists laid beside each other: the cheapest way, and none where there is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samepath.device.writing.alignment import NEVER, aligned

lists = st.lists(st.sampled_from("abcd"), max_size=6)


def costs(before: str, after: str) -> int:
    if before == after:
        return 0
    return 1 if before.upper() == after.upper() else NEVER


def laid(before: list[str], after: list[str]) -> tuple[tuple[str | None, str | None], ...] | None:
    return aligned(before, after, changing=costs, dropping=lambda _: 1, adding=lambda _: 2)


@given(before=lists, after=lists)
def test_both_lists_are_there_in_their_order(before: list[str], after: list[str]) -> None:
    pairs = laid(before, after)

    assert pairs is not None
    assert [old for old, _ in pairs if old is not None] == before
    assert [new for _, new in pairs if new is not None] == after
    assert (None, None) not in pairs
    for old, new in pairs:
        assert old is None or new is None or old == new


def test_what_is_alike_is_changed_and_what_is_not_makes_room() -> None:
    assert laid(["a", "b", "c"], ["a", "B", "d", "c"]) == (
        ("a", "a"),
        ("b", "B"),
        (None, "d"),
        ("c", "c"),
    )


def test_what_cannot_be_dropped_has_to_be_met() -> None:
    found = aligned(["a"], ["b"], changing=costs, dropping=lambda _: NEVER, adding=lambda _: 2)

    assert found is None


def test_lists_that_are_too_long_are_not_laid_beside_each_other() -> None:
    assert laid(["a"] * 1100, ["b"] * 1100) is None
