"""Findings: the named ways in which two ends come to disagree, each with its place and advice.

A detector looks at the file's policies, at what the routers hold, and at the verdicts. What it
tells is a cause; the verdicts themselves are findings as well, where something drops or hangs. The
causes are those of real reports: prepending without local preference, the other way round, both on
different tunnels, a preference set in a direction in which it does nothing, different prefixes on
the two tunnels, a tunnel that announces nothing, a lost LAN that is still announced, a static route
into a dead tunnel, a route's age that decides after a failback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from samepath.model.policy import Policy
from samepath.model.topology import Mode, Policies, Routing, Topology
from samepath.model.topology_view import tunnels_of
from samepath.routing.assumption import Question
from samepath.routing.compile import (
    GATEWAY_RULES,
    RULES_OF,
    compile_network,
    customer_name,
    gateway_name,
    session_name,
    tunnel_name,
    tunnel_of,
)
from samepath.routing.forwarding import Path
from samepath.routing.propagation import Solution, propagate
from samepath.routing.states import ALL_UP, Condition
from samepath.routing.steps import Step
from samepath.routing.verdict import Judgement, PairInState, Transition, Verdict


class Severity(Enum):
    """How bad a finding is; the worst first."""

    ERROR = "error"
    """Packets are dropped, sessions hang, or a path lived that could have carried them."""
    WARNING = "warning"
    """It works until something changes, or only because nobody minds."""
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is wrong, or is not what it looks like.

    ``place`` is an element's name; ``what`` is a sentence without its full stop, ``advice`` what
    mends it.
    """

    code: str
    severity: Severity
    place: str
    what: str
    advice: str


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """What the detectors look at: the intent, its routes with all up, and every verdict."""

    topology: Topology
    solution: Solution
    states: tuple[PairInState, ...]

    @property
    def all_up(self) -> tuple[PairInState, ...]:
        """The verdicts with all up."""
        return tuple(one for one in self.states if one.state == ALL_UP)


def detect(topology: Topology, states: Iterable[PairInState]) -> tuple[Finding, ...]:
    """Every finding on an analysed topology, the worst first, each once."""

    def first(question: Question) -> str:
        return question.answers[0]

    it = Analysed(
        topology=topology,
        # Which prefixes are heard where does not depend on what nobody says.
        solution=propagate(compile_network(topology), first),
        states=tuple(states),
    )
    found = dict.fromkeys(one for detector in DETECTORS for one in detector(it))
    worst = list(Severity)
    return tuple(sorted(found, key=lambda one: (worst.index(one.severity), one.code, one.place)))


# ----------------------------------------------------------------------------------- the verdicts


def _drops(it: Analysed) -> Iterator[Finding]:
    for pair, states in _by_pair(it):
        dropped = [one for one in states if one.verdicts == {Verdict.ASYMMETRIC_DROPPED}]
        if dropped:
            yield Finding(
                code="asymmetric-drop",
                severity=Severity.ERROR,
                place=_site_end(dropped[0]),
                what=f"{pair}: the two directions take different tunnels, and this firewall drops "
                f"what comes by the other one ({_named(dropped)})",
                advice="make both ends prefer the same tunnel, or let the firewall pass either",
            )


def _unreachable(it: Analysed) -> Iterator[Finding]:
    for pair, states in _by_pair(it):
        lost = [one for one in states if one.verdicts == {Verdict.UNREACHABLE}]
        for one in lost:
            yield Finding(
                code="unreachable",
                severity=Severity.ERROR,
                place=_place(one),
                what=f"{pair}: nothing arrives in the state {one.state.name}, although a tunnel "
                "lives that could carry it",
                advice="see what else is found here, and the rules by --explain",
            )


def _hangs(it: Analysed) -> Iterator[Finding]:
    for pair, states in _by_pair(it):
        # Where nothing could be open, nothing can hang; where something could, it does.
        hanging = [one for one in states if _transitions(one) - {None} == {Transition.HANGS}]
        if hanging:
            yield Finding(
                code="open-flows-hang",
                severity=Severity.ERROR,
                place=_site_end(hanging[0]),
                what=f"{pair}: flows that are open when the tunnel changes stay bound to the old "
                f"one, and hang ({_named(hanging)})",
                advice="let the firewall bind a session to the device or to a zone with both "
                "tunnels, not to an interface",
            )


def _undetermined(it: Analysed) -> Iterator[Finding]:
    for one in it.all_up:
        if one.undetermined:
            facts = sorted(
                {
                    f"{question.subject}: {question.what}"
                    for outcome in one.outcomes
                    for question, _ in outcome.because[0]
                }
            )
            yield Finding(
                code="undetermined",
                severity=Severity.WARNING,
                place=one.pair.gateway,
                what=f"{one.pair}: with all up nobody can say what happens, as it depends on "
                + "; ".join(facts),
                advice="make one path better than the others in every state",
            )


# ------------------------------------------------------------------------------------- the causes

