"""What a lab's tunnels are doing now, as values: what ``status``, ``why`` and the demo look at.

Two kinds of truth about a direction's tunnel are kept apart. *Routed* is where the kernel would
send the next packet: a look-up in the forwarding table of the router that chooses. *Used* is where
packets really came out of a tunnel between two readings of the counters, user traffic only (BGP,
BFD and everything else of 169.254.0.0/16 is not counted).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from samepath.control.diagnosis import NO_SPEAKER
from samepath.control.firewall import TABLE as FIREWALL
from samepath.control.firewall import Drop, devices_of, is_imitated, keeps_apart
from samepath.control.names import (
    bird_of_endpoint,
    bird_of_gateway,
    charon_of_customer,
    charon_of_endpoint,
    endpoint_port,
    ike_name,
    lan_device,
    tunnel_device,
)
from samepath.control.part_diagnosis import FirewallEvidence, RouterEvidence
from samepath.control.rulesets import TABLE, counter
from samepath.control.situation import Side, TunnelEnd
from samepath.control.speakers import active_tunnel, customer_session, endpoint_session
from samepath.control.swanctl_endpoint import self_configured
from samepath.control.vpn import mtu_of
from samepath.drivers.errors import DriverError
from samepath.drivers.strongswan import Charon
from samepath.lab.clusters import ClusterStatus, acting_member, cluster_status
from samepath.lab.lab import Lab
from samepath.model.address_plan import lan_address, virtual_address
from samepath.model.topology import Connection, Routing, SessionBinding, Site, Tunnel
from samepath.model.topology_view import clusters
from samepath.node.speakers import Speaker, bird_speaker, customer_speaker

Counters = Mapping[tuple[str, int, str], int]
"""Packets that came out of a tunnel: (connection, number, ``to-site`` or ``to-vpc``) -> count."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A BGP session as its speaker sees it. ``bfd`` is None where BFD is not used."""

    state: str
    routes: int
    bfd: str | None
    detail: str
    refused: int = 0
    """Routes that this end's import policy has refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndStatus:
    """One end of a tunnel. ``ike`` and ``child`` are strongSwan's state names, or ``down``."""

    daemon: bool
    ike: str
    child: str
    suite: str
    bytes_in: int
    bytes_out: int
    session: Session | None
    usable: bool | None
    """Whether its static route into the tunnel stands; None with BGP."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelStatus:
    """Both ends of a tunnel, which the lab can see at once and an operator never can."""

    connection: str
    number: int
    active: bool
    mtu: int
    gateway: EndStatus
    customer: EndStatus

    @property
    def heard(self) -> bool:
        """Whether each end of its session has received routes, accepted or not.

        A session is established before its routes arrive. An end that announces nothing as yet
        may still wait for its own: an endpoint has them from the gateway's router.
        """
        sessions = (self.gateway.session, self.customer.session)
        return all(one is None or one.routes or one.refused for one in sessions)

    @property
    def usable(self) -> bool:
        """Whether user traffic can take it, as far as both ends know."""
        ends = (self.gateway, self.customer)
        return all(
            end.child == "INSTALLED"
            and end.usable is not False
            and (end.session is None or end.session.state == "Established")
            for end in ends
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectionStatus:
    """One direction between a VPC and a site network of one connection's gateway."""

    source: str
    destination: str
    network: IPv4Network
    """The destination's prefix."""
    routed: tuple[str, int] | None
    """(connection, tunnel number) that the next packet would take."""
    used: tuple[tuple[str, int], ...]
    """Every tunnel of the direction's connections that packets came out of, this way, since the
    last reading. A tunnel has one counter each way, so the networks behind one customer gateway
    cannot be told apart: what one of them uses shows at all of them."""

    @property
    def taken(self) -> str:
        """The tunnel of the next packet, for people."""
        return "no route" if self.routed is None else "{}/tunnel{}".format(*self.routed)


