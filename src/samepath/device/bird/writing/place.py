"""Where a session's policy stands: its statement, its filter, and who else has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.bird.reading.draft import BirdDraft
from samepath.device.bird.reading.filters import Origin, Reading
from samepath.device.bird.reading.reader import drafted
from samepath.device.bird.reading.statements import Statement
from samepath.device.readers import without_tunnels
from samepath.device.writing.patch import Edit, NotWritable
from samepath.model.policy import Term

_DEEPEST = 8
"""Templates of templates that the reader follows."""
_NO_POLICY = {"limit", "keep", "table"}
"""What may stand behind ``import`` that is no policy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A term of the policy as it is read; without an origin no statement says it."""

    term: Term
    origin: Origin | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A direction of a session."""

    texts: dict[str, str] = field(repr=False)
    """The files, by their names."""
    protocol: Statement
    channel: Statement | None
    """The session's own block of IPv4; None: it has only its template's."""
    statement: Statement | None
    """What says the policy; None: nothing does."""
    is_own: bool
    """Whether that stands at the session itself, and not in a template."""
    filter: Statement | None
    """The filter with its block, if there is one."""
    is_shared: bool
    """Whether another session, or another direction, or another protocol has the filter too."""
    terms: tuple[Placed, ...]


def place_of(edit: Edit) -> Place:
    """Where an edit is to be made. Raises :class:`NotWritable`."""
    files = without_tunnels(edit.sources)
    texts = {one.name: one.text for one in files}
    if len(texts) < len(files):
        raise NotWritable("two of the files have the same name")
    draft, tops = drafted(files)
    word = edit.direction.value
    protocol = next(
        one
        for one in draft.protocols
        if one.words[1:2] == ("bgp",) and one.line.place == edit.neighbour.place
    )
    if protocol.closed is None:
        raise NotWritable("the session's block has no end")
    own = [one for one in protocol.block or () if one.words == ("ipv4",)]
    statement = _said(draft, protocol, word)
    found = None if statement is None else _filter(draft, statement)
    applied = edit.neighbour.applied(edit.direction)
    terms = () if applied is None else applied.policy.terms
    return Place(
        texts=texts,
        protocol=protocol,
        channel=own[-1] if own and own[-1].closed is not None else None,
        statement=statement,
        is_own=any(statement is one for each in own for one in each.block or ()),
        filter=found,
        is_shared=found is not None and _users(draft, tops, found) > 1,
        terms=_placed(draft, found, terms, edit.bgp.asn.value),
    )


def _placed(
    draft: BirdDraft, found: Statement | None, terms: Sequence[Term], asn: int
) -> tuple[Placed, ...]:
    """The terms with the statements that they are of; where these are not told, they are none's."""
    origins: Sequence[Origin | None] = ()
    if found is not None:
        reading = Reading(defines=draft.defines, filters=draft.filters, asn=asn)
        if reading.filter_of("", found.line.place, found).policy.terms == tuple(terms):
            origins = reading.origins[: len(terms)]
    missing = len(terms) - len(origins)
    return tuple(
        Placed(term=term, origin=origin)
        for term, origin in zip(terms, (*origins, *[None] * missing), strict=True)
    )


def channels(draft: BirdDraft, session: Statement, depth: int = 0) -> Iterator[Statement]:
    """The IPv4 blocks of a session, those of its templates first: what is said later counts."""
    words = session.words
    if "from" in words[:-1] and depth <= _DEEPEST:
        template = draft.templates.get(words[words.index("from") + 1])
        if template is not None:
            yield from channels(draft, template, depth + 1)
    yield from (one for one in session.block or () if one.words == ("ipv4",))


def _said(draft: BirdDraft, session: Statement, word: str) -> Statement | None:
    """The statement that says the policy of a direction."""
    found = None
    for channel in channels(draft, session):
        for one in channel.block or ():
            if one.words[0] == word and one.words[1:2] and one.words[1] not in _NO_POLICY:
                found = one
    return found


def _filter(draft: BirdDraft, statement: Statement) -> Statement | None:
    """The filter that a statement has in its block, or names."""
    match statement.words[1:]:
        case ["filter"]:
            found = statement
        case ["filter", name] if name in draft.filters:
            found = draft.filters[name]
        case _:
            return None
    return found if found.block and found.closed is not None else None


def _users(draft: BirdDraft, tops: Sequence[Statement], found: Statement) -> int:
    """How many directions of sessions have a filter, and other statements that name it."""
    said = [
        statement
        for session in draft.protocols
        if session.words[1:2] == ("bgp",)
        for word in ("import", "export")
        if (statement := _said(draft, session, word)) is not None
    ]
    name = found.words[1] if found.words[0] == "filter" else None
    others = [
        one
        for top in tops
        for one in top.every()
        if name is not None
        and one.words[-2:] == ("filter", name)
        and one is not found
        and not any(one is statement for statement in said)
    ]
    return sum(_filter(draft, one) is found for one in said) + len(others)
