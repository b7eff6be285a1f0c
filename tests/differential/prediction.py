"""What is predicted of a network and what its daemons say, in one form, and how they differ.

A :class:`Held` is one route of one router. A view is all of them of a router, by prefix: not the
chosen one alone, so that a difference shows where it arises, not where it first matters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from samepath.routing.assumption import Ask, Question, explore
from samepath.routing.network import Network
from samepath.routing.propagation import Solution, candidates, propagate
from samepath.routing.route import Origin, Route, Source
from samepath.routing.rules import Rules
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


class Asked(Exception):
    """A prediction needs to know something that the network does not hold."""


class Oscillates(Exception):
    """A network has no stable state, so that there is nothing to compare."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """What each router may hold of each prefix; more than one thing only where it was ``asked``.

    ``steps`` counts the decisions by the step that decided.
    """

    views: Mapping[Key, frozenset[frozenset[Held]]]
    steps: Counter[Step]
    asked: bool


def predict(network: Network) -> Prediction:
    """What is predicted. Raises :class:`Oscillates` where it is that nothing settles."""
    try:
        solution = propagate(network, _nobody)
        found = dict(_views(solution, _nobody))
        steps = Counter(_steps(solution))
        asked = False
        views = {key: frozenset({held}) for key, held in found.items()}
    except Asked:
        steps, asked, views = Counter(), True, _every_view(network)
        solution = None
    if solution is not None and solution.oscillating:
        raise Oscillates
    return Prediction(views=views, steps=steps, asked=asked)


def _every_view(network: Network) -> dict[Key, frozenset[frozenset[Held]]]:
    """Each view under some answers: the daemons met one order of arrival, and nobody noted it."""

    def evaluate(ask: Ask) -> tuple[tuple[Key, frozenset[Held]], ...]:
        solution = propagate(network, ask)
        if solution.oscillating:
            raise Oscillates
        return tuple(_views(solution, ask))

    views: dict[Key, set[frozenset[Held]]] = {}
    for outcome in explore(evaluate):
        for key, held in outcome.result:
            views.setdefault(key, set()).add(held)
    return {key: frozenset(held) for key, held in views.items()}


def _nobody(question: Question) -> str:
    raise Asked(question)


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


def _steps(solution: Solution) -> Iterator[Step]:
    for name in solution.network.routers:
        for prefix in solution.tables[name]:
            decision = solution.decide(name, prefix, _nobody)
            if decision is not None and decision.step is not None:
                yield decision.step


def differences(prediction: Prediction, seen: View) -> list[str]:
    """Where daemons hold something that was not predicted, or do not hold what was."""
    nothing = frozenset({frozenset[Held]()})
    return [
        f"{router} {prefix}:\n    seen      {_text(held)}\n    predicted "
        + "\n    or        ".join(map(_text, expected))
        for router, prefix in sorted(prediction.views.keys() | seen.keys())
        if (held := seen.get((router, prefix), frozenset()))
        not in (expected := prediction.views.get((router, prefix), nothing))
    ]


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
