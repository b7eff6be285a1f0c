"""Conditions of BIRD's filters: which routes they are about.

What is understood: conditions on ``net`` (a prefix, a set of them, or a set that was defined) and
on ``bgp_community``, ``true`` and ``false``. Everything else is opaque, in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from itertools import pairwise

from samepath.device.bird.reading.statements import DEEPEST, Token
from samepath.device.reading.grammar import number_of
from samepath.device.reading.kinds import community
from samepath.device.reading.prefix_sets import complement, without
from samepath.model.policy import PrefixMatch

TOO_DEEP = "it is nested too deep"
_PREFIX = re.compile(r"\d+\.\d+\.\d+\.\d+/\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What must hold: prefixes (None: any), communities (None: any), and what is not modelled."""

    prefixes: tuple[PrefixMatch, ...] | None = None
    communities: tuple[str, ...] | None = None
    opaque: tuple[str, ...] = ()
    never: bool = False
    words: tuple[str, ...] = ()

    def with_(self, other: Condition) -> Condition:
        """Both of them."""
        prefixes, opaque = self.prefixes, self.opaque + other.opaque
        if other.prefixes is not None:
            mine = prefixes
            prefixes = other.prefixes if mine is None else _both(mine, other.prefixes)
        communities = self.communities
        if other.communities is not None:
            if communities is not None:
                opaque = (*opaque, "two conditions on communities")
            communities = communities or other.communities
        return Condition(
            prefixes=prefixes,
            communities=communities,
            opaque=opaque,
            never=self.never or other.never or prefixes == (),
            words=self.words + other.words,
        )

    def otherwise(self) -> Condition:
        """What holds where it does not."""
        words = (f"not ({' and '.join(self.words)})",)
        if self.never:
            return Condition()
        if self.opaque or self.communities is not None:
            return Condition(opaque=words, words=words)
        if self.prefixes is None:
            return Condition(never=True)
        return Condition(prefixes=complement(self.prefixes), words=words)


def _both(one: Sequence[PrefixMatch], other: Sequence[PrefixMatch]) -> tuple[PrefixMatch, ...]:
    """What both sets of prefixes hold: the first without what the second does not hold."""
    return tuple(without(list(one), complement(other)))


