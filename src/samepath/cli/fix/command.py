"""The command ``samepath fix``: reads a file, lets it be repaired, prints, and writes a new one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import read_topology
from samepath.cli.fix.document import document_of
from samepath.cli.fix.lines import show
from samepath.cli.output import CannotWrite
from samepath.model.amend import amend
from samepath.routing.repair import RepairMode, Result, repair


class FileExists(ValueError):
    """The file that is to be written is there already, and nobody said to replace it."""


def fix(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The topology file.")],
    mode: Annotated[
        RepairMode | None,
        typer.Option(
            help="symmetric: both directions on one tunnel in every state, for devices that "
            "cannot take asymmetry; follow: equal attributes, and the gateway's MED decides. "
            "By default what suits the firewall in the file."
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="NEWFILE", help="Write the repaired topology to a new file."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace NEWFILE where it is there already.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find the smallest change after which nothing is dropped in any state, and prove it.

    FILE stays as it is.
    Exit code 0: repaired, or nothing to repair; 1: in part only, or not at all in this mode.

    Example: samepath fix examples/asymmetric-drop.yaml --write repaired.yaml
    """
    text, document = read_topology(file)
    for warning in document.warnings():
        typer.echo(f"samepath: warning: {warning.render(str(file))}", err=True)
    if write is not None and write.exists() and not force:
        raise FileExists(f"{write} is there already: choose another name, or say --force")
    it = repair(document.topology, mode)
    writes = it.result in {Result.REPAIRED, Result.PART}
    # Before anything is printed: who reads it may go away, as head does.
    if write is not None and writes:
        _write(write, amend(text, it.changes), force=force)
    if write is not None:
        said = f"{write} is written" if writes else f"{write} is not written"
        typer.echo(f"samepath: {said}", err=True)
    if as_json:
        print(json.dumps(document_of(it, document.topology), indent=2))
    else:
        show(Console(highlight=False), it, document.topology)
    if it.result in {Result.PART, Result.NONE}:
        raise typer.Exit(ExitCode.FINDINGS)


def _write(file: Path, text: str, *, force: bool) -> None:
    """Write a new file, or replace one as a whole. Raises :class:`CannotWrite`, :class:`FileExists`."""
    try:
        if force and file.exists():
            _replace(file.resolve(), text)
        else:
            with file.open("x", encoding="utf-8", newline="") as stream:
                stream.write(text)
    except FileExistsError as error:
        raise FileExists(f"{file} is there already: choose another name, or say --force") from error
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}") from error


def _replace(file: Path, text: str) -> None:
    """What reads the file meanwhile finds the old text or the new one, and nothing between."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", newline="") as stream:
            stream.write(text)
        beside.chmod(file.stat().st_mode)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
