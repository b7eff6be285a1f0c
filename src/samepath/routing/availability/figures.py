"""Figures: how often each kind of component fails, for how long, and how much of it is shared.

There are no defaults. A kind without a figure is left out of the account, and that is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class ComponentKind(Enum):
    """What may fail; the value is its key in a file of figures."""

    TUNNEL_ENDPOINT = "tunnel_endpoint"
    """The gateway's end of one tunnel, and the way to it that no other tunnel shares."""
    GATEWAY = "gateway"
    """What all tunnels of a gateway share: the gateway itself."""
    OUTSIDE_PATH = "outside_path"
    """A customer gateway's way to the Internet: its ISP."""
    CUSTOMER_GATEWAY = "customer_gateway"
    """The device, with its software."""
    CUSTOMER_LAN = "customer_lan"
    """A customer gateway's leg in its site."""
    POWER = "power"
    """What feeds a customer gateway."""
    CONFIGURATION = "configuration"
    """A mistake in a customer gateway's configuration, until it is mended."""

    @property
    def words(self) -> str:
        """What a table calls it."""
        return self.value.replace("_", " ").replace("lan", "LAN")


class Whose(Enum):
    """Where a figure comes from."""

    USER = "yours"
    MIXED = "part assumed"
    """Marked as assumed, and not as samepath assumes it."""
    SAMEPATH = "assumed"
    """Samepath's assumption, without a source."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Maintenance:
    """Planned work on one unit: how often a year, and how long the unit is out of service."""

    per_year: float
    lasts: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What one unit of a kind does.

    ``unavailability`` is the share of the time that it is down, less than 1. ``mttr`` is how long it
    is down on average; None: nobody says, and how often it fails is unknown. ``beta`` is the
    fraction of failures that hits all that stand in for each other. ``units`` so many stand in for
    each other inside one (a cluster), and take over within ``takeover``; None: nobody says.
    """

    unavailability: float
    mttr: timedelta | None
    beta: float = 0.0
    units: int = 1
    takeover: timedelta | None = None
    maintenance: Maintenance | None = None
    whose: Whose = Whose.USER


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures of each kind.

    ``switching`` is the gap of every change that nobody has measured; None: unknown.
    """

    kinds: Mapping[ComponentKind, Figure]
    switching: timedelta | None = None

    @property
    def lacking(self) -> tuple[ComponentKind, ...]:
        """The kinds without a figure, which count as if they never failed."""
        return tuple(kind for kind in ComponentKind if kind not in self.kinds)
