"""The ways in which a platform whose policies are lists of clauses can make an edit.

In the list itself where nobody else has it, in a new one, or without one; each of these for every
form of the policy. The shortest way is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from samepath.device.writing.clauses import Clause, Costs, Plan, plan
from samepath.device.writing.forms import Form, forms, same_conditions
from samepath.model.policy import Policy, Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """Lines, and those that take them back."""

    lines: tuple[str, ...]
    reverts: tuple[str, ...]


class Amending(Costs, Protocol):
    """A direction of a neighbour, and what its platform says to change it."""

    @property
    def filters(self) -> tuple[Term, ...]:
        """What the lists do that a route passes before the clauses."""

    @property
    def clauses(self) -> Sequence[Clause]:
        """The clauses that nobody else has; empty where there are none."""

    @property
    def last(self) -> int:
        """The highest number of a clause."""

    def in_place(self, found: Plan) -> Way | None:
        """The steps of a plan as lines."""

    def with_clauses(self, form: Form, *, keeps_lists: bool) -> Way | None:
        """New clauses, or none where every route is accepted; the lists stay, or go."""


def shortest(after: Policy, it: Amending) -> Way | None:
    """The shortest way to a policy; None where the platform has none."""
    return min(_ways(after, it), key=lambda one: len(one.lines), default=None)


def _ways(after: Policy, it: Amending) -> Iterator[Way]:
    for form in forms(after):
        behind = _behind_filters(form, it.filters)
        found = [
            _in_place(behind, it) if behind is not None and it.clauses else None,
            it.with_clauses(behind, keeps_lists=True) if behind is not None else None,
            it.with_clauses(form, keeps_lists=False) if it.filters else None,
        ]
        yield from (one for one in found if one is not None)


def _in_place(form: Form, it: Amending) -> Way | None:
    found = plan(it.clauses, form, it, last=it.last)
    return None if found is None or not found.left else it.in_place(found)


def _behind_filters(form: Form, filters: tuple[Term, ...]) -> Form | None:
    """What the clauses are to do if the lists stay; None: the lists do something else."""
    head = form[: len(filters)]
    same = len(head) == len(filters) and all(
        one.disposition is other.disposition
        and one.opaque == other.opaque
        and one.changes == other.changes
        and same_conditions(one, other)
        for one, other in zip(head, filters, strict=True)
    )
    return form[len(filters) :] if same else None
