"""A device's policy on the session of a tunnel, as a topology has it.

What a device does before its policy (a weight of the neighbour, the map of a ``network`` line) goes
in front of it as terms of its own; what does not reach the session at all (a neighbour that is shut
down) is a policy that rejects everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from samepath.device.reading.configuration import Knobs, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Place
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.problems import below
from samepath.model.topology import Policies
from samepath.pairing.announcing import effect
from samepath.pairing.matching import Match
from samepath.routing.findings.evidence import policy_path
from samepath.routing.network import DEFAULT

NOTHING = Policies(
    imports=Policy(terms=(Term(disposition=Disposition.REJECT),)),
    exports=Policy(terms=(Term(disposition=Disposition.REJECT),)),
)
"""A session that exchanges nothing, or is not there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What holds for all sessions of a device with AWS.

    ``hidden`` are networks that it does not announce, though they stand for some that it does;
    ``changes`` is what its own lines set on a prefix; ``requires`` whether it exchanges nothing in a
    direction without a policy (RFC 8212).
    """

    requires: bool
    hidden: tuple[IPv4Network, ...] = ()
    changes: Mapping[IPv4Network, Changes] = field(default_factory=dict)
    default_by_term: bool = False
    """Whether its ``default-originate`` changes what it announces, and so stands as terms."""
    announces_default: bool = False
    """Whether it has 0.0.0.0/0 to announce beside that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Translated:
    """The policies, and the line of each value of theirs by its path in the topology."""

    policies: Policies
    places: Mapping[str, Place]


def translate(
    match: Match,
    neighbour: Neighbour,
    knobs: Knobs,
    setting: Setting,
    instead: Policy | None = None,
) -> Translated:
    """The policies of the device's end of a tunnel; ``instead`` stands for those on import."""
    places: dict[str, Place] = {}
    before_import = [*_before_import(neighbour, knobs)]
    before_export = [*_before_export(neighbour, setting)]
    imports = _with(before_import, neighbour.imports, requires=setting.requires)
    exports = _with(before_export, neighbour.exports, requires=setting.requires)
    if setting.requires and setting.default_by_term and neighbour.exports is None:
        # The default route alone needs no policy (FRR's subgroup_default_originate).
        nothing_else = Term(disposition=Disposition.REJECT)
        exports = Policy(terms=(*_default(neighbour, setting), nothing_else))
    for word, applied, own in (
        ("import", neighbour.imports, len(before_import)),
        ("export", neighbour.exports, len(before_export)),
    ):
        path = policy_path(match.connection, match.tunnel, "customer", word)
        places[path] = neighbour.place if applied is None else applied.place
        if applied is not None:
            for position, place in _clause_places(applied):
                places[below(path, own + position)] = place
    first = neighbour.weight or knobs.local_preference
    if before_import and first is not None:
        places[below(policy_path(match.connection, match.tunnel, "customer", "import"), 0)] = (
            first.place
        )
    default = neighbour.default_originate
    if default is not None:
        places[policy_path(match.connection, match.tunnel, "customer", "default_originate")] = (
            default.place
        )
    return Translated(
        policies=Policies(
            imports=imports if instead is None else instead,
            exports=exports,
            default_originate=default is not None and not setting.default_by_term,
        ),
        places=places,
    )


def _with(before: list[Term], applied: AppliedPolicy | None, *, requires: bool) -> Policy:
    if applied is None:
        return Policy() if requires else Policy(terms=tuple(before))
    own = applied.policy.terms
    if not own and not before:
        # It has a policy, and one that takes everything.
        own = (Term(),)
    return Policy(terms=(*before, *own))


def _before_import(neighbour: Neighbour, knobs: Knobs) -> Iterator[Term]:
    changes = Changes(
        weight=None if neighbour.weight is None else neighbour.weight.value,
        local_preference=None if knobs.local_preference is None else knobs.local_preference.value,
    )
    if changes != Changes():
        yield Term(changes=changes, disposition=Disposition.NEXT)


def _before_export(neighbour: Neighbour, setting: Setting) -> Iterator[Term]:
    for network in setting.hidden:
        yield Term(conditions=exactly(network), disposition=Disposition.REJECT)
    if setting.default_by_term:
        yield from _default(neighbour, setting)
    for prefix, changes in setting.changes.items():
        yield Term(conditions=exactly(prefix), changes=changes, disposition=Disposition.NEXT)


def _default(neighbour: Neighbour, setting: Setting) -> Iterator[Term]:
    """The default route that goes past the policy, with what a map of its own sets."""
    default = neighbour.default_originate
    if default is not None:
        own = Policy() if default.policy is None else default.policy.policy
        changes = effect(own, DEFAULT)
        if changes is not None:
            yield Term(conditions=exactly(DEFAULT), changes=changes)
            return
    if not setting.announces_default:
        yield Term(conditions=exactly(DEFAULT), disposition=Disposition.REJECT)


def exactly(prefix: IPv4Network) -> Conditions:
    """That a route is to this prefix."""
    length = prefix.prefixlen
    return Conditions(prefixes=(PrefixMatch(prefix=prefix, minimum=length, maximum=length),))


def changes_default(neighbours: Iterable[Neighbour]) -> bool:
    """Whether a map of the default route's own does anything to it."""
    return any(
        one.default_originate is not None
        and one.default_originate.policy is not None
        and effect(one.default_originate.policy.policy, DEFAULT) != Changes()
        for one in neighbours
    )


def _clause_places(applied: AppliedPolicy) -> Iterator[tuple[int, Place]]:
    """The line of each term, where terms are clauses one for one."""
    terms = applied.policy.terms
    clauses = applied.clauses
    implied = len(terms) - len(clauses)
    last_is_implied = implied == 1 and terms[-1] == Term(disposition=Disposition.REJECT)
    if implied == 0 or last_is_implied:
        yield from ((position, clause.place) for position, clause in enumerate(clauses))
