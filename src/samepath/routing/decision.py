"""Which of its routes to a prefix a router uses, by which step, and what each step removed.

One algorithm serves every platform; :class:`~samepath.routing.rules.Rules` say how they differ.
Where every comparison is one of attributes, each step removes the routes that lose it, and the
order of the candidates cannot matter. MED breaks this: it is compared only between routes of one
neighbour AS (RFC 4271, 9.1.2.2 c), so that no total order exists. Then either MED is compared within
each neighbour AS first (deterministic MED), or the routes meet in pairs, in an order that depends
on their arrival (:mod:`samepath.routing.arrival`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samepath.routing.arrival import compare_in_pairs
from samepath.routing.assumption import Ask, Question
from samepath.routing.comparison import Comparator, Removal, Routes, Steps, in_order
from samepath.routing.history import Before, ends, is_alike, may_matter
from samepath.routing.route import Route, Source
from samepath.routing.rules import AsPaths, Rules
from samepath.routing.steps import Comparison, Step, Sureness

_LEFT = "which of these routes is left in use, where only what is new was compared with it"
_OWN_CHOICE = "which of these equal routes it chooses"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a router uses for a prefix.

    ``chosen`` are the routes in use, by session: none without a candidate, several with multipath.
    ``best`` is the one that it would announce; None where several are in use and nothing that is
    known tells them apart, see :func:`best_of`. ``removals`` are the steps that removed something,
    in their order.
    """

    chosen: Routes
    best: Route | None
    removals: tuple[Removal, ...] = ()

    @property
    def bests(self) -> Routes:
        """The routes of which one would be announced."""
        return self.chosen if self.best is None else (self.best,)

    @property
    def step(self) -> Step | None:
        """The step that decided, None where there was nothing to decide."""
        return self.removals[-1].step if self.removals else None


def decide(
    rules: Rules,
    candidates: Sequence[Route],
    ask: Ask,
    router: str,
    *,
    asn: int | None = None,
    selected: str | None = None,
    before: Before | None = None,
) -> Decision:
    """What ``router``, of the AS ``asn``, uses of ``candidates``, its routes to one prefix.

    ``ask`` is asked where the outcome depends on something that the routes do not hold, and only
    there. ``selected`` is the session of the route that it has used so far, if known: FRR and Junos
    keep it, and where it is gone FRR compares router ids. Without it, the oldest is taken for it.
    ``before`` is what it had when something happened; None: nothing, or nobody knows.

    A router whose BGP has a table of its own (``rules.distances.one_table`` is false) announces its
    best BGP route even where another protocol's is in use: decide among the BGP routes alone for
    what it announces.
    """
    pool = in_order(candidates)
    if not pool:
        return Decision(chosen=(), best=None)
    who = Comparator(rules=rules, ask=ask, router=router, asn=asn, selected=selected)
    bgp = tuple(route for route in pool if route.is_bgp)
    others = tuple(route for route in pool if not route.is_bgp)
    if not rules.distances.one_table and bgp and others:
        return _by_bgp_first(who, bgp, others)
    if before is not None and may_matter(who, before, pool):
        return _since(who, ends(who, before, pool), pool)
    return _by_distance_first(who, pool)


def best_of(
    rules: Rules,
    decision: Decision,
    ask: Ask,
    router: str,
    *,
    next_hop_self: bool,
    reflects: bool = False,
    selected: str | None = None,
) -> Route:
    """The route of a decision that is announced; asks only if the neighbour could see a difference.

    ``next_hop_self``: the announcement carries the router's own address as its next hop.
    ``reflects``: which neighbour a route was heard from decides to which others it is passed on.
    """
    if decision.best is not None:
        return decision.best

    def visible(route: Route) -> object:
        hop = None if next_hop_self else route.next_hop
        attributes = (route.as_path, route.origin, route.med, route.local_preference)
        heard_from = route.session if reflects and route.source is Source.IBGP else None
        return (route.source, attributes, route.communities, hop, route.originator, heard_from)

    if len({visible(route) for route in decision.chosen}) == 1:
        return decision.chosen[0]
    who = Comparator(rules=rules, ask=ask, router=router, selected=selected)
    left, _ = who.eliminate(decision.chosen, _split(rules)[1])
    return who.which(_OWN_CHOICE, left)


def _split(rules: Rules) -> tuple[Steps, Steps]:
    """The steps before and after multipath."""
    steps = [comparison.step for comparison in rules.order]
    at = steps.index(Step.MULTIPATH) if Step.MULTIPATH in steps else len(steps)
    return rules.order[:at], rules.order[at:]


