"""Places in the text of a configuration, and what is put there, with the indentation of the place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from textwrap import dedent

from samepath.device.bird.reading.statements import Statement

_STEP = "    "
"""How far a block's statements stand in where the file does not tell."""
_BETWEEN = re.compile(r"(?:\s|#[^\n]*|/\*.*?\*/)*;", re.DOTALL)
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_INDENT = re.compile(r"[ \t]*")
_STEPS = re.compile(r"^(\t| {2,8})\S", re.MULTILINE)


@dataclass(kw_only=True, slots=True)
class Edited:
    """A text with changes of it; none touches another one."""

    text: str = field(repr=False)
    _changes: list[tuple[int, int, str]] = field(default_factory=list, repr=False)

    def result(self, start: int = 0, end: int | None = None) -> str:
        """The text after its changes, or the part of it that was from ``start`` to ``end``."""
        end = len(self.text) if end is None else end
        pieces: list[str] = []
        at = start
        for first, last, new in sorted(self._changes, key=lambda one: one[:2]):
            if start <= first and last <= end:
                pieces += [self.text[at:first], new]
                at = last
        return "".join((*pieces, self.text[at:end]))

    def put(self, start: int, end: int, new: str) -> None:
        """Put a text in place of another one."""
        self._changes.append((start, end, new))

    @property
    def step(self) -> str:
        """How far a block's statements stand in."""
        return min((one[1] for one in _STEPS.finditer(self.text)), default=_STEP)

    def indented(self, lines: Sequence[str]) -> list[str]:
        """Lines a step further in."""
        return [f"{self.step}{line}" for line in lines]

    # ---------------------------------------------------------------------------------- statements

    def before(self, statement: Statement, lines: Sequence[str]) -> None:
        """Put statements before another one."""
        self._at(statement.tokens[0].start, lines, self._indent(statement.tokens[0].start))

    def behind(self, statement: Statement, lines: Sequence[str]) -> None:
        """Put statements at the end of a block."""
        assert statement.closed is not None  # noqa: S101 - a block that is read has an end
        end = statement.closed.start
        last = statement.block[-1].tokens[0].start if statement.block else None
        own = self._indent(end)
        indent = own + self.step if last is None or not self._leads(last) else self._indent(last)
        self._at(end, lines, indent)

    def _at(self, place: int, lines: Sequence[str], indent: str) -> None:
        if self._leads(place):
            start = self._line(place)
            self.put(start, start, "".join(f"{indent}{line}\n" for line in lines))
        else:
            space = "" if self.text[place - 1].isspace() else " "
            self.put(place, place, f"{space}{' '.join(one.strip() for one in lines)} ")

    def replace(self, statement: Statement, lines: Sequence[str]) -> None:
        """Put statements in place of another one."""
        start, end = self.span(statement)
        between = f"\n{self._indent(start)}" if self._leads(start) else " "
        words = lines if self._leads(start) else [one.strip() for one in lines]
        self.put(start, end, between.join(words))

    def remove(self, statement: Statement) -> None:
        """Take a statement away, and its line with it where nothing else stands there."""
        start, end = self.span(statement)
        rest = _REST.match(self.text, end)
        if rest is not None and self._leads(start):
            start, end = self._line(start), rest.end()
        self.put(start, end, "")

    def span(self, statement: Statement) -> tuple[int, int]:
        """From where to where a statement stands, with its semicolon."""
        end = (statement.closed or statement.tokens[-1]).end
        found = _BETWEEN.match(self.text, end)
        return statement.tokens[0].start, end if found is None else found.end()

    def inner(self, statement: Statement) -> list[str]:
        """The lines of a block, after changes, without their common indentation."""
        assert statement.opened is not None  # noqa: S101 - as above
        assert statement.closed is not None  # noqa: S101 - as above
        text = self.result(statement.opened.end, statement.closed.start)
        first, _, rest = text.partition("\n")
        lines = [first.strip(), *dedent(rest).split("\n")]
        return [line.rstrip() for line in lines if line.strip()]

    # --------------------------------------------------------------------------------------- lines

    def _line(self, place: int) -> int:
        """Where the line begins that a place is on."""
        return self.text.rfind("\n", 0, place) + 1

    def _leads(self, place: int) -> bool:
        """Whether nothing stands before a place on its line."""
        return not self.text[self._line(place) : place].strip()

    def _indent(self, place: int) -> str:
        found = _INDENT.match(self.text, self._line(place))
        return "" if found is None else found[0]
