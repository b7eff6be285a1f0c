"""Faults: what can be broken in a lab, and the objects that break it.

A standing fault is part of what the lab *wants*: :func:`objects` turns the faults into rulesets and
routes that the reconciler makes and takes away like everything else, so that a fault survives a
crash of whoever broke things, and healing is forgetting it. A blow (a killed daemon) is struck
once: whoever struck it makes the lab what it is to be at once, as the agent does after a daemon that
ended by itself, unless the fault says that the daemon be held down.

Cutting, dropping and killing are different things and are kept apart: a stopped process is not a
loss (its packets wait), so no fault stops one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import assert_never

from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.names import (
    Names,
    bird_of_endpoint,
    bird_of_gateway,
    charon_of_customer,
    charon_of_endpoint,
    short,
    tunnel_device,
)
from samepath.control.speakers import customer_daemons
from samepath.lab.world import lan_wire, outside_switch, site_switch
from samepath.linux.objects import Bridge, Route, Ruleset, Veth
from samepath.model import elements
from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Routing, Topology
from samepath.model.topology_view import clusters

TABLE = "samepath_fault"
DEFAULT_LOSS_PERCENT = 2
DEFAULT_MTU = 1400
DEFAULT_TURN = 1
ESP_IN_UDP = 4500


class Fault(Enum):
    """A way to break an element."""

    CUT = "cut"
    """Every packet of the path vanishes, both ways; carriers stay up."""
    CUT_IN = "cut-in"
    """Every packet from the customer to the gateway vanishes."""
    CUT_OUT = "cut-out"
    """Every packet from the gateway to the customer vanishes."""
    ESP = "esp"
    """User packets vanish, IKE lives: ESP is dropped, IKE is not."""
    LOSS = "loss"
    """A share of the packets vanishes at random (default 2 %)."""
    MTU = "mtu"
    """The path takes only smaller packets and says so (ICMP fragmentation needed).

    Towards the customer this is its whole access line, so its other tunnels feel it too."""
    MTU_SILENT = "mtu-silent"
    """The path takes only smaller packets and does not say so.

    As with :attr:`MTU`, towards the customer this is its whole access line."""
    UNPLUG = "unplug"
    """The cable is pulled: the LAN leg has no carrier, and the customer gateway sees it."""
    FLAP = "flap"
    """The path is cut and whole by turns."""
    KILL = "kill"
    """The daemon is killed (SIGKILL), and started again at once by whoever killed it.

    One that is held stays down until it is healed."""
    BGP = "bgp"
    """BGP and BFD packets inside the tunnel vanish; user packets pass."""
    NO_ROUTES = "no-routes"
    """The BGP session stands, and carries no routes, either way."""
    MAINTENANCE = "maintenance"
    """The gateway prefers the other tunnel, as AWS does before it takes one out of service.

    Everything of the tunnel works meanwhile."""


_PATH_FAULTS = (
    Fault.CUT,
    Fault.CUT_IN,
    Fault.CUT_OUT,
    Fault.ESP,
    Fault.LOSS,
    Fault.MTU,
    Fault.MTU_SILENT,
    Fault.FLAP,
)
FAULTS: dict[ElementKind, tuple[Fault, ...]] = {
    ElementKind.CONNECTION: _PATH_FAULTS,
    ElementKind.TUNNEL: (*_PATH_FAULTS, Fault.BGP, Fault.NO_ROUTES, Fault.MAINTENANCE),
    ElementKind.PATH: _PATH_FAULTS,
    ElementKind.ESP: (Fault.ESP,),
    ElementKind.BGP: (Fault.BGP, Fault.NO_ROUTES),
    ElementKind.ENDPOINT: (Fault.CUT,),
    ElementKind.ENDPOINT_CHARON: (Fault.KILL,),
    ElementKind.ENDPOINT_SPEAKER: (Fault.KILL,),
    ElementKind.CUSTOMER_CHARON: (Fault.KILL,),
    ElementKind.GATEWAY_ROUTER: (Fault.KILL,),
    ElementKind.CUSTOMER_GATEWAY: (Fault.CUT,),
    ElementKind.CUSTOMER_LAN: (Fault.CUT, Fault.UNPLUG),
    ElementKind.CUSTOMER_ROUTER: (Fault.KILL,),
    ElementKind.FIRST_MEMBER: (Fault.CUT,),
    ElementKind.SECOND_MEMBER: (Fault.CUT,),
}
"""How each kind of element can be broken; the first way is taken where none is named."""

ROUTING_ONLY = frozenset({Fault.NO_ROUTES, Fault.MAINTENANCE})
"""What the BGP speakers do by their configuration: no packet is dropped."""

_VALUES: dict[Fault, tuple[str, range]] = {
    Fault.LOSS: ("per cent lost", range(1, 101)),
    Fault.MTU: ("path MTU in bytes", range(576, 1501)),
    Fault.MTU_SILENT: ("path MTU in bytes", range(576, 1501)),
    Fault.FLAP: ("seconds a turn", range(1, 3601)),
}
_UNITS = {Fault.LOSS: "%", Fault.MTU: "bytes", Fault.MTU_SILENT: "bytes", Fault.FLAP: "s"}
USUAL: dict[Fault, int] = {
    Fault.LOSS: DEFAULT_LOSS_PERCENT,
    Fault.MTU: DEFAULT_MTU,
    Fault.MTU_SILENT: DEFAULT_MTU,
    Fault.FLAP: DEFAULT_TURN,
}
"""The value of each fault that has one, where none is given."""


class CannotBreak(ValueError):
    """The element is there, but cannot be broken in this way."""


def choose(
    topology: Topology,
    element: str,
    fault: Fault | None,
    value: int | None,
    *,
    hold: bool = False,
) -> Fault:
    """The fault to strike ``element`` with: ``fault``, or the element's usual one.

    ``hold`` says that what is killed is to stay down.

    Raises:
        InvalidElement: the topology has no such element.
        CannotBreak: it cannot be broken or held so, or the value is none for it.
    """
    named = elements.element_called(topology, element)
    possible = FAULTS.get(named.kind, ())
    if not possible:
        kinds = ", ".join(kind.value.format(name="NAME", tunnel="N") for kind in FAULTS)
        raise CannotBreak(f"{element} cannot be broken by itself; what can: {kinds}")
    chosen = fault or possible[0]
    if chosen not in possible:
        listed = ", ".join(one.value for one in possible)
        raise CannotBreak(f"{element} cannot be broken by {chosen.value!r}; it can by: {listed}")
    if chosen in ROUTING_ONLY and topology.connections[named.name].routing is Routing.STATIC:
        raise CannotBreak(
            f"{element} cannot be broken by {chosen.value!r}: {named.name} has static routing, and "
            "so no BGP"
        )
    if value is not None:
        meaning, allowed = _VALUES.get(chosen, ("", range(0)))
        if value not in allowed:
            why = (
                f"the value is {meaning}, {allowed.start} to {allowed.stop - 1}, not {value}"
                if allowed
                else f"{chosen.value!r} takes no value"
            )
            raise CannotBreak(f"{element} cannot be broken so: {why}")
    if hold and chosen is not Fault.KILL:
        raise CannotBreak(
            f"{element} cannot be held: only a killed daemon is kept down, and {chosen.value!r} "
            "stays until it is healed anyway"
        )
    return chosen


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """A standing fault on an element; ``value`` is a percentage, a size, or seconds a turn."""

    element: str
    fault: Fault
    value: int | None = None
    since: float = 0.0
    """Wall clock of the breaking, seconds: a flap counts its turns from here."""

    @property
    def how(self) -> str:
        """The fault with its figure, for people: ``loss 2 %``."""
        if self.value is None:
            return self.fault.value
        return f"{self.fault.value} {self.value} {_UNITS[self.fault]}"


def concerns(topology: Topology, broken: Broken, element: str) -> bool:
    """Whether a fault can make ``element`` fail: a tunnel, a router or a LAN leg.

    It stands on the element, on a part of it, on what it is a part of, or on what every tunnel of
    its connection needs.
    """
    if elements.is_of(element, broken.element) or elements.is_of(broken.element, element):
        return True
    connection = topology.connections.get(element.partition("/")[0])
    return connection is not None and broken.element in {
        f"cgw:{connection.customer_gateway}",
        f"cgw:{connection.customer_gateway}/router",
        f"gw:{connection.gateway}/router",
    }


def covering(topology: Topology, faults: Iterable[Broken], element: str) -> Broken | None:
    """The standing fault that breaks ``element`` with what it is a part of or needs, if any.

    Healing ``element`` leaves that one.
    """
    whole = {element.rsplit("/", cut)[0] for cut in range(1, element.count("/") + 1)}
    connection = topology.connections.get(element.partition("/")[0])
    if connection is not None:
        whole.add(f"cgw:{connection.customer_gateway}")
    return next((each for each in faults if each.element in whole), None)


_NOT_BY_FAULTS = frozenset({Layer.AUTHENTICATION, Layer.POLICY})
"""Layers whose failures are what both ends are told, whatever is broken beside."""


def behind(topology: Topology, faults: Iterable[Broken], found: Diagnosis) -> Broken | None:
    """The standing fault that is likely behind what ``found`` tells; None without one."""
    if found.layer is None or found.layer in _NOT_BY_FAULTS:
        return None
    return next(
        (
            each
            for each in faults
            # A tunnel in maintenance works.
            if each.fault is not Fault.MAINTENANCE and concerns(topology, each, found.element)
        ),
        None,
    )


def daemons_of(element: str, topology: Topology) -> tuple[str, ...]:
    """The daemons that an element names, for killing; empty if it names none."""
    head, *rest = element.split("/")
    if head.startswith("gw:") and rest == ["router"]:
        return (bird_of_gateway(head.removeprefix("gw:")),)
    if head.startswith("cgw:") and rest == ["router"]:
        return customer_daemons(topology, head.removeprefix("cgw:"))
    if head in topology.connections and rest and rest[0].startswith("tunnel"):
        number = int(rest[0].removeprefix("tunnel"))
        match rest[1:]:
            case ["endpoint", "charon"]:
                return (charon_of_endpoint(head, number),)
            case ["endpoint", "speaker"]:
                return (bird_of_endpoint(head, number),)
            case ["customer", "charon"]:
                customer = topology.connections[head].customer_gateway
                members = topology.customer_gateways[customer].members
                return tuple(charon_of_customer(head, number, each) for each in members)
            case _:
                return ()
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Path:
    """A tunnel's outside path, as the internet sees it."""

    gateway: IPv4Address
    customer: IPv4Address

    def towards_gateway(self) -> str:
        return f"ip saddr {self.customer} ip daddr {self.gateway}"

    def towards_customer(self) -> str:
        return f"ip saddr {self.gateway} ip daddr {self.customer}"


