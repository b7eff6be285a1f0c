"""Amending the text of a topology file: what a change says, and not a letter besides.

The text is not read into objects and written anew, which would lose its line breaks, its quotes and
some of its comments. Each change is a place in the text and what is to stand there; the spans of
the values come from the parser's events. Between two changes the text is parsed again, so that no
position has to be carried over.
"""

from __future__ import annotations

from collections.abc import Iterable

from samepath.model.change import (
    Attribute,
    Change,
    DropTerm,
    PolicyPlace,
    SetAttribute,
    SetKey,
    amended,
    changed,
    policy_at,
    stays,
    value_in,
)
from samepath.model.document import parse
from samepath.model.policy import Changes, Disposition, PrefixMatch, Term
from samepath.model.spans import Step, Text
from samepath.model.topology import Topology

Value = dict[str, "Value"] | list["Value"] | str | int | bool


def amend(text: str, changes: Iterable[Change]) -> str:
    """The text of a topology file with changes of its topology; the rest of it is left alone.

    Raises :class:`~samepath.model.problems.InvalidDocument` where ``text`` is no topology file.
    """
    changes = tuple(changes)
    before = parse(text).topology
    it = Text(text)
    policies: dict[PolicyPlace, list[SetAttribute | DropTerm]] = {}
    for change in changes:
        if isinstance(change, SetKey):
            value = change.after if isinstance(change.after, bool | int) else change.after.value
            it.put((change.key.section, change.name, change.key.value), value)
        else:
            policies.setdefault(change.place, []).append(change)
    for place, mine in policies.items():
        _amend_policy(it, before, place, mine)
    after = parse(it.text).topology
    assert after == changed(before, changes), "the amended text means something else"  # noqa: S101 - our bug
    return it.text


def _amend_policy(
    it: Text, topology: Topology, place: PolicyPlace, changes: list[SetAttribute | DropTerm]
) -> None:
    policy = policy_at(topology.connections[place.connection], place)
    terms = amended(policy, changes, stays=stays(topology, place))
    own = ("policy", place.end.value, place.direction.value)
    connection = ("connections", place.connection)
    where: tuple[Step, ...] = (*connection, "tunnels", place.tunnel - 1, *own)
    if not it.has(where):
        # What the tunnel has, it has from tunnel_defaults, or nothing.
        it.put(where, [term_value(term) for _, term in terms])
        return
    if not terms:
        # An empty list stands against the one in tunnel_defaults, where there is one.
        if it.has((*connection, "tunnel_defaults", *own)):
            it.put(where, [])
        else:
            it.remove(where, up_to=(*connection, "tunnels", place.tunnel - 1))
        return
    shift = 0
    if terms[0][0] is None:
        it.insert_first(where, term_value(terms[0][1]))
        shift = 1
    kept = dict(terms)
    for position in reversed(range(len(policy.terms))):
        item = (*where, position + shift)
        new = kept.get(position)
        if new is None:
            it.remove(item, up_to=where)
        elif new != policy.terms[position]:
            _amend_term(it, item, policy.terms[position], new)


def _amend_term(it: Text, item: tuple[Step, ...], before: Term, after: Term) -> None:
    for attribute in Attribute:
        value = value_in(after, attribute)
        if value == value_in(before, attribute):
            continue
        if value is not None:
            it.put((*item, "set", attribute.value), value)
            continue
        if after == Term() and not it.has((*item, "then")):
            it.put((*item, "then"), Disposition.ACCEPT.value)
        it.remove((*item, "set", attribute.value), up_to=item)


def term_value(term: Term) -> dict[str, Value]:
    """A term as the file has it, without what is the default."""
    value: dict[str, Value] = {}
    match: dict[str, Value] = {}
    if term.conditions.prefixes:
        match["prefixes"] = [_prefix(one) for one in term.conditions.prefixes]
    if term.conditions.communities:
        match["communities"] = list(term.conditions.communities)
    if match:
        value["match"] = match
    if term.changes != Changes():
        value["set"] = _set(term.changes)
    if term.disposition is not Disposition.ACCEPT or not value:
        value["then"] = term.disposition.value
    return value


def _set(changes: Changes) -> dict[str, Value]:
    term = Term(changes=changes)
    value: dict[str, Value] = {
        attribute.value: number
        for attribute in Attribute
        if (number := value_in(term, attribute)) is not None
    }
    if changes.add_communities:
        value["add_communities"] = list(changes.add_communities)
    return value


def _prefix(match: PrefixMatch) -> str:
    length = match.prefix.prefixlen
    if (match.minimum, match.maximum) == (length, length):
        return str(match.prefix)
    least = "" if match.minimum == length else f" ge {match.minimum}"
    most = "" if least and match.maximum == 32 else f" le {match.maximum}"
    return f"{match.prefix}{least}{most}"
