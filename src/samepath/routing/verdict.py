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
from enum import Enum
from ipaddress import IPv4Network

from samepath.model.topology import SessionBinding, Topology
from samepath.model.topology_view import tunnels_of
from samepath.routing.assumption import Ask, Outcome, Question, explore
from samepath.routing.compile import compile_network, customer_name, gateway_name, tunnel_name
from samepath.routing.forwarding import End, Path, trace
from samepath.routing.network import Network
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Source
from samepath.routing.states import ALL_UP, Affected, FailureState, affected


class Verdict(Enum):
    """What becomes of a flow that is opened in a state."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC_TOLERATED = "asymmetric_tolerated"
    ASYMMETRIC_DROPPED = "asymmetric_dropped"
    UNREACHABLE = "unreachable"
    """Although a path lives that could carry it."""
    EXPECTED_OUTAGE = "expected_outage"
    """Nothing is left that could carry it."""


class Transition(Enum):
    """What becomes of a flow that was open before the state began."""

    SURVIVES = "survives"
    HANGS = "hangs"
    """Its packets are dropped, and nobody tells its ends: until their own timers end it."""
    CUT_OFF = "cut off"
    """There is no way for it in this state, as for a new one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A VPC's network and a site's, with the routers that their hosts send to."""

    vpc: IPv4Network
    site: IPv4Network
    gateway: str
    customer: str

    def __str__(self) -> str:
        return f"{self.vpc} - {self.site}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """The two ways between a pair in a state."""

    to_site: Path
    to_vpc: Path

    @property
    def tunnels(self) -> tuple[str | None, str | None]:
        """The tunnels that are taken, to the site and to the VPC; None: it does not arrive."""
        ways = (self.to_site, self.to_vpc)
        return tuple(  # type: ignore[return-value]  # two in, two out
            way.tunnel if way.end is End.DELIVERED else None for way in ways
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A pair in a state under one set of assumptions."""

    ways: Ways
    verdict: Verdict
    transition: Transition | None
    """Of a flow that was opened with all up; None in that state itself."""


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

    A site's hosts send to its first customer gateway, a VPC's to its gateway.
    """
    found = {
        Pair(
            vpc=topology.vpcs[topology.gateways[connection.gateway].vpc].cidr,
            site=network,
            gateway=gateway_name(connection.gateway),
            customer=customer_name(site.customer_gateways[0]),
        )
        for connection in topology.connections.values()
        for site in topology.sites.values()
        if connection.customer_gateway in site.customer_gateways
        for network in site.networks
    }
    return tuple(sorted(found, key=str))


def analyse(topology: Topology, states: Iterable[FailureState]) -> tuple[PairInState, ...]:
    """The outcomes of every pair in every state."""
    network = compile_network(topology)
    far_ends = {
        tunnel_name(connection, tunnel): (
            gateway_name(connection.gateway),
            customer_name(connection.customer_gateway),
        )
        for connection, tunnel in tunnels_of(topology)
    }
    bindings = {
        customer_name(customer.name): customer.binding
        for customer in topology.customer_gateways.values()
    }
    all_up = _Situation(Affected(network=network, dead=frozenset()))
    joined = pairs(topology)
    return tuple(
        PairInState(pair=pair, state=state, outcomes=_judge(all_up, now, pair, far_ends, bindings))
        for state in states
        for now in (all_up if state == ALL_UP else _Situation(affected(topology, network, state)),)
        for pair in joined
    )


class _Situation:
    """A network in a state. Where its routes depend on nothing unknown, they are carried once."""

    def __init__(self, affected: Affected) -> None:
        self.affected = affected
        self._known: Solution | None = None
        with suppress(_Asked):
            self._known = propagate(affected.network, _nobody)

    def solution(self, ask: Ask) -> Solution:
        """Where the routes come to under the answers of ``ask``."""
        return self._known or propagate(self.affected.network, ask)


class _Asked(Exception):
    """Routes depend on something that no input holds."""


def _nobody(question: Question) -> str:
    raise _Asked(question.what)


def _judge(
    before: _Situation,
    now: _Situation,
    pair: Pair,
    far_ends: Mapping[str, tuple[str, str]],
    bindings: Mapping[str, SessionBinding],
) -> tuple[Outcome[Judgement], ...]:
    def judge(ask: Ask) -> Judgement:
        ways = _ways(now, pair, far_ends, ask)
        verdict = verdict_of(ways, bindings, alive=_alive(now.affected, pair, far_ends))
        if now is before:
            return Judgement(ways=ways, verdict=verdict, transition=None)
        opened = _ways(before, pair, far_ends, ask)
        return Judgement(
            ways=ways, verdict=verdict, transition=transition_of(opened, ways, verdict, bindings)
        )

    return explore(judge)


def _ways(where: _Situation, pair: Pair, far_ends: Mapping[str, tuple[str, str]], ask: Ask) -> Ways:
    solution = where.solution(ask)

    def way(start: str, destination: IPv4Network) -> Path:
        return trace(solution, start, destination, ask, far_ends=far_ends, dead=where.affected.dead)

    return Ways(to_site=way(pair.gateway, pair.site), to_vpc=way(pair.customer, pair.vpc))


def _alive(where: Affected, pair: Pair, far_ends: Mapping[str, tuple[str, str]]) -> bool:
    """Whether a tunnel lives between the pair's gateway and a router that still has the site."""
    network = where.network
    ways = {
        session.name: (session.ends[0].router, session.ends[1].router)
        for session in network.sessions.values()
        if session.connection
    }
    static = {
        route.session for route in network.routers[pair.gateway].routes if route.session in far_ends
    }
    ways.update({name: far_ends[name] for name in static})
    return any(
        name not in where.dead and pair.gateway in ends and _reaches(network, ends, pair)
        for name, ends in ways.items()
    )


