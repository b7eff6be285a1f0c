"""The tunnels of a connection: what several parts of its description tell of each, put together.

Tunnel 1 is the first of the configuration (XML), whose order is that of AWS's device files. Without
it, it is the first of ``TunnelOptions``; without these, the first of the telemetry. The order of one
is not that of another, so they are joined on the outside address of AWS's end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from samepath.aws.configuration import ConfiguredTunnel
from samepath.aws.inventory import Telemetry, TunnelOptions, VpnConnection
from samepath.model.secret import Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownTunnel:
    """What is known of one tunnel; ``number`` is 1 or 2.

    ``outside`` is AWS's outside address; None of a tunnel that is only planned.
    """

    number: int
    outside: IPv4Address | None
    configured: ConfiguredTunnel | None
    options: TunnelOptions | None
    telemetry: Telemetry | None

    @property
    def inside(self) -> IPv4Network | None:
        """The network inside."""
        if self.configured is not None and self.configured.gateway.inside is not None:
            return self.configured.gateway.inside.network
        return None if self.options is None else self.options.inside

    @property
    def key(self) -> Secret | None:
        """The pre-shared key."""
        if self.options is not None and self.options.key is not None:
            return self.options.key
        return None if self.configured is None else self.configured.ike.key


def tunnels_of(connection: VpnConnection) -> tuple[KnownTunnel, ...]:
    """The tunnels of a connection by their numbers; none where nothing tells their addresses."""
    if connection.planned:
        return tuple(
            KnownTunnel(
                number=number, outside=None, configured=None, options=options, telemetry=None
            )
            for number, options in enumerate(connection.tunnels, start=1)
        )
    configured = {
        one.gateway.outside: one
        for one in (connection.configuration.tunnels if connection.configuration else ())
        if isinstance(one.gateway.outside, IPv4Address)
    }
    options = {one.outside: one for one in connection.tunnels if one.outside is not None}
    telemetry = {one.outside: one for one in connection.telemetry}
    order = next(filter(None, (list(configured), list(options), list(telemetry))), [])
    return tuple(
        KnownTunnel(
            number=number,
            outside=outside,
            configured=configured.get(outside),
            options=options.get(outside),
            telemetry=telemetry.get(outside),
        )
        for number, outside in enumerate(order, start=1)
    )


def outsides(connection: VpnConnection) -> Iterator[tuple[str, frozenset[IPv4Address]]]:
    """AWS's outside addresses as each part of the description has them."""
    if connection.configuration is not None:
        yield (
            "CustomerGatewayConfiguration",
            frozenset(
                one.gateway.outside
                for one in connection.configuration.tunnels
                if isinstance(one.gateway.outside, IPv4Address)
            ),
        )
    told = frozenset(one.outside for one in connection.tunnels if one.outside is not None)
    if told:
        yield "Options.TunnelOptions", told
    if connection.telemetry:
        yield "VgwTelemetry", frozenset(one.outside for one in connection.telemetry)
