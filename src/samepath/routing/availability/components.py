"""Components of a design: what of it fails independently of all else, and what goes down with it.

A kind's figure is split here: into what one unit does for itself, and what all that stand in for
each other have in common.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import reduce

from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Connection, Topology, Tunnel
from samepath.model.topology_view import customer_tunnels, gateway_tunnels
from samepath.routing.availability.figures import ComponentKind, Figure, Figures, Whose


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """Something that fails by itself.

    ``elements`` are down while it is. ``unavailability`` is the share of the time that it is down,
    and ``down`` how many seconds on average; None: nobody says. ``units`` stand in for each other in
    it, and all of them are down when it is. ``common``: it is what several others share.
    """

    kind: ComponentKind
    elements: tuple[Element, ...]
    unavailability: float
    down: float | None
    name: str
    common: bool = False
    units: int = 1
    whose: Whose = Whose.USER

    @property
    def frequency(self) -> float | None:
        """How often it goes down, a second: u / MTTR, in the long run."""
        return None if self.down is None else self.unavailability / self.down


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One of the parts of a kind that a design has: a tunnel's endpoint, a customer gateway's power.

    ``group`` is how many units, in it and in others, stand in for each other.
    """

    kind: ComponentKind
    element: Element
    figure: Figure
    own: Component
    group: int

    @property
    def unit(self) -> float:
        """The share of the time that one of its units is down by itself."""
        return split(self.figure, self.group)[1]

    def with_units(self, units: int) -> Component:
        """What it does with so many units in service."""
        return _module(self.kind, self.element, self.figure, self.unit, units)


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """The components of a design: what each member does for itself, and what some have in common."""

    members: tuple[Member, ...]
    shared: tuple[Component, ...]

    @property
    def components(self) -> tuple[Component, ...]:
        """All of them; what never fails is none."""
        every = (*(member.own for member in self.members), *self.shared)
        return tuple(one for one in every if one.unavailability > 0)


def split(figure: Figure, group: int) -> tuple[float, float]:
    """The shares of the time in which all of ``group`` units are down together, and one by itself.

    A unit taken for itself is down for what its figure says: 1 - (1 - common) (1 - own) = u.
    """
    if group == 1:
        return 0.0, figure.unavailability
    common = figure.beta * figure.unavailability
    return common, (figure.unavailability - common) / (1 - common)


def design_of(
    topology: Topology,
    figures: Figures,
    without: Collection[Element] = (),
    *,
    whole: Topology | None = None,
) -> Design:
    """The components of a topology, or of one that lacks ``without``: tunnels, customer gateways.

    ``whole`` is what ``topology`` is a part of: what stands in for each other is counted there.
    """
    whole = whole or topology
    members: list[Member] = []
    shared: list[Component] = []
    for kind, figure in figures.kinds.items():
        for name, all_of in _groups(topology, kind, without):
            each = [_figure_of(topology, kind, element, figure) for element in all_of]
            group = max(
                sum(one.units for one in each),
                figure.units * _size(whole, kind, name, without),
            )
            mine = [
                _member(kind, its, element, group)
                for its, element in zip(each, all_of, strict=True)
            ]
            members += mine
            common, _ = split(figure, group)
            if common > 0:
                shared.append(_shared(kind, figure, name, mine, common))
    return Design(members=tuple(members), shared=tuple(shared))


def _figure_of(topology: Topology, kind: ComponentKind, element: Element, figure: Figure) -> Figure:
    """The figure of one element: a customer gateway that is a cluster has its two machines."""
    is_cluster = (
        kind is ComponentKind.CUSTOMER_GATEWAY
        and topology.customer_gateways[element.name].cluster is not None
    )
    return replace(figure, units=max(figure.units, 2)) if is_cluster else figure


def _member(kind: ComponentKind, figure: Figure, element: Element, group: int) -> Member:
    _, unit = split(figure, group)
    own = _module(kind, element, figure, unit, figure.units)
    return Member(kind=kind, element=element, figure=figure, own=own, group=group)


def _module(
    kind: ComponentKind, element: Element, figure: Figure, unit: float, units: int
) -> Component:
    """Units that stand in for each other: all of them are down for the product of their shares.

    That ends with the first repair, after MTTR / units on average.
    """
    down = None if figure.mttr is None else figure.mttr.total_seconds()
    return Component(
        kind=kind,
        elements=(element,),
        unavailability=unit**units,
        down=down and down / units,
        name=f"{element} {kind.words}",
        units=units,
        whose=figure.whose,
    )


