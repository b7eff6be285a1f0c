"""Causes in what is announced: not at all, over one tunnel only, too much, or for two places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import IPv4Network
from itertools import combinations

from samepath.model import elements, limits
from samepath.model.problems import at
from samepath.model.topology import Connection, CustomerGateway, GatewayKind, Routing, Tunnel
from samepath.model.topology_view import customer_tunnels, site_networks
from samepath.routing.assumption import first_answer
from samepath.routing.compile import (
    customer_name,
    gateway_name,
    route_limit,
    session_name,
    tunnel_name,
)
from samepath.routing.exchange import Reason, local, receive, send
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, ends_of, some
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.network import DEFAULT

UNEQUAL_PREFIXES = Kind(
    code="unequal-prefixes",
    severity=Severity.WARNING,
    means="a prefix is heard over one tunnel of a connection only",
    because="The longest match goes before every preference: for such a prefix there is one "
    "tunnel, whatever the others prefer, and none when it is down.",
    advice="Announce and accept the same prefixes over both tunnels, and tell the tunnels apart "
    "by attributes.",
)
ANNOUNCES_NOTHING = Kind(
    code="announces-nothing",
    severity=Severity.WARNING,
    means="a session is up and nothing is heard over it",
    because="The tunnel is UP with no routes: it looks like a second path and is none.",
    advice="Announce and accept the same prefixes over both tunnels.",
)
NOT_HEARD = Kind(
    code="not-heard",
    severity=Severity.WARNING,
    means="a network is heard over no tunnel of a connection, nor a wider prefix that holds it",
    because="The end that does not hear it has no route to it over this connection, in any state.",
    advice="Let the export policy of one end and the import policy of the other pass it.",
)
ROUTE_LIMIT = Kind(
    code="route-limit",
    severity=Severity.ERROR,
    means="a connection has more routes than AWS takes",
    because="A virtual private gateway takes 100 prefixes from a customer gateway, a transit gateway "
    "1,000. Above that it does not leave some out: it ends the session. Of static routes a "
    "connection of a virtual private gateway takes 100.",
    advice="Announce fewer, larger prefixes.",
)
PROPAGATION_LIMIT = Kind(
    code="propagation-limit",
    severity=Severity.WARNING,
    means="a gateway hears more prefixes than a VPC route table takes",
    because="A VPC's route table holds 100 propagated routes, and AWS does not say which of more "
    "are left out.",
    advice="Announce fewer, larger prefixes.",
)
CONNECTED_ANNOUNCED = Kind(
    code="connected-announced",
    severity=Severity.WARNING,
    means="a customer gateway announces a tunnel's inside network, or that of its outside address",
    because="It is what redistributing connected networks does without a map. The gateway then has a "
    "route to one tunnel's inside address by the other tunnel, or to the address at which the "
    "tunnels end through a tunnel: what is sent there goes and comes by different ways. And each "
    "counts among the prefixes that AWS takes.",
    advice="Announce the site's networks only: put a map on the redistribution, or name them.",
)
OVERLAPPING_NETWORKS = Kind(
    code="overlapping-networks",
    severity=Severity.ERROR,
    means="a customer gateway is joined to VPCs whose networks overlap",
    because="A router tells destinations apart by address. Of an address in both networks only "
    "one can be reached, and the packets of the other's flows go there, too.",
    advice="Renumber one of the VPCs, or give it a customer gateway (or a routing table) of its "
    "own.",
)


def _expected(it: Evidence, connection: Connection, end: str) -> frozenset[IPv4Network]:
    """The networks that an end of a connection has to hear."""
    if end == "gateway":
        return frozenset(site_networks(it.topology, connection.customer_gateway))
    gateway = it.topology.gateways[connection.gateway]
    return frozenset({it.topology.vpcs[gateway.vpc].cidr})


def _heard(
    it: Evidence, router: str, connection: Connection, tunnel: Tunnel
) -> frozenset[IPv4Network]:
    return frozenset(it.solution.heard.get((router, session_name(connection, tunnel)), {}))


def _unequal(it: Evidence) -> Iterator[Finding]:
    """A tunnel over which less is heard than over the other, or than there is."""
    for connection in it.topology.connections.values():
        if connection.routing is not Routing.BGP:
            continue
        up = [
            tunnel
            for tunnel in connection.tunnels
            if session_name(connection, tunnel) not in it.solution.ended
        ]
        (_, gateway), (_, customer) = ends_of(connection)
        for end, router, announcer in (
            ("gateway", gateway, customer),
            ("customer", customer, gateway),
        ):
            heard = {tunnel.number: _heard(it, router, connection, tunnel) for tunnel in up}
            everything = frozenset().union(*heard.values())
            nowhere = frozenset(
                one
                for one in _expected(it, connection, end)
                if not any(one.subnet_of(wider) for wider in everything)
            )
            if up and nowhere:
                yield NOT_HEARD.at(
                    connection.name,
                    f"{router} hears {_spelled(nowhere)} from {announcer} over neither tunnel"
                    + _why(it, connection, up[0], announcer, router, nowhere),
                    "let the export policy there and the import policy here pass it",
                )
            for tunnel in up:
                missing = everything - heard[tunnel.number]
                if missing:
                    kind = UNEQUAL_PREFIXES if heard[tunnel.number] else ANNOUNCES_NOTHING
                    yield kind.at(
                        tunnel_name(connection, tunnel),
                        f"{router} does not hear {_spelled(missing)} from {announcer} over this "
                        f"tunnel{_why(it, connection, tunnel, announcer, router, missing)}, and "
                        f"hears it over the other one: {_without(missing, heard[tunnel.number])}",
                        "announce and accept the same prefixes over both tunnels",
                    )


def _without(missing: Iterable[IPv4Network], heard: Collection[IPv4Network]) -> str:
    """What follows for prefixes that are not heard, where ``heard`` are."""
    if all(any(one.subnet_of(other) for other in heard) for one in missing):
        return "the longer match goes first, so that its packets take that one while it is up"
    return "that prefix has no second path"


def _spelled(prefixes: Iterable[IPv4Network]) -> str:
    first, *others = sorted(prefixes)
    if len(others) > 1:
        return f"{first} and {len(others)} more"
    return ", ".join(map(str, (first, *others)))


def _why(
    it: Evidence,
    connection: Connection,
    tunnel: Tunnel,
    sender: str,
    receiver: str,
    prefixes: Iterable[IPv4Network],
) -> str:
    """Why ``receiver`` does not have a prefix of ``sender``'s own, in brackets; or nothing."""
    network = it.solution.network
    session = network.sessions[session_name(connection, tunnel)]
    for origination in network.routers[sender].originates:
        route = local(network.routers[sender], origination)
        if origination.prefix not in prefixes or route is None:
            continue
        sent = send(network, session, sender, route, first_answer)
        passed, who = (sent, sender)
        if sent.route is not None:
            passed, who = (receive(network, session, receiver, sent.route, first_answer), receiver)
        if passed.reason is not None:
            number = "" if passed.term is None else f", term {passed.term}"
            return f" ({who}: {_REASONS.get(passed.reason, passed.reason.value)}{number})"
    return ""


