"""The rules of a route map, on platforms that have each in an object of its own.

What an object says, ``Told``, is the platform's: attributes with their values, or paths.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from samepath.device.reading.route_maps import Resolve, RouteMapClause, compile_map
from samepath.device.writing.forms import REJECTS_ALL
from samepath.model.policy import PrefixMatch, Term

Told = TypeVar("Told")
Lines = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule(Generic[Told]):
    """A rule of a map. ``permitting`` is what it does, or would if it did permit.

    ``term`` is what it does; None, as ``permitting``: it matches no route.
    """

    number: int
    told: Told
    permitting: Term | None
    term: Term | None


def rule(clause: RouteMapClause, told: Told, resolve: Resolve, asn: int) -> Rule[Told]:
    """What a rule that was read does, and would do."""

    def alone(*, permits: bool) -> Term:
        one = replace(clause, permits=permits)
        return compile_map([one], resolve, asn).policy.terms[0]

    permitting: Term | None = alone(permits=True)
    if permitting == REJECTS_ALL:
        return Rule(number=clause.number, told=told, permitting=None, term=None)
    term = permitting if clause.permits else alone(permits=False)
    return Rule(number=clause.number, told=told, permitting=permitting, term=term)


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """A map, or a list of prefixes or of communities, that is written, and what takes it away."""

    name: str
    lines: Lines
    removal: Lines


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRule(Generic[Told]):
    """A rule that is written, and the lists that it needs."""

    told: Told
    lists: tuple[Addition, ...] = ()


def lengths(match: PrefixMatch) -> dict[str, int]:
    """``ge`` and ``le`` of the lengths that a list admits; without them, the prefix's own alone."""
    own = match.prefix.prefixlen
    least = max(match.minimum, own)
    is_open = least > own and match.maximum == match.prefix.max_prefixlen
    found = {"ge": least} if least > own else {}
    return found if match.maximum <= own or is_open else {**found, "le": match.maximum}
