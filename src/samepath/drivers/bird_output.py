"""What BIRD 2 says on its control socket, from text to values.

Pure. The form (BIRD's ``nest/cli.c``): a reply is lines of a four-digit code, then ``-`` if more
follow or a space on the last one, then text; a line that starts with a space goes on with the code
before it. Codes 0xxx end well, 1xxx and 2xxx carry data, 8xxx and 9xxx end in an error::

    1007-10.60.0.0/16         unicast [peer 09:33:46.711] * (100) [AS65000i]
        via 10.1.0.2 on v1
    1008-	Type: BGP univ
    0000

The text is meant for people, so each parser takes what it knows by its words and passes over the
rest, and raises :class:`NotUnderstood` where a thing cannot be what it is called. Written against
real output of 2.0.12.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from samepath.drivers.errors import NotUnderstood

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network


# ------------------------------------------------------------------------------------- replies


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a reply with the code that it stands under."""

    code: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A whole reply; the last line holds the outcome."""

    lines: tuple[Line, ...]

    @property
    def code(self) -> int:
        """The outcome's code."""
        return self.lines[-1].code

    @property
    def refusal(self) -> str | None:
        """BIRD's words for why not, or None if it did as told."""
        return self.lines[-1].text if self.code >= 8000 else None

    def of(self, *codes: int) -> Iterator[Line]:
        """The lines under these codes, in order."""
        return (line for line in self.lines if line.code in codes)


_CODED = re.compile(r"(\d{4})([- ])(.*)", re.DOTALL)


class ReplyReader:
    """Puts replies together from what a socket gives, however it is cut."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[Line] = []

    def feed(self, received: bytes) -> tuple[Reply, ...]:
        """Take more bytes; returns the replies that they complete.

        Raises :class:`NotUnderstood` for a line that no reply has.
        """
        *lines, self._rest = (self._rest + received).split(b"\n")
        replies: list[Reply] = []
        for line in lines:
            text = line.decode(errors="replace")
            coded = _CODED.fullmatch(text)
            if coded:
                self._lines.append(Line(code=int(coded[1]), text=coded[3]))
                if coded[2] == " ":
                    replies.append(Reply(lines=tuple(self._lines)))
                    self._lines = []
            elif text.startswith(" ") and self._lines:
                self._lines.append(Line(code=self._lines[-1].code, text=text[1:]))
            elif not text.startswith("+"):  # "+" brings log lines that somebody asked for.
                raise NotUnderstood(f"BIRD says {text[:80]!r}, which is no line of a reply")
        return tuple(replies)


# -------------------------------------------------------------------------------------- status


@dataclass(frozen=True, kw_only=True, slots=True)
class BirdStatus:
    """A BIRD as a whole. ``state`` is its last word: "Daemon is up and running"."""

    version: str
    router_id: IPv4Address
    now: datetime
    started: datetime
    reconfigured: datetime
    state: str

    @property
    def uptime(self) -> timedelta:
        """How long it runs."""
        return self.now - self.started


def parse_status(reply: Reply) -> BirdStatus:
    """The answer to ``show status``."""
    texts = [line.text for line in reply.lines]

    def after(words: str) -> str:
        for text in texts:
            if text.startswith(words):
                return text.removeprefix(words).strip()
        raise NotUnderstood(f"BIRD's status has no {words!r}")

    return BirdStatus(
        version=after("BIRD "),
        router_id=_router_id(after("Router ID is ")),
        now=moment(after("Current server time is ")),
        started=moment(after("Last reboot on ")),
        reconfigured=moment(after("Last reconfiguration on ")),
        state=texts[-1],
    )


def _router_id(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise NotUnderstood(f"BIRD's router id is {text!r}") from error


def moment(text: str) -> datetime:
    """A moment of the wall clock in BIRD's long form (``timeformat … iso long``), as in UTC.

    BIRD prints local time, and ours run in UTC. It works a past moment out from two clocks that it
    has read some time apart, so that two answers differ by milliseconds on when one thing was.
    Raises :class:`NotUnderstood`, also for the time of day alone that its short form prints.
    """
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise NotUnderstood(f"BIRD gives the time as {text!r}") from error


# ----------------------------------------------------------------------------------- protocols


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolState:
    """A protocol instance.

    ``state`` is ``up``, ``start`` or ``down`` (or ``flush``, ``stop`` in between); ``info`` is
    what the protocol itself says: ``Established``, ``Active``, with an error behind it, or nothing.
    ``since`` is as printed: see :func:`moment`.
    The counts are those of all channels together; ``refused`` are the routes that our import filter
    has rejected since the channel came up. ``hold_time`` is the negotiated one, in seconds,
    and with the rest below it is there for BGP only. ``last_error`` is the last session's end, also
    of one that is up again.
    """

    name: str
    kind: str
    table: str | None
    state: str
    since: str
    info: str
    imported: int = 0
    filtered: int = 0
    exported: int = 0
    preferred: int = 0
    refused: int = 0
    bgp_state: str | None = None
    neighbor: IPAddress | None = None
    neighbor_as: int | None = None
    local_as: int | None = None
    hold_time: float | None = None
    last_error: str | None = None


_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?|\S+"
"""A time in any of BIRD's ``timeformat``\\ s; the long one has a space inside."""

