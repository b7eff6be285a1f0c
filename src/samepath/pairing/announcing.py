"""What a device puts into BGP by itself: which prefixes, as far as its files tell them.

A device announces networks that it names, and routes of other sources. Of those its files tell what
is connected or static; what another protocol brings is not in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

from samepath.device.reading.configuration import Appears, Bgp, DeviceConfiguration, Redistribution
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Place
from samepath.device.reading.support import Part
from samepath.model.policy import Changes, Disposition, Policy
from samepath.model.topology import Platform
from samepath.pairing.device import Device, Doubt
from samepath.pairing.matching import Match, Matched
from samepath.routing.network import DEFAULT
from samepath.routing.policy import apply
from samepath.routing.route import Route, Source

_LINUX = frozenset({Platform.FRR, Platform.QUAGGA, Platform.VYOS})
"""Platforms whose redistribution takes a static default route along."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unnamed:
    """A source of routes whose prefixes no file names; ``internal``: a neighbour of the own AS."""

    what: str
    internal: bool = False


@dataclass(kw_only=True, slots=True)
class Announcing:
    """The prefixes of a device, each with its line and what its own policy sets on it.

    ``unknown`` are the sources of which the files do not tell the prefixes.
    """

    places: dict[IPv4Network, Place] = field(default_factory=dict)
    changes: dict[IPv4Network, Changes] = field(default_factory=dict)
    unknown: list[Unnamed] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def add(self, prefix: IPv4Network, place: Place, policy: Policy, med: int | None) -> None:
        """Note a prefix, if its policy lets it in."""
        changes = effect(policy, prefix)
        if changes is None or prefix in self.places:
            return
        self.places[prefix] = place
        if changes.med is None and med is not None:
            changes = replace(changes, med=med)
        if changes != Changes():
            self.changes[prefix] = changes

    def keep_back(self, aggregate: IPv4Network) -> None:
        """Leave out the parts of an aggregate that is announced in their place."""
        for prefix in [*self.places]:
            if prefix != aggregate and prefix.subnet_of(aggregate):
                del self.places[prefix]
                self.changes.pop(prefix, None)


def effect(policy: Policy, prefix: IPv4Network) -> Changes | None:
    """What a policy sets on a route of the device's own; None: it rejects it."""
    found = apply(policy, Route(prefix=prefix, source=Source.LOCAL, session=""), 0).route
    if found is None:
        return None
    return Changes(
        med=found.med,
        prepend=len(found.as_path),
        add_communities=tuple(sorted(found.communities)),
    )


def announcing(found: Matched) -> Announcing:
    """What a device announces to AWS by itself."""
    it = Announcing()
    for bgp in speakers(found):
        for one in (*bgp.networks, *bgp.aggregates):
            it.add(one.prefix, one.place, _policy(one.policy), None)
        for each in bgp.redistributions:
            _redistribute(it, found, each)
        for one in bgp.aggregates:
            if one.summary_only:
                it.keep_back(one.prefix)
    it.unknown += _passed_on(found)
    return it


def _passed_on(found: Matched) -> Iterator[Unnamed]:
    """Its neighbours that are no tunnels of this VPN: what they announce goes to AWS, too.

    One of AWS's own AS is left out: AWS finds its number in the path, and drops it.
    """
    expected = {one.neighbour.remote_as for one in found.matches if one.neighbour is not None}
    aws = {said.value for said in expected if said is not None}
    mine = speakers(found)
    for bgp, neighbour in found.strangers:
        remote = neighbour.remote_as
        shut = neighbour.shutdown is not None and neighbour.shutdown.value
        if remote is None or shut or not neighbour.activated or bgp not in mine:
            continue
        if remote.value not in aws:
            yield Unnamed(
                what=f"its neighbour {neighbour.address}",
                internal=remote.value in {bgp.asn.value, "internal"},
            )


def speakers(found: Matched) -> tuple[Bgp, ...]:
    """The speakers that have a session with AWS."""
    told = {id(one.bgp): one.bgp for one in found.matches if one.bgp is not None}
    return tuple(told.values())


def _policy(applied: AppliedPolicy | None) -> Policy:
    return Policy() if applied is None else applied.policy


def _redistribute(it: Announcing, found: Matched, each: Redistribution) -> None:
    configuration = found.device.configuration
    source = each.source.split()[0]
    if source in {"connected", "direct"}:
        prefixes = [*_connected(configuration), *(one.tunnel.inside for one in found.matches)]
        lans = [one for one in prefixes if not one.is_link_local]
        if not lans:
            it.unknown.append(Unnamed(what=each.source))
    elif source == "static":
        prefixes = [*_static(configuration)]
        goes = effect(_policy(each.policy), DEFAULT) is not None
        if goes and DEFAULT in prefixes and configuration.platform not in _LINUX:
            why = "whether the static default route goes with it is not modelled"
            it.doubts.append(_doubt(found.device, each.place, why))
            prefixes.remove(DEFAULT)
        if not prefixes:
            return
    else:
        prefixes = []
        it.unknown.append(Unnamed(what=each.source))
    for prefix in prefixes:
        it.add(prefix, each.place, _policy(each.policy), each.metric)


def _connected(configuration: DeviceConfiguration) -> Iterator[IPv4Network]:
    for interface in configuration.interfaces:
        if interface.shutdown is None or not interface.shutdown.value:
            for address in interface.addresses:
                if not address.value.is_loopback:
                    yield address.value.network


def _static(configuration: DeviceConfiguration) -> Iterator[IPv4Network]:
    return (one.prefix for one in configuration.static_routes)


def _doubt(device: Device, place: Place, reason: str) -> Doubt:
    return Doubt(
        device=device.name, place=place, text="", reason=reason, parts=frozenset({Part.FROM_AWS})
    )


def named_by(policies: Iterable[AppliedPolicy | None]) -> Iterator[IPv4Network]:
    """The prefixes that policies let out by name: what is announced where nothing else tells it."""
    for applied in policies:
        for term in () if applied is None else applied.policy.terms:
            if term.disposition is Disposition.REJECT or term.opaque:
                continue
            for one in term.conditions.prefixes:
                if one.prefix != DEFAULT:
                    yield one.prefix


def stays_announced(found: Matched, prefix: IPv4Network) -> bool:
    """Whether a device goes on announcing a prefix when its LAN is gone."""
    configuration = found.device.configuration
    anchored = any(route.drops and route.prefix == prefix for route in configuration.static_routes)
    always = any(
        one.prefix == prefix and one.appears is Appears.ALWAYS
        for bgp in speakers(found)
        for one in bgp.networks
    )
    return anchored or always


def exports_of(matches: Iterable[Match]) -> Iterator[AppliedPolicy | None]:
    """The export policies of a device's sessions with AWS, its redistributions' maps besides."""
    for one in matches:
        if one.neighbour is not None:
            yield one.neighbour.exports
        if one.bgp is not None:
            for each in one.bgp.redistributions:
                yield each.policy
