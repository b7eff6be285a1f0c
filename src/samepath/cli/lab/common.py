"""What the commands of ``samepath lab`` share: which lab, JSON, progress, completion."""

from __future__ import annotations

import json
import math
import sys
from enum import Enum
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from samepath.cli.stopping import heed
from samepath.control.plan import Step, describe
from samepath.lab.lab import Lab, NoSuchLab, running_labs
from samepath.model.elements import all_elements


class Unusable(ValueError):
    """What was typed names nothing that is here, or more than one; the text says what is."""


def complete_lab(incomplete: str) -> list[str]:
    """Labs that run here."""
    return [name for name in running_labs() if name.startswith(incomplete)]


def _labs(context: typer.Context) -> list[Lab]:
    chosen = context.params.get("lab")
    found: list[Lab] = []
    for name in [chosen] if chosen else running_labs():
        try:
            found.append(Lab.running(name))
        except NoSuchLab:
            continue  # It went while the shell asked.
    return found


def complete_element(context: typer.Context, incomplete: str) -> list[str]:
    """Elements of the lab that is named, or of any."""
    names = {str(one) for lab in _labs(context) for one in all_elements(lab.topology)}
    return sorted(name for name in names if name.startswith(incomplete))


def complete_tunnel(context: typer.Context, incomplete: str) -> list[str]:
    """Tunnels of the lab that is named, or of any."""
    names = {
        f"{connection.name}/tunnel{tunnel.number}"
        for lab in _labs(context)
        for connection in lab.topology.connections.values()
        for tunnel in connection.tunnels
    }
    return sorted(name for name in names if name.startswith(incomplete))


def complete_host(context: typer.Context, incomplete: str) -> list[str]:
    """Hosts of the lab that is named, or of any."""
    names = {name for lab in _labs(context) for name in lab.hosts}
    return sorted(name for name in names if name.startswith(incomplete))


LabName = Annotated[
    str | None,
    typer.Option(
        "--lab",
        "-l",
        envvar="SAMEPATH_LAB",
        autocompletion=complete_lab,
        help="Which lab; needed only where several run.",
    ),
]
LONGEST = 604_800.0
"""Seconds that a command may be told to take: a week."""


def number(seconds: float | None) -> float | None:
    """The value of an option as it is, unless it is NaN, which no range keeps out."""
    if seconds is not None and math.isnan(seconds):
        raise typer.BadParameter("nan is not a number of seconds")
    return seconds


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def say_waiting(sentence: str) -> None:
    """Tell a person whom a change waits for."""
    typer.echo(f"samepath: {sentence}", err=True)


def the_lab(name: str | None) -> Lab:
    """The lab called ``name``, or the only one."""
    if name is None:
        there = running_labs()
        if len(there) != 1:
            hint = (
                "start one with: samepath lab up FILE"
                if not there
                else "name one with --lab or SAMEPATH_LAB"
            )
            listed = ", ".join(there) or "none"
            raise Unusable(f"which lab? Running here: {listed}; {hint}")
        name = there[0]
    lab = Lab.running(name)
    lab.home.on_wait = say_waiting
    return lab


def built_lab(name: str | None) -> Lab:
    """As :func:`the_lab`, to run something in. Raises :class:`~samepath.lab.lab.HalfBuilt`."""
    lab = the_lab(name)
    lab.require_built()
    return lab


def naming(lab: Lab, chosen: str | None) -> str:
    """What a command that is told to be typed next needs at its end, so that it finds ``lab``.

    ``chosen`` is the name by which the lab was called for, if any.
    """
    return f" --lab {lab.name}" if chosen is not None or len(running_labs()) > 1 else ""


def _plain(value: object) -> object:
    """Values as JSON has them."""
    match value:
        case Enum():
            return value.value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return str(value)


def print_json(schema: str, *, one_line: bool = False, **content: object) -> None:
    """Print an object of this schema, spread over lines unless it is one of many."""
    text = json.dumps(
        {"schema": schema, **{key: _plain(value) for key, value in content.items()}},
        indent=None if one_line else 2,
    )
    print(text, flush=True)


class Bar:
    """Progress of a plan on a terminal; silent elsewhere."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn(title),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[step]}", style="dim"),
            transient=True,
            console=Console(stderr=True),
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(title, total=None, step="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int, step: Step) -> None:
        heed()
        self._progress.update(self._task, completed=done, total=total, step=describe(step)[:60])
