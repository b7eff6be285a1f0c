"""A YAML text whose values can be put, inserted and removed in place.

Only what topology files are made of is known here: mappings, lists and scalars, in block and in
flow style, without anchors and tags (:mod:`samepath.model.tree` refuses the rest).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Step = str | int
"""A key of a mapping, or a position in a list."""
Value = dict[str, "Value"] | list["Value"] | str | int | bool

_INDENT = 2
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*|[0-9][0-9./:a-z ]*[0-9]")


@dataclass(kw_only=True, slots=True)
class _Node:
    """A value's span: from ``start`` up to ``end``, in characters."""

    start: int
    end: int
    column: int


@dataclass(kw_only=True, slots=True)
class _Scalar(_Node):
    empty: bool


@dataclass(kw_only=True, slots=True)
class _Entry:
    key: str
    start: int
    column: int
    quoted: bool
    value: _Node


@dataclass(kw_only=True, slots=True)
class _Mapping(_Node):
    flow: bool
    entries: list[_Entry] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class _Sequence(_Node):
    flow: bool
    items: list[_Node] = field(default_factory=list)


class Text:
    """A text that is being amended; ``text`` is what it is now."""

    def __init__(self, text: str) -> None:
        self.text = text

    # ------------------------------------------------------------------------------- questions

    def has(self, path: tuple[Step, ...]) -> bool:
        """Whether something is written at ``path``."""
        return self._find(path) is not None

    def _find(self, path: tuple[Step, ...]) -> _Node | None:
        node: _Node | None = self._root()
        for step in path:
            node = _child(node, step)
            if node is None:
                return None
        return node

    def _root(self) -> _Node:
        node = _Reader(self.text).root()
        assert node is not None, "only a valid file is amended"  # noqa: S101 - our bug
        return node

    # --------------------------------------------------------------------------------- changes

    def put(self, path: tuple[Step, ...], value: Value) -> None:
        """Let ``value`` stand at ``path``, with whatever has to be around it."""
        there = len(path)
        while (node := self._find(path[:there])) is None:
            there -= 1
        rest = path[there:]
        value = _nested(rest[1:], value) if rest else value
        if not rest:
            self._replace(node, self._flow(value, quoted=self._is_quoted(path)))
        elif isinstance(node, _Mapping) and not node.flow:
            self._append(node, str(rest[0]), value)
        elif not _is_small(value) and (column := self._column_below(path[:there])) is not None:
            self._unfold(node, str(rest[0]), value, column)
        elif isinstance(node, _Mapping):
            self._add(node, str(rest[0]), value)
        else:
            # A mapping that is written as nothing at all.
            text = self._flow({str(rest[0]): value}, quoted=False)
            space = "" if self.text[node.start - 1 : node.start] == " " else " "
            self._splice(node.start, node.end, space + text)

    def insert_first(self, path: tuple[Step, ...], value: Value) -> None:
        """Let ``value`` be the first item of the list at ``path``."""
        node = self._find(path)
        assert isinstance(node, _Sequence), path  # noqa: S101 - our bug
        quoted = self._is_quoted(path)
        if node.flow:
            comma = ", " if node.items else ""
            self._splice(node.start + 1, node.start + 1, self._flow(value, quoted=quoted) + comma)
        else:
            item = self._flow(value, quoted=quoted)
            self._splice(node.start, node.start, f"- {item}{self._line(node.column)}")

    def remove(self, path: tuple[Step, ...], *, up_to: tuple[Step, ...]) -> None:
        """Remove what stands at ``path``, and what is empty without it, but not ``up_to``."""
        holder = self._find(path[:-1])
        assert isinstance(holder, _Mapping | _Sequence), path  # noqa: S101 - our bug
        children = holder.entries if isinstance(holder, _Mapping) else holder.items
        if len(children) > 1:
            self._cut(holder, path[-1])
        elif len(path) - 1 > len(up_to):
            self.remove(path[:-1], up_to=up_to)
        else:
            self._replace(holder, "{}" if isinstance(holder, _Mapping) else "[]")

    # ----------------------------------------------------------------------------------- parts

    def _splice(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]

    def _replace(self, node: _Node, text: str) -> None:
        self._splice(node.start, node.end, text)

    def _line(self, column: int) -> str:
        """A new line, up to a column."""
        return ("\r\n" if "\r\n" in self.text else "\n") + " " * column

    def _add(self, node: _Mapping, key: str, value: Value) -> None:
        """Add an entry to a mapping in flow style, as its last one."""
        quoted = bool(node.entries) and node.entries[0].quoted
        entry = self._flow({key: value}, quoted=quoted)[1:-1]
        if node.entries:
            end = node.entries[-1].value.end
            self._splice(end, end, f", {entry}")
        else:
            self._splice(node.start + 1, node.start + 1, entry)

    def _append(self, node: _Mapping, key: str, value: Value) -> None:
        """Add an entry to a mapping in block style, below its last one and what is said of that."""
        column = node.entries[-1].column
        end = self._end_of_line(node.end)
        self._splice(end, end, self._line(column) + self._block(key, value, column))

    def _end_of_line(self, position: int) -> int:
        if self.text[position - 1 : position] == "\n":
            position -= 1
        end = self.text.find("\n", position)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[end - 1 : end] == "\r" else end

    def _column_below(self, path: tuple[Step, ...]) -> int | None:
        """Where the entries of the mapping at ``path`` would stand in block style; None: nowhere.

        They can, where nothing around is in flow style, and where they are on one line now.
        """
        node, holder = self._find(path), self._find(path[:-1])
        if node is None or not path or "\n" in self.text[node.start : node.end]:
            return None
        if isinstance(holder, _Sequence):
            touches = self.text[node.start - 1] == "-"
            return None if holder.flow else node.column + touches
        assert isinstance(holder, _Mapping), path  # noqa: S101 - our bug
        return None if holder.flow else holder.entries[0].column + _INDENT

    def _unfold(self, node: _Node, key: str, value: Value, column: int) -> None:
        """Write a mapping in block style, with one entry more."""
        there = node.entries if isinstance(node, _Mapping) else []
        entries = [self.text[one.start : one.value.end] for one in there]
        entries.append(self._block(key, value, column))
        if node.column == column or self.text[node.start - 1] == "-":
            # An item of a list: its first entry stands beside the dash.
            space = " " * (column - node.column)
            self._splice(node.start, node.end, space + self._line(column).join(entries))
            return
        start = node.start - (self.text[node.start - 1] == " ")
        self._splice(start, node.end, "".join(self._line(column) + entry for entry in entries))

    def _block(self, key: str, value: Value, column: int) -> str:
        """An entry in block style, where nothing is deeper than it has to be."""
        if not isinstance(value, dict | list) or _is_small(value):
            return f"{key}: {self._flow(value, quoted=False)}"
        inner = column + _INDENT
        if isinstance(value, dict):
            entries = [self._block(name, one, inner) for name, one in value.items()]
        else:
            entries = [self._item(one, inner) for one in value]
        return "".join([f"{key}:", *(f"{self._line(inner)}{entry}" for entry in entries)])

    def _item(self, value: Value, column: int) -> str:
        if not isinstance(value, dict) or not value:
            return f"- {self._flow(value, quoted=False)}"
        inner = column + _INDENT
        entries = [self._block(name, one, inner) for name, one in value.items()]
        return "- " + self._line(inner).join(entries)

    def _flow(self, value: Value, *, quoted: bool) -> str:
        if isinstance(value, dict):
            entries = (
                f"{self._flow(key, quoted=quoted)}: {self._flow(one, quoted=quoted)}"
                for key, one in value.items()
            )
            return "{" + ", ".join(entries) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self._flow(one, quoted=quoted) for one in value) + "]"
        if isinstance(value, str):
            return json.dumps(value) if quoted or not _PLAIN.fullmatch(value) else value
        return json.dumps(value)

    def _is_quoted(self, path: tuple[Step, ...]) -> bool:
        """Whether what is around ``path`` has its keys in double quotes, as JSON has."""
        for length in range(len(path) - 1, -1, -1):
            node = self._find(path[:length])
            if isinstance(node, _Mapping) and node.entries:
                return node.flow and node.entries[0].quoted
        return False

    def _cut(self, holder: _Mapping | _Sequence, step: Step) -> None:
        """Cut one of several children."""
        if isinstance(holder, _Mapping):
            number = [entry.key for entry in holder.entries].index(str(step))
            spans = [(entry.start, entry.value.end) for entry in holder.entries]
        else:
            assert isinstance(step, int), step  # noqa: S101 - our bug
            number = step
            spans = [(self._item_start(holder, n), one.end) for n, one in enumerate(holder.items)]
        start, end = spans[number]
        line = self.text.rfind("\n", 0, start) + 1
        if not holder.flow and not self.text[line:start].strip(" "):
            after = self.text.find("\n", end)
            self._splice(line, len(self.text) if after < 0 else after + 1, "")
        elif number + 1 < len(spans):
            self._splice(start, spans[number + 1][0], "")
        else:
            self._splice(spans[number - 1][1], end, "")

    def _item_start(self, holder: _Sequence, number: int) -> int:
        """Where an item begins: in block style with its dash."""
        item = holder.items[number]
        if holder.flow:
            return item.start
        if number == 0:
            return holder.start
        dash = re.compile(rf"^ {{{holder.column}}}-", re.MULTILINE)
        found = dash.search(self.text, holder.items[number - 1].end, item.start)
        assert found is not None, item  # noqa: S101 - our bug
        return found.end() - 1


