"""Findings that are verdicts: what is dropped, lost or hangs, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product

from samepath.model.topology import SessionBinding
from samepath.routing.assumption import some_flows
from samepath.routing.compile import customer_name, tunnel_of
from samepath.routing.fate import Refusal
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Alike, Evidence, alike, judgements, some, ways_of
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.forwarding import End
from samepath.routing.forwarding import Path as Way
from samepath.routing.states import FailureState
from samepath.routing.verdict import (
    Judgement,
    Pair,
    PairInState,
    Transition,
    Verdict,
    befalls_some,
)

ASYMMETRIC_DROP = Kind(
    code="asymmetric-drop",
    severity=Severity.ERROR,
    means="the two directions take different tunnels, and the firewall drops what comes by the "
    "other one",
    because="A firewall that binds a session to an interface or to a device expects the answer "
    "where the question went. It drops what comes by another way, and both tunnels look healthy.",
    advice="Make both ends prefer the same tunnel: local preference on import and prepending on "
    "export, or mode: follow. Or let the firewall pass either tunnel (one zone for both).",
)
HASH_SPLITS = Kind(
    code="hash-splits",
    severity=Severity.ERROR,
    means="a hash spreads flows over equal paths, and of some of them the two directions take "
    "different tunnels, which the firewall drops",
    because="Each end hashes by itself, or has one path only: with two tunnels about half of the "
    "flows come back by the other one. Some connections work and others do not, which looks like "
    "anything but routing.",
    advice="Make one tunnel better than the others in both directions, or let the firewall pass "
    "either tunnel. A gateway without ECMP takes one path for all flows, and nobody can say which.",
)
UNREACHABLE = Kind(
    code="unreachable",
    severity=Severity.ERROR,
    means="nothing arrives in a state, although a tunnel lives that could carry it",
    because="The second tunnel is there for this state, and does not help.",
    advice="Read the cause that is found beside it, or the rule at every hop (--explain).",
)
OPEN_FLOWS_HANG = Kind(
    code="open-flows-hang",
    severity=Severity.ERROR,
    means="flows that are open when the tunnel changes are dropped without a word",
    because="They stay bound to the old tunnel or to the device that has seen them begin, or come "
    "by a tunnel by which the firewall's check of their source does not expect them. New "
    "connections may work at once, so that everything looks well; those that were open are dropped "
    "until their own timers end them.",
    advice="Where they are bound to a tunnel, let the firewall bind a session to the device, or to a "
    "zone with both tunnels; where to a device, let the devices share their sessions. Where the "
    "check of the source drops them, let it pass either tunnel, or make both ends prefer the same "
    "one.",
)
OPEN_FLOWS_MAY_HANG = Kind(
    code="open-flows-may-hang",
    severity=Severity.WARNING,
    means="flows that are open when the tunnel changes may be dropped without a word, and nobody can "
    "say whether",
    because="Whether a session stays where its firewall lets it pass hangs on something that no file "
    "says: whether both tunnels are in one zone, or which of equal paths is taken.",
    advice="Find it out, and say it: a topology file by `firewall` and `zone`; of a device's "
    "configuration samepath takes it where it tells. Where equal paths are the doubt, make one of them "
    "better than the others.",
)
UNDETERMINED = Kind(
    code="undetermined",
    severity=Severity.WARNING,
    means="with all up packets may be dropped or lost, and nobody can say whether",
    because="Several paths are equal in everything that is known, and what decides between them "
    "stands in no file; or no file says what the firewall does with two tunnels.",
    advice="Make one path better than the others in every state. Where the firewall is the doubt, "
    "find out to what it binds a session, and in which zone each tunnel is. A topology file says them "
    "by `firewall` and `zone`; of a device's configuration samepath takes them where it tells.",
)
EITHER_TUNNEL = Kind(
    code="either-tunnel",
    severity=Severity.NOTE,
    means="with all up either tunnel may be used, for all flows or for each one by itself, and "
    "whichever it is, nothing drops",
    because="Where a firewall lets both tunnels pass, equal paths are a choice (several together "
    "carry more than one); whoever looks for a packet has to look at both.",
    advice="Nothing, if it is meant; else make one path better than the others.",
)
FORWARDING_LOOP = Kind(
    code="forwarding-loop",
    severity=Severity.ERROR,
    means="packets come to a router for the second time",
    because="Each router has a route, and the routes lead in a circle.",
    advice="Keep one of the routers from preferring the other's route: filter it, or give it a "
    "lower local preference.",
)
OSCILLATION = Kind(
    code="oscillation",
    severity=Severity.ERROR,
    means="routers change their minds for ever",
    because="Each announcement makes another router choose again, and no choice is stable: what "
    "is told of these routers is one moment of many.",
    advice="Let the preferences of the routers in the circle agree on one exit.",
)


def _drops(it: Evidence) -> Iterator[Finding]:
    def drops(one: PairInState) -> bool:
        return one.verdicts == {Verdict.ASYMMETRIC_DROPPED}

    for group, between in _dropped(it, drops):
        if between:
            yield ASYMMETRIC_DROP.at(
                group.pairs[0].customer,
                f"{group.networks}: the two directions pass {between.devices}, and {between.what} "
                f"({group.named})",
                between.advice,
            )
        else:
            yield ASYMMETRIC_DROP.at(
                group.pairs[0].customer,
                f"{group.networks}: the two directions take different tunnels, and this firewall "
                f"drops what comes by the other one ({group.named})",
                "make both ends prefer the same tunnel (samepath fix finds the smallest change), or "
                "let the firewall pass either",
            )


def _drops_some(it: Evidence) -> Iterator[Finding]:
    def drops_some(one: PairInState) -> bool:
        return _befalls_some_only(one, Verdict.ASYMMETRIC_DROPPED)

    for group, between in _dropped(it, drops_some):
        spread = f"{_spreading(group.states[0])} flows over equal paths by a hash"
        if between:
            yield HASH_SPLITS.at(
                group.pairs[0].customer,
                f"{group.networks}: {spread}, so that the two directions of some pass "
                f"{between.devices}, and {between.what} ({group.named})",
                between.advice,
            )
        else:
            yield HASH_SPLITS.at(
                group.pairs[0].customer,
                f"{group.networks}: {spread}, and this firewall drops those whose two directions "
                f"take different tunnels ({group.named})",
                "make one tunnel better than the others in both directions (samepath fix finds the "
                "smallest change), or let the firewall pass either",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Between:
    """The devices that the two directions of dropped flows pass, where they are several."""

    names: tuple[str, ...]
    refusals: tuple[Refusal, ...]

    @property
    def devices(self) -> str:
        return " and ".join(self.names)

    @property
    def what(self) -> str:
        return ", and ".join(_DROPPED_BETWEEN[one] for one in self.refusals)

    @property
    def advice(self) -> str:
        passing = " and ".join(_PASSING[one] for one in self.refusals)
        return f"let the gateway prefer the device that the hosts send to, or {passing}"


def _dropped(
    it: Evidence, holds: Callable[[PairInState], bool]
) -> Iterator[tuple[Alike, _Between | None]]:
    """Where ``holds`` does, by what drops: one device, or what stands between several."""
    between = {
        (one.pair, one.state): _between(it, one)
        for states in it.by_pair.values()
        for one in states
        if holds(one)
    }
    for kind in dict.fromkeys(between.values()):
        told = {key for key, its in between.items() if its == kind}
        for group in alike(it, partial(_is_of, told)):
            yield group, kind


def _is_of(told: Container[tuple[Pair, FailureState]], one: PairInState) -> bool:
    return (one.pair, one.state) in told


def _between(it: Evidence, one: PairInState) -> _Between | None:
    dropped = [told for told in judgements(one) if told.verdict is Verdict.ASYMMETRIC_DROPPED]
    devices = _devices(it, dropped)
    if len(devices) < 2:
        return None
    refused = {
        fate.dropped_by.refusal
        for told in dropped
        for _, fate in told.fates
        if fate.dropped_by is not None
    }
    return _Between(
        names=tuple(devices), refusals=tuple(each for each in Refusal if each in refused)
    )


def _spreading(one: PairInState) -> str:
    """The routers on a pair's ways that use several routes together, with their verb."""
    routers = sorted(
        {
            hop.router
            for told in judgements(one)
            for way in ways_of(told)
            for hop in way.hops
            if hop.equals > 1
        }
    )
    return f"{' and '.join(routers)} spread{'s' if len(routers) == 1 else ''}"


