"""A customer gateway from nothing: what AWS tells of a connection, and what its owner chooses.

Of what AWS admits the strongest is taken. Nothing is invented: what no description tells, and
nobody chooses, is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.aws.networks import SITE_POOL, VPC_POOL
from samepath.aws.understood import Understood, UnderstoodConnection, UnderstoodTunnel
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite
from samepath.model.packet_size import mss, tunnel_mtu
from samepath.model.policy_form import normal
from samepath.model.preference import customer_policies
from samepath.model.suites import strongest
from samepath.model.topology import (
    SECOND,
    Connection,
    IkeProposal,
    Mode,
    Policies,
    Routing,
    Topology,
    Tunnel,
)

_KEEPALIVE, _HOLD = 10 * SECOND, 30 * SECOND
"""What AWS's own configurations of devices have."""
_DPD_DELAY, _DPD_RETRIES = 10 * SECOND, 3
"""The same; AWS's end waits for 40 s by itself."""


class CannotDevise(ValueError):
    """Something is not known that a device needs; the text says what, and how to tell it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the device's owner chooses.

    ``connection`` is AWS's id, where a description holds several. ``prefer`` is the tunnel that
    both directions are to take; None: the gateway's MED decides for both. An empty ``networks``
    are those that AWS knows of the site. ``address`` is the device's own outside address where it
    is behind a NAT. ``keys``: whether pre-shared keys are written, where a description has them.
    """

    connection: str | None = None
    prefer: int | None = 1
    networks: tuple[IPv4Network, ...] = ()
    vpc: tuple[IPv4Network, ...] = ()
    name: str | None = None
    address: IPv4Address | None = None
    outside_interface: str | None = None
    lan_interface: str | None = None
    keys: bool = False


def devise(understood: Understood, choice: Choice) -> CustomerToWrite:
    """The customer gateway of a connection. Raises :class:`CannotDevise`."""
    told = _connection(understood, choice.connection)
    topology = understood.topology
    connection = topology.connections[told.name]
    by_bgp = connection.routing is Routing.BGP
    if by_bgp and told.customer_asn is None:
        raise CannotDevise(f"{told.id}: no description tells the AS number of the customer gateway")
    tunnels = tuple(
        _tunnel(connection, tunnel, one, told, choice)
        for tunnel, one in zip(connection.tunnels, told.tunnels, strict=True)
    )
    mtu = min(tunnel_mtu(one.esp, nat=True) for one in tunnels)
    return CustomerToWrite(
        name=choice.name or told.customer_gateway,
        asn=topology.customer_gateways[connection.customer_gateway].asn,
        gateway_asn=told.gateway_asn,
        address=choice.address or told.customer_address,
        identity=told.customer_address,
        vpc=choice.vpc or _vpc(topology, connection, told, needed=not by_bgp),
        networks=choice.networks or _networks(topology, connection, told, needed=by_bgp),
        tunnels=tunnels,
        bgp=by_bgp,
        keepalive=_KEEPALIVE,
        hold=_HOLD,
        mtu=mtu,
        mss=mss(mtu),
        outside_interface=choice.outside_interface,
        lan_interface=choice.lan_interface,
    )


def _connection(understood: Understood, wanted: str | None) -> UnderstoodConnection:
    there = understood.connections
    found = [one for one in there if wanted in {None, one.id, one.name, one.tag}]
    names = ", ".join(one.id for one in there)
    if not found:
        raise CannotDevise(f"--connection {wanted}: the description holds {names or 'none'}")
    if len(found) > 1:
        raise CannotDevise(f"the description holds {names}: name one with --connection")
    (it,) = found
    for tunnel in it.tunnels:
        if not (tunnel.outside_told and tunnel.inside_told):
            raise CannotDevise(
                f"{it.id}: AWS has not chosen the addresses of tunnel {tunnel.number} yet"
            )
    return it


def _tunnel(
    connection: Connection,
    tunnel: Tunnel,
    known: UnderstoodTunnel,
    told: UnderstoodConnection,
    choice: Choice,
) -> TunnelToWrite:
    version = 2 if "ikev2" in known.ike_versions or not known.ike_versions else 1
    # In normal form each has a term: a session of a device wants a policy (RFC 8212).
    policies = _policies(connection, tunnel.number, choice.prefer)
    return TunnelToWrite(
        number=tunnel.number,
        label=f"{told.id} tunnel {tunnel.number}",
        outside=tunnel.outside,
        inside=IPv4Interface(str(tunnel.customer_inside)),
        gateway_inside=tunnel.gateway_inside.ip,
        ike_version=version,
        ike=_agreed(tunnel.crypto.ike, told, tunnel, version),
        ike_lifetime=tunnel.crypto.ike_lifetime,
        esp=strongest(tunnel.crypto.esp),
        esp_lifetime=tunnel.crypto.esp_lifetime,
        dpd_delay=_DPD_DELAY,
        dpd_retries=_DPD_RETRIES,
        key=known.key if choice.keys else None,
        imports=normal(policies.imports),
        exports=normal(policies.exports),
    )


def _agreed(
    suites: tuple[IkeProposal, ...], told: UnderstoodConnection, tunnel: Tunnel, version: int
) -> IkeProposal:
    """IKEv1 has no combined ciphers (RFC 5282 is of IKEv2)."""
    possible = [one for one in suites if version != 1 or "gcm" not in one.encryption]
    if not possible:
        raise CannotDevise(
            f"{told.id} tunnel {tunnel.number}: AWS admits IKEv1 alone, and combined ciphers alone"
        )
    return strongest(possible)


def _policies(connection: Connection, number: int, prefer: int | None) -> Policies:
    if prefer is None:
        return Policies()
    pinned = replace(
        connection,
        mode=Mode.PINNED,
        tunnels=tuple(replace(one, customer_policy=Policies()) for one in connection.tunnels),
    )
    return customer_policies(pinned, number, prefer)


def _vpc(
    topology: Topology, connection: Connection, told: UnderstoodConnection, *, needed: bool
) -> tuple[IPv4Network, ...]:
    network = topology.vpcs[topology.gateways[connection.gateway].vpc].cidr
    if not network.subnet_of(VPC_POOL):
        return (network,)
    if needed:
        raise CannotDevise(
            f"{told.id} has static routes, and no description tells the VPC's network: say it with "
            "--vpc CIDR, or add the answer of describe-route-tables or describe-vpcs to --vpn"
        )
    return ()


def _networks(
    topology: Topology, connection: Connection, told: UnderstoodConnection, *, needed: bool
) -> tuple[IPv4Network, ...]:
    found = tuple(
        network
        for site in topology.sites.values()
        if connection.customer_gateway in site.customer_gateways
        for network in site.networks
        if not network.subnet_of(SITE_POOL)
    )
    if not found and needed:
        raise CannotDevise(
            f"{told.id}: no description tells what the device is to announce: say it with --network "
            "CIDR"
        )
    return found
