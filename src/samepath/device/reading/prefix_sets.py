"""Sets of prefixes as lists of patterns, and their difference.

A prefix list permits and denies in turn, while a term of our policy has patterns of which any one
is enough. What a list permits is therefore worked out: each permitting entry without what the
denying ones before it take away. A pattern is a prefix and the lengths that it admits, so its
difference to another one is a list of patterns again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from samepath.model.policy import PrefixMatch

ALL = PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=0, maximum=32)
MOST = 2000
"""Patterns that a set may have; more are not worked out."""


class TooManyPatterns(ValueError):
    """A set of prefixes that has no list of patterns of a size that is any use."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry of an ordered list: permitted or denied."""

    permits: bool
    match: PrefixMatch


def permitted(entries: Sequence[Entry]) -> tuple[PrefixMatch, ...]:
    """What an ordered list permits; the end denies. Raises :class:`TooManyPatterns`."""
    denied: list[PrefixMatch] = []
    found: list[PrefixMatch] = []
    for entry in entries:
        if entry.permits:
            found += without([entry.match], denied)
        else:
            denied.append(entry.match)
        if len(found) > MOST:
            raise TooManyPatterns("the list permits too many patterns")
    return tuple(dict.fromkeys(found))


def complement(patterns: Iterable[PrefixMatch]) -> tuple[PrefixMatch, ...]:
    """Every prefix that none of the patterns admits. Raises :class:`TooManyPatterns`."""
    return tuple(without([ALL], patterns))


def without(patterns: Sequence[PrefixMatch], taken: Iterable[PrefixMatch]) -> list[PrefixMatch]:
    """The patterns without what others admit. Raises :class:`TooManyPatterns`."""
    left = list(patterns)
    for one in taken:
        left = [part for pattern in left for part in _difference(pattern, one)]
        if len(left) > MOST:
            raise TooManyPatterns("the list denies too many patterns")
    return left


def _difference(one: PrefixMatch, other: PrefixMatch) -> Iterator[PrefixMatch]:
    if _is_within(one.prefix, other.prefix):
        yield from _lengths(one.prefix, one.minimum, min(one.maximum, other.minimum - 1))
        yield from _lengths(one.prefix, max(one.minimum, other.maximum + 1), one.maximum)
    elif _is_within(other.prefix, one.prefix):
        yield from _around(one, other.prefix)
        yield from _lengths(other.prefix, one.minimum, min(one.maximum, other.minimum - 1))
        yield from _lengths(other.prefix, max(one.minimum, other.maximum + 1), one.maximum)
    else:
        yield one


def _around(one: PrefixMatch, inner: IPv4Network) -> Iterator[PrefixMatch]:
    """What a pattern admits that does not lie in a network of it."""
    for length in range(one.prefix.prefixlen, inner.prefixlen):
        above = inner.supernet(new_prefix=length)
        yield from _lengths(above, max(one.minimum, length), min(one.maximum, length))
        kept = inner.supernet(new_prefix=length + 1) if length + 1 < inner.prefixlen else inner
        (sibling,) = (half for half in above.subnets() if half != kept)
        yield from _lengths(sibling, one.minimum, one.maximum)


def _lengths(prefix: IPv4Network, least: int, most: int) -> Iterator[PrefixMatch]:
    least = max(least, prefix.prefixlen)
    if least <= most:
        yield PrefixMatch(prefix=prefix, minimum=least, maximum=most)


def _is_within(inner: IPv4Network, outer: IPv4Network) -> bool:
    apart = int(inner.network_address) ^ int(outer.network_address)
    return inner.prefixlen >= outer.prefixlen and not apart >> (32 - outer.prefixlen)
