"""What a platform thinks of each source of routes: administrative distance, or preference.

Two shapes exist. Where BGP has a table of its own (IOS, FRR and their kin), it first chooses its
best route there, and only that one meets the routes of other protocols; it announces its best even
where another protocol's route is the one in use. Where there is one table (BIRD, Junos), every
route is compared with every other by preference first, and only the one in use is announced.
"""

from __future__ import annotations

from dataclasses import dataclass

from samepath.routing.route import Route, Source
from samepath.routing.steps import Sureness


@dataclass(frozen=True, kw_only=True, slots=True)
class Distance:
    """What a route of ``source`` is worth by default."""

    source: Source
    value: int
    sureness: Sureness


@dataclass(frozen=True, kw_only=True, slots=True)
class Distances:
    """The defaults of one platform. A source that is not there does not exist on it."""

    defaults: tuple[Distance, ...]
    higher_wins: bool = False
    one_table: bool = False
    """Whether distance is compared before BGP's own attributes; if not, after."""
    weighed_from: int | None = None
    """Where there is no weight, one of ours is rendered as the distance, counted from here."""

    def default(self, source: Source) -> Distance:
        """The default for ``source``. A platform without that source is the caller's mistake."""
        (found,) = (one for one in self.defaults if one.source is source)
        return found

    def cost(self, route: Route) -> int:
        """A number that is the lower, the better the route's distance is."""
        own = self._own(route)
        value = self.default(route.source).value if own is None else own
        return -value if self.higher_wins else value

    def sureness(self, route: Route) -> Sureness:
        """How sure the distance of ``route`` is: one that was set is read, not known."""
        if self._own(route) is not None:
            return Sureness.DOCUMENTED
        return self.default(route.source).sureness

    def _own(self, route: Route) -> int | None:
        """What was set for a route, in either way."""
        if self.weighed_from is not None and route.weight is not None:
            return self.weighed_from + route.weight
        return route.distance


def distances(
    values: dict[Source, int],
    sureness: Sureness,
    *,
    surer: dict[Source, Sureness] | None = None,
    higher_wins: bool = False,
    one_table: bool = False,
    weighed_from: int | None = None,
) -> Distances:
    """A table of ``values``, all of one ``sureness`` but those in ``surer``."""
    return Distances(
        defaults=tuple(
            Distance(source=source, value=value, sureness=(surer or {}).get(source, sureness))
            for source, value in values.items()
        ),
        higher_wins=higher_wins,
        one_table=one_table,
        weighed_from=weighed_from,
    )
