"""Where a neighbour's policy stands: its chain of policy statements, and who else applies these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from samepath.device.junos.chains import Peer, peers_of
from samepath.device.junos.draft import Draft, InstanceDraft, Setting, said
from samepath.device.junos.reader import drafted
from samepath.device.junos.speakers import own_routes
from samepath.device.junos.terms import Origin
from samepath.device.junos.tree import Statement
from samepath.device.junos.writing.wording import command
from samepath.device.reading.source import Place as Line
from samepath.device.writing.patch import Edit, NotWritable
from samepath.model.change import Direction
from samepath.model.policy import Term

_APPLIES = re.compile(r"(?:vrf-|instance-)?(?:imp|exp|pol)")
_DEFINES = re.compile(r"policy-[os]")
_NAME = re.compile(r"[^\s()&|!]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A term of the policy as it is read; without an origin it is not one of a statement's."""

    term: Term
    origin: Origin | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """``metric-out``, which is read as a term for every route in front of the policy."""

    path: str
    """The neighbour's own statement, as a command names it."""
    value: int
    is_own: bool
    """Whether the neighbour itself says it, and not its group or all of BGP."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A direction of a neighbour."""

    path: str
    """The list of its policies, as a command names it."""
    metric: Metric | None
    names: tuple[str, ...]
    is_own: bool
    """Whether the neighbour itself names them, and not its group or all of BGP."""
    terms: tuple[Placed, ...]
    shared: frozenset[str]
    """Those of ``names`` that something else applies too."""
    asn: int
    """What it prepends."""
    draft: Draft
    words: frozenset[str]
    """Every word of the configuration: a name that is none of them is free."""

    def free(self, name: str, taken: Iterable[str] = ()) -> str:
        """A name that nothing has, as near to this one as can be."""
        used = {*self.words, *taken}
        number = 1
        while (found := name if number == 1 else f"{name}-{number}") in used:
            number += 1
        return found


def place_of(edit: Edit) -> Place:
    """Where an edit is to be made. Raises :class:`NotWritable`."""
    draft, statements, _ = drafted(edit.sources)
    instance = draft.instance(edit.bgp.vrf)
    peers = [*_every(draft, edit)]
    peer = next(
        one
        for owner, one in peers
        if owner is instance
        and one.address == edit.neighbour.address
        and one.group.name == edit.neighbour.group
    )
    imports = edit.direction is Direction.IMPORT
    settings = peer.imports if imports else peer.exports
    compiled = peer.incoming if imports else peer.outgoing
    applied = edit.neighbour.imports if imports else edit.neighbour.exports
    terms = () if applied is None else applied.policy.terms
    metric = None if imports else said(peer.get("metric_out"), int)
    front = int(metric is not None)
    behind = len(terms) - front - len(compiled.origins)
    if behind < 0 or terms[front : len(terms) - behind] != tuple(compiled.terms):
        raise NotWritable("the policy is not the one that its lines say")
    origins = (*[None] * front, *compiled.origins, *[None] * behind)
    own = peer.own.lists.get("imports" if imports else "exports")
    words = () if instance.name is None else ("routing-instances", instance.name)
    neighbour = next(name for name, at in peer.group.neighbours.items() if at is peer.own)
    levels = ("protocols", "bgp", "group", peer.group.name, "neighbor", neighbour)
    local = edit.neighbour.local_as
    names = tuple(str(one.value) for one in settings)
    if any(set(name) & set("()&|!") for name in names):
        raise NotWritable("its policies stand in an expression, which has to be changed by hand")
    return Place(
        path=command(*words, *levels, edit.direction.value),
        metric=None
        if metric is None
        else Metric(
            path=command(*words, *levels, "metric-out"),
            value=metric.value,
            is_own="metric_out" in peer.own.values,
        ),
        names=names,
        is_own=own is not None,
        terms=tuple(
            Placed(term=term, origin=origin) for term, origin in zip(terms, origins, strict=True)
        ),
        shared=frozenset(
            name
            for name in names
            if names.count(name) > 1
            or _users(peers, name) > 1
            or _is_mentioned(statements, name, _levels(draft))
        ),
        asn=edit.bgp.asn.value if local is None else local.value,
        draft=draft,
        words=frozenset(word for one in statements for word in one.words),
    )


def _every(draft: Draft, edit: Edit) -> Iterator[tuple[InstanceDraft, Peer]]:
    """The neighbours of all tables."""
    for instance in [*draft.instances.values()]:
        origins = own_routes(draft, instance)
        for peer in peers_of(draft, instance, edit.bgp.asn, origins, set()):
            yield instance, peer


def _users(peers: Iterable[tuple[InstanceDraft, Peer]], name: str) -> int:
    """How many directions of neighbours have a policy in their chain."""
    return sum(
        name in {each for one in chain for each in _names(str(one.value))}
        for _, peer in peers
        for chain in (peer.imports, peer.exports)
    )


def _levels(draft: Draft) -> set[Line]:
    """The lines that apply policies at some level of BGP."""
    settings: list[Setting] = []
    for instance in draft.instances.values():
        levels = [] if instance.bgp is None else [instance.bgp]
        for group in instance.groups.values():
            levels += [group.settings, *group.neighbours.values()]
        settings += [one for level in levels for each in level.lists.values() for one in each]
    return {one.line.place for one in settings}


def _is_mentioned(statements: Iterable[Statement], name: str, levels: set[Line]) -> bool:
    """Whether something applies a policy that is no neighbour of BGP in force.

    What is inactive counts: it may be active again some day.
    """
    for one in statements:
        if one.words[0] == "security" or name not in {*_names(one.words[-1])} | {*one.words}:
            continue
        if {line.place for line in one.lines} <= levels:
            continue
        for at, word in enumerate(one.words[:-1]):
            applies = _APPLIES.match(word) and not _DEFINES.match(word)
            if applies and name in {each for rest in one.words[at + 1 :] for each in _names(rest)}:
                return True
    return False


def _names(word: str) -> list[str]:
    return _NAME.findall(word)
