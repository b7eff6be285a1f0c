"""Rules between the values of a topology: what must hold for a VPN to work.

:func:`problems` finds what makes a topology unusable, with AWS's rule where AWS has one. It takes
any :class:`~samepath.model.topology.Topology` whatever its source, and names the place of a value
where ``places`` knows it. What can be built and only warns is in :mod:`samepath.model.cautions`.

Limits of single values (a lifetime's range) belong to the reader of each source; what is not in a
file's form cannot be asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from samepath.model import limits
from samepath.model.address_plan import (
    host_problems,
    network_problems,
    overlap_problems,
    subnet_problems,
)
from samepath.model.problems import (
    Places,
    Problem,
    at,
    did_you_mean,
    placed,
    spell_duration,
)
from samepath.model.site_rules import site_problems
from samepath.model.topology import (
    Connection,
    GatewayKind,
    GatewayPrefers,
    Mode,
    Platform,
    Preemption,
    Routing,
    Topology,
    Tunnel,
    Vpc,
)
from samepath.model.topology_view import site_networks, tunnels_of

_NOWHERE: Places = {}


def problems(topology: Topology, places: Places = _NOWHERE) -> tuple[Problem, ...]:
    """Everything that makes ``topology`` unusable; empty if it can be built."""
    return tuple(
        placed(problem, places)
        for rule in (
            _references,
            subnet_problems,
            network_problems,
            overlap_problems,
            host_problems,
            site_problems,
            _gateways,
            _asns,
            _outside_addresses,
            _inside_networks,
            _tunnels,
            _gateway_policies,
            _modes,
            _clusters,
            _default_routes,
            _aggregates,
            _required_policies,
            _bgp,
        )
        for problem in rule(topology)
    )


def _modes(topology: Topology) -> Iterator[Problem]:
    for connection in topology.connections.values():
        customer = topology.customer_gateways.get(connection.customer_gateway)
        follows = connection.mode is Mode.FOLLOW and connection.routing is Routing.BGP
        if customer and follows and customer.platform is not Platform.BIRD:
            yield Problem(
                path=at("connections", connection.name, "mode"),
                concerns=(at("customer_gateways", customer.name, "platform"),),
                message=f"follow is what the BIRD that samepath writes does, and {customer.name} is "
                f"a {customer.platform.value}, which announces no MED of its own choice",
                advice="choose plain (its policies alone decide) or pinned",
            )
        unknown = connection.gateway_prefers is GatewayPrefers.UNKNOWN
        if unknown and connection.preemption is Preemption.MANUAL:
            yield Problem(
                path=at("connections", connection.name, "gateway_prefers"),
                concerns=(at("connections", connection.name, "preemption"),),
                message="unknown is what AWS's gateway prefers, and preemption: manual is what "
                "samepath's own gateway does, which prefers the active tunnel",
                advice="leave one of the two out",
            )


def _clusters(topology: Topology) -> Iterator[Problem]:
    for connection in topology.connections.values():
        customer = topology.customer_gateways.get(connection.customer_gateway)
        if customer and customer.cluster and connection.preemption is Preemption.MANUAL:
            yield Problem(
                path=at("connections", connection.name, "preemption"),
                concerns=(at("customer_gateways", customer.name, "cluster"),),
                message=f"traffic would stay on whichever tunnel is first to come back when "
                f"{customer.name} is taken over, and nobody can say which",
                advice="choose auto, or leave the cluster out",
            )


def _aggregates(topology: Topology) -> Iterator[Problem]:
    for customer in topology.customer_gateways.values():
        own = set(site_networks(topology, customer.name))
        vpcs = _vpcs_of(topology, customer.name)
        for position, aggregate in enumerate(customer.aggregates):
            path = at("customer_gateways", customer.name, "aggregates", position)
            for vpc in vpcs:
                if aggregate.subnet_of(vpc.cidr):
                    yield Problem(
                        path=path,
                        concerns=(at("vpcs", vpc.name, "cidr"),),
                        message=f"{aggregate} lies in {vpc.cidr}, the network of the VPC {vpc.name}"
                        ", whose hosts are not behind this device",
                        advice="leave it out, or announce a prefix that the VPC's network lies in",
                    )
            again = aggregate in customer.aggregates[:position]
            if aggregate in own or again:
                yield Problem(
                    path=path,
                    message=f"{aggregate} is announced already",
                    advice="name it once" if again else "leave it out: it is a network of its site",
                )


def _required_policies(topology: Topology) -> Iterator[Problem]:
    for customer in topology.customer_gateways.values():
        if customer.requires_policy and customer.platform is Platform.BIRD:
            yield Problem(
                path=at("customer_gateways", customer.name, "requires_policy"),
                concerns=(at("customer_gateways", customer.name, "platform"),),
                message="the BIRD that samepath writes has its filters in both directions",
                advice="leave it out, or name the platform that does",
            )


def _vpcs_of(topology: Topology, customer: str) -> list[Vpc]:
    """The VPCs that connections join a customer gateway to."""
    gateways = {
        one.gateway for one in topology.connections.values() if one.customer_gateway == customer
    }
    names = {topology.gateways[name].vpc for name in gateways if name in topology.gateways}
    return [topology.vpcs[name] for name in sorted(names) if name in topology.vpcs]


def _default_routes(topology: Topology) -> Iterator[Problem]:
    for connection, tunnel in tunnels_of(topology):
        customer = topology.customer_gateways.get(connection.customer_gateway)
        makes = tunnel.customer_policy.default_originate
        if makes and customer and customer.platform is Platform.BIRD:
            path = tunnel_path(connection, tunnel, "policy", "customer", "default_originate")
            yield Problem(
                path=path,
                concerns=(at("customer_gateways", customer.name, "platform"),),
                message="a BIRD makes no default route for one neighbour",
                advice="leave it out, or name the platform that does",
            )


def tunnel_path(connection: Connection, tunnel: Tunnel, *steps: str | int) -> str:
    """The path of a tunnel's value; tunnel 1 is at position 0."""
    return at("connections", connection.name, "tunnels", tunnel.number - 1, *steps)


