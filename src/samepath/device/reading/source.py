"""A configuration as text: its lines, and where each of them stands.

No ``repr`` here shows a line: it may hold a secret.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

T = TypeVar("T")
_TAB = 8


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Place:
    """A line of a file; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        """The place as compilers and editors write it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said(Generic[T]):
    """A value, and the line that says so."""

    value: T
    place: Place


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of a configuration."""

    place: Place
    text: str = field(repr=False)
    typed: bool = False
    """Whether it was typed into what stood there before: it takes a place on purpose."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, as they stand there."""
        return tuple(self.text.split())

    @cached_property
    def indent(self) -> int:
        """Columns before its first word."""
        expanded = self.text.expandtabs(_TAB)
        return len(expanded) - len(expanded.lstrip())


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file of a device: its name, as messages are to tell it, and its text."""

    name: str
    text: str = field(repr=False)
    typed: bool = False
    """Whether it is no file, but lines that were typed into what the files before it make."""

    def lines(self) -> Iterator[Line]:
        """Its lines, the empty ones too."""
        for number, text in enumerate(self.text.split("\n"), start=1):
            yield Line(
                place=Place(file=self.name, line=number),
                text=text.rstrip("\r"),
                typed=self.typed,
            )
