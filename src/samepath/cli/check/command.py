"""The command ``samepath check``: reads the files, lets them be judged, and prints."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from samepath.cli.check.document import Checked, document
from samepath.cli.check.lines import Shown, lines
from samepath.cli.check.observed import WhoseTable, read
from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import CannotRead, read_topology
from samepath.model.document import Document, InvalidDocument
from samepath.routing import report
from samepath.routing.findings import Severity, reference
from samepath.routing.observation import Observation
from samepath.routing.states import pair_states, single_states
from samepath.routing.verdict import Verdict


class UnusableFiles(ValueError):
    """More than one of the files cannot be used; the text has every mistake of every file."""


class FailOn(Enum):
    """What makes ``check`` end with 1; a finding that is an error always does."""

    ERROR = "error"
    WARNING = "warning"
    ASYMMETRIC = "asymmetric"
    UNDETERMINED = "undetermined"


def _list_findings(*, wanted: bool) -> None:
    if wanted:
        typer.echo(reference.catalogue(), nl=False)
        raise typer.Exit


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Topology files.", show_default=False)
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell the rule that decided at every hop.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Show each state that concerns a pair of networks, and every finding."
        ),
    ] = False,
    failures: Annotated[
        int,
        typer.Option(
            "--failures", min=1, max=2, help="Failures at a time; 2 adds every pair of them."
        ),
    ] = 1,
    fail_on: Annotated[
        list[FailOn] | None,
        typer.Option(help="What else ends with exit code 1; may be given more than once."),
    ] = None,
    between_sites: Annotated[
        bool,
        typer.Option(
            "--between-sites", help="Judge pairs of sites too, through a gateway (CloudHub)."
        ),
    ] = False,
    observed: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[GATEWAY=]TABLE",
            help="A BGP table as the device printed it with all up: what it tells is a fact.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    list_findings: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--list-findings",
            help="Print what can be found, why it is bad, and what mends it.",
            is_eager=True,
            callback=lambda value: _list_findings(wanted=value),
        ),
    ] = False,
) -> None:
    """Predict which tunnel each direction takes in every failure state, and what drops.

    Nothing is started and nobody is asked: the files named here are all that it looks at.
    Exit code 0: nothing drops or hangs; 1: something does; 2: a file cannot be used.

    Examples: samepath check examples/active-standby.yaml

    samepath check vpn.yaml --observed dc=table.json
    """
    read_files = _read(files)
    if observed and len(read_files) > 1:
        raise WhoseTable("--observed goes with one file: its gateways are those of that file")
    checked = [
        _checked(file, document, failures, read(observed or (), document.topology), between_sites)
        for file, document in read_files
    ]
    for one in checked:
        for warning in one.warnings:
            typer.echo(f"samepath: warning: {warning.render(one.file)}", err=True)
    if as_json:
        print(json.dumps(document(checked), indent=2))
    else:
        show(checked, Console(highlight=False), explain=explain, everything=everything)
    if any(fails(one.report, frozenset(fail_on or ())) for one in checked):
        raise typer.Exit(ExitCode.FINDINGS)


def _read(files: Iterable[Path]) -> list[tuple[Path, Document]]:
    """All files; or every mistake of all of them."""
    read: list[tuple[Path, Document]] = []
    refused: list[CannotRead | InvalidDocument] = []
    for file in files:
        try:
            read.append((file, read_topology(file)[1]))
        except (CannotRead, InvalidDocument) as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise UnusableFiles("\n".join(map(str, refused)))
    return read


def _checked(
    file: Path,
    document: Document,
    failures: int,
    tables: tuple[Observation, ...],
    between_sites: bool,
) -> Checked:
    try:
        states = single_states(document.topology)
        more = pair_states(document.topology) if failures > 1 else ()
        found = report.check(
            document.topology, (*states, *more), observed=tables, between_sites=between_sites
        )
    except Exception as error:
        error.add_note(f"This was met in {file}.")
        raise
    return Checked(
        file=str(file), report=found, warnings=document.warnings(), places=document.places
    )


def show(checked: Iterable[Checked], console: Console, *, explain: bool, everything: bool) -> None:
    """Print the reports for people, one below the other."""
    checked = list(checked)
    for number, one in enumerate(checked):
        if number:
            console.print()
        shown = Shown(
            title=one.report.topology.name if len(checked) == 1 else one.file,
            width=console.width,
            everything=everything,
            explain=explain,
            where=one.spelled,
        )
        for line in lines(one.report, shown):
            # rich joins what it prints, and would wrap what is to stay on one line.
            console.print(line, soft_wrap=isinstance(line, Text) and bool(line.no_wrap))


def fails(found: report.Report, fail_on: frozenset[FailOn]) -> bool:
    """Whether a report makes the command end with 1."""
    severities = {finding.severity for finding in found.findings}
    return (
        Severity.ERROR in severities
        or (FailOn.WARNING in fail_on and Severity.WARNING in severities)
        or (FailOn.UNDETERMINED in fail_on and any(one.undetermined for one in found.states))
        or (
            FailOn.ASYMMETRIC in fail_on
            and any(Verdict.ASYMMETRIC_TOLERATED in one.verdicts for one in found.states)
        )
    )
