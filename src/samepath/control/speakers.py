"""From intent to the speakers' texts: who announces what to whom, and who prefers what.

The gateway's speakers are BIRDs; a customer gateway's is what its platform says, BIRD or FRR.

``follow`` mirrors: the gateway announces MED 100 on its active tunnel and 200 on the other, unless
its policy says otherwise, and the customer announces its site with the lower MED on the tunnel that
it was seen to choose (:mod:`samepath.control.following`), so each end's choice is the other's.
``pinned`` fixes the customer's side: local preference on import, AS_PATH prepending on export.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from samepath.control.addressing import VPC_LINK, link, router_id
from samepath.control.following import follows
from samepath.control.frr import ZEBRA, told
from samepath.control.names import (
    bird_of_customer,
    frr_daemon,
    frr_of_customer,
    lan_device,
    tunnel_device,
)
from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.device.bird import speakers as bird
from samepath.device.customer import Customer, CustomerTunnel, Neighbour, StaticTunnel
from samepath.device.frr import customer as frr
from samepath.model.address_plan import lan_address
from samepath.model.policy import Disposition, Policy, Term
from samepath.model.preference import ACTIVE_MED, STANDBY_MED, pinning
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Mode,
    Platform,
    Policies,
    Routing,
    Topology,
    Tunnel,
)
from samepath.model.topology_view import (
    customer_tunnels,
    gateway_tunnels,
    ibgp_neighbours,
    site_networks,
)
from samepath.routing.compile import requires_policy

ROUTER_ID = 250
STANDBY_IDS = 64
"""Added to the router ids of standby endpoints, so that every active one has a lower one."""


def active_tunnel(connection: Connection, situation: Situation) -> int:
    """The tunnel that is to carry traffic when both can."""
    return situation.active.get(connection.name, connection.active)


def favoured_tunnel(connection: Connection, situation: Situation) -> int:
    """The tunnel that the gateway prefers: the active one, unless it is in maintenance."""
    active = active_tunnel(connection, situation)
    numbers = (active, *(tunnel.number for tunnel in connection.tunnels))
    return next(
        (each for each in numbers if (connection.name, each) not in situation.maintained), active
    )


def preferred_tunnel(connection: Connection, situation: Situation) -> int:
    """The tunnel that the customer's end prefers."""
    active = active_tunnel(connection, situation)
    return situation.followed.get(connection.name, active) if follows(connection) else active


def runs_frr(topology: Topology, customer_gateway: str) -> bool:
    """Whether a customer gateway's router is an FRR; the others' are BIRDs."""
    return topology.customer_gateways[customer_gateway].platform is Platform.FRR


def frr_customers(topology: Topology) -> tuple[str, ...]:
    """The customer gateways whose router is an FRR."""
    return tuple(name for name in topology.customer_gateways if runs_frr(topology, name))


def customer_daemons(topology: Topology, customer_gateway: str) -> tuple[str, ...]:
    """The daemons of a customer gateway's router, those of each machine of a cluster."""
    if not runs_frr(topology, customer_gateway):
        members = topology.customer_gateways[customer_gateway].members
        return tuple(bird_of_customer(customer_gateway, member) for member in members)
    name = frr_of_customer(customer_gateway)
    return tuple(frr_daemon(name, program) for program in frr_programs(topology, customer_gateway))


def frr_programs(topology: Topology, customer_gateway: str) -> tuple[str, ...]:
    """The programs that a customer gateway's FRR is made of, zebra first."""
    it = topology.customer_gateways[customer_gateway]
    return (ZEBRA, *told(customer_frr(topology, it, Situation())))


def customer_session(topology: Topology, connection: Connection, tunnel: Tunnel) -> str:
    """What a customer's router calls its session over a tunnel.

    A BIRD has a name for it, an FRR the neighbour's address.
    """
    if runs_frr(topology, connection.customer_gateway):
        return str(tunnel.gateway_inside.ip)
    return bird.protocol(f"{connection.name}-{tunnel.number}")


def endpoint_session() -> str:
    """The name of an endpoint's BGP protocol towards the customer."""
    return bird.protocol("customer")


def _static(
    connection: Connection,
    tunnel: Tunnel,
    side: Side,
    networks: tuple[object, ...],
    situation: Situation,
) -> StaticTunnel | None:
    if connection.routing is Routing.BGP:
        return None
    usable = TunnelEnd.of(connection.name, tunnel.number, side) in situation.usable
    return StaticTunnel(networks=networks, usable=usable)  # type: ignore[arg-type]


