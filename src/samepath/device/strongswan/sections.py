"""Connections as both forms of file have them: sections of values, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from samepath.device.reading.source import Line, Source
from samepath.device.reading.support import Ledger, irrelevant


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """A value, and its line."""

    text: str = field(repr=False)
    line: Line


@dataclass(kw_only=True, slots=True)
class Section:
    """A named section: its values, and the sections within it."""

    name: str
    line: Line
    values: dict[str, list[Value]] = field(default_factory=dict)
    within: dict[str, Section] = field(default_factory=dict)

    def get(self, *names: str) -> Value | None:
        """The last value by one of these names."""
        for name in names:
            if self.values.get(name):
                return self.values[name][-1]
        return None

    def every(self) -> Iterator[tuple[str, Value]]:
        """All values of it, without those within."""
        for name, values in self.values.items():
            for value in values:
                yield name, value


_SECTION = re.compile(r"(conn|config|ca)\s+(\S+)\s*")
_SETTING = re.compile(r"\s+([\w-]+)\s*=(.*)")
_KEY = re.compile(r"([^:]*):\s*PSK\s+(\"[^\"]*\"|\S+)\s*")


def ipsec_conf(source: Source, ledger: Ledger) -> Iterator[Section]:
    """The ``conn`` sections of an ``ipsec.conf``, the defaults (``%default``) too."""
    current: Section | None = None
    reads = False
    for line in source.lines():
        text = line.text.split("#", 1)[0].rstrip()
        if not text.strip():
            continue
        opened = _SECTION.fullmatch(text)
        if opened is not None:
            reads = opened[1] == "conn"
            if current is not None:
                yield current
            current = Section(name=opened[2], line=line) if reads else None
            if not reads:
                ledger.mark(line, irrelevant("a section that is not about a tunnel"))
            continue
        setting = _SETTING.fullmatch(text)
        if current is not None and setting is not None:
            value = Value(text=setting[2].strip().strip('"'), line=line)
            current.values.setdefault(setting[1].lower(), []).append(value)
        elif current is not None:
            current.values.setdefault("", []).append(Value(text=text.strip(), line=line))
        else:
            ledger.mark(line, irrelevant("a section that is not about a tunnel"))
    if current is not None:
        yield current


def ipsec_secrets(source: Source) -> Iterator[tuple[tuple[str, ...], Value]]:
    """The pre-shared keys of an ``ipsec.secrets``, each with the ends that it is for."""
    for line in source.lines():
        found = _KEY.fullmatch(line.text.strip())
        if found is not None and not line.text.lstrip().startswith("#"):
            yield tuple(found[1].split()), Value(text=found[2].strip('"'), line=line)


_BRACE = re.compile(r"\s*([^\s={}#:]+)\s*(?::[^{]*)?\{\s*")
_ASSIGNED = re.compile(r"\s*([^\s={}#]+)\s*=(.*)")


def swanctl_conf(source: Source) -> Section:
    """A ``swanctl.conf`` as one section that holds the others."""
    first = Line(place=next(iter(source.lines())).place, text="")
    top = Section(name="", line=first)
    open_sections = [top]
    for line in source.lines():
        for text in _pieces(line.text):
            opened, assigned = _BRACE.fullmatch(text), _ASSIGNED.fullmatch(text)
            if opened is not None:
                section = open_sections[-1].within.setdefault(
                    opened[1], Section(name=opened[1], line=line)
                )
                open_sections.append(section)
            elif text.strip() == "}":
                if len(open_sections) > 1:
                    open_sections.pop()
            elif assigned is not None:
                value = Value(text=assigned[2].strip().strip('"'), line=line)
                open_sections[-1].values.setdefault(assigned[1], []).append(value)
            elif text.strip():
                value = Value(text=text.strip(), line=line)
                open_sections[-1].values.setdefault("", []).append(value)
    return top


def _pieces(text: str) -> Iterator[str]:
    """A line without its remark, cut behind each opening brace and before each closing one."""
    quoted = False
    piece = ""
    for letter in text:
        if letter == '"':
            quoted = not quoted
        if letter == "#" and not quoted:
            break
        if letter == "}" and not quoted:
            if piece.strip():
                yield piece
            yield "}"
            piece = ""
            continue
        piece += letter
        if letter == "{" and not quoted:
            yield piece
            piece = ""
    if piece.strip():
        yield piece


def named(sections: Iterable[Section]) -> dict[str, Section]:
    """Sections by their names; those of one name are one."""
    found: dict[str, Section] = {}
    for section in sections:
        before = found.setdefault(section.name, section)
        if before is not section:
            for name, values in section.values.items():
                before.values.setdefault(name, []).extend(values)
    return found
