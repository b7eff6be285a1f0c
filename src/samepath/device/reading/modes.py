"""Walking through the lines of a configuration that has modes, as IOS and FRR read it.

Such a device looks for a line's command in the mode that it is in, and then in the modes around it,
which it thereby returns to. Indentation means nothing to it. It is used here for one thing: a line
that is not understood belongs to the block that it is indented in, and so do the lines below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from samepath.device.reading.grammar import Command, Grammar, Kind, Matched
from samepath.device.reading.source import Line, Place
from samepath.device.reading.support import (
    UNDERSTOOD,
    Ledger,
    Mark,
    Part,
    State,
    irrelevant,
    not_modelled,
    unknown,
)

D = TypeVar("D")
Drafted_contra = TypeVar("Drafted_contra", contravariant=True)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A line that a command fits: what a handler is given."""

    line: Line
    matched: Matched[object]
    negated: bool
    """Whether it begins with ``no``."""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.line.place

    def has(self, name: str) -> bool:
        """Whether the line says something by this name."""
        return self.matched.has(name)

    def get(self, name: str, kind: type[T]) -> T:
        """What it says, which the pattern says is of this kind."""
        return self.matched.get(name, kind)

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """The same where the pattern lets it be left out."""
        return self.matched.maybe(name, kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Enter:
    """The line opens a block of this mode. Without a mark, whoever was called marks it later."""

    mode: str | None
    mark: Mark | None = UNDERSTOOD


LATER = Enter(mode=None, mark=None)
"""Nothing is entered, and what the line is turns out when the rest is known."""
Outcome = Enter | Mark | None
"""What a handler gives back; None: the line is understood."""
Handler = Callable[[D, Told], Outcome]


@dataclass(frozen=True, kw_only=True, slots=True)
class Does(Generic[Drafted_contra]):
    """What becomes of a line: a handler, or a mark that it always has."""

    handler: Handler[Drafted_contra] | None = None
    mark: Mark | None = None
    negatable: bool = False
    negated_only: bool = False
    """Whether there is no such command but behind ``no``."""
    leaves: bool = False
    """Whether it ends the block."""


Entry = Command[Does[D]]


def understood(pattern: str, handler: Handler[D], *, no: bool = False) -> Entry[D]:
    """A command with a handler; ``no``: the handler takes its negation, too."""
    return Command(pattern=pattern, what=Does(handler=handler, negatable=no))


def negation(pattern: str, handler: Handler[D]) -> Entry[D]:
    """A command that there is behind ``no`` alone, as one that takes back a whole list."""
    return Command(pattern=pattern, what=Does(handler=handler, negatable=True, negated_only=True))


def opens(pattern: str, handler: Handler[D], *, no: bool = False) -> Entry[D]:
    """The same of a command that opens a block."""
    return Command(pattern=pattern, what=Does(handler=handler, negatable=no), opens=True)


def ignored(patterns: Iterable[str], reason: str) -> list[Entry[object]]:
    """Commands that change nothing that is predicted."""
    does: Does[object] = Does(mark=irrelevant(reason), negatable=True)
    return [Command(pattern=pattern, what=does) for pattern in patterns]


def recognised(patterns: Iterable[str], reason: str, parts: Iterable[Part]) -> list[Entry[object]]:
    """Commands that are known, and not modelled."""
    does: Does[object] = Does(mark=not_modelled(reason, parts), negatable=True)
    return [Command(pattern=pattern, what=does) for pattern in patterns]


def leaving(*patterns: str) -> list[Entry[object]]:
    """Commands that end the block they stand in."""
    does: Does[object] = Does(mark=UNDERSTOOD, leaves=True)
    return [Command(pattern=pattern, what=does) for pattern in patterns]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode(Generic[D]):
    """A mode: its commands, the mode around it, and what an unknown line in it could change.

    ``otherwise`` is the mark of every line that no command fits; None makes it unknown.
    ``resume`` is called when the reader comes back to the mode.
    """

    name: str
    commands: Sequence[Entry[D]]
    around: str | None
    parts: frozenset[Part]
    otherwise: Mark | None = None
    resume: Callable[[D], None] | None = None


@dataclass(kw_only=True, slots=True)
class _Frame(Generic[D]):
    """A block that is open."""

    mode: Mode[D]
    indent: int
    flat: bool = False
    """Whether a line of it stands no deeper than the line that opened it."""


@dataclass(kw_only=True, slots=True)
class _Walk(Generic[D]):
    frames: list[_Frame[D]]
    below: int | None = None
    """Deeper lines that no command fits belong to a line that is not read, and are not either."""


@dataclass(kw_only=True)
class Walker(Generic[D]):
    """The modes of a platform. The first one is the outermost."""

    modes: Mapping[str, Mode[D]]
    kinds: Mapping[str, Kind]
    comment: Callable[[str], bool]
    abbreviates: bool = True
    rejects: str
    """What the reason of a line that is not known begins with."""
    is_whole: bool = False
    """Whether every command of the platform is here. A line that no command fits then ends no
    block: the device rejects it, and stays where it is."""
    _grammars: dict[str, Grammar[Does[D]]] = field(init=False)
    _negations: dict[str, Grammar[Does[D]]] = field(init=False)

    def __post_init__(self) -> None:
        self._grammars = self._made(negated_only=False)
        self._negations = self._made(negated_only=True)

    def _made(self, *, negated_only: bool) -> dict[str, Grammar[Does[D]]]:
        return {
            name: Grammar(
                [one for one in mode.commands if one.what.negated_only == negated_only],
                self.kinds,
                abbreviates=self.abbreviates,
            )
            for name, mode in self.modes.items()
        }

    def _match(
        self, mode: Mode[D], words: Sequence[str], *, negated: bool
    ) -> Matched[Does[D]] | None:
        found = self._grammars[mode.name].match(words)
        if not negated or (found is not None and found.command.what.negatable):
            return found
        return self._negations[mode.name].match(words)

    def read(self, lines: Iterable[Line], draft: D, ledger: Ledger) -> None:
        """Read a file from the outermost mode on, into the draft."""
        outermost = next(iter(self.modes.values()))
        walk = _Walk(frames=[_Frame(mode=outermost, indent=-1)])
        for line in lines:
            if line.words and not self.comment(line.words[0]):
                self._line(walk, line, draft, ledger)

    def _line(self, walk: _Walk[D], line: Line, draft: D, ledger: Ledger) -> None:
        negated = line.words[0] == "no" and len(line.words) > 1
        words = line.words[1:] if negated else line.words
        for depth in range(len(walk.frames) - 1, -1, -1):
            frame = walk.frames[depth]
            found = self._match(frame.mode, words, negated=negated)
            if found is None:
                continue
            if self._is_below(walk, line) and found.command.what.handler is None:
                break
            inner = depth < len(walk.frames) - 1
            if inner and not self._returns(walk.frames[-1], found, line):
                continue
            if inner:
                del walk.frames[depth + 1 :]
                _resume(frame, draft)
            self._fits(walk, found, Told(line=line, matched=found, negated=negated), draft, ledger)
            return
        self._fits_none(walk, line, words, draft, ledger)

    @staticmethod
    def _is_below(walk: _Walk[D], line: Line) -> bool:
        """Whether a line is indented below one whose block is not read."""
        return walk.below is not None and line.indent > walk.below

    @staticmethod
    def _returns(innermost: _Frame[D], found: Matched[Does[D]], line: Line) -> bool:
        """Whether a command of an outer mode ends the block: not one of a family that is ignored."""
        if line.indent <= innermost.indent:
            return True
        if innermost.mode.otherwise is not None:
            return found.command.opens
        return found.command.what.handler is not None

    def _fits(
        self, walk: _Walk[D], found: Matched[Does[D]], told: Told, draft: D, ledger: Ledger
    ) -> None:
        does, frame, line = found.command.what, walk.frames[-1], told.line
        frame.flat = frame.flat or line.indent <= frame.indent
        outcome = does.handler(draft, told) if does.handler is not None else does.mark
        enter = (
            outcome if isinstance(outcome, Enter) else Enter(mode=None, mark=outcome or UNDERSTOOD)
        )
        if enter.mark is not None:
            ledger.mark(line, enter.mark)
        walk.below = None
        if enter.mode is not None:
            walk.frames.append(_Frame(mode=self.modes[enter.mode], indent=line.indent))
        elif does.leaves:
            if len(walk.frames) > 1:
                walk.frames.pop()
                _resume(walk.frames[-1], draft)
        elif len(walk.frames) == 1 and enter.mark and enter.mark.state is not State.UNDERSTOOD:
            walk.below = line.indent

    def _fits_none(
        self, walk: _Walk[D], line: Line, words: Sequence[str], draft: D, ledger: Ledger
    ) -> None:
        if self._is_below(walk, line):
            ledger.outside()
            return
        while (
            not self.is_whole
            and len(walk.frames) > 1
            and not self._belongs(walk.frames[-1], line, words)
        ):
            walk.frames.pop()
            _resume(walk.frames[-1], draft)
        mode = walk.frames[-1].mode
        if mode.otherwise is not None:
            ledger.mark(line, mode.otherwise)
            return
        nearest = next(
            (
                frame.mode
                for frame in reversed(walk.frames)
                if self._grammars[frame.mode.name].knows(words[:1])
            ),
            mode,
        )
        why = self._grammars[nearest.name].why_not(words)
        ledger.mark(line, unknown(f"{self.rejects}: {why}", nearest.parts))
        walk.below = line.indent if len(walk.frames) == 1 and not self.is_whole else None

    def _belongs(self, frame: _Frame[D], line: Line, words: Sequence[str]) -> bool:
        """Whether a line that no command fits stands in this block."""
        if line.indent > frame.indent:
            return True
        return frame.flat or self._grammars[frame.mode.name].knows(words[:1])


def _resume(frame: _Frame[D], draft: D) -> None:
    if frame.mode.resume is not None:
        frame.mode.resume(draft)
