"""What AWS and devices tell, written as a topology file for its owner to go on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from samepath.cli.check.sources import Source
from samepath.cli.output import CannotWrite
from samepath.model.writing import render
from samepath.pairing.rehearsal import untold
from samepath.pairing.substitution import Kind
from samepath.pairing.usable_values import with_usable_values


def write_topology(file: Path, sources: Sequence[Source]) -> None:
    """Write the topology of the only source, which is no topology file, to a new file.

    What is assumed of it, and what was not understood, stands in its first lines. Raises
    :class:`~samepath.cli.output.CannotWrite`, :class:`~samepath.model.writing.CannotSay`.
    """
    (source, *others) = sources
    if others or source.understood is None:
        raise typer.BadParameter("--topology goes with --vpn, --aws or --device, and no file")
    text = topology_text(source)
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise CannotWrite(f"{file} cannot be written: {error.strerror}") from error
    typer.echo(f"samepath: {file} is written", err=True)


def topology_text(source: Source) -> str:
    """The text of a topology file that says what AWS and devices tell."""
    assert source.understood is not None  # noqa: S101 - who calls has looked
    topology, told = with_usable_values(source.topology)
    whole = (*told, *untold(source.understood, source.paired))
    comments = [f"What samepath check understood of {source.files}."]
    for kind in Kind:
        word = "not understood" if kind is Kind.LEFT_OUT else kind.value
        comments += (f"{word}: {one.element}: {one.what}" for one in whole if one.kind is kind)
    if source.paired is not None:
        comments += (
            f"does not come up, so that no route is exchanged: {place}: {what}"
            for place, what in source.paired.before_repair()
        )
    return render(topology, comments)
