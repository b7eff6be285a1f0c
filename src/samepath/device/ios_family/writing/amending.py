"""One direction of a neighbour's policy, changed by the fewest lines.

The forms that a change may have: the neighbour's map is changed where it is, if nothing else uses
it; the neighbour gets a map of its own; it gets none. What is for every route stands in a clause
in front that goes on, or in each clause. Every form is written, and the shortest one is taken that,
typed into the configuration, is read as what was meant, and changes no other policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samepath.device.ios_family.draft import Draft
from samepath.device.ios_family.maps import applied as compiled
from samepath.device.ios_family.writing.applying import (
    OURS,
    Applied,
    applied,
    is_alone,
    members,
)
from samepath.device.ios_family.writing.clauses import Held, Lines, Writer, merged
from samepath.device.ios_family.writing.words import Family
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.route_maps import Compiled
from samepath.device.reading.source import Source
from samepath.device.reading.support import Part
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.trial import policies
from samepath.model.change import Direction
from samepath.model.policy import Conditions, Disposition, Policy, Term
from samepath.model.policy_form import normal

_REFUSAL = Term(disposition=Disposition.REJECT)


def typed(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """A configuration into which lines were typed, from its outermost mode on."""
    if not lines:
        return tuple(sources)
    number = 1 + sum(one.typed for one in sources)
    text = "".join(f"{one}\n" for one in lines)
    return (*sources, Source(name=f"typed {number}", text=text, typed=True))


def amend(edit: Edit, sources: Sequence[Source], family: Family) -> Patch:
    """The fewest lines that make an edit. Raises :class:`NotWritable`.

    ``sources`` are the files of the platform itself.
    """
    now = edit.neighbour.applied(edit.direction)
    as_it_is = None if now is None else normal(now.policy)
    if now is None and not _needs_policy(edit, family):
        as_it_is = normal(Policy())
    if normal(edit.after) == as_it_is:
        return Patch(lines=(), reverts=(), resets=())
    before = family.read(sources)
    for lines in sorted(_forms(edit, sources, family), key=lambda one: len(one.typed)):
        then = family.read(typed(sources, lines.typed))
        if _comes_to(before, then, edit):
            return Patch(
                lines=tuple(lines.typed),
                reverts=tuple(lines.reverts),
                resets=(_reset(edit, family),),
            )
    raise NotWritable(_why(edit, family.drafted(sources), family))


def _reset(edit: Edit, family: Family) -> str:
    return family.words.reset(edit.bgp.vrf, edit.neighbour, edit.direction)


def _why(edit: Edit, draft: Draft, family: Family) -> str:
    title = family.words.title
    mine = _mine(edit, draft)
    who = f"the {edit.direction.value} policy of {edit.neighbour.address}"
    if not _may_have_own(mine, family):
        group = "" if mine.group is None else mine.group.name
        return (
            f"{title} takes no export policy for one member of the peer group {group}: take "
            f"{edit.neighbour.address} out of the group, or change it for all of its members"
        )
    if any(term.opaque for term in edit.after.terms):
        shared = "" if mine.name is None else f", and its map {mine.name} serves others as well"
        return f"{who} has parts that are not modelled, so that it is not copied{shared}"
    return f"{title} has no words for {who}"


# ------------------------------------------------------------------------------ whether it is right


def _comes_to(before: DeviceConfiguration, then: DeviceConfiguration, edit: Edit) -> bool:
    """Whether lines did what was meant, nothing else, and left no line in doubt."""
    mine = (edit.bgp.vrf, str(edit.neighbour.address), edit.direction)
    found, wanted = policies(then), policies(before)
    if found.get(mine) is None and _is_nothing(edit.after):
        found[mine] = normal(edit.after)
    wanted[mine] = normal(edit.after)
    return found == wanted and len(then.support.doubts()) <= len(before.support.doubts())


def _is_nothing(policy: Policy) -> bool:
    """Whether a policy lets everything pass as it is."""
    return normal(policy) == normal(Policy())


# ------------------------------------------------------------------------------------ forms of it


def _mine(edit: Edit, draft: Draft) -> Applied:
    bgp = draft.bgps[edit.bgp.vrf]
    return applied(bgp, bgp.peers[str(edit.neighbour.address)], edit.direction)


def _may_have_own(mine: Applied, family: Family) -> bool:
    grouped = mine.group is not None and mine.direction is Direction.EXPORT
    return family.words.exports_of_groups or not grouped


def _forms(edit: Edit, sources: Sequence[Source], family: Family) -> Iterator[Lines]:
    draft = family.drafted(sources)
    mine = _mine(edit, draft)
    if _is_nothing(edit.after) and not _needs_policy(edit, family):
        yield from _none(mine, family)
    now = _compiled(draft, mine)
    held = list(_held(draft, mine, now))
    asn = mine.bgp.asn.value
    taken = {*draft.prefix_lists, *draft.community_lists}
    writer = Writer(words=family.words, asn=asn, taken=taken)
    alone = mine.name is not None and is_alone(draft, sources, mine)
    kept, all_of_it = _map_terms(edit, now)
    for terms in _targets(kept, now) if kept is not None else ():
        if alone and mine.name is not None:
            others = {*draft.maps.get(mine.name, ())} - {one.clause.number for one in held}
            changed = writer.in_place(mine.name, held, others, terms)
            if changed is not None:
                yield changed
        yield from _own_map(draft, mine, writer, held, terms, drops=False)
    if mine.filters:
        for terms in _targets(all_of_it, None):
            yield from _own_map(draft, mine, writer, held, terms, drops=True)


def _needs_policy(edit: Edit, family: Family) -> bool:
    """Whether the session exchanges nothing in a direction without a policy (RFC 8212)."""
    remote, knob = edit.neighbour.remote_as, edit.bgp.knobs.requires_policy
    inside = remote is not None and remote.value in {"internal", edit.bgp.asn.value}
    return not inside and (family.words.needs_policy if knob is None else knob.value)


def _none(mine: Applied, family: Family) -> Iterator[Lines]:
    """The neighbour has no map any more, and filters by no list."""
    its_map = () if mine.own is None else (mine.applies(mine.own),)
    lines = (*its_map, *mine.filters)
    if lines:
        block = family.words.block(mine.bgp)
        yield Lines(
            typed=list(block.around(f"no {line}" for line in lines)),
            reverts=list(block.around(lines)),
        )


def _own_map(
    draft: Draft,
    mine: Applied,
    writer: Writer,
    held: Sequence[Held],
    terms: Sequence[Term],
    *,
    drops: bool,
) -> Iterator[Lines]:
    """A map for this neighbour alone; ``drops``: it also takes over from the lists it filters by."""
    words = writer.words
    target = mine.peer.name
    if not words.exports_of_groups and mine.group and mine.direction is Direction.EXPORT:
        if len(list(members(mine.bgp, mine.group))) > 1:
            return
        target = mine.group.name
    name = _free_name(draft, mine)
    made = writer.anew(name, held, terms)
    if made is None:
        return
    way = mine.way
    before = mine.own if target == mine.peer.name else mine.inherited
    applies = f"neighbor {target} route-map"
    block = words.block(mine.bgp)
    filters = mine.filters if drops else ()
    back = f"no {applies} {name} {way}" if before is None else f"{applies} {before} {way}"
    made.typed += block.around([f"{applies} {name} {way}", *(f"no {one}" for one in filters)])
    made.reverts = [*block.around([back, *filters]), *made.reverts]
    yield made


def _free_name(draft: Draft, mine: Applied) -> str:
    name = f"{OURS}{mine.peer.name}-{mine.way.upper()}"
    number = 1
    free = name
    while free in draft.maps:
        number += 1
        free = f"{name}-{number}"
    return free


def _compiled(draft: Draft, mine: Applied) -> Compiled | None:
    """The neighbour's map as policy; None: it has none, or one that is not there."""
    name = mine.name
    if name is None or name not in draft.maps:
        return None
    compiled(draft, name, mine.peer.line, mine.bgp.asn.value, Part.TO_AWS)
    return draft.compiled[name, mine.bgp.asn.value]


