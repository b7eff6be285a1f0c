"""Observations: what a device's own BGP table says, held against what is predicted for it.

A prediction asks where no input holds what would decide. A table of a router that is asked about
answers some of that: whatever it shows in use must have come about, so of all sets of assumptions
those are left that lead to it, and what all of these agree on is a fact. Where none is left, the
device is not what the topology says, which is worth more than any prediction.

A table is taken for that of a time when all was up, and what is learned from it is an answer to one
question: with a session gone other routes are compared, and that is another question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from samepath.model.elements import parse
from samepath.model.topology import Topology
from samepath.routing.assumption import (
    Ask,
    Facts,
    Outcome,
    Question,
    explore,
    first_answer,
)
from samepath.routing.compile import compile_network, tunnel_of
from samepath.routing.network import Network, Router
from samepath.routing.parts import cut, parts
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Route
from samepath.routing.selection import choose


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A route of a BGP table.

    ``neighbour`` is the address of who sent it, or where a table has no more its next hop; None: a
    route of the router's own. ``used``: it is the best one, or used together with that. What the
    table does not tell is None.
    """

    prefix: IPv4Network
    neighbour: IPv4Address | None
    used: bool
    as_path: tuple[int, ...] | None = None
    med: int | None = None
    local_preference: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Observation:
    """The BGP table of ``router``, by its element's name (``cgw:dc``), while all was up."""

    router: str
    routes: tuple[Seen, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Where a router's table is not what the topology leads to; ``what`` is a clause about it.

    ``advice`` is what the file should say instead, where the table tells that.
    """

    router: str
    what: str
    advice: str | None = None


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What observations tell: the answers that they leave, and where they contradict."""

    facts: Facts = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()


def learn(topology: Topology, observations: Iterable[Observation]) -> Learned:
    """What ``observations`` tell of ``topology``. KeyError of a router that it has not.

    Raises :class:`~samepath.routing.assumption.TooManyOutcomes` where too much is open.
    """
    wanted = {one.router: one for one in observations}
    if not wanted:
        return Learned()
    whole = compile_network(topology)
    if strangers := wanted.keys() - whole.routers.keys():
        raise KeyError(*strangers)
    facts: dict[Question, str] = {}
    assumed: dict[Question, str] = {}
    for part in parts(topology):
        network = compile_network(cut(topology, part))
        mine = [_within(network, wanted[name]) for name in sorted(network.routers.keys() & wanted)]
        if mine:
            known, nearest = _learn(network, mine)
            facts.update(known)
            assumed.update(nearest)

    def answer(question: Question) -> str:
        return assumed.get(question, first_answer(question))

    # A router hears from other parts, too, what predicts nothing there.
    tables = dict(_tables(propagate(whole, answer), wanted, answer))
    return Learned(
        facts=facts,
        differences=tuple(
            difference
            for one in wanted.values()
            for difference in _differences(whole, one, tables, _by_prefix(whole, one))
        ),
    )


def _within(network: Network, observation: Observation) -> Observation:
    """What a router has from its neighbours in ``network``, which is a part of its own."""
    routes = tuple(
        route
        for route in observation.routes
        if _session(network, observation.router, route) is not None
    )
    return Observation(router=observation.router, routes=routes)


_Key = tuple[str, IPv4Network]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """What a router has of a prefix by BGP, from its neighbours."""

    routes: tuple[Route, ...]
    used: frozenset[str]


_Tables = tuple[tuple[_Key, _Held], ...]


def _learn(network: Network, observations: list[Observation]) -> tuple[Facts, Facts]:
    """What observations leave of the answers, and answers that come nearest to them."""
    names = [one.router for one in observations]

    def tables(ask: Ask) -> _Tables:
        return tuple(_tables(propagate(network, ask), names, ask))

    seen = {one.router: _by_prefix(network, one) for one in observations}
    steered = {
        (one.router, prefix, pair): lower
        for one in observations
        for pair in _unknown_favourites(network)
        for prefix, lower in _lower_meds(network, one, pair)
    }

    def agreement(tables: Mapping[_Key, _Held]) -> tuple[bool, ...]:
        return (*_agreement(tables, seen), *_agreement_of_meds(tables, steered))

    outcomes = [(agreement(dict(one.result)), one) for one in explore(tables)]
    agreeing = [one for agreement, one in outcomes if all(agreement)]
    _, nearest = max(outcomes, key=lambda one: sum(one[0]))
    return _common(agreeing), dict(nearest.because[0])


def _tables(solution: Solution, names: Iterable[str], ask: Ask) -> Iterator[tuple[_Key, _Held]]:
    for name in names:
        router = solution.network.routers[name]
        for prefix, routes in sorted(solution.tables[name].items()):
            bgp = [route for route in routes if route.is_bgp]
            heard = tuple(route for route in bgp if route.session in solution.network.sessions)
            if heard:
                used = choose(solution.network, router, bgp, ask).chosen
                sessions = frozenset(route.session for route in used)
                yield (name, prefix), _Held(routes=heard, used=sessions)


def _by_prefix(network: Network, observation: Observation) -> Mapping[IPv4Network, frozenset[str]]:
    """The sessions whose routes are in use, by prefix, where all that is in use is known by one."""
    used: dict[IPv4Network, set[str]] = {}
    for route in observation.routes:
        if route.used:
            session = _session(network, observation.router, route)
            used.setdefault(route.prefix, set()).add(session or "")
    return {prefix: frozenset(some) for prefix, some in used.items() if all(some)}


def _session(network: Network, router: str, route: Seen) -> str | None:
    """The session that a route came in; None: the topology has none with that neighbour."""
    return next(
        (
            session.name
            for session in network.sessions_of[router]
            if session.far_from(router).address == route.neighbour
        ),
        None,
    )


_Used = Mapping[str, Mapping[IPv4Network, frozenset[str]]]


def _matches(held: _Held, used: frozenset[str]) -> bool:
    """Whether a choice is the one seen. Not every table marks what is used beside the best one."""
    return held.used == used or (len(used) == 1 and used < held.used)


def _agreement(tables: Mapping[_Key, _Held], seen: _Used) -> tuple[bool, ...]:
    """Of each prefix that is predicted and was seen, whether the choice is the same."""
    return tuple(
        _matches(tables[router, prefix], used)
        for router, of in seen.items()
        for prefix, used in of.items()
        if (router, prefix) in tables
    )


_Pair = tuple[str, ...]


def _unknown_favourites(network: Network) -> tuple[_Pair, ...]:
    """The tunnels of each connection of whose gateway nobody says which it favours."""
    return tuple(
        pair
        for pair in network.pairs.values()
        if len(pair) > 1 and pair[0] in network.sessions
        for gateway in (_gateway_of(network, pair),)
        if gateway.favours_one and gateway.favourites.isdisjoint(pair)
    )


def _gateway_of(network: Network, pair: _Pair) -> Router:
    """The gateway at an end of a connection's sessions: the one that steers by its MEDs."""
    (gateway,) = (
        network.routers[end.router]
        for end in network.sessions[pair[0]].ends
        if network.routers[end.router].meds is not None
    )
    return gateway


def _lower_meds(
    network: Network, observation: Observation, pair: _Pair
) -> Iterator[tuple[IPv4Network, str]]:
    """The session of the pair by which a prefix was seen with the lower MED."""
    meds: dict[IPv4Network, dict[str, int]] = {}
    for route in observation.routes:
        session = _session(network, observation.router, route)
        if session is not None and session in pair and route.med is not None:
            meds.setdefault(route.prefix, {})[session] = route.med
    for prefix, of in meds.items():
        if (lower := _lower(pair, of)) is not None:
            yield prefix, lower


def _lower(pair: _Pair, meds: Mapping[str, int]) -> str | None:
    """The session of the pair with the lower MED; None if they are equal, or one is not there."""
    if not meds.keys() >= set(pair) or len({meds[one] for one in pair}) == 1:
        return None
    return min(pair, key=lambda one: meds[one])


def _agreement_of_meds(
    tables: Mapping[_Key, _Held], steered: Mapping[tuple[str, IPv4Network, _Pair], str]
) -> tuple[bool, ...]:
    """Of each prefix with unlike MEDs, whether the lower one is predicted where it was seen."""
    return tuple(
        expected == lower
        for (router, prefix, pair), lower in steered.items()
        if (router, prefix) in tables
        for held in (tables[router, prefix],)
        for expected in (_lower(pair, {one.session: one.med or 0 for one in held.routes}),)
        if expected is not None
    )


def _common(outcomes: Iterable[Outcome[_Tables]]) -> Facts:
    """What every set of assumptions that is left has in common, in the order of the questions."""
    sets = [because for outcome in outcomes for because in outcome.because]
    first, *others = sets or [()]
    return dict(one for one in first if all(one in other for other in others))


# ---------------------------------------------------------------------------------- differences


def _differences(
    network: Network,
    observation: Observation,
    tables: Mapping[_Key, _Held],
    used: Mapping[IPv4Network, frozenset[str]],
) -> Iterator[Difference]:
    router = observation.router
    seen: dict[tuple[IPv4Network, str], Seen] = {}
    strangers: dict[IPv4Address, None] = {}
    for route in observation.routes:
        session = _session(network, router, route)
        if session is not None:
            seen[route.prefix, session] = route
        elif route.neighbour is not None:
            strangers.setdefault(route.neighbour)
    for neighbour in strangers:
        yield Difference(
            router=router, what=f"it has routes from {neighbour}, which is no neighbour in the file"
        )
    for (name, prefix), held in tables.items():
        if name == router:
            yield from _favoured(network, router, prefix, held, seen)
            for what in _of_prefix(network, router, prefix, held, used.get(prefix), seen):
                yield Difference(router=router, what=what)
    for (prefix, session), route in seen.items():
        if (router, prefix) not in tables or all(
            one.session != session for one in tables[router, prefix].routes
        ):
            yield Difference(
                router=router,
                what=f"it has {route.prefix} over {tunnel_of(session)}, and by the file it has not",
            )


def _favoured(
    network: Network,
    router: str,
    prefix: IPv4Network,
    held: _Held,
    seen: Mapping[tuple[IPv4Network, str], Seen],
) -> Iterator[Difference]:
    """Where the MEDs of a connection's tunnels tell that its gateway is another than the file says."""
    ours = {route.session: route.med for route in held.routes}
    for connection, pair in network.pairs.items():
        there = [seen.get((prefix, session)) for session in pair]
        if len(pair) != len(ours.keys() & set(pair)) or any(
            route is None or route.med is None for route in there
        ):
            continue
        gateway = network.routers[network.sessions[pair[0]].far_from(router).router]
        theirs, expected = [route and route.med for route in there], [ours[one] for one in pair]
        if not gateway.favours_one or gateway.meds not in {(*expected,), (*expected[::-1],)}:
            continue
        if theirs == expected[::-1]:
            tunnel = tunnel_of(pair[theirs.index(min(gateway.meds))])
            yield Difference(
                router=router,
                what=f"{gateway.name} announces {prefix} with the lower MED on {tunnel}: it favours "
                "that one",
                advice=f"write active: {parse(tunnel).tunnel} for the connection {connection}, or "
                "gateway_prefers: unknown, which leaves it to this table",
            )
        elif theirs[0] == theirs[1]:
            yield Difference(
                router=router,
                what=f"{gateway.name} announces {prefix} with one MED, {theirs[0]}, on both tunnels "
                f"of {connection}: it favours neither, as a transit gateway does",
                advice=f"if it is one, write kind: transit for the gateway {parse(gateway.name).name}",
            )


def _of_prefix(
    network: Network,
    router: str,
    prefix: IPv4Network,
    held: _Held,
    used: frozenset[str] | None,
    seen: Mapping[tuple[IPv4Network, str], Seen],
) -> Iterator[str]:
    if used is not None and not _matches(held, used):
        theirs, ours = _named(used), _named(held.used)
        yield f"it uses {theirs} for {prefix}, and by the file {ours}"
    standard = network.routers[router].rules.local_preference
    for route in held.routes:
        over = f"{prefix} over {tunnel_of(route.session)}"
        there = seen.get((prefix, route.session))
        if there is None:
            yield f"it has no route to {over}, and by the file it has"
            continue
        preference = standard if route.local_preference is None else route.local_preference
        compared: tuple[tuple[str, object, object], ...] = (
            ("the AS path", there.as_path, route.as_path),
            ("MED", there.med, route.med or 0),
            ("local preference", there.local_preference, preference),
        )
        for name, seen_value, own_value in compared:
            if seen_value is not None and seen_value != own_value:
                yield f"{over} has {name} {_value(seen_value)}, and by the file {_value(own_value)}"


def _named(sessions: Iterable[str]) -> str:
    return " and ".join(sorted(map(tunnel_of, sessions))) or "a route of its own"


def _value(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return " ".join(map(str, value)) or "(empty)"