def endpoint(
    topology: Topology,
    connection: Connection,
    tunnel: Tunnel,
    index: int,
    situation: Situation,
) -> str:
    """The text of an endpoint's BIRD; ``index`` numbers the gateway's endpoints."""
    gateway = topology.gateways[connection.gateway]
    customer = topology.customer_gateways[connection.customer_gateway]
    active = favoured_tunnel(connection, situation) == tunnel.number
    policy = _policies(tunnel.gateway_policy, connection, tunnel, situation)
    # BIRD ends its sessions when its router id changes, so the id follows the intent only.
    first = connection.active == tunnel.number
    return bird.endpoint(
        bird.Endpoint(
            router_id=router_id(1 + index + (0 if first else STANDBY_IDS)),
            asn=gateway.asn,
            router=link(index).upper.ip,
            router_local=link(index).lower.ip,
            tunnel=tunnel_device(connection.name, tunnel.number),
            local=tunnel.gateway_inside.ip,
            customer=tunnel.customer_inside.ip,
            customer_asn=customer.asn,
            active=active,
            timers=connection.bgp,
            imports=policy.imports,
            exports=policy.exports,
            static=_static(
                connection,
                tunnel,
                Side.GATEWAY,
                site_networks(topology, customer.name),
                situation,
            ),
        )
    )


def _policies(
    own: Policies, connection: Connection, tunnel: Tunnel, situation: Situation
) -> Policies:
    """An end's policies, or such as let nothing pass."""
    if (connection.name, tunnel.number) not in situation.silenced:
        return own
    return replace(own, imports=_NOTHING, exports=_NOTHING)


_NOTHING = Policy(terms=(Term(disposition=Disposition.REJECT),))


def gateway(topology: Topology, it: Gateway) -> str:
    """The text of a gateway router's BIRD."""
    return bird.router(
        bird.Router(
            router_id=router_id(ROUTER_ID),
            asn=it.asn,
            vpc=topology.vpcs[it.vpc].cidr,
            vpc_hop=VPC_LINK.lower.ip,
            links=tuple(
                bird.RouterLink(
                    name=f"{connection.name}-{tunnel.number}",
                    local=link(index).upper.ip,
                    endpoint=link(index).lower.ip,
                )
                for index, (connection, tunnel) in enumerate(gateway_tunnels(topology, it.name))
            ),
        )
    )


def customer(topology: Topology, it: CustomerGateway, situation: Situation) -> str:
    """The text of a customer gateway's BIRD."""
    return bird.customer(_customer(topology, it, situation))


def customer_frr(topology: Topology, it: CustomerGateway, situation: Situation) -> frr.Texts:
    """The texts of a customer gateway's FRR."""
    return frr.customer(_customer(topology, it, situation))


def _customer(topology: Topology, it: CustomerGateway, situation: Situation) -> Customer:
    return Customer(
        router_id=it.address,
        asn=it.asn,
        networks=site_networks(topology, it.name),
        tunnels=tuple(
            _customer_tunnel(topology, connection, tunnel, situation)
            for connection, tunnel in customer_tunnels(topology, it.name)
        ),
        neighbours=tuple(_neighbours(topology, it)),
        requires_policy=requires_policy(it),
        best_path=it.best_path,
    )


def _neighbours(topology: Topology, it: CustomerGateway) -> Iterator[Neighbour]:
    """The customer gateways that speak iBGP with this one."""
    for both in ibgp_neighbours(topology):
        if it.name in both.names:
            (name,) = set(both.names) - {it.name}
            yield Neighbour(
                name=f"neighbour-{name}",
                device=lan_device(both.site.name),
                local=lan_address(both.site, it.name, both.network).ip,
                address=lan_address(both.site, name, both.network).ip,
            )


def _customer_tunnel(
    topology: Topology, connection: Connection, tunnel: Tunnel, situation: Situation
) -> CustomerTunnel:
    gateway = topology.gateways[connection.gateway]
    preferred = preferred_tunnel(connection, situation) == tunnel.number
    local_preference, prepend = pinning(connection, preferred=preferred)
    policy = _policies(tunnel.customer_policy, connection, tunnel, situation)
    return CustomerTunnel(
        name=f"{connection.name}-{tunnel.number}",
        device=tunnel_device(connection.name, tunnel.number),
        local=tunnel.customer_inside.ip,
        gateway=tunnel.gateway_inside.ip,
        gateway_asn=gateway.asn,
        timers=connection.bgp,
        preferred=preferred,
        med=(ACTIVE_MED if preferred else STANDBY_MED) if connection.mode is Mode.FOLLOW else None,
        local_preference=local_preference,
        prepend=prepend,
        pinned=connection.mode is Mode.PINNED,
        imports=policy.imports,
        exports=policy.exports,
        static=_static(
            connection,
            tunnel,
            Side.CUSTOMER,
            (topology.vpcs[gateway.vpc].cidr,),
            situation,
        ),
    )
