"""Every answer is tried, none twice, and none that cannot matter is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samepath.routing.assumption import (
    Ask,
    Question,
    Remembered,
    TooManyOutcomes,
    explore,
    some_flows,
)


def question(subject: str, *answers: str) -> Question:
    return Question(subject=subject, what="something", answers=answers)


COIN, DIE = question("coin", "heads", "tails"), question("die", *"123456")


def test_what_asks_nothing_has_one_outcome_and_no_assumption() -> None:
    (outcome,) = explore(lambda _ask: 7)
    assert (outcome.result, outcome.because) == (7, ((),))


def test_a_question_that_arises_under_one_answer_is_asked_under_it_only() -> None:
    def evaluate(ask: Ask) -> str:
        return ask(DIE) if ask(COIN) == "heads" else "none"

    found = {outcome.result: outcome.because for outcome in explore(evaluate)}

    assert set(found) == {*"123456", "none"}
    assert found["none"] == (((COIN, "tails"),),)
    assert found["4"] == (((COIN, "heads"), (DIE, "4")),)


def test_answers_that_lead_to_one_result_are_one_outcome_with_all_its_reasons() -> None:
    (outcome,) = explore(lambda ask: len(ask(DIE)))
    assert outcome.because == tuple(((DIE, answer),) for answer in DIE.answers)


def test_a_question_that_is_asked_again_has_its_answer() -> None:
    assert {o.result for o in explore(lambda ask: ask(COIN) == ask(COIN))} == {True}


def test_more_than_anybody_would_read_is_refused_with_the_questions() -> None:
    def evaluate(ask: Ask) -> tuple[str, ...]:
        return tuple(ask(question(str(number), "a", "b")) for number in range(10))

    assert len(explore(evaluate)) == 1024
    with pytest.raises(TooManyOutcomes) as raised:
        explore(evaluate, most=1000)
    assert len(raised.value.questions) == 10


trees = st.recursive(
    st.integers(0, 3),
    lambda inner: st.tuples(st.sampled_from("pqr"), inner, inner),
    max_leaves=8,
)


@given(tree=trees)
def test_exactly_the_consistent_ways_through_a_tree_of_questions_are_taken(tree: object) -> None:
    """A way that gives one question two answers cannot occur."""

    def evaluate(ask: Ask) -> int:
        at = tree
        while isinstance(at, tuple):
            name, left, right = at
            at = left if ask(question(name, "left", "right")) == "left" else right
        assert isinstance(at, int)
        return at

    def leaves(at: object, answers: dict[str, str]) -> set[int]:
        if not isinstance(at, tuple):
            assert isinstance(at, int)
            return {at}
        name, left, right = at
        ways = {"left": left, "right": right}
        if name in answers:
            return leaves(ways[answers[name]], answers)
        return {
            leaf for answer, way in ways.items() for leaf in leaves(way, {**answers, name: answer})
        }

    assert {outcome.result for outcome in explore(evaluate)} == leaves(tree, {})


@given(tree=trees)
def test_what_is_remembered_asks_the_same_and_is_run_once_for_each_set_of_answers(
    tree: object,
) -> None:
    met: list[tuple[str, ...]] = []

    def evaluate(ask: Ask) -> int:
        at, answers = tree, list[str]()
        while isinstance(at, tuple):
            name, left, right = at
            answers.append(name + ask(question(name, "left", "right")))
            at = left if answers[-1].endswith("left") else right
        met.append(tuple(answers))
        assert isinstance(at, int)
        return at

    def other(ask: Ask) -> str:
        return ask(COIN)

    plain = explore(lambda ask: (other(ask), evaluate(ask), other(ask)))
    once = {*met}
    met.clear()
    remembered = Remembered(evaluate)
    assert explore(lambda ask: (other(ask), remembered(ask), other(ask))) == plain
    assert len(met) == len(once)
    assert {*met} == once


@example(tree=("r", ("p", 1, 1), 0))
@example(tree=("p", ("r", 1, 0), 0))
@given(tree=trees)
def test_it_is_so_of_some_flows_if_in_each_world_some_answers_of_their_own_lead_there(
    tree: object,
) -> None:
    """``r`` is what each flow answers by itself; ``p`` and ``q`` are facts."""

    def result(answer_of: Callable[[str], str]) -> int:
        at = tree
        while isinstance(at, tuple):
            name, left, right = at
            at = left if answer_of(name) == "left" else right
        assert isinstance(at, int)
        return at

    def evaluate(ask: Ask) -> int:
        def answer_of(name: str) -> str:
            own = name == "r"
            return ask(Question(subject=name, what="it", answers=("left", "right"), per_flow=own))

        return result(answer_of)

    sides = ("left", "right")
    truly = all(
        any(result({"p": p, "q": q, "r": r}.__getitem__) == 1 for r in sides)
        for p, q in product(sides, sides)
    )
    assert some_flows(explore(evaluate), lambda told: told == 1) is truly
