"""What a BIRD ends on that compares what is new with what it uses, and the rest not again.

BIRD's ``rte_recalculate`` (``nest/rt-table.c``) goes through all routes only where the one in use
goes, or gets worse. Where routes are in an order this is no matter; MED, compared within a neighbour
AS only, breaks the order, and then what is used depends on what was:

* Without ``deterministic med`` a route stays in use though another one beats it, if that one was
  there before and a third one stood between them that is gone now.
* With it, a route in use that is the only one of its neighbour AS and is replaced by one of another
  neighbour AS gives its place to this: ``bgp_rte_recalculate`` (``proto/bgp/attrs.c``) has marked
  the old one as ``suppressed``, so that the new one seems to be better than the best.

Of each session the route is taken to change once at most, and in an order that nobody knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from samepath.routing.comparison import Comparator, Routes, in_order
from samepath.routing.route import Route, Source
from samepath.routing.steps import Comparison, Step, Sureness

_ALL = (Comparison(step=Step.DISTANCE, sureness=Sureness.DOCUMENTED),)
"""What is compared before BGP compares."""

_ANY = IPv4Address(0)
"""Stands for what nobody says, where it is the same of both."""
_HEARD = {Source.EBGP, Source.IBGP}

_Table = Mapping[str, Route]
"""A router's routes to a prefix, by session."""

_ROLES = 3
"""With deterministic MED: the group of the old route, of the new one, and of one that is better."""

MOST_CHANGES = 8
"""Of so many changes every order is looked at; of more, any route may be what is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """A router's routes to a prefix before something happened.

    ``best`` tells the one in use: several where nothing that is known tells them apart. It is asked
    for where it matters only, since telling it may take answers. ``earlier`` are routes that it had
    before these, and that may have made that one the best.
    """

    routes: Routes
    best: Callable[[], Routes]
    earlier: Routes = ()


def may_matter(who: Comparator, before: Before, now: Routes) -> bool:
    """Whether what was used before may decide: MED has to be compared in some pairs only."""
    rules = who.rules
    if not rules.compares_news_only or rules.always_compare_med:
        return False
    groups: dict[object, set[int | None]] = {}
    for route in (*before.earlier, *before.routes, *now):
        if route.source not in _HEARD:
            # It comes before all that is heard, and leaves nothing to compare.
            return False
        med = rules.missing_med if route.med is None else route.med
        groups.setdefault(who.neighbour_as(route), set()).add(med)
    if rules.deterministic_med:
        return len(groups) >= _ROLES
    return len(groups) > 1 and any(len(meds) > 1 for meds in groups.values())


def ends(who: Comparator, before: Before, now: Routes) -> frozenset[Route | None]:
    """The routes that ``who`` may come to use; None stands for what it uses if all are compared."""
    was = {route.session: route for route in before.routes}
    end = {route.session: route for route in now}
    changing = frozenset(name for name in was | end if was.get(name) != end.get(name))
    if len(changing) > MOST_CHANGES:
        return frozenset({None, *now})
    news = _News(who)
    states: set[tuple[frozenset[str], Route | None]] = {(frozenset(), one) for one in before.best()}
    for _ in changing:
        states = {
            (done | {name}, best)
            for done, used in states
            for table in (_mixed(was, end, done),)
            for one in ((used,) if used is not None else news.afresh(table))
            for name in changing - done
            for best in news.after(table, one, name, end.get(name))
        }
    return frozenset(best for _, best in states)


def _mixed(was: _Table, end: _Table, done: frozenset[str]) -> dict[str, Route]:
    """The routes while those of ``done`` have changed, and the others have not."""
    left = {name: route for name, route in was.items() if name not in done}
    return left | {name: end[name] for name in done if name in end}


@dataclass(frozen=True, slots=True)
class _News:
    """What a router makes of a route that comes, changes or goes. None: it compares all."""

    who: Comparator
    known: dict[tuple[Route, Route], bool | None] = field(default_factory=dict)

    def after(
        self, table: _Table, used: Route, name: str, new: Route | None
    ) -> Iterator[Route | None]:
        """What may be in use after the route of session ``name`` has become ``new``."""
        rest = tuple(one for one in table.values() if one.session != name)
        deterministic = self.who.rules.deterministic_med
        if used.session == name:
            better = None if new is None else self._seems_better(new, used, rest)
            yield from _either(new, None, better=better)
        elif deterministic and used in self.afresh(table):
            # What is right stays so: BIRD compares all whenever it might not be.
            yield None
        else:
            better = False if new is None else self.beats(new, used)
            yield from _either(new, used, better=better)
            if deterministic:
                yield None

    def _seems_better(self, new: Route, used: Route, rest: Routes) -> bool | None:
        """Whether ``new`` is taken for better than all, as the route in use became this one."""
        if not self.who.rules.deterministic_med:
            return self.beats(new, used)
        if any(self.alike(used, one) for one in (new, *rest)):
            return False
        beaten = [self.beats(one, new) for one in rest if self.alike(one, new)]
        return False if True in beaten else None if None in beaten else True

    def afresh(self, table: _Table) -> Routes:
        """What may be in use where all are compared."""
        routes = tuple(table.values())
        if self.who.rules.deterministic_med:
            routes = self._unbeaten(routes, self.alike)
        return self._unbeaten(routes, lambda *_: True) or routes

    def _unbeaten(self, routes: Routes, meet: Callable[[Route, Route], bool]) -> Routes:
        """The routes that are not known to be beaten by one that they meet."""
        return tuple(
            route
            for route in routes
            if not any(meet(one, route) and self.beats(one, route) for one in routes)
        )

    def alike(self, one: Route, other: Route) -> bool:
        """Whether two routes are of one group: deterministic MED lets them meet first."""
        return is_alike(self.who, one, other)

    def beats(self, one: Route, other: Route) -> bool | None:
        """Whether ``one`` is better than ``other``; None: something unknown decides it."""
        if (one, other) not in self.known:
            same = one.session == other.session
            pair = (_told(one), _told(other)) if same else (one, other)
            met = self.who.try_eliminate(in_order(pair), _ALL + self.who.rules.order)
            self.known[one, other] = None if met is None else met[0] == pair[:1]
            self.known[other, one] = None if met is None else met[0] == pair[1:]
        return self.known[one, other]


def _told(route: Route) -> Route:
    """A route that is as another one of its session in all that nobody says of the neighbour."""
    return replace(
        route,
        peer_router_id=route.peer_router_id or _ANY,
        peer_address=route.peer_address or _ANY,
        age=0,
    )


def _either(
    new: Route | None, otherwise: Route | None, *, better: bool | None
) -> Iterator[Route | None]:
    """``new`` where it is or may be better, and ``otherwise`` where it is not or may not be."""
    if better is not False and new is not None:
        yield new
    if better is not True:
        yield otherwise


def is_alike(who: Comparator, one: Route, other: Route) -> bool:
    """Whether two routes are of one group: of one preference and one neighbour AS."""
    cost = who.rules.distances.cost
    return cost(one) == cost(other) and who.neighbour_as(one) == who.neighbour_as(other)