def _befalls_some_only(one: PairInState, verdict: Verdict) -> bool:
    """Whether it is certain of some flows of a pair, and not of all."""
    return len(one.verdicts) > 1 and befalls_some(one.outcomes, verdict)


def _devices(it: Evidence, some_of: Iterable[Judgement]) -> list[str]:
    """The customer gateways that packets pass."""
    customers = set(map(customer_name, it.topology.customer_gateways))
    passed = {router for told in some_of for way in ways_of(told) for router in way.routers}
    return sorted(customers & passed)


def _unreachable(it: Evidence) -> Iterator[Finding]:
    for group in alike(it, lambda one: one.verdicts == {Verdict.UNREACHABLE}):
        yield UNREACHABLE.at(
            _place(group),
            f"{group.networks}: nothing arrives, although a tunnel lives that could carry it "
            f"({group.named}): {_lost(it, group.states)}",
            "see what else is found here, and the rules by --explain",
        )

    def loses_some(one: PairInState) -> bool:
        return _befalls_some_only(one, Verdict.UNREACHABLE)

    for group in alike(it, loses_some):
        yield UNREACHABLE.at(
            _place(group),
            f"{group.networks}: some flows do not arrive, although a tunnel lives that could carry "
            f"them, as {_spreading(group.states[0])} them over several paths by a hash "
            f"({group.named}): {_lost(it, group.states)}",
            "see what else is found here, and the rules by --explain",
        )