def _shared(
    kind: ComponentKind, figure: Figure, group: str, members: list[Member], common: float
) -> Component:
    if len(members) == 1 and members[0].figure.units > 1:
        units = "both units" if members[0].figure.units == 2 else "all units"
        name = f"{units} of {members[0].element} {kind.words}"
    else:
        name = f"every {kind.words} of {group}"
    return Component(
        kind=kind,
        elements=tuple(member.element for member in members),
        unavailability=common,
        down=None if figure.mttr is None else figure.mttr.total_seconds(),
        name=f"{name} (shared)",
        common=True,
        whose=figure.whose,
    )


# ----------------------------------------------------------------------- what there is of each kind

_OF_CUSTOMER = {
    ComponentKind.OUTSIDE_PATH: ElementKind.CUSTOMER_PATH,
    ComponentKind.CUSTOMER_GATEWAY: ElementKind.CUSTOMER_GATEWAY,
    ComponentKind.CUSTOMER_LAN: ElementKind.CUSTOMER_LAN,
    ComponentKind.POWER: ElementKind.CUSTOMER_GATEWAY,
    ComponentKind.CONFIGURATION: ElementKind.CUSTOMER_GATEWAY,
}
"""What is down with a customer gateway's part: without power the device is."""


def _groups(
    topology: Topology, kind: ComponentKind, without: Collection[Element]
) -> Iterator[tuple[str, list[Element]]]:
    """The elements of a kind that stand in for each other, with the name of the group."""
    for name in topology.gateways:
        gateway = Element(kind=ElementKind.GATEWAY, name=name)
        tunnels = tunnels_left(topology, gateway, without)
        if not tunnels:
            continue
        if kind is ComponentKind.GATEWAY:
            yield str(gateway), [gateway]
        if kind is ComponentKind.TUNNEL_ENDPOINT:
            yield str(gateway), tunnels
    if kind in _OF_CUSTOMER:
        for names in _sharing_sites(topology, without):
            elements = [Element(kind=_OF_CUSTOMER[kind], name=name) for name in names]
            yield " + ".join(f"cgw:{name}" for name in names), elements


def _size(whole: Topology, kind: ComponentKind, group: str, without: Collection[Element]) -> int:
    """How many elements a group has in the whole topology."""
    if kind is not ComponentKind.TUNNEL_ENDPOINT:
        return 1
    return next((len(found) for name, found in _groups(whole, kind, without) if name == group), 1)


def tunnels_left(
    topology: Topology, of: Element, without: Collection[Element] = ()
) -> list[Element]:
    """The tunnels of a gateway or a customer gateway, but for those that are left out."""
    ends = customer_tunnels if of.kind is not ElementKind.GATEWAY else gateway_tunnels
    return [
        element
        for connection, tunnel in ends(topology, of.name)
        for element in (_tunnel(connection, tunnel),)
        if element not in without
        and Element(kind=ElementKind.CUSTOMER_GATEWAY, name=connection.customer_gateway)
        not in without
    ]


def _tunnel(connection: Connection, tunnel: Tunnel) -> Element:
    return Element(kind=ElementKind.TUNNEL, name=connection.name, tunnel=tunnel.number)


def _sharing_sites(topology: Topology, without: Collection[Element]) -> list[list[str]]:
    """The customer gateways that have a tunnel left, together those that a site joins."""
    left = {
        name
        for name in topology.customer_gateways
        if tunnels_left(topology, Element(kind=ElementKind.CUSTOMER_GATEWAY, name=name), without)
    }

    def join(groups: list[set[str]], names: set[str]) -> list[set[str]]:
        apart = [group for group in groups if not group & names]
        return [*apart, names.union(*(group for group in groups if group & names))]

    sites = [set(site.customer_gateways) & left for site in topology.sites.values()]
    joined = reduce(join, [names for names in sites if names], [{name} for name in left])
    order = list(topology.customer_gateways)
    return sorted((sorted(group, key=order.index) for group in joined), key=lambda one: one[0])


def in_service(design: Design, member: Member, units: int) -> Design:
    """The design while a member has so many units only; with none, it is down for certain."""
    return replace(
        design,
        members=tuple(
            replace(one, own=one.with_units(units) if units else replace(one.own, unavailability=0))
            if one is member
            else one
            for one in design.members
        ),
    )
