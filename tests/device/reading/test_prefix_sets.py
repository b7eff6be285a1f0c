"""Sets of prefixes: what a list permits, held against trying its entries in turn."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device.bird.speakers import prefix_matches

from samepath.device.reading.prefix_sets import (
    ALL,
    Entry,
    TooManyPatterns,
    complement,
    permitted,
    without,
)
from samepath.model.policy import PrefixMatch


@st.composite
def near(draw: st.DrawFn) -> PrefixMatch:
    """Patterns of a small corner of the addresses, so that they meet."""
    length = draw(st.integers(0, 6))
    prefix = IPv4Network((draw(st.integers(0, 63)) << 26, length), strict=False)
    low = draw(st.integers(length, 8))
    return PrefixMatch(prefix=prefix, minimum=low, maximum=draw(st.integers(low, 8)))


routes = st.builds(
    lambda bits, length: IPv4Network((bits << 24, length), strict=False),
    st.integers(0, 255),
    st.integers(0, 8),
)
entries = st.lists(st.builds(Entry, permits=st.booleans(), match=near()), max_size=8)


def first_match(some: list[Entry], route: IPv4Network) -> bool:
    return next((one.permits for one in some if one.match.matches(route)), False)


@given(some=entries, route=routes)
def test_a_list_permits_what_its_first_matching_entry_permits(
    some: list[Entry], route: IPv4Network
) -> None:
    assert any(one.matches(route) for one in permitted(some)) == first_match(some, route)


@given(some=st.lists(near(), max_size=6), route=routes)
def test_the_complement_has_what_no_pattern_admits(
    some: list[PrefixMatch], route: IPv4Network
) -> None:
    inside = any(one.matches(route) for one in some)

    assert any(one.matches(route) for one in complement(some)) is not inside


@given(one=prefix_matches(), other=prefix_matches())
def test_a_difference_keeps_to_the_pattern_it_is_taken_from(
    one: PrefixMatch, other: PrefixMatch
) -> None:
    for part in without([one], [other]):
        assert part.prefix.subnet_of(one.prefix)
        assert one.minimum <= part.minimum <= part.maximum <= one.maximum


def test_without_a_hole_a_list_stays_as_it_is_written() -> None:
    ten = PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=16, maximum=24)

    assert permitted([Entry(permits=True, match=ten)]) == (ten,)
    assert permitted([]) == ()
    assert complement([ALL]) == ()


def test_a_list_of_too_many_holes_is_said_to_be_one() -> None:
    holes = [
        Entry(
            permits=False,
            match=PrefixMatch(prefix=IPv4Network((n << 12, 28)), minimum=28, maximum=28),
        )
        for n in range(400)
    ]

    with pytest.raises(TooManyPatterns):
        permitted([*holes, Entry(permits=True, match=ALL)])
