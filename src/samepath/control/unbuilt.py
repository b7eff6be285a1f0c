"""What a topology asks for and the compilers do not build: said, never passed over in silence.

Such values are no mistakes. They describe the real device, and whoever predicts its paths from the
file needs them; but what runs here does not have them. Where something else can run in its place,
that is a warning (:func:`unbuilt`). Where nothing can, it is refused (:func:`refusals`).
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.control.firewall import cannot_imitate
from samepath.control.swanctl_endpoint import configures_itself
from samepath.model.problems import Places, Problem, at, placed
from samepath.model.topology import (
    BestPath,
    Connection,
    CustomerGateway,
    Gateway,
    GatewayKind,
    GatewayPrefers,
    Platform,
    ReversePath,
    Routing,
    Site,
    Topology,
    Tunnel,
)
from samepath.model.topology_view import customer_tunnels, tunnels_of
from samepath.model.validation import tunnel_path

_NOWHERE: Places = {}
_RUN = frozenset({Platform.BIRD, Platform.FRR})
"""Platforms that are run here, each as what it is."""


def unbuilt(topology: Topology, places: Places = _NOWHERE) -> tuple[Problem, ...]:
    """A warning for each value that is not built, with its place where ``places`` knows it."""
    devices = (_customer(topology, one) for one in topology.customer_gateways.values())
    favourites = map(_favourite, topology.connections.values())
    return tuple(placed(problem, places) for some in (*devices, *favourites) for problem in some)


def _favourite(connection: Connection) -> Iterator[Problem]:
    if connection.gateway_prefers is GatewayPrefers.UNKNOWN:
        yield Problem(
            path=at("connections", connection.name, "gateway_prefers"),
            message=f"the gateway here prefers the active tunnel, {connection.active}",
            advice="expect one of the outcomes that samepath check names, always the same one",
        )


def _customer(topology: Topology, customer: CustomerGateway) -> Iterator[Problem]:
    if customer.established is not None and (why := cannot_imitate(topology, customer)) is not None:
        yield Problem(
            path=at("customer_gateways", customer.name, "firewall", "established"),
            message=f"{customer.established.value} is not built {why}: open sessions follow",
            advice="expect them to fare otherwise here than at the real device when a route moves",
        )
    if customer.reverse_path is ReversePath.FEASIBLE and any(
        connection.routing is Routing.STATIC
        for connection, _ in customer_tunnels(topology, customer.name)
    ):
        yield Problem(
            path=at("customer_gateways", customer.name, "firewall", "reverse_path"),
            message="feasible is built as strict: this end holds no second static route ready",
            advice="expect packets to be dropped here that the real device would let pass",
        )


def refusals(topology: Topology, places: Places = _NOWHERE) -> tuple[Problem, ...]:
    """What keeps a topology from being built; empty if nothing does."""
    gateways = map(_gateway, topology.gateways.values())
    devices = map(_device, topology.customer_gateways.values())
    clusters = (_cluster(topology, one) for one in topology.customer_gateways.values())
    sites = map(_site, topology.sites.values())
    tunnels = (_tunnel(connection, tunnel) for connection, tunnel in tunnels_of(topology))
    found = (
        problem for some in (*gateways, *devices, *clusters, *sites, *tunnels) for problem in some
    )
    return tuple(placed(problem, places) for problem in found)


def _gateway(gateway: Gateway) -> Iterator[Problem]:
    if gateway.kind is not GatewayKind.VIRTUAL_PRIVATE:
        yield Problem(
            path=at("gateways", gateway.name, "kind"),
            message="a transit gateway is predicted here, and not built",
            advice="leave it out to build a virtual private gateway, or ask samepath check",
        )


def _device(customer: CustomerGateway) -> Iterator[Problem]:
    if customer.platform not in _RUN:
        yield Problem(
            path=at("customer_gateways", customer.name, "platform"),
            message=f"{customer.platform.value} is predicted here, and not run",
            advice="choose bird or frr to build this, or ask samepath check",
        )
    if customer.aggregates:
        yield Problem(
            path=at("customer_gateways", customer.name, "aggregates"),
            message="prefixes beside the sites' networks are predicted here, and not built",
            advice="leave them out to build this, or ask samepath check",
        )
    built = BestPath(maximum_paths=customer.best_path.maximum_paths)
    if customer.platform is not Platform.FRR and customer.best_path != built:
        yield Problem(
            path=at("customer_gateways", customer.name, "best_path"),
            message="what changes a platform's choice is predicted here, and not built",
            advice="leave it out to build this, or ask samepath check",
        )


def _cluster(topology: Topology, customer: CustomerGateway) -> Iterator[Problem]:
    if customer.cluster is None:
        return
    beside = any(
        customer.name in site.customer_gateways and len(set(site.customer_gateways)) > 1
        for site in topology.sites.values()
    )
    static = any(
        connection.routing is Routing.STATIC
        for connection, _ in customer_tunnels(topology, customer.name)
    )
    reasons = {
        "that runs FRR": customer.platform is Platform.FRR,
        "whose strongSwan configures itself": configures_itself(customer),
        "with static routing": static,
        "beside another customer gateway of its site": beside,
    }
    for reason, holds in reasons.items():
        if holds:
            yield Problem(
                path=at("customer_gateways", customer.name, "cluster"),
                message=f"a cluster {reason} is predicted here, and not built",
                advice="leave it out to build this, or ask samepath check",
            )


def _tunnel(connection: Connection, tunnel: Tunnel) -> Iterator[Problem]:
    if tunnel.customer_policy.default_originate:
        yield Problem(
            path=tunnel_path(connection, tunnel, "policy", "customer", "default_originate"),
            message="a default route for one neighbour is predicted here, and not built",
            advice="leave it out to build this, or ask samepath check",
        )


def _site(site: Site) -> Iterator[Problem]:
    if site.keeps_next_hop:
        yield Problem(
            path=at("sites", site.name, "keeps_next_hop"),
            message="a next hop that is left as it is, is predicted here, and not built",
            advice="leave it out to build this, or ask samepath check",
        )
    if site.state_sync:
        yield Problem(
            path=at("sites", site.name, "state_sync"),
            message="sessions that devices share are predicted here, and not built",
            advice="leave it out to build this, or ask samepath check",
        )