@dataclass(kw_only=True, slots=True)
class ConditionReading:
    """Conditions of a configuration, whose definitions they may name."""

    defines: Mapping[str, Sequence[Token]]
    used: set[str] = field(default_factory=set)
    """The definitions that were asked for."""

    def condition(self, tokens: Sequence[Token], depth: int = 0) -> Condition:
        """What a condition comes to. Raises :class:`TooManyPatterns`."""
        if depth > DEEPEST:
            return Condition(opaque=(TOO_DEEP,), words=(TOO_DEEP,))
        tokens = _unwrapped(tokens)
        words = [token.text for token in tokens]
        joints = _joints(tokens)
        if joints:
            found = self.condition(tokens[: joints[0]], depth + 1)
            for joint, end in pairwise([*joints, len(tokens)]):
                after = self.condition(tokens[joint + 1 : end], depth + 1)
                both = words[joint] == "&&"
                found = found.with_(after) if both else self._either((found, after), words[:end])
            return found
        if words[:1] == ["!"]:
            return self.condition(tokens[1:], depth + 1).otherwise()
        match words:
            case ["true"]:
                return Condition()
            case ["false"]:
                return Condition(never=True)
            case ["net", "=", prefix] if _PREFIX.fullmatch(prefix):
                return self._net([tokens[2]], words)
            case ["net", "!=", prefix] if _PREFIX.fullmatch(prefix):
                return self._net([tokens[2]], words).otherwise()
            case ["net", "~", *_]:
                return self._net(tokens[2:], words)
            case ["net", "!~", *_]:
                return self._net(tokens[2:], words).otherwise()
            case ["bgp_community", "~", *_]:
                return self._communities(tokens[2:], words)
            case _:
                text = " ".join(words)
                return Condition(opaque=(text,), words=(text,))

    @staticmethod
    def _either(found: Sequence[Condition], words: Sequence[str]) -> Condition:
        text = " ".join(words)
        live = [one for one in found if not one.never]
        if not live:
            return Condition(never=True)
        simple = all(
            one.prefixes is not None and one.communities is None and not one.opaque for one in live
        )
        if not simple:
            return Condition(opaque=(text,), words=(text,))
        joined = tuple(match for one in live for match in one.prefixes or ())
        return Condition(prefixes=joined, words=(text,))

    def _net(self, tokens: Sequence[Token], words: Sequence[str]) -> Condition:
        text = " ".join(words)
        matches = self._prefixes(tokens)
        if matches is None:
            return Condition(opaque=(text,), words=(text,))
        return Condition(prefixes=matches, never=not matches, words=(_short(text),))

    def _prefixes(self, tokens: Sequence[Token], depth: int = 0) -> tuple[PrefixMatch, ...] | None:
        """A prefix, a set in brackets, or the name of one; None if it is none of these."""
        if len(tokens) == 1 and tokens[0].text in self.defines and depth < 8:
            self.used.add(tokens[0].text)
            return self._prefixes(self.defines[tokens[0].text], depth + 1)
        texts = [token.text for token in tokens]
        if texts[:1] == ["["] and texts[-1:] == ["]"]:
            texts = texts[1:-1]
        found: list[PrefixMatch] = []
        for item in _items(texts):
            match = _pattern(item)
            if match is None:
                return None
            found.append(match)
        return tuple(found)

    def _communities(self, tokens: Sequence[Token], words: Sequence[str]) -> Condition:
        texts = "".join(token.text for token in tokens)
        if len(tokens) == 1 and texts in self.defines:
            self.used.add(texts)
            texts = "".join(token.text for token in self.defines[texts])
        found = re.findall(r"\((\d+),(\d+)\)", texts)
        text = " ".join(words)
        if not found or re.sub(r"\(\d+,\d+\)", "", texts).strip("[],"):
            return Condition(opaque=(text,), words=(text,))
        try:
            communities = tuple(community(f"{high}:{low}") for high, low in found)
        except ValueError:
            return Condition(opaque=(text,), words=(text,))
        return Condition(communities=communities, words=(_short(text),))


_LONGEST = 60
_LOOSE = re.compile(r" (?=[+,)\]}.])|(?<=[(\[{.]) | (?=\()")


def _short(text: str) -> str:
    """The words of a statement as people write them, and not all of a long one."""
    tidy = _LOOSE.sub("", text)
    return tidy if len(tidy) <= _LONGEST else f"{tidy[:_LONGEST]}..."


def _unwrapped(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without the brackets around all of it."""
    while len(tokens) > 1 and tokens[0].text == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if not depth:
            return number
    return -1


def _joints(tokens: Sequence[Token]) -> list[int]:
    """Where the ``&&`` and ``||`` are that stand in no brackets.

    The two bind alike, from the left (BIRD's ``conf/confbase.Y``: ``%left AND OR``).
    """
    found = []
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if token.text in {"&&", "||"} and not depth:
            found.append(number)
    return found


def _items(texts: Sequence[str]) -> Iterator[str]:
    item = ""
    depth = 0
    for text in texts:
        depth += {"{": 1, "}": -1}.get(text, 0)
        if text == "," and not depth:
            yield item
            item = ""
        else:
            item += text
    if item:
        yield item


_ITEM = re.compile(r"(\d+\.\d+\.\d+\.\d+)/(\d+)([+-]?)(?:\{(\d+),(\d+)\})?")


def _pattern(item: str) -> PrefixMatch | None:
    """``10.0.0.0/8``, ``/8+``, ``/8-`` (its parents, not modelled), ``/8{16,24}``."""
    found = _ITEM.fullmatch(item)
    if found is None or found[3] == "-":
        return None
    try:
        prefix = IPv4Network(f"{found[1]}/{found[2]}", strict=False)
    except ValueError:
        return None
    low = high = prefix.prefixlen
    if found[3] == "+":
        high = 32
    if found[4] is not None:
        least, most = number_of(found[4]), number_of(found[5], 32)
        if least is None or most is None or not prefix.prefixlen <= least <= most:
            return None
        low, high = least, most
    return PrefixMatch(prefix=prefix, minimum=low, maximum=high)
