"""JSON that somebody else wrote, asked in types: each wrong answer is noted with its path.

An :class:`Item` is a JSON object. Its questions give None where the key is absent, empty or wrong;
what is wrong is noted in the :class:`Reading`, and the rest is read all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.model.problems import Problem, below, show

_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""AWS's ids, and all that can be a name in a topology."""
_LARGEST = 2**32 - 1


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Where:
    """A value's file, and its path there as JSON tools write it."""

    file: str
    path: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """A problem of a file, or something about it that is worth saying."""

    file: str
    problem: Problem

    def __str__(self) -> str:
        return self.problem.render(self.file)


class InvalidDescription(ValueError):
    """Descriptions that cannot be used: all that is wrong with all of the files."""

    def __init__(self, problems: tuple[Remark, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(kw_only=True, slots=True)
class Reading:
    """What has been gathered while files are read."""

    problems: list[Remark] = field(default_factory=list)
    skipped: list[Remark] = field(default_factory=list)
    """What was passed over, and why."""

    def wrong(self, where: Where, message: str, advice: str = "", line: int | None = None) -> None:
        """Note a problem."""
        problem = Problem(path=where.path, message=message, advice=advice, line=line)
        self.problems.append(Remark(file=where.file, problem=problem))

    def skip(self, where: Where, message: str) -> None:
        """Note what is passed over."""
        self.skipped.append(
            Remark(file=where.file, problem=Problem(path=where.path, message=message))
        )


class _GivenTwice(ValueError):
    """A key that an object has twice."""


def read_json(text: str, file: str, reading: Reading) -> object:
    """The value of a JSON text; None after noting what is wrong."""
    where = Where(file=file)
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        reading.wrong(where, f"this is no JSON: {error.msg}", line=error.lineno)
    except RecursionError:
        reading.wrong(where, "this is no JSON of use: its values are nested too deep")
    except _GivenTwice as error:
        reading.wrong(where, f"a key is given twice in one object: {error}")
    except ValueError:  # A number of more digits than the interpreter converts.
        reading.wrong(where, "this is no JSON of use: a number in it has too many digits")
    return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _GivenTwice(show(next(name for name in names if names.count(name) > 1)))
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A JSON object and where it stands. It may hold a key, so its values are never shown."""

    values: Mapping[str, object] = field(repr=False)
    where: Where
    reading: Reading

    def at(self, key: str) -> Where:
        """Where the value of ``key`` stands."""
        return Where(file=self.where.file, path=below(self.where.path, key))

    def has(self, *keys: str) -> bool:
        """Whether it has all these keys."""
        return all(key in self.values for key in keys)

    def _wrong(self, key: str, message: str, what: str) -> None:
        self.reading.wrong(self.at(key), message, f"give {what}")

    def _value(self, key: str) -> object:
        value = self.values.get(key)
        return None if value == "" else value

    def text(self, key: str) -> str | None:
        """A text."""
        value = self._value(key)
        if value is None or isinstance(value, str):
            return value
        self._wrong(key, "is no text", "a text")
        return None

    def identity(self, key: str) -> str | None:
        """An AWS id such as ``vpn-0123456789abcdef0``."""
        value = self.text(key)
        if value is None or _ID.fullmatch(value):
            return value
        self._wrong(key, f"{show(value)} is no id", "one such as vpn-0123456789abcdef0")
        return None

    def word(self, key: str) -> str | None:
        """A word of an enumeration, in lower case."""
        value = self.text(key)
        return None if value is None else value.lower()

    def number(self, key: str) -> int | None:
        """A whole number from 0 to 2^32 - 1, written as a number or as a text."""
        value = self._value(key)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
            value = int(value)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
            self._wrong(key, f"{_spelled(value)} is no number of use", "a whole number")
            return None
        return value

    def duration(self, key: str) -> timedelta | None:
        """A number of seconds."""
        number = self.number(key)
        return None if number is None else timedelta(seconds=number)

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self._value(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, f"{_spelled(value)} is neither true nor false", "true or false")
        return None

    def address(self, key: str) -> IPv4Address | None:
        """An IPv4 address."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return IPv4Address(value)
        except ValueError:
            self._wrong(key, f"{show(value)} is no IPv4 address", "one such as 203.0.113.5")
            return None

    def network(self, key: str) -> IPv4Network | None:
        """An IPv4 network; AWS lets bits stand behind its length."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return IPv4Network(value, strict=False)
        except ValueError:
            self._wrong(key, f"{show(value)} is no IPv4 network", "one such as 10.0.0.0/16")
            return None

    def item(self, key: str) -> Item:
        """The object under ``key``; an empty one if there is none."""
        value = self._value(key)
        if value is not None and not isinstance(value, dict):
            self._wrong(key, "is no object", "an object")
            value = None
        return self._inner(value or {}, self.at(key).path)

    def items(self, key: str) -> Iterator[Item]:
        """The objects in the list under ``key``; a single object stands for a list of one."""
        value = self._value(key)
        if isinstance(value, dict):
            yield self._inner(value, self.at(key).path)
            return
        for position, one in enumerate(self._list(key)):
            path = below(self.at(key).path, position)
            if isinstance(one, dict):
                yield self._inner(one, path)
            else:
                where = Where(file=self.where.file, path=path)
                self.reading.wrong(where, "is no object", "give a list of objects")

    def words(self, key: str) -> tuple[str, ...]:
        """The texts in the list under ``key``."""
        words = self._list(key)
        if not all(isinstance(one, str) for one in words):
            self._wrong(key, "is no list of texts", "texts")
        return tuple(one for one in words if isinstance(one, str))

    def numbers(self, key: str) -> tuple[int, ...]:
        """The whole numbers in the list under ``key``."""
        numbers = self._list(key)
        if not all(isinstance(one, int) for one in numbers):
            self._wrong(key, "is no list of numbers", "whole numbers")
        return tuple(one for one in numbers if isinstance(one, int))

    def _list(self, key: str) -> list[object]:
        value = self._value(key)
        if value is None or isinstance(value, list):
            return value or []
        self._wrong(key, "is no list", "a list")
        return []

    def _inner(self, values: Mapping[str, object], path: str) -> Item:
        where = Where(file=self.where.file, path=path)
        return Item(values=values, where=where, reading=self.reading)


def _spelled(value: object) -> str:
    return show(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"
