"""What a lab is asked for: a topology file, or a rehearsal of what AWS and devices tell of a VPN."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import typer
from rich.console import Console, RenderableType
from rich.text import Text

from samepath.cli.check.devices import named
from samepath.cli.check.sources import Source, read_sources
from samepath.cli.check.understanding import hanging
from samepath.cli.check.words import counted, first
from samepath.cli.files import read_topology
from samepath.control.unbuilt import refusals, unbuilt
from samepath.lab.lab import CannotBuild
from samepath.model.document import parse
from samepath.model.problems import Problem
from samepath.model.topology import Topology
from samepath.model.writing import render
from samepath.pairing.rehearsal import EVERYWHERE, CannotRehearse, Rehearsal, rehearse
from samepath.pairing.rehearsal_difference import Difference, Likeness, likeness
from samepath.pairing.substitution import Kind, Substitution

MOST_NAMED = 4
"""Elements and states that are named before the rest is counted."""

MOST_LINES = 12
"""Sentences of a kind that are told before the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsed:
    """A rehearsal, and how alike it and the VPN are predicted."""

    rehearsal: Rehearsal
    likeness: Likeness


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a lab is to run.

    ``file`` is what it is called in messages, ``words`` names it again on a command line.
    """

    file: str
    words: str
    text: str
    topology: Topology
    warnings: list[str]
    rehearsed: Rehearsed | None = None

    @property
    def substitutions(self) -> tuple[Substitution, ...]:
        """What stands for what; nothing where a file was named."""
        return () if self.rehearsed is None else self.rehearsed.rehearsal.substitutions


def wanted(
    file: Path | None,
    vpn: list[Path] | None,
    device: list[str] | None,
    platform: list[str] | None,
) -> Wanted:
    """What the words of a command line ask a lab for; warnings are told.

    Raises :class:`~samepath.pairing.rehearsal.CannotRehearse`,
    :class:`~samepath.model.writing.CannotSay`, :class:`~samepath.lab.lab.CannotBuild`, and what
    reading files raises.
    """
    if (file is None) == (not vpn and not device):
        raise typer.BadParameter(
            "name a topology file, or a description of AWS with --vpn, or a device with --device"
        )
    if platform and not device:
        raise typer.BadParameter("--platform goes with --device")
    if file is not None:
        return _of_file(file)
    (source,) = read_sources((), vpn or (), None, named(device or (), platform or ()))
    words = [
        *(word for one in vpn or () for word in ("--vpn", str(one))),
        *(word for one in device or () for word in ("--device", one)),
        *(word for one in platform or () for word in ("--platform", one)),
    ]
    return _of_source(source, shlex.join(words))


def _of_file(file: Path) -> Wanted:
    text, document = read_topology(file)
    if refused := refusals(document.topology, document.places):
        raise CannotBuild("\n".join(problem.render(str(file)) for problem in refused))
    cautions = (*document.warnings(), *unbuilt(document.topology, document.places))
    return Wanted(
        file=str(file),
        words=shlex.quote(str(file)),
        text=text,
        topology=document.topology,
        warnings=_warned(cautions, str(file)),
    )


def _warned(cautions: Iterable[Problem], file: str) -> list[str]:
    """The warnings, which are told."""
    warnings = [one.render(file) for one in dict.fromkeys(cautions)]
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    return warnings


def _of_source(source: Source, words: str) -> Wanted:
    assert source.understood is not None  # noqa: S101 - no topology file was named
    rehearsal = rehearse(source.understood, source.paired)
    if refused := refusals(rehearsal.lab):
        raise CannotRehearse("\n".join(f"{one.path}: {one.message}" for one in refused))
    text = render(rehearsal.lab, [f"A rehearsal of {source.files}. Written by samepath."])
    document = parse(text)
    cautions = (*source.warnings, *map(_unplaced, document.warnings()), *unbuilt(rehearsal.lab))
    return Wanted(
        file=source.files,
        words=words,
        text=text,
        topology=document.topology,
        warnings=_warned(cautions, source.file),
        rehearsed=Rehearsed(rehearsal=rehearsal, likeness=likeness(rehearsal.real, rehearsal.lab)),
    )


def _unplaced(problem: Problem) -> Problem:
    """A line of the text that was written means nothing to whoever named other files."""
    return replace(problem, line=None, column=None)


# ------------------------------------------------------------------------------------- for people


def show(console: Console, rehearsed: Rehearsed | None) -> None:
    """Print what stands for what, and how alike the two are predicted; None: a file was named."""
    if rehearsed is None:
        return
    console.print(Text(f"A rehearsal of {rehearsed.rehearsal.real.name}", style="bold"))
    for line in lines(rehearsed):
        console.print(line)
    console.print()


def lines(rehearsed: Rehearsed) -> Iterator[RenderableType]:
    """The same, line by line."""
    for kind in Kind:
        every = [*together(rehearsed.rehearsal.substitutions, kind)]
        for elements, what in every[:MOST_LINES]:
            of = "" if elements == [EVERYWHERE] else f"{first(elements, MOST_NAMED)}: "
            yield hanging(f"{kind.value}: ".rjust(_WIDTH), f"{of}{what}")
        if len(every) > MOST_LINES:
            more = f"{len(every) - MOST_LINES} more (--json tells all)"
            yield hanging(f"{kind.value}: ".rjust(_WIDTH), more)
    yield Text(f"\n{verdict(rehearsed.likeness)}")
    for one in rehearsed.likeness.differences:
        states = first([state.name for state in one.states], MOST_NAMED)
        yield hanging("differs: ".rjust(_WIDTH), f"{one.pair}, {states}: {told(one)}")
    for pair in rehearsed.likeness.absent:
        yield hanging("left out: ".rjust(_WIDTH), f"{pair}: the lab has no such networks")


_WIDTH = max(len(kind.value) for kind in Kind) + len(": ")


def together(substitutions: Iterable[Substitution], kind: Kind) -> Iterator[tuple[list[str], str]]:
    """Each sentence of a kind once, with all the elements that it is said of."""
    by_sentence: dict[str, list[str]] = {}
    for one in substitutions:
        if one.kind is kind:
            by_sentence.setdefault(one.what, []).append(one.element)
    return ((elements, what) for what, elements in by_sentence.items())


def verdict(it: Likeness) -> str:
    """How alike the lab and the VPN are predicted, in a sentence or two."""
    rows = counted(it.rows, "row")
    if it.differing:
        said = (
            f"In {it.differing} of {rows} (a pair of networks in a state) the lab is predicted to do "
            "what the VPN does not."
        )
    else:
        said = (
            f"In all {rows} (a pair of networks in a state) the lab is predicted to do as the VPN."
        )
    if it.open_rows:
        said += (
            f" In {it.open_rows} the VPN may do something else as well, as not all of it is known: "
            "the lab shows one outcome."
        )
    return said


def told(one: Difference) -> str:
    """What the VPN does and what the lab does."""
    real = ", or ".join(map(str, one.real))
    return f"there {real}; in the lab {', or '.join(map(str, one.lab))}"


# ------------------------------------------------------------------------------------ for programs


def document(rehearsed: Rehearsed | None) -> dict[str, object] | None:
    """The same for programs; None where a topology file was named."""
    if rehearsed is None:
        return None
    it = rehearsed.likeness
    return {
        "of": rehearsed.rehearsal.real.name,
        "substitutions": [
            {"element": one.element, "kind": one.kind.value, "what": one.what}
            for one in rehearsed.rehearsal.substitutions
        ],
        "rows": it.rows,
        "rows_differing": it.differing,
        "rows_open": it.open_rows,
        "pairs_left_out": [str(pair) for pair in it.absent],
        "differences": [
            {
                "pair": str(one.pair),
                "states": [state.name for state in one.states],
                "there": [str(each) for each in one.real],
                "in_the_lab": [str(each) for each in one.lab],
            }
            for one in it.differences
        ],
    }
