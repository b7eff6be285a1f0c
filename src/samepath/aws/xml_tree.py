"""The tree of an XML text: elements with their line, and nothing that a stranger could abuse.

The parser is the interpreter's own expat, asked for elements and text alone. A document type is
refused, and with it every entity that somebody could define: neither does a short text grow (the
"billion laughs"), nor is anything outside of it read. Nesting and length have limits.

Considered: ``xml.etree``, which keeps no line numbers, and ``defusedxml``, which refuses the same in
the same way for ``xml.etree`` (see ``docs/design/dependencies.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

LONGEST_TEXT = 1_000_000
"""Characters; AWS's own has four thousand."""
DEEPEST = 24


class NotXml(ValueError):
    """A text that is no XML, or holds what is not read; ``line`` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(kw_only=True, slots=True)
class Element:
    """One element; ``text`` is what stands directly in it."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Element]:
        """The children of that name."""
        return (child for child in self.children if child.name == name)

    def find(self, *names: str) -> Element | None:
        """The first child of that name; of it, the first of the next name; and so on."""
        found: Element | None = self
        for name in names:
            found = None if found is None else next(found.all(name), None)
        return found


def read(text: str) -> Element:
    """The root element of ``text``. Raises :class:`NotXml`; nothing else, whatever the text is."""
    if len(text) > LONGEST_TEXT:
        raise NotXml(f"it has {len(text)} characters, and {LONGEST_TEXT} at most are read")
    return _Reader().read(text)


class _Reader:
    """Builds the tree of one text."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.buffer_text = True
        self.open: list[Element] = []
        self.root: Element | None = None

    def read(self, text: str) -> Element:
        try:
            self.parser.Parse(text.lstrip(), True)
        except expat.ExpatError as error:
            raise NotXml(expat.ErrorString(error.code), error.lineno) from error
        except UnicodeEncodeError as error:
            raise NotXml("it holds what is no character") from error
        if self.root is None:  # Expat has said "no element found" before.
            raise NotXml("it has no element")
        return self.root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        if len(self.open) >= DEEPEST:
            raise NotXml(f"elements are nested deeper than {DEEPEST} levels", line)
        element = Element(name=name, line=line, attributes=attributes)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def _end(self, name: str) -> None:  # noqa: ARG002 - expat's handler has it
        self.open.pop()

    def _data(self, data: str) -> None:
        self.open[-1].text += data

    def _doctype(self, *_: object) -> None:
        raise NotXml("a document type is not read here", self.parser.CurrentLineNumber)
