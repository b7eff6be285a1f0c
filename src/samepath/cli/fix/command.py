"""The command ``samepath fix``: reads a file, lets it be repaired, prints, and writes a new one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.check import ends
from samepath.cli.check.devices import (
    DeviceOption,
    Named,
    PlatformOption,
    VpnOption,
    named,
)
from samepath.cli.check.sources import read_sources
from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import FileExists, read_topology
from samepath.cli.fix.device_lines import scripts
from samepath.cli.fix.document import document_of
from samepath.cli.fix.lines import show
from samepath.cli.output import CannotWrite
from samepath.model.amend import amend
from samepath.pairing.mending import Mending, mending
from samepath.routing.repair import RepairMode, Result, repair


class MendFirst(ValueError):
    """A tunnel or a session that does not come up; the text says what to mend, and where."""


def fix(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The topology file.", show_default=False),
    ] = None,
    vpn: VpnOption = None,
    device: DeviceOption = None,
    platform: PlatformOption = None,
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
        typer.Option(
            metavar="NEWFILE|DIR",
            help="Write the repaired topology to a new file; of devices, what is to be typed at each "
            "and what takes it back to NAME.fix and NAME.revert in a folder.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Find the smallest change after which nothing is dropped in any state, and prove it.

    FILE stays as it is.
    Of devices each change has the line that it is about, and the lines to type there; these are
    read again as the device would read them, and have to come to what is meant.
    Exit code 0: repaired, or nothing to repair; 1: in part only, or not at all in this mode.

    Examples: samepath fix examples/asymmetric-drop.yaml --write repaired.yaml

    samepath fix --vpn vpn-connections.json --device fw1=frr.conf --write lines
    """
    if (file is None) == (not vpn and not device):
        raise typer.BadParameter(
            "name a topology file, or a description of AWS with --vpn, or a device with --device"
        )
    if platform and not device:
        raise typer.BadParameter("--platform goes with --device")
    if file is None:
        if write is not None and not device:
            raise typer.BadParameter("--write goes with a topology file, or with --device")
        its = named(device or (), platform or ())
        _of_devices(vpn or [], its, mode, write, force=force, as_json=as_json)
        return
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


def _of_devices(
    descriptions: list[Path],
    devices: list[Named],
    mode: RepairMode | None,
    write: Path | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Repair what AWS and devices tell; ``write`` is a folder for the devices' lines."""
    (source,) = read_sources((), descriptions, None, devices)
    for warning in source.warnings:
        typer.echo(f"samepath: warning: {warning.render(source.file)}", err=True)
    paired = source.paired
    first = () if paired is None else paired.before_repair()
    if first:
        raise MendFirst(
            "\n".join(
                (
                    "no policy mends a tunnel or a session that does not come up; mend first:",
                    *(f"{place}: {what}" for place, what in first),
                )
            )
        )
    it = repair(source.topology, mode)
    lines = None if paired is None else mending(paired, it.changes)
    if write is not None and lines is not None:
        _write_scripts(write, lines, force=force)
    if as_json:
        print(json.dumps(document_of(it, source.topology, paired, lines), indent=2))
    else:
        console = Console(highlight=False)
        show(console, it, source.topology, paired, lines)
        reserved = "" if paired is None else ends.reservation(paired)
        if reserved:
            console.print(f"\nUNDETERMINED: {reserved}.")
    if it.result in {Result.PART, Result.NONE}:
        raise typer.Exit(ExitCode.FINDINGS)


def _write_scripts(folder: Path, lines: Mending, *, force: bool) -> None:
    """Write the lines of all devices into a folder, or none of them.

    Raises :class:`CannotWrite`, :class:`FileExists`.
    """
    files = {folder / name: text for one in lines.devices for name, text in scripts(one).items()}
    there = [file for file in files if file.exists()]
    if there and not force:
        raise FileExists(f"{there[0]} is there already: choose another folder, or say --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"{folder} cannot be made: {error.strerror}") from error
    for file, text in files.items():
        _write(file, text, force=force)
        typer.echo(f"samepath: {file} is written", err=True)
    if not files:
        typer.echo(f"samepath: {folder} gets no file: there is nothing to type", err=True)


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
