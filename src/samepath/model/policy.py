"""Routing policy: a small closed language that every platform's policy is read into.

A :class:`Policy` is an ordered list of terms. A route is tried against each term in turn; the first
term whose conditions all hold applies its changes and then accepts, rejects, or goes on to the
next term. A route that reaches the end is accepted unchanged here: an implicit deny (a route map
without a matching clause, RFC 8212 for a session without policy) is a fact of the *session* on its
platform, and belongs there.

:class:`Opaque` keeps a line that was recognised but is not modelled, so that an analysis can say
that its answer may depend on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network


class Disposition(Enum):
    """What becomes of a route that a term matched."""

    ACCEPT = "accept"
    REJECT = "reject"
    NEXT = "next"


@dataclass(frozen=True, kw_only=True, slots=True)
class PrefixMatch:
    """A prefix and the lengths it admits: ``10.0.0.0/8`` with 16 to 24 is ``ge 16 le 24``."""

    prefix: IPv4Network
    minimum: int
    maximum: int

    def matches(self, route: IPv4Network) -> bool:
        """Whether ``route`` lies in the prefix with an admitted length."""
        length, own = route.prefixlen, self.prefix.prefixlen
        if not (self.minimum <= length <= self.maximum and own <= length):
            return False
        # What subnet_of says, in a tenth of its time: this is asked of every route.
        return (int(route.network_address) ^ int(self.prefix.network_address)) >> (32 - own) == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """All that must hold for a term to match; an empty field is no condition."""

    prefixes: tuple[PrefixMatch, ...] = ()
    communities: tuple[str, ...] = ()
    """Any one of these standard communities (``65000:1``) is enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What a matching term sets; ``None`` leaves the attribute alone."""

    local_preference: int | None = None
    weight: int | None = None
    med: int | None = None
    prepend: int = 0
    """How many times the speaker's own ASN is put in front of the AS_PATH."""
    add_communities: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Opaque:
    """Something in the source that is recognised but not modelled, kept in its own words."""

    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One ordered clause of a policy."""

    conditions: Conditions = Conditions()
    changes: Changes = Changes()
    disposition: Disposition = Disposition.ACCEPT
    opaque: tuple[Opaque, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """An ordered policy; an empty one accepts everything unchanged."""

    terms: tuple[Term, ...] = ()
