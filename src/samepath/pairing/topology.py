"""From AWS's description and devices to one topology."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

from samepath.aws.customer_end import FIRST_TUNNEL, PLAIN_ROUTER, assumed_asn
from samepath.aws.gateway_end import ASSUMED_ASN, announced_nothing
from samepath.aws.networks import VPC_POOL
from samepath.aws.understood import Assumption, Understood, UnderstoodConnection
from samepath.device.reading.configuration import StaticRoute
from samepath.device.reading.source import Place
from samepath.device.reading.support import Part
from samepath.model import limits, validation
from samepath.model.problems import at, below
from samepath.model.topology import Connection, CustomerGateway, Routing, Site, Topology, Tunnel
from samepath.pairing import findings as told_of
from samepath.pairing import sites, statics
from samepath.pairing.announcing import Announcing, announcing, stays_announced
from samepath.pairing.customer import (
    bgp_of,
    customer_gateway,
    not_held,
    own_asn,
    requires_policy,
    timers,
    zoned,
    zones,
)
from samepath.pairing.device import CannotPair, Device, Doubt, doubt_of
from samepath.pairing.handshake import handshake
from samepath.pairing.insides import unchosen, with_insides
from samepath.pairing.matching import Match, Matched, by_customer, match, routes_into
from samepath.pairing.paired import Paired, PairedDevice, PairedTunnel
from samepath.pairing.policies import NOTHING, Setting, changes_default, translate
from samepath.pairing.sessions import closed
from samepath.routing.compile import TRACKING
from samepath.routing.findings.evidence import policy_path
from samepath.routing.network import DEFAULT


def pair(understood: Understood, devices: Iterable[Device]) -> Paired:
    """AWS's end and the devices' ends as one.

    Raises :class:`~samepath.pairing.device.CannotPair` where they do not go together.
    """
    devices = tuple(devices)
    understood = with_insides(understood, devices)
    found = match(understood.topology, devices, unchosen(understood))
    understood = _with_asns(understood, found)
    expected = {one.name: one.asn for one in understood.topology.customer_gateways.values()}
    topology = _joined(understood.topology, found)
    owners = by_customer(found)
    mine = {one.customer: one for one in found}
    announced = {name: announcing(one) for name, one in mine.items()}
    judged = sites.judge(topology, mine, announced)
    topology = replace(topology, sites=judged.sites)
    made = _Making(understood=understood, topology=topology, expected=expected)
    paired = tuple(
        made.device(one, announced[one.customer], judged.unannounced.get(one.customer, ()))
        for one in found
    )
    whole = made.whole()
    problems = validation.problems(whole)
    if problems:
        raise CannotPair("\n".join(one.render("both ends together") for one in problems))
    told = tuple(told_of.findings(whole, paired))
    return Paired(
        understood=replace(
            understood,
            topology=whole,
            assumed=(*_still_assumed(understood, owners, judged), *judged.assumed),
            connections=tuple(
                _numbered(one, understood.topology) for one in understood.connections
            ),
        ),
        devices=paired,
        findings=tuple(finding for finding, _ in told),
        lines={finding: place for finding, place in told if place is not None},
        places=made.places,
    )


# ------------------------------------------------------------------------- what AWS left open


def _with_asns(understood: Understood, found: Iterable[Matched]) -> Understood:
    """With the AS numbers of devices where AWS's descriptions tell none."""
    topology, assumed = understood.topology, list(understood.assumed)
    gateways, customers = dict(topology.gateways), dict(topology.customer_gateways)
    for device in found:
        for one in device.matches:
            gateway = gateways[one.connection.gateway]
            guess = Assumption(subject=gateway.name, what=ASSUMED_ASN)
            remote = None if one.neighbour is None else one.neighbour.remote_as
            if guess in assumed and remote is not None and isinstance(remote.value, int):
                gateways[gateway.name] = replace(gateway, asn=remote.value)
                assumed.remove(guess)
        for name in device.customers:
            guess = Assumption(subject=name, what=assumed_asn(customers[name].asn))
            if guess in assumed:
                asn = own_asn(device, customers[name].asn)
                customers[name] = replace(customers[name], asn=asn)
                assumed.remove(guess)
    return replace(
        understood,
        topology=replace(topology, gateways=gateways, customer_gateways=customers),
        assumed=tuple(assumed),
    )


