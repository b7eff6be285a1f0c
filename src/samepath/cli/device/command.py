"""The command ``samepath device``: reads a device's files, and prints what is understood of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.device.document import document
from samepath.cli.device.lines import lines
from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import read_text
from samepath.device.readers import LARGEST, read
from samepath.device.reading.source import Source
from samepath.model.topology import Platform


def device(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="The files of one device's configuration.", show_default=False
        ),
    ],
    platform: Annotated[
        Platform | None,
        typer.Option(help="Whose configuration it is, where it does not tell by itself."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 1 where a line was not understood.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Tell what is understood of a device's configuration, and what is not.

    Nothing is started and nobody is asked: the files named here are all that it looks at.
    Exit code 0: it was read; 1: with --strict, a line was not understood; 2: it cannot be read.

    Examples: samepath device frr.conf

    samepath device --platform quagga bgpd.conf zebra.conf
    """
    sources = [
        Source(name=str(file), text=read_text(file, what="configuration", largest=LARGEST))
        for file in files
    ]
    found = read(sources, platform)
    if as_json:
        print(json.dumps(document(found), indent=2))
    else:
        console = Console(highlight=False)
        for line in lines(found, ", ".join(one.name for one in sources)):
            console.print(line, soft_wrap=True)
    if strict and found.support.doubts():
        raise typer.Exit(ExitCode.FINDINGS)
