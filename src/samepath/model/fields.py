"""Fields: declarations of what a file may hold, which read it, describe it and give its schema.

A *kind* knows how to read one value and how to say what it admits. A :class:`Record` is a kind made
of fields; so one table of fields (:mod:`samepath.model.keys`) is the reader, the JSON Schema and
the reference page, and the three cannot disagree.

Reading never stops at a mistake: a kind that cannot read its value notes a problem, marks the path
as *unread*, and answers None, and so does an absent key; the caller then goes on with the default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar, cast

from samepath.model.problems import Place, Problem, below, did_you_mean, is_within, show
from samepath.model.tree import Mapping as MappingNode
from samepath.model.tree import Node, Scalar, Sequence

Schema = dict[str, object]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(kw_only=True, slots=True)
class Reading:
    """What has been gathered while a tree is read."""

    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    """Paths whose value could not be read, or is missing though it must be there."""
    places: dict[str, Place] = field(default_factory=dict)

    def refuse(self, path: str, place: Place, message: str, advice: str = "") -> None:
        """Note a problem; the value at ``path`` counts as unread."""
        self.unread.add(path)
        self.note(path, place, message, advice)

    def note(self, path: str, place: Place, message: str, advice: str = "") -> None:
        """Note a problem that leaves the value at ``path`` usable."""
        self.problems.append(
            Problem(path=path, message=message, advice=advice, line=place.line, column=place.column)
        )

    def is_unread(self, path: str) -> bool:
        """Whether ``path``, something around it or something in it could not be read."""
        return any(is_within(path, lost) or is_within(lost, path) for lost in self.unread)


class Kind(Protocol[T_co]):
    """What one value of the file may be."""

    def read(self, node: Node, path: str, reading: Reading) -> T_co | None:
        """The value of ``node``, or None after noting in ``reading`` why there is none."""
        ...

    def schema(self) -> Schema:
        """JSON Schema (2020-12) of the values that :meth:`read` admits."""
        ...

    def allowed(self) -> str:
        """What is admitted, in words, for messages and the reference page."""
        ...

    def inner(self) -> Record | None:
        """The record whose keys a reader of the reference page wants to see next."""
        ...


class Refused(Exception):
    """A scalar that its kind does not admit: what is wrong, and what would be right."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


@dataclass(frozen=True, kw_only=True, slots=True)
class One(Generic[T]):
    """One scalar value, made by ``convert``, which raises :class:`Refused`."""

    convert: Callable[[Scalar], T]
    words: str
    json: Schema

    def read(self, node: Node, path: str, reading: Reading) -> T | None:
        """See :meth:`Kind.read`."""
        if not isinstance(node, Scalar):
            what = "a list" if isinstance(node, Sequence) else "a mapping"
            reading.refuse(path, node.place, f"is {what}", f"give {self.words}")
            return None
        if node.value is None:
            reading.refuse(path, node.place, "has no value", f"give {self.words}")
            return None
        try:
            return self.convert(node)
        except Refused as refused:
            advice = refused.advice or f"give {self.words}"
            reading.refuse(path, node.place, refused.message, advice)
            return None

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        return dict(self.json)

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return self.words

    def inner(self) -> Record | None:
        """No record inside."""
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class ListOf(Generic[T]):
    """A list of one kind, with ``minimum`` to ``maximum`` items (None: no end)."""

    item: Kind[T]
    minimum: int = 0
    maximum: int | None = None

    def read(self, node: Node, path: str, reading: Reading) -> tuple[T, ...] | None:
        """The items that could be read, or None where it is no list or has the wrong length."""
        if not isinstance(node, Sequence):
            shown = show(node.text) if isinstance(node, Scalar) else "..."
            reading.refuse(path, node.place, "is not a list", f"write [{shown}]")
            return None
        places = {below(path, i): item.place for i, item in enumerate(node.items)}
        reading.places.update(places)
        values = [
            self.item.read(item, below(path, i), reading) for i, item in enumerate(node.items)
        ]
        count = len(node.items)
        if count < self.minimum or (self.maximum is not None and count > self.maximum):
            reading.refuse(
                path,
                node.place,
                f"has {count} item{'' if count == 1 else 's'}",
                f"give {self._count()}",
            )
            return None
        return tuple(value for value in values if value is not None)

    def _count(self) -> str:
        if self.maximum == self.minimum:
            return f"exactly {self.minimum}"
        if self.maximum is None:
            return f"{self.minimum} or more"
        return f"{self.minimum} to {self.maximum}"

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        limits: Schema = {"minItems": self.minimum} if self.minimum else {}
        if self.maximum is not None:
            limits["maxItems"] = self.maximum
        return {"type": "array", "items": self.item.schema(), **limits}

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        count = f" ({self._count()})" if self.minimum or self.maximum is not None else ""
        return f"a list{count}, each {self.item.allowed()}"

    def inner(self) -> Record | None:
        """The record of the items."""
        return self.item.inner()


