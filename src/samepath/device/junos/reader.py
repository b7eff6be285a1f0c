"""Reading a Junos device: its files in, its configuration out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from samepath.device.junos.commands import GRAMMARS, KEYWORDS, OUTSIDE, PARTS
from samepath.device.junos.draft import Draft, InstanceDraft, InterfaceDraft, RouteDraft, Settings
from samepath.device.junos.draft import address as as_address
from samepath.device.junos.groups import TooMuchInherited, inherit
from samepath.device.junos.marks import mark_forwarding, mark_policies
from samepath.device.junos.speakers import speaker
from samepath.device.junos.statements import Reading
from samepath.device.junos.tree import Statement, Words, walk
from samepath.device.junos.tunnels import tunnels
from samepath.device.reading.configuration import (
    Bgp,
    DeviceConfiguration,
    Interface,
    StaticRoute,
)
from samepath.device.reading.grammar import Matched
from samepath.device.reading.modes import Does, Enter, Told
from samepath.device.reading.source import Line, Place, Said, Source
from samepath.device.reading.support import (
    ALL_PARTS,
    UNDERSTOOD,
    Ledger,
    Mark,
    Part,
    State,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.topology import Platform, ReversePath, SessionBinding

_TRACES = {
    re.compile(r"^[ \t]*set (?:protocols|policy-options|routing-options) \S", re.MULTILINE): 3,
    re.compile(r"^[ \t]*set (?:interfaces|security|system|routing-instances) \S", re.MULTILINE): 2,
    re.compile(r"^[ \t]*set policy-options policy-statement \S", re.MULTILINE): 6,
    re.compile(r"^[ \t]*set protocols bgp group \S", re.MULTILINE): 6,
    re.compile(r"^[ \t]*set security (?:ike|ipsec|zones) \S", re.MULTILINE): 6,
    re.compile(r"^[ \t]*(?:inactive: )?policy-statement \S+ \{", re.MULTILINE): 6,
    re.compile(r"^(?:protocols|policy-options|routing-options|security) \{", re.MULTILINE): 4,
    re.compile(r"^[ \t]*(?:neighbor [0-9.]+|group \S+|term \S+) \{", re.MULTILINE): 3,
    re.compile(r"^set version \d|^version \S+;", re.MULTILINE): 4,
}
_LONGEST = 24
"""Words of a command that is looked at for more than one statement."""


def likeness(text: str) -> int:
    """How much a text looks like a configuration of Junos: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of a Junos device."""
    draft, statements, reading = drafted(sources)
    ledger = draft.ledger
    reaching: set[Place] = set()
    bgps = [*_speakers(draft, reaching)]
    mark_forwarding(draft)
    found = tuple(tunnels(draft))
    mark_policies(draft, reaching)
    _close(statements, reading, ledger)
    return DeviceConfiguration(
        platform=Platform.JUNOS,
        host_name=draft.host_name,
        release=draft.release,
        bgps=tuple(bgps),
        static_routes=tuple(_static_routes(draft)),
        interfaces=tuple(_interface(draft, one) for one in draft.interfaces.values()),
        tunnels=found,
        zones=tuple(draft.zones),
        session_binding=_binding(draft),
        support=ledger.close(),
    )


def drafted(sources: Iterable[Source]) -> tuple[Draft, list[Statement], Reading]:
    """The files of a device, statement by statement, before they are put together."""
    ledger = Ledger()
    reading = Reading(ledger=ledger, keywords=KEYWORDS)
    for source in sources:
        reading.read(source)
    draft = Draft(ledger=ledger)
    statements = _inherited(reading, ledger)
    for one in statements:
        _statement(one, draft)
    return draft, statements, reading


def _speakers(draft: Draft, reaching: set[Place]) -> Iterator[Bgp]:
    for instance in [*draft.instances.values()]:
        bgp = speaker(draft, instance, reaching)
        if bgp is not None:
            yield bgp


# --------------------------------------------------------------------------------------- statements


def _inherited(reading: Reading, ledger: Ledger) -> list[Statement]:
    """The statements with what they inherit, and those of groups that are applied marked so."""
    root = reading.root
    applied: set[str] = set()
    try:
        applied = inherit(root)
        why = ""
    except TooMuchInherited as error:
        why = str(error)
    statements = [*walk(root)]
    for one in statements:
        if why and "apply-groups" in one.words[:1]:
            ledger.mark(one.line, not_modelled(why, ALL_PARTS))
        elif "apply-groups" in one.words and one.words[0] != "groups":
            _mark_applying(one, applied, ledger)
    return [
        one for one in statements if "apply-groups" not in one.words or one.words[0] == "groups"
    ]


def _mark_applying(one: Statement, applied: set[str], ledger: Ledger) -> None:
    name = one.words[-1]
    if not one.active:
        mark = irrelevant("it is inactive")
    elif name in applied:
        mark = UNDERSTOOD
    else:
        why = f"there is no group {name}"
        special = "${" in name or name.startswith("junos-")
        mark = not_modelled(why, ALL_PARTS) if special else contradictory(why, ALL_PARTS)
    for line in one.lines:
        ledger.mark(line, mark)


def _statement(one: Statement, draft: Draft) -> None:
    """Read a statement into the draft, and mark its lines."""
    first = one.words[0]
    if first in OUTSIDE:
        return
    mark = _mark_of(one, draft)
    if mark is not None:
        for line in one.lines:
            draft.ledger.mark(line, mark)


def _mark_of(one: Statement, draft: Draft) -> Mark | None:
    if not one.active:
        return irrelevant("it is inactive")
    grammar = GRAMMARS[False]
    found = grammar.match(one.words)
    if found is None and one.by_keys and draft.shortened_left > 0:
        draft.shortened_left -= 1
        found = GRAMMARS[True].match(one.words)
    if found is not None:
        return _applied(one, found, draft)
    parts_of_line = _split(one.words, draft) if one.by_keys else []
    if not parts_of_line:
        parts = _parts(one)
        why = grammar.why_not(one.words)
        return unknown(f"Junos knows no such line: {why}", ALL_PARTS if parts is None else parts)
    for each in parts_of_line:
        mark = _applied(one, each, draft)
        if mark is not None:
            draft.ledger.mark(one.line, mark)
    return None


def _applied(one: Statement, found: Matched[Does[Draft]], draft: Draft) -> Mark | None:
    """Read a statement that a pattern fits."""
    does = found.command.what
    if does.handler is None:
        return does.mark
    draft.inherited = one.inherited
    outcome = does.handler(draft, Told(line=one.line, matched=found, negated=False))
    if isinstance(outcome, Enter):
        return outcome.mark
    return outcome or UNDERSTOOD


def _split(words: Words, draft: Draft) -> list[Matched[Does[Draft]]]:
    """The statements that a command sets that goes on with another one of the same block.

    ``set ... dead-peer-detection interval 10 threshold 3`` sets two.
    """
    grammar = GRAMMARS[True]
    found: list[Matched[Does[Draft]]] = []
    while len(words) <= _LONGEST and draft.splits_left > 0:
        draft.splits_left -= 1
        whole = grammar.match(words)
        if whole is not None:
            return [*found, whole]
        cut = next(
            (
                end
                for end in _down(words)
                if words[end] in KEYWORDS and grammar.match(words[:end]) is not None
            ),
            0,
        )
        first = grammar.match(words[:cut])
        rest = next(
            (
                one
                for start in range(cut - 1, 0, -1)
                if words[start] in KEYWORDS and _begins((one := words[:start] + words[cut:]), start)
            ),
            (),
        )
        if first is None or not rest:
            return []
        found.append(first)
        words = rest
    return []


def _down(words: Words) -> range:
    return range(len(words) - 1, 1, -1)


def _begins(words: Words, least: int) -> bool:
    """Whether a statement of more than so many words stands at the beginning of these."""
    grammar = GRAMMARS[True]
    return any(grammar.match(words[:end]) is not None for end in range(len(words), least, -1))


def _parts(one: Statement) -> frozenset[Part] | None:
    first = one.words[0]
    if first in PARTS or not one.by_keys:
        return PARTS.get(first)
    fitting = [name for name in PARTS if name.startswith(first)]
    return PARTS[fitting[0]] if len(fitting) == 1 else None


def _close(statements: list[Statement], reading: Reading, ledger: Ledger) -> None:
    """Count what is outside, and mark the lines that open and close blocks."""
    marks = {remark.place: remark.mark for remark in ledger.close().remarks}
    outside: dict[Place, None] = {}
    unread = irrelevant("nothing inherits it")

    def mark(line: Line, it: Mark | None) -> None:
        if it is None:
            outside[line.place] = None
        elif line.place not in marks:
            ledger.mark(line, it)
            marks[line.place] = it

    for one in statements:
        default = unread if one.words[0] == "groups" else None
        for line in one.lines:
            mark(line, marks.get(line.place) or marks.get(one.line.place) or default)
    for one in statements:
        found = [marks[line.place] for line in one.lines if line.place in marks]
        block = one.block
        matters = any(each.state is not State.IRRELEVANT for each in found)
        while found and block is not None and not (block.counts and (block.matters or not matters)):
            block.counts, block.matters = True, block.matters or matters
            block = block.above
    idle = irrelevant("nothing within it has an effect")
    for block in reading.blocks:
        for line in block.lines:
            mark(line, (UNDERSTOOD if block.matters else idle) if block.counts else None)
    for place in outside:
        if place not in marks:
            ledger.outside()


def _binding(draft: Draft) -> Said[SessionBinding] | None:
    """To what it binds a session: an SRX, which has zones, to these, unless it keeps no sessions."""
    if draft.packet_based is not None:
        return Said(value=SessionBinding.STATELESS, place=draft.packet_based.place)
    zoned = next(iter(draft.zone_of.values()), None)
    return None if zoned is None else Said(value=SessionBinding.ZONE, place=zoned.place)


# ------------------------------------------------------------------------- interfaces and routes


def _interface(draft: Draft, one: InterfaceDraft) -> Interface:
    settings = one.settings
    name = one.name
    loose = settings.said("reverse_path_loose", ReversePath)
    vrf = draft.instance_of.get(name)
    return Interface(
        name=name,
        place=settings.line.place,
        addresses=tuple(one.addresses),
        description=settings.said("description", str),
        shutdown=settings.said("disable", bool),
        vrf=vrf,
        zone=draft.zone_of.get(name),
        reverse_path=loose or settings.said("reverse_path", ReversePath),
        mtu=settings.said("inet_mtu", int) or settings.said("mtu", int),
        mss=settings.said("mss", int),
    )


def _static_routes(draft: Draft) -> Iterator[StaticRoute]:
    for instance in draft.instances.values():
        for route in instance.statics.values():
            yield from _routes(draft, instance, route)


def _routes(draft: Draft, instance: InstanceDraft, route: RouteDraft) -> Iterator[StaticRoute]:
    """A route for each of its next hops; one without any drops what it matches."""
    shared = None if instance.settings is None else instance.settings.said("static_preference", int)
    own = route.settings.said("preference", int) or shared
    tag = route.settings.said("tag", int)
    drops = route.settings.said("drops", bool)
    if not route.hops and drops is None:
        why = "it leads nowhere that is understood"
        draft.ledger.mark(route.settings.line, contradictory(why, {Part.TO_AWS}))
        return
    hops: list[tuple[str | None, Settings]] = [*route.hops.items()]
    for name, settings in hops if drops is None else [(None, route.settings)]:
        hop = None if name is None else as_address(name)
        interface = settings.said("interface", str)
        preference = settings.said("preference", int) or own
        yield StaticRoute(
            prefix=route.prefix,
            place=settings.line.place,
            next_hop=hop,
            interface=name
            if name is not None and hop is None
            else interface.value
            if interface is not None and name is not None
            else None,
            distance=None if preference is None else preference.value,
            tag=None if tag is None else tag.value,
            vrf=instance.name,
        )
