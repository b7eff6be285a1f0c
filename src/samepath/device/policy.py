"""What a platform's rendering of a policy begins with: whether it can be said at all."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.policy import Policy, Term


class NotRenderable(ValueError):
    """A file says something, most likely in a policy, that a platform has no words for."""


def modelled_terms(policy: Policy) -> Iterator[Term]:
    """The terms of a policy. Raises :class:`NotRenderable` at one with a part that is not modelled."""
    for term in policy.terms:
        if term.opaque:
            listed = "; ".join(opaque.source for opaque in term.opaque)
            raise NotRenderable(f"this part of a policy is not modelled: {listed}")
        yield term
