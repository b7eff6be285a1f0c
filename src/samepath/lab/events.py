"""What happened in a lab, from the logs of its daemons, on one time axis.

Each daemon writes its own log, in UTC and with milliseconds; so does whoever breaks or heals
something. Here the lines that mean something are picked out, given the name of the element that
they are of, and merged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import BinaryIO

from samepath.control.names import (
    bird_of_endpoint,
    bird_of_gateway,
    charon_of_customer,
    charon_of_endpoint,
    conntrackd_of_customer,
    keepalived_of_customer,
    starter_of_customer,
    tracker_of_customer,
)
from samepath.control.speakers import customer_daemons
from samepath.model.elements import is_of
from samepath.model.topology import Topology
from samepath.model.topology_view import clusters, vrrp_sites

AGENT = "agent"
FAULT_LOG = "faults"
"""The log of what was broken and healed on purpose."""


class Kind(Enum):
    """Which layer an event belongs to."""

    FAULT = "fault"
    DAEMON = "daemon"
    IKE = "IKE"
    CHILD = "CHILD_SA"
    BFD = "BFD"
    BGP = "BGP"
    VRRP = "VRRP"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that happened: when (UTC), to which element, what."""

    time: datetime
    element: str
    kind: Kind
    text: str

    @property
    def stamp(self) -> str:
        """The time as events print it: ISO 8601, UTC, milliseconds."""
        return self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def is_of(self, element: str) -> bool:
        """Whether this is of ``element`` or of a part of it."""
        return is_of(self.element, element)

    def plain(self) -> dict[str, str]:
        """As JSON has it."""
        return {
            "time": self.stamp,
            "element": self.element,
            "kind": self.kind.value,
            "text": self.text,
        }


_ENDS = re.compile(
    r".*changed state from Up to Down|.*BGP session closed"  # BIRD
    r"|state-change: .*\bup -> down\b.*|%ADJCHANGE: .* Down .*"  # FRR
)


def ends_a_session(event: Event) -> bool:
    """Whether a session of BFD or BGP went down that had been up."""
    return event.kind in {Kind.BFD, Kind.BGP} and _ENDS.fullmatch(event.text) is not None


_STAMP = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d) (\d\d:\d\d:\d\d\.\d{3}) ")
"""FRR parts the date with slashes."""
_CHARON = re.compile(r"\d+\[(?P<group>[A-Z]{3})\] (?:<[^>]*> )?(?P<text>.*)")
_BIRD = re.compile(r"<(?P<level>[A-Z]+)> (?P<text>.*)")
_FRR = re.compile(r"[A-Z]+: (?:\[[\w -]+\])* ?(?P<text>.*)")

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
_FRR_EVENTS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.BFD, re.compile(r"state-change: .*")),
    (Kind.BGP, re.compile(r"%(?:ADJCHANGE|NOTIFICATION).*")),
)
_FORMS: tuple[tuple[str, re.Pattern[str], tuple[tuple[Kind, re.Pattern[str]], ...]], ...] = (
    ("charon", _CHARON, _CHARON_EVENTS),
    ("bird", _BIRD, _BIRD_EVENTS),
    ("frr", _FRR, _FRR_EVENTS),
)
"""What each daemon's name begins with, the form of its lines, and those that tell of an event."""


_VRRP = re.compile(r"VRRP (?P<site>\S+) (?P<state>[A-Z]+)")
_FAULT = re.compile(r"(?:broken|healed): (?P<element>\S+) .*")


_OF_DAEMON = re.compile(r"(?:(?:create|change|delete) daemon )?(?P<daemon>\S+)(?: ended: .*)?")