def _path(topology: Topology, connection: str, number: int) -> _Path:
    wanted = topology.connections[connection]
    tunnel = next(tunnel for tunnel in wanted.tunnels if tunnel.number == number)
    customer = topology.customer_gateways[wanted.customer_gateway]
    return _Path(gateway=tunnel.outside, customer=customer.address)


def routing_faults(faults: Iterable[Broken], kind: Fault) -> frozenset[tuple[str, int]]:
    """The tunnels (connection, number) on which a fault of :data:`ROUTING_ONLY` stands."""
    named = (elements.parse(fault.element) for fault in faults if fault.fault is kind)
    return frozenset((one.name, one.tunnel) for one in named if one.tunnel is not None)


def is_down_now(broken: Broken, now: float) -> bool:
    """Whether a flapping fault is in its broken turn at ``now`` (wall clock, seconds)."""
    turn = broken.value or DEFAULT_TURN
    return int((now - broken.since) // turn) % 2 == 0


def flap_turns(faults: Iterable[Broken], now: float) -> tuple[tuple[str, bool], ...]:
    """Each flapping element, and whether it is in its broken turn at ``now``."""
    return tuple(
        (fault.element, is_down_now(fault, now)) for fault in faults if fault.fault is Fault.FLAP
    )


def next_turn(faults: Iterable[Broken], now: float) -> float | None:
    """When the next flap changes, in seconds from ``now``; None without a flap."""
    turns = [
        (fault.value or DEFAULT_TURN) - (now - fault.since) % (fault.value or DEFAULT_TURN)
        for fault in faults
        if fault.fault is Fault.FLAP
    ]
    return min(turns, default=None)


def objects(
    topology: Topology, names: Names, faults: Iterable[Broken], now: float
) -> Iterator[Ruleset | Route | Veth | Bridge]:
    """What the standing faults amount to at ``now``.

    A route, a wire or a bridge yielded here takes the place of the whole world's with the same key.
    """
    faults = tuple(faults)
    yield from _switches(topology, names, faults)
    for broken in faults:
        if broken.fault is Fault.UNPLUG:
            yield from _unplugged(topology, names, broken)
        if broken.fault in {Fault.MTU, Fault.MTU_SILENT}:
            yield from _small_routes(topology, names, broken)
    drops: dict[str, list[str]] = {}
    for broken in faults:
        for namespace, rule in _rules(topology, names, broken, now):
            drops.setdefault(namespace, []).append(rule)
    for namespace, rules in drops.items():
        lines: list[str] = []
        for hook in ("prerouting", "output"):
            lines.append(f"chain fault_{hook} {{")
            lines.append(f"type filter hook {hook} priority raw - 10; policy accept;")
            lines.extend(sorted(set(rules)))
            lines.append("}")
        yield Ruleset(namespace=namespace, table=TABLE, text="\n".join(lines))


def _unplugged(topology: Topology, names: Names, broken: Broken) -> Iterator[Veth]:
    """A customer gateway's LAN legs, whose far ends are down."""
    customer = elements.parse(broken.element).name
    for site in topology.sites.values():
        if customer in site.customer_gateways:
            for member in topology.customer_gateways[customer].members:
                leg = lan_wire(site, customer, names, member)
                (switch,) = (end for end in leg.ends if end.namespace == names.site(site.name))
                yield replace(leg, down=switch)


def _switches(topology: Topology, names: Names, faults: Collection[Broken]) -> Iterator[Bridge]:
    """The switches from which customer gateways, their machines or their LAN legs are cut off.

    A ruleset would not do. It sees neither ARP nor, at a router's output, what the router forwards:
    hosts would go on hearing one that is cut off, and packets to them would still arrive.
    """
    named = [elements.parse(one.element) for one in faults if one.fault is Fault.CUT]
    dead = {
        (element.name, member)
        for element in named
        if element.kind in {ElementKind.CUSTOMER_GATEWAY, *elements.MEMBERS}
        for member in cut_members(topology, element)
    }
    cut = dead | {
        (element.name, member)
        for element in named
        if element.kind is ElementKind.CUSTOMER_LAN
        for member in topology.customer_gateways[element.name].members
    }
    for site in topology.sites.values():
        if {name for name, _ in cut}.intersection(site.customer_gateways):
            yield site_switch(topology, site, names, without=cut)
    for name in clusters(topology):
        if name in {name for name, _ in dead}:
            yield outside_switch(topology.customer_gateways[name], names, without=dead)


def cut_members(topology: Topology, element: Element) -> tuple[int, ...]:
    """The machines of a customer gateway that an element is or has."""
    if element.kind in elements.MEMBERS:
        return (elements.MEMBERS.index(element.kind) + 1,)
    return topology.customer_gateways[element.name].members


def _small_routes(topology: Topology, names: Names, broken: Broken) -> Iterator[Route]:
    """The internet's routes of a path, with a locked MTU."""
    head, *rest = broken.element.split("/")
    connection = topology.connections[head]
    for tunnel in connection.tunnels:
        if rest and rest[0] != f"tunnel{tunnel.number}":
            continue
        customer = topology.customer_gateways[connection.customer_gateway]
        for device, address in (
            (short(head, f"-o{tunnel.number}"), tunnel.outside),
            (short(customer.name, "-edge"), customer.address),
        ):
            yield Route(
                namespace=names.internet(),
                destination=IPv4Network(address),
                device=device,
                mtu=broken.value or DEFAULT_MTU,
            )


def _rules(
    topology: Topology, names: Names, broken: Broken, now: float
) -> Iterator[tuple[str, str]]:
    """(namespace, nft rule) of one standing fault."""
    if broken.fault in {Fault.KILL, Fault.UNPLUG} or broken.fault in ROUTING_ONLY:
        return  # A daemon or a carrier that is not there, or a daemon that says something else.
    head, *rest = broken.element.split("/")
    if head.startswith("cgw:"):
        customer = head.removeprefix("cgw:")
        if rest == ["lan"]:
            for site in topology.sites.values():
                if customer in site.customer_gateways:
                    device = short(site.name, "-lan")
                    for member in topology.customer_gateways[customer].members:
                        namespace = names.customer(customer, member)
                        yield namespace, f'iifname "{device}" counter drop'
                        yield namespace, f'oifname "{device}" counter drop'
        else:
            for member in cut_members(topology, elements.parse(broken.element)):
                yield names.customer(customer, member), 'meta iifname != "lo" counter drop'
            if topology.customer_gateways[customer].cluster is None:
                yield names.customer_edge(customer), "counter drop"
        return
    if not rest:
        for tunnel in topology.connections[head].tunnels:
            path = _path(topology, head, tunnel.number)
            for rule in _path_rules(path, broken, now):
                yield names.internet(), rule
        return
    number = int(rest[0].removeprefix("tunnel"))
    if rest[1:] == ["endpoint"]:
        for namespace in (
            names.endpoint_inside(head, number),
            names.endpoint_outside(head, number),
        ):
            yield namespace, 'meta iifname != "lo" counter drop'
        return
    if broken.fault is Fault.BGP or rest[1:] == ["bgp"]:
        device = tunnel_device(head, number)
        customer = topology.connections[head].customer_gateway
        members = topology.customer_gateways[customer].members
        for namespace in (
            names.endpoint_inside(head, number),
            *(names.customer(customer, member) for member in members),
        ):
            for rule in ("tcp dport 179", "tcp sport 179", "udp dport { 3784, 3785 }"):
                yield namespace, f'iifname "{device}" {rule} counter drop'
        return
    path = _path(topology, head, number)
    for rule in _path_rules(path, broken, now):
        yield names.internet(), rule


def _path_rules(path: _Path, broken: Broken, now: float) -> Iterator[str]:
    both = (path.towards_gateway(), path.towards_customer())
    match broken.fault:
        case Fault.CUT_IN:
            yield f"{path.towards_gateway()} counter drop"
        case Fault.CUT_OUT:
            yield f"{path.towards_customer()} counter drop"
        case Fault.ESP:
            # RFC 3948: in UDP port 4500, four zero bytes mark IKE; anything else is ESP.
            for way in both:
                yield f"{way} udp dport {ESP_IN_UDP} @th,64,32 != 0 counter drop"
        case Fault.LOSS:
            percent = broken.value or DEFAULT_LOSS_PERCENT
            for way in both:
                yield f"{way} numgen random mod 100 < {percent} counter drop"
        case Fault.MTU:
            return  # Routes carry it: see _small_routes.
        case Fault.MTU_SILENT:
            for address in (path.gateway, path.customer):
                yield f"ip daddr {address} icmp type destination-unreachable icmp code frag-needed drop"
        case Fault.FLAP:
            if is_down_now(broken, now):
                for way in both:
                    yield f"{way} counter drop"
        case Fault.CUT:
            for way in both:
                yield f"{way} counter drop"
        case Fault.KILL | Fault.BGP | Fault.NO_ROUTES | Fault.MAINTENANCE | Fault.UNPLUG:
            return  # None of them breaks the path: see _rules.
        case _:
            assert_never(broken.fault)
