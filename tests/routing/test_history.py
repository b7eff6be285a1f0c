"""What a BIRD ends on hangs on what it used before, where MED breaks the order of routes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.routing.networks import VPC
from tests.routing.reenacted import Reenacted
from tests.routing.remembering import alone_in_its_as, between_two_meds
from tests.routing.routes import bgp, never

from samepath.routing.assumption import Ask, explore
from samepath.routing.decision import decide
from samepath.routing.history import Before
from samepath.routing.network import Network
from samepath.routing.platforms import BIRD
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Route, Source


def after(whole: Network, *downs: str) -> Solution:
    """Where it comes to with the sessions of each of ``downs`` down in turn."""
    solution = None
    for down in downs:
        without = whole.without(sessions=frozenset(down.split()))
        solution = propagate(without, never, before=solution)
    assert solution is not None
    return solution


def used(solution: Solution) -> str:
    decision = solution.decide("cgw1", VPC, never)
    assert decision is not None
    assert decision.best is not None
    return decision.best.session


def test_what_is_in_use_stays_though_a_route_that_was_there_beats_it() -> None:
    whole = between_two_meds()
    assert used(after(whole, "low_med")) == "low_id"
    assert used(after(whole, "between", "", "low_med")) == "between"
    assert used(after(whole, "between", "", "low_med", "low_med between", "low_med")) == "low_id"


def test_a_route_that_replaces_the_one_in_use_and_its_as_is_used_though_another_beats_it() -> None:
    whole = alone_in_its_as()
    assert used(after(whole, "nearer")) == "outside"
    assert used(after(whole, "", "nearer")) == "inside"
    assert used(after(whole, "", "nearer", "nearer outside", "nearer")) == "outside"


Change = tuple[str, Route | None]
SESSIONS = ("a", "b", "c", "d")
EVERY_MED = tuple(bgp("gone", as_path=(asn,), med=med) for asn in (1, 2, 3) for med in (10, 20))
"""What it may have had before: where MED has ever mattered, what was before may."""


@st.composite
def changes(draw: st.DrawFn, sessions: tuple[str, ...] = SESSIONS) -> Change:
    """A session's route goes, or becomes one that may lose to another by each step."""
    session = draw(st.sampled_from(sessions))
    if draw(st.integers(0, 4)) == 0:
        return session, None
    number = SESSIONS.index(session)
    internal = number % 2 == 1
    reflected = internal and draw(st.booleans())
    length = draw(st.sampled_from([0, 0, 0, 1]))
    return session, bgp(
        session,
        source=Source.IBGP if internal else Source.EBGP,
        as_path=(draw(st.sampled_from([1, 2, 3])), *(64999,) * length),
        med=draw(st.sampled_from([None, 10, 20])),
        local_preference=100,
        peer_router_id=IPv4Address([30, 20, 10, 40][number]),
        peer_address=IPv4Address(number + 1),
        originator=IPv4Address(draw(st.integers(1, 50))) if reflected else None,
        clusters=("c",) if reflected else (),
    )


def after_all(table: Reenacted, some: tuple[Change, ...]) -> Reenacted:
    """Another table, after these changes."""
    entries = [replace(entry) for entry in table.entries]
    left = Reenacted(deterministic=table.deterministic, entries=entries)
    for session, route in some:
        left.change(session, route)
    return left


def all_compared(table: Reenacted) -> Route:
    """The route in use once one that is better than all has come and gone."""
    best = bgp("best", as_path=(4,), local_preference=1000)
    return after_all(table, (("best", best), ("best", None))).routes[0]


@given(
    deterministic=st.booleans(),
    before=st.lists(changes(), min_size=2, max_size=8),
    then=st.lists(changes(), min_size=1, max_size=3, unique_by=lambda one: one[0]),
)
def test_whatever_order_the_routes_change_in_it_ends_on_one_that_is_told(
    *, deterministic: bool, before: list[Change], then: list[Change]
) -> None:
    table = after_all(Reenacted(deterministic=deterministic), tuple(before))
    lasts = [after_all(table, some) for some in permutations(then)]
    assume(table.routes and lasts[0].routes)
    # With deterministic MED it sets out from what is right.
    assume(not deterministic or table.routes[0] == all_compared(table))
    rules = replace(BIRD, deterministic_med=deterministic)
    set_out = Before(routes=table.routes, best=lambda: table.routes[:1], earlier=EVERY_MED)

    def used_of(ask: Ask) -> Route | None:
        return decide(rules, lasts[0].routes, ask, "r", asn=65000, before=set_out).best

    told = {outcome.result for outcome in explore(used_of)}
    seen = {last.routes[0] for last in lasts}
    assert seen <= told
    if deterministic and len(then) == 1:
        assert seen == told