@dataclass(frozen=True, kw_only=True, slots=True)
class MasterStatus:
    """Who holds the address that VRRP moves in a site."""

    site: str
    addresses: tuple[IPv4Address, ...]
    """One in each network of the site."""
    holders: tuple[str, ...]
    """The customer gateways that hold all of them: one, unless something is wrong."""
    used: str | None
    """The customer gateway that the site's hosts send to now, by what they have heard on the LAN; the
    only holder where none of them has heard anything."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabStatus:
    """Everything ``samepath lab status`` shows."""

    name: str
    tunnels: tuple[TunnelStatus, ...]
    directions: tuple[DirectionStatus, ...]
    faults: tuple[str, ...]
    routers: tuple[RouterEvidence, ...] = ()
    firewalls: tuple[FirewallEvidence, ...] = ()
    """Those of the customer gateways that have one: what they have dropped."""
    masters: tuple[MasterStatus, ...] = ()
    """Of each site with VRRP."""
    self_configured: tuple[str, ...] = ()
    """The customer gateways whose strongSwan has a ``swanctl.conf`` of its own."""
    clusters: tuple[ClusterStatus, ...] = ()
    """Of each customer gateway that is two machines."""

    @property
    def tunnel_routes(self) -> tuple[int, ...]:
        """How many routes each end of each BGP session has accepted."""
        return tuple(
            end.session.routes
            for tunnel in self.tunnels
            for end in (tunnel.gateway, tunnel.customer)
            if end.session is not None
        )

    @property
    def ready(self) -> bool:
        """Whether every tunnel can carry traffic and every direction has a route."""
        return all(tunnel.usable for tunnel in self.tunnels) and all(
            direction.routed is not None for direction in self.directions
        )


PATIENCE = timedelta(seconds=4)
"""For a charon: one that is stopped is told of while somebody still looks."""


class StatusReader:
    """Reads a lab's status again and again, keeping the last counters to tell *used* by."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._counters: Counters = {}
        self._drops: Mapping[str, Mapping[Drop, int]] = {}

    def read(self) -> LabStatus:
        """The status now. ``used`` counts from the last :meth:`read` or :meth:`restart`."""
        before, self._counters = self._counters, self.counters()
        moved = {
            tunnel
            for tunnel, packets in self._counters.items()
            if packets > before.get(tunnel, packets)
        }
        directions = self.directions(self.lab.topology.connections, moved)
        return LabStatus(
            name=self.lab.name,
            tunnels=tuple(
                self.tunnel(connection, tunnel)
                for connection in self.lab.topology.connections.values()
                for tunnel in connection.tunnels
            ),
            directions=directions,
            routers=self.routers(self.lab.topology.connections.values()),
            firewalls=self.firewalls(directions),
            masters=self.masters(self.lab.topology.sites.values()),
            clusters=self.clusters(),
            faults=self.faults(),
            self_configured=tuple(f"cgw:{name}" for name in self_configured(self.lab.topology)),
        )

    def faults(self) -> tuple[str, ...]:
        """The standing faults, each with its element."""
        return tuple(f"{fault.element} {fault.how}" for fault in self.lab.faults())

    def routers(self, connections: Collection[Connection]) -> tuple[RouterEvidence, ...]:
        """The routers of these connections' gateways and customers now."""
        return (
            *(
                self._router(
                    f"gw:{name}/router",
                    Side.GATEWAY,
                    bird_speaker(self.lab.machine, bird_of_gateway(name)),
                )
                for name in sorted({connection.gateway for connection in connections})
            ),
            *(
                self._router(f"cgw:{name}/router", Side.CUSTOMER, self._customer_speaker(name))
                for name in sorted({connection.customer_gateway for connection in connections})
            ),
        )

    def _customer_speaker(self, name: str) -> Speaker:
        member = acting_member(self.lab, name)
        return customer_speaker(self.lab.machine, self.lab.topology, name, member=member)

    @staticmethod
    def _router(element: str, side: Side, speaker: Speaker) -> RouterEvidence:
        error = ""
        try:
            speaker.require_answer()
        except DriverError as refused:
            error = str(refused)
        return RouterEvidence(element=element, side=side, error=error)

    def firewalls(self, directions: Collection[DirectionStatus]) -> tuple[FirewallEvidence, ...]:
        """The firewalls that stand in the ways of these directions.

        What they have dropped now counts from the last call.
        """
        topology = self.lab.topology
        before, self._drops = self._drops, self.drops()
        found = []
        for name, dropped in self._drops.items():
            binding = topology.customer_gateways[name].binding or SessionBinding.STATELESS
            was = before.get(name, dropped)
            found.append(
                FirewallEvidence(
                    element=f"cgw:{name}",
                    file=str(self.lab.file),
                    binding=binding,
                    apart=tuple(self._apart(name, binding, directions)),
                    dropped=dropped,
                    now={reason: count - was[reason] for reason, count in dropped.items()},
                )
            )
        return tuple(found)

    def _apart(
        self, customer: str, binding: SessionBinding, directions: Collection[DirectionStatus]
    ) -> Iterator[str]:
        """The ways there and back of which a session at this customer gateway cannot use both."""
        devices = devices_of(self.lab.topology, customer)
        told: dict[str, None] = {}
        for there, back in combinations(directions, 2):
            if (there.source, there.destination) != (back.destination, back.source):
                continue
            one, other = (devices.get(way.routed) if way.routed else None for way in (there, back))
            if one and other and keeps_apart(binding, one, other):
                told |= dict.fromkeys(
                    f"{way.source} -> {way.destination} takes {way.taken}" for way in (there, back)
                )
        yield from told

    def drops(self) -> dict[str, Mapping[Drop, int]]:
        """What the firewall of each customer gateway that has one has dropped, by its reason."""
        names, kernel = self.lab.names, self.lab.machine.kernel
        read = {
            name: [
                kernel.counters(names.customer(name, member), FIREWALL)
                for member in customer.members
            ]
            for name, customer in self.lab.topology.customer_gateways.items()
            if is_imitated(customer)
        }
        return {
            name: {reason: sum(one[reason.value][0] for one in counted) for reason in Drop}
            for name, counted in read.items()
            if all(counted)
        }

    def counters(self) -> Counters:
        """How many user packets have come out of each tunnel, each way."""
        topology, names, kernel = self.lab.topology, self.lab.names, self.lab.machine.kernel
        found: dict[tuple[str, int, str], int] = {}
        read: dict[str, Mapping[str, tuple[int, int]]] = {}
        for connection in topology.connections.values():
            for tunnel in connection.tunnels:
                key = (connection.name, tunnel.number)
                name = counter(tunnel_device(*key), "in")
                members = topology.customer_gateways[connection.customer_gateway].members
                for namespace, direction in (
                    *(
                        (names.customer(connection.customer_gateway, member), "to-site")
                        for member in members
                    ),
                    (names.endpoint_inside(*key), "to-vpc"),
                ):
                    if namespace not in read:
                        read[namespace] = kernel.counters(namespace, TABLE)
                    packets, _ = read[namespace].get(name, (0, 0))
                    found[*key, direction] = found.get((*key, direction), 0) + packets
        return found

    def directions(
        self, concerned: Collection[str], moved: Collection[tuple[str, int, str]] = ()
    ) -> tuple[DirectionStatus, ...]:
        """The directions that have a connection of these names.

        ``moved`` are the tunnels that packets came out of, and which way.
        """
        topology, names, kernel = self.lab.topology, self.lab.names, self.lab.machine.kernel
        found: list[DirectionStatus] = []
        for gateway in topology.gateways.values():
            connections = [
                connection
                for connection in topology.connections.values()
                if connection.gateway == gateway.name
            ]
            vpc = topology.vpcs[gateway.vpc]
            for site in topology.sites.values():
                mine = [
                    connection
                    for connection in connections
                    if connection.customer_gateway in site.customer_gateways
                ]
                if not any(connection.name in concerned for connection in mine):
                    continue
                inbound = {
                    endpoint_port(connection.name, tunnel.number): (connection.name, tunnel.number)
                    for connection in mine
                    for tunnel in connection.tunnels
                }
                outbound = {tunnel_device(*key): key for key in inbound.values()}
                for network in site.networks:
                    hop = kernel.lookup(names.gateway(gateway.name), network[1])
                    found.append(
                        DirectionStatus(
                            source=vpc.name,
                            destination=site.name,
                            network=network,
                            routed=inbound.get(hop.device) if hop else None,
                            used=_used(moved, mine, "to-site"),
                        )
                    )
                found.append(
                    DirectionStatus(
                        source=site.name,
                        destination=vpc.name,
                        network=vpc.cidr,
                        routed=self._way_out(site, vpc.cidr[1], outbound),
                        used=_used(moved, mine, "to-vpc"),
                    )
                )
        return tuple(found)

    def _way_out(
        self,
        site: Site,
        destination: IPv4Address,
        outbound: Mapping[str, tuple[str, int]],
    ) -> tuple[str, int] | None:
        """The tunnel into which a site's customer gateways send, from one to the next.

        It begins at the one that the hosts send to.
        """
        neighbours = {
            lan_address(site, customer, network).ip: customer
            for customer in site.customer_gateways
            for network in site.networks
        }
        passed: set[str] = set()
        customer = site.usual_first_hop if site.vrrp is None else self._master(site).used
        while customer is not None and customer not in passed:
            passed.add(customer)
            namespace = self.lab.names.customer(customer, acting_member(self.lab, customer))
            hop = self.lab.machine.kernel.lookup(namespace, destination)
            if hop is None or hop.device in outbound:
                return outbound[hop.device] if hop else None
            customer = None if hop.via is None else neighbours.get(hop.via)
        return None

    def masters(self, sites: Iterable[Site]) -> tuple[MasterStatus, ...]:
        """Who holds the address of the hosts' router in those of ``sites`` that have VRRP."""
        return tuple(self._master(site) for site in sites if site.vrrp is not None)

    def clusters(self) -> tuple[ClusterStatus, ...]:
        """Who acts in each customer gateway that is two machines."""
        return tuple(cluster_status(self.lab, name) for name in clusters(self.lab.topology))

    def _master(self, site: Site) -> MasterStatus:
        kernel, names = self.lab.machine.kernel, self.lab.names
        leg = lan_device(site.name)
        addresses = {network: virtual_address(site, network).ip for network in site.networks}
        holders = tuple(
            customer
            for customer in site.customer_gateways
            if all(
                kernel.has_address(names.customer(customer), leg, address)
                for address in addresses.values()
            )
        )
        by_mac = {
            kernel.mac_address(names.customer(customer), leg): customer
            for customer in site.customer_gateways
        }
        heard = (
            kernel.neighbour(names.host(host.name), "eth0", address)
            for host in site.hosts.values()
            for network, address in addresses.items()
            if host.address in network
        )
        known = (by_mac.get(mac) for mac in heard if mac is not None)
        only = holders[0] if len(holders) == 1 else None
        return MasterStatus(
            site=site.name,
            addresses=tuple(addresses.values()),
            holders=holders,
            used=next((customer for customer in known if customer is not None), only),
        )

    def tunnel(self, connection: Connection, tunnel: Tunnel) -> TunnelStatus:
        """One tunnel's status now."""
        number = tunnel.number
        bgp = connection.routing is Routing.BGP
        return TunnelStatus(
            connection=connection.name,
            number=number,
            active=active_tunnel(connection, self.lab.situation()) == number,
            mtu=mtu_of(tunnel),
            gateway=self._end(
                charon_of_endpoint(connection.name, number),
                TunnelEnd.of(connection.name, number, Side.GATEWAY),
                (
                    bird_speaker(self.lab.machine, bird_of_endpoint(connection.name, number)),
                    endpoint_session(),
                )
                if bgp
                else None,
            ),
            customer=self._end(
                charon_of_customer(
                    connection.name, number, acting_member(self.lab, connection.customer_gateway)
                ),
                TunnelEnd.of(connection.name, number, Side.CUSTOMER),
                (
                    self._customer_speaker(connection.customer_gateway),
                    customer_session(self.lab.topology, connection, tunnel),
                )
                if bgp
                else None,
            ),
        )

    def _end(self, charon: str, end: TunnelEnd, speaker: tuple[Speaker, str] | None) -> EndStatus:
        down = EndStatus(
            daemon=False,
            ike="down",
            child="down",
            suite="",
            bytes_in=0,
            bytes_out=0,
            session=self._session(*speaker) if speaker else None,
            usable=None if speaker else end in self.lab.situation().usable,
        )
        name = ike_name(end.connection, end.number)
        try:
            socket = self.lab.machine.socket(charon, "vici")
            with Charon(socket, patience=PATIENCE) as vici:
                sas = [sa for sa in vici.sas() if sa.name == name]
        except DriverError:
            return down
        if not sas:
            return replace(down, daemon=True)
        best = max(sas, key=lambda sa: (sa.stands, len(sa.children)))
        children = [child for child in best.children if child.carries]
        return replace(
            down,
            daemon=True,
            ike="ESTABLISHED" if best.stands else best.state,
            child="INSTALLED"
            if children
            else (best.children[0].state if best.children else "down"),
            suite=best.suite,
            bytes_in=sum(child.bytes_in for child in best.children),
            bytes_out=sum(child.bytes_out for child in best.children),
        )

    @staticmethod
    def _session(speaker: Speaker, name: str) -> Session:
        try:
            found = speaker.sessions().get(name)
        except DriverError as error:
            return Session(state=NO_SPEAKER, routes=0, bfd=None, detail=str(error))
        if found is None:
            return Session(state="not configured", routes=0, bfd=None, detail="")
        return Session(
            state=found.state,
            routes=found.routes,
            bfd=found.bfd,
            detail=found.last_error,
            refused=found.refused,
        )


def _used(
    moved: Collection[tuple[str, int, str]], connections: Iterable[Connection], direction: str
) -> tuple[tuple[str, int], ...]:
    """The tunnels of ``connections`` that packets came out of in this direction."""
    names = {connection.name for connection in connections}
    return tuple(
        sorted((name, number) for name, number, way in moved if way == direction and name in names)
    )
