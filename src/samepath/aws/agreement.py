"""Contradictions: parts of a description that cannot be of one VPN at one time.

A connection is told several times over: by the answer's own keys, in its XML, by its tunnels'
options, by its gateways. Where two of them differ, a prediction would be of neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samepath.aws.configuration import ConfiguredTunnel, CustomerGatewayConfiguration
from samepath.aws.inventory import GONE, Inventory, VpnConnection
from samepath.aws.reading import Reading, Where
from samepath.aws.tunnels import outsides, tunnels_of
from samepath.model import limits
from samepath.model.problems import below

_AGAIN = "describe all of it again, at one time"


def contradictions(inventory: Inventory, reading: Reading) -> None:
    """Note every contradiction in the connections that are there."""
    for connection in inventory.connections.values():
        if connection.state in GONE:
            continue
        if connection.virtual_gateway and connection.transit_gateway:
            reading.wrong(connection.where, f"{connection.id} has two gateways", _AGAIN)
        if connection.configuration is not None:
            where = _of_configuration(connection)
            for message in (
                *_with_itself(connection.configuration),
                *_with_its_answer(connection, connection.configuration),
                *_with_others(connection, connection.configuration, inventory),
            ):
                reading.wrong(where, f"{connection.id}: {message}", _AGAIN)
        for message in (*_addresses(connection), *_options(connection)):
            reading.wrong(connection.where, f"{connection.id}: {message}", _AGAIN)


def _of_configuration(connection: VpnConnection) -> Where:
    where = connection.where
    if not connection.described:
        return where
    return Where(file=where.file, path=below(where.path, "CustomerGatewayConfiguration"))


def _one(what: str, values: Iterable[object]) -> Iterator[str]:
    """What is wrong if not all of these values, where there are some, are the same."""
    told = list(dict.fromkeys(value for value in values if value is not None))
    if len(told) > 1:
        yield f"{what} is {' and '.join(map(str, told))}"


def _with_itself(configuration: CustomerGatewayConfiguration) -> Iterator[str]:
    tunnels = configuration.tunnels
    if len(tunnels) != limits.TUNNELS:
        yield f"it has {len(tunnels)} tunnels, and a connection has {limits.TUNNELS}"
    yield from _one("the customer gateway's address", (one.customer.outside for one in tunnels))
    yield from _one("the customer gateway's ASN", (one.customer.asn for one in tunnels))
    yield from _one("AWS's ASN", (one.gateway.asn for one in tunnels))
    gateways = [one.gateway.outside for one in tunnels if one.gateway.outside is not None]
    if len(set(gateways)) < len(gateways):
        yield f"both tunnels have the outside address {gateways[0]}"
    for number, tunnel in enumerate(tunnels, start=1):
        yield from (f"tunnel {number}: {message}" for message in _in_tunnel(tunnel))
        asns = (tunnel.customer.asn, tunnel.gateway.asn)
        if configuration.is_static and asns != (None, None):
            yield f"tunnel {number} has BGP, and the connection is {configuration.attributes}"
        if not configuration.is_static and None in asns:
            yield f"tunnel {number} has no ASN of each end, and the connection is not static"


def _in_tunnel(tunnel: ConfiguredTunnel) -> Iterator[str]:
    if tunnel.gateway.outside is None:
        yield "it has no outside address of AWS's end"
    gateway, customer = tunnel.gateway.inside, tunnel.customer.inside
    if gateway is None or customer is None:
        if tunnel.gateway.inside_ipv6 is None:
            yield "it has no inside addresses"
        return
    network = gateway.network
    if network.prefixlen != limits.INSIDE_LENGTH:
        yield f"the inside network {network} is no /{limits.INSIDE_LENGTH}"
    elif (gateway.ip, customer.ip) != (network.network_address + 1, network.network_address + 2):
        yield (
            f"the inside addresses are {gateway.ip} (AWS) and {customer.ip}, and AWS takes the "
            f"first of a /30 and gives the second"
        )


def _with_its_answer(
    connection: VpnConnection, configuration: CustomerGatewayConfiguration
) -> Iterator[str]:
    """Where the XML is not of the connection that it stands in."""
    yield from _one("the connection", (connection.id, configuration.connection))
    yield from _one(
        "its customer gateway", (connection.customer_gateway, configuration.customer_gateway)
    )
    there, here = connection.virtual_gateway, configuration.vpn_gateway
    if connection.described and there != here:
        yield f"its virtual private gateway is {there or 'none'} and {here or 'none'}"
    if connection.is_static is not None and connection.is_static != configuration.is_static:
        routing = "static" if connection.is_static else "BGP"
        other = "static" if configuration.is_static else "BGP"
        yield f"its routing is {routing} (StaticRoutesOnly) and {other}"


def _with_others(
    connection: VpnConnection,
    configuration: CustomerGatewayConfiguration,
    inventory: Inventory,
) -> Iterator[str]:
    """Where the XML is not what the gateways' own descriptions say."""
    tunnels = configuration.tunnels
    customer = inventory.customer_gateways.get(connection.customer_gateway or "")
    if customer is not None:
        yield from _one(
            f"the address of {customer.id}",
            (customer.address, *(one.customer.outside for one in tunnels[:1])),
        )
        yield from _one(
            f"the ASN of {customer.id}", (customer.asn, *(one.customer.asn for one in tunnels[:1]))
        )
    gateway = inventory.virtual_gateways.get(
        connection.virtual_gateway or ""
    ) or inventory.transit_gateways.get(connection.transit_gateway or "")
    if gateway is not None:
        yield from _one(
            f"the ASN of {gateway.id}", (gateway.asn, *(one.gateway.asn for one in tunnels[:1]))
        )


def _addresses(connection: VpnConnection) -> Iterator[str]:
    told_by = list(outsides(connection))
    for name, told in told_by[1:]:
        first, known = told_by[0]
        if not told <= known:
            yield (
                f"{name} has the outside address {', '.join(map(str, sorted(told - known)))}, "
                f"which {first} has not"
            )


def _options(connection: VpnConnection) -> Iterator[str]:
    """Where a tunnel's options are not what the XML has of the same tunnel."""
    for tunnel in tunnels_of(connection):
        options, configured = tunnel.options, tunnel.configured
        if options is None or configured is None:
            continue
        inside = configured.gateway.inside
        yield from (
            f"tunnel {tunnel.number}: {message}"
            for message in _one(
                "the inside network", (options.inside, None if inside is None else inside.network)
            )
        )
        key = configured.ike.key
        if options.key is not None and key is not None and options.key != key:
            yield f"tunnel {tunnel.number}: the pre-shared key of TunnelOptions is another one"
