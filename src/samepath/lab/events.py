"""What happened in a lab, from the logs of its daemons, on one time axis.

Each daemon writes its own log with milliseconds. Here the lines that mean something are picked
out, given the words of the VPN, and merged. Reading is pure: text in, events out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path


class Kind(Enum):
    """Which layer an event belongs to."""

    FAULT = "fault"
    DAEMON = "daemon"
    IKE = "IKE"
    CHILD = "CHILD_SA"
    BFD = "BFD"
    BGP = "BGP"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Event:
    """Something that happened: when (UTC), where (the daemon), what."""

    time: datetime
    source: str
    kind: Kind
    text: str


_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) ")
_CHARON = re.compile(r"\d+\[(?P<group>[A-Z]{3})\] (?:<[^>]*> )?(?P<text>.*)")
_BIRD = re.compile(r"<(?P<level>[A-Z]+)> (?P<text>.*)")

_CHARON_EVENTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.IKE, re.compile(r"IKE_SA \S+ established between .*")),
    (Kind.IKE, re.compile(r"deleting IKE_SA .*")),
    (Kind.IKE, re.compile(r"giving up after \d+ retransmits")),
    (Kind.IKE, re.compile(r"retransmit \d+ of request .*")),
    (Kind.IKE, re.compile(r"received .*NO_PROPOSAL_CHOSEN.*")),
    (Kind.IKE, re.compile(r"received AUTHENTICATION_FAILED notify error")),
    (Kind.IKE, re.compile(r"tried \d+ shared keys? for .*, but MAC mismatched")),
    (Kind.IKE, re.compile(r"no (?:IKE config|matching peer config|shared key) found.*")),
    (Kind.IKE, re.compile(r"(?:received|configured) proposals.*unacceptable.*")),
    (Kind.IKE, re.compile(r"initiating IKE_SA .*")),
    (Kind.CHILD, re.compile(r"CHILD_SA \S+ established .*")),
    (Kind.CHILD, re.compile(r"closing CHILD_SA .*")),
    (Kind.CHILD, re.compile(r"failed to establish CHILD_SA.*")),
    (
        Kind.CHILD,
        re.compile(r"no acceptable (?:ENCRYPTION_ALGORITHM|KEY_EXCHANGE_METHOD|proposal|DIFFIE).*"),
    ),
)
_BIRD_EVENTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.BFD, re.compile(r"\S+: Session (?:to|changed).*")),
    (Kind.BFD, re.compile(r"\S+: BFD session .*")),
    (Kind.BGP, re.compile(r"p_\S+: State changed to .*")),
    (Kind.BGP, re.compile(r"p_\S+: BGP session .*")),
    (Kind.BGP, re.compile(r"p_\S+: (?:Received|Error|Hold timer|Connection).*")),
    (Kind.BGP, re.compile(r"p_\S+: Neighbor graceful restart .*")),
)


def read_line(source: str, line: str) -> Event | None:
    """The event that a log line tells of; None for a line that tells of none."""
    stamp = _STAMP.match(line)
    if stamp is None:
        return None
    time = datetime.strptime(stamp[1], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC)
    rest = line[stamp.end() :].rstrip()
    if source == "agent":
        kind = Kind.FAULT if rest.startswith(("broken", "healed")) else Kind.DAEMON
        return Event(time=time, source=source, kind=kind, text=rest)
    form, table = (
        (_CHARON, _CHARON_EVENTS) if source.startswith("charon") else (_BIRD, _BIRD_EVENTS)
    )
    found = form.match(rest)
    if found is None:
        return None
    for kind, pattern in table:
        if pattern.fullmatch(found["text"]):
            return Event(time=time, source=source, kind=kind, text=found["text"])
    return None


def read_lines(source: str, lines: Iterable[str]) -> Iterator[Event]:
    """The events of one log, in its order."""
    for line in lines:
        event = read_line(source, line)
        if event is not None:
            yield event


def read_logs(directory: Path) -> list[Event]:
    """Every event of a world, by time; ``directory`` holds one log a daemon."""
    events: list[Event] = []
    for path in sorted(directory.glob("*.log")):
        with path.open(errors="replace") as stream:
            events.extend(read_lines(path.stem, stream))
    return sorted(events)
