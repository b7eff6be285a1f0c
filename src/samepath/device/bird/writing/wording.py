"""The words of a filter's terms."""

from __future__ import annotations

from samepath.device.bird.policy import filter_lines
from samepath.device.policy import NotRenderable
from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term


def statements(term: Term, asn: int, step: str) -> list[str]:
    """A term as statements of a filter; none where it has nothing to do.

    ``step`` is how far a block stands in. Raises :class:`NotWritable`.
    """
    if term.disposition is Disposition.NEXT and term.changes == Changes():
        return []
    try:
        condition, *inner, end = filter_lines(Policy(terms=(term,)), asn)
    except NotRenderable as error:
        raise NotWritable(str(error)) from error
    # What adds a community and goes on is a term of its own: conditions behind it may ask for that.
    is_apart = bool(term.changes.add_communities) and term.disposition is Disposition.NEXT
    if term.conditions == Conditions() and not is_apart:
        return inner
    if len(inner) == 1:
        return [f"{condition.removesuffix('{')}{inner[0]}"]
    return [condition, *(f"{step}{line}" for line in inner), end]
