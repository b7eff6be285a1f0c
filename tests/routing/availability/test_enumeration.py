"""The enumeration of states: by hand, and against all of them."""

from __future__ import annotations

from itertools import chain, combinations
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.model.elements import Element, ElementKind
from samepath.routing.availability.components import Component
from samepath.routing.availability.enumeration import (
    CERTAIN,
    NOTHING,
    Down,
    Enumerated,
    Prospect,
    Range,
    enumerate_states,
    more_than,
)
from samepath.routing.availability.figures import ComponentKind

DROPS = Prospect(outage=CERTAIN)
NOTHING_LEFT = Prospect(outage=CERTAIN, final=True)
PASSES = Prospect(outage=NOTHING)
NOBODY_KNOWS = Prospect(outage=Range(low=0.0, high=1.0))


def component(number: int, unavailability: float) -> Component:
    return Component(
        kind=ComponentKind.TUNNEL_ENDPOINT,
        elements=(Element(kind=ElementKind.TUNNEL, name=f"k{number}", tunnel=1),),
        unavailability=unavailability,
        down=60.0,
        name=f"c{number}",
    )


A, B, C = component(1, 0.1), component(2, 0.2), component(3, 0.05)


def exactly(found: Enumerated) -> float:
    assert found.outage.is_exact
    return found.outage.high


def test_in_series_the_whole_works_while_all_do() -> None:
    found = enumerate_states([A, B, C], lambda down: NOTHING_LEFT if down else PASSES, most=2)

    assert exactly(found) == pytest.approx(1 - 0.9 * 0.8 * 0.95)
    assert [one.down for one in found.shares if one.down] == [(A,), (B,), (C,)]


def test_in_parallel_the_whole_is_down_while_all_are() -> None:
    found = enumerate_states(
        [A, B], lambda down: NOTHING_LEFT if len(down) == 2 else PASSES, most=2
    )

    assert exactly(found) == pytest.approx(0.1 * 0.2)


def test_parallel_parts_in_series_with_what_they_share() -> None:
    def prospect(down: Down) -> Prospect:
        return NOTHING_LEFT if C in down or {A, B} <= set(down) else PASSES

    found = enumerate_states([A, B, C], prospect, most=2)

    assert exactly(found) == pytest.approx(0.05 + 0.95 * 0.1 * 0.2)


def test_a_failure_may_end_an_outage() -> None:
    """Asymmetric with all up: each tunnel alone carries both directions."""

    def prospect(down: Down) -> Prospect:
        return (DROPS, PASSES, NOTHING_LEFT)[len(down)]

    found = enumerate_states([A, B], prospect, most=2)

    assert exactly(found) == pytest.approx(0.9 * 0.8 + 0.1 * 0.2)


def test_where_nobody_knows_it_is_a_range() -> None:
    found = enumerate_states([A], lambda down: NOTHING_LEFT if down else NOBODY_KNOWS, most=2)

    assert found.outage.low == pytest.approx(0.1)
    assert found.outage.high == pytest.approx(1.0)


def test_where_nothing_is_left_from_the_start_nothing_else_is_asked() -> None:
    assert enumerate_states([A, B], lambda _: NOTHING_LEFT, most=2).outage == CERTAIN


unavailabilities = st.lists(st.floats(1e-9, 0.5), max_size=7)


@given(unavailabilities, st.integers(0, 3))
def test_the_probability_of_more_is_that_of_all_states_with_more(
    some: list[float], most: int
) -> None:
    components = [component(number, one) for number, one in enumerate(some)]
    naive = sum(
        probability(components, down) for down in every_state(components) if len(down) > most
    )

    assert more_than(most, components) == pytest.approx(naive, rel=1e-9, abs=1e-300)


def every_state(components: list[Component]) -> list[Down]:
    return [*chain.from_iterable(combinations(components, n) for n in range(len(components) + 1))]


def probability(components: list[Component], down: Down) -> float:
    return prod(one.unavailability if one in down else 1 - one.unavailability for one in components)


@given(unavailabilities, st.integers(1, 3), st.data())
def test_what_all_states_say_lies_in_the_range_and_nothing_else_widens_it(
    some: list[float], most: int, data: st.DataObject
) -> None:
    """Any states may be outages, but what is left with nothing has nothing after more failures."""
    components = [component(number, one) for number, one in enumerate(some)]
    states = every_state(components)
    cuts = data.draw(st.lists(st.sampled_from(states[1:] or states), max_size=4))
    cuts = [cut for cut in cuts if cut]
    known = data.draw(
        st.fixed_dictionaries({state: st.sampled_from([DROPS, PASSES]) for state in states})
    )

    def prospect(down: Down) -> Prospect:
        return NOTHING_LEFT if any(set(cut) <= set(down) for cut in cuts) else known[down]

    found = enumerate_states(components, prospect, most=most)
    exact = sum(probability(components, one) * prospect(one).outage.low for one in states)

    assert found.outage.low <= exact * (1 + 1e-9) + 1e-15
    assert exact <= found.outage.high * (1 + 1e-9) + 1e-15
    assert found.outage.high - found.outage.low == pytest.approx(found.unseen, abs=1e-15)
    assert sum(one.probability for one in found.shares) + found.unseen == pytest.approx(1.0)
