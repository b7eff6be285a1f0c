"""What a following customer announces is what it was seen to choose, where it had a choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.topologies import topology

from samepath.control.following import Heard, followed_after, followed_while, follows

SEOUL = topology({"seoul": ""})
TWO = topology({"seoul": "active: 2", "osaka": ""})
BOTH = frozenset({1, 2})


def heard(best: int | None, tunnels: frozenset[int] = BOTH, connection: str = "seoul") -> Heard:
    return Heard(connection=connection, tunnels=tunnels, best=best)


@pytest.mark.parametrize(
    ("keys", "following"),
    [
        ("", True),
        ("mode: follow, preemption: manual", True),
        ("mode: pinned", False),
        ("mode: plain", False),
        ("routing: static", False),
    ],
)
def test_a_customer_follows_over_bgp_in_the_mode_of_that_name_only(
    keys: str, following: bool
) -> None:
    assert follows(topology({"seoul": keys}).connections["seoul"]) is following


@pytest.mark.parametrize(
    ("seen", "active", "before", "after"),
    [
        pytest.param(heard(1), {}, {}, {}, id="it chooses the active one"),
        pytest.param(heard(2), {}, {}, {"seoul": 2}, id="the gateway steers to the other"),
        pytest.param(heard(2), {}, {"seoul": 2}, {"seoul": 2}, id="and goes on to"),
        pytest.param(heard(1), {}, {"seoul": 2}, {}, id="and back"),
        pytest.param(heard(2), {"seoul": 2}, {}, {}, id="it follows a stored decision"),
        pytest.param(heard(1), {"seoul": 2}, {}, {"seoul": 1}, id="or is steered against one"),
        pytest.param(heard(2, frozenset({2})), {}, {}, {}, id="a failover"),
        pytest.param(heard(1, frozenset({1})), {}, {"seoul": 2}, {"seoul": 2}, id="while steered"),
        pytest.param(heard(None), {}, {"seoul": 2}, {"seoul": 2}, id="another connection's route"),
        pytest.param(
            heard(None, frozenset()), {}, {"seoul": 2}, {"seoul": 2}, id="no tunnel, or no answer"
        ),
    ],
)
def test_the_customers_choice_is_mirrored_where_it_has_one(
    seen: Heard, active: dict[str, int], before: dict[str, int], after: dict[str, int]
) -> None:
    assert followed_after(SEOUL, active, [seen], before) == after


def test_each_connection_follows_its_own_gateway() -> None:
    seen = [heard(1), heard(2, connection="osaka")]

    assert followed_after(TWO, {}, seen, {}) == {"seoul": 1, "osaka": 2}
    assert followed_after(TWO, {}, seen[1:], {"seoul": 1}) == {"seoul": 1, "osaka": 2}


numbers = st.dictionaries(st.sampled_from(("seoul", "osaka")), st.sampled_from((1, 2)))
looks = st.lists(
    st.builds(
        Heard,
        connection=st.sampled_from(("seoul", "osaka")),
        tunnels=st.frozensets(st.sampled_from((1, 2))),
        best=st.sampled_from((None, 1, 2)),
    ),
    unique_by=lambda one: one.connection,
)


@given(active=numbers, seen=looks, before=numbers)
def test_the_same_look_twice_changes_nothing_more(
    active: dict[str, int], seen: list[Heard], before: dict[str, int]
) -> None:
    once = followed_after(TWO, active, seen, before)

    assert followed_after(TWO, active, seen, once) == once


@given(before=numbers, after=numbers, followed=numbers)
def test_a_new_active_tunnel_is_for_both_ends_at_once(
    before: dict[str, int], after: dict[str, int], followed: dict[str, int]
) -> None:
    kept = followed_while(before, after, followed)

    assert kept.items() <= followed.items()
    for name in followed:
        assert (name in kept) is (before.get(name) == after.get(name))
