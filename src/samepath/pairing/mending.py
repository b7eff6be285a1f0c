"""A repair in the devices' own lines: what is typed for each change, and what takes it back.

The lines of a change are read again as the device would read them, behind all that were typed
before: the neighbour has to have the policy that was meant then, every other one what it had, and
the lines that take them back have to bring back what was there. Lines of which that is not true are
told to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from samepath.device.readers import read
from samepath.device.reading.configuration import Bgp, DeviceConfiguration, Neighbour
from samepath.device.reading.source import Source
from samepath.device.writers import Writer, writer
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.trial import does, is_meant
from samepath.model.change import (
    Change,
    DropTerm,
    End,
    PolicyPlace,
    SetAttribute,
    SetKey,
    amended,
    policy_at,
    stays,
)
from samepath.model.policy import Policy, Term
from samepath.model.topology import Topology
from samepath.pairing.paired import Paired, PairedDevice, PairedTunnel


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """A change as a device takes it. ``patch`` is None where there are no lines, and ``why`` says so."""

    device: str
    patch: Patch | None
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mended:
    """A device with all of its changes, in the order of typing; ``writer`` is its platform's."""

    device: PairedDevice
    writer: Writer
    patches: tuple[Patch, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is typed."""
        return tuple(line for patch in self.patches for line in patch.lines)

    @property
    def reverts(self) -> tuple[str, ...]:
        """All that takes it back, the last change first."""
        return tuple(line for patch in reversed(self.patches) for line in patch.reverts)

    @property
    def resets(self) -> tuple[str, ...]:
        """What makes the changes, or their reverts, take effect; each once."""
        return tuple(dict.fromkeys(line for patch in self.patches for line in patch.resets))


@dataclass(frozen=True, kw_only=True, slots=True)
class Mending:
    """All changes at devices, and the devices that have lines."""

    typed: Mapping[Change, Typed]
    devices: tuple[Mended, ...]


def mending(paired: Paired, changes: Iterable[Change]) -> Mending:
    """The lines of changes, which are typed in this order."""
    topology = paired.understood.topology
    states = {one.customer: _Device(one) for one in paired.devices}
    typed: dict[Change, Typed] = {}
    made: list[Change] = []
    for change in changes:
        made.append(change)
        state = states.get(_customer(change, topology))
        if state is None:
            continue
        name = state.paired.device.name
        try:
            typed[change] = Typed(device=name, patch=state.type(change, made, topology))
        except NotWritable as error:
            typed[change] = Typed(device=name, patch=None, why=str(error))
    return Mending(
        typed=typed,
        devices=tuple(
            Mended(device=one.paired, writer=one.writer(), patches=tuple(one.patches))
            for one in states.values()
            if one.patches
        ),
    )


def _customer(change: Change, topology: Topology) -> str:
    """The customer gateway whose lines a change is; empty: no device's."""
    if isinstance(change, SetKey):
        return change.name if change.key.of_device else ""
    if change.place.end is End.GATEWAY:
        return ""
    return topology.connections[change.place.connection].customer_gateway


class _Device:
    """A device into which changes are typed, one after the other."""

    def __init__(self, paired: PairedDevice) -> None:
        self.paired = paired
        self.patches: list[Patch] = []
        self._sources = paired.device.sources
        self._configuration = paired.device.configuration

    def writer(self) -> Writer:
        """Its platform's. Raises :class:`NotWritable`."""
        return writer(self._configuration.platform)

    def type(self, change: Change, made: Iterable[Change], topology: Topology) -> Patch:
        """The lines of a change after those before it. Raises :class:`NotWritable`."""
        if isinstance(change, SetKey):
            raise NotWritable(f"{change.key.value} is no line of a policy")
        platform = self.writer().load()
        tunnel = self._tunnel(change)
        bgp, neighbour = self._neighbour(self._configuration, tunnel)
        edit = Edit(
            configuration=self._configuration,
            sources=self._sources,
            bgp=bgp,
            neighbour=neighbour,
            direction=change.place.direction,
            after=_own(tunnel, change.place, made, topology),
        )
        patch = platform.amend(edit)
        then = platform.after(self._sources, patch.lines)
        found = self._read(then)
        if not is_meant(edit, found):
            raise NotWritable("the lines that were made for it do not read as what is meant")
        back = self._read(platform.after(then, patch.reverts))
        if does(back) != does(self._configuration):
            raise NotWritable("the lines that take it back do not read as what was there")
        self._sources, self._configuration = then, found
        self.patches.append(patch)
        return patch

    def _tunnel(self, change: SetAttribute | DropTerm) -> PairedTunnel:
        place = change.place
        return next(
            one
            for one in self.paired.tunnels
            if one.match.connection.name == place.connection
            and one.match.tunnel.number == place.tunnel
        )

    def _neighbour(
        self, configuration: DeviceConfiguration, tunnel: PairedTunnel
    ) -> tuple[Bgp, Neighbour]:
        """The tunnel's neighbour as it is now. Raises :class:`NotWritable`."""
        bgp, neighbour = tunnel.match.bgp, tunnel.match.neighbour
        if bgp is None or neighbour is None:
            raise NotWritable("the device has no BGP neighbour in this tunnel")
        return next(
            (one, each)
            for one in configuration.bgps
            if one.vrf == bgp.vrf
            for each in one.neighbours
            if each.address == neighbour.address
        )

    def _read(self, sources: tuple[Source, ...]) -> DeviceConfiguration:
        return read(sources, self._configuration.platform)


def _own(
    tunnel: PairedTunnel, place: PolicyPlace, made: Iterable[Change], topology: Topology
) -> Policy:
    """What the device's own policy is to be after changes, the topology's is them all.

    A topology has more in front of it: what the device does to a route before its policy.
    Raises :class:`NotWritable` where a change is of that.
    """
    connection = topology.connections[place.connection]
    before = policy_at(connection, place)
    neighbour = tunnel.match.neighbour
    applied = None if neighbour is None else neighbour.applied(place.direction)
    own = () if applied is None else applied.policy.terms
    if applied is not None and not own and before.terms == (Term(),):
        # A policy that is empty, and is one (RFC 8212).
        own = before.terms
    offset = len(before.terms) - len(own)
    if offset < 0 or before.terms[offset:] != own:
        raise NotWritable("the device decides it otherwise than by a policy of the session")
    mine = [one for one in made if not isinstance(one, SetKey) and one.place == place]
    terms = amended(before, mine, stays=stays(topology, place))
    kept = {position: term for position, term in terms if position is not None}
    if any(kept.get(at) != term for at, term in enumerate(before.terms[:offset])):
        raise NotWritable("the device sets it elsewhere than in a policy of the session")
    return Policy(
        terms=tuple(term for position, term in terms if position is None or position >= offset)
    )
