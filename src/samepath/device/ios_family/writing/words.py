"""Where the platforms of the family want other words for the same thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from samepath.device.ios_family.draft import BgpDraft, Draft
from samepath.device.reading.configuration import DeviceConfiguration, Neighbour
from samepath.device.reading.source import Source
from samepath.model.change import Direction
from samepath.model.policy import Changes, PrefixMatch


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Lines that open a block and the blocks in it, and those that leave all of them again."""

    opens: tuple[str, ...]
    leaves: tuple[str, ...]

    def around(self, lines: Iterable[str]) -> Iterator[str]:
        """The block with lines in it."""
        yield from self.opens
        yield from (f"{' ' * len(self.opens)}{line}" for line in lines)
        yield from self.leaves


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """A platform's words."""

    title: str
    goes_on: str
    """What lets a route go on to the next clause."""
    community_list: str
    """What an entry of a community list begins with, before the list's name."""
    bare_prepend: bool
    """Whether a prepending is taken back without its numbers."""
    sets_add: bool
    """Whether a second prepending, or a second set of communities, may stand beside the first."""
    needs_policy: bool
    """Whether an eBGP session without a policy exchanges nothing, where no line says otherwise."""
    exports_of_groups: bool
    """Whether a member of a group may have an export policy of its own."""
    block: Callable[[BgpDraft], Block]
    """The block in which a speaker's neighbours get their policies."""
    reset: Callable[[str | None, Neighbour, Direction], str]
    """Lets a neighbour's policy take effect, by table, neighbour and direction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A platform of the family: its words, and how its files are read.

    ``read`` and ``drafted`` get the platform's own files alone.
    """

    words: Words
    read: Callable[[Sequence[Source]], DeviceConfiguration]
    drafted: Callable[[Sequence[Source]], Draft]


def pattern(match: PrefixMatch) -> str:
    """What an entry of a prefix list permits: ``10.0.0.0/8 ge 16 le 24``.

    One without either matches the prefix itself.
    """
    text, longer = str(match.prefix), match.minimum > match.prefix.prefixlen
    if longer:
        text += f" ge {match.minimum}"
    if longer or match.maximum > match.minimum:
        text += f" le {match.maximum}"
    return text


def set_lines(changes: Changes, asn: int) -> dict[str, str]:
    """What a clause of a router of this ASN sets: a line for each attribute."""
    found: dict[str, str] = {}
    if changes.weight is not None:
        found["weight"] = f"set weight {changes.weight}"
    if changes.local_preference is not None:
        found["local_preference"] = f"set local-preference {changes.local_preference}"
    if changes.med is not None:
        found["med"] = f"set metric {changes.med}"
    if changes.prepend:
        found["prepend"] = f"set as-path prepend {' '.join([str(asn)] * changes.prepend)}"
    if changes.add_communities:
        found["add_communities"] = f"set community {' '.join(changes.add_communities)} additive"
    return found


def unset(words: Words, attribute: str, line: str) -> str:
    """The line that takes such a line back."""
    if attribute == "prepend" and words.bare_prepend:
        return "no set as-path prepend"
    return f"no {line}"
