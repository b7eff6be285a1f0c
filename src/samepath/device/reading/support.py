"""The five states of a line, and what the ones that are not understood could change.

A reader that drops what it does not know predicts something else than what the device does. So each
line of a block that matters has a state and, where it is not simply understood, a reason. What is
not modelled, unknown or contradictory also tells which parts of the verdict it could change: it is
these that a verdict may not be sure of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from samepath.device.reading.secret import (
    MASK,
    continues_secret,
    redacted,
    redacted_reason,
    without_words,
)
from samepath.device.reading.source import Line, Place
from samepath.model.problems import printable


class State(Enum):
    """What a reader makes of a line; in the order in which a later finding outranks an earlier."""

    IRRELEVANT = "irrelevant"
    """Known, and it changes nothing that is predicted."""
    UNDERSTOOD = "understood"
    NOT_MODELLED = "not modelled"
    """Known, and it may change the verdict, but no value here can hold it."""
    UNKNOWN = "unknown"
    """Not known, or rejected by the device itself; it is read as if it were not there."""
    CONTRADICTORY = "contradictory"
    """Known, and it cannot hold together with what the rest of the configuration says."""


DOUBTFUL = (State.NOT_MODELLED, State.UNKNOWN, State.CONTRADICTORY)
"""The states that are listed, and that lower the verdict where they could change it."""
_RANK = {state: rank for rank, state in enumerate(State)}


class Part(Enum):
    """A part of the verdict."""

    TO_AWS = "the way to AWS"
    """Which tunnel, or none, the device sends by."""
    FROM_AWS = "the way from AWS"
    """What the device announces, and so which tunnel AWS answers by."""
    TUNNEL = "whether a tunnel comes up and stays up"
    DROPS = "what the device drops"
    TIME = "how soon a failure is noticed"


BOTH_WAYS = frozenset({Part.TO_AWS, Part.FROM_AWS})
ALL_PARTS = frozenset(Part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What a line is, why, and what it could change."""

    state: State
    reason: str = ""
    parts: frozenset[Part] = frozenset()


UNDERSTOOD = Mark(state=State.UNDERSTOOD)


def irrelevant(reason: str) -> Mark:
    """The mark of a line that changes nothing here."""
    return Mark(state=State.IRRELEVANT, reason=reason)


def not_modelled(reason: str, parts: Iterable[Part]) -> Mark:
    """The mark of a line whose meaning is known, and has no place in the model."""
    return Mark(state=State.NOT_MODELLED, reason=reason, parts=frozenset(parts))


def unknown(reason: str, parts: Iterable[Part]) -> Mark:
    """The mark of a line that is not known, or that the device rejects."""
    return Mark(state=State.UNKNOWN, reason=reason, parts=frozenset(parts))


def contradictory(reason: str, parts: Iterable[Part]) -> Mark:
    """The mark of a line that cannot hold together with others."""
    return Mark(state=State.CONTRADICTORY, reason=reason, parts=frozenset(parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Remark:
    """A line with its mark."""

    line: Line
    mark: Mark
    is_secret: bool = False
    """Whether the whole line may be a secret, which the line before it announces."""

    @property
    def place(self) -> Place:
        """Where the line stands."""
        return self.line.place

    @property
    def text(self) -> str:
        """The line as it may be shown: without its secrets, and what a terminal would obey."""
        if self.is_secret:
            return MASK
        return printable(redacted(self.line.text))

    @property
    def reason(self) -> str:
        """Why it is in its state, as it may be shown: on one line, and without its secrets."""
        text, reason = self.line.text, self.mark.reason
        if self.is_secret:
            return printable(without_words(reason, text.split()))
        return printable(redacted_reason(reason, text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Support:
    """How much of a configuration was understood.

    ``outside`` counts the lines that lie in no block that matters. Lines that hold no configuration
    (empty ones, comments) are not counted.
    """

    remarks: tuple[Remark, ...]
    outside: int = 0

    def counts(self) -> Mapping[State, int]:
        """How many lines are in each state, the states without a line too."""
        found = Counter(remark.mark.state for remark in self.remarks)
        return {state: found[state] for state in _SHOWN_ORDER}

    def doubts(self) -> tuple[Remark, ...]:
        """The lines that the verdict may not be sure of, in their order."""
        return tuple(remark for remark in self.remarks if remark.mark.state in DOUBTFUL)


_SHOWN_ORDER = (
    State.UNDERSTOOD,
    State.IRRELEVANT,
    State.NOT_MODELLED,
    State.UNKNOWN,
    State.CONTRADICTORY,
)


@dataclass(kw_only=True, slots=True)
class Ledger:
    """Where a reader writes down what it makes of each line.

    A line has one state. What is found out later counts if it outranks what was written: a line
    that was understood alone may turn out to contradict another one.
    """

    _lines: dict[Place, Line] = field(default_factory=dict)
    _marks: dict[Place, Mark] = field(default_factory=dict)
    _files: dict[str, int] = field(default_factory=dict)
    _outside: int = 0

    def mark(self, line: Line, mark: Mark) -> None:
        """Write down what a line is."""
        before = self._marks.get(line.place)
        if before is None:
            self._files.setdefault(line.place.file, len(self._files))
            self._lines[line.place] = line
            self._marks[line.place] = mark
        elif before.state is mark.state and before.reason == mark.reason:
            joined = before.parts | mark.parts
            self._marks[line.place] = Mark(state=mark.state, reason=mark.reason, parts=joined)
        elif _RANK[mark.state] > _RANK[before.state]:
            self._marks[line.place] = mark

    def outside(self) -> None:
        """Count a line that lies in no block that matters."""
        self._outside += 1

    def is_marked(self, line: Line) -> bool:
        """Whether a line has a state already."""
        return line.place in self._marks

    def close(self) -> Support:
        """Everything that was written down, in the order of the files and their lines."""
        places = sorted(self._marks, key=lambda one: (self._files[one.file], one.line))
        return Support(remarks=tuple(self._remarks(places)), outside=self._outside)

    def _remarks(self, places: Iterable[Place]) -> Iterator[Remark]:
        before: Line | None = None
        for place in places:
            line, mark = self._lines[place], self._marks[place]
            is_secret = (
                mark.state in DOUBTFUL
                and before is not None
                and before.place.file == place.file
                and continues_secret(line.text, before.text)
            )
            yield Remark(line=line, mark=mark, is_secret=is_secret)
            before = line
