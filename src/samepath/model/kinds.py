"""Kinds of scalar values in a topology file: names, numbers, durations, addresses, secrets.

Each function makes a kind (see :mod:`samepath.model.fields`) that converts one scalar, says what it
admits and gives its JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from samepath.model.fields import One, Reading, Record, Refused, Schema
from samepath.model.policy import PrefixMatch
from samepath.model.problems import below, did_you_mean, show, spell_duration
from samepath.model.tree import Mapping as MappingNode
from samepath.model.tree import Node, Scalar
from samepath.model.unknown import SecretRef, SecretSource

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}
_ADDRESS = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")
_NETWORK = re.compile(rf"{_ADDRESS.pattern}/[0-9]{{1,2}}")
_PREFIX_MATCH = re.compile(rf"({_NETWORK.pattern})(?: ge ([0-9]{{1,2}}))?(?: le ([0-9]{{1,2}}))?")
_COMMUNITY = re.compile(r"([0-9]{1,5}):([0-9]{1,5})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_FILE = re.compile(r"/[^\x00-\x1f\x7f]{1,1023}")


def _text(pattern: re.Pattern[str]) -> Schema:
    """The schema of texts that match the whole pattern."""
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def name(longest: int = 31) -> One[str]:
    """A name that somebody chooses for an element."""
    pattern = re.compile(rf"[a-z][a-z0-9-]{{0,{longest - 1}}}")
    rule = f"use lower-case letters, digits and hyphens, a letter first, {longest} at most"
    return _matching(pattern, "a name", rule)


def vpn_name() -> One[str]:
    """The name of a whole VPN: in the names that Linux gets, ``--`` parts it from what follows."""
    pattern = re.compile(r"(?!.*--)(?!.*-$)[a-z][a-z0-9-]{0,30}")
    rule = "use lower-case letters, digits and single hyphens inside, a letter first, 31 at most"
    return _matching(pattern, "a name of a VPN", rule)


def _matching(pattern: re.Pattern[str], what: str, rule: str) -> One[str]:
    def convert(node: Scalar) -> str:
        if not isinstance(node.value, str) or not pattern.fullmatch(node.text):
            raise Refused(f"{show(node.text)} is not {what}", rule)
        return node.text

    return One(convert=convert, words=what, json=_text(pattern))


def spelled(spellings: Mapping[str, T]) -> One[T]:
    """One of a few words, each with its meaning; two words may mean the same."""
    words = " or ".join(
        part for part in (", ".join(list(spellings)[:-1]), list(spellings)[-1]) if part
    )

    def convert(node: Scalar) -> T:
        if isinstance(node.value, str) and node.value in spellings:
            return spellings[node.value]
        near = did_you_mean(node.text, spellings)
        advice = near if near.startswith("did") else f"use {words}"
        raise Refused(f"{show(node.text)} is not admitted", advice)

    return One(convert=convert, words=words, json={"enum": list(spellings)})


def choice(enumeration: type[E]) -> One[E]:
    """One of an enumeration's values."""
    return spelled({str(member.value): member for member in enumeration})


def _refused(node: Scalar, wanted: tuple[type, ...], what: str, advice: str = "") -> Refused:
    """Why a scalar is not what is wanted: the quotes may be all that is wrong."""
    if type(node.in_quotes) in wanted:
        return Refused(f"{show(node.text)} in quotes is a text", "write it without quotes")
    return Refused(f"{show(node.text)} {what}", advice)


def boolean() -> One[bool]:
    """True or false; YAML 1.2 knows no ``yes``."""

    def convert(node: Scalar) -> bool:
        if not isinstance(node.value, bool):
            raise _refused(node, (bool,), "is neither true nor false", "write true or false")
        return node.value

    return One(convert=convert, words="true or false", json={"type": "boolean"})


def integer(minimum: int, maximum: int, *, whose: str = "") -> One[int]:
    """A whole number between two others, both included."""
    words = f"a whole number from {minimum} to {maximum}"
    advice = f"give {words}{whose}"

    def convert(node: Scalar) -> int:
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool):
            raise _refused(node, (int,), "is not a whole number")
        if not minimum <= value <= maximum:
            raise Refused(_beyond(str(value), value < minimum, minimum, maximum), advice)
        return value

    json: Schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return One(convert=convert, words=words, json=json)


