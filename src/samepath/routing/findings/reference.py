"""The catalogue of findings as text: the reference page, and what a terminal shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill

from samepath.routing.findings.finding import Kind, Severity

_HEAD = """\
# Findings

<!-- Generated from src/samepath/routing/findings/ and src/samepath/pairing/kinds.py; a test compares it. -->

What `samepath check` finds, by its code: when, why it is bad, and what mends it.
`samepath check --list-findings` prints the same.
A finding in a file names its place, the networks and failure states that it concerns, and what to change there.

| severity | means |
|---|---|
| error | packets are dropped, sessions hang, or a path lived that could have carried them; the exit code is 1 |
| warning | it works until something changes, or only because nobody minds |
| note | nothing is wrong; but it is not what somebody may take it for |

"""
_HEADINGS = {
    Severity.ERROR: "Errors",
    Severity.WARNING: "Warnings",
    Severity.NOTE: "Notes",
}


def render(kinds: Sequence[Kind]) -> str:
    """The text of ``docs/reference/findings.md``."""
    return _HEAD + "\n".join(_sections(kinds))


def catalogue(kinds: Iterable[Kind]) -> str:
    """The catalogue for a terminal."""
    return "\n".join(
        f"{kind.severity.value} {kind.code}\n"
        + "".join(
            f"{fill(line, width=78, initial_indent='  ', subsequent_indent='  ')}\n"
            for line in (
                _sentence(kind.means),
                kind.because,
                f"Mend: {kind.advice}",
            )
        )
        for kind in kinds
    )


def _sections(kinds: Sequence[Kind]) -> Iterator[str]:
    for severity in Severity:
        yield f"## {_HEADINGS[severity]}\n"
        for kind in kinds:
            if kind.severity is severity:
                yield f"### `{kind.code}`\n"
                yield f"{_sentence(kind.means)}\n{_lines(kind.because)}\n"
                yield f"*Mend:* {_lines(kind.advice)}\n"


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + "."


def _lines(sentences: str) -> str:
    """One sentence a line."""
    return sentences.replace(". ", ".\n")
