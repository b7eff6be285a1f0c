"""What no input holds: questions that are asked while evaluating, and every answer tried.

An evaluation is a function that is given :data:`Ask`. It asks only when it gets to a point where
its result depends on something unknown, and goes on with the answer. :func:`explore` runs it again
for each answer, and again for the questions that only arise under that answer, so that it meets
every outcome and no combination that cannot occur. Outcomes that are equal are one, with all the
assumptions that lead to it; if a single one is left, the answer did not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A fact that would decide, and what it may be.

    ``subject`` is the element that it is about; ``what`` completes the sentence "nobody says ...";
    ``answers`` are at least two. Equal questions have one answer in an evaluation. ``per_flow``:
    each flow has its own answer, so that every answer is true of some.
    """

    subject: str
    what: str
    answers: tuple[str, ...]
    per_flow: bool = False

    def __post_init__(self) -> None:
        """A question with one answer is none."""
        assert len(self.answers) > 1, self  # noqa: S101 - our bug


Ask = Callable[[Question], str]
"""Gives one of the question's answers."""

Assumption = tuple[Question, str]

Facts = Mapping[Question, str]
"""Questions that need not be asked, with their answers."""

NOTHING: Facts = MappingProxyType({})
"""No facts beyond the input."""


def first_answer(question: Question) -> str:
    """Gives any answer, for whoever asks what does not depend on it."""
    return question.answers[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome(Generic[T]):
    """A result, and each set of assumptions under which it is the result (an empty one: always)."""

    result: T
    because: tuple[tuple[Assumption, ...], ...]


def some_flows(outcomes: Iterable[Outcome[T]], concerns: Callable[[T], bool]) -> bool:
    """Whether ``concerns`` holds for some flows, whatever the facts are that no input holds.

    So it does, if in each combination of these facts a flow's own answers can lead there.
    """
    return _is_covered(
        [
            {question: answer for question, answer in assumed if not question.per_flow}
            for outcome in outcomes
            if concerns(outcome.result)
            for assumed in outcome.because
        ],
        {},
    )


def _is_covered(some: Iterable[dict[Question, str]], known: dict[Question, str]) -> bool:
    """Whether, in each world in which ``known`` is so, one of ``some`` is."""
    left = [one for one in some if all(one[each] == known[each] for each in one.keys() & known)]
    if any(one.keys() <= known.keys() for one in left):
        return True
    if not left:
        return False
    question = next(each for each in left[0] if each not in known)
    return all(_is_covered(left, {**known, question: answer}) for answer in question.answers)


class Remembered(Generic[T]):
    """An evaluation that is run once for each set of the answers that it asks for.

    It asks what the evaluation itself would ask, in the same order. ``evaluate`` must be a function
    of the answers alone.
    """

    def __init__(self, evaluate: Callable[[Ask], T]) -> None:
        self._evaluate = evaluate
        self._next: dict[tuple[str, ...], Question] = {}
        """What is asked next, by the answers up to there."""
        self._results: dict[tuple[str, ...], T] = {}

    def __call__(self, ask: Ask) -> T:
        """The result under the answers of ``ask``."""
        given: tuple[str, ...] = ()
        while given in self._next:
            given = (*given, ask(self._next[given]))
        if given not in self._results:
            self._results[given] = self._run(ask)
        return self._results[given]

    def _run(self, ask: Ask) -> T:
        answers: dict[Question, str] = {}

        def noted(question: Question) -> str:
            if question not in answers:
                self._next[tuple(answers.values())] = question
                answers[question] = ask(question)
            return answers[question]

        result = self._evaluate(noted)
        return self._results.setdefault(tuple(answers.values()), result)


class TooManyOutcomes(RuntimeError):
    """An evaluation asks more than anybody would read; ``questions`` are those asked so far."""

    def __init__(self, questions: tuple[Question, ...]) -> None:
        self.questions = questions
        told = dict.fromkeys(f"{one.subject}: {one.what}" for one in questions)
        super().__init__(
            f"too much is open: these have too many combinations of answers: {'; '.join(told)}"
        )


MOST_RUNS = 4096


def explore(
    evaluate: Callable[[Ask], T],
    *,
    facts: Facts = NOTHING,
    most: int = MOST_RUNS,
) -> tuple[Outcome[T], ...]:
    """Every outcome of ``evaluate`` that agrees with ``facts``, in the order in which they are met.

    ``evaluate`` must be a function of the answers alone. A fact is no assumption. Raises
    :class:`TooManyOutcomes` after ``most`` runs.
    """
    found: dict[T, list[tuple[Assumption, ...]]] = {}
    for runs, (result, assumed) in enumerate(_runs(evaluate, facts), start=1):
        if runs > most:
            met = (one for some in (*found.values(), [assumed]) for one in some)
            raise TooManyOutcomes(tuple(dict.fromkeys(asked for one in met for asked, _ in one)))
        found.setdefault(result, []).append(assumed)
    return tuple(
        Outcome(result=result, because=tuple(because)) for result, because in found.items()
    )


def _runs(evaluate: Callable[[Ask], T], facts: Facts) -> Iterator[tuple[T, tuple[Assumption, ...]]]:
    todo: list[dict[Question, str]] = [{}]
    while todo:
        answers = todo.pop()
        branches: list[dict[Question, str]] = []

        def ask(
            question: Question,
            answers: dict[Question, str] = answers,
            branches: list[dict[Question, str]] = branches,
        ) -> str:
            if question in facts:
                return facts[question]
            if question not in answers:
                first, *others = question.answers
                branches.extend({**answers, question: other} for other in others)
                answers[question] = first
            return answers[question]

        result = evaluate(ask)
        todo.extend(reversed(branches))
        yield result, tuple(answers.items())
