"""The words of a row: what was predicted of a pair in a state, and what was measured of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from samepath.lab.drill.comparison import PASSES, Flows, Measured
from samepath.lab.probe import Answer, DirectionReport
from samepath.routing.compile import tunnel_of
from samepath.routing.fate import Fate, Initiator, Transition, Verdict
from samepath.routing.forwarding import End, Path
from samepath.routing.verdict import Judgement, PairInState

NOTHING = "-"
MOST_OUTCOMES = 4
"""Outcomes of a prediction that are told before the rest is counted."""

_NEW = {
    Verdict.SYMMETRIC: "pass",
    Verdict.ASYMMETRIC_TOLERATED: "pass",
    Verdict.ASYMMETRIC_DROPPED: "drop",
    Verdict.UNREACHABLE: "no way",
    Verdict.EXPECTED_OUTAGE: "no way",
}
_OPEN = {
    Transition.SURVIVES: "go on",
    Transition.CUT_OFF: "cut off",
    Transition.RESETS: "reset",
    Transition.HANGS: "hang",
}
_ANSWERED_NEW = {
    Answer.ANSWERED: "pass",
    Answer.SILENT: "silent",
    Answer.RESET: "reset",
    Answer.REFUSED: "refused",
}
_ANSWERED_OPEN = {**_ANSWERED_NEW, Answer.ANSWERED: "go on"}

TERMS = (
    ("pass", "a new flow is answered, there and back, with a small and a full-size packet"),
    ("drop", "a firewall refuses a new flow, because the two directions take different tunnels"),
    ("no way", "nothing is left that could carry a flow, or no route leads there"),
    ("go on", "a flow that was open before the state began is answered in it"),
    ("hang", "its packets are dropped, and nobody tells its ends"),
    ("cut off", "there is no way for it in this state, as for a new one"),
    ("reset", "its ends are told that it is over, and may open it again at once"),
    ("silent", "measured: no answer came in time; so look a drop, a hang and no way"),
    ("refused", "measured: a host or router has said that there is no way"),
    (
        "TCP, UDP",
        (
            "told apart where they fare apart: a firewall that sees a flow's middle only, refuses "
            "connections and takes datagrams for new flows; TCP alone is held against the prediction"
        ),
    ),
)
"""Each word of a row, and what it means."""
assert {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_TOLERATED} == PASSES  # noqa: S101 - as in _NEW


@dataclass(frozen=True, kw_only=True, slots=True)
class Cells:
    """One line of a row: the tunnels of both directions, new flows, and those that were open."""

    to_site: str
    to_vpc: str
    new: str
    open: str


def predicted(row: PairInState, prefix: str) -> tuple[tuple[Cells, ...], int]:
    """The outcomes of a prediction in words, each once, and how many more there are.

    ``prefix`` is what every tunnel begins with, and what is left out.
    """
    cells = tuple(dict.fromkeys(_outcome(outcome.result, prefix) for outcome in row.outcomes))
    return cells[:MOST_OUTCOMES], max(len(cells) - MOST_OUTCOMES, 0)


def _outcome(judgement: Judgement, prefix: str) -> Cells:
    return Cells(
        to_site=_way(judgement.ways.to_site, prefix),
        to_vpc=_way(judgement.ways.to_vpc, prefix),
        new=_by_end({end: _NEW[fate.verdict] for end, fate in judgement.fates}),
        open=_by_end({end: _open(fate) for end, fate in judgement.fates}),
    )


def _open(fate: Fate) -> str:
    return NOTHING if fate.transition is None else _OPEN[fate.transition]


def _way(way: Path, prefix: str) -> str:
    if way.tunnel is None:
        return NOTHING
    name = _short(tunnel_of(way.tunnel), prefix)
    return name if way.end is End.DELIVERED else f"{name}, lost"


def measured(found: Measured, prefix: str) -> Cells:
    """What was measured, in words."""
    return Cells(
        to_site=_tunnels(found.to_site, prefix),
        to_vpc=_tunnels(found.to_vpc, prefix),
        new=_by_end({end: _by_protocol(_new(flows)) for end, flows in found.flows.items()}),
        open=_by_end({end: _by_protocol(_kept(flows)) for end, flows in found.flows.items()}),
    )


def _new(flows: Flows) -> dict[str, str]:
    return {protocol: _ANSWERED_NEW[answer] for protocol, answer in flows.new.items()}


def _kept(flows: Flows) -> dict[str, str]:
    return {
        protocol: NOTHING if answer is None else _ANSWERED_OPEN[answer]
        for protocol, answer in flows.kept.items()
    }


def _tunnels(names: Iterable[str], prefix: str) -> str:
    return " and ".join(_short(name, prefix) for name in names) or NOTHING


def _short(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).replace("tunnel", "tunnel ") if prefix else name


def _by_protocol(words: Mapping[str, str]) -> str:
    return _together({protocol.upper(): word for protocol, word in words.items()}, ", ")


def _by_end(words: Mapping[Initiator, str]) -> str:
    return _together({f"from {end.value}:": word for end, word in words.items()}, "; ")


def _together(words: Mapping[str, str], joint: str) -> str:
    """What is so of all, or of each by its name."""
    if len(set(words.values())) == 1:
        return next(iter(words.values()))
    return joint.join(f"{name} {word}" for name, word in words.items())


def prefix_of(rows: Iterable[PairInState], taken: Iterable[Measured]) -> str:
    """What every tunnel begins with that a pair was predicted or seen to take: ``seoul/``.

    Empty if they are of more than one connection, or of none.
    """
    names = {
        tunnel_of(way.tunnel)
        for row in rows
        for outcome in row.outcomes
        for way in (outcome.result.ways.to_site, outcome.result.ways.to_vpc)
        if way.tunnel is not None
    } | {name for one in taken for name in (*one.to_site, *one.to_vpc)}
    connections = {name.split("/")[0] for name in names}
    return f"{connections.pop()}/" if len(connections) == 1 else ""


def loss(report: DirectionReport) -> str:
    """How many packets a direction has lost; a question mark where the machine was too busy."""
    return f"{report.lost}{'' if report.valid else '?'}"


def milliseconds(seconds: float) -> str:
    """A time in whole milliseconds."""
    return f"{seconds * 1000:.0f} ms"


def visible(text: object) -> str:
    """A text in which whatever does not print is written out.

    That is controls, marks of the direction of writing, and bytes that are no UTF-8.
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(text)
    )
