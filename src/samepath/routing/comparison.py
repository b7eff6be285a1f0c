"""What one step leaves of a set of routes, and which of several it asks for where nobody knows.

A step that compares something unknown (an age, a router id) asks one question, whose answers are
the sessions that may win; one whose outcome does not depend on the unknown value asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from samepath.routing.assumption import Ask, Question
from samepath.routing.route import LATE, Route, Source
from samepath.routing.rules import WORST_MED, Rules
from samepath.routing.steps import Comparison, Step, Sureness, weakest

T = TypeVar("T")

Routes = tuple[Route, ...]
Steps = tuple[Comparison, ...]


Key = Callable[[Route], Any]
"""What a step compares of a route; the lower is the better, None is unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """What a step took out, and what the rule rests on."""

    step: Step
    sureness: Sureness
    removed: Routes


def in_order(routes: Iterable[Route]) -> Routes:
    """Routes in an order of their own, whatever the order in which they were given."""
    return tuple(sorted(routes, key=lambda route: (route.session, route.source.value)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparator:
    """A router that compares: its rules, whom it asks, its name in questions.

    ``asn`` is its AS, which matters to platforms with ``empty_path_is_own_as``. ``selected`` is the
    session of the route that it has used so far, where that is known.
    """

    rules: Rules
    ask: Ask
    router: str
    asn: int | None = None
    selected: str | None = None

    def which(self, what: str, routes: Routes) -> Route:
        """The one of ``routes`` that the answer names; a single one is not asked for."""
        if len(routes) == 1:
            return routes[0]
        named = {route.session: route for route in routes}
        question = Question(subject=self.router, what=what, answers=tuple(sorted(named)))
        return named[self.ask(question)]

    def eliminate(
        self, pool: Routes, steps: Steps, then: Steps = ()
    ) -> tuple[Routes, tuple[Removal, ...]]:
        """What is left after ``steps``, and what each has removed.

        ``then`` are the steps that follow: whether an undocumented step matters depends on them.
        """
        removals: list[Removal] = []
        for number, comparison in enumerate(steps, start=1):
            if len(pool) == 1:
                break
            kept = self.keep(comparison.step, pool)
            if kept == pool or not self._takes(comparison, pool, kept, steps[number:] + then):
                continue
            gone = tuple(route for route in pool if route not in kept)
            removals.append(
                Removal(
                    step=comparison.step, sureness=self._sureness(comparison, pool), removed=gone
                )
            )
            pool = kept
        return pool, tuple(removals)

    def try_eliminate(
        self, pool: Routes, steps: Steps
    ) -> tuple[Routes, tuple[Removal, ...]] | None:
        """As :meth:`eliminate`, but None where it would have to ask."""
        return self.unasked(lambda who: who.eliminate(pool, steps))

    def unasked(self, evaluate: Callable[[Comparator], T]) -> T | None:
        """What ``evaluate`` makes of a comparator like this one; None where that would have to ask."""
        try:
            return evaluate(replace(self, ask=_nobody))
        except _NeedsAnswer:
            return None

    def keep(self, step: Step, pool: Routes) -> Routes:
        """The routes of ``pool`` that ``step`` leaves: at least one, in their order."""
        rules = self.rules
        match step:
            case Step.WEIGHT:
                return _lowest(pool, lambda route: -self._weight(route))
            case Step.LOCAL_PREFERENCE:
                return _lowest(pool, lambda route: -self._local_preference(route))
            case Step.LOCAL_ORIGIN:
                return _lowest(pool, lambda route: route.source is not Source.LOCAL)
            case Step.AS_PATH_LENGTH:
                if rules.ignore_as_path:
                    return pool
                return _lowest(pool, lambda route: len(route.as_path))
            case Step.ORIGIN:
                return _lowest(pool, lambda route: route.origin)
            case Step.MED:
                return self._keep_med(pool)
            case Step.EBGP_OVER_IBGP:
                return _lowest(pool, lambda route: route.source is Source.IBGP)
            case Step.IGP_METRIC | Step.METRIC:
                return _lowest(pool, lambda route: route.igp_metric)
            case Step.OLDEST | Step.SELECTED:
                return self._keep_oldest(step, pool)
            case Step.ROUTER_ID:
                return self._keep_known(
                    pool,
                    lambda route: route.originator or route.peer_router_id,
                    "which of these neighbours has the lowest router id",
                )
            case Step.CLUSTER_LENGTH:
                return _lowest(pool, lambda route: route.cluster_length)
            case Step.PEER_ADDRESS:
                return self._keep_known(
                    pool,
                    lambda route: route.peer_address,
                    "which of these neighbours has the lowest address",
                )
            case Step.DISTANCE:
                return _lowest(pool, rules.distances.cost)
            case Step.OSPF_TYPE:
                internal = tuple(one for one in pool if one.source is not Source.OSPF_EXTERNAL)
                return internal or pool
            case Step.MULTIPATH | Step.ARRIVAL | Step.OWN_CHOICE:
                return pool

    def compares_med(self, one: Route, other: Route) -> bool:
        """Whether the MEDs of two routes mean anything to each other."""
        if self.rules.always_compare_med:
            return True
        return self.neighbour_as(one) == self.neighbour_as(other)

    def neighbour_as(self, route: Route) -> int | None:
        """The AS that a route counts as heard from, where MED is compared within one only."""
        own = self.asn if self.rules.empty_path_is_own_as else None
        return route.neighbour_as if route.as_path else own

    def _weight(self, route: Route) -> int:
        if route.weight is not None:
            return route.weight
        return self.rules.local_weight if route.source is Source.LOCAL else 0

    def _local_preference(self, route: Route) -> int:
        own = route.local_preference
        return self.rules.local_preference if own is None else own

    def _keep_med(self, pool: Routes) -> Routes:
        missing = self.rules.missing_med
        if missing is not None:
            return self._lowest_med(pool, missing)
        best, worst = self._lowest_med(pool, 0), self._lowest_med(pool, WORST_MED)
        if best == worst:
            return best
        what = "which MED it takes for a route that carries none"
        answers = ("0", str(WORST_MED))
        answer = self.ask(Question(subject=self.router, what=what, answers=answers))
        return best if answer == "0" else worst

    def _lowest_med(self, pool: Routes, missing: int) -> Routes:
        def med(route: Route) -> int:
            return missing if route.med is None else route.med

        return tuple(
            route
            for route in pool
            if not any(self.compares_med(route, one) and med(one) < med(route) for one in pool)
        )

    def _keep_oldest(self, step: Step, pool: Routes) -> Routes:
        external = all(route.source is Source.EBGP for route in pool)
        if self.rules.compare_router_id or not external:
            return pool
        if step is Step.SELECTED and self.selected is not None:
            return tuple(one for one in pool if one.session == self.selected) or pool
        what = (
            "which of these routes it had selected first"
            if step is Step.SELECTED
            else "which of these routes it has had longest"
        )
        early = tuple(one for one in pool if one.age is None or one.age < LATE)
        return self._keep_known(early or pool, lambda route: route.age, what)

    def _keep_known(self, pool: Routes, key: Key, what: str) -> Routes:
        """The lowest by a key that may be unknown: whoever may be the lowest is asked for."""
        unknown = tuple(route for route in pool if key(route) is None)
        known = tuple(route for route in pool if key(route) is not None)
        lowest = _lowest(known, key) if known else ()
        if not unknown:
            return lowest
        # Of known ones that are equal, one stands for all.
        return (self.which(what, in_order((*unknown, *lowest[:1]))),)

    def _takes(self, comparison: Comparison, pool: Routes, kept: Routes, rest: Steps) -> bool:
        """Whether a step is taken at all: an undocumented one is asked for, if it matters."""
        if comparison.sureness is not Sureness.UNDOCUMENTED:
            return True
        without, taken = self.try_eliminate(pool, rest), self.try_eliminate(kept, rest)
        if without and taken and without[0] == taken[0]:
            return False
        what = f"whether it compares {comparison.step.name.lower().replace('_', ' ')}"
        return self.ask(Question(subject=self.router, what=what, answers=("no", "yes"))) == "yes"

    def _sureness(self, comparison: Comparison, pool: Routes) -> Sureness:
        """What a removal rests on: the step, and each default that stood in for a value."""
        rules = self.rules
        used = [comparison.sureness]
        match comparison.step:
            case Step.WEIGHT if any(
                one.weight is None and one.source is Source.LOCAL for one in pool
            ):
                used.append(rules.sureness_of("local_weight"))
            case Step.LOCAL_PREFERENCE if any(one.local_preference is None for one in pool):
                used.append(rules.sureness_of("local_preference"))
            case Step.MED:
                if any(one.med is None for one in pool):
                    used.append(rules.sureness_of("missing_med"))
                if len({one.neighbour_as for one in pool}) > 1:
                    used.append(rules.sureness_of("deterministic_med"))
            case Step.DISTANCE:
                used.extend(rules.distances.sureness(one) for one in pool)
            case _:
                pass
        return weakest(used)


class _NeedsAnswer(Exception):
    """A comparator that may not ask got to a point where it has to."""


def _nobody(question: Question) -> str:
    raise _NeedsAnswer(question.what)


def _lowest(pool: Routes, key: Key) -> Routes:
    values = [key(route) for route in pool]
    best = min(value for value in values if value is not None)
    return tuple(route for route, value in zip(pool, values, strict=True) if value == best)