_PROTOCOL = re.compile(rf"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+({_TIME})(?:\s+(.*?))?\s*")
_UPDATES = ("received", "rejected", "filtered", "ignored", "accepted")
_ROUTE_COUNT = re.compile(r"(\d+) (imported|filtered|exported|preferred)\b")


def parse_protocols(reply: Reply) -> tuple[ProtocolState, ...]:
    """The answer to ``show protocols`` or ``show protocols all``."""
    found: list[_Block] = []
    for line in reply.of(1002, 1006):
        if line.code == 1002:
            found.append(_Block(head=line.text))
        elif found:
            found[-1].body.append(line.text.strip())
    return tuple(_protocol(block) for block in found)


@dataclass(kw_only=True, slots=True)
class _Block:
    """A thing's own line, and those that tell more of it."""

    head: str
    body: list[str] = field(default_factory=list)


def _protocol(block: _Block) -> ProtocolState:
    columns = _PROTOCOL.fullmatch(block.head)
    if not columns:
        raise NotUnderstood(f"BIRD has a protocol {block.head!r}")
    name, kind, table, state, since, info = columns.groups(default="")
    counts = {"imported": 0, "filtered": 0, "exported": 0, "preferred": 0}
    refused = 0
    told: dict[str, str] = {}
    for text in block.body:
        label, colon, value = text.partition(":")
        if colon and label == "Routes":
            for count in _ROUTE_COUNT.finditer(value):
                counts[count[2]] += _integer(count[1])
        elif colon and label == "Import updates":
            updates = value.split()
            if len(updates) == len(_UPDATES) and _is_number(updates[2]):
                refused += _integer(updates[2])
        elif colon:
            told.setdefault(label, value.strip())
    return ProtocolState(
        name=name,
        kind=kind,
        table=None if table == "---" else table,
        state=state,
        since=since,
        info=info,
        imported=counts["imported"],
        filtered=counts["filtered"],
        exported=counts["exported"],
        preferred=counts["preferred"],
        refused=refused,
        bgp_state=told.get("BGP state"),
        neighbor=_neighbor(told.get("Neighbor address")),
        neighbor_as=_as_number(told.get("Neighbor AS")),
        local_as=_as_number(told.get("Local AS")),
        hold_time=_hold_time(told.get("Hold timer")),
        last_error=told.get("Last error"),
    )


def _neighbor(text: str | None) -> IPAddress | None:
    return None if text is None else _address(text)


