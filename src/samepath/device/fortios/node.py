"""The objects of a FortiOS configuration, with the values that its commands have set.

A block is one object (``router bgp``), or a table of objects by their names (``router static``). A
value is asked for by its attribute; one that FortiOS rejects is marked so, and is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TypeVar

from samepath.device.reading.grammar import between
from samepath.device.reading.kinds import mask
from samepath.device.reading.source import Line, Place, Said
from samepath.device.reading.support import (
    UNDERSTOOD,
    Ledger,
    Mark,
    Part,
    contradictory,
    irrelevant,
    unknown,
)

T = TypeVar("T")
Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """What a block is: a table or an object, its attributes, its blocks.

    ``parts`` is what a line of it could change that is not understood. A block with a ``mark`` is
    not read: the mark is that of the line that opens it, as long as one of the tables that
    ``counts`` names (its own, where that is empty) has an entry.
    """

    parts: frozenset[Part] = frozenset()
    is_table: bool = False
    reads: frozenset[str] = frozenset()
    """Attributes that are understood."""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    """Attributes that have a mark of their own."""
    ignored: re.Pattern[str] | None = None
    """Attributes that change nothing that is predicted."""
    blocks: Mapping[Path, Schema] = field(default_factory=dict)
    mark: Mark | None = None
    counts: frozenset[str] = frozenset()

    def names(self) -> Iterator[str]:
        """The attributes that are known by name."""
        yield from self.reads
        yield from self.marks


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A value that a command sets."""

    name: str
    values: tuple[str, ...] = field(repr=False)
    lines: tuple[Line, ...]

    @property
    def place(self) -> Place:
        """Where it is set."""
        return self.lines[0].place