_REASONS = {
    Reason.EXPORT_POLICY: "its export policy rejects it",
    Reason.IMPORT_POLICY: "its import policy rejects it",
    Reason.SILENT: "it has no export policy, and announces nothing without one (RFC 8212)",
    Reason.DEAF: "it has no import policy, and accepts nothing without one (RFC 8212)",
}


# ---------------------------------------------------------------------------------- too much


def _connected(it: Evidence) -> Iterator[Finding]:
    announced: dict[CustomerGateway, set[IPv4Network]] = {}
    for connection, tunnel in it.bgp_tunnels:
        customer = it.topology.customer_gateways[connection.customer_gateway]
        heard = _heard(it, gateway_name(connection.gateway), connection, tunnel)
        announced.setdefault(customer, set()).update(heard - {DEFAULT})
    for customer, prefixes in announced.items():
        meant = site_networks(it.topology, customer.name)
        for prefix in sorted(prefixes):
            inside = [
                tunnel_name(*one)
                for one in customer_tunnels(it.topology, customer.name)
                if prefix.overlaps(one[1].inside)
            ]
            holds = [f"the inside network of {some(inside, 'tunnels')}"] if inside else []
            if customer.address in prefix:
                holds.append(f"its own outside address {customer.address}")
            if holds and not any(map(prefix.subnet_of, meant)):
                position = [n for n, one in enumerate(customer.aggregates) if one == prefix]
                yield CONNECTED_ANNOUNCED.at(
                    customer_name(customer.name),
                    f"it announces {prefix}, which holds {' and '.join(holds)}",
                    "announce the site's networks only: put a map on the redistribution",
                    path=at("customer_gateways", customer.name, "aggregates", *position)
                    if position
                    else "",
                )


