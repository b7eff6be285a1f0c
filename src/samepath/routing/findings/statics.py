"""Causes in static routes: they win over BGP, and stay where nobody notices that they are dead."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.topology import Connection, GatewayPrefers, Routing
from samepath.routing.compile import tunnel_of
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, ends_of
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.route import Source

STATIC_BLIND = Kind(
    code="static-blind",
    severity=Severity.WARNING,
    means="a static route stays in a tunnel whose IKE lives and whose ESP is dead",
    because="Dead peer detection asks IKE, and no packet of the tunnel's own. Where ESP is "
    "filtered on the way, the tunnel is UP and everything that goes into it is lost.",
    advice="Probe the far inside address (probe_inside: true), or use BGP.",
)
STATIC_OVER_BGP = Kind(
    code="static-over-bgp",
    severity=Severity.WARNING,
    means="a router has a network both by a static route and by BGP, and the static one wins",
    because="A gateway takes a static VPN route before one from BGP, and so does "
    "every device by its administrative distance, whatever the attributes say. If only one end "
    "has the static route, the two ends disagree.",
    advice="Use the same kind of routing for all connections of a site.",
)


def _blind(it: Evidence) -> Iterator[Finding]:
    for connection in it.topology.connections.values():
        if connection.routing is Routing.STATIC and not connection.probe_inside:
            yield STATIC_BLIND.at(
                connection.name,
                "a tunnel whose IKE lives and whose ESP is dead keeps its static route, and what "
                "goes into it is lost",
                _against_blindness(connection),
            )


def _against_blindness(connection: Connection) -> str:
    # Whose gateway prefers what nobody says is AWS's, which has no such probe.
    if connection.gateway_prefers is GatewayPrefers.UNKNOWN:
        return "BGP, whose session such a tunnel ends: AWS's gateway probes nothing inside"
    return "probe_inside: true"


def _over_bgp(it: Evidence) -> Iterator[Finding]:
    for connection in it.topology.connections.values():
        if connection.routing is not Routing.STATIC:
            continue
        for _, router in ends_of(connection):
            for prefix, routes in it.solution.tables[router].items():
                heard = [route.session for route in routes if route.source is Source.EBGP]
                static = any(
                    route.source is Source.STATIC
                    and route.session.startswith(f"{connection.name}/")
                    for route in routes
                )
                if static and heard:
                    over = ", ".join(sorted({tunnel_of(session) for session in heard}))
                    yield STATIC_OVER_BGP.at(
                        connection.name,
                        f"{router} has {prefix} by this connection's static routes and by BGP over "
                        f"{over}: the static ones go first, whatever BGP says",
                        "use one kind of routing for all connections of a site",
                    )


DETECTORS = (
    Detector(kinds=(STATIC_BLIND,), find=_blind),
    Detector(kinds=(STATIC_OVER_BGP,), find=_over_bgp),
)
