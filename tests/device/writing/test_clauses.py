"""The cheapest steps from one list of clauses to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from samepath.device.writing.clauses import Clause, Plan, Step, plan
from samepath.model.policy import Changes, Conditions, Disposition, Term

LAST = 100


def term(which: int, med: int | None = None) -> Term:
    """A term of its own conditions; 0: of none."""
    conditions = Conditions(communities=(f"65000:{which}",) if which else ())
    return Term(conditions=conditions, changes=Changes(med=med))


@dataclass(frozen=True)
class Prices:
    """A change of what is set takes a line, a new clause three, another condition is no change."""

    there: Sequence[Clause]

    def change(self, at: int, term: Term) -> int | None:
        own = self.there[at].term
        return 1 if own is not None and own.conditions == term.conditions else None

    def add(self, _term: Term) -> int | None:
        return 3


def planned(there: Sequence[Clause], *wanted: Term) -> Plan | None:
    return plan(there, wanted, Prices(there), last=LAST)


def clauses(*terms: Term | None, by: int = 10) -> list[Clause]:
    return [Clause(number=by * at, term=one) for at, one in enumerate(terms, 1)]


terms = st.builds(term, st.integers(0, 3), st.sampled_from((None, 5)))


@given(
    there=st.lists(terms | st.none(), max_size=5).map(lambda found: clauses(*found)),
    wanted=st.lists(terms, max_size=4),
)
def test_the_steps_make_what_is_wanted(there: list[Clause], wanted: list[Term]) -> None:
    found = planned(there, *wanted)
    assert found is not None
    made = {one.number: one.term for one in there}
    for step in found.steps:
        assert (step.at is None) == (step.number not in made)
        made[step.number] = step.term
        if step.term is None:
            del made[step.number]
    told = [made[number] for number in sorted(made) if made[number] is not None]

    assert len(made) == found.left
    assert told[: len(wanted)] == wanted
    assert len(told) == len(wanted) or wanted[-1].conditions == Conditions()


def test_what_is_wanted_already_takes_no_step() -> None:
    assert planned(clauses(term(1), term(2)), term(1), term(2)) == Plan(steps=(), left=2)


def test_one_change_is_one_step() -> None:
    found = planned(clauses(term(1), term(2), term(3)), term(1), term(2, med=5), term(3))

    assert found == Plan(steps=(Step(number=20, at=1, term=term(2, med=5)),), left=3)


def test_a_new_clause_goes_between_two() -> None:
    found = planned(clauses(term(1), term(2)), term(1), term(3), term(2))

    assert found == Plan(steps=(Step(number=15, at=None, term=term(3)),), left=3)


def test_without_a_number_in_front_others_are_taken_out() -> None:
    found = planned(clauses(term(1), term(2), by=1), term(3), term(1), term(2))

    assert found is not None
    assert found.left == 3
    assert [one.number for one in found.steps if one.term is None] == [1, 2]


def test_where_no_number_is_free_there_is_no_plan() -> None:
    there = clauses(*(term(1, med=at) for at in range(LAST)), by=1)
    full = [one.term for one in there if one.term is not None]

    assert planned(there, term(2), *full) is None


def test_clauses_behind_one_that_takes_every_route_stay() -> None:
    there = clauses(term(1), term(2), term(3))

    assert planned(there, term(0)) == Plan(steps=(Step(number=5, at=None, term=term(0)),), left=4)


def test_clauses_that_reject_before_the_end_stay() -> None:
    refused = Term(conditions=term(2).conditions, disposition=Disposition.REJECT)

    assert planned(clauses(term(1), refused), term(1)) == Plan(steps=(), left=2)


def test_many_clauses_are_compared_in_time() -> None:
    there = clauses(*(term(at) for at in range(1, 301)), by=1)
    wanted = [term(at, med=7) for at in range(1, 301)]
    found = plan(there, tuple(wanted), Prices(there), last=65535)

    assert found is not None
    assert len(found.steps) == 300