def _reaches(network: Network, ends: tuple[str, str], pair: Pair) -> bool:
    far = ends[0] if ends[1] == pair.gateway else ends[1]
    return far in network.routers and any(
        route.source is Source.CONNECTED and pair.site.subnet_of(route.prefix)
        for route in network.routers[far].routes
    )


def verdict_of(ways: Ways, bindings: Mapping[str, SessionBinding], *, alive: bool) -> Verdict:
    """The verdict on a flow that is opened now; ``bindings`` are those of the customer gateways."""
    to_site, to_vpc = ways.tunnels
    if to_site is None or to_vpc is None:
        return Verdict.UNREACHABLE if alive else Verdict.EXPECTED_OUTAGE
    if to_site == to_vpc:
        return Verdict.SYMMETRIC
    devices = _devices(ways, bindings)
    binds = {bindings[device] for device in devices}
    if binds == {SessionBinding.STATELESS}:
        return Verdict.ASYMMETRIC_TOLERATED
    if len(devices) > 1 or SessionBinding.INTERFACE in binds:
        return Verdict.ASYMMETRIC_DROPPED
    return Verdict.ASYMMETRIC_TOLERATED


def transition_of(
    opened: Ways, now: Ways, verdict: Verdict, bindings: Mapping[str, SessionBinding]
) -> Transition | None:
    """What becomes of a flow that went the ways ``opened``; None: there could be none."""
    if verdict_of(opened, bindings, alive=True) in {
        Verdict.ASYMMETRIC_DROPPED,
        Verdict.UNREACHABLE,
    }:
        return None
    match verdict:
        case Verdict.UNREACHABLE | Verdict.EXPECTED_OUTAGE:
            return Transition.CUT_OFF
        case Verdict.ASYMMETRIC_DROPPED:
            return Transition.HANGS
        case Verdict.SYMMETRIC | Verdict.ASYMMETRIC_TOLERATED:
            pass
    devices = _devices(now, bindings)
    binds = {bindings[device] for device in devices}
    if binds == {SessionBinding.STATELESS}:
        return Transition.SURVIVES
    same = (
        opened.tunnels == now.tunnels
        if SessionBinding.INTERFACE in binds
        else _devices(opened, bindings) == devices
    )
    return Transition.SURVIVES if same else Transition.HANGS


def _devices(ways: Ways, bindings: Mapping[str, SessionBinding]) -> frozenset[str]:
    """The customer gateways that a flow's packets pass, either way."""
    return frozenset(bindings).intersection((*ways.to_site.routers, *ways.to_vpc.routers))