def _sure(step: Step) -> Steps:
    return (Comparison(step=step, sureness=Sureness.DOCUMENTED),)


def _by_distance_first(who: Comparator, pool: Routes) -> Decision:
    """All routes in one table, or routes of BGP only: what BGP compares comes after."""
    one_table = who.rules.distances.one_table
    bgp_only = all(route.is_bgp for route in pool)
    removals: tuple[Removal, ...] = ()
    if one_table or not bgp_only:
        pool, removals = who.eliminate(pool, _sure(Step.DISTANCE))
    bgp = tuple(route for route in pool if route.is_bgp)
    others = tuple(route for route in pool if not route.is_bgp)
    parts = [choose(who, routes) for choose, routes in ((_bgp, bgp), (_others, others)) if routes]
    return _after(removals, _between(who, parts))


def _by_bgp_first(who: Comparator, bgp: Routes, others: Routes) -> Decision:
    """BGP chooses first; only its choice meets the other protocols' routes."""
    cost = who.rules.distances.cost
    other = min(cost(route) for route in others)
    if all(cost(route) > other for route in bgp) or all(cost(route) < other for route in bgp):
        return _by_distance_first(who, in_order((*bgp, *others)))
    best = _bgp(who, bgp)
    pool, removals = who.eliminate(in_order((best.chosen[0], *others)), _sure(Step.DISTANCE))
    rest = tuple(route for route in pool if not route.is_bgp)
    parts = [_others(who, rest)] if rest else []
    if len(rest) < len(pool):
        parts.append(Decision(chosen=best.chosen, best=best.best))
    return _after((*best.removals, *removals), _between(who, parts))


def _since(who: Comparator, found: frozenset[Route | None], pool: Routes) -> Decision:
    """What is used where only what is new was compared, and ``found`` may have come of it."""
    left = {one for one in found if one is not None}
    if None in found:
        afresh: Decision | None = _by_distance_first(who, pool)
    else:
        # What has not come about is not asked for.
        afresh = who.unasked(lambda one: _by_distance_first(one, pool))
    anew = afresh.bests if afresh is not None else ()
    if afresh is not None and left.issubset(anew):
        return afresh
    best = who.which(_LEFT, in_order(left.union(anew[:1]) if None in found else left))
    if afresh is not None and best in anew:
        return afresh
    head = _sure(Step.DISTANCE) + _split(who.rules)[0]
    equal = tuple(
        one
        for one in _unsuppressed(who, pool, head)
        if one is best or len(who.eliminate(in_order((best, one)), head)[0]) > 1
    )
    chosen = _together(who.rules, best, equal)
    gone = tuple(route for route in pool if route not in chosen)
    removal = Removal(step=Step.ARRIVAL, sureness=who.rules.sureness_of("scan"), removed=gone)
    return Decision(chosen=chosen, best=best, removals=(removal,))


def _unsuppressed(who: Comparator, pool: Routes, head: Steps) -> Iterator[Route]:
    """The routes that have not lost in their own group, where there are groups."""
    for route in pool:
        group = tuple(one for one in pool if is_alike(who, route, one))
        if not who.rules.deterministic_med or route in who.eliminate(group, head)[0]:
            yield route


def _after(removals: tuple[Removal, ...], decision: Decision) -> Decision:
    return Decision(
        chosen=decision.chosen, best=decision.best, removals=(*removals, *decision.removals)
    )


def _between(who: Comparator, parts: list[Decision]) -> Decision:
    """One of the choices of two protocols whose distance is equal: nobody says which."""
    if len(parts) == 1:
        return parts[0]
    named = {f"{one.chosen[0].source.value} {one.chosen[0].session}": one for one in parts}
    what = "which of these routes of equal distance it uses"
    question = Question(subject=who.router, what=what, answers=tuple(sorted(named)))
    used = named[who.ask(question)]
    gone = tuple(route for one in parts if one is not used for route in one.chosen)
    removal = Removal(step=Step.OWN_CHOICE, sureness=Sureness.UNDOCUMENTED, removed=gone)
    return Decision(
        chosen=used.chosen,
        best=used.best,
        removals=(*(one for part in parts for one in part.removals), removal),
    )


def _others(who: Comparator, pool: Routes) -> Decision:
    """Routes of other protocols than BGP, of one distance."""
    steps = _sure(Step.OSPF_TYPE) + _sure(Step.METRIC)
    pool, removals = who.eliminate(pool, steps)
    if who.rules.multipath.static and len({route.source for route in pool}) == 1:
        return Decision(chosen=pool, best=pool[0] if len(pool) == 1 else None, removals=removals)
    return _after(removals, _own_choice(who, pool))