# ---------------------------------------------------------------------------------- references


def _references(topology: Topology) -> Iterator[Problem]:
    for gateway in topology.gateways.values():
        path = at("gateways", gateway.name, "vpc")
        yield from _reference(path, gateway.vpc, "VPC", "vpcs", topology.vpcs)
    for site in topology.sites.values():
        for i, name in enumerate(site.customer_gateways):
            path = at("sites", site.name, "customer_gateways", i)
            yield from _customer_reference(path, name, topology)
            if name in site.customer_gateways[:i]:
                yield Problem(path=path, message=f"{name} is named twice", advice="name it once")
    for connection in topology.connections.values():
        path = at("connections", connection.name, "gateway")
        yield from _reference(path, connection.gateway, "gateway", "gateways", topology.gateways)
        path = at("connections", connection.name, "customer_gateway")
        yield from _customer_reference(path, connection.customer_gateway, topology)


def _customer_reference(path: str, name: str, topology: Topology) -> Iterator[Problem]:
    known = topology.customer_gateways
    return _reference(path, name, "customer gateway", "customer_gateways", known)


def _reference(
    path: str, name: str, what: str, where: str, known: Mapping[str, object]
) -> Iterator[Problem]:
    if name not in known:
        advice = did_you_mean(name, known)
        if advice.startswith("did"):
            advice += f" (known here: {', '.join(sorted(known))})"
        yield Problem(
            path=path,
            message=f"there is no {what} {name}",
            advice=advice,
            concerns=(at(where, name),),
        )


# ------------------------------------------------------------------- gateways and connections


def _gateways(topology: Topology) -> Iterator[Problem]:
    attached: dict[str, str] = {}
    for gateway in topology.gateways.values():
        if gateway.vpc in attached:
            yield Problem(
                path=at("gateways", gateway.name),
                message=f"the VPC {gateway.vpc} already has the gateway {attached[gateway.vpc]}",
                advice="a VPC has one gateway",
                concerns=(at("gateways", attached[gateway.vpc], "vpc"),),
            )
        attached.setdefault(gateway.vpc, gateway.name)
        if gateway.kind is GatewayKind.TRANSIT:
            continue
        if gateway.ecmp is not None:
            yield Problem(
                path=at("gateways", gateway.name, "ecmp"),
                message="a virtual private gateway sends a prefix by one tunnel, and has no ECMP",
                advice="leave it out, or write kind: transit",
            )
        connections = [c for c in topology.connections.values() if c.gateway == gateway.name]
        for surplus in connections[limits.CONNECTIONS_PER_GATEWAY :]:
            yield Problem(
                path=at("connections", surplus.name),
                message=f"is connection {connections.index(surplus) + 1} of the gateway "
                f"{gateway.name}",
                advice=f"a virtual private gateway has {limits.CONNECTIONS_PER_GATEWAY} at most "
                "(AWS's quota)",
                concerns=(at("connections", surplus.name, "gateway"),),
            )


def _asns(topology: Topology) -> Iterator[Problem]:
    for connection in topology.connections.values():
        gateway = topology.gateways.get(connection.gateway)
        customer = topology.customer_gateways.get(connection.customer_gateway)
        if gateway is not None and customer is not None and gateway.asn == customer.asn:
            yield Problem(
                path=at("connections", connection.name),
                message=f"the gateway {gateway.name} and the customer gateway {customer.name} "
                f"have the same ASN {gateway.asn}",
                advice="give one of them another ASN (AWS: AsnConflict)",
                concerns=(
                    at("gateways", gateway.name, "asn"),
                    at("customer_gateways", customer.name, "asn"),
                ),
            )


def _unique(values: Iterable[tuple[str, str, object]], advice: str) -> Iterator[Problem]:
    """A problem for each (path, whose, value) whose value an earlier one has."""
    seen: dict[object, tuple[str, str]] = {}
    for path, whose, value in values:
        if value in seen:
            other, owner = seen[value]
            yield Problem(
                path=path,
                message=f"{value} is also that of {owner}",
                advice=advice,
                concerns=(other,),
            )
        seen.setdefault(value, (path, whose))


