"""A topology as a picture: VPCs, gateways with their endpoints, tunnels, customer gateways, sites.

Five columns from left to right. Each tunnel is a row: what is written of it stands on its straight
part, which no other line crosses; what has to change its height does so between two columns, where
nothing is written. So no two texts meet, whatever the number of tunnels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from samepath.lab.drill.record import firewall_words
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Host,
    Site,
    Topology,
    Tunnel,
    Vpc,
)
from samepath.model.topology_view import customer_tunnels, ibgp_neighbours, tunnels_of
from samepath.report.drawing import (
    SIZES,
    Anchor,
    Box,
    Label,
    Line,
    Rectangle,
    Role,
    cut,
    width_of,
)

MARGIN = 2.0
HEADINGS = 26.0
"""What the columns' headings take in height."""
PAD = 10.0
LINE = 16.0
GAP = 14.0
GUTTER = 36.0
ROW = 54.0
"""From one tunnel to the next."""
ENDPOINT = 38.0
"""The height of an endpoint: two lines."""
NARROWEST = 128.0
MOST_LINES = 6
"""Networks or hosts that a box names before it counts the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """Everything that is drawn, and what it shows in words."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    description: str


@dataclass(frozen=True, slots=True)
class _Card:
    """A box with lines of text, the first of them its name."""

    texts: tuple[str, ...]
    least: float = 0.0
    """Its height at least."""

    @property
    def width(self) -> float:
        return max(
            NARROWEST,
            2 * PAD + max(width_of(cut(text), _role(i)) for i, text in enumerate(self.texts)),
        )

    @property
    def height(self) -> float:
        return max(2 * PAD + LINE * len(self.texts), self.least)

    def labels(self, place: Rectangle) -> Iterable[Label]:
        for i, text in enumerate(self.texts):
            role = _role(i)
            yield _label(
                x=place.left + PAD, y=place.top + PAD + i * LINE + SIZES[role], text=text, role=role
            )


def _role(line: int) -> Role:
    return Role.DETAIL if line else Role.NAME


def _label(*, x: float, y: float, text: str, role: Role, anchor: Anchor = Anchor.START) -> Label:
    short = cut(text)
    return Label(
        x=x, y=y, text=short, role=role, anchor=anchor, whole="" if short == text else text
    )


@dataclass
class _Drawing:
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def card(self, card: _Card, place: Rectangle) -> None:
        self.boxes.append(Box(place=place, role=Role.BOX))
        self.labels.extend(card.labels(place))

    def join(self, start: tuple[float, float], end: tuple[float, float], role: Role) -> None:
        self.lines.append(Line(points=(start, end), role=role))


def picture_of(topology: Topology) -> Picture:
    """Draw a topology."""
    vpcs = {name: _vpc(vpc) for name, vpc in topology.vpcs.items()}
    gateways = {name: _gateway(gateway) for name, gateway in topology.gateways.items()}
    customers = {
        name: _customer(topology, customer) for name, customer in topology.customer_gateways.items()
    }
    sites = {name: _site(site) for name, site in topology.sites.items()}
    x = _columns(topology, vpcs, gateways, customers, sites)
    drawing = _Drawing()

    heights, spans = _rows(topology, gateways, customers)
    gateway_places = {
        name: Rectangle(left=x.gateway, right=x.tunnel, top=top, bottom=bottom)
        for name, (top, bottom) in spans.items()
    }
    customer_places = _stacked(
        customers,
        {
            name: _mean(heights[key] for key in heights if _of(topology, key, name))
            for name in customers
        },
        Rectangle(left=x.customer, right=x.customer_end, top=HEADINGS, bottom=0.0),
    )
    site_places = _stacked(
        sites,
        {
            name: _mean(customer_places[one].middle for one in site.customer_gateways)
            for name, site in topology.sites.items()
        },
        Rectangle(left=x.site, right=x.end, top=HEADINGS, bottom=0.0),
    )
    vpc_places = _stacked(
        vpcs,
        {
            name: _mean(
                gateway_places[one.name].middle
                for one in topology.gateways.values()
                if one.vpc == name
            )
            for name in vpcs
        },
        Rectangle(left=MARGIN, right=x.vpc_end, top=HEADINGS, bottom=0.0),
    )
    for cards, places in (
        (vpcs, vpc_places),
        (gateways, gateway_places),
        (customers, customer_places),
        (sites, site_places),
    ):
        for name, card in cards.items():
            drawing.card(card, places[name])
    for gateway in topology.gateways.values():
        place = gateway_places[gateway.name]
        vpc = vpc_places[gateway.vpc]
        drawing.join((vpc.right, vpc.middle), (place.left, _nearest(vpc.middle, place)), Role.LINK)
    for customer, place in customer_places.items():
        mine = [one for one in tunnels_of(topology) if one[0].customer_gateway == customer]
        mine.sort(key=lambda one: heights[_key(*one)])
        ports = _ports([heights[_key(*one)] for one in mine], place)
        for (connection, tunnel), port in zip(mine, ports, strict=True):
            _tunnel(drawing, connection, tunnel, heights[_key(connection, tunnel)], port, x)
    for site, place in site_places.items():
        behind = sorted(
            topology.sites[site].customer_gateways, key=lambda one: customer_places[one].middle
        )
        ports = _ports([customer_places[one].middle for one in behind], place)
        for one, port in zip(behind, ports, strict=True):
            start = (customer_places[one].right, customer_places[one].middle)
            drawing.join(start, (place.left, port), Role.LINK)
    for left, text in x.headings:
        drawing.labels.append(
            _label(x=left, y=SIZES[Role.HEADING] + MARGIN, text=text, role=Role.HEADING)
        )
    return Picture(
        width=x.end + MARGIN,
        height=max(box.place.bottom for box in drawing.boxes) + MARGIN,
        boxes=tuple(drawing.boxes),
        lines=tuple(drawing.lines),
        labels=tuple(drawing.labels),
        description=_description(topology),
    )