def _own_choice(who: Comparator, pool: Routes) -> Decision:
    """One of routes that nothing tells apart."""
    best = who.which(_OWN_CHOICE, pool)
    gone = tuple(route for route in pool if route is not best)
    removal = Removal(step=Step.OWN_CHOICE, sureness=Sureness.UNDOCUMENTED, removed=gone)
    return Decision(chosen=(best,), best=best, removals=(removal,) if gone else ())


def _bgp(who: Comparator, pool: Routes) -> Decision:
    """BGP's own choice."""
    head, tail = _split(who.rules)
    at = next(number for number, one in enumerate(head) if one.step is Step.MED)
    rules = who.rules
    pool, removals = who.eliminate(pool, head[:at], head[at:] + tail)
    head = head[at:]
    if not rules.deterministic_med and _med_divides(who, pool):
        best, more = compare_in_pairs(who, pool, head + tail)
    elif rules.deterministic_med and rules.multipath.beyond_med and _med_divides(who, pool):
        left, more = who.eliminate(pool, head + tail)
        best = who.which(_OWN_CHOICE, left)
    else:
        pool, more = who.eliminate(pool, head)
        return _after((*removals, *more), _among_equals(who, pool, tail))
    equal = tuple(
        one for one in pool if one is best or len(who.eliminate(in_order((best, one)), head)[0]) > 1
    )
    chosen = _together(rules, best, equal)
    return _after(removals, Decision(chosen=chosen, best=best, removals=_less(more, chosen)))


def _med_divides(who: Comparator, pool: Routes) -> bool:
    """Whether MED removes some routes, and could not have done so between others."""
    if all(who.compares_med(pool[0], one) for one in pool):
        return False
    return len(who.keep(Step.MED, pool)) < len(pool)


def _among_equals(who: Comparator, pool: Routes, tail: Steps) -> Decision:
    """Of routes that are equal up to multipath, those in use."""
    together = {route: _together(who.rules, route, pool) for route in pool}
    hops = {frozenset(one.next_hop or one.session for one in used) for used in together.values()}
    if len(hops) == 1 and len(together[pool[0]]) > 1:
        # All are in use whichever is best, but that one is not sent back to where it came from.
        known = who.try_eliminate(pool, tail)
        best = known[0][0] if known and len(known[0]) == 1 else None
        return Decision(chosen=together[best or pool[0]], best=best)
    left, removals = who.eliminate(pool, tail)
    if len(left) > 1:
        # One stands for all that would be used with it.
        by_set = {frozenset(together[route]): route for route in reversed(left)}
        choice = _own_choice(who, in_order(by_set.values()))
        gone = tuple(route for route in left if route not in together[choice.chosen[0]])
        more = tuple(
            Removal(step=one.step, sureness=one.sureness, removed=gone) for one in choice.removals
        )
        left, removals = choice.chosen, (*removals, *more)
    chosen = together[left[0]]
    return Decision(chosen=chosen, best=left[0], removals=_less(removals, chosen))


def _less(removals: tuple[Removal, ...], chosen: Routes) -> tuple[Removal, ...]:
    """Removals without the routes that are in use after all, beside the best one."""
    left = (
        Removal(
            step=one.step,
            sureness=one.sureness,
            removed=tuple(route for route in one.removed if route not in chosen),
        )
        for one in removals
    )
    return tuple(one for one in left if one.removed)


def _together(rules: Rules, best: Route, pool: Routes) -> Routes:
    """The routes of ``pool`` that are used with ``best``: one a next hop, up to the limit."""
    multipath = rules.multipath
    match best.source:
        case Source.EBGP:
            limit, paths = multipath.ebgp, multipath.ebgp_paths
        case Source.IBGP:
            limit, paths = multipath.ibgp, multipath.ibgp_paths
        case _:
            return (best,)
    if limit == 1 or not rules.takes(Step.MULTIPATH):
        return (best,)
    rest = sorted(
        (route for route in pool if route is not best and _alike(paths, best, route)),
        key=lambda route: (int(route.next_hop or 0), int(route.peer_address or 0), route.session),
    )
    hops: dict[object, Route] = {}
    for route in (best, *rest):
        hops.setdefault(route.next_hop or route.session, route)
    return in_order(list(hops.values())[:limit])


def _alike(paths: AsPaths, one: Route, other: Route) -> bool:
    match paths:
        case AsPaths.SAME_PATH:
            return one.as_path == other.as_path
        case AsPaths.SAME_NEIGHBOUR:
            return one.neighbour_as == other.neighbour_as
        case AsPaths.SAME_PEER:
            return one.peer_as == other.peer_as
        case AsPaths.SAME_LENGTH:
            return True
