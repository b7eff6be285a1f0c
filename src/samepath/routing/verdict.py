"""Verdicts: what becomes of a flow between two networks, in a failure state.

A flow's first packet and the reply are routed, each by the router that it meets; the customer
gateway's firewall binds the session to what its packets came by. A flow that was opened in this
state is judged by its two ways, whoever opened it. One that is older is judged by the ways of the
state in which it was opened as well: what was bound then may be met by other packets now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from ipaddress import IPv4Network, collapse_addresses
from itertools import permutations, product

from samepath.model.topology import Site, Topology
from samepath.model.topology_view import tunnels_of
from samepath.routing.assumption import (
    NOTHING,
    Ask,
    Facts,
    Outcome,
    Question,
    Remembered,
    TooManyOutcomes,
    explore,
    some_flows,
)
from samepath.routing.compile import (
    compile_network,
    customer_name,
    gateway_name,
    tunnel_name,
    tunnel_of,
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
from samepath.routing.firewalls import Firewall, firewalls_of, taken_over
from samepath.routing.forwarding import End, Path, trace
from samepath.routing.network import Network
from samepath.routing.parts import parts
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
    """A VPC's network and a site's, with the routers that their hosts send to.

    Where a longer prefix than the site's network is announced, which draws the packets to it by
    itself, that prefix is a pair of its own, and the network stands for what no longer one holds.

    Or, in the place of the VPC's network, that of another site, ``far``, which is reached through a
    gateway. A pair of two sites is judged at ``site_name``'s end, and is another pair at the other.
    """

    vpc: IPv4Network
    site: IPv4Network
    gateway: str
    customer: str
    """The one that the site's hosts send to while all is up."""
    site_name: str
    far: str | None = None

    def __str__(self) -> str:
        of = "" if self.far is None else f" (of {self.far})"
        return f"{self.vpc}{of} - {self.site}"

    @property
    def order(self) -> tuple[str, ...]:
        """By its name; those of one name, as tenants may have who use the same networks, by theirs."""
        return (str(self), self.gateway, self.site_name, self.customer)


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
class Judged:
    """Every outcome; or none, and the ``questions``, where these leave more than can be told."""

    outcomes: tuple[Outcome[Judgement], ...]
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PairInState:
    """Every outcome for a pair in a state; more than one is undetermined.

    None, where ``questions`` leave more than can be told: nobody can say anything then.
    """

    pair: Pair
    state: FailureState
    outcomes: tuple[Outcome[Judgement], ...]
    questions: tuple[Question, ...] = ()

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """The verdicts that are possible."""
        return frozenset(outcome.result.verdict for outcome in self.outcomes)

    @property
    def undetermined(self) -> bool:
        """Whether what no input holds decides on the verdict.

        Where every flow has its own answer, by a hash, each verdict is that of some flows.
        """
        verdicts = self.verdicts
        return bool(self.questions) or (
            len(verdicts) > 1 and not all(befalls_some(self.outcomes, one) for one in verdicts)
        )

    def complete(self) -> PairInState:
        """This one, for whoever needs its outcomes. Raises TooManyOutcomes where there are none."""
        if self.questions:
            raise TooManyOutcomes(self.questions)
        return self

    @property
    def may_hang(self) -> bool:
        """Whether open flows hang or not, and what no input holds decides on it."""
        hang = {one.result.transition is Transition.HANGS for one in self.outcomes}
        return hang == {True, False} and not some_flows(
            self.outcomes, lambda told: told.transition is Transition.HANGS
        )


def befalls_some(outcomes: Iterable[Outcome[Judgement]], verdict: Verdict) -> bool:
    """Whether a verdict is that of some flows, whatever the facts are that no input holds."""
    return some_flows(outcomes, lambda told: told.verdict is verdict)


def pairs(topology: Topology, *, between_sites: bool = False) -> tuple[Pair, ...]:
    """Every VPC network and site network that a connection joins.

    A site's hosts send to a customer gateway, a VPC's to its gateway. With ``between_sites`` those
    of any two sites that a gateway joins, too (AWS calls it CloudHub).
    """
    places = _places(topology)
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
        for network in places[site.name]
    }
    if between_sites:
        found |= set(_between_sites(topology, places))
    return tuple(sorted(found, key=lambda pair: pair.order))


