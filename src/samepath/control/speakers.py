"""From intent to the BIRDs' texts: who announces what to whom, and who prefers what.

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
from samepath.control.names import lan_device, tunnel_device
from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.device.bird import speakers as bird
from samepath.device.customer import Customer, CustomerTunnel, Neighbour, StaticTunnel
from samepath.model.address_plan import lan_address
from samepath.model.policy import Disposition, Policy, Term
from samepath.model.preference import ACTIVE_MED, STANDBY_MED, pinning
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Mode,
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


def customer_session(connection: Connection, tunnel: Tunnel) -> str:
    """The name of a customer's BGP protocol over a tunnel."""
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
    return bird.customer(
        Customer(
            router_id=it.address,
            asn=it.asn,
            networks=site_networks(topology, it.name),
            tunnels=tuple(
                _customer_tunnel(topology, connection, tunnel, situation)
                for connection, tunnel in customer_tunnels(topology, it.name)
            ),
            neighbours=tuple(_neighbours(topology, it)),
            paths=it.best_path.maximum_paths or 1,
        )
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
