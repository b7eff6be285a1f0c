"""Routes carried by turns: who has news announces its best routes, until nobody has any.

What a router announces hangs on what it has heard, and on nothing else in an evaluation. Carried
again in another order, routers come to hear most of what they have heard before, so that each
announcement is worked out once. Equal tables are one object here, and are compared as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network

from samepath.routing.assumption import Ask
from samepath.routing.decision import best_of
from samepath.routing.exchange import receive, send, send_default
from samepath.routing.history import Before
from samepath.routing.network import Network, Router, Session
from samepath.routing.route import Route
from samepath.routing.selection import Table, candidates, choose

Heard = dict[tuple[str, str], Table]
"""What each router has accepted, by router and session."""

Recall = Callable[[str, IPv4Network], Before | None]
"""What a router had of a prefix before; None: nothing."""


class Carrier:
    """A network's routes on their way. ``ask`` answers an equal question always alike.

    ``recall`` tells what a router had before the routes went on their way; None: nothing.
    """

    def __init__(self, network: Network, ask: Ask, recall: Recall) -> None:
        self.network = network
        self.ask = ask
        self._recall = recall
        self._tables: dict[frozenset[tuple[IPv4Network, Route]], Table] = {}
        self._circling: set[int] = set()
        self._announced: dict[tuple[str, tuple[int, ...]], Heard] = {}

    def heard(self, start: Mapping[tuple[str, str], Table]) -> Heard:
        """What the routers have heard who begin with ``start``; a session that is not in it: nothing."""
        return {
            (end.router, session.name): self._table(start.get((end.router, session.name), {}))
            for session in self.network.sessions.values()
            for end in session.ends
        }

    def carry(self, order: tuple[str, ...], heard: Heard, news: frozenset[str]) -> frozenset[str]:
        """Change ``heard`` until no router of ``order`` has news; those that go on changing, if any."""
        seen: dict[tuple[tuple[int, ...], frozenset[str]], int] = {}
        reached: list[frozenset[str]] = []
        """By round: who has heard something new in it."""
        while news:
            before = tuple(map(id, heard.values())), news
            if before in seen:
                # Within a round, too, there may be changes that leave no trace at its end.
                return frozenset().union(*reached[seen[before] :])
            seen[before] = len(seen)
            news, of_round = self._round(order, heard, news)
            reached.append(of_round)
            if moving := self._going_round(heard):
                return moving
        return frozenset()

    def _table(self, table: Table) -> Table:
        """The one object for all tables that are equal to this one."""
        key = frozenset(table.items())
        known = self._tables.get(key)
        if known is None:
            self._tables[key] = known = dict(table)
            most = len(self.network.routers)
            if any(route.cluster_length > most for route in known.values()):
                self._circling.add(id(known))
        return known

    def _round(
        self, order: tuple[str, ...], heard: Heard, news: frozenset[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Let each with news announce; those that have news after it, and all that heard some."""
        left, reached = set(news), set[str]()
        for name in order:
            if name in left:
                left.discard(name)
                hearers = self._announce(name, heard)
                left |= hearers.intersection(order)
                reached |= hearers
        return frozenset(left), frozenset(reached)

    def _going_round(self, heard: Heard) -> frozenset[str]:
        """The routers that hear a route which more clusters have reflected than there are routers.

        A ring of reflectors that do not look into the cluster list passes on for ever what its
        source has withdrawn long ago (RFC 4456, 8, asks every reflector to look).
        """
        if not self._circling:
            return frozenset()
        return frozenset(
            router for (router, _), table in heard.items() if id(table) in self._circling
        )

    def _announce(self, name: str, heard: Heard) -> set[str]:
        """Let every neighbour hear a router's best routes as they are now; those that hear news."""
        mine = self.network.sessions_of[name]
        key = name, tuple(id(heard[name, session.name]) for session in mine)
        arriving = self._announced.get(key)
        if arriving is None:
            arriving = self._announced[key] = dict(self._arriving(name, heard))
        news = {end: table for end, table in arriving.items() if heard[end] is not table}
        heard.update(news)
        return {neighbour for neighbour, _ in news}

    def _arriving(self, name: str, heard: Heard) -> Iterator[tuple[tuple[str, str], Table]]:
        """What each neighbour accepts of a router's best routes."""
        router = self.network.routers[name]
        best = dict(self._best(router, heard))
        for session in self.network.sessions_of[name]:
            neighbour = session.far_from(name).router
            arriving: dict[IPv4Network, Route] = {}
            mirrors = session.end_of(name).mirrored_meds is not None
            chosen = self._chosen(session, name, heard, best) if mirrors else None
            for route in self._sent(session, name, heard, best.values(), chosen=chosen):
                taken = receive(self.network, session, neighbour, route, self.ask).route
                if taken is not None:
                    arriving[taken.prefix] = taken
            yield (neighbour, session.name), self._table(arriving)

    def _chosen(
        self, session: Session, router: str, heard: Heard, best: Mapping[IPv4Network, Route]
    ) -> bool | None:
        """Whether a router sends by this session of its connection; None where it has no choice.

        It has one where it hears a prefix over every session of the connection, and sends by one
        of them.
        """
        pair = self.network.pairs.get(session.connection, ())
        tables = [heard.get((router, name)) for name in pair]
        for prefix in sorted(tables[0] or ()) if tables else ():
            sends_by = best[prefix].session if prefix in best else ""
            if sends_by in pair and all(table is not None and prefix in table for table in tables):
                return sends_by == session.name
        return None

    def _sent(
        self,
        session: Session,
        sender: str,
        heard: Heard,
        best: Iterable[Route],
        *,
        chosen: bool | None,
    ) -> Iterator[Route]:
        held = (one for one in candidates(self.network, heard, sender) if one.is_bgp)
        default = send_default(self.network, session, sender, held)
        if default is not None:
            yield default
        for route in best:
            if default is not None and route.prefix == default.prefix:
                # There is one route a prefix on the wire, also where the neighbour refuses it.
                continue
            sent = send(self.network, session, sender, route, self.ask, chosen=chosen).route
            if sent is not None:
                yield sent

    def _best(self, router: Router, heard: Heard) -> Iterator[tuple[IPv4Network, Route]]:
        """The route of each prefix that a router announces, where it announces one."""
        by_prefix: dict[IPv4Network, list[Route]] = {}
        own = {origination.prefix for origination in router.originates}
        for route in candidates(self.network, heard, router.name):
            if route.is_bgp or (router.rules.distances.one_table and route.prefix not in own):
                by_prefix.setdefault(route.prefix, []).append(route)
        reflects = any(
            each.end_of(router.name).is_client for each in self.network.sessions_of[router.name]
        )
        for prefix in sorted(by_prefix):
            before = self._recall(router.name, prefix)
            decision = choose(self.network, router, by_prefix[prefix], self.ask, before)
            best = best_of(
                router.rules,
                decision,
                self.ask,
                router.name,
                next_hop_self=True,
                reflects=reflects,
            )
            if best.is_bgp:
                yield prefix, best