def _outside_addresses(topology: Topology) -> Iterator[Problem]:
    customers = (
        (at("customer_gateways", c.name, "address"), f"the customer gateway {c.name}", c.address)
        for c in topology.customer_gateways.values()
    )
    tunnels = (
        (tunnel_path(c, t, "outside"), f"{c.name}/tunnel{t.number}", t.outside)
        for c, t in tunnels_of(topology)
    )
    advice = "an outside address belongs to one tunnel or one device: choose another one"
    yield from _unique((*customers, *tunnels), advice)


def _inside_networks(topology: Topology) -> Iterator[Problem]:
    ends: tuple[tuple[str, Callable[[Connection], str]], ...] = (
        ("gateway", lambda connection: connection.gateway),
        ("customer gateway", lambda connection: connection.customer_gateway),
    )
    told: set[str] = set()
    for what, end_of in ends:
        for name in dict.fromkeys(end_of(c) for c in topology.connections.values()):
            values = (
                (tunnel_path(c, t, "inside"), f"{c.name}/tunnel{t.number}", t.inside)
                for c, t in tunnels_of(topology)
                if end_of(c) == name
            )
            advice = f"choose a /30 that no other tunnel of the {what} {name} has"
            for problem in _unique(values, advice):
                if problem.path not in told:
                    told.add(problem.path)
                    yield problem


def _tunnels(topology: Topology) -> Iterator[Problem]:
    for connection in topology.connections.values():
        numbers = [tunnel.number for tunnel in connection.tunnels]
        if numbers != list(range(1, limits.TUNNELS + 1)):
            yield Problem(
                path=at("connections", connection.name, "tunnels"),
                message=f"has the tunnels {', '.join(map(str, numbers)) or 'none'}",
                advice="a connection has exactly the tunnels 1 and 2",
            )
    for connection, tunnel in tunnels_of(topology):
        for end, crypto in (("", tunnel.crypto), ("customer", tunnel.customer_crypto)):
            if crypto is None:
                continue
            steps = (end,) if end else ()
            esp = tunnel_path(connection, tunnel, *steps, "esp", "lifetime")
            ike = tunnel_path(connection, tunnel, *steps, "ike", "lifetime")
            if crypto.esp_lifetime >= crypto.ike_lifetime:
                yield Problem(
                    path=esp,
                    message=f"{spell_duration(crypto.esp_lifetime)} is not less than the IKE lifetime, "
                    f"{spell_duration(crypto.ike_lifetime)}",
                    advice="let phase 2 end before phase 1, as AWS demands",
                    concerns=(ike,),
                )
            if crypto.rekey_margin > crypto.esp_lifetime / 2:
                yield Problem(
                    path=tunnel_path(connection, tunnel, "rekey", "margin"),
                    message=f"{spell_duration(crypto.rekey_margin)} is more than half the ESP lifetime, "
                    f"{spell_duration(crypto.esp_lifetime)}",
                    advice=f"give {spell_duration(crypto.esp_lifetime / 2)} at most, as AWS demands",
                    concerns=(esp,),
                )
        if tunnel.dpd.timeout <= tunnel.dpd.delay:
            yield Problem(
                path=tunnel_path(connection, tunnel, "dpd", "timeout"),
                message=f"{spell_duration(tunnel.dpd.timeout)} leaves a probe after "
                f"{spell_duration(tunnel.dpd.delay)} no time for an answer",
                advice="give more than the delay",
                concerns=(tunnel_path(connection, tunnel, "dpd", "delay"),),
            )


_UNKNOWN_TO_GATEWAYS = {"local_preference": "local preference", "weight": "weight"}
"""What a gateway does not choose by: AWS documents prefix length, source, AS_PATH and
MED (Site-to-Site VPN user guide, "Route priority")."""


def _gateway_policies(topology: Topology) -> Iterator[Problem]:
    for connection, tunnel in tunnels_of(topology):
        policies = {
            "import": tunnel.gateway_policy.imports,
            "export": tunnel.gateway_policy.exports,
        }
        for direction, policy in policies.items():
            for position, term in enumerate(policy.terms):
                for key, words in _UNKNOWN_TO_GATEWAYS.items():
                    if getattr(term.changes, key) is not None:
                        path = tunnel_path(
                            connection, tunnel, "policy", "gateway", direction, position, "set", key
                        )
                        yield Problem(
                            path=path,
                            message=f"a gateway has no {words}",
                            advice="use prepend or med",
                        )


def _bgp(topology: Topology) -> Iterator[Problem]:
    for connection in topology.connections.values():
        hold, keepalive = connection.bgp.hold, connection.bgp.keepalive
        if keepalive * 3 > hold:
            yield Problem(
                path=at("connections", connection.name, "bgp", "keepalive"),
                message=f"{spell_duration(keepalive)} is more than a third of the hold time, "
                f"{spell_duration(hold)}",
                advice=f"give {hold // 3 // limits.SECOND}s at most (RFC 4271, 10)",
                concerns=(at("connections", connection.name, "bgp", "hold"),),
            )