_CUSTOMER_SETS = frozenset({Step.LOCAL_PREFERENCE, Step.WEIGHT})
"""What a customer gateway sets for its own choice."""


def _one_sided(it: Analysed) -> Iterator[Finding]:
    """Prepending or local preference alone, or each on another tunnel."""
    for one in it.all_up:
        for judgement in _judgements(one):
            to_site, to_vpc = judgement.ways.tunnels
            if to_site is None or to_vpc is None or to_site == to_vpc:
                continue
            enters = _decided(judgement.ways.to_site, one.pair.gateway)
            leaves = _decided(judgement.ways.to_vpc, one.pair.customer)
            place = one.pair.customer
            if enters is Step.AS_PATH_LENGTH and leaves in _CUSTOMER_SETS:
                yield Finding(
                    code="crossed-preference",
                    severity=Severity.WARNING,
                    place=place,
                    what=f"it prefers {tunnel_of(to_vpc)} on import, and its prepending brings the "
                    f"gateway's packets by {tunnel_of(to_site)}",
                    advice=f"prepend on the export of the tunnels other than {tunnel_of(to_vpc)}",
                )
            elif leaves in _CUSTOMER_SETS:
                yield Finding(
                    code="local-preference-only",
                    severity=Severity.WARNING,
                    place=place,
                    what=f"it prefers {tunnel_of(to_vpc)} on import, which the gateway never sees: "
                    f"that comes back by {tunnel_of(to_site)}",
                    advice=f"also prepend on the export of the tunnels other than "
                    f"{tunnel_of(to_vpc)}, or set a lower MED on it",
                )
            elif enters is Step.AS_PATH_LENGTH:
                yield Finding(
                    code="prepend-only",
                    severity=Severity.WARNING,
                    place=place,
                    what=f"its prepending brings the gateway's packets by {tunnel_of(to_site)}, but "
                    f"it sends by {tunnel_of(to_vpc)}, whose MED is lower",
                    advice=f"also prefer {tunnel_of(to_site)} on import, by local preference",
                )


def _wrong_direction(it: Analysed) -> Iterator[Finding]:
    """A preference set where it does nothing, or does it to the other direction."""
    for connection, tunnel in tunnels_of(it.topology):
        customer = it.topology.customer_gateways[connection.customer_gateway]
        rules = {"customer": RULES_OF[customer.platform], "gateway": GATEWAY_RULES}
        for end, policies in (
            ("customer", tunnel.customer_policy),
            ("gateway", tunnel.gateway_policy),
        ):
            weightless = all(one.step is not Step.WEIGHT for one in rules[end].order)
            for what, advice in _without_effect(policies, weightless=weightless):
                yield Finding(
                    code="wrong-direction",
                    severity=Severity.WARNING,
                    place=tunnel_name(connection, tunnel),
                    what=f"the {end}'s policy {what}",
                    advice=advice,
                )


def _without_effect(policies: Policies, *, weightless: bool) -> Iterator[tuple[str, str]]:
    if weightless and _sets(policies.imports, "weight"):
        yield (
            "sets a weight, which this platform does not know",
            "use local preference",
        )
    if _sets(policies.exports, "local_preference"):
        yield (
            "sets a local preference on export, which no neighbour in another AS is told",
            "set it on import, or use prepending or MED on export",
        )
    if _sets(policies.exports, "weight"):
        yield (
            "sets a weight on export, which is never sent",
            "set it on import, or use prepending or MED on export",
        )
    if _sets(policies.imports, "prepend"):
        yield (
            "prepends on import, which steers what this end sends and not what it gets",
            "prepend on export to steer what comes in",
        )


def _sets(policy: Policy, change: str) -> bool:
    return any(getattr(term.changes, change) for term in policy.terms)


def _prefixes(it: Analysed) -> Iterator[Finding]:
    """A tunnel over which less is heard than over the other: the longest match goes first."""
    for connection in it.topology.connections.values():
        if connection.routing is not Routing.BGP:
            continue
        for router, announcer in (
            (gateway_name(connection.gateway), customer_name(connection.customer_gateway)),
            (customer_name(connection.customer_gateway), gateway_name(connection.gateway)),
        ):
            sets = {
                tunnel_name(connection, tunnel): frozenset(
                    it.solution.heard.get((router, session_name(connection, tunnel)), {})
                )
                for tunnel in connection.tunnels
            }
            everything = frozenset().union(*sets.values())
            for place, heard in sets.items():
                if heard == everything:
                    continue
                missing = ", ".join(str(prefix) for prefix in sorted(everything - heard))
                yield Finding(
                    code="unequal-prefixes" if heard else "announces-nothing",
                    severity=Severity.WARNING,
                    place=place,
                    what=f"{router} does not hear {missing} from {announcer} over this tunnel, "
                    "and hears it over the other one: that prefix has no second path",
                    advice="announce and accept the same prefixes over both tunnels",
                )


