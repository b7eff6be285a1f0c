"""``samepath lab capture``: a tunnel's packets, as they are outside or inside it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from samepath.cli.lab.common import (
    LONGEST,
    LabName,
    Unusable,
    built_lab,
    complete_tunnel,
    number,
)
from samepath.control.situation import Side
from samepath.lab.capture import command, run


def capture(
    tunnel: Annotated[
        str, typer.Argument(autocompletion=complete_tunnel, help="Such as seoul/tunnel1.")
    ],
    outside: Annotated[
        bool | None,
        typer.Option(
            "--outside/--inside",
            help="IKE and ESP between the outside addresses, or what they hold; one is needed.",
            show_default=False,
            metavar="",
        ),
    ] = None,
    end: Annotated[Side, typer.Option("--end", help="Where to look.")] = Side.GATEWAY,
    count: Annotated[
        int | None, typer.Option("--count", "-c", min=1, help="End after so many packets.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", min=0.1, max=LONGEST, callback=number, help="End after this time."
        ),
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", "-w", help="Write them to a file, for Wireshark.")
    ] = None,
    lab: LabName = None,
) -> None:
    """Show the packets of a tunnel, as tcpdump prints them, until Ctrl-C.

    It has no --json: for a program, --write keeps the packets in a file (pcap).

    Example: samepath lab capture seoul/tunnel1 --outside --count 10
    """
    if outside is None:
        raise Unusable(
            "which packets? Say --outside (IKE and ESP between the outside addresses) or --inside "
            "(what they hold)"
        )
    with built_lab(lab) as running:
        words = command(running, tunnel, outside=outside, side=end, count=count, write=write)
        read = run(running, words, seconds, _say)
    raise typer.Exit(0 if read else 1)  # As with whatever else is printed to nobody.


def _say(line: str) -> None:
    with suppress(OSError):  # The terminal has been closed.
        typer.echo(line, err=True)