@dataclass(frozen=True, kw_only=True, slots=True)
class MapOf(Generic[T]):
    """Values of one kind under names that somebody chose."""

    name: One[str]
    value: Kind[T]
    minimum: int = 0

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, T] | None:
        """The values that could be read, by name; None where it is no mapping."""
        if not isinstance(node, MappingNode):
            reading.refuse(path, node.place, "is not a mapping", "write NAME: {...}")
            return None
        if len(node.entries) < self.minimum:
            reading.refuse(path, node.place, "is empty", "name at least one")
            return None
        values: dict[str, T] = {}
        for key, entry in node.entries.items():
            where = below(path, key)
            place = node.places[key]
            reading.places[where] = place
            try:
                self.name.convert(Scalar(value=key, text=key, place=place))
            except Refused as refused:
                reading.note(where, place, refused.message, refused.advice)
            value = self.value.read(entry, where, reading)
            if value is not None:
                values[key] = value
        return values

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        pattern = str(self.name.json["pattern"])
        schema: Schema = {
            "type": "object",
            "patternProperties": {pattern: self.value.schema()},
            "additionalProperties": False,
        }
        return {**schema, "minProperties": self.minimum} if self.minimum else schema

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return f"a mapping of names to {self.value.allowed()}"

    def inner(self) -> Record | None:
        """The record of the values."""
        return self.value.inner()


@dataclass(frozen=True, kw_only=True, slots=True)
class Field(Generic[T_co]):
    """One key of a record, with everything that the reference page tells about it."""

    key: str
    kind: Kind[T_co]
    meaning: str
    required: bool = False
    default: str = ""
    """What is taken where the key is absent, in words."""
    source: str = ""
    """Where the default or the limits come from."""
    json_default: object = None
    """The default as JSON, where it is a constant."""

    def schema(self) -> Schema:
        """The schema of the value with its meaning."""
        schema: Schema = {"description": self.meaning, **self.kind.schema()}
        if self.json_default is not None:
            schema["default"] = self.json_default
        return schema


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """What a record's mapping held: the values that were given and could be read."""

    path: str
    given: Mapping[str, object] = field(default_factory=dict)

    def get(self, wanted: Field[T]) -> T | None:
        """The value of ``wanted``, or None where it is absent or unreadable."""
        return cast("T | None", self.given.get(wanted.key))

    def part(self, wanted: Field[Values]) -> Values:
        """The nested record ``wanted``; an empty one where it is absent."""
        return self.get(wanted) or Values(path=self.path_of(wanted))

    def path_of(self, wanted: Field[T]) -> str:
        """The path of ``wanted`` in the file, whether it is there or not."""
        return below(self.path, wanted.key)

    def over(self, base: Values) -> Values:
        """These values, and those of ``base`` where there are none here, record by record."""
        merged = {**base.given, **self.given}
        for key, value in merged.items():
            other = base.given.get(key)
            if isinstance(value, Values) and isinstance(other, Values):
                merged[key] = value.over(other)
        return replace(self, given=merged)


class Record:
    """A mapping with known keys; an empty value (``seoul:``) is the mapping without any."""

    def __init__(self, *fields: Field[object]) -> None:
        self.fields: dict[str, Field[object]] = {known.key: known for known in fields}

    def __iter__(self) -> Iterator[Field[object]]:
        return iter(self.fields.values())

    def read(self, node: Node, path: str, reading: Reading) -> Values | None:
        """The given values; None where it is no mapping."""
        if isinstance(node, Scalar) and node.value is None:
            node = MappingNode(entries={}, places={}, place=node.place)
        if not isinstance(node, MappingNode):
            advice = f"write a mapping with keys such as {', '.join(list(self.fields)[:3])}"
            reading.refuse(path, node.place, "is not a mapping", advice)
            return None
        given: dict[str, object] = {}
        for key, entry in node.entries.items():
            where = below(path, key)
            reading.places[where] = node.places[key]
            known = self.fields.get(key)
            if known is None:
                reading.refuse(
                    where,
                    node.places[key],
                    f"{show(key)} is not a key here",
                    did_you_mean(key, self.fields),
                )
                continue
            value = known.kind.read(entry, where, reading)
            if value is not None:
                given[key] = value
        for known in self:
            if known.required and known.key not in node.entries:
                where = below(path, known.key)
                place = reading.places.get(path, node.place)
                reading.refuse(where, place, "is missing", f"give {known.kind.allowed()}")
        return Values(path=path, given=given)

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        required = [known.key for known in self if known.required]
        schema: Schema = {
            "type": "object" if required else ["object", "null"],
            "properties": {known.key: known.schema() for known in self},
            "additionalProperties": False,
        }
        return {**schema, "required": required} if required else schema

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return "a mapping"

    def inner(self) -> Record | None:
        """Itself."""
        return self


@dataclass(frozen=True, slots=True)
class Short:
    """A record of which one value may stand alone instead of the whole."""

    alone: Field[object]
    record: Record

    def read(self, node: Node, path: str, reading: Reading) -> Values | None:
        """The record, or one with that value only."""
        if isinstance(node, Scalar) and node.value is not None:
            value = self.alone.kind.read(node, path, reading)
            return None if value is None else Values(path=path, given={self.alone.key: value})
        return self.record.read(node, path, reading)

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        return {"anyOf": [self.alone.kind.schema(), self.record.schema()]}

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return f"{self.alone.kind.allowed()}, or a mapping"

    def inner(self) -> Record | None:
        """The record."""
        return self.record


@dataclass(frozen=True, slots=True)
class Off:
    """What a :class:`Switch` reads as where it is ``false``."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A record that can be switched off with ``false``; ``true`` is the record's defaults."""

    record: Record

    def read(self, node: Node, path: str, reading: Reading) -> Values | Off | None:
        """The record, or :class:`Off`."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return Values(path=path) if node.value else Off()
        return self.record.read(node, path, reading)

    def schema(self) -> Schema:
        """See :meth:`Kind.schema`."""
        return {"anyOf": [{"type": "boolean"}, self.record.schema()]}

    def allowed(self) -> str:
        """See :meth:`Kind.allowed`."""
        return "true, false or a mapping"

    def inner(self) -> Record | None:
        """The record."""
        return self.record
