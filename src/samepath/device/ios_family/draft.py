"""What a reader of the family has read so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.ios_family.dialect import Dialect
from samepath.device.reading.configuration import Appears, StaticRoute
from samepath.device.reading.prefix_sets import Entry, permitted
from samepath.device.reading.route_maps import Compiled, RouteMapClause
from samepath.device.reading.source import Line, Said
from samepath.device.reading.support import Ledger, Part, contradictory
from samepath.model.policy import PrefixMatch


@dataclass(kw_only=True, slots=True)
class Numbered:
    """An entry of a list with its number, and the line that has it."""

    number: int
    line: Line
    entry: Entry | None = None
    """Of a prefix list, or of an access list as far as it is one."""
    words: tuple[str, ...] = ()
    """Of a community list: what it permits or denies, all of it."""
    permits: bool = True
    opaque: str = ""


@dataclass(kw_only=True)
class NamedList:
    """A list by its name, its entries by their numbers. One without a number gets the next five."""

    name: str
    entries: dict[int, Numbered] = field(default_factory=dict)
    used: bool = False
    _highest: int = 0

    def put(self, entry: Numbered, number: int | None) -> Numbered | None:
        """Take an entry in; the one that has to give way, if there is one."""
        entry.number = self._highest // 5 * 5 + 5 if number is None else number
        self._highest = max(self._highest, entry.number)
        before = self.entries.get(entry.number)
        self.entries[entry.number] = entry
        return before

    @cached_property
    def ordered(self) -> tuple[Numbered, ...]:
        """The entries as they are tried. To be asked when all have been read."""
        return tuple(self.entries[number] for number in sorted(self.entries))

    @cached_property
    def permits(self) -> tuple[PrefixMatch, ...]:
        """The prefixes that it permits. Raises ``TooManyPatterns``."""
        return permitted([one.entry for one in self.ordered if one.entry is not None])

    @cached_property
    def is_odd(self) -> bool:
        """Whether an entry of it is not modelled."""
        return any(one.opaque for one in self.ordered)


@dataclass(kw_only=True, slots=True)
class Setting:
    """A value of a neighbour or of a speaker; None was taken back by a ``no``."""

    value: object
    line: Line


@dataclass(kw_only=True, slots=True)
class Settings:
    """Values by name. A later one takes an earlier one's place, and one that differs is told."""

    values: dict[str, Setting] = field(default_factory=dict)

    def put(
        self, name: str, value: object, line: Line, ledger: Ledger, parts: frozenset[Part]
    ) -> None:
        """Note a value."""
        before = self.values.get(name)
        differs = before is not None and before.value not in {None, value}
        if before is not None and differs and value is not None and not line.typed:
            why = f"{line.place} says otherwise, and counts"
            ledger.mark(before.line, contradictory(why, parts))
        self.values[name] = Setting(value=value, line=line)

    def get(self, name: str) -> Setting | None:
        """A value that holds."""
        found = self.values.get(name)
        return found if found is not None and found.value is not None else None


@dataclass(kw_only=True, slots=True)
class PeerDraft:
    """A neighbour, or a group of them."""

    name: str
    line: Line
    is_group: bool
    activated: bool
    settings: Settings = field(default_factory=Settings)


@dataclass(kw_only=True, slots=True)
class NetworkDraft:
    """A network that a speaker announces."""

    prefix: IPv4Network
    line: Line
    appears: Appears | None
    """None: as all of the speaker's."""
    route_map: str | None = None
    summary_only: bool = False


@dataclass(kw_only=True, slots=True)
class RedistributionDraft:
    """Routes of another source."""

    source: str
    line: Line
    route_map: str | None = None
    metric: int | None = None


@dataclass(kw_only=True, slots=True)
class BgpDraft:
    """A speaker."""

    asn: Said[int]
    vrf: str | None
    settings: Settings = field(default_factory=Settings)
    peers: dict[str, PeerDraft] = field(default_factory=dict)
    networks: dict[IPv4Network, NetworkDraft] = field(default_factory=dict)
    aggregates: dict[IPv4Network, NetworkDraft] = field(default_factory=dict)
    redistributions: dict[str, RedistributionDraft] = field(default_factory=dict)
    activates: bool = True
    """Whether a new neighbour has the IPv4 family without being told."""
    in_families: bool = False
    """Whether the IPv4 family has a block of its own."""


@dataclass(kw_only=True, slots=True)
class InterfaceDraft:
    """An interface."""

    name: str
    line: Line
    addresses: list[Said[IPv4Interface]] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings)


@dataclass(kw_only=True, slots=True)
class Draft:
    """All of it."""

    dialect: Dialect
    ledger: Ledger
    host_name: Said[str] | None = None
    release: Said[str] | None = None
    settings: Settings = field(default_factory=Settings)
    prefix_lists: dict[str, NamedList] = field(default_factory=dict)
    community_lists: dict[str, NamedList] = field(default_factory=dict)
    as_path_lists: dict[str, NamedList] = field(default_factory=dict)
    access_lists: dict[str, NamedList] = field(default_factory=dict)
    maps: dict[str, dict[int, RouteMapClause]] = field(default_factory=dict)
    maps_used: set[str] = field(default_factory=set)
    compiled: dict[tuple[str, int | None], Compiled] = field(default_factory=dict)
    """Maps that have been worked out, by the AS that applies them."""
    map_lines: dict[str, list[Line]] = field(default_factory=dict)
    bgps: dict[str | None, BgpDraft] = field(default_factory=dict)
    interfaces: dict[str, InterfaceDraft] = field(default_factory=dict)
    statics: list[StaticRoute] = field(default_factory=list)
    zones: dict[str, Line] = field(default_factory=dict)
    kernel_maps: list[tuple[str, Line]] = field(default_factory=list)
    """Maps that decide which routes the kernel gets, with the lines that apply them."""

    # Where the reader is; each is set by the line that opens its block.
    in_bgp: BgpDraft | None = None
    in_speaker: BgpDraft | None = None
    """The speaker of the block around a family that belongs to another table (``ipv4 vrf``)."""
    in_clause: tuple[str, RouteMapClause] | None = None
    in_interface: InterfaceDraft | None = None
    in_list: str = ""

    @property
    def bgp(self) -> BgpDraft:
        """The speaker that the reader is in."""
        assert self.in_bgp is not None  # noqa: S101 - its mode says so
        return self.in_bgp

    @property
    def clause(self) -> tuple[str, RouteMapClause]:
        """The clause that the reader is in, with the name of its map."""
        assert self.in_clause is not None  # noqa: S101 - its mode says so
        return self.in_clause

    @property
    def interface(self) -> InterfaceDraft:
        """The interface that the reader is in."""
        assert self.in_interface is not None  # noqa: S101 - its mode says so
        return self.in_interface


def is_address(name: str) -> bool:
    """Whether a neighbour is named by its address."""
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