def _joined(topology: Topology, found: Iterable[Matched]) -> Topology:
    """With one customer gateway for each device, also where AWS knows it by several."""
    stands_for = {name: one.customer for one in found for name in one.customers}

    def of(name: str) -> str:
        return stands_for.get(name, name)

    joined: dict[str, Site] = {}
    for site in topology.sites.values():
        names = tuple(dict.fromkeys(map(of, site.customer_gateways)))
        known = next((one for one in joined.values() if names[0] in one.customer_gateways), None)
        if known is None:
            joined[site.name] = replace(site, customer_gateways=names)
        else:
            both = tuple(dict.fromkeys((*known.customer_gateways, *names)))
            joined[known.name] = replace(known, customer_gateways=both)
    return replace(
        topology,
        customer_gateways={
            name: one for name, one in topology.customer_gateways.items() if of(name) == name
        },
        sites=joined,
        connections={
            name: replace(one, customer_gateway=of(one.customer_gateway))
            for name, one in topology.connections.items()
        },
    )


def _still_assumed(
    understood: Understood, owners: Mapping[str, Matched], judged: sites.Judged
) -> Iterator[Assumption]:
    """What nobody tells though devices do: their own ends are known now."""
    known = {FIRST_TUNNEL, PLAIN_ROUTER}
    silent = {announced_nothing(number) for number in range(1, limits.TUNNELS + 1)}
    connections = understood.topology.connections
    for one in understood.assumed:
        if one.subject in owners and one.what in known:
            continue
        connection = connections.get(one.subject)
        if connection is not None and connection.customer_gateway in owners and one.what in silent:
            continue
        site = understood.topology.sites.get(one.subject)
        of_networks = site is not None and " are two devices of one site" not in one.what
        if not of_networks or one.subject in judged.sites.keys() - judged.known:
            yield one


def _numbered(one: UnderstoodConnection, topology: Topology) -> UnderstoodConnection:
    """A connection with the AS numbers that AWS left open and a device tells."""
    connection = topology.connections[one.name]
    customer = topology.customer_gateways[connection.customer_gateway]
    return replace(
        one,
        gateway_asn=topology.gateways[connection.gateway].asn,
        customer_asn=None if one.customer_asn is None else customer.asn,
    )


# ------------------------------------------------------------------------------- the two ends


