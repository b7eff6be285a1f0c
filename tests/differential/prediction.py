"""What is predicted of a network and what its daemons say, in one form, and how they differ.

A :class:`Held` is one route of one router. A view is all of them of a router, by prefix: not the
chosen one alone, so that a difference shows where it arises, not where it first matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from samepath.routing.assumption import Ask, explore
from samepath.routing.network import Network
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Origin, Route, Source
from samepath.routing.rules import Rules
from samepath.routing.selection import candidates
from samepath.routing.steps import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A route as a router holds it; ``session`` is empty for one of its own."""

    session: str
    used: bool
    as_path: tuple[int, ...] = ()
    origin: Origin = Origin.IGP
    med: int | None = None
    local_preference: int = 0
    next_hop: IPv4Address | None = None
    communities: frozenset[str] = frozenset()


Key = tuple[str, IPv4Network]
"""A router and a prefix."""
View = Mapping[Key, frozenset[Held]]


class Oscillates(Exception):
    """A network has no stable state, so that there is nothing to compare."""


Outcome = frozenset[tuple[str, frozenset[Held]]]
"""What all routers together hold of one prefix, those left out that hold nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """What the routers may hold of each prefix.

    There is more than one outcome where the order of arrival matters, or what was before.

    ``steps`` counts the decisions by the step that decided, in the first of those outcomes.
    """

    views: Mapping[IPv4Network, frozenset[Outcome]]
    steps: Counter[Step]
    asked: bool

    @property
    def tables(self) -> int:
        """How many routers hold something of each prefix, in the outcome with the most of them."""
        return sum(max(map(len, outcomes)) for outcomes in self.views.values())


def predict(network: Network, *before: Network) -> Prediction:
    """What is predicted of a network that was all of ``before``, the last first.

    Raises :class:`Oscillates` where it is that nothing settles.
    """

    def evaluate(
        ask: Ask,
    ) -> tuple[tuple[Step, ...], tuple[tuple[tuple[Key, frozenset[Held]], ...], ...]]:
        solutions = tuple(_settled(network, ask, *before))
        views = tuple(tuple(_views(solution, ask)) for solution in solutions)
        return tuple(_steps(solutions[0], ask)), views

    first, *others = explore(evaluate)
    steps, _ = first.result
    return Prediction(
        views=_together(
            [_outcomes(dict(view)) for one in (first, *others) for view in one.result[1]]
        ),
        steps=Counter(steps),
        asked=first.because != ((),),
    )


def _settled(network: Network, ask: Ask, *before: Network) -> Iterator[Solution]:
    """Where it comes to: out of nothing, and out of what the routers had heard before."""
    solution = propagate(network, ask)
    if solution.oscillating:
        raise Oscillates
    yield solution
    if before:
        for start in _settled(before[0], ask, *before[1:]):
            solution = propagate(network, ask, before=start)
            if solution.oscillating:
                raise Oscillates
            yield solution


def _outcomes(view: View) -> dict[IPv4Network, Outcome]:
    found: dict[IPv4Network, set[tuple[str, frozenset[Held]]]] = {}
    for (router, prefix), held in view.items():
        found.setdefault(prefix, set()).add((router, held))
    return {prefix: frozenset(outcome) for prefix, outcome in found.items()}


def _together(
    found: Sequence[Mapping[IPv4Network, Outcome]],
) -> dict[IPv4Network, frozenset[Outcome]]:
    """What may become of each prefix, whichever of the outcomes it is."""
    prefixes = {prefix for outcomes in found for prefix in outcomes}
    nothing: Outcome = frozenset()
    return {
        prefix: frozenset(outcomes.get(prefix, nothing) for outcomes in found)
        for prefix in prefixes
    }


def _views(solution: Solution, ask: Ask) -> Iterator[tuple[Key, frozenset[Held]]]:
    network = solution.network
    for name, router in sorted(network.routers.items()):
        routes = list(candidates(network, solution.heard, name))
        for prefix in sorted(solution.tables[name]):
            decision = solution.decide(name, prefix, ask)
            assert decision is not None
            yield (
                (name, prefix),
                frozenset(
                    _held(router.rules, route, used=route in decision.chosen)
                    for route in routes
                    if route.prefix == prefix
                ),
            )


def _held(rules: Rules, route: Route, *, used: bool) -> Held:
    if route.source is Source.LOCAL:
        return Held(session="", used=used)
    own = route.local_preference
    return Held(
        session=route.session,
        used=used,
        as_path=route.as_path,
        origin=route.origin,
        med=route.med,
        local_preference=rules.local_preference if own is None else own,
        next_hop=route.next_hop,
        communities=route.communities,
    )


def _steps(solution: Solution, ask: Ask) -> Iterator[Step]:
    for name in solution.network.routers:
        for prefix in solution.tables[name]:
            decision = solution.decide(name, prefix, ask)
            if decision is not None and decision.step is not None:
                yield decision.step


def differences(prediction: Prediction, seen: View) -> list[str]:
    """Where daemons hold something that was not predicted, or do not hold what was.

    Of several predicted outcomes for a prefix, that one counts from which the fewest routers differ.
    """
    unexpected = frozenset({Outcome()})
    outcomes = _outcomes(seen)
    found: list[str] = []
    for prefix in sorted(prediction.views.keys() | outcomes.keys()):
        here = dict(outcomes.get(prefix, Outcome()))
        choices = [
            list(_differences(prefix, here, dict(predicted)))
            for predicted in prediction.views.get(prefix, unexpected)
        ]
        fewest: list[str] = min(choices, key=lambda lines: (len(lines), lines))
        found += fewest
    return found


def _differences(
    prefix: IPv4Network,
    seen: Mapping[str, frozenset[Held]],
    predicted: Mapping[str, frozenset[Held]],
) -> Iterator[str]:
    nothing = frozenset[Held]()
    for router in sorted(seen.keys() | predicted.keys()):
        theirs, ours = seen.get(router, nothing), predicted.get(router, nothing)
        if theirs != ours:
            yield f"{router} {prefix}:\n    seen      {_text(theirs)}\n    predicted {_text(ours)}"


def _text(held: frozenset[Held]) -> str:
    return (
        "; ".join(
            f"{'*' if one.used else ' '}{one.session or 'own'}"
            + (
                f" path {one.as_path} {one.origin.name} med {one.med} pref {one.local_preference}"
                f" via {one.next_hop} {sorted(one.communities)}"
                if one.session
                else ""
            )
            for one in sorted(held, key=lambda one: one.session)
        )
        or "nothing"
    )