# ---------------------------------------------------------------------------------- what is written


def _vpc(vpc: Vpc) -> _Card:
    return _Card((f"vpc:{vpc.name}", str(vpc.cidr), *_hosts(vpc.hosts)))


def _gateway(gateway: Gateway) -> _Card:
    return _Card((f"gw:{gateway.name}", f"AS {gateway.asn}"))


def _customer(topology: Topology, customer: CustomerGateway) -> _Card:
    firewall = firewall_words(customer)
    spoken = [
        other
        for neighbours in ibgp_neighbours(topology)
        if customer.name in neighbours.names
        for other in neighbours.names
        if other != customer.name
    ]
    return _Card(
        (
            f"cgw:{customer.name}",
            str(customer.address),
            f"AS {customer.asn}, {customer.platform.value}",
            *(["firewall:", *firewall.split(", ")] if firewall else ()),
            *(f"iBGP with cgw:{other}" for other in spoken),
        ),
        # So that its tunnels come to it straight on.
        least=ROW * (len(customer_tunnels(topology, customer.name)) - 1) + 3 * PAD,
    )


def _site(site: Site) -> _Card:
    networks = [str(network) for network in site.networks]
    several = len(site.customer_gateways) > 1
    return _Card(
        (
            f"site:{site.name}",
            *_first(networks, "networks"),
            *([f"sends to cgw:{site.usual_first_hop}"] if several else ()),
            *_hosts(site.hosts),
        )
    )


def _hosts(hosts: Mapping[str, Host]) -> Sequence[str]:
    return _first([f"{host.name} {host.address}" for host in hosts.values()], "hosts")


def _first(texts: Sequence[str], what: str) -> Sequence[str]:
    if len(texts) <= MOST_LINES:
        return texts
    return (*texts[: MOST_LINES - 1], f"and {len(texts) - MOST_LINES + 1} more {what}")


def _description(topology: Topology) -> str:
    """The picture in words, for whoever does not see it."""
    tunnels = "; ".join(
        f"{_name(connection, tunnel)} from {tunnel.outside} (inside {tunnel.gateway_inside.ip}) "
        f"to cgw:{connection.customer_gateway} (inside {tunnel.customer_inside.ip})"
        + (", active" if connection.active == tunnel.number else "")
        for connection, tunnel in tunnels_of(topology)
    )
    sites = "; ".join(
        f"site:{site.name} ({', '.join(map(str, site.networks))}) behind "
        + " and ".join(f"cgw:{name}" for name in site.customer_gateways)
        for site in topology.sites.values()
    )
    gateways = "; ".join(
        f"gw:{gateway.name} of vpc:{gateway.vpc} ({topology.vpcs[gateway.vpc].cidr})"
        for gateway in topology.gateways.values()
    )
    return f"{gateways}. Tunnels: {tunnels}. {sites}."


# ------------------------------------------------------------------------------------------- places

_Key = tuple[str, int]


def _key(connection: Connection, tunnel: Tunnel) -> _Key:
    return connection.name, tunnel.number


def _name(connection: Connection, tunnel: Tunnel) -> str:
    return f"{connection.name}/tunnel{tunnel.number}"


def _of(topology: Topology, key: _Key, customer: str) -> bool:
    return topology.connections[key[0]].customer_gateway == customer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """Where the columns begin and end, from left to right."""

    vpc_end: float
    gateway: float
    endpoint: float
    tunnel: float
    tunnel_end: float
    customer: float
    customer_end: float
    site: float
    end: float

    @property
    def headings(self) -> tuple[tuple[float, str], ...]:
        return (
            (MARGIN, "VPC"),
            (self.gateway, "gateway"),
            (self.tunnel + PAD, "tunnels"),
            (self.customer, "customer gateway"),
            (self.site, "site"),
        )