@dataclass(kw_only=True, slots=True)
class _Making:
    """A topology on its way to having both ends. ``expected`` has AWS's AS number of each device."""

    understood: Understood
    topology: Topology
    expected: Mapping[str, int]
    places: dict[str, Place] = field(default_factory=dict)
    customers: dict[str, CustomerGateway] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)

    def whole(self) -> Topology:
        """What has been made."""
        there = self.topology
        return replace(
            there,
            customer_gateways={**there.customer_gateways, **self.customers},
            connections={**there.connections, **self.connections},
        )

    def device(
        self, found: Matched, it: Announcing, unannounced: tuple[IPv4Network, ...]
    ) -> PairedDevice:
        """Put a device in."""
        decided = statics.deciding(found, self.topology, requires=requires_policy(found))
        doubts = [
            *(
                doubt_of(found.device.name, one)
                for one in found.device.configuration.support.doubts()
            ),
            *it.doubts,
            *not_held(found, self.topology),
            *self._lan_doubts(found, it),
            *statics.doubts(found, decided),
        ]
        doubts = [*dict.fromkeys(doubts)]
        matches = tuple(self._as_joined(one) for one in found.matches)
        found = replace(found, matches=matches)
        self._customer(found, it)
        setting = self._setting(found, it, unannounced)
        unread = any(Part.TUNNEL in doubt.parts for doubt in doubts)
        tunnels = tuple(self._tunnel(one, unread=unread) for one in matches)
        for name in dict.fromkeys(one.connection.name for one in matches):
            of_it = tuple(one for one in tunnels if one.match.connection.name == name)
            self._connection(found, of_it, setting, doubts, decided)
        return PairedDevice(
            device=found.device,
            customer=found.customer,
            customers=found.customers,
            tunnels=tunnels,
            doubts=tuple(doubts),
        )

    def _as_joined(self, one: Match) -> Match:
        return replace(one, connection=self.topology.connections[one.connection.name])

    def _customer(self, found: Matched, it: Announcing) -> None:
        known = self.topology.customer_gateways[found.customer]
        made = customer_gateway(found, known)
        gateways = {self.topology.gateways[one.connection.gateway].asn for one in found.matches}
        if made.asn in gateways:
            # It has no session with a gateway of its own number, and no topology has such two.
            made = replace(made, asn=known.asn)
        own = {
            network
            for site in self.topology.sites.values()
            if found.customer in site.customer_gateways
            for network in site.networks
        }
        vpcs = [
            self.topology.vpcs[self.topology.gateways[one.connection.gateway].vpc].cidr
            for one in found.matches
        ]
        beside = tuple(
            prefix
            for prefix in self._prefixes(found, it)
            if prefix not in own and not any(prefix.subnet_of(vpc) for vpc in vpcs)
        )
        path = at("customer_gateways", found.customer)
        bgp = bgp_of(found)
        if bgp is not None:
            self.places[path] = bgp.asn.place
        for position, prefix in enumerate(beside):
            if prefix in it.places:
                place = it.places[prefix]
                self.places[at("customer_gateways", found.customer, "aggregates", position)] = place
        self.customers[found.customer] = replace(made, aggregates=beside)

    def _prefixes(self, found: Matched, it: Announcing) -> Iterator[IPv4Network]:
        yield from it.places
        if self._default_by_term(found) and DEFAULT not in it.places:
            yield DEFAULT

    def _default_by_term(self, found: Matched) -> bool:
        return changes_default(one.neighbour for one in found.matches if one.neighbour is not None)

    def _setting(
        self, found: Matched, it: Announcing, unannounced: tuple[IPv4Network, ...]
    ) -> Setting:
        return Setting(
            requires=requires_policy(found),
            hidden=unannounced,
            changes=it.changes,
            default_by_term=self._default_by_term(found),
            announces_default=DEFAULT in it.places,
        )

    def _lan_doubts(self, found: Matched, it: Announcing) -> Iterator[Doubt]:
        """Networks that are announced whether or not there is a LAN, where another device has one."""
        tracks = found.device.configuration.platform in TRACKING
        for site in self.topology.sites.values():
            if found.customer not in site.customer_gateways or len(site.customer_gateways) == 1:
                continue
            for network in site.networks:
                if tracks and network in it.places and stays_announced(found, network):
                    yield Doubt(
                        device=found.device.name,
                        place=it.places[network],
                        text="",
                        reason=f"{network} stays announced when the device loses its LAN, which is "
                        "not modelled",
                        parts=frozenset({Part.FROM_AWS}),
                    )
            neighbours = sites.internal_neighbours(found)
            if not site.ibgp and neighbours:
                yield Doubt(
                    device=found.device.name,
                    place=neighbours[0].place,
                    text="",
                    reason="its iBGP neighbour is none of the devices named here",
                    parts=frozenset({Part.TO_AWS}),
                )
            for one in neighbours if site.ibgp else ():
                for applied in (one.imports, one.exports):
                    if applied is not None:
                        yield Doubt(
                            device=found.device.name,
                            place=applied.place,
                            text="",
                            reason="the policy of an iBGP session is not modelled",
                            parts=frozenset({Part.TO_AWS}),
                        )

    def _tunnel(self, one: Match, *, unread: bool) -> PairedTunnel:
        told = next(
            each for each in self.understood.connections if each.name == one.connection.name
        )
        known = told.tunnels[one.tunnel.number - 1]
        bgp = one.connection.routing is Routing.BGP
        customer = self.understood.topology.connections[one.connection.name].customer_gateway
        gateway = self.topology.gateways[one.connection.gateway]
        return PairedTunnel(
            match=one,
            closed=tuple(closed(one, gateway_asn=gateway.asn, customer_asn=self.expected[customer]))
            if bgp
            else (),
            handshake=handshake(one.tunnel, known, one.own, unread=unread),
        )

    def _connection(
        self,
        found: Matched,
        tunnels: tuple[PairedTunnel, ...],
        setting: Setting,
        doubts: list[Doubt],
        decided: Mapping[str, StaticRoute],
    ) -> None:
        connection = tunnels[0].match.connection
        in_zones = zones(found)
        made = tuple(
            zoned(
                self._policies(found, one, setting, decided.get(one.name)), in_zones.get(one.name)
            )
            for one in tunnels
        )
        if connection.routing is Routing.STATIC:
            active = self._active(found, tunnels, doubts)
            connection = replace(connection, tunnels=made, active=active)
        else:
            matches = tuple(one.match for one in tunnels)
            connection = replace(connection, tunnels=made, bgp=timers(matches, connection.bgp))
        self.connections[connection.name] = connection

    def _policies(
        self, found: Matched, one: PairedTunnel, setting: Setting, route: StaticRoute | None
    ) -> Tunnel:
        tunnel, neighbour = one.match.tunnel, one.match.neighbour
        path = at("connections", one.match.connection.name, "tunnels", tunnel.number - 1)
        if neighbour is not None:
            self.places[path] = neighbour.place
        elif one.match.own is not None:
            self.places[path] = one.match.own.place
        if one.match.connection.routing is Routing.STATIC:
            return tunnel
        if neighbour is None or one.is_silent:
            return replace(tunnel, customer_policy=NOTHING)
        bgp = one.match.bgp or bgp_of(found)
        assert bgp is not None  # noqa: S101 - it has the neighbour
        instead = None if route is None else statics.preference(found, route)
        translated = translate(one.match, neighbour, bgp.knobs, setting, instead)
        self.places.update(translated.places)
        if route is not None:
            own = policy_path(one.match.connection, tunnel, "customer", "import")
            self.places.update({own: route.place, below(own, 0): route.place})
        return replace(tunnel, customer_policy=translated.policies)

    def _active(
        self, found: Matched, tunnels: tuple[PairedTunnel, ...], doubts: list[Doubt]
    ) -> int:
        """The tunnel that a device's static routes prefer: the one with the better distance."""
        best: dict[int, int] = {}
        place: Place | None = None
        for one in tunnels:
            vpc = self._vpc(one.match)
            for route in routes_into(found.device, one.match):
                if vpc.subnet_of(route.prefix) or vpc.subnet_of(VPC_POOL):
                    place = place or route.place
                    number = one.match.tunnel.number
                    own = statics.rank(found, route)
                    best[number] = min(own, best.get(number, own))
        if len(best) < len(tunnels) or len({*best.values()}) < len(best):
            which = (
                "has a static route to the VPC by one tunnel alone"
                if len(best) == 1
                else (
                    "has equal static routes to the VPC by both tunnels"
                    if best
                    else "has no static route to the VPC into the tunnels"
                )
            )
            doubts.append(
                Doubt(
                    device=found.device.name,
                    place=place,
                    text="",
                    reason=f"the device {which}, which is not modelled",
                    parts=frozenset({Part.TO_AWS}),
                )
            )
        return min(best, key=best.__getitem__, default=1)

    def _vpc(self, one: Match) -> IPv4Network:
        return self.topology.vpcs[self.topology.gateways[one.connection.gateway].vpc].cidr