def _child(node: _Node | None, step: Step) -> _Node | None:
    if isinstance(node, _Mapping):
        return next((entry.value for entry in node.entries if entry.key == step), None)
    if isinstance(node, _Sequence) and isinstance(step, int):
        return node.items[step]
    return None


def _nested(path: tuple[Step, ...], value: Value) -> Value:
    """``value`` in as many mappings, and lists of both tunnels, as ``path`` has steps."""
    for step in reversed(path):
        if isinstance(step, int):
            both: list[Value] = [{}, {}]
            both[step] = value
            value = both
        else:
            value = {step: value}
    return value


def _is_small(value: Value) -> bool:
    """Whether a value reads well on one line: nothing in it holds anything."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return not any(isinstance(one, dict | list) and one for one in inside)


class _Reader:
    """The nodes of a text, from its events."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))

    def root(self) -> _Node | None:
        for event in self.events:
            if isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
                return self._node(event)
        return None

    def _at(self, mark: Any) -> int:  # noqa: ANN401 - the library's marks have no annotations
        index: int = mark.index
        return index

    def _node(self, event: Any) -> _Node:  # noqa: ANN401 - same
        start, column = self._at(event.start_mark), event.start_mark.column
        if isinstance(event, ScalarEvent):
            end = self._at(event.end_mark)
            return _Scalar(start=start, end=end, column=column, empty=start == end)
        if isinstance(event, MappingStartEvent):
            mapping = _Mapping(start=start, end=start, column=column, flow=bool(event.flow_style))
            for key in self.events:
                if isinstance(key, MappingEndEvent):
                    mapping.end = self._end(key, mapping, [one.value for one in mapping.entries])
                    break
                value = self._node(next(self.events))
                if isinstance(value, _Scalar) and value.empty:
                    # The parser has it where the next thing begins.
                    value.start = value.end = self.text.index(":", self._at(key.end_mark)) + 1
                entry = _Entry(
                    key=key.value,
                    start=self._at(key.start_mark),
                    column=key.start_mark.column,
                    quoted=key.style == '"',
                    value=value,
                )
                mapping.entries.append(entry)
            return mapping
        sequence = _Sequence(start=start, end=start, column=column, flow=bool(event.flow_style))
        for item in self.events:
            if isinstance(item, SequenceEndEvent):
                sequence.end = self._end(item, sequence, sequence.items)
                break
            sequence.items.append(self._node(item))
        return sequence

    def _end(self, event: Any, node: _Mapping | _Sequence, children: list[_Node]) -> int:  # noqa: ANN401 - same
        # Of a block the parser tells where the next thing begins, comments and all.
        return children[-1].end if children and not node.flow else self._at(event.end_mark)
