"""Routing policy where a device applies it: our policy, and the words of its own lines."""

from __future__ import annotations

from dataclasses import dataclass

from samepath.device.reading.source import Place
from samepath.model.policy import Disposition, Policy, Term

_REFUSAL = Term(disposition=Disposition.REJECT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A clause of a policy in plain words: when, what it sets, and what becomes of the route."""

    place: Place
    when: tuple[str, ...]
    """All of these; empty: always."""
    sets: tuple[str, ...]
    then: str
    label: str = ""
    """What the platform calls it within its policy: a sequence number, a term's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AppliedPolicy:
    """A policy that a line applies.

    ``policy`` is complete: what the device does with a route that no clause matches is its last
    term. ``clauses`` tell the same to a reader.
    """

    name: str
    place: Place
    """The line that applies it."""
    policy: Policy
    clauses: tuple[Clause, ...] = ()
    defined: bool = True
    """Whether the configuration holds it; ``policy`` is what the platform does otherwise."""

    @property
    def refuses_as_undefined(self) -> bool:
        """Whether the configuration does not hold it, and it certainly lets no route pass."""
        return not self.defined and _REFUSAL in self.policy.terms
