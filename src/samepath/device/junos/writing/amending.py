"""A neighbour's policy made what it is to be, in the fewest commands.

There are four ways. A statement that nothing else applies is changed in place: a term gets an
action, another value, a term in front of it, or is deactivated. One that others apply too is copied
first, and the copy is changed. What is for every route may stand in a statement of its own in front
of the chain. And there is a new statement in place of all. Each way that there is for an edit is
written, and the shortest one that reads as what is meant is taken.

Nothing has to be reset: a commit makes the routing process go through its policies again, and what
was heard is kept (Juniper, "Routing Policies, Firewall Filters, and Traffic Policers User Guide").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from samepath.device.junos.terms import undecided
from samepath.device.junos.writing.place import Metric, Place, Placed, place_of
from samepath.device.junos.writing.way import Writing, are_same
from samepath.device.reading.source import Source
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.trial import first_that_holds
from samepath.model.change import Direction
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.policy_form import normal, together

_TYPED = "typed"


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    _refuse(edit)
    place = place_of(edit)
    if normal(Policy(terms=tuple(one.term for one in place.terms))) == normal(edit.after):
        return Patch(lines=(), reverts=(), resets=())
    ways = _Ways(edit=edit, place=place)
    found = sorted(ways.closed(), key=lambda one: len(one.lines))
    return first_that_holds(edit, (*found, *ways.open()), after, ways.otherwise)


def after(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """A device's files once commands were typed: they come last, whatever form the files have."""
    *others, last = sources
    text = "".join(f"{one}\n" for one in lines)
    if last.name == _TYPED:
        return (*others, Source(name=_TYPED, text=last.text + text))
    return (*sources, Source(name=_TYPED, text=text))


def _refuse(edit: Edit) -> None:
    """Raise :class:`NotWritable` at what Junos has no words for."""
    remote = edit.neighbour.remote_as
    internal = remote is not None and remote.value in {edit.bgp.asn.value, "internal"}
    for term in edit.after.terms:
        if term.disposition is Disposition.REJECT:
            continue
        if term.changes.weight is not None:
            raise NotWritable("Junos has no weight: what it chooses by first is local-preference")
        announces = edit.direction is Direction.EXPORT and not internal
        if announces and term.changes.local_preference is not None:
            raise NotWritable("local-preference does not reach a neighbour of another AS")
        if term.changes.prepend and not edit.bgp.asn.value and edit.neighbour.local_as is None:
            raise NotWritable("no line says the device's own AS, which would be put in front")


# ----------------------------------------------------------------------------------------- the ways


@dataclass(kw_only=True, slots=True)
class _Ways:
    """The ways to make an edit."""

    edit: Edit
    place: Place
    otherwise: str = (
        "no commands were found that change this policy alone: where its statements come from "
        "groups, or the metric-out of its group counts, it has to be changed by hand"
    )
    """What is said where none of them does what is meant."""

    def closed(self) -> Iterator[Patch]:
        """Each way that lets nothing new pass but what is named."""
        terms = self.edit.after.terms
        shapes = dict.fromkeys((terms, distributed(terms), normal(self.edit.after).terms))
        told = dict.fromkeys(map(self._told, shapes))
        for way in dict.fromkeys((*shapes, *told)):
            yield from self._tried(Writing.in_place, way)
        if self.place.metric is not None:
            yield from _of_metric(self.place.metric, self.place.terms[1:], terms)
        if _is_for_every_route(terms[:1]) and are_same(self.place.terms, terms[1:]):
            yield from self._tried(Writing.in_front, terms[:1])
        for way in told:
            yield from self._tried(Writing.anew, way)

    def open(self) -> Iterator[Patch]:
        """What else there is: everything that comes into the routing table is announced."""
        if self.edit.direction is Direction.EXPORT:
            yield from self._tried(Writing.anew, normal(self.edit.after).terms)

    def _told(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """The terms as a new statement has them.

        An announcement ends with the networks that the device announces, and without what the
        default of BGP does by itself: a last term that lets everything pass would let pass
        whatever comes into the routing table.
        """
        if self.edit.direction is Direction.IMPORT:
            return terms
        own = _exactly(one.prefix for one in self.edit.bgp.networks)
        found: list[Term] = []
        last = Term()
        for term in terms:
            if term.conditions == Conditions() and not _goes_on(term):
                last = term
                break
            found.append(term)
        if last.disposition is Disposition.REJECT:
            return (*found, last)
        by_default = Conditions(prefixes=undecided(found[:-1], own))
        if found and found[-1] == Term(conditions=by_default, disposition=Disposition.REJECT):
            found.pop()
        elif left := undecided(found, own):
            found.append(replace(last, conditions=Conditions(prefixes=left)))
        if last.changes != Changes():
            found.append(Term(changes=last.changes, disposition=Disposition.NEXT))
        return tuple(found)

    def _tried(
        self, way: Callable[[Writing, tuple[Term, ...]], Patch | None], terms: tuple[Term, ...]
    ) -> Iterator[Patch]:
        try:
            found = way(Writing(place=self.place, edit=self.edit), terms)
        except NotWritable as error:
            self.otherwise = str(error)
            return
        if found is not None:
            yield found


def _of_metric(
    metric: Metric, rest: tuple[Placed, ...], terms: tuple[Term, ...]
) -> Iterator[Patch]:
    """``metric-out`` with another value, or without any, where the rest stays as it is."""
    delete, old = f"delete {metric.path}", f"set {metric.path} {metric.value}"
    if metric.is_own and are_same(rest, terms):
        yield Patch(lines=(delete,), reverts=(old,), resets=())
    elif _is_for_every_route(terms[:1]) and are_same(rest, terms[1:]):
        changes = terms[0].changes
        new = f"set {metric.path} {changes.med}"
        if changes == Changes(med=changes.med) and metric.is_own:
            yield Patch(lines=(delete, new), reverts=(delete, old), resets=())
        elif changes == Changes(med=changes.med):
            yield Patch(lines=(new,), reverts=(delete,), resets=())


def _exactly(networks: Iterable[IPv4Network]) -> tuple[PrefixMatch, ...]:
    return tuple(
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in networks
    )


def _is_for_every_route(terms: Sequence[Term]) -> bool:
    return bool(terms) and all(
        one.conditions == Conditions() and not one.opaque and one.disposition is Disposition.NEXT
        for one in terms
    )


def distributed(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The same policy with what the first terms do to every route in each of those behind them."""
    pending, found = Changes(), list[Term]()
    rest = [*terms]
    while rest:
        term = rest.pop(0)
        if _is_for_every_route([term]) and not term.changes.add_communities:
            pending = together(pending, term.changes)
        elif term.disposition is Disposition.NEXT and pending != Changes():
            return terms
        elif term.disposition is Disposition.ACCEPT:
            found.append(
                Term(
                    conditions=term.conditions,
                    changes=together(pending, term.changes),
                    disposition=term.disposition,
                    opaque=term.opaque,
                )
            )
        else:
            found.append(term)
        if term.conditions == Conditions() and not _goes_on(term):
            return tuple(found)
    if pending != Changes():
        found.append(Term(changes=pending, disposition=Disposition.NEXT))
    return tuple(found)


def _goes_on(term: Term) -> bool:
    return bool(term.opaque) or term.disposition is Disposition.NEXT
