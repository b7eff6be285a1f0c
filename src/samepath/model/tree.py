"""The tree of a YAML text: mappings, lists and scalars, each with its place.

The text is read as YAML 1.2 (core schema: ``yes`` is text, ``0o17`` is a number), from the parser's
events and not from constructed objects, because a file from outside must neither construct
anything nor lose its line numbers. What a topology has no use for is refused by name: anchors and
aliases (with which a short text can stand for a huge one), tags, several documents, keys that are
not text, deep nesting.

:func:`read_tree` never raises: whatever the text holds becomes a tree, problems, or both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from samepath.model.problems import Place, Problem, below, show

LONGEST_TEXT = 1_000_000
"""Characters; a thousand connections with every option written out fit well."""
DEEPEST = 24
"""Levels of nesting; the file's own shape needs about ten."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,20}")
_OCTAL = re.compile(r"0o[0-7]{1,20}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,20}|[0-9]{1,20}(\.[0-9]{0,20})?)([eE][-+]?[0-9]{1,2})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

ScalarValue = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """One plain value; ``text`` is how it was written, without quotes."""

    value: ScalarValue
    text: str
    place: Place

    @property
    def in_quotes(self) -> ScalarValue:
        """What the text is without its quotes, if it has some and they change its value."""
        plain = _plain(self.text)
        return plain if isinstance(self.value, str) and not isinstance(plain, str) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sequence:
    """A list of values."""

    items: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Mapping:
    """Values under keys, in the order of the text, each key once."""

    entries: dict[str, Node]
    places: dict[str, Place]
    """Where each key stands."""
    place: Place


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Tree:
    """What a text holds: its root (None if there is none to speak of), and what is wrong."""

    root: Node | None
    problems: tuple[Problem, ...]
    unread: frozenset[str] = frozenset()
    """Paths at which an alias stands for nothing."""


class _TooDeep(Exception):
    """The nesting is deeper than :data:`DEEPEST`."""

    def __init__(self, place: Place) -> None:
        self.place = place


def read_tree(text: str) -> Tree:
    """The tree of ``text`` with every problem that could be found on the way."""
    if len(text) > LONGEST_TEXT:
        problem = Problem(
            path="",
            message=f"the text has {len(text)} characters",
            advice=f"a topology file has {LONGEST_TEXT} at most",
        )
        return Tree(root=None, problems=(problem,))
    reader = _Reader()
    root: Node | None = None
    try:
        # "safe" and pure: ruamel's own parser in Python, which keeps no comments.
        root = reader.document(YAML(typ="safe", pure=True).parse(text))
    except _TooDeep as error:
        reader.wrong("", error.place, f"values are nested deeper than {DEEPEST} levels")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = None if mark is None else Place(line=mark.line + 1, column=mark.column + 1)
        message = f"not YAML: {_sentence(error.problem)}"
        reader.wrong("", place, message, _hint(error.problem or ""))
    except YAMLError as error:
        # The reader of characters: what is wrong stands in the first line of its text.
        message = _sentence(str(error).partition("\n")[0])
        reader.wrong("", _place_in(text, getattr(error, "position", None)), f"not text: {message}")
    except (ValueError, OverflowError) as error:
        # ruamel passes on what the interpreter says to an escape such as "\U0fffffff".
        reader.wrong("", None, f"not YAML: an escape names no character ({_sentence(str(error))})")
    return Tree(root=root, problems=tuple(reader.problems), unread=frozenset(reader.unread))


def _sentence(text: str | None) -> str:
    """Words of the YAML library as part of one printable line."""
    words = " ".join((text or "it cannot be read").split())
    return "".join(letter if letter.isprintable() else "?" for letter in words)


def _hint(problem: str) -> str:
    if "'\\t'" in problem:
        return "indent with spaces, never with tabs"
    if "mapping values are not allowed" in problem:
        return "put a text that holds a colon and a space into quotes, and check the indentation"
    return ""


def _place_in(text: str, position: object) -> Place | None:
    if not isinstance(position, int):
        return None
    before = text[:position]
    return Place(line=before.count("\n") + 1, column=position - before.rfind("\n"))


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Builds nodes from events and gathers problems."""

    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def wrong(self, path: str, place: Place | None, message: str, advice: str = "") -> None:
        line, column = (None, None) if place is None else (place.line, place.column)
        self.problems.append(
            Problem(path=path, message=message, advice=advice, line=line, column=column)
        )

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            match event:
                case DocumentStartEvent():
                    documents += 1
                    if documents == 2:
                        self.wrong(
                            "", _place(event), "a second document starts here", "use one per file"
                        )
                case StreamStartEvent() | DocumentEndEvent() | StreamEndEvent():
                    pass
                case _:
                    node = self.node(event, events, "", 0)
                    root = node if documents == 1 else root
        return root

    def node(self, event: Any, events: Iterator[Any], path: str, depth: int) -> Node:  # noqa: ANN401 - the library's events have no types
        """The node that starts with ``event``."""
        place = _place(event)
        if depth > DEEPEST:
            raise _TooDeep(place)
        self._refuse_extras(event, path, place)
        match event:
            case MappingStartEvent():
                return self._mapping(place, events, path, depth)
            case SequenceStartEvent():
                items: list[Node] = []
                while not isinstance(item := next(events), SequenceEndEvent):
                    items.append(self.node(item, events, below(path, len(items)), depth + 1))
                return Sequence(items=tuple(items), place=place)
            case ScalarEvent():
                quoted = event.style is not None
                value = event.value if quoted else _plain(event.value)
                return Scalar(value=value, text=event.value, place=place)
            case _:  # An alias, refused above; nothing stands for it.
                return Scalar(value=None, text="", place=place)

    def _mapping(self, place: Place, events: Iterator[Any], path: str, depth: int) -> Mapping:
        entries: dict[str, Node] = {}
        places: dict[str, Place] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = self.node(event, events, path, depth + 1)
            name = key.text if isinstance(key, Scalar) else ""
            value = self.node(next(events), events, below(path, name), depth + 1)
            if not isinstance(key, Scalar):
                self.wrong(path, key.place, "a key is a list or a mapping", "keys are plain words")
            elif name in entries:
                self.wrong(
                    below(path, name),
                    key.place,
                    f"{show(name)} is given twice, first in line {places[name].line}",
                    "keep one of the two",
                )
            else:
                entries[name] = value
                places[name] = key.place
        return Mapping(entries=entries, places=places, place=place)

    def _refuse_extras(self, event: Any, path: str, place: Place) -> None:  # noqa: ANN401 - as above
        if isinstance(event, AliasEvent):
            self.unread.add(path)
            self.wrong(path, place, "an alias is not read here", "write the value out")
            return
        if event.anchor is not None:
            self.wrong(
                path,
                place,
                "an anchor is not read here",
                "write the value out; tunnel_defaults holds what both tunnels share",
            )
        if event.tag is not None:
            self.wrong(path, place, "a tag is not read here", "write the plain value")


def _place(event: Any) -> Place:  # noqa: ANN401 - as above
    return Place(line=event.start_mark.line + 1, column=event.start_mark.column + 1)


def _plain(text: str) -> ScalarValue:
    """The value of an unquoted scalar in YAML 1.2's core schema."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
