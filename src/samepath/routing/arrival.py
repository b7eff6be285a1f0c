"""Routes that meet in pairs, where MED is compared in some pairs only.

IOS (without ``bgp deterministic-med``), FRR and Quagga walk from the newest route to the oldest and
keep the better of two; BIRD compares each newcomer with the best so far (``rte_recalculate``).
Among three routes from two ASes A may beat B, B beat C and C beat A, and then the order decides.

A route that beats every other one wins in any order, and nothing is asked. Otherwise, if the order
is known it is followed; if not, the routes that may win are those that beat every other one
directly or through others (the top cycle), and one question asks which.

That holds of routes that only come. Where one has changed or gone, BIRD may have been left with
another one: see :mod:`samepath.routing.history`.
"""

from __future__ import annotations

from itertools import combinations

from samepath.routing.comparison import Comparator, Removal, Routes, Steps
from samepath.routing.route import Route
from samepath.routing.rules import Scan
from samepath.routing.steps import Step, Sureness

_Pairs = dict[tuple[str, str], tuple[Route, Removal]]
"""Of two sessions, the first one's route and how it has beaten the second one's."""


def compare_in_pairs(
    who: Comparator, pool: Routes, steps: Steps
) -> tuple[Route, tuple[Removal, ...]]:
    """The route that ``who`` ends on, and by which steps it beats the others.

    A route that the winner does not beat itself is removed by the order of arrival.
    """
    pairs: _Pairs = {}
    for one, other in combinations(pool, 2):
        met = who.try_eliminate((one, other), steps)
        # What is open is asked below, if it matters.
        if met is not None and len(met[0]) == 1:
            _remember(met[0][0], (one, other), met[1][-1], pairs)
    best = (
        _beats_all(pool, pairs)
        or _in_known_order(who, pool, steps, pairs)
        or _in_any_order(who, pool, steps, pairs)
    )
    return best, _removals(who, best, pool, steps, pairs)


def _meet(who: Comparator, one: Route, other: Route, steps: Steps, pairs: _Pairs) -> Route:
    """The better of two, remembered."""
    for first, second in ((one, other), (other, one)):
        if (first.session, second.session) in pairs:
            return first
    left, removals = who.eliminate((one, other), steps)
    best = who.which("which of these equal routes it chooses", left)
    gone = tuple(route for route in left if route is not best)
    own = Removal(step=Step.OWN_CHOICE, sureness=Sureness.UNDOCUMENTED, removed=gone)
    _remember(best, (one, other), own if gone else removals[-1], pairs)
    return best


def _remember(best: Route, both: tuple[Route, Route], removal: Removal, pairs: _Pairs) -> None:
    (loser,) = (route for route in both if route is not best)
    pairs[best.session, loser.session] = (best, removal)


def _beats_all(pool: Routes, pairs: _Pairs) -> Route | None:
    for route in pool:
        if all(one is route or (route.session, one.session) in pairs for one in pool):
            return route
    return None


def _in_known_order(who: Comparator, pool: Routes, steps: Steps, pairs: _Pairs) -> Route | None:
    ages = [route.age for route in pool]
    if who.rules.scan is Scan.UNKNOWN or None in ages or len(set(ages)) < len(ages):
        return None
    newest_first = who.rules.scan is Scan.NEWEST_FIRST
    best, *rest = sorted(pool, key=lambda route: route.age or 0, reverse=newest_first)
    for route in rest:
        one, other = sorted((best, route), key=pool.index)
        best = _meet(who, one, other, steps, pairs)
    return best


def _in_any_order(who: Comparator, pool: Routes, steps: Steps, pairs: _Pairs) -> Route:
    for one, other in combinations(pool, 2):
        if (best := _beats_all(pool, pairs)) is not None:
            return best
        _meet(who, one, other, steps, pairs)
    return _beats_all(pool, pairs) or _of_top_cycle(who, pool, pairs)


def _of_top_cycle(who: Comparator, pool: Routes, pairs: _Pairs) -> Route:
    reached = {route.session: {route.session} for route in pool}
    for _ in pool:
        for winner, loser in pairs:
            reached[winner] |= reached[loser]
    top = tuple(route for route in pool if len(reached[route.session]) == len(pool))
    what = "which of these routes it ends on, comparing them in pairs in the order of arrival"
    return who.which(what, top)


def _removals(
    who: Comparator, best: Route, pool: Routes, steps: Steps, pairs: _Pairs
) -> tuple[Removal, ...]:
    how: dict[tuple[Step, Sureness], list[Route]] = {}
    for route in pool:
        if route is best:
            continue
        beaten = pairs.get((best.session, route.session))
        key = (
            (beaten[1].step, beaten[1].sureness)
            if beaten
            else (Step.ARRIVAL, who.rules.sureness_of("scan"))
        )
        how.setdefault(key, []).append(route)
    order = [one.step for one in steps] + [Step.OWN_CHOICE, Step.ARRIVAL]
    return tuple(
        Removal(step=step, sureness=sureness, removed=tuple(gone))
        for (step, sureness), gone in sorted(how.items(), key=lambda item: order.index(item[0][0]))
    )
