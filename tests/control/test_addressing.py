"""Addresses inside a gateway: no two links and no two routers of one gateway share any."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.control.addressing import (
    INTERNET_HOP,
    LINKS,
    MOST_LINKS,
    VPC_LINK,
    link,
    router_id,
)
from samepath.control.rulesets import INSIDE_RANGE
from samepath.control.speakers import ROUTER_ID, STANDBY_IDS
from samepath.model.limits import CONNECTIONS_PER_GATEWAY, TUNNELS


@given(index=st.integers(0, MOST_LINKS))
def test_a_link_is_the_two_addresses_of_one_network(index: int) -> None:
    made = link(index)

    assert made.upper.network == made.lower.network
    assert set(made.upper.network) == {made.upper.ip, made.lower.ip}
    assert made.upper.network.subnet_of(LINKS)
    assert made.upper < made.lower


def test_no_two_links_of_a_router_overlap_and_the_last_leads_to_the_vpc() -> None:
    networks = [link(index).upper.network for index in range(MOST_LINKS + 1)]

    assert not any(a.overlaps(b) for a, b in combinations(networks, 2))
    assert networks[-1] == VPC_LINK.upper.network


@pytest.mark.parametrize("index", [-1, MOST_LINKS + 1])
def test_a_link_too_many_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="room for 127 tunnels"):
        link(index)


def test_no_address_of_ours_is_taken_twice() -> None:
    """The internet's hop stands beside the links, and tunnels have a range of their own."""
    assert INTERNET_HOP.ip not in LINKS
    assert not LINKS.overlaps(INSIDE_RANGE)


def test_a_gateway_with_all_its_connections_has_room_for_its_links_and_router_ids() -> None:
    """An active endpoint's id is below every standby's, and the router's is one more."""
    endpoints = CONNECTIONS_PER_GATEWAY * TUNNELS
    actives, standbys = (
        [router_id(first + index) for index in range(endpoints)] for first in (1, 1 + STANDBY_IDS)
    )

    assert endpoints <= MOST_LINKS
    assert max(actives) < min(standbys)
    assert max(standbys) < router_id(ROUTER_ID)
    assert router_id(ROUTER_ID) in LINKS
