"""A substitution: what of a VPN a lab has in another shape, or not at all, in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a lab does with something of the real VPN."""

    STANDS_IN = "stands in"
    """Something else does the same there, as far as the sentence says."""
    AS_TOLD = "as told"
    """It is as it is there; whoever reads the list would ask."""
    ASSUMED = "assumed"
    """Nobody tells it of the real VPN, so that it was made up before anything was predicted."""
    LEFT_OUT = "left out"
    """The lab does not have it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Substitution:
    """Of ``element`` the lab has ``what``; the element is named as in the topology."""

    element: str
    kind: Kind
    what: str


def stands_in(element: str, what: str) -> Substitution:
    """Something that takes the place of the real thing."""
    return Substitution(element=element, kind=Kind.STANDS_IN, what=what)


def as_told(element: str, what: str) -> Substitution:
    """Something that is as it is told."""
    return Substitution(element=element, kind=Kind.AS_TOLD, what=what)


def assumed(element: str, what: str) -> Substitution:
    """Something that nobody tells."""
    return Substitution(element=element, kind=Kind.ASSUMED, what=what)


def left_out(element: str, what: str) -> Substitution:
    """Something that the lab does not have."""
    return Substitution(element=element, kind=Kind.LEFT_OUT, what=what)