Places = Mapping[str, tuple[IPv4Network, ...]]
"""By site, the prefixes of which all addresses fare alike, as far as prefixes go."""


def _places(topology: Topology) -> Places:
    """The networks of each site, and the longer prefixes in them that its routers may hear of."""
    places = {site.name: site.networks for site in topology.sites.values()}
    if any(one.aggregates for one in topology.customer_gateways.values()):
        for part in parts(topology, whole=True):
            customers = (topology.customer_gateways[name] for name in part.customers)
            announced = {prefix for one in customers for prefix in one.aggregates}
            for name in part.sites:
                networks = topology.sites[name].networks
                places[name] = tuple(one for all_of in networks for one in _cut(all_of, announced))
    return places


def _cut(network: IPv4Network, announced: Collection[IPv4Network]) -> Iterator[IPv4Network]:
    """A network and those announced in it, but for what longer ones fill."""
    within = {network, *(one for one in announced if one.subnet_of(network))}
    for prefix in sorted(within):
        longer = [one for one in within if one != prefix and one.subnet_of(prefix)]
        if list(collapse_addresses(longer)) != [prefix]:
            yield prefix


def _between_sites(topology: Topology, places: Places) -> Iterator[Pair]:
    """The networks of sites that have no customer gateway, but a gateway in common."""
    for one, other in permutations(topology.sites.values(), 2):
        common = _gateways_of(topology, one) & _gateways_of(topology, other)
        if not common or set(one.customer_gateways) & set(other.customer_gateways):
            continue
        for network, far in product(places[one.name], places[other.name]):
            yield Pair(
                vpc=far,
                site=network,
                gateway=gateway_name(min(common)),
                customer=customer_name(one.usual_first_hop),
                site_name=one.name,
                far=other.name,
            )


def _gateways_of(topology: Topology, site: Site) -> set[str]:
    return {
        connection.gateway
        for connection in topology.connections.values()
        if connection.customer_gateway in site.customer_gateways
    }


def analyse_naively(
    topology: Topology,
    states: Iterable[FailureState],
    facts: Facts = NOTHING,
    *,
    between_sites: bool = False,
) -> tuple[PairInState, ...]:
    """The outcomes of every pair in every state, each worked out by itself on the whole network.

    ``facts`` are not asked for; ``between_sites`` as in :func:`pairs`. It is the oracle of :func:`samepath.routing.evaluator.analyse`, which says the same sooner.
    """
    network = compile_network(topology)
    flows = flows_of(topology)
    joined = pairs(topology, between_sites=between_sites)

    @cache
    def situation(state: FailureState) -> Situation:
        return Situation(affected(topology, network, state))

    return tuple(
        PairInState(pair=pair, state=state, outcomes=told.outcomes, questions=told.questions)
        for state in states
        for now in (situation(state),)
        for opened in (None if state == ALL_UP else situation(state_before(state)),)
        for pair in joined
        for told in (judge(flows, pair, now, opened=opened, facts=facts),)
    )


class Situation:
    """A network in a state. Its routes are carried once for each set of answers that they hang on."""

    def __init__(self, affected: Affected) -> None:
        self.affected = affected
        self._solution = Remembered(partial(propagate, affected.network))

    def solution(self, ask: Ask) -> Solution:
        """Where the routes come to under the answers of ``ask``."""
        return self._solution(ask)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flows:
    """What is to be known of a topology, beside its network, to judge the flows in it."""

    far_ends: Mapping[str, tuple[str, str]]
    """The two routers of each tunnel: the gateway, and the customer gateway."""
    firewalls: Mapping[str, Firewall]
    """Of the customer gateways."""

    @property
    def gateways(self) -> frozenset[str]:
        """The gateways."""
        return frozenset(gateway for gateway, _ in self.far_ends.values())


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
) -> Judged:
    """Every outcome for a pair that agrees with ``facts``, if they are not too many.

    ``opened`` is the situation in which the flows that are open ``now`` were opened; None: nothing
    has happened since, and there is no transition to judge.
    """
    ways_now = _ways(flows, pair, now)
    ways_then = None if opened is None else _ways(flows, pair, opened)

    def judged(ask: Ask) -> Judgement:
        scene = _scene(flows, pair, now, ways_now, ask)
        before = (
            None
            if opened is None or ways_then is None
            else _scene(flows, pair, opened, ways_then, ask)
        )
        return Judgement(
            ways=scene.ways,
            from_vpc=fate_of(scene, before, Initiator.VPC, ask),
            from_site=fate_of(scene, before, Initiator.SITE, ask),
        )

    try:
        return Judged(outcomes=explore(judged, facts=facts))
    except TooManyOutcomes as too_many:
        return Judged(outcomes=(), questions=too_many.questions)