# ---------------------------------------------------------------------------------- how many


def _route_limit(it: Evidence) -> Iterator[Finding]:
    for session, count in it.solution.ended.items():
        ended = it.topology.connections[elements.parse(session).name]
        taken = route_limit(it.topology.gateways[ended.gateway])
        yield ROUTE_LIMIT.at(
            session,
            f"{count} prefixes are announced here, and the other end takes {taken}: it ends the "
            "session, and the tunnel carries nothing",
            "announce fewer, larger prefixes",
        )
    for connection in it.topology.connections.values():
        networks = site_networks(it.topology, connection.customer_gateway)
        gateway = it.topology.gateways[connection.gateway]
        if gateway.kind is GatewayKind.TRANSIT:
            # Its static routes stand in a route table of its own.
            continue
        if connection.routing is Routing.STATIC and len(networks) > limits.STATIC_ROUTES:
            yield ROUTE_LIMIT.at(
                connection.name,
                f"it needs {len(networks)} static routes, and AWS takes {limits.STATIC_ROUTES} of "
                "a connection",
                "route fewer, larger prefixes",
            )


def _propagation_limit(it: Evidence) -> Iterator[Finding]:
    for one in it.topology.gateways.values():
        if one.kind is GatewayKind.TRANSIT:
            # Nothing of what it hears is propagated into the VPC's route table.
            continue
        gateway = gateway_name(one.name)
        learned = [
            prefix
            for prefix, routes in it.solution.tables[gateway].items()
            if any(route.session in it.solution.network.sessions for route in routes)
        ]
        if len(learned) > limits.PROPAGATED_ROUTES:
            yield PROPAGATION_LIMIT.at(
                gateway,
                f"it hears {len(learned)} prefixes, and a VPC's route table takes "
                f"{limits.PROPAGATED_ROUTES} propagated routes: nobody says which are left out",
                "announce fewer, larger prefixes",
            )


# ------------------------------------------------------------------------------ for two places


def _overlapping(it: Evidence) -> Iterator[Finding]:
    joined: dict[str, dict[str, IPv4Network]] = {}
    for connection in it.topology.connections.values():
        vpc = it.topology.vpcs[it.topology.gateways[connection.gateway].vpc]
        joined.setdefault(connection.customer_gateway, {})[vpc.name] = vpc.cidr
    for customer, vpcs in joined.items():
        for (one, its), (other, others) in combinations(sorted(vpcs.items()), 2):
            if its.overlaps(others):
                yield OVERLAPPING_NETWORKS.at(
                    customer_name(customer),
                    f"it is joined to the VPCs {one} ({its}) and {other} ({others}), whose "
                    "networks overlap: packets for one arrive in the other",
                    "renumber one of them, or give it a customer gateway of its own",
                )


DETECTORS = (
    Detector(kinds=(UNEQUAL_PREFIXES, ANNOUNCES_NOTHING, NOT_HEARD), find=_unequal),
    Detector(kinds=(CONNECTED_ANNOUNCED,), find=_connected),
    Detector(kinds=(ROUTE_LIMIT,), find=_route_limit),
    Detector(kinds=(PROPAGATION_LIMIT,), find=_propagation_limit),
    Detector(kinds=(OVERLAPPING_NETWORKS,), find=_overlapping),
)
