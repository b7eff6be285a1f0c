"""The words of a policy statement's terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import permutations

from samepath.device.junos.draft import Draft
from samepath.device.reading.kinds import community
from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Changes, Conditions, Disposition, PrefixMatch, Term

_PLAIN = re.compile(r"[^\s{}\[\];\"#]+")
_LONGEST = 32
_ACTIONS = {"local_preference": "local-preference", "med": "metric", "prepend": "as-path-prepend"}
"""What a term may set to one value, by its name in ``Changes``."""


def command(*words: str) -> str:
    """Words as a command has them: one with a space is quoted."""
    return " ".join(word if _PLAIN.fullmatch(word) else f'"{word}"' for word in words)


def term_path(policy: str, term: str) -> str:
    """A term as a command names it; without a name it is the last one of its statement."""
    return command("policy-options", "policy-statement", policy, *(("term", term) if term else ()))


@dataclass(kw_only=True, slots=True)
class Communities:
    """The names of communities: those of the configuration, and new ones."""

    draft: Draft
    free: Callable[[str], str]
    made: dict[str, str] = field(default_factory=dict)
    """The new ones, by what they stand for."""

    def name(self, value: str) -> str:
        """The name of a community alone."""
        for known in self.draft.communities.values():
            if not known.opaque and self.members(known.name) == (value,):
                return known.name
        return self.made.setdefault(value, self.free(f"SAMEPATH-{value.replace(':', '-')}"))

    def members(self, name: str) -> tuple[str, ...] | None:
        """What a name stands for; None where there are expressions."""
        named = self.draft.communities.get(name)
        if named is None:
            return None
        try:
            return tuple(map(community, named.members))
        except ValueError:
            return None

    def lines(self) -> Iterator[str]:
        """The commands that make the new ones."""
        for value, name in self.made.items():
            yield f"set {command('policy-options', 'community', name, 'members', value)}"

    def reverts(self) -> Iterator[str]:
        """The commands that take the new ones away."""
        for name in self.made.values():
            yield f"delete {command('policy-options', 'community', name)}"


def term_lines(path: str, term: Term, asn: int, communities: Communities) -> list[str]:
    """The commands that make a term; none for one that has nothing to do.

    Raises :class:`NotWritable`.
    """
    idle = term.disposition is Disposition.NEXT and term.changes == Changes()
    if idle:
        return []
    actions = [*_actions(term, asn, communities)]
    conditions = _conditions(term.conditions, communities)
    return [f"set {path} {one}" for one in (*conditions, *actions)]


def most_lines(term: Term) -> int:
    """How many commands a term takes at most, apart from those that make a community."""
    conditions, changes = term.conditions, term.changes
    return (
        len(conditions.prefixes)
        + bool(conditions.communities)
        + len(values(changes))
        + len(changes.add_communities)
        + 1
    )


def _conditions(conditions: Conditions, communities: Communities) -> Iterator[str]:
    """Of a term's route filters the one with the longest prefix decides, whatever the others say.

    Raises :class:`NotWritable` where another one would have let a route pass.
    """
    for match, other in permutations(conditions.prefixes, 2):
        inner = match.prefix != other.prefix and match.prefix.subnet_of(other.prefix)
        if inner and match.prefix.prefixlen <= other.maximum:
            raise NotWritable(
                f"in a term of Junos {match.prefix} takes what lies in it from {other.prefix}: "
                "it takes a term for each"
            )
    for match in dict.fromkeys(conditions.prefixes):
        yield f"from route-filter {match.prefix} {_kind(match)}"
    names = [communities.name(one) for one in dict.fromkeys(conditions.communities)]
    if names:
        yield f"from community {members(names)}"


def members(names: list[str]) -> str:
    """A list, in brackets where it has more than one member."""
    return command(*names) if len(names) == 1 else f"[ {command(*names)} ]"


def _kind(match: PrefixMatch) -> str:
    own, least, most = match.prefix.prefixlen, match.minimum, match.maximum
    if own == least == most:
        return "exact"
    if least == own:
        return "orlonger" if most == _LONGEST else f"upto /{most}"
    if (least, most) == (own + 1, _LONGEST):
        return "longer"
    return f"prefix-length-range /{least}-/{most}"


def _actions(term: Term, asn: int, communities: Communities) -> Iterator[str]:
    if term.disposition is not Disposition.REJECT:
        for attribute, value in values(term.changes).items():
            yield f"then {action(attribute, value, asn)}"
        for one in dict.fromkeys(term.changes.add_communities):
            yield f"then community add {command(communities.name(one))}"
    if term.disposition is not Disposition.NEXT:
        yield f"then {term.disposition.value}"


def values(changes: Changes) -> dict[str, int]:
    """What is set to one value, by its name in ``Changes``."""
    told = {
        "local_preference": changes.local_preference,
        "med": changes.med,
        "prepend": changes.prepend or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def action(attribute: str, value: int, asn: int) -> str:
    """An action that sets one value."""
    text = command(" ".join([str(asn)] * value)) if attribute == "prepend" else str(value)
    return f"{_ACTIONS[attribute]} {text}"


def leaf(attribute: str) -> str:
    """The statement of an action, without its value."""
    return _ACTIONS[attribute]