@dataclass(kw_only=True, slots=True, eq=False)
class Node:
    """A block, or an entry of one."""

    name: str
    schema: Schema
    ledger: Ledger
    lines: list[Line] = field(default_factory=list)
    """Those that open and close it."""
    settings: dict[str, Setting] = field(default_factory=dict)
    past: list[tuple[Setting, Place]] = field(default_factory=list)
    """Values that a later line has taken the place of, with it."""
    refused: list[tuple[Setting, str]] = field(default_factory=list)
    """Values that FortiOS rejects, and why."""
    unset: list[Setting] = field(default_factory=list)
    """Commands that take a value back."""
    entries: dict[str, Node] = field(default_factory=dict)
    blocks: dict[Path, Node] = field(default_factory=dict)
    gone: list[tuple[Node, Place]] = field(default_factory=list)
    """Entries that were deleted."""
    unused: str = ""
    """Why nothing of it is of any effect, if so."""
    marked: dict[str, list[Mark]] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.lines[0].place

    def block(self, *path: str) -> Node | None:
        """A block within."""
        return self.blocks.get(path)

    def table(self, *path: str) -> Iterator[Node]:
        """The entries of a table within."""
        found = self.blocks.get(path)
        return iter(()) if found is None else iter(found.entries.values())

    # ------------------------------------------------------------------------------------- marks

    def mark(self, name: str, mark: Mark) -> None:
        """Say what the line of an attribute is."""
        self.marked.setdefault(name, []).append(mark)

    def mark_opening(self, mark: Mark) -> None:
        """Say what the line that opens it is."""
        self.ledger.mark(self.lines[0], mark)

    def reject(self, name: str, why: str) -> None:
        """An attribute's value does not go with the others."""
        self.mark(name, unknown(f"FortiOS rejects it: {why}", self.schema.parts))

    def close(self) -> None:
        """Mark every line of it, and of what is within."""
        if self.unused:
            self._discard(irrelevant(self.unused))
            return
        for line in self.lines:
            self.ledger.mark(line, UNDERSTOOD)
        for one in (*self.settings.values(), *self.unset):
            for mark in self._marks(one.name):
                self._put(one, mark)
        for one, why in self.refused:
            self._put(one, unknown(f"FortiOS rejects it: {why}", self.schema.parts))
        for one, place in self.past:
            self._close_past(one, place)
        for node, place in self.gone:
            node.unused = f"{place} deletes it"
            node.close()
        for node in (*self.entries.values(), *self.blocks.values()):
            node.close()

    def _discard(self, mark: Mark) -> None:
        for line in self.lines:
            self.ledger.mark(line, mark)
        for one in (*self.settings.values(), *self.unset, *(old for old, _ in self.past)):
            self._put(one, mark)
        below = (*self.entries.values(), *self.blocks.values(), *(node for node, _ in self.gone))
        for node in below:
            node.unused = self.unused
            node.close()

    def _put(self, one: Setting, mark: Mark) -> None:
        self.ledger.mark(one.lines[0], mark)
        for line in one.lines[1:]:
            if line.words:
                self.ledger.mark(line, irrelevant("it belongs to the text above"))

    def _close_past(self, one: Setting, place: Place) -> None:
        counts = self.settings.get(one.name)
        if one.name not in self.schema.reads or (counts and counts.values == one.values):
            for mark in self._marks(one.name):
                self._put(one, mark)
        elif counts is None:
            self._put(one, irrelevant(f"{place} takes it back"))
        else:
            why = f"{place} says otherwise, and counts"
            self._put(one, contradictory(why, self.schema.parts))

    def _marks(self, name: str) -> list[Mark]:
        schema = self.schema
        if name in self.marked and name in self.settings:
            return self.marked[name]
        if name in schema.reads:
            return [UNDERSTOOD]
        if name in schema.marks:
            return [schema.marks[name]]
        if schema.ignored is not None and schema.ignored.fullmatch(name):
            return [irrelevant("it changes nothing that is predicted")]
        return [unknown(f"`{name[:40]}` is not known here", schema.parts)]

    # ------------------------------------------------------------------------------------- values

    def place_of(self, name: str) -> Place:
        """Where an attribute is set that is there."""
        return self.settings[name].place

    def line_of(self, name: str) -> Line:
        """The line of an attribute that is there."""
        return self.settings[name].lines[0]

    def words(self, name: str) -> tuple[str, ...]:
        """All values of an attribute; none where it is not set."""
        found = self.settings.get(name)
        return () if found is None else found.values

    def text(self, name: str) -> Said[str] | None:
        """An attribute that has one value."""
        return self._one(name, str)

    def flag(self, name: str) -> Said[bool] | None:
        """An attribute that is enabled or disabled."""
        return self._one(name, lambda word: {"enable": True, "disable": False}[word])

    def is_on(self, name: str) -> bool:
        """Whether an attribute is said to be enabled."""
        found = self.flag(name)
        return found is not None and found.value

    def number(self, name: str, least: int, most: int) -> Said[int] | None:
        """An attribute that is a number."""
        return self._one(name, between(least, most))

    def address(self, name: str) -> Said[IPv4Address] | None:
        """An attribute that is an address."""
        return self._one(name, IPv4Address)

    def interface_address(self, name: str) -> Said[IPv4Interface] | None:
        """An attribute that is an address with a mask; without one, it is the address alone."""
        return self._all(name, lambda words: IPv4Interface((words[0], _length(words))))

    def network(self, name: str) -> Said[IPv4Network] | None:
        """An attribute that is a network; bits behind its mask are dropped."""
        return self._all(name, prefix)

    def one_of(self, name: str, *choices: str) -> Said[str] | None:
        """An attribute that is one of some words."""

        def choice(word: str) -> str:
            if word not in choices:
                raise ValueError(f"it is none of {', '.join(choices)}")
            return word

        return self._one(name, choice)

    def _one(self, name: str, kind: Callable[[str], T]) -> Said[T] | None:
        def only(words: tuple[str, ...]) -> T:
            if len(words) != 1:
                raise ValueError("it takes one value")
            return kind(words[0])

        return self._all(name, only)

    def each(self, name: str, kind: Callable[[str], T]) -> tuple[T, ...]:
        """All words of an attribute that takes many, whether they stand in one text or in many."""

        def values(words: tuple[str, ...]) -> tuple[T, ...]:
            return tuple(kind(word) for one in words for word in one.split())

        said = self._all(name, values)
        return () if said is None else said.value

    def _all(self, name: str, kind: Callable[[tuple[str, ...]], T]) -> Said[T] | None:
        """The last value that FortiOS takes; one that it rejects leaves the one before it."""
        while (found := self.settings.get(name)) is not None:
            try:
                return Said(value=kind(found.values), place=found.place)
            except ValueError as error:
                why = str(error)
            except KeyError:
                why = "it is enable or disable"
            self.refused.append((found, why))
            self._take_back(found)
        return None

    def _take_back(self, refused: Setting) -> None:
        """Let the value count again that a refused one had taken the place of."""
        del self.settings[refused.name]
        for at in range(len(self.past) - 1, -1, -1):
            before, place = self.past[at]
            if before.name == refused.name and place == refused.place:
                self.settings[before.name] = before
                del self.past[at]
                return


def prefix(words: tuple[str, ...]) -> IPv4Network:
    """A network as FortiOS writes it: an address and a mask, or with its length. Raises ValueError."""
    address = words[0].partition("/")[0]
    return IPv4Network((address, _length(words)), strict=False)


def _length(words: tuple[str, ...]) -> int:
    address, slash, length = words[0].partition("/")
    if len(words) > (1 if slash else 2):
        raise ValueError("it is an address and a mask")
    IPv4Address(address)
    if slash:
        return between(0, 32)(length)
    return 32 if len(words) == 1 else mask(words[1])
