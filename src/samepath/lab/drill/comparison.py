"""What was measured of a pair in a state, and whether it is one of the predicted outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from samepath.lab.drill.course import Course
from samepath.lab.probe import Answer, DirectionReport
from samepath.routing.compile import tunnel_of
from samepath.routing.fate import Fate, Initiator, Refusal, Transition, Verdict
from samepath.routing.forwarding import End
from samepath.routing.verdict import Judgement, PairInState

PASSES = frozenset({Verdict.SYMMETRIC, Verdict.ASYMMETRIC_TOLERATED})
_MEANT = {
    Transition.SURVIVES: frozenset({Answer.ANSWERED}),
    Transition.RESETS: frozenset({Answer.RESET}),
    Transition.HANGS: frozenset({Answer.SILENT}),
    Transition.CUT_OFF: frozenset({Answer.SILENT, Answer.REFUSED}),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Flows:
    """What came of the flows that one end opened: in this state, and before it began.

    ``kept`` is None for what could not be opened then.
    """

    new: Mapping[str, Answer]
    """By protocol, ``tcp`` and ``udp``."""
    kept: Mapping[str, Answer | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A pair in a state, as its packets were seen.

    ``to_site`` and ``to_vpc`` are the tunnels that packets came out of, ``seoul/tunnel1`` and so
    on; what came by several, or by none, has none or several. ``lost`` is the loss of each direction
    from before the state began until it was measured, None where it was not counted.
    """

    to_site: tuple[str, ...]
    to_vpc: tuple[str, ...]
    flows: Mapping[Initiator, Flows]
    lost: tuple[DirectionReport, DirectionReport] | None
    seconds: float
    course: Course | None = None
    """The loss over time and the events, where the loss was counted."""
    disturbed: tuple[str, ...] = ()
    """The sessions that went down while flows were looked at, after all had settled."""
    again: int = 0
    """How many times the state was measured before, and differed while it was disturbed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A pair in a state: predicted and measured. It agrees where nothing differs."""

    predicted: PairInState
    measured: Measured
    differences: tuple[str, ...]


def compare(predicted: PairInState, measured: Measured) -> Compared:
    """Hold what was measured against every outcome; one that fits is enough.

    What differs is told of the outcome that fits best.
    """
    found = [tuple(_differences(outcome.result, measured)) for outcome in predicted.outcomes]
    return Compared(predicted=predicted, measured=measured, differences=min(found, key=len))


def _differences(judgement: Judgement, measured: Measured) -> Iterator[str]:
    for name, way, seen in (
        ("to the site", judgement.ways.to_site, measured.to_site),
        ("to the VPC", judgement.ways.to_vpc, measured.to_vpc),
    ):
        tunnel = () if way.tunnel is None else (tunnel_of(way.tunnel),)
        # What does not arrive may be lost before the tunnel, in it, or behind it.
        if seen != tunnel and (way.end is End.DELIVERED or seen):
            yield f"packets {name} take {_told(seen)}, and {_told(tunnel)} was predicted"
    for initiator, fate in judgement.fates:
        flows = measured.flows[initiator]
        yield from _of_new(initiator, fate, flows)
        yield from _of_kept(initiator, fate, flows)


def _of_new(initiator: Initiator, fate: Fate, flows: Flows) -> Iterator[str]:
    passes = fate.verdict in PASSES
    for protocol, answer in flows.new.items():
        if _by_connection_only(protocol, fate.because.refusal if fate.because else None):
            continue
        if (answer is Answer.ANSWERED) is not passes:
            yield (
                f"a new {protocol.upper()} flow of the {initiator.value} is {answer.value}, and "
                f"{'that it passes' if passes else fate.verdict.value} was predicted"
            )


def _of_kept(initiator: Initiator, fate: Fate, flows: Flows) -> Iterator[str]:
    for protocol, answer in flows.kept.items():
        if answer is None or fate.transition is None:
            continue
        why = fate.transition_because
        if _by_connection_only(protocol, why.refusal if why else None):
            continue
        meant = _MEANT[fate.transition]
        if protocol == "udp" and fate.transition is Transition.RESETS:
            meant = frozenset(Answer)  # Nothing is reset that has no connection.
        if answer not in meant:
            yield (
                f"an open {protocol.upper()} flow of the {initiator.value} is {answer.value}, and "
                f"that it {fate.transition.value} was predicted"
            )


def _by_connection_only(protocol: str, refusal: Refusal | None) -> bool:
    """Whether a firewall refuses connections so, and takes a datagram for a new flow."""
    return protocol == "udp" and refusal is Refusal.UNSEEN


def _told(tunnels: tuple[str, ...]) -> str:
    return " and ".join(tunnels) or "no tunnel"