def _beyond(shown: str, less: bool, minimum: object, maximum: object) -> str:  # noqa: FBT001
    """What is wrong with a value outside its limits."""
    return f"{shown} is less than {minimum}" if less else f"{shown} is more than {maximum}"


def integers(
    *ranges: tuple[int, int], refused: Mapping[int, str] | None = None, words: str
) -> One[int]:
    """A whole number in one of several ranges, without those in ``refused`` (number: why)."""
    excluded = refused or {}

    def convert(node: Scalar) -> int:
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool):
            raise _refused(node, (int,), "is not a whole number")
        if value in excluded:
            raise Refused(f"{value} is {excluded[value]}", f"give {words}")
        if not any(low <= value <= high for low, high in ranges):
            raise Refused(f"{value} is not admitted", f"give {words}")
        return value

    json: Schema = {
        "anyOf": [{"type": "integer", "minimum": low, "maximum": high} for low, high in ranges]
    }
    if excluded:
        json["not"] = {"enum": sorted(excluded)}
    return One(convert=convert, words=words, json=json)


def duration(
    minimum: timedelta, maximum: timedelta, *, step: timedelta | None = None, whose: str = ""
) -> One[timedelta]:
    """A duration such as ``9s``, ``50ms``, ``1h``, or a bare number of seconds.

    ``step`` is what it must be a multiple of; ``whose`` says whose limits these are.
    """
    ends = (spell_duration(minimum), spell_duration(maximum))
    words = f"a duration from {ends[0]} to {ends[1]}"

    def convert(node: Scalar) -> timedelta:
        value = node.value
        if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
            number, unit = match.groups()
            # Below 10^9 hours only: a longer one is out of timedelta's range, and of ours.
            amount = min(float(number), 1e7)
            length = amount * _UNITS[unit]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            length = timedelta(seconds=max(min(float(value), 1e10), -1e10))
        else:
            advice = "write 9s, 50ms, 1h or a number of seconds"
            raise _refused(node, (int, float), "is not a duration", advice)
        if not minimum <= length <= maximum:
            raise Refused(_beyond(show(node.text), length < minimum, *ends), f"give {words}{whose}")
        if step is not None and length % step:
            raise Refused(f"{show(node.text)} is not a multiple of {spell_duration(step)}")
        return length

    json: Schema = {
        "anyOf": [
            {
                "type": "number",
                "minimum": minimum.total_seconds(),
                "maximum": maximum.total_seconds(),
            },
            _text(_DURATION),
        ]
    }
    return One(convert=convert, words=words, json=json)


def _to_address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise Refused(
            f"{show(text)} is not an IPv4 address", "write one such as 198.51.100.1"
        ) from error


def _to_network(text: str) -> IPv4Network:
    example = "write one such as 10.0.0.0/16"
    if not _NETWORK.fullmatch(text):
        raise Refused(f"{show(text)} is not an IPv4 network", example)
    try:
        network = IPv4Network(text, strict=False)
    except ValueError as error:
        raise Refused(f"{show(text)} is not an IPv4 network", example) from error
    if str(network.network_address) != text.partition("/")[0]:
        raise Refused(f"{text} has bits set behind its length", f"write {network}")
    return network


def address() -> One[IPv4Address]:
    """An IPv4 address of any kind."""
    return One(
        convert=lambda node: _to_address(node.text), words="an IPv4 address", json=_text(_ADDRESS)
    )


def outside_address() -> One[IPv4Address]:
    """An IPv4 address that a packet can be sent to across a network."""

    def convert(node: Scalar) -> IPv4Address:
        value = _to_address(node.text)
        if (
            value.is_unspecified
            or value.is_loopback
            or value.is_multicast
            or value.is_link_local
            or value.is_reserved
        ):
            raise Refused(f"{value} is no address that another machine could send to")
        return value

    return One(convert=convert, words="a unicast IPv4 address", json=_text(_ADDRESS))