def _ways(flows: Flows, pair: Pair, where: Situation) -> Remembered[Ways]:
    """The two ways between a pair, traced once for each set of answers that they hang on."""

    def traced(ask: Ask) -> Ways:
        solution = where.solution(ask)
        lost = where.affected.lost

        def way(start: str, destination: IPv4Network) -> Path:
            return trace(solution, start, destination, ask, far_ends=flows.far_ends, lost=lost)

        def from_hosts(site: str, destination: IPv4Network) -> Path:
            first_hop = where.affected.masters[site]
            return _NOWHERE if first_hop is None else way(first_hop, destination)

        there = from_hosts(pair.site_name, pair.vpc)
        if pair.far is None:
            return Ways(to_site=way(pair.gateway, pair.site), to_vpc=there)
        back = from_hosts(pair.far, pair.site)
        return Ways(
            to_site=_from_gateway(back, flows.gateways), to_vpc=_to_gateway(there, flows.gateways)
        )

    return Remembered(traced)


def _scene(
    flows: Flows, pair: Pair, where: Situation, ways: Callable[[Ask], Ways], ask: Ask
) -> Scene:
    lost = where.affected.lost
    return Scene(
        ways=ways(ask),
        alive=_alive(where.affected, pair, flows.far_ends),
        leads=lambda path: (path, flows.far_ends[tunnel_of(path)][0]) not in lost,
        routes_back=lambda device: _routes_back(where.solution(ask), device, pair.vpc, ask),
        firewalls=taken_over(flows.firewalls, where.affected.taken_over),
    )


_NOWHERE = Path(hops=(), end=End.NO_FIRST_HOP, tunnel=None)
"""The way of a packet that no router takes."""


def _from_gateway(way: Path, gateways: Container[str]) -> Path:
    """What of a way lies behind the last gateway on it: the far end's devices are no part of it."""
    last = max((i for i, hop in enumerate(way.hops) if hop.router in gateways), default=0)
    return replace(way, hops=way.hops[last:])


def _to_gateway(way: Path, gateways: Container[str]) -> Path:
    """What of a way lies before the first gateway on it; the end is that of the whole."""
    first = next((i for i, hop in enumerate(way.hops) if hop.router in gateways), None)
    if not first:
        return way
    return replace(way, hops=way.hops[: first + 1], tunnel=way.hops[first - 1].route.session)


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
    """Whether tunnels live from the pair's gateway, or any one, to routers that still have both."""
    if pair.far is None:
        return pair.gateway in _that_reach(where, pair.site, far_ends)
    return not _that_reach(where, pair.site, far_ends).isdisjoint(
        _that_reach(where, pair.vpc, far_ends)
    )


def _that_reach(
    where: Affected, site: IPv4Network, far_ends: Mapping[str, tuple[str, str]]
) -> frozenset[str]:
    """The gateways from which a tunnel lives to a router that still has a site's network."""
    network = where.network
    ways = {
        session.name: (session.ends[0].router, session.ends[1].router)
        for session in network.sessions.values()
        if session.connection and session.name not in where.idle
    }
    static = {
        route.session
        for router in network.routers.values()
        for route in router.routes
        if route.session in far_ends and far_ends[route.session][0] == router.name
    }
    ways.update({name: far_ends[name] for name in static})
    lame = {path for path, _ in where.lost}
    return frozenset(
        gateway
        for name, (gateway, customer) in ways.items()
        if name not in lame and gateway in network.routers and _has(network, customer, site)
    )


def _has(network: Network, router: str, site: IPv4Network) -> bool:
    return router in network.routers and any(
        route.source is Source.CONNECTED and site.subnet_of(route.prefix)
        for route in network.routers[router].routes
    )