def _address(text: str) -> IPAddress:
    """An address, without the interface of a link-local one (``fe80::1%v1``)."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError as error:
        raise NotUnderstood(f"BIRD has an address {text!r}") from error


def _as_number(text: str | None) -> int | None:
    # An unnamed neighbour may be "internal" or "external" instead.
    return _integer(text) if text is not None and _is_number(text) else None


def _hold_time(text: str | None) -> float | None:
    """``7.282/9``: what is left, and the negotiated time."""
    try:
        return float(text.rpartition("/")[2]) if text else None
    except ValueError as error:
        raise NotUnderstood(f"BIRD has a hold timer {text!r}") from error


def _integer(text: str) -> int:
    """The number that digits make; Python refuses thousands of them."""
    try:
        return int(text)
    except ValueError as error:
        raise NotUnderstood(f"BIRD has a number {text[:20]!r}...") from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


# -------------------------------------------------------------------------------------- routes


@dataclass(frozen=True, kw_only=True, slots=True)
class NextHop:
    """Where a route sends packets: to ``via`` on ``device``, or, without it, to the device."""

    via: IPAddress | None
    device: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BgpAttributes:
    """A route's BGP attributes; None or empty where it has none.

    ``as_path`` reads from the neighbour to the origin; an AS_SET is one frozenset in it.
    """

    origin: str | None
    as_path: tuple[int | frozenset[int], ...]
    next_hop: IPAddress | None
    med: int | None
    local_pref: int | None
    communities: tuple[tuple[int, int], ...]
    large_communities: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RibRoute:
    """A route in one of BIRD's tables.

    ``kind`` is ``unicast``, ``blackhole``, ``unreachable`` or ``prohibit``; ``source`` the neighbour
    that told it, where that is not the next hop. ``primary``: BIRD's best for the prefix.
    ``bgp`` is there for a route with BGP attributes. ``attributes`` holds all, as printed.
    """

    table: str
    prefix: IPNetwork
    kind: str
    protocol: str
    since: str
    source: IPAddress | None
    primary: bool
    preference: int
    next_hops: tuple[NextHop, ...]
    bgp: BgpAttributes | None
    attributes: tuple[tuple[str, str], ...]


_ROUTE = re.compile(
    rf"(?P<prefix>\S*)\s+(?P<kind>[a-z]+) \[(?P<protocol>\S+) (?P<since>{_TIME})"
    r"(?: from (?P<source>\S+?))?\](?P<flag> [*!])? \((?P<preference>\d+)[^)]*\).*"
)
_NEXT_HOP = re.compile(r"(?:via (?P<via>\S+) on|dev) (?P<device>\S+).*")


def parse_routes(reply: Reply) -> tuple[RibRoute, ...]:
    """The answer to ``show route all``."""
    table, prefix = "", None
    found: list[tuple[str, IPNetwork, _Block]] = []
    for line in reply.of(1007, 1008, 1012):
        text = line.text
        if line.code == 1007 and text.startswith("Table "):
            table, prefix = text.removeprefix("Table ").rstrip(":"), None
        elif text.startswith("\t"):
            if found:
                found[-1][2].body.append(text.strip())
        elif text.strip():
            head = _ROUTE.fullmatch(text)
            if not head:
                raise NotUnderstood(f"BIRD has a route {text!r}")
            # Further routes to a prefix leave it out.
            prefix = _network(head["prefix"]) if head["prefix"] else prefix
            if prefix is None:
                raise NotUnderstood(f"BIRD has a route to nowhere: {text!r}")
            found.append((table, prefix, _Block(head=text)))
    return tuple(_route(*parts) for parts in found)


def _network(text: str) -> IPNetwork:
    try:
        return ip_network(text)
    except ValueError as error:
        raise NotUnderstood(f"BIRD has a prefix {text!r}") from error


def _route(table: str, prefix: IPNetwork, block: _Block) -> RibRoute:
    head = _ROUTE.fullmatch(block.head)
    assert head is not None  # noqa: S101 - it was matched when the block was made
    hops = [hop for hop in map(_NEXT_HOP.fullmatch, block.body) if hop]
    attributes = tuple(
        (name, value.strip())
        for name, colon, value in (text.partition(":") for text in block.body)
        if colon and "." in name and " " not in name
    )
    return RibRoute(
        table=table,
        prefix=prefix,
        kind=head["kind"],
        protocol=head["protocol"],
        since=head["since"],
        source=_address(head["source"]) if head["source"] else None,
        primary=head["flag"] == " *",
        preference=_integer(head["preference"]),
        next_hops=tuple(
            NextHop(via=_address(hop["via"]) if hop["via"] else None, device=hop["device"])
            for hop in hops
        ),
        bgp=_bgp(dict(attributes)),
        attributes=attributes,
    )


_COMMUNITY = re.compile(r"\((\d+),\s*(\d+)\)")
_LARGE_COMMUNITY = re.compile(r"\((\d+),\s*(\d+),\s*(\d+)\)")
_PATH_PART = re.compile(r"\{([^}]*)\}|(\d+)")


def _bgp(attributes: dict[str, str]) -> BgpAttributes | None:
    told = {
        name.removeprefix("BGP."): value
        for name, value in attributes.items()
        if name.startswith("BGP.")
    }
    if not told:
        return None
    # A next hop may have a link-local one behind it.
    next_hop = told.get("next_hop", "").split()
    return BgpAttributes(
        origin=told.get("origin"),
        as_path=tuple(_path(told.get("as_path", ""))),
        next_hop=_address(next_hop[0]) if next_hop else None,
        med=_attribute_number(told, "med"),
        local_pref=_attribute_number(told, "local_pref"),
        communities=tuple(
            (_integer(found[1]), _integer(found[2]))
            for found in _COMMUNITY.finditer(told.get("community", ""))
        ),
        large_communities=tuple(
            (_integer(found[1]), _integer(found[2]), _integer(found[3]))
            for found in _LARGE_COMMUNITY.finditer(told.get("large_community", ""))
        ),
    )


def _path(text: str) -> Iterator[int | frozenset[int]]:
    for part in _PATH_PART.finditer(text):
        yield frozenset(_numbers(part[1])) if part[1] is not None else _integer(part[2])


def _numbers(text: str) -> Iterable[int]:
    return (_integer(found) for found in re.findall(r"\d+", text))


def _attribute_number(told: dict[str, str], name: str) -> int | None:
    text = told.get(name)
    if text is None:
        return None
    if not _is_number(text):
        raise NotUnderstood(f"BIRD has a route whose {name} is {text!r}")
    return _integer(text)


# ----------------------------------------------------------------------------------------- BFD


@dataclass(frozen=True, kw_only=True, slots=True)
class BfdSession:
    """A BFD session. ``state`` is Up, Init, Down or AdminDown.

    ``interval`` is the negotiated time between our packets, ``timeout`` that after which the peer
    counts as gone (0 while it does anyway); both in seconds.
    """

    protocol: str
    neighbor: IPAddress
    device: str
    state: str
    since: str
    interval: float
    timeout: float


_BFD = re.compile(rf"(\S+)\s+(\S+)\s+(\S+)\s+({_TIME})\s+(\d+\.\d+)\s+(\d+\.\d+)\s*")


def parse_bfd_sessions(reply: Reply) -> tuple[BfdSession, ...]:
    """The answer to ``show bfd sessions``."""
    protocol = ""
    found: list[BfdSession] = []
    for line in reply.of(1020):
        text = line.text
        if text.startswith("IP address") or not text.strip():
            continue
        row = _BFD.fullmatch(text)
        if row:
            found.append(
                BfdSession(
                    protocol=protocol,
                    neighbor=_address(row[1]),
                    device=row[2],
                    state=row[3],
                    since=row[4],
                    interval=float(row[5]),
                    timeout=float(row[6]),
                )
            )
        elif text.endswith(":"):
            protocol = text.removesuffix(":")
        else:
            raise NotUnderstood(f"BIRD has a BFD session {text!r}")
    return tuple(found)