def _lan(it: Analysed) -> Iterator[Finding]:
    for one in it.states:
        for element, condition in one.state.conditions:
            lan_lost = str(element).endswith("/lan") and condition is Condition.DOWN
            if lan_lost and Verdict.UNREACHABLE in one.verdicts:
                yield Finding(
                    code="lan-loss-not-withdrawn",
                    severity=Severity.WARNING,
                    place=str(element),
                    what="its site networks are announced although it has lost its way to them, "
                    "and the gateway may go on sending them here",
                    advice="announce them only while there is a route to them",
                )


def _blind(it: Analysed) -> Iterator[Finding]:
    for connection in it.topology.connections.values():
        if connection.routing is Routing.STATIC and not connection.probe_inside:
            yield Finding(
                code="static-blind",
                severity=Severity.WARNING,
                place=connection.name,
                what="a tunnel whose IKE lives and whose ESP is dead keeps its static route, and "
                "what goes into it is lost",
                advice="probe_inside: true",
            )


def _unconnected(it: Analysed) -> Iterator[Finding]:
    """Networks that nothing joins to another one: there is no way to judge."""
    joined = {one.pair.site for one in it.states}
    for site in it.topology.sites.values():
        lonely = [network for network in site.networks if network not in joined]
        if lonely:
            yield Finding(
                code="unconnected",
                severity=Severity.ERROR,
                place=f"site:{site.name}",
                what=f"no connection leads to {', '.join(map(str, lonely))}",
                advice="give one of its customer gateways a connection",
            )
    served = {gateway.vpc for gateway in it.topology.gateways.values()}
    for vpc in it.topology.vpcs:
        if vpc not in served:
            yield Finding(
                code="unconnected",
                severity=Severity.WARNING,
                place=f"vpc:{vpc}",
                what="it has no gateway, so that nothing leads to it",
                advice="give it a virtual private gateway, or leave it out",
            )


def _first_of_several(it: Analysed) -> Iterator[Finding]:
    """What is assumed of a site with more than one customer gateway."""
    for site in it.topology.sites.values():
        if len(site.customer_gateways) > 1:
            first, *others = site.customer_gateways
            yield Finding(
                code="first-customer-gateway",
                severity=Severity.NOTE,
                place=f"site:{site.name}",
                what=f"its hosts are taken to send to {first} alone, the first in the file: that "
                f"{', '.join(others)} takes over their router's address (VRRP) is not in a file",
                advice="read what is lost with that gateway as lost without VRRP",
            )


def _age(it: Analysed) -> Iterator[Finding]:
    before = {one.pair: _told(one) for one in it.all_up}
    for one in it.states:
        returned = any(condition is Condition.RETURNED for _, condition in one.state.conditions)
        if returned and _told(one) != before[one.pair]:
            yield Finding(
                code="age-decides",
                severity=Severity.WARNING,
                place=_place(one),
                what=f"{one.pair}: when it is back after a failure, traffic does not return to "
                "where it was: an older route is kept",
                advice="tell the tunnels apart by local preference, AS_PATH or MED",
            )


def _pinned(it: Analysed) -> Iterator[Finding]:
    for connection in it.topology.connections.values():
        if connection.routing is Routing.BGP and connection.mode is Mode.PINNED:
            yield Finding(
                code="pinned",
                severity=Severity.NOTE,
                place=connection.name,
                what="the site ignores the gateway's MED, so the gateway cannot move its traffic "
                "before it takes a tunnel out of service",
                advice="mode: follow, where the firewall allows it",
            )


DETECTORS: tuple[Callable[[Analysed], Iterator[Finding]], ...] = (
    _drops,
    _unreachable,
    _hangs,
    _undetermined,
    _one_sided,
    _wrong_direction,
    _prefixes,
    _lan,
    _blind,
    _unconnected,
    _first_of_several,
    _age,
    _pinned,
)


# ------------------------------------------------------------------------------------ their parts


def _by_pair(it: Analysed) -> Iterator[tuple[str, list[PairInState]]]:
    by_pair: dict[str, list[PairInState]] = {}
    for one in it.states:
        by_pair.setdefault(str(one.pair), []).append(one)
    yield from by_pair.items()


def _judgements(one: PairInState) -> Iterator[Judgement]:
    for outcome in one.outcomes:
        yield outcome.result


def _transitions(one: PairInState) -> set[Transition | None]:
    return {judgement.transition for judgement in _judgements(one)}


def _told(one: PairInState) -> frozenset[tuple[str | None, str | None]]:
    return frozenset(judgement.ways.tunnels for judgement in _judgements(one))


def _decided(way: Path, router: str) -> Step | None:
    """The step that decided at a router on the way."""
    return next((hop.decision.step for hop in way.hops if hop.router == router), None)


def _named(states: list[PairInState]) -> str:
    names = [one.state.name for one in states]
    more = len(names) - 2
    return ", ".join(names[:2]) + (f" and {more} more states" if more > 0 else "")


def _place(one: PairInState) -> str:
    return str(one.state.conditions[0][0]) if one.state.conditions else one.pair.gateway


def _site_end(one: PairInState) -> str:
    return one.pair.customer
