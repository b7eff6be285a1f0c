"""Verdicts: what becomes of a flow between two networks, in a failure state.

A flow's first packet and the reply are routed, each by the router that it meets; the customer
gateway's firewall binds the session to what its packets came by. A flow that was opened in this
state is judged by its two ways, whoever opened it. One that is older is judged by the ways of the
state in which it was opened as well: what was bound then may be met by other packets now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network

from samepath.model.topology import Site, Topology
from samepath.model.topology_view import tunnels_of
from samepath.routing.assumption import NOTHING, Ask, Facts, Outcome, Question, explore
from samepath.routing.compile import (
    compile_network,
    customer_name,
    gateway_name,
    tunnel_name,
)
from samepath.routing.failing import Affected, affected
from samepath.routing.fate import (
    Fate,
    Initiator,
    RoutesBack,
    Scene,
    Transition,
    Verdict,
    Ways,
    fate_of,
    worst,
)
from samepath.routing.firewalls import Firewall, firewalls_of
from samepath.routing.forwarding import End, Path, trace
from samepath.routing.network import Network
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Source
from samepath.routing.states import ALL_UP, FailureState, state_before

__all__ = [
    "Flows",
    "Judgement",
    "Pair",
    "PairInState",
    "Situation",
    "Transition",
    "Verdict",
    "Ways",
    "analyse_naively",
    "flows_of",
    "judge",
    "pairs",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A VPC's network and a site's, with the routers that their hosts send to."""

    vpc: IPv4Network
    site: IPv4Network
    gateway: str
    customer: str
    """The one that the site's hosts send to while all is up."""
    site_name: str

    def __str__(self) -> str:
        return f"{self.vpc} - {self.site}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A pair in a state under one set of assumptions: its ways, and the flows of each initiator."""

    ways: Ways
    from_vpc: Fate
    from_site: Fate

    @property
    def fates(self) -> tuple[tuple[Initiator, Fate], ...]:
        """The fate of the flows that each end opens."""
        return ((Initiator.VPC, self.from_vpc), (Initiator.SITE, self.from_site))

    @property
    def verdict(self) -> Verdict:
        """The worse of the two verdicts."""
        return worst((self.from_vpc, self.from_site))[0]

    @property
    def transition(self) -> Transition | None:
        """The worse of the two transitions; None: no flow can be open when the state begins."""
        return worst((self.from_vpc, self.from_site))[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class PairInState:
    """Every outcome for a pair in a state; more than one is undetermined."""

    pair: Pair
    state: FailureState
    outcomes: tuple[Outcome[Judgement], ...]

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """The verdicts that are possible."""
        return frozenset(outcome.result.verdict for outcome in self.outcomes)

    @property
    def undetermined(self) -> bool:
        """Whether more than one verdict is left."""
        return len(self.verdicts) > 1


def pairs(topology: Topology) -> tuple[Pair, ...]:
    """Every VPC network and site network that a connection joins.

    A site's hosts send to a customer gateway, a VPC's to its gateway.
    """
    sites_of: dict[str, list[Site]] = {}
    for site in topology.sites.values():
        for customer in site.customer_gateways:
            sites_of.setdefault(customer, []).append(site)
    found = {
        Pair(
            vpc=topology.vpcs[topology.gateways[connection.gateway].vpc].cidr,
            site=network,
            gateway=gateway_name(connection.gateway),
            customer=customer_name(site.usual_first_hop),
            site_name=site.name,
        )
        for connection in topology.connections.values()
        for site in sites_of.get(connection.customer_gateway, ())
        for network in site.networks
    }
    return tuple(sorted(found, key=str))


def analyse_naively(
    topology: Topology, states: Iterable[FailureState], facts: Facts = NOTHING
) -> tuple[PairInState, ...]:
    """The outcomes of every pair in every state, each worked out by itself on the whole network.

    ``facts`` are not asked for. It is the oracle of :func:`samepath.routing.evaluator.analyse`, which says the same sooner.
    """
    network = compile_network(topology)
    flows = flows_of(topology)
    joined = pairs(topology)

    @cache
    def situation(state: FailureState) -> Situation:
        return Situation(affected(topology, network, state), facts)

    return tuple(
        PairInState(
            pair=pair,
            state=state,
            outcomes=judge(flows, pair, now, opened=opened, facts=facts),
        )
        for state in states
        for now in (situation(state),)
        for opened in (None if state == ALL_UP else situation(state_before(state)),)
        for pair in joined
    )


class Situation:
    """A network in a state. Where its routes depend on nothing unknown, they are carried once."""

    def __init__(self, affected: Affected, facts: Facts = NOTHING) -> None:
        self.affected = affected
        self._known: Solution | None = None

        def known(question: Question) -> str:
            if question not in facts:
                raise _Asked(question.what)
            return facts[question]

        with suppress(_Asked):
            self._known = propagate(affected.network, known)

    def solution(self, ask: Ask) -> Solution:
        """Where the routes come to under the answers of ``ask``."""
        return self._known or propagate(self.affected.network, ask)


class _Asked(Exception):
    """Routes depend on something that no input holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flows:
    """What is to be known of a topology, beside its network, to judge the flows in it."""

    far_ends: Mapping[str, tuple[str, str]]
    """The two routers of each tunnel."""
    firewalls: Mapping[str, Firewall]
    """Of the customer gateways."""


def flows_of(topology: Topology) -> Flows:
    """What ``topology`` says of the flows in it."""
    return Flows(
        far_ends={
            tunnel_name(connection, tunnel): (
                gateway_name(connection.gateway),
                customer_name(connection.customer_gateway),
            )
            for connection, tunnel in tunnels_of(topology)
        },
        firewalls=firewalls_of(topology),
    )


def judge(
    flows: Flows,
    pair: Pair,
    now: Situation,
    *,
    opened: Situation | None,
    facts: Facts = NOTHING,
) -> tuple[Outcome[Judgement], ...]:
    """Every outcome for a pair that agrees with ``facts``.

    ``opened`` is the situation in which the flows that are open ``now`` were opened; None: nothing
    has happened since, and there is no transition to judge.
    """

    def judged(ask: Ask) -> Judgement:
        scene = _scene(flows, pair, now, ask)
        before = None if opened is None else _scene(flows, pair, opened, ask)
        return Judgement(
            ways=scene.ways,
            from_vpc=fate_of(scene, before, Initiator.VPC, ask),
            from_site=fate_of(scene, before, Initiator.SITE, ask),
        )

    return explore(judged, facts=facts)


def _scene(flows: Flows, pair: Pair, where: Situation, ask: Ask) -> Scene:
    solution = where.solution(ask)
    lost = where.affected.lost

    def way(start: str, destination: IPv4Network) -> Path:
        return trace(solution, start, destination, ask, far_ends=flows.far_ends, lost=lost)

    first_hop = where.affected.masters[pair.site_name]
    return Scene(
        ways=Ways(
            to_site=way(pair.gateway, pair.site),
            to_vpc=_NOWHERE if first_hop is None else way(first_hop, pair.vpc),
        ),
        alive=_alive(where.affected, pair, flows.far_ends),
        leads=lambda path: (path, pair.gateway) not in lost,
        routes_back=lambda device: _routes_back(solution, device, pair.vpc, ask),
        firewalls=flows.firewalls,
    )


_NOWHERE = Path(hops=(), end=End.NO_FIRST_HOP, tunnel=None)
"""The way of a packet that no router takes."""


def _routes_back(solution: Solution, device: str, vpc: IPv4Network, ask: Ask) -> RoutesBack:
    prefix = solution.longest_match(device, vpc)
    decision = None if prefix is None else solution.decide(device, prefix, ask)
    if prefix is None or decision is None:
        return RoutesBack(used=frozenset(), active=frozenset())
    used = frozenset(route.session for route in decision.chosen)
    static = frozenset(
        route.session
        for route in solution.tables[device][prefix]
        if route.source is Source.STATIC
        and all(one.source is Source.STATIC for one in decision.chosen)
    )
    return RoutesBack(used=used, active=used | static)


def _alive(where: Affected, pair: Pair, far_ends: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a tunnel lives between the pair's gateway and a router that still has the site."""
    network = where.network
    ways = {
        session.name: (session.ends[0].router, session.ends[1].router)
        for session in network.sessions.values()
        if session.connection and session.name not in where.idle
    }
    static = {
        route.session for route in network.routers[pair.gateway].routes if route.session in far_ends
    }
    ways.update({name: far_ends[name] for name in static})
    lame = {path for path, _ in where.lost}
    return any(
        name not in lame and pair.gateway in ends and _reaches(network, ends, pair)
        for name, ends in ways.items()
    )


def _reaches(network: Network, ends: tuple[str, str], pair: Pair) -> bool:
    far = ends[0] if ends[1] == pair.gateway else ends[1]
    return far in network.routers and any(
        route.source is Source.CONNECTED and pair.site.subnet_of(route.prefix)
        for route in network.routers[far].routes
    )