def _lost(it: Evidence, states: Iterable[PairInState]) -> str:
    """How and where the way of each direction ends that does not arrive, each end once."""
    endings: dict[str, dict[str, None]] = {"site": {}, "VPC": {}}
    for one in states:
        lost = next(
            (told for told in judgements(one) if told.verdict is Verdict.UNREACHABLE),
            one.outcomes[0].result,
        )
        told = lost.ways
        by_vrrp = it.topology.sites[one.pair.site_name].vrrp is not None
        for direction, way, start in (
            ("site", told.to_site, one.pair.gateway),
            ("VPC", told.to_vpc, one.pair.customer),
        ):
            if way.end is not End.DELIVERED:
                endings[direction][_ending(way, start, by_vrrp=by_vrrp)] = None
    return " and ".join(
        f"packets to the {direction} {', or '.join(ended)}"
        for direction, ended in endings.items()
        if ended
    )


def _ending(way: Way, start: str, *, by_vrrp: bool) -> str:
    if way.end is End.NO_FIRST_HOP:
        if by_vrrp:
            return "find no router: no customer gateway can hold its address (VRRP)"
        return f"do not reach {start}, which has lost its LAN"
    if not way.routers and way.end is End.NO_ROUTE:
        return f"end at {start}, which has no route"
    if not way.routers:
        return f"are sent to {start}, which is down"
    if way.end is End.LOST and way.tunnel is not None:
        return f"are lost beyond {tunnel_of(way.tunnel)}, and nobody has noticed"
    return f"end at {way.routers[-1]} ({way.end.value})"


def _hangs(it: Evidence) -> Iterator[Finding]:
    for (quantity, which), refusal in product(
        (("", _all_hang), ("some of the ", _some_hang)), Refusal
    ):
        what, advice = _HELD_BACK[refusal]
        for group in alike(it, partial(_hang_by, refusal, which)):
            yield OPEN_FLOWS_HANG.at(
                group.pairs[0].customer,
                f"{group.networks}: {quantity}flows that are open when the tunnel changes {what}, "
                f"and hang ({group.named})",
                advice,
            )


