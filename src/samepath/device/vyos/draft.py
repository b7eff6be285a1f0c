"""What a reader of VyOS has read: the family's draft, and IPsec in VyOS's own shape."""

from __future__ import annotations

from dataclasses import dataclass, field

from samepath.device.ios_family.draft import BgpDraft, Draft, NamedList, PeerDraft, Setting
from samepath.device.reading.configuration import StaticRoute
from samepath.device.reading.source import Line, Said


@dataclass(kw_only=True, slots=True)
class Group:
    """A block of IPsec by its name: a group, a peer, a secret."""

    name: str
    line: Line
    said: dict[str, Setting] = field(default_factory=dict)
    proposals: dict[int, dict[str, Setting]] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class VyosDraft(Draft):
    """What a reader of VyOS has read so far."""

    asns: dict[str | None, tuple[Said[int], Line]] = field(default_factory=dict)
    is_old: bool = False
    """Whether the AS stands in the path of BGP: up to 1.3, and EdgeOS."""
    routes: dict[tuple[object, ...], StaticRoute] = field(default_factory=dict)
    """Static routes by what makes them different ones."""
    families: set[tuple[str | None, str]] = field(default_factory=set)
    """Neighbours and groups whose IPv4 unicast family is named, with their tables."""
    rules: dict[tuple[str, str], dict[int, dict[str, object]]] = field(default_factory=dict)
    """Rules of lists by kind, name and number: what their lines say."""
    rule_lines: list[tuple[NamedList, Line]] = field(default_factory=list)
    bfd_profiles: dict[str, dict[str, int]] = field(default_factory=dict)
    """What each profile of BFD says, by its words."""
    ike_groups: dict[str, Group] = field(default_factory=dict)
    esp_groups: dict[str, Group] = field(default_factory=dict)
    site_peers: dict[str, Group] = field(default_factory=dict)
    secrets: dict[str, Group] = field(default_factory=dict)

    def speaker(self, vrf: str | None, line: Line) -> BgpDraft:
        """The speaker of a table; its AS may come later."""
        found = self.bgps.get(vrf)
        if found is None:
            unknown_yet = Said(value=0, place=line.place)
            found = self.bgps[vrf] = BgpDraft(asn=unknown_yet, vrf=vrf)
        return found

    def peer(self, vrf: str | None, name: str, line: Line, *, is_group: bool) -> PeerDraft:
        """A neighbour or a group, which is there as soon as a line names it."""
        peers = self.speaker(vrf, line).peers
        found = peers.get(name)
        if found is None:
            found = PeerDraft(name=name, line=line, is_group=is_group, activated=True)
            peers[name] = found
        return found