def read_line(
    source: str, element: str, line: str, daemons: Mapping[str, str] | None = None
) -> Event | None:
    """The event that a line of ``source``'s log tells of; None for a line that tells of none.

    ``element`` is what the daemon ``source`` is called in the topology, ``daemons`` what all are:
    the agent tells of others.
    """
    stamp = _STAMP.match(line)
    if stamp is None:
        return None
    year, month, day, clock = stamp.groups()
    time = datetime.fromisoformat(f"{year}-{month}-{day} {clock}").replace(tzinfo=UTC)
    rest = line[stamp.end() :].rstrip()
    if source == FAULT_LOG:
        named = _FAULT.fullmatch(rest)
        return named and Event(time=time, element=named["element"], kind=Kind.FAULT, text=rest)
    if source == AGENT:
        of = _OF_DAEMON.fullmatch(rest)
        known = (daemons or {}).get(of["daemon"] if of else "", element)
        return Event(time=time, element=known, kind=Kind.DAEMON, text=rest)
    if source.startswith("keepalived"):
        moved = _VRRP.fullmatch(rest)
        return moved and Event(
            time=time,
            element=element,
            kind=Kind.VRRP,
            text=f"{moved['site']}: now {moved['state'].lower()}",
        )
    form, table = next((form, table) for name, form, table in _FORMS if source.startswith(name))
    found = form.match(rest)
    if found is None:
        return None
    for kind, pattern in table:
        if pattern.fullmatch(found["text"]):
            return Event(time=time, element=element, kind=kind, text=found["text"])
    return None


def daemon_elements(topology: Topology) -> dict[str, str]:
    """The element that each daemon of a lab is."""
    found = {AGENT: AGENT}
    for connection in topology.connections.values():
        for tunnel in connection.tunnels:
            key = (connection.name, tunnel.number)
            name = f"{connection.name}/tunnel{tunnel.number}"
            found[charon_of_endpoint(*key)] = f"{name}/endpoint/charon"
            found[bird_of_endpoint(*key)] = f"{name}/endpoint/speaker"
            for member in topology.customer_gateways[connection.customer_gateway].members:
                found[charon_of_customer(*key, member)] = f"{name}/customer/charon"
    found |= {bird_of_gateway(name): f"gw:{name}/router" for name in topology.gateways}
    for name in topology.customer_gateways:
        if vrrp_sites(topology, name):
            found[keepalived_of_customer(name)] = f"cgw:{name}/lan"
            found[tracker_of_customer(name)] = f"cgw:{name}/lan"
    for name in clusters(topology):
        for member in topology.customer_gateways[name].members:
            for of in (keepalived_of_customer, starter_of_customer, conntrackd_of_customer):
                found[of(name, member)] = f"cgw:{name}/member{member}"
    return found | {
        daemon: f"cgw:{name}/router"
        for name in topology.customer_gateways
        for daemon in customer_daemons(topology, name)
    }


def read_logs(directory: Path, topology: Topology) -> list[Event]:
    """Every event of a world, by time; ``directory`` holds one log a daemon."""
    return Logs(directory, topology).news()


class Logs:
    """The logs of a world, read on from where the last reading ended."""

    def __init__(self, directory: Path, topology: Topology) -> None:
        self._daemons = daemon_elements(topology)
        self._elements = {**self._daemons, FAULT_LOG: ""}
        self._logs = {source: _Log(directory / f"{source}.log") for source in self._elements}

    def news(self) -> list[Event]:
        """The events that have been written since the last call, by time."""
        found = (
            read_line(source, self._elements[source], line, self._daemons)
            for source, log in self._logs.items()
            for line in log.news()
        )
        return sorted((event for event in found if event), key=lambda event: event.time)


class _Log:
    """One log, which its daemon appends to and which is cut at its beginning now and then."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._last = b""

    def news(self) -> Iterator[str]:
        """The whole lines since the last call; what is not ended yet waits for its end."""
        try:
            stream = self._path.open("rb")
        except FileNotFoundError:
            return
        with stream:
            if os.fstat(stream.fileno()).st_size < self._offset:
                self._find_last(stream)
            stream.seek(self._offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                self._last = line
                yield line.decode(errors="replace")

    def _find_last(self, stream: BinaryIO) -> None:
        """Go behind the last line that was read, in a log that was cut; else to its beginning.

        A line has its time in it, so that hardly two are the same.
        """
        at = stream.read().rfind(self._last)
        self._offset = at + len(self._last) if at >= 0 else 0


def note_fault(directory: Path, text: str, now: datetime) -> None:
    """Write down that something was broken or healed; the caller holds the world's lock."""
    path = directory / f"{FAULT_LOG}.log"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "a") as stream:
        stream.write(f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03} {text}\n")