def _held(draft: Draft, mine: Applied, now: Compiled | None) -> Iterator[Held]:
    if now is None or mine.name is None:
        return
    clauses = draft.maps[mine.name]
    for term, number in zip(now.policy.terms, now.numbers, strict=True):
        if number is not None:
            yield Held(clause=clauses[number], term=term)


def _map_terms(
    edit: Edit, now: Compiled | None
) -> tuple[tuple[Term, ...] | None, tuple[Term, ...]]:
    """What of the policy its map has to say, beside the lists that it filters by, and alone.

    The first is None where these lists refuse what is to pass.
    """
    found = edit.neighbour.applied(edit.direction)
    terms = edit.after.terms
    if found is None or not found.defined:
        return terms, terms
    count = len(found.policy.terms) - (0 if now is None else len(now.policy.terms))
    filters = found.policy.terms[:count]
    lead = 1 if terms[:1] and _is_for_all(terms[0]) else 0
    for first in {lead, 0}:
        if terms[first : first + count] == filters:
            return (*terms[:first], *terms[first + count :]), terms
    return None, terms


def _is_for_all(term: Term) -> bool:
    """Whether a term is for every route, and goes on."""
    goes_on = term.disposition is Disposition.NEXT
    return goes_on and term.conditions == Conditions() and not term.opaque


def _targets(terms: tuple[Term, ...], now: Compiled | None) -> Iterator[tuple[Term, ...]]:
    """The terms that a map's own clauses may have, so that all of it comes to ``terms``.

    What stands behind the last clause, a map says by itself.
    """
    by_itself: tuple[Term, ...] = (_REFUSAL,)
    if now is not None:
        ends = tuple(
            term
            for term, number in zip(now.policy.terms, now.numbers, strict=True)
            if number is None
        )
        by_itself = ends or by_itself
    forms = [terms, normal(Policy(terms=terms)).terms]
    if terms[:1] and _is_for_all(terms[0]):
        pushed = merged(terms if _ends(terms) else (*terms, Term()))
        forms += [pushed] if pushed is not None else []
    for form in dict.fromkeys(forms):
        whole = form if _ends(form) else (*form, Term())
        for tail in dict.fromkeys((by_itself, (_REFUSAL,))):
            if whole[-len(tail) :] == tail and len(whole) > len(tail):
                yield whole[: -len(tail)]
        yield whole


def _ends(terms: Sequence[Term]) -> bool:
    """Whether the last term is for every route, and ends it."""
    if not terms:
        return False
    last = terms[-1]
    always = last.conditions == Conditions() and not last.opaque
    return always and last.disposition is not Disposition.NEXT
