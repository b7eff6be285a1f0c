"""BIRD's table of a prefix, one change after another: an oracle that knows no rule, only steps.

After ``rte_recalculate`` (``nest/rt-table.c``) and ``bgp_rte_recalculate`` (``proto/bgp/attrs.c``)
of BIRD 2.0.12, for routes of one preference, without ``med metric`` and ``prefer older``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from samepath.routing.route import Route, Source


@dataclass(eq=False, slots=True)
class _Entry:
    route: Route
    suppressed: bool = False

    @property
    def group(self) -> int:
        return self.route.as_path[0]


def _until_multipath(one: _Entry, other: _Entry) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """What decides between two routes before it is a matter of who announces them."""

    def key(entry: _Entry) -> tuple[object, ...]:
        route = entry.route
        med = (route.med or 0) if one.group == other.group else 0
        internal = route.source is Source.IBGP
        preference = -(route.local_preference or 0)
        return entry.suppressed, preference, len(route.as_path), route.origin, med, internal

    return key(one), key(other)


def _better(one: _Entry, other: _Entry) -> bool:
    first, second = _until_multipath(one, other)
    if first != second:
        return first < second
    return _identity(one.route) < _identity(other.route)


def _identity(route: Route) -> tuple[object, ...]:
    return route.originator or route.peer_router_id, route.cluster_length, route.peer_address


def _mergable(one: _Entry, other: _Entry) -> bool:
    first, second = _until_multipath(one, other)
    return first == second


@dataclass(slots=True)
class Reenacted:
    """The table; the first entry is the route in use."""

    deterministic: bool
    entries: list[_Entry] = field(default_factory=list)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, the one in use first."""
        return tuple(entry.route for entry in self.entries)

    def change(self, session: str, route: Route | None) -> None:
        """Let a session's route become this one, or go."""
        best = self.entries[0] if self.entries else None
        old = next((one for one in self.entries if one.route.session == session), None)
        if (None if old is None else old.route) == route:
            return
        new = None if route is None else _Entry(route)
        at = len(self.entries) if old is None else self.entries.index(old)
        if old is not None:
            self.entries.remove(old)
        compare_all = self.deterministic and self._regroup(new, old, best)
        if not compare_all and new is not None and (best is None or _better(new, best)):
            self.entries.insert(0, new)
            return
        if new is not None:
            self.entries.insert(at, new)
        if compare_all or old is best:
            self._compare_all()

    def _compare_all(self) -> None:
        best = 0
        for place in range(1, len(self.entries)):
            if _better(self.entries[place], self.entries[best]):
                best = place
        if self.entries:
            self.entries.insert(0, self.entries.pop(best))

    def _regroup(self, new: _Entry | None, old: _Entry | None, best: _Entry | None) -> bool:
        """Find the best of a changed group; whether all have to be compared then."""
        if new is not None and old is not None and new.group != old.group:
            gone = self._regroup(None, old, best)
            come = self._regroup(new, None, best)
            return gone or come
        changed = new or old
        assert changed is not None
        was_suppressed = old is not None and old.suppressed
        for one in (new, old):
            if one is not None:
                one.suppressed = True
        if was_suppressed and old is not None and not (new is not None and _better(new, old)):
            return False
        group = [one for one in self.entries if one.group == changed.group]
        first = new
        for one in group:
            one.suppressed = True
            if first is None or _better(one, first):
                first = one
        if first is None:
            return False
        for one in (*group, *([] if new is None else [new])):
            one.suppressed = one is not first and not _mergable(first, one)
        if first is new:
            return best is not None and best.group == changed.group
        return not was_suppressed
