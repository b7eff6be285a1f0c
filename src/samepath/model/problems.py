"""Problems: what is wrong in a file, where, and what would be right.

A :class:`Problem` is one mistake in one sentence. Its *path* says which value it is about in the
words of the file (``connections.seoul.tunnels[1].inside``; list positions count from 0, as in JSON
tools); line and column count from 1 and are ``None`` where a topology did not come from a file.

A rule between values also names the other values that took part (``concerns``). A reader drops the
problems that concern a value it could not read: they would follow from its own stand-in, not from
anything that somebody wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_LONGEST_SHOWN = 40


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Place:
    """A place in a text; line and column count from 1."""

    line: int
    column: int


Places = Mapping[str, Place]


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One mistake: ``message`` says what is wrong, ``advice`` what would be right."""

    path: str
    message: str
    advice: str = ""
    line: int | None = None
    column: int | None = None
    concerns: tuple[str, ...] = ()
    """Paths of the other values that the message follows from."""

    def render(self, filename: str) -> str:
        """The problem on one line: ``vpn.yaml:12: vpcs.main.cidr: what is wrong; what is right``."""
        place = filename if self.line is None else f"{filename}:{self.line}"
        parts = [part for part in (place, self.path, self.message) if part]
        line = ": ".join(parts) + (f"; {self.advice}" if self.advice else "")
        return printable(line)


class InvalidDocument(ValueError):
    """A topology file that cannot be used: all its problems, in the order of the file."""

    def __init__(self, problems: Iterable[Problem], *, filename: str = "-") -> None:
        self.problems = tuple(problems)
        self.filename = filename
        super().__init__("\n".join(problem.render(filename) for problem in self.problems))


def printable(text: str) -> str:
    """``text`` on one line, with an escape for whatever is no letter that can be seen.

    What comes out of a strange file may hold anything, a terminal's control sequences too.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def below(path: str, key: str | int) -> str:
    """The path of the value under ``key`` (a mapping's key or a list's position) of ``path``."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{show(key)}]"
    return f"{path}.{key}" if path else key


def at(*steps: str | int) -> str:
    """The path of these steps: ``at("vpcs", "main", "cidr")`` is ``vpcs.main.cidr``."""
    path = ""
    for step in steps:
        path = below(path, step)
    return path


def is_within(path: str, whole: str) -> bool:
    """Whether ``path`` is ``whole`` or a value inside it."""
    return not whole or path == whole or path.startswith((f"{whole}.", f"{whole}["))


def parent(path: str) -> str:
    """The path of the value that holds ``path``; the file itself is ``""``."""
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""


def place_of(places: Places, path: str) -> Place | None:
    """Where ``path`` stands, or the nearest written value around it; None without a file."""
    while path not in places:
        if not path:
            return None
        path = parent(path)
    return places[path]


def placed(problem: Problem, places: Places) -> Problem:
    """``problem`` with its line and column, as far as ``places`` knows them."""
    place = place_of(places, problem.path)
    if place is None or problem.line is not None:
        return problem
    return replace(problem, line=place.line, column=place.column)


def follows_from(problem: Problem, unread: frozenset[str]) -> bool:
    """Whether the problem rests on a value in ``unread``, which the reader had to stand in for."""
    return any(
        is_within(problem.path, lost)
        or any(is_within(path, lost) or is_within(lost, path) for path in problem.concerns)
        for lost in unread
    )


def show(value: object) -> str:
    """A value as it may stand in a message: on one line, printable, not endless."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if len(text) > _LONGEST_SHOWN:
        text = text[: _LONGEST_SHOWN - 3] + "..."
    if isinstance(value, str) and (not text.isprintable() or not text.isascii() or " " in text):
        return json.dumps(text)
    return text or '""'


def spell_duration(value: timedelta) -> str:
    """A duration as the file writes it: in milliseconds below a second, else in seconds."""
    seconds = value.total_seconds()
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:.10g}s"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for a word that is not among ``known``: the nearest, or all of them."""
    choices = sorted(known)
    near = get_close_matches(word[:100], choices, n=1)
    if near:
        return f"did you mean {near[0]}?"
    if not choices:
        return ""
    return f"known here: {', '.join(choices)}"