def _may_hang(it: Evidence) -> Iterator[Finding]:
    for group in alike(it, lambda one: one.may_hang):
        asked = sorted(
            {
                f"{question.subject}: {question.what}"
                for outcome in group.states[0].outcomes
                for because in outcome.because
                for question, _ in because
                if not question.per_flow
            }
        )
        yield OPEN_FLOWS_MAY_HANG.at(
            group.pairs[0].customer,
            f"{group.networks}: flows that are open when the tunnel changes hang or go on: nobody can "
            f"say, as it depends on {'; '.join(asked)} ({group.named})",
            _settling(group.states[0]),
        )


def _all_hang(one: PairInState) -> bool:
    # Where nothing could be open, nothing can hang; where something could, it does.
    return {told.transition for told in judgements(one)} - {None} == {Transition.HANGS}


def _some_hang(one: PairInState) -> bool:
    return not _all_hang(one) and some_flows(
        one.outcomes, lambda told: told.transition is Transition.HANGS
    )


def _hang_by(refusal: Refusal, which: Callable[[PairInState], bool], one: PairInState) -> bool:
    return which(one) and refusal in _refusals(one)


def _refusals(one: PairInState) -> set[Refusal | None]:
    """What the firewalls refuse that make open flows hang."""
    return {
        fate.hung_by.refusal
        for told in judgements(one)
        for _, fate in told.fates
        if fate.hung_by is not None
    }


_PASSING = {
    Refusal.SOURCE: "let the check pass either (reverse_path: loose or off)",
    Refusal.UNSEEN: "let the devices share their sessions (state_sync)",
    Refusal.ZONE: "put both tunnels into one zone",
    Refusal.INTERFACE: "let the firewall bind a session to the device or to a zone with both "
    "tunnels, not to an interface",
}
"""What lets a firewall pass what it refuses."""
_DROPPED_BETWEEN = {
    Refusal.SOURCE: "the firewall's check of the source drops what comes by the other one's tunnel",
    Refusal.UNSEEN: "each drops what the other has seen begin",
    Refusal.ZONE: "a session is bound to a zone in which not both tunnels are",
    Refusal.INTERFACE: "a session is bound to an interface, which the other one's tunnel is not",
}
"""What is told of flows between several devices that a firewall refuses."""
_HELD_BACK = {
    Refusal.SOURCE: (
        "come by a tunnel by which the firewall's check of the source does not let them pass",
        (
            "make both ends prefer the same tunnel (samepath fix finds the smallest change), or "
            + _PASSING[Refusal.SOURCE]
        ),
    ),
    Refusal.UNSEEN: ("stay bound to a device", _PASSING[Refusal.UNSEEN]),
    Refusal.ZONE: ("stay bound to a zone", _PASSING[Refusal.ZONE]),
    Refusal.INTERFACE: ("stay bound to an interface", _PASSING[Refusal.INTERFACE]),
}
"""What is told of open flows that a firewall refuses, and what keeps it from that."""


def _undetermined(it: Evidence) -> Iterator[Finding]:
    doubts: dict[tuple[Kind, str, str, str], list[str]] = {}
    for one in it.all_up:
        if len(one.verdicts) > 1 and not any(befalls_some(one.outcomes, bad) for bad in _LOSS):
            kind, advice = (
                (UNDETERMINED, _settling(one))
                if one.verdicts & _LOSS
                else (
                    EITHER_TUNNEL,
                    "nothing, if it is meant; else make one path better than the others",
                )
            )
            key = (kind, _asked(one), _doubt(one), advice)
            doubts.setdefault(key, []).append(str(one.pair))
    for (kind, router, doubt, advice), networks in doubts.items():
        yield kind.at(
            router,
            f"{some(networks, 'pairs')}: with all up packets {doubt}",
            advice,
        )


