"""The words in which verdicts, ways and states are shown to people, and their styles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from samepath.model.elements import Element, ElementKind
from samepath.routing.compile import tunnel_of
from samepath.routing.fate import Initiator
from samepath.routing.findings import Severity
from samepath.routing.forwarding import End
from samepath.routing.grouping import Told, Way
from samepath.routing.states import FailureState
from samepath.routing.verdict import Transition, Verdict

VERDICTS = {
    Verdict.SYMMETRIC: ("symmetric", "green"),
    Verdict.ASYMMETRIC_TOLERATED: ("asymmetric, passes", "yellow"),
    Verdict.ASYMMETRIC_DROPPED: ("asymmetric, DROPS", "bold red"),
    Verdict.UNREACHABLE: ("UNREACHABLE", "bold red"),
    Verdict.EXPECTED_OUTAGE: ("expected outage", "dim"),
}
TRANSITIONS = {each: "HANGS" if each is Transition.HANGS else each.value for each in Transition}
SEVERITIES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "dim",
}


def verdict(told: Told) -> Text:
    """A verdict; what is bad is in capitals, for whoever sees no colour."""
    word, style = VERDICTS[told.verdict]
    return Text(f"{word}{_of(told.verdict_of)}", style=style)


def transition(told: Told) -> Text:
    """What becomes of an open flow; empty where there could be none."""
    if told.transition is None:
        return Text("")
    style = "bold red" if told.transition is Transition.HANGS else ""
    return Text(f"{TRANSITIONS[told.transition]}{_of(told.transition_of)}", style=style)


def _of(initiator: Initiator | None) -> str:
    return "" if initiator is None else f" (from {initiator.value})"


def way(ways: tuple[Way, ...], prefix: str) -> str:
    """The tunnel of a way, without ``prefix``, which all of them begin with; or how many."""
    if len(ways) > 1:
        return f"one of {len(ways)}"
    ((tunnel, end),) = ways
    if tunnel is None:
        return "-"
    name = tunnel_of(tunnel).removeprefix(prefix)
    return name if end is End.DELIVERED else f"{name}: lost"


def first(names: Sequence[str], most: int, *, joint: str = ", ") -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - most
    return joint.join(names[:most]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, what: str) -> str:
    """A number of things: ``1 line``, ``2 lines``."""
    return f"{number} {what}" + ("" if number == 1 else "s")


MOST_CONDITIONS = 4
"""Things that may have happened to a tunnel or device before the rest is counted."""
_PART_NAMES = frozenset(
    part
    for kind in ElementKind
    for part in (kind.value.rpartition("/")[2],)
    if "/" in kind.value and "{" not in part
)


def states(of: Iterable[FailureState]) -> list[str]:
    """States in few words: what has happened to one tunnel or device together."""
    found: dict[str, list[str]] = {}
    for state in of:
        wholes = {_parts(element)[0] for element, _ in state.conditions}
        if len(wholes) != 1:
            found.setdefault(state.name, [])
            continue
        (whole,) = wholes
        parts = " + ".join(
            f"{_parts(element)[1]} {condition.value}".strip()
            for element, condition in state.conditions
        )
        unnoticed = "" if state.noticed else " (unnoticed)"
        found.setdefault(whole, []).append(f"{parts}{unnoticed}")
    return [_together(name, told) for name, told in found.items()]


def _together(whole: str, told: list[str]) -> str:
    """What has happened to one tunnel or device: the first few, and how many more there are."""
    if not told:
        return whole
    part, _, _ = told[0].partition(" ")
    return f"{whole}{'/' if part in _PART_NAMES else ' '}{first(told, MOST_CONDITIONS)}"


def _parts(element: Element) -> tuple[str, str]:
    """The name of a tunnel or device, and of the part of it: ``cgw:dc`` and ``lan``."""
    pieces = str(element).split("/")
    length = 2 if element.kind.has_tunnel else 1
    return "/".join(pieces[:length]), "/".join(pieces[length:])
