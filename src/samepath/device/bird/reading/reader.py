"""Reading a BIRD 2: ``bird.conf`` in, its configuration out.

BIRD has one table of routes: what its protocols put there is announced where the export of a
session lets it pass. So each protocol that brings routes of the device's own is a redistribution.
Defaults are those of BIRD's manual: a channel imports all and exports nothing, unless it says
otherwise, and a session with another AS has to say both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.device.bird.reading.draft import BirdDraft, address_of, resolved
from samepath.device.bird.reading.sessions import read_session
from samepath.device.bird.reading.statements import Statement, statements
from samepath.device.reading.configuration import (
    Bgp,
    DeviceConfiguration,
    Knobs,
    Redistribution,
    StaticRoute,
)
from samepath.device.reading.grammar import number_of
from samepath.device.reading.source import Said, Source
from samepath.device.reading.support import (
    ALL_PARTS,
    BOTH_WAYS,
    UNDERSTOOD,
    Ledger,
    Part,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.topology import Platform

Put = Callable[[str, object], None]
_TRACES = {
    re.compile(r"^[ \t]*protocol bgp\b[^;\n]*\{", re.MULTILINE): 10,
    re.compile(
        r"^[ \t]*(?:protocol|template) (?:device|kernel|static|direct|bgp)\b", re.MULTILINE
    ): 6,
    re.compile(r"^[ \t]*router id \d+\.\d+\.\d+\.\d+;", re.MULTILINE): 4,
    re.compile(r"^[ \t]*neighbor \S+ as \d+;", re.MULTILINE): 4,
}
_PATHS = 16
"""Equal routes that ``merge paths on`` uses together (BIRD's manual)."""
_WORD_OF_MERGE = ("merge", "paths")
_BGP_ALONE = ("export", "where", "source", "=", "RTS_BGP")
"""What a kernel's channel has that gets the routes of BGP and no others."""


def likeness(text: str) -> int:
    """How much a text looks like a configuration of BIRD: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of a BIRD."""
    reader, _ = drafted(sources)
    bgps: dict[int, Bgp] = {}
    for statement in reader.protocols:
        _protocol(reader, statement, bgps)
    _kernel_exports(reader)
    _unused(reader)
    found = tuple(
        replace(one, redistributions=tuple(reader.sources), knobs=_joined(reader.knobs, one.knobs))
        for one in bgps.values()
    )
    return DeviceConfiguration(
        platform=Platform.BIRD,
        host_name=None,
        release=None,
        bgps=found,
        static_routes=tuple(reader.statics),
        interfaces=(),
        tunnels=(),
        zones=(),
        support=reader.ledger.close(),
    )


def drafted(sources: Iterable[Source]) -> tuple[BirdDraft, list[Statement]]:
    """The files' own statements, by what they are, before the protocols among them are read."""
    reader = BirdDraft(ledger=Ledger())
    tops = [statement for source in sources for statement in statements(source)]
    for statement in tops:
        _top(reader, statement)
    return reader, tops


def _joined(common: Knobs, own: Knobs) -> Knobs:
    return replace(common, local_preference=own.local_preference or common.local_preference)


_IGNORED_TOP = {"log", "debug", "watchdog", "mrtdump", "timeformat", "ipv6", "threads", "cli"}
_IGNORED_TOP |= {"hostname", "graceful"}


def _top(reader: BirdDraft, statement: Statement) -> None:
    words = statement.words
    match words:
        case ["router", "id", *rest]:
            _router_id(reader, statement, rest)
        case ["define", name, "=", *_]:
            reader.defines[name] = statement.tokens[3:]
            reader.define_of[name] = statement
        case ["filter", name]:
            reader.filters[name] = statement
        case ["template", "bgp", name, *_]:
            reader.templates[name] = statement
        case ["protocol", *_]:
            reader.protocols.append(statement)
        case ["function", *_]:
            reader.mark_whole(statement, irrelevant("a function; what calls it is opaque"))
        case ["include", *_]:
            reader.mark(statement, not_modelled("what it includes is not here", ALL_PARTS))
        case ["ipv4", "table", *_] | ["table", *_]:
            reader.mark_whole(statement, not_modelled("another table", BOTH_WAYS))
        case [first, *_] if first in _IGNORED_TOP:
            reader.mark_whole(statement, irrelevant("it changes nothing that is predicted"))
        case _:
            why = f"BIRD knows no such line: nothing begins with `{words[0][:40]}`"
            reader.mark_whole(statement, unknown(why, ALL_PARTS))


def _router_id(reader: BirdDraft, statement: Statement, rest: Sequence[str]) -> None:
    address = address_of("".join(rest), reader)
    if address is None:
        reader.mark(statement, not_modelled("a router id that is found elsewhere", {Part.TO_AWS}))
        return
    reader.router_id = Said(value=address, place=statement.line.place)
    reader.mark(statement, UNDERSTOOD)


# ---------------------------------------------------------------------------------------- protocols


def _protocol(reader: BirdDraft, statement: Statement, bgps: dict[int, Bgp]) -> None:
    kind = statement.words[1] if len(statement.words) > 1 else ""
    name = statement.words[2] if len(statement.words) > 2 else kind
    place = statement.line.place
    match kind:
        case "bgp":
            read_session(reader, statement, name, bgps)
        case "static":
            _static(reader, statement)
            reader.sources.append(Redistribution(source=f"static ({name})", place=place))
        case "kernel":
            _kernel(reader, statement, name)
        case "direct":
            reader.mark_whole(statement, UNDERSTOOD)
            reader.sources.append(Redistribution(source="connected", place=place))
        case "device":
            reader.mark_whole(statement, irrelevant("it only looks at interfaces"))
        case "bfd":
            why = "BFD's intervals are not modelled"
            reader.mark_whole(statement, not_modelled(why, {Part.TIME}))
        case _:
            why = f"routes of {kind or 'this protocol'} are not modelled"
            reader.mark_whole(statement, not_modelled(why, {Part.TO_AWS}))


def _static(reader: BirdDraft, statement: Statement) -> None:
    reader.mark(statement, UNDERSTOOD)
    for one in statement.block or ():
        words = one.words
        if words[:1] == ("route",) and len(words) > 2:
            _route(reader, one)
        elif words[0] in {"ipv4", "disabled", "description", "check", "igp"}:
            reader.mark_whole(one, UNDERSTOOD if words[0] == "ipv4" else irrelevant("not routes"))
        else:
            reader.mark_whole(one, not_modelled("known, and not modelled", BOTH_WAYS))


def _route(reader: BirdDraft, one: Statement) -> None:
    words = one.words
    try:
        prefix = IPv4Network(resolved(words[1], reader), strict=False)
    except ValueError:
        reader.mark_whole(one, irrelevant("it is no route of IPv4"))
        return
    route = StaticRoute(prefix=prefix, place=one.line.place)
    match words[2:]:
        case ["blackhole" | "unreachable" | "prohibit", *rest]:
            pass
        case ["via", hop, *rest]:
            device = hop.strip('"')
            address = address_of(hop, reader)
            interface = device if address is None else None
            route = replace(route, next_hop=address, interface=interface)
        case _:
            reader.mark_whole(one, not_modelled("a route of another kind", BOTH_WAYS))
            return
    reader.statics.append(route)
    odd = bool(rest) or one.block is not None
    reader.mark_whole(
        one, not_modelled("what more is said of a route", BOTH_WAYS) if odd else UNDERSTOOD
    )


def _kernel(reader: BirdDraft, statement: Statement, name: str) -> None:
    reader.mark(statement, UNDERSTOOD)
    learns = any(one.words == ("learn",) for one in statement.block or ())
    if learns:
        reader.sources.append(Redistribution(source=f"kernel ({name})", place=statement.line.place))
    for one in statement.block or ():
        words = one.words
        if words[:2] == _WORD_OF_MERGE:
            _merge(reader, one)
        elif words[0] == "ipv4":
            _kernel_channel(reader, one)
        elif words[0] in {"learn", "persist", "scan", "ipv6", "graceful", "device"}:
            reader.mark_whole(one, UNDERSTOOD)
        else:
            reader.mark_whole(one, not_modelled("known, and not modelled", {Part.TO_AWS}))


def _merge(reader: BirdDraft, one: Statement) -> None:
    words = one.words
    on = words[2:3] in {("on",), ("yes",)} or len(words) == 2
    limit = number_of(words[4]) if len(words) > 4 else None
    value = (_PATHS if limit is None else limit) if on else 1
    said = Said(value=value, place=one.line.place)
    reader.knobs = replace(reader.knobs, maximum_paths=said, maximum_paths_ibgp=said)
    reader.mark(one, UNDERSTOOD)


def _kernel_channel(reader: BirdDraft, channel: Statement) -> None:
    """What the kernel gets: all, or what a filter lets pass, which is not modelled."""
    reader.mark(channel, UNDERSTOOD)
    for one in channel.block or ():
        if one.words == _BGP_ALONE:
            reader.kernel_exports.append(one)
            continue
        plain = one.words in {("export", "all"), ("import", "all"), ("import", "none")}
        why = "a filter decides which routes the kernel gets"
        reader.mark_whole(one, UNDERSTOOD if plain else not_modelled(why, {Part.TO_AWS}))


def _kernel_exports(reader: BirdDraft) -> None:
    """The kernel gets what BGP brings: all there is, unless a static route leads somewhere."""
    leads = any(not one.drops for one in reader.statics)
    why = "static routes do not get to the kernel"
    mark = not_modelled(why, {Part.TO_AWS}) if leads else UNDERSTOOD
    for one in reader.kernel_exports:
        reader.mark_whole(one, mark)


def _unused(reader: BirdDraft) -> None:
    """Mark what nothing has asked for."""
    for name, statement in reader.filters.items():
        if name not in reader.used_filters:
            reader.mark_whole(statement, irrelevant("nothing that is understood uses this filter"))
    for statement in reader.templates.values():
        reader.mark_whole(statement, irrelevant("no session is made from this template"))
    for name, statement in reader.define_of.items():
        used = name in reader.used_defines
        reader.mark_whole(
            statement, UNDERSTOOD if used else irrelevant("nothing that is understood uses it")
        )