def _settling(one: PairInState) -> str:
    """What settles a doubt, or makes it one of no consequence."""
    asked = {question.answers for outcome in one.outcomes for question, _ in outcome.because[0]}
    said = [_SAID_IN_FILE[answers] for answers in _SAID_IN_FILE if answers in asked]
    if not said:
        return (
            "make one path better than the others in every state; or hand over the device's BGP "
            "table (--observed), which may tell"
        )
    prefer = (
        "make both ends prefer the same tunnel (samepath fix finds the smallest change)"
        if asked <= _SAID_IN_FILE.keys()
        else "make one path better than the others in every state"
    )
    return f"find out {' and '.join(said)}, which settles it; or {prefer}"


def _asked(one: PairInState) -> str:
    """The router that the doubt is about; of several the pair's gateway."""
    subjects = {question.subject for outcome in one.outcomes for question, _ in outcome.because[0]}
    ends = {one.pair.gateway, one.pair.customer}
    return subjects.pop() if len(subjects) == 1 and subjects <= ends else one.pair.gateway


def _doubt(one: PairInState) -> str:
    """What may become of packets, and what it depends on."""
    told = ", or ".join(_WORDS[verdict] for verdict in Verdict if verdict in one.verdicts)
    facts = sorted(
        {
            f"{question.subject}: {question.what}"
            for outcome in one.outcomes
            for question, _ in outcome.because[0]
        }
    )
    who = "nobody can say" if one.undetermined else "each flow has its own"
    return f"{told}: {who}, as it depends on {'; '.join(facts)}"


_LOSS = {Verdict.ASYMMETRIC_DROPPED, Verdict.UNREACHABLE}
_WORDS = {
    Verdict.SYMMETRIC: "take one tunnel both ways",
    Verdict.ASYMMETRIC_TOLERATED: "take two tunnels and pass",
    Verdict.ASYMMETRIC_DROPPED: "take two tunnels and are dropped",
    Verdict.UNREACHABLE: "are lost",
    Verdict.EXPECTED_OUTAGE: "have no path",
}
_SAID_IN_FILE = {
    tuple(one.value for one in SessionBinding): (
        "to what the firewall binds a session (a topology file says it by firewall)"
    ),
    ("one zone", "a zone each"): (
        "in which firewall zone each tunnel is (a topology file says it by zone)"
    ),
}
"""What a topology file may say of a firewall, by the answers to the question if it does not."""


def _loops(it: Evidence) -> Iterator[Finding]:
    def loops(one: PairInState) -> bool:
        return any(way.end is End.LOOP for told in judgements(one) for way in ways_of(told))

    for group in alike(it, loops):
        way = next(
            way
            for told in judgements(group.states[0])
            for way in ways_of(told)
            if way.end is End.LOOP
        )
        yield FORWARDING_LOOP.at(
            way.routers[-1],
            f"{group.networks}: packets go round by {', '.join(way.routers)} ({group.named})",
            "keep one of them from preferring the other's route",
        )


def _oscillates(it: Evidence) -> Iterator[Finding]:
    if moving := sorted(it.solution.oscillating):
        yield OSCILLATION.at(
            moving[0],
            f"{', '.join(moving)} change their choice for ever, each because of the others",
            "let their preferences agree on one exit",
        )


def _place(group: Alike) -> str:
    conditions = group.states[0].state.conditions
    return str(conditions[0][0]) if conditions else group.pairs[0].gateway


DETECTORS = (
    Detector(kinds=(ASYMMETRIC_DROP,), find=_drops),
    Detector(kinds=(HASH_SPLITS,), find=_drops_some),
    Detector(kinds=(UNREACHABLE,), find=_unreachable),
    Detector(kinds=(OPEN_FLOWS_HANG,), find=_hangs),
    Detector(kinds=(OPEN_FLOWS_MAY_HANG,), find=_may_hang),
    Detector(kinds=(UNDETERMINED, EITHER_TUNNEL), find=_undetermined),
    Detector(kinds=(FORWARDING_LOOP,), find=_loops),
    Detector(kinds=(OSCILLATION,), find=_oscillates),
)
