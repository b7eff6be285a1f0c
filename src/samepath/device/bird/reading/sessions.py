"""BGP sessions of BIRD: their settings, the templates they are made from, and their policies.

Defaults are those of BIRD's manual: a channel imports all and exports nothing, unless it says
otherwise, and a session with another AS has to say both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from samepath.device.bird.reading.draft import BirdDraft, address_of, number_of, resolved
from samepath.device.bird.reading.filters import ACCEPTS, REJECTS, Reading
from samepath.device.bird.reading.statements import Statement
from samepath.device.reading.configuration import Bgp, Neighbour
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    Mark,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.policy import Policy
from samepath.model.topology import Bfd

Put = Callable[[str, object], None]


@dataclass(kw_only=True, slots=True)
class _Session:
    """A session while it is read."""

    name: str
    statement: Statement
    values: dict[str, Said[object]] = field(default_factory=dict)
    has_channel: bool = False
    imports: Statement | None = None
    exports: Statement | None = None

    def get(self, name: str, kind: type[int]) -> Said[int] | None:
        found = self.values.get(name)
        if found is None or not isinstance(found.value, kind):
            return None
        return Said(value=found.value, place=found.place)


def read_session(reader: BirdDraft, statement: Statement, name: str, bgps: dict[int, Bgp]) -> None:
    """Read a session, which joins the speaker of its AS."""
    session = _Session(name=name, statement=statement)
    reader.mark(statement, UNDERSTOOD)
    words = statement.words
    if "from" in words[:-1]:
        _from(reader, session, statement, words[words.index("from") + 1], depth=0)
    for one in statement.block or ():
        _session_line(reader, session, one)
    own = session.values.get("asn")
    address = session.values.get("address")
    if own is None or address is None or not isinstance(own.value, int):
        why = "BIRD rejects it: it has no AS of its own, or no neighbour"
        reader.mark(statement, contradictory(why, BOTH_WAYS))
        return
    bgp = bgps.get(own.value)
    if bgp is None:
        asn = Said(value=own.value, place=own.place)
        bgp = Bgp(asn=asn, router_id=reader.router_id)
    preference = session.get("default_local_preference", int)
    if preference is not None:
        bgp = replace(bgp, knobs=replace(bgp.knobs, local_preference=preference))
    neighbour = _neighbour(reader, session, own.value)
    bgps[own.value] = replace(bgp, neighbours=(*bgp.neighbours, neighbour))


def _from(
    reader: BirdDraft, session: _Session, statement: Statement, name: str, *, depth: int
) -> None:
    """What a template says first."""
    template = reader.templates.get(name)
    if template is None or depth > 8:
        why = f"BIRD rejects it: there is no template {name}"
        reader.mark(statement, contradictory(why, BOTH_WAYS))
        return
    reader.mark(template, UNDERSTOOD)
    words = template.words
    if "from" in words[:-1]:
        _from(reader, session, template, words[words.index("from") + 1], depth=depth + 1)
    for one in template.block or ():
        _session_line(reader, session, one)


_NOISE = {"connect", "startup", "error", "debug", "passive", "interface", "check", "capabilities"}
_NOISE |= {"route", "graceful", "long", "enforce", "advertise", "strict", "keepalive", "vrf"}
_NOISE |= {"ipv6", "send", "interpret", "enable", "require", "disable", "tx", "free"}
_KNOWN = {"ttl", "confederation", "authentication", "path", "med", "igp", "prefer"}
_KNOWN |= {"allow", "deterministic", "next", "gateway", "aigp", "missing", "mandatory", "rs"}


def _session_line(reader: BirdDraft, session: _Session, one: Statement) -> None:
    words = one.words
    if words == ("ipv4",):
        session.has_channel = True
        reader.mark(one, UNDERSTOOD)
        for inner in one.block or ():
            _channel_line(reader, session, inner)
        return
    reader.mark_whole(one, _setting(reader, session, one))


def _setting(reader: BirdDraft, session: _Session, one: Statement) -> Mark:
    """Take in what a line of a session says; what the line is."""
    words, place = one.words, one.line.place
    mark: Mark = UNDERSTOOD

    def put(name: str, value: object) -> None:
        session.values[name] = Said(value=value, place=place)

    match words:
        case ["local", *rest]:
            _local(reader, put, rest)
        case ["neighbor", *rest]:
            mark = _far(reader, put, rest)
        case ["source", "address", address]:
            put("source", resolved(address, reader))
        case ["description", *text]:
            put("description", " ".join(text).strip('"'))
        case ["hold", "time", number]:
            put("hold", number_of(number, reader))
        case ["keepalive", "time", number]:
            put("keepalive", number_of(number, reader))
        case ["connect", "retry", "time", number]:
            put("connect_retry", number_of(number, reader))
        case ["multihop", *rest]:
            put("multihop", number_of(rest[0], reader) if rest else 64)
        case ["bfd", *_]:
            put("bfd", words[1:2] not in {("off",), ("no",)})
        case ["disabled", *rest]:
            put("shutdown", rest not in (["no"], ["off"]))
        case ["password", *_]:
            put("signed", True)
        case ["rr", "client"]:
            put("reflector_client", True)
        case ["default", "bgp_local_pref", number]:
            put("default_local_preference", number_of(number, reader))
        case ["allow", "local", "as", *rest]:
            put("allow_own_as", number_of(rest[0], reader) if rest else 1)
        case ["direct"]:
            pass
        case [first, *_] if first in _NOISE:
            mark = irrelevant("it does not decide which routes are exchanged here")
        case [first, *_] if first in _KNOWN:
            mark = not_modelled("known, and not modelled", BOTH_WAYS)
        case _:
            mark = unknown(f"BIRD knows no such line: `{words[0][:40]}`", BOTH_WAYS)
    return mark


def _local(reader: BirdDraft, put: Put, rest: Sequence[str]) -> None:
    for number, word in enumerate(rest):
        if word == "as" and number + 1 < len(rest):
            put("asn", number_of(rest[number + 1], reader))
        elif address_of(word, reader) is not None:
            put("source", str(address_of(word, reader)))


def _far(reader: BirdDraft, put: Put, rest: Sequence[str]) -> Mark:
    mark: Mark = UNDERSTOOD
    for number, word in enumerate(rest):
        if word == "as" and number + 1 < len(rest):
            remote = number_of(rest[number + 1], reader)
            put("remote_as", rest[number + 1] if remote is None else remote)
            if remote is None:
                mark = unknown(f"`{rest[number + 1][:40]}` is defined in no file", BOTH_WAYS)
        elif word in {"internal", "external"}:
            put("remote_as", word)
        elif address_of(word, reader) is not None:
            put("address", address_of(word, reader))
        elif word == "range":
            return not_modelled("neighbours of a whole network", BOTH_WAYS)
    return mark


def _channel_line(reader: BirdDraft, session: _Session, one: Statement) -> None:
    words, place = one.words, one.line.place
    mark: Mark = UNDERSTOOD
    match words:
        case ["import", "limit" | "keep", *_] | ["receive" | "export", "limit", *_]:
            mark = irrelevant("a limit, or what is kept")
        case ["import", "table", *_] | ["export", "table", *_]:
            mark = irrelevant("routes that are kept")
        case ["import", *_]:
            session.imports = one
            return
        case ["export", *_]:
            session.exports = one
            return
        case ["next", "hop", "self", *_]:
            session.values["next_hop_self"] = Said(value=True, place=place)
        case _:
            mark = not_modelled("known, and not modelled", BOTH_WAYS)
    reader.mark_whole(one, mark)


def _neighbour(reader: BirdDraft, session: _Session, asn: int) -> Neighbour:
    values = session.values
    remote, address = values.get("remote_as"), values["address"].value
    assert isinstance(address, IPv4Address)  # noqa: S101 - that is what is put there
    internal = remote is not None and remote.value in {asn, "internal"}
    if not session.has_channel:
        why = "it has no channel of IPv4"
        reader.mark(session.statement, contradictory(why, BOTH_WAYS))
    place = session.statement.line.place

    def text(name: str) -> Said[str] | None:
        found = values.get(name)
        return Said(value=str(found.value), place=found.place) if found else None

    def yes(name: str) -> Said[bool] | None:
        found = values.get(name)
        return Said(value=True, place=found.place) if found and found.value else None

    bfd = yes("bfd")
    return Neighbour(
        address=address,
        place=place,
        remote_as=_remote(remote),
        description=text("description") or Said(value=session.name, place=place),
        shutdown=yes("shutdown"),
        activated=session.has_channel,
        update_source=text("source"),
        keepalive=session.get("keepalive", int),
        hold=session.get("hold", int),
        connect_retry=session.get("connect_retry", int),
        bfd=_said_bfd(bfd),
        multihop=session.get("multihop", int),
        imports=_direction(reader, session, session.imports, asn, Part.TO_AWS, internal=internal),
        exports=_direction(reader, session, session.exports, asn, Part.FROM_AWS, internal=internal),
        next_hop_self=yes("next_hop_self"),
        allow_own_as=session.get("allow_own_as", int),
        reflector_client=yes("reflector_client"),
        signed=yes("signed"),
    )


def _said_bfd(said: Said[bool] | None) -> Said[Bfd | None] | None:
    return None if said is None else Said(value=None, place=said.place)


def _remote(said: Said[object] | None) -> Said[int] | Said[str] | None:
    if said is None:
        return None
    if isinstance(said.value, int):
        return Said(value=said.value, place=said.place)
    return Said(value=str(said.value), place=said.place)


def _direction(
    reader: BirdDraft,
    session: _Session,
    statement: Statement | None,
    asn: int,
    part: Part,
    *,
    internal: bool,
) -> AppliedPolicy | None:
    """The policy of a direction. Where nothing is said: all is imported, and nothing exported."""
    place = session.statement.line.place
    if statement is None:
        if part is Part.TO_AWS and not internal:
            return None
        policy = ACCEPTS if part is Part.TO_AWS else REJECTS
        return (
            None
            if part is Part.FROM_AWS and not internal
            else _plain("nothing said", place, policy)
        )
    reading = Reading(defines=reader.defines, filters=reader.filters, asn=asn)
    found = _policy(reader, reading, statement)
    reader.used_defines |= reading.used
    for line, why in reading.odd:
        reader.ledger.mark(line, not_modelled(why, {part}))
    return found


def _plain(name: str, place: Place, policy: Policy) -> AppliedPolicy:
    """A policy that treats every route alike."""
    then = "accept" if policy == ACCEPTS else "reject"
    clause = Clause(place=place, when=(), sets=(), then=then)
    return AppliedPolicy(name=name, place=place, policy=policy, clauses=(clause,))


def _policy(reader: BirdDraft, reading: Reading, statement: Statement) -> AppliedPolicy:
    place = statement.line.place
    reader.mark_whole(statement, UNDERSTOOD)
    match statement.words[1:]:
        case ["all"]:
            return _plain("all", place, ACCEPTS)
        case ["none"]:
            return _plain("none", place, REJECTS)
        case ["filter"]:
            return reading.filter_of("filter", place, statement)
        case ["filter", name]:
            block = reader.filters.get(name)
            if block is None:
                why = f"BIRD rejects it: there is no filter {name}"
                reader.mark(statement, contradictory(why, BOTH_WAYS))
                return replace(_plain(name, place, REJECTS), defined=False)
            reader.used_filters.add(name)
            reader.mark_whole(block, UNDERSTOOD)
            return reading.filter_of(name, place, block)
        case ["where", *_]:
            return reading.where(place, statement.tokens[2:])
        case _:
            why = "BIRD knows no such line"
            reader.mark_whole(statement, unknown(why, BOTH_WAYS))
            return replace(_plain("?", place, REJECTS), defined=False)
