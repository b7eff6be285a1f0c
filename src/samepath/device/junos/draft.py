"""What a reader of Junos has read so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TypeVar

from samepath.device.reading.source import Line, Said
from samepath.device.reading.support import Ledger, Part, contradictory
from samepath.model.policy import PrefixMatch

T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Setting:
    """A value, and the line that says it."""

    value: object
    line: Line
    inherited: bool = False


@dataclass(kw_only=True, slots=True)
class Settings:
    """Values by name, and lists of values. A later value takes an earlier one's place."""

    line: Line
    values: dict[str, Setting] = field(default_factory=dict)
    lists: dict[str, list[Setting]] = field(default_factory=dict)

    def get(self, name: str) -> Setting | None:
        """A value."""
        return self.values.get(name)

    def said(self, name: str, kind: type[T]) -> Said[T] | None:
        """A value of a kind."""
        return said(self.values.get(name), kind)


def said(setting: Setting | None, kind: type[T]) -> Said[T] | None:
    """A setting as a value; of another kind it is none."""
    if setting is None or not isinstance(setting.value, kind):
        return None
    return Said(value=setting.value, place=setting.line.place)


@dataclass(kw_only=True, slots=True)
class GroupDraft:
    """A group of neighbours."""

    name: str
    settings: Settings
    neighbours: dict[str, Settings] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class RouteDraft:
    """A static route: each of its next hops with what is said of it alone."""

    prefix: IPv4Network
    settings: Settings
    hops: dict[str, Settings] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class InstanceDraft:
    """A routing table with its protocols; the name of the device's own is None."""

    name: str | None
    settings: Settings | None = None
    bgp: Settings | None = None
    groups: dict[str, GroupDraft] = field(default_factory=dict)
    statics: dict[IPv4Network, RouteDraft] = field(default_factory=dict)
    aggregates: dict[IPv4Network, RouteDraft] = field(default_factory=dict)
    interfaces: dict[str, Line] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class From:
    """A condition of a term: what it is about, and its words."""

    kind: str
    line: Line
    name: str = ""
    match: PrefixMatch | None = None


@dataclass(kw_only=True, slots=True)
class Then:
    """What a term does."""

    kind: str
    line: Line
    words: str
    value: object = None


@dataclass(kw_only=True, slots=True)
class TermDraft:
    """A term."""

    name: str
    line: Line
    conditions: list[From] = field(default_factory=list)
    actions: list[Then] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class PolicyDraft:
    """A policy statement; the term without a name stands behind the others."""

    name: str
    terms: dict[str, TermDraft] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    odd: list[tuple[Line, str]] = field(default_factory=list)
    """Lines of it that Junos does not know, and why."""
    used: bool = False

    def ordered(self) -> Iterator[TermDraft]:
        """The terms as they are tried."""
        yield from (one for name, one in self.terms.items() if name)
        yield from (one for name, one in self.terms.items() if not name)


@dataclass(kw_only=True, slots=True)
class ListDraft:
    """A prefix list, a community or an AS path by its name."""

    name: str
    line: Line
    prefixes: list[IPv4Network] = field(default_factory=list)
    members: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    opaque: str = ""
    used: bool = False


@dataclass(kw_only=True, slots=True)
class InterfaceDraft:
    """A logical interface, or a physical one (without a unit)."""

    name: str
    settings: Settings
    addresses: list[Said[IPv4Interface]] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class Draft:
    """All of it."""

    ledger: Ledger
    inherited: bool = False
    """Whether the statement that is being read comes from a group."""
    shortened_left: int = 5000
    """Commands that may still be looked at for words that are short."""
    splits_left: int = 500
    """Commands that may still be looked at for more than one statement."""
    host_name: Said[str] | None = None
    release: Said[str] | None = None
    instances: dict[str | None, InstanceDraft] = field(default_factory=dict)
    policies: dict[str, PolicyDraft] = field(default_factory=dict)
    prefix_lists: dict[str, ListDraft] = field(default_factory=dict)
    communities: dict[str, ListDraft] = field(default_factory=dict)
    as_paths: dict[str, ListDraft] = field(default_factory=dict)
    interfaces: dict[str, InterfaceDraft] = field(default_factory=dict)
    instance_of: dict[str, Said[str]] = field(default_factory=dict)
    """The routing instance of each interface that has one."""
    forwarding_export: list[Setting] = field(default_factory=list)
    ipsec: dict[tuple[str, str], Settings] = field(default_factory=dict)
    """The objects of ``security ike`` and ``security ipsec`` by kind and name."""
    zones: dict[str, Line] = field(default_factory=dict)
    zone_of: dict[str, Said[str]] = field(default_factory=dict)
    packet_based: Line | None = None
    flow: Settings | None = None

    def instance(self, name: str | None) -> InstanceDraft:
        """A routing table."""
        return self.instances.setdefault(name, InstanceDraft(name=name))

    def put(
        self, settings: Settings, name: str, value: object, line: Line, parts: frozenset[Part]
    ) -> None:
        """Note a value. One that differs from another of the same block is told."""
        before = settings.values.get(name)
        differs = before is not None and before.value != value
        if before is not None and differs and not before.inherited:
            why = f"{line.place} says otherwise, and counts"
            self.ledger.mark(before.line, contradictory(why, parts))
        settings.values[name] = Setting(value=value, line=line, inherited=self.inherited)

    def append(self, settings: Settings, name: str, value: object, line: Line) -> None:
        """Note a member of a list."""
        members = settings.lists.setdefault(name, [])
        members.append(Setting(value=value, line=line, inherited=self.inherited))

    def object(self, kind: str, name: str, line: Line) -> Settings:
        """An object of IKE or IPsec."""
        return self.ipsec.setdefault((kind, name), Settings(line=line))

    def interface(self, name: str, line: Line) -> InterfaceDraft:
        """An interface."""
        found = self.interfaces.get(name)
        if found is None:
            found = self.interfaces[name] = InterfaceDraft(name=name, settings=Settings(line=line))
        return found


def address(text: str) -> IPv4Address | None:
    """An IPv4 address, if a word is one."""
    try:
        return IPv4Address(text)
    except ValueError:
        return None