def network(shortest: int = 0, longest: int = 32, *, whose: str = "") -> One[IPv4Network]:
    """An IPv4 network whose length lies between two others."""
    words = "an IPv4 network"
    if (shortest, longest) != (0, 32):
        words += f" from /{shortest} to /{longest}"

    def convert(node: Scalar) -> IPv4Network:
        value = _to_network(node.text)
        if not shortest <= value.prefixlen <= longest:
            large = value.prefixlen < shortest
            raise Refused(
                f"{value} is {'larger' if large else 'smaller'} than a "
                f"/{shortest if large else longest}",
                f"give {words}{whose}",
            )
        return value

    return One(convert=convert, words=words, json=_text(_NETWORK))


def prefix_match() -> One[PrefixMatch]:
    """A prefix with the lengths it admits: ``10.0.0.0/8``, ``10.0.0.0/8 ge 16 le 24``."""

    def convert(node: Scalar) -> PrefixMatch:
        match = _PREFIX_MATCH.fullmatch(node.text)
        if match is None:
            raise Refused(
                f"{show(node.text)} is not a prefix",
                'write "10.0.0.0/8" or "10.0.0.0/8 ge 16 le 24"',
            )
        prefix = _to_network(match[1])
        least = prefix.prefixlen if match[2] is None else int(match[2])
        most = (
            int(match[3])
            if match[3] is not None
            else (prefix.prefixlen if match[2] is None else 32)
        )
        if not prefix.prefixlen <= least <= most <= 32:
            raise Refused(
                f"{show(node.text)} admits no prefix",
                f"keep {prefix.prefixlen} <= ge <= le <= 32",
            )
        return PrefixMatch(prefix=prefix, minimum=least, maximum=most)

    words = 'a prefix such as "10.0.0.0/8" or "10.0.0.0/8 ge 16 le 24"'
    return One(convert=convert, words=words, json=_text(_PREFIX_MATCH))


def community() -> One[str]:
    """A standard BGP community (RFC 1997), written as two 16-bit numbers."""
    words = 'a community such as "65000:1"'

    def convert(node: Scalar) -> str:
        match = _COMMUNITY.fullmatch(node.text)
        if match is None or any(int(half) > 65535 for half in match.groups()):
            raise Refused(f"{show(node.text)} is not a standard community")
        return f"{int(match[1])}:{int(match[2])}"

    return One(convert=convert, words=words, json=_text(_COMMUNITY))


class Secret:
    """A pre-shared key, by reference only; ``generated`` has an empty locator until it is placed.

    What stands here is never repeated in a message: it may be the key itself.
    """

    def read(self, node: Node, path: str, reading: Reading) -> SecretRef | None:
        """The reference; a literal key is refused."""
        if isinstance(node, Scalar) and node.value == "generated":
            return SecretRef(source=SecretSource.GENERATED, locator="")
        if isinstance(node, MappingNode) and len(node.entries) == 1:
            ((key, entry),) = node.entries.items()
            reading.places[below(path, key)] = node.places[key]
            if key == "file":
                what = "an absolute path (who reads it works in another directory)"
                return self._reference(entry, path, reading, SecretSource.FILE, _FILE, what)
            if key == "environment":
                what = "the name of an environment variable"
                return self._reference(
                    entry, path, reading, SecretSource.ENVIRONMENT, _VARIABLE, what
                )
        message = "is not a reference to a key"
        if isinstance(node, Scalar) and node.value is not None:
            message = "is a key itself, which whoever reads this file would learn"
        reading.refuse(path, node.place, message, f"give {self.allowed()}")
        return None

    @staticmethod
    def _reference(
        node: Node,
        path: str,
        reading: Reading,
        source: SecretSource,
        pattern: re.Pattern[str],
        what: str,
    ) -> SecretRef | None:
        if (
            isinstance(node, Scalar)
            and isinstance(node.value, str)
            and pattern.fullmatch(node.value)
        ):
            return SecretRef(source=source, locator=node.value)
        where = below(path, source.value)
        reading.refuse(where, node.place, f"is not {what}", f"give {what}")
        return None

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        return {
            "anyOf": [
                {"const": "generated"},
                *(
                    {
                        "type": "object",
                        "properties": {key: _text(pattern)},
                        "required": [key],
                        "additionalProperties": False,
                    }
                    for key, pattern in (("file", _FILE), ("environment", _VARIABLE))
                ),
            ]
        }

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return "generated, {file: PATH} or {environment: NAME}"

    def inner(self) -> Record | None:
        """No record inside."""
        return None
