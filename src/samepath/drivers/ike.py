"""What a charon says of its security associations and of what happens to them, as values.

Pure: from VICI's messages (nested mappings of bytes) to types. A key that is absent means what
strongSwan means by leaving it out (``nat-remote`` absent: no), and an unknown key is passed over,
since every release adds some. The keys are those of vici's README.md in strongSwan's source
(``src/libcharon/plugins/vici``), seen from version 5.9.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address

from samepath.drivers.errors import NotUnderstood

Message = Mapping[str, object]
"""A VICI message: each value is bytes, a list of bytes, or a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildSa:
    """A CHILD_SA: one pair of ESP SAs. Its SPIs tell one generation from the next.

    ``state`` is strongSwan's: INSTALLED carries traffic; REKEYED does so for a moment more.
    ``age`` is the time since it was installed, in seconds.
    ``encapsulated`` tells whether ESP travels in UDP (RFC 3948).
    ``suite`` names a DH group only if one was used, which is never so for the SA that IKE_AUTH
    made (RFC 7296, 1.2): whether PFS works shows at the first rekeying.
    """

    name: str
    unique_id: int
    state: str
    spi_in: str
    spi_out: str
    suite: str
    encapsulated: bool
    bytes_in: int
    bytes_out: int
    packets_in: int
    packets_out: int
    age: int
    rekey_in: int | None
    local_selectors: tuple[str, ...]
    remote_selectors: tuple[str, ...]

    @property
    def carries(self) -> bool:
        """Whether packets go through it; one that is being replaced still carries them."""
        return self.state in {"INSTALLED", "REKEYING", "REKEYED"}


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeSa:
    """An IKE_SA.

    ``name`` is the connection's; a responder calls one "(unnamed)" until it knows which it is.
    ``state`` is strongSwan's: CONNECTING, ESTABLISHED, REKEYING, REKEYED, DELETING.
    ``established`` is the time since then, in seconds; None if it is not (or not any more).
    ``nat_*`` is what NAT detection (RFC 7296, 2.23) found. The user-space data plane claims a NAT
    on its own side to get UDP encapsulation, so there ``nat_remote`` is true without any NAT.
    """

    name: str
    unique_id: int
    version: int
    state: str
    established: int | None
    initiator: bool
    local_host: IPv4Address | IPv6Address
    local_port: int
    local_id: str
    remote_host: IPv4Address | IPv6Address
    remote_port: int
    remote_id: str
    nat_local: bool
    nat_remote: bool
    suite: str
    rekey_in: int | None
    children: tuple[ChildSa, ...]

    @property
    def stands(self) -> bool:
        """Whether it is established; one that is being rekeyed still is."""
        return self.state in {"ESTABLISHED", "REKEYING"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something that a charon has told: ``at`` for records, ``monotonic`` (s) to measure gaps by.

    Both are when we read it. A daemon tells at once, and keeps the order between its SAs' events;
    its log lines come by another way and may be a little before or after.
    """

    at: datetime
    monotonic: float


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeUp(Event):
    """An IKE_SA is established."""

    sa: IkeSa


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeDown(Event):
    """An IKE_SA goes. If ``sa.state`` is CONNECTING it never came up."""

    sa: IkeSa


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildUp(Event):
    """A CHILD_SA is installed."""

    sa: IkeSa
    child: ChildSa


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildDown(Event):
    """A CHILD_SA goes for good (one that was rekeyed does not say so)."""

    sa: IkeSa
    child: ChildSa


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeRekeyed(Event):
    """An IKE_SA has been replaced; its CHILD_SAs move to the new one."""

    old: IkeSa
    new: IkeSa


@dataclass(frozen=True, kw_only=True, slots=True)
class ChildRekeyed(Event):
    """A CHILD_SA has been replaced by one with new SPIs."""

    sa: IkeSa
    old: ChildSa
    new: ChildSa


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine(Event):
    """A line of the daemon's log, levels 0 and 1, of one of its groups (IKE, CFG, ENC, ...)."""

    thread: int
    group: str
    level: int
    ike: str | None
    unique_id: int | None
    text: str


IkeEvent = IkeUp | IkeDown | ChildUp | ChildDown | IkeRekeyed | ChildRekeyed | LogLine

EVENTS = ("ike-updown", "child-updown", "ike-rekey", "child-rekey", "log")
"""The VICI events that :func:`parse_event` understands."""


# ------------------------------------------------------------------------------------ messages


def parse_sas(message: Message) -> Iterator[IkeSa]:
    """The SAs of a ``list-sa`` message. Raises :class:`NotUnderstood`."""
    for name, section in _sections(message):
        yield _ike(name, section)


def parse_event(kind: str, message: Message, at: datetime, monotonic: float) -> Iterator[IkeEvent]:
    """What an event message of ``kind`` tells. Raises :class:`NotUnderstood`."""
    match kind:
        case "log":
            yield _log(message, at, monotonic)
        case "ike-updown":
            for sa in parse_sas(message):
                if "up" in message:
                    yield IkeUp(at=at, monotonic=monotonic, sa=sa)
                else:
                    yield IkeDown(at=at, monotonic=monotonic, sa=sa)
        case "child-updown":
            for sa in parse_sas(message):
                for child in sa.children:
                    if "up" in message:
                        yield ChildUp(at=at, monotonic=monotonic, sa=sa, child=child)
                    else:
                        yield ChildDown(at=at, monotonic=monotonic, sa=sa, child=child)
        case "ike-rekey":
            for name, pair in _sections(message):
                old, new = _ike(name, _section(pair, "old")), _ike(name, _section(pair, "new"))
                yield IkeRekeyed(at=at, monotonic=monotonic, old=old, new=new)
        case "child-rekey":
            for name, section in _sections(message):
                # Here a child's section is a pair, not an SA, so the SA is read without them.
                sa = _ike(name, {**section, "child-sas": {}})
                for called, pair in _sections(_section(section, "child-sas")):
                    yield ChildRekeyed(
                        at=at,
                        monotonic=monotonic,
                        sa=sa,
                        old=_child(called, _section(pair, "old")),
                        new=_child(called, _section(pair, "new")),
                    )
        case _:
            raise NotUnderstood(f"an event of the kind {kind!r}")


def _log(message: Message, at: datetime, monotonic: float) -> LogLine:
    return LogLine(
        at=at,
        monotonic=monotonic,
        thread=number(message, "thread"),
        group=text(message, "group"),
        level=number(message, "level"),
        ike=text(message, "ikesa-name") if "ikesa-name" in message else None,
        unique_id=_maybe(message, "ikesa-uniqueid"),
        text=text(message, "msg"),
    )


def _ike(name: str, section: Message) -> IkeSa:
    children = _sections(_section(section, "child-sas")) if "child-sas" in section else ()
    return IkeSa(
        name=name,
        unique_id=number(section, "uniqueid"),
        version=number(section, "version"),
        state=text(section, "state"),
        established=_maybe(section, "established"),
        initiator=_flag(section, "initiator"),
        local_host=_address(section, "local-host"),
        local_port=number(section, "local-port"),
        local_id=text(section, "local-id"),
        remote_host=_address(section, "remote-host"),
        remote_port=number(section, "remote-port"),
        remote_id=text(section, "remote-id"),
        nat_local=_flag(section, "nat-local"),
        nat_remote=_flag(section, "nat-remote"),
        suite=_suite(section),
        rekey_in=_maybe(section, "rekey-time"),
        children=tuple(_child(child, inner) for child, inner in children),
    )


def _child(name: str, section: Message) -> ChildSa:
    return ChildSa(
        name=text(section, "name") if "name" in section else name,
        unique_id=number(section, "uniqueid"),
        state=text(section, "state"),
        spi_in=_words(section, "spi-in"),
        spi_out=_words(section, "spi-out"),
        suite=_suite(section),
        encapsulated=_flag(section, "encap"),
        bytes_in=_maybe(section, "bytes-in") or 0,
        bytes_out=_maybe(section, "bytes-out") or 0,
        packets_in=_maybe(section, "packets-in") or 0,
        packets_out=_maybe(section, "packets-out") or 0,
        age=_maybe(section, "install-time") or 0,
        rekey_in=_maybe(section, "rekey-time"),
        local_selectors=texts(section, "local-ts"),
        remote_selectors=texts(section, "remote-ts"),
    )


def _suite(section: Message) -> str:
    """The negotiated algorithms as swanctl prints them: ``AES_GCM_16-256/PRF_.../ECP_384``."""
    encryption, integrity = _words(section, "encr-alg"), _words(section, "integ-alg")
    if "encr-keysize" in section:
        encryption += f"-{_words(section, 'encr-keysize')}"
    if "integ-keysize" in section:
        integrity += f"-{_words(section, 'integ-keysize')}"
    parts = (encryption, integrity, _words(section, "prf-alg"), _words(section, "dh-group"))
    return "/".join(part for part in parts if part)


# -------------------------------------------------------------------------------------- values


def text(message: Message, key: str) -> str:
    """A text that must be there. Raises :class:`NotUnderstood`."""
    match message.get(key):
        case bytes(value):
            return value.decode(errors="replace")
        case _:
            raise NotUnderstood(f"a message without {key!r}")


def texts(message: Message, key: str) -> tuple[str, ...]:
    """A list of texts; empty if there is none. Raises :class:`NotUnderstood`."""
    match message.get(key, []):
        case list(items) if all(isinstance(item, bytes) for item in items):
            return tuple(item.decode(errors="replace") for item in items)
        case _:
            raise NotUnderstood(f"a message whose {key!r} is no list")


def _words(message: Message, key: str) -> str:
    return text(message, key) if key in message else ""


def number(message: Message, key: str) -> int:
    """A number that must be there. Raises :class:`NotUnderstood`."""
    try:
        return int(text(message, key))
    except ValueError as error:
        raise NotUnderstood(f"a message whose {key!r} is no number") from error


def _maybe(message: Message, key: str) -> int | None:
    return number(message, key) if key in message else None


def _flag(message: Message, key: str) -> bool:
    return _words(message, key) == "yes"


_UNKNOWN_ADDRESSES = {"%any": str(IPv4Address(0)), "%any6": str(IPv6Address(0))}
"""How charon prints an address that it does not know."""


def _address(message: Message, key: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(_UNKNOWN_ADDRESSES.get(text(message, key), text(message, key)))
    except ValueError as error:
        raise NotUnderstood(f"a message whose {key!r} is no address") from error


def _sections(message: Message) -> Iterator[tuple[str, Message]]:
    for name, section in message.items():
        if isinstance(section, Mapping):
            yield name, section


def _section(message: Message, key: str) -> Message:
    section = message.get(key)
    if not isinstance(section, Mapping):
        raise NotUnderstood(f"a message without the section {key!r}")
    return section
