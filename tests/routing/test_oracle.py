"""The decision against the loops that FRR and BIRD run, written as plainly as can be.

The oracle knows one comparison of two routes, and walks over a list of them as those daemons do. It
shares nothing with the code under test but the order of the steps.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st
from tests.routing.routes import Answers, never
from tests.routing.test_laws import routes

from samepath.routing.assumption import explore
from samepath.routing.decision import decide
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Route, Source
from samepath.routing.rules import AsPaths, Multipath, Rules, Scan
from samepath.routing.steps import Step

ROUTERS = [rules for rules in PLATFORMS.values() if rules.takes(Step.PEER_ADDRESS)]


@st.composite
def routers(draw: st.DrawFn) -> Rules:
    return replace(
        draw(st.sampled_from(ROUTERS)),
        always_compare_med=draw(st.booleans()),
        compare_router_id=draw(st.booleans()),
        multipath=Multipath(),
    )


def compare(rules: Rules, one: Route, other: Route, *, until_multipath: bool = False) -> int:
    """Less than 0 where ``one`` is better; step by step, as a daemon's comparison is written."""
    for comparison in rules.order:
        if comparison.step is Step.MULTIPATH and until_multipath:
            return 0
        difference = by_step(rules, comparison.step, one, other)
        if difference:
            return difference
    return 0


def by_step(rules: Rules, step: Step, a: Route, b: Route) -> int:
    external = a.source is b.source is Source.EBGP
    default_weight = {Source.LOCAL: rules.local_weight}
    weights = [
        default_weight.get(one.source, 0) if one.weight is None else one.weight for one in (a, b)
    ]
    preferences = [
        rules.local_preference if one.local_preference is None else one.local_preference
        for one in (a, b)
    ]
    first_as = [one.as_path[0] if one.as_path else 0 for one in (a, b)]
    meds = [(rules.missing_med or 0) if one.med is None else one.med for one in (a, b)]
    match step:
        case Step.WEIGHT:
            return weights[1] - weights[0]
        case Step.LOCAL_PREFERENCE:
            return preferences[1] - preferences[0]
        case Step.LOCAL_ORIGIN:
            return (b.source is Source.LOCAL) - (a.source is Source.LOCAL)
        case Step.AS_PATH_LENGTH:
            return len(a.as_path) - len(b.as_path)
        case Step.ORIGIN:
            return a.origin - b.origin
        case Step.MED if rules.always_compare_med or first_as[0] == first_as[1]:
            return meds[0] - meds[1]
        case Step.EBGP_OVER_IBGP:
            return (a.source is Source.IBGP) - (b.source is Source.IBGP)
        case Step.IGP_METRIC:
            return a.igp_metric - b.igp_metric
        case Step.OLDEST | Step.SELECTED if external and not rules.compare_router_id:
            assert a.age is not None
            assert b.age is not None
            return a.age - b.age
        case Step.ROUTER_ID:
            assert a.peer_router_id is not None
            assert b.peer_router_id is not None
            return int(a.peer_router_id) - int(b.peer_router_id)
        case Step.CLUSTER_LENGTH:
            return a.cluster_length - b.cluster_length
        case Step.PEER_ADDRESS:
            assert a.peer_address is not None
            assert b.peer_address is not None
            return int(a.peer_address) - int(b.peer_address)
        case _:
            return 0


def walk(rules: Rules, order: tuple[Route, ...]) -> Route:
    """Keep the better of two, from the first to the last."""
    best, *rest = order
    for route in rest:
        if compare(rules, route, best) < 0:
            best = route
    return best


def by_group(rules: Rules, candidates: tuple[Route, ...]) -> Route:
    """Deterministic MED: the best of each neighbour AS, then the best of those."""
    groups: dict[int | None, list[Route]] = {}
    for route in candidates:
        groups.setdefault(route.as_path[0] if route.as_path else None, []).append(route)
    return walk(rules, tuple(walk(rules, tuple(group)) for group in groups.values()))


def in_its_table(rules: Rules, candidates: tuple[Route, ...]) -> tuple[Route, ...]:
    """The routes of the best distance, where that is compared first."""
    if not rules.distances.one_table:
        return candidates
    best = min(rules.distances.cost(route) for route in candidates)
    return tuple(route for route in candidates if rules.distances.cost(route) == best)


@given(rules=routers(), candidates=routes(known=True))
def test_deterministic_med_is_the_best_of_the_best_of_each_as(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    rules = replace(rules, deterministic_med=True)

    best = by_group(rules, in_its_table(rules, candidates))
    assert decide(rules, candidates, never, "r").chosen == (best,)


@given(
    rules=routers(),
    candidates=routes(known=True),
    scan=st.sampled_from([Scan.NEWEST_FIRST, Scan.ARRIVAL]),
)
def test_without_it_the_walk_over_the_routes_decides(
    rules: Rules, candidates: tuple[Route, ...], scan: Scan
) -> None:
    rules = replace(rules, deterministic_med=False, scan=scan)
    newest_first = scan is Scan.NEWEST_FIRST
    order = sorted(candidates, key=lambda route: route.age or 0, reverse=newest_first)

    best = walk(rules, in_its_table(rules, tuple(order)))
    assert decide(rules, candidates, never, "r").chosen == (best,)


@given(rules=routers(), candidates=routes(known=True))
def test_where_the_order_is_unknown_the_outcomes_are_those_of_every_order(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    # With router ids compared, age means nothing but the order of arrival.
    rules = replace(rules, deterministic_med=False, compare_router_id=True, scan=Scan.UNKNOWN)
    pool = in_its_table(rules, candidates)

    outcomes = explore(lambda ask: decide(rules, candidates, ask, "r").chosen)
    assert {one.result for one in outcomes} == {
        (walk(rules, order),) for order in permutations(pool)
    }


@given(
    rules=routers(),
    candidates=routes(known=True),
    paths=st.sampled_from(AsPaths),
    deterministic=st.booleans(),
)
def test_multipath_takes_what_equals_the_best_before_it(
    rules: Rules, candidates: tuple[Route, ...], paths: AsPaths, deterministic: bool
) -> None:
    rules = replace(
        rules,
        deterministic_med=deterministic,
        always_compare_med=rules.always_compare_med or deterministic,
        multipath=Multipath(ebgp=8, ibgp=8, ebgp_paths=paths, ibgp_paths=paths),
    )
    candidates = tuple(replace(route, next_hop=None) for route in candidates)
    alone = decide(replace(rules, multipath=Multipath()), candidates, Answers(), "r")
    (best,) = alone.chosen

    def alike(route: Route) -> bool:
        match paths:
            case AsPaths.SAME_PATH:
                return route.as_path == best.as_path
            case AsPaths.SAME_NEIGHBOUR:
                return route.as_path[:1] == best.as_path[:1]
            case AsPaths.SAME_PEER:
                return route.peer_as == best.peer_as
            case AsPaths.SAME_LENGTH:
                return True

    together = {
        route
        for route in in_its_table(rules, candidates)
        if route is best
        or (
            compare(rules, route, best, until_multipath=True) == 0
            and alike(route)
            and best.source is not Source.LOCAL
            and rules.takes(Step.MULTIPATH)
        )
    }
    assert set(decide(rules, candidates, Answers(), "r").chosen) == together
