"""A topology file as ``samepath check`` shows it, in a terminal of 80 columns."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from samepath.cli.check.lines import Shown, lines
from samepath.model.document import parse
from samepath.model.problems import place_of
from samepath.routing import check
from samepath.routing.findings import Finding


def shown(file: Path) -> str:
    """The text, called after the file, without blanks at the ends of lines."""
    document = parse(file.read_text())

    def where(finding: Finding) -> str:
        if not finding.path:
            return ""
        place = place_of(document.places, finding.path)
        return f"{file.name}:{0 if place is None else place.line}"

    out = StringIO()
    console = Console(file=out, width=80, highlight=False)
    for line in lines(check(document.topology), Shown(title=file.stem, where=where)):
        console.print(line)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
