"""Kinds of groups: those that fare alike are repaired alike, and the search is made once.

A group that is a part of the topology by itself (:mod:`samepath.routing.parts`) is repaired as every
other one of the same likeness: what is searched sees nothing else. Its elements answer to those of
the other one in the order of their names.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.model.change import Change, SetKey
from samepath.model.topology import Topology
from samepath.routing.likeness import Likenesses
from samepath.routing.parts import Part, parts
from samepath.routing.repair.groups import Group
from samepath.routing.repair.groups import part as joined_by


class Kinds:
    """The kinds of a topology's groups."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._likenesses = Likenesses(topology)
        self._parts = {frozenset(part.connections): part for part in parts(topology)}

    def of(
        self, together: Iterable[Group], apart: Container[str]
    ) -> Iterator[tuple[Group, tuple[Group, ...]]]:
        """Each first group of a kind, and the others; with connections ``apart`` or without."""
        found: dict[object, list[Group]] = {}
        for group in together:
            is_apart = any(name in apart for name in group.connections)
            found.setdefault((is_apart, self._kind(group)), []).append(group)
        for first, *others in found.values():
            yield first, tuple(others)

    def _kind(self, group: Group) -> object:
        part = self._part(group)
        return group if part is None else self._likenesses.of(part)[0]

    def _part(self, group: Group) -> Part | None:
        """The part that the group is, if it is one."""
        part = self._parts.get(frozenset(group.connections))
        if part is None:
            return None
        same = (
            set(part.customers) == set(group.customer_gateways)
            and set(part.sites) == set(group.sites)
            and part.gateways == (group.gateway,)
        )
        return part if same else None

    def in_short(self, group: Group) -> Topology:
        """What a group joins, with one network for all that no policy tells apart.

        No statement of a repair tells apart what was not told apart before.
        """
        alone = joined_by(self._topology, group)
        part = self._part(group)
        if part is None:
            return alone
        firsts: dict[str, list[IPv4Network]] = {name: [] for name in part.sites}
        for (site, _), networks in self._likenesses.of(part)[1].items():
            firsts[part.sites[site]].append(networks[0])
        sites = {
            name: replace(site, networks=tuple(firsts[name]), hosts={})
            for name, site in alone.sites.items()
        }
        return replace(alone, sites=sites)

    def renamed(self, changes: Iterable[Change], old: Group, new: Group) -> Iterator[Change]:
        """Changes of a group, as those of an alike one."""
        one, other = self._part(old), self._part(new)
        assert one is not None and other is not None  # noqa: PT018, S101 - they are of one kind
        connections = dict(zip(one.connections, other.connections, strict=True))
        customers = dict(zip(one.customers, other.customers, strict=True))
        for change in changes:
            if isinstance(change, SetKey):
                names = customers if change.key.of_device else connections
                yield replace(change, name=names[change.name])
            else:
                place = replace(change.place, connection=connections[change.place.connection])
                yield replace(change, place=place)
