"""Which tunnels may carry traffic and which is active: tables of cases, and laws over all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.control.topologies import topology

from samepath.control.situation import Side, TunnelEnd
from samepath.control.tunnel_state import (
    HOLD,
    EndReport,
    active_tunnels,
    ends_of,
    sessions_after,
    usable_ends,
    watched,
)

STATIC = topology({"seoul": "routing: static"})
PROBED = topology({"seoul": "routing: static, probe_inside: true"})
STATICS = topology({"seoul": "routing: static", "osaka": "routing: static, probe_inside: true"})
BGP = topology({"seoul": "preemption: manual"})
STATIC_MANUAL = topology({"seoul": "routing: static, preemption: manual"})
MIXED = topology({"seoul": "preemption: manual", "osaka": ""})
ONE, TWO = (TunnelEnd.of("seoul", number, Side.GATEWAY) for number in (1, 2))
OTHER_ONE, OTHER_TWO = (TunnelEnd.of("seoul", number, Side.CUSTOMER) for number in (1, 2))


PROVEN = frozenset(
    (name, number) for name in ("seoul", "tokyo", "osaka", "busan") for number in (1, 2)
)
"""Tunnels that have been able to carry traffic: all that these topologies may have."""


def report(
    end: TunnelEnd,
    age: float | None = None,
    *,
    established: float | None = None,
    answers: bool | None = None,
) -> EndReport:
    return EndReport(end=end, child_age=age, established=established, inside_answers=answers)


ages = st.none() | st.floats(0, 2 * HOLD) | st.sampled_from((0.0, HOLD))
answers = st.sampled_from((None, False, True))
ends = ends_of(STATICS)
reported = st.fixed_dictionaries({end: st.tuples(ages, answers) for end in ends}).map(
    lambda seen: tuple(report(end, age, answers=answer) for end, (age, answer) in seen.items())
)
some_ends = st.frozensets(st.sampled_from(ends))


# --- usable ends ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "before", "usable"),
    [
        pytest.param(None, None, set(), set(), id="nothing is up"),
        pytest.param(0.0, None, set(), {ONE}, id="the only one takes the traffic at once"),
        pytest.param(0.0, 0.0, set(), {ONE, TWO}, id="both come up together"),
        pytest.param(None, 9.0, {ONE, TWO}, {TWO}, id="a dead one goes at once"),
        pytest.param(None, None, {ONE, TWO}, set(), id="both die"),
        pytest.param(HOLD / 2, 9.0, {TWO}, {TWO}, id="a returning one is held"),
        pytest.param(HOLD, 9.0, {TWO}, {ONE, TWO}, id="and then let in"),
        pytest.param(HOLD / 2, None, {TWO}, {ONE}, id="but at once where the other is dead"),
        pytest.param(0.0, 9.0, {ONE, TWO}, {ONE, TWO}, id="a fresh SA takes nothing from its end"),
    ],
)
def test_the_hold_rule(
    first: float | None, second: float | None, before: set[TunnelEnd], usable: set[TunnelEnd]
) -> None:
    reports = (report(ONE, first), report(TWO, second))

    assert usable_ends(STATIC, reports, frozenset(before)) == usable


@pytest.mark.parametrize(
    ("answer", "before", "usable"),
    [
        (True, set(), {ONE}),
        (True, {ONE}, {ONE}),
        (False, {ONE}, set()),
        (False, set(), set()),
        (None, {ONE}, {ONE}),
        (None, set(), set()),
    ],
)
def test_where_it_is_asked_the_far_end_must_answer_and_until_it_is_known_nothing_moves(
    answer: bool | None, before: set[TunnelEnd], usable: set[TunnelEnd]
) -> None:
    reports = (report(ONE, 9.0, answers=answer),)

    assert usable_ends(PROBED, reports, frozenset(before)) == usable


@pytest.mark.parametrize("answer", [None, False, True])
def test_where_it_is_not_asked_an_answer_does_not_matter(answer: bool | None) -> None:
    assert usable_ends(STATIC, [report(ONE, 9.0, answers=answer)], frozenset()) == {ONE}


def test_no_bgp_tunnel_is_ever_usable_for_a_static_route() -> None:
    reports = [report(end, 9.0, established=SINCE) for end in ends_of(BGP)]

    assert usable_ends(BGP, reports, frozenset(ends_of(BGP))) == frozenset()


@given(reports=reported, before=some_ends)
def test_what_carries_and_was_usable_stays_whatever_the_others_do(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    """The hold keeps a newcomer out; it never takes anybody off."""
    carrying = {
        seen.end
        for seen in reports
        if seen.child_age is not None
        and (seen.end.connection == "seoul" or seen.inside_answers is not False)
    }

    assert before & carrying <= usable_ends(STATICS, reports, before)


@given(reports=reported, before=some_ends)
def test_no_end_without_an_sa_or_with_a_silent_peer_is_usable(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    usable = usable_ends(STATICS, reports, before)

    for seen in reports:
        dead = seen.child_age is None
        silent = seen.end.connection == "osaka" and seen.inside_answers is False
        assert not ((dead or silent) and seen.end in usable)


@given(reports=reported, before=some_ends)
def test_no_hold_leaves_a_router_without_any_tunnel(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    """Waiting for a tunnel to prove itself is right only while another one carries."""
    usable = usable_ends(STATICS, reports, before)

    for seen in reports:
        able = seen.child_age is not None and (
            seen.end.connection == "seoul" or seen.inside_answers is True
        )
        if able and seen.end not in usable:
            assert any(
                (end.connection, end.side) == (seen.end.connection, seen.end.side) for end in usable
            )


def mirrored(end: TunnelEnd) -> TunnelEnd:
    side = Side.GATEWAY if end.side == Side.CUSTOMER.value else Side.CUSTOMER
    return TunnelEnd.of(end.connection, end.number, side)


@given(reports=reported, before=some_ends)
def test_both_ends_decide_alike_from_like_reports(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    """Neither side has a rule of its own: swapping the sides swaps the outcome and no more."""
    swapped = tuple(
        report(mirrored(seen.end), seen.child_age, answers=seen.inside_answers) for seen in reports
    )
    other_way = usable_ends(STATICS, swapped, frozenset(map(mirrored, before)))

    assert other_way == frozenset(map(mirrored, usable_ends(STATICS, reports, before)))


@given(reports=reported, before=some_ends)
def test_an_end_decides_by_its_own_routers_reports_only(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    """Two machines far apart would see no more."""
    for connection in ("seoul", "osaka"):
        for side in Side:
            own = {TunnelEnd.of(connection, number, side) for number in (1, 2)}
            alone = usable_ends(
                STATICS, [seen for seen in reports if seen.end in own], before & own
            )
            assert alone == usable_ends(STATICS, reports, before) & own


@given(reports=reported, before=some_ends)
def test_a_decision_stands_while_nothing_new_is_seen(
    reports: tuple[EndReport, ...], before: frozenset[TunnelEnd]
) -> None:
    """No flapping: deciding twice from one observation is deciding once."""
    once = usable_ends(STATICS, reports, before)

    assert usable_ends(STATICS, reports, once) == once


# --- the active tunnel ---------------------------------------------------------------------------


SINCE, LATER = 3600.0, 3607.25
KNOWN = dict.fromkeys(ends_of(BGP), SINCE)
"""The sessions of the last look, all of them."""


def sessions(first: bool | float, second: bool | float) -> tuple[EndReport, ...]:
    """What both ends say; True is a session that has not been down since the last look."""
    since = {
        number: (SINCE if up is True else up) or None for number, up in ((1, first), (2, second))
    }
    return tuple(report(end, 9.0, established=since[end.number]) for end in ends_of(BGP))


@pytest.mark.parametrize(
    ("first", "second", "before", "after"),
    [
        pytest.param(True, True, {}, {}, id="all is well"),
        pytest.param(False, True, {}, {"seoul": 2}, id="a failover is stored"),
        pytest.param(True, True, {"seoul": 2}, {"seoul": 2}, id="and stays stored"),
        pytest.param(True, False, {"seoul": 2}, {"seoul": 1}, id="until the other dies"),
        pytest.param(False, False, {"seoul": 2}, {"seoul": 2}, id="nowhere to go"),
        pytest.param(False, False, {}, {}, id="nowhere to go, nothing stored"),
    ],
)
def test_with_manual_preemption_traffic_stays_where_a_failover_brought_it(
    first: bool, second: bool, before: dict[str, int], after: dict[str, int]
) -> None:
    assert active_tunnels(BGP, sessions(first, second), frozenset(), before, PROVEN, {}) == after


def test_a_tunnel_that_is_up_at_one_end_only_is_not_taken() -> None:
    """The other end could not answer through it."""
    half = [
        report(
            end,
            9.0,
            established=SINCE if end.number == 2 and end.side == Side.GATEWAY.value else None,
        )
        for end in ends_of(BGP)
    ]

    assert active_tunnels(BGP, half, frozenset(), {}, PROVEN, {}) == {}


def test_a_tunnel_of_which_nothing_was_seen_is_not_taken() -> None:
    seen = [item for item in sessions(first=False, second=True) if item.end.number == 1]

    assert active_tunnels(BGP, seen, frozenset(), {}, PROVEN, {}) == {}


@pytest.mark.parametrize(
    ("usable", "after"),
    [
        ({ONE, OTHER_ONE, TWO, OTHER_TWO}, {}),
        ({TWO, OTHER_TWO}, {"seoul": 2}),
        ({ONE, TWO, OTHER_TWO}, {"seoul": 2}),
        ({TWO}, {}),
    ],
)
def test_a_static_tunnel_is_judged_by_its_usable_ends(
    usable: set[TunnelEnd], after: dict[str, int]
) -> None:
    reports = [report(end, 9.0) for end in ends_of(STATIC_MANUAL)]

    assert active_tunnels(STATIC_MANUAL, reports, frozenset(usable), {}, PROVEN, {}) == after


choices = st.dictionaries(st.sampled_from(("seoul", "osaka")), st.sampled_from((1, 2)))
mixed = st.lists(
    st.builds(
        report,
        st.builds(
            TunnelEnd.of,
            st.sampled_from(("seoul", "osaka")),
            st.sampled_from((1, 2)),
            st.sampled_from(Side),
        ),
        ages,
        established=st.sampled_from((None, SINCE, LATER)),
    ),
    max_size=8,
    unique_by=lambda seen: seen.end,
)


@given(reports=mixed, usable=st.frozensets(st.sampled_from((ONE, TWO))), before=choices)
def test_with_automatic_preemption_no_choice_is_ever_stored_or_changed(
    reports: list[EndReport], usable: frozenset[TunnelEnd], before: dict[str, int]
) -> None:
    after = active_tunnels(MIXED, reports, usable, before, PROVEN, {})

    assert after.get("osaka") == before.get("osaka")


@given(reports=mixed, before=choices)
def test_only_a_dead_active_tunnel_is_left_and_only_for_a_living_one(
    reports: list[EndReport], before: dict[str, int]
) -> None:
    """One flow has one tunnel: a choice that moved without need would move every flow."""
    after = active_tunnels(MIXED, reports, frozenset(), before, PROVEN, {})
    old = before.get("seoul", MIXED.connections["seoul"].active)
    new = after.get("seoul", old)

    def of(number: int) -> list[EndReport]:
        return [s for s in reports if (s.end.connection, s.end.number) == ("seoul", number)]

    dead = any(seen.established is None for seen in of(old))
    other = of(3 - old)
    lives = bool(other) and all(seen.established is not None for seen in other)
    assert new == (3 - old if dead and lives else old)


@given(reports=mixed, before=choices)
def test_what_was_given_is_not_written_to(reports: list[EndReport], before: dict[str, int]) -> None:
    copy = dict(before)

    active_tunnels(MIXED, reports, frozenset(), before, PROVEN, {})

    assert before == copy


@pytest.mark.parametrize(
    ("first", "second", "before", "after"),
    [
        pytest.param(LATER, True, {}, {"seoul": 2}, id="a failover that nobody saw is stored"),
        pytest.param(True, LATER, {}, {}, id="of the other tunnel there is nothing to store"),
        pytest.param(LATER, LATER, {}, {}, id="both were down: it is as it was"),
        pytest.param(LATER, False, {}, {}, id="the other one cannot have taken over"),
        pytest.param(
            False, LATER, {}, {"seoul": 2}, id="one that has returned is better than none"
        ),
        pytest.param(True, LATER, {"seoul": 2}, {"seoul": 1}, id="and back, as unseen"),
    ],
)
def test_an_outage_between_two_looks_shows_in_the_sessions_age(
    first: bool | float, second: bool | float, before: dict[str, int], after: dict[str, int]
) -> None:
    seen = sessions(first, second)

    assert active_tunnels(BGP, seen, frozenset(), before, PROVEN, KNOWN) == after
    # Once it is stored, the same sight changes nothing more.
    kept = sessions_after(seen, KNOWN)
    assert active_tunnels(BGP, seen, frozenset(), after, PROVEN, kept) == after


def test_a_tunnel_of_which_nothing_was_seen_is_not_left() -> None:
    """Its daemons may only be too busy to answer."""
    seen = [item for item in sessions(first=False, second=True) if item.end.number == 2]

    assert active_tunnels(BGP, seen, frozenset(), {}, PROVEN, {}) == {}


@given(jitter=st.floats(-0.1, 0.1))
def test_a_session_whose_daemon_tells_its_time_a_little_otherwise_is_the_same(
    jitter: float,
) -> None:
    """Lab note 0009: what BIRD prints of one moment differs from one answer to the next."""
    seen = sessions(SINCE + jitter, SINCE - jitter)

    assert active_tunnels(BGP, seen, frozenset(), {}, PROVEN, KNOWN) == {}
    assert sessions_after(seen, KNOWN) == KNOWN, "so that nothing is stored anew at each look"


def test_a_session_that_is_down_is_remembered_as_it_was() -> None:
    assert sessions_after(sessions(False, LATER), KNOWN) == {
        end: SINCE if end.number == 1 else LATER for end in ends_of(BGP)
    }


# --- what is watched -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "is_watched"),
    [
        ("", False),
        ("preemption: manual", True),
        ("routing: static", True),
        ("routing: static, preemption: manual", True),
    ],
)
def test_a_connection_is_watched_only_where_something_follows_from_it(
    keys: str, is_watched: bool
) -> None:
    of = topology({"seoul": keys})

    assert watched(of.connections["seoul"]) is is_watched
    assert len(ends_of(of)) == (4 if is_watched else 0)
    assert len(set(ends_of(of))) == len(ends_of(of))


def test_the_first_tunnel_to_be_up_while_a_vpn_comes_up_is_no_failover() -> None:
    seen = sessions(False, True)

    assert active_tunnels(BGP, seen, frozenset(), {}, frozenset({("seoul", 2)}), {}) == {}
    assert active_tunnels(BGP, seen, frozenset(), {}, PROVEN, {}) == {"seoul": 2}