def _columns(
    topology: Topology,
    vpcs: Mapping[str, _Card],
    gateways: Mapping[str, _Card],
    customers: Mapping[str, _Card],
    sites: Mapping[str, _Card],
) -> _Columns:
    def widest(cards: Mapping[str, _Card]) -> float:
        return max(card.width for card in cards.values())

    tunnels = list(tunnels_of(topology))
    endpoint = 2 * PAD + max(
        width_of(text, Role.DETAIL) for _, tunnel in tunnels for text in _endpoint(tunnel)
    )
    written = 4 * PAD + max(
        max(
            width_of(f"{cut(_name(connection, tunnel))}   active", Role.NAME),
            width_of(f"{tunnel.gateway_inside.ip}   {tunnel.customer_inside.ip}", Role.DETAIL),
        )
        for connection, tunnel in tunnels
    )
    vpc_end = MARGIN + widest(vpcs)
    gateway = vpc_end + GUTTER
    tunnel = gateway + max(widest(gateways), endpoint + 2 * PAD)
    tunnel_end = tunnel + written
    customer = tunnel_end + GUTTER
    customer_end = customer + widest(customers)
    site = customer_end + GUTTER
    return _Columns(
        vpc_end=vpc_end,
        gateway=gateway,
        endpoint=tunnel - endpoint,
        tunnel=tunnel,
        tunnel_end=tunnel_end,
        customer=customer,
        customer_end=customer_end,
        site=site,
        end=site + widest(sites),
    )


def _rows(
    topology: Topology, gateways: Mapping[str, _Card], customers: Mapping[str, _Card]
) -> tuple[dict[_Key, float], dict[str, tuple[float, float]]]:
    """The height of each tunnel's line, and the top and bottom of each gateway.

    The tunnels of a gateway to one customer gateway have at least the height that this one takes.
    """
    order = list(topology.customer_gateways)
    heights: dict[_Key, float] = {}
    spans: dict[str, tuple[float, float]] = {}
    y = HEADINGS
    for name, card in gateways.items():
        top, y = y, y + card.height
        mine = [one for one in tunnels_of(topology) if one[0].gateway == name]
        mine.sort(key=lambda one: order.index(one[0].customer_gateway))
        for customer, group in groupby(mine, key=lambda one: one[0].customer_gateway):
            keys = [_key(*one) for one in group]
            band = max(len(keys) * ROW, customers[customer].height + GAP)
            first = y + (band - len(keys) * ROW) / 2 + ROW / 2
            heights.update((key, first + i * ROW) for i, key in enumerate(keys))
            y += band
        spans[name] = (top, y)
        y += GAP
    return heights, spans


def _stacked(
    cards: Mapping[str, _Card], wanted: Mapping[str, float | None], column: Rectangle
) -> dict[str, Rectangle]:
    """A place for each card, as near to the height that it wants as those above it leave."""
    below = float("inf")
    order = sorted(cards, key=lambda name: below if (y := wanted[name]) is None else y)
    found: dict[str, Rectangle] = {}
    free = column.top
    for name in order:
        card, middle = cards[name], wanted[name]
        top = free if middle is None else max(free, middle - card.height / 2)
        found[name] = replace(column, top=top, bottom=top + card.height)
        free = top + card.height + GAP
    return found


def _mean(heights: Iterable[float]) -> float | None:
    found = tuple(heights)
    return sum(found) / len(found) if found else None


def _nearest(y: float, place: Rectangle) -> float:
    """The height on a box's side that is nearest to ``y``."""
    return min(max(y, place.top + PAD), place.bottom - PAD)


def _ports(heights: Sequence[float], place: Rectangle) -> list[float]:
    """Where lines of these heights, in their order, come to a box: straight on, or spread over it."""
    if all(_nearest(y, place) == y for y in heights):
        return list(heights)
    step = place.height / (len(heights) + 1)
    return [place.top + step * (i + 1) for i in range(len(heights))]


def _endpoint(tunnel: Tunnel) -> tuple[str, str]:
    return f"endpoint {tunnel.number}", str(tunnel.outside)


def _tunnel(
    drawing: _Drawing, connection: Connection, tunnel: Tunnel, y: float, port: float, x: _Columns
) -> None:
    active = connection.active == tunnel.number
    place = Rectangle(
        left=x.endpoint, right=x.tunnel, top=y - ENDPOINT / 2, bottom=y + ENDPOINT / 2
    )
    drawing.boxes.append(Box(place=place, role=Role.ENDPOINT))
    for i, text in enumerate(_endpoint(tunnel)):
        drawing.labels.append(
            _label(x=place.left + PAD, y=y - 4 + i * LINE, text=text, role=Role.DETAIL)
        )
    drawing.lines.append(
        Line(
            points=((x.tunnel, y), (x.tunnel_end, y), (x.customer, port)),
            role=Role.ACTIVE if active else Role.STANDBY,
        )
    )
    left, right = x.tunnel + PAD, x.tunnel_end - PAD
    above, below = y - 9, y + 8 + SIZES[Role.DETAIL]
    drawing.labels.append(_label(x=left, y=above, text=_name(connection, tunnel), role=Role.NAME))
    if active:
        drawing.labels.append(
            _label(x=right, y=above, text="active", role=Role.DETAIL, anchor=Anchor.END)
        )
    drawing.labels.append(
        _label(x=left, y=below, text=str(tunnel.gateway_inside.ip), role=Role.DETAIL)
    )
    drawing.labels.append(
        _label(
            x=right,
            y=below,
            text=str(tunnel.customer_inside.ip),
            role=Role.DETAIL,
            anchor=Anchor.END,
        )
    )
