"""The command ``samepath check``: reads the files, lets them be judged, and prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from samepath.cli.check import ends, understanding
from samepath.cli.check.devices import PlatformOption, named
from samepath.cli.check.document import Checked, document
from samepath.cli.check.findings import kinds
from samepath.cli.check.lines import Shown, lines
from samepath.cli.check.observed import WhoseTable, read
from samepath.cli.check.sources import Account, Source, read_sources
from samepath.cli.check.topology_file import write_topology
from samepath.cli.exit_codes import ExitCode
from samepath.pairing.causes import together
from samepath.pairing.present import with_present
from samepath.routing import report
from samepath.routing.findings import Severity, reference
from samepath.routing.observation import Observation
from samepath.routing.states import pair_states, single_states
from samepath.routing.verdict import Verdict


class FailOn(Enum):
    """What makes ``check`` end with 1; a finding that is an error always does."""

    ERROR = "error"
    WARNING = "warning"
    ASYMMETRIC = "asymmetric"
    UNDETERMINED = "undetermined"


def _list_findings(*, wanted: bool) -> None:
    if wanted:
        typer.echo(reference.catalogue(kinds()), nl=False)
        raise typer.Exit


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Topology files.", show_default=False),
    ] = None,
    vpn: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE_OR_DIR",
            help="What AWS tells of a VPN: answers of `aws ec2 describe-vpn-connections` and its "
            "like (JSON), or the XML of a connection; may be given more than once.",
        ),
    ] = None,
    aws: Annotated[
        bool,
        typer.Option(
            "--aws",
            help="Ask AWS itself, with calls that only read; needs samepath[aws] and credentials.",
        ),
    ] = False,
    region: Annotated[
        str | None, typer.Option(help="The Region that --aws asks; by default that of AWS's CLI.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="The profile of AWS's CLI whose credentials --aws uses.")
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            help="The configuration of a device at the customer's end of --vpn or --aws, or of an "
            "assumed one; may be given more than once, also for several files of one NAME.",
        ),
    ] = None,
    platform: PlatformOption = None,
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
    topology: Annotated[
        Path | None,
        typer.Option(
            metavar="NEWFILE",
            help="Write what --vpn, --aws and --device tell as a topology file, to go on with.",
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

    Nothing is started, and nobody but AWS is asked, and only with --aws: the files named here are
    all that it looks at.
    All that --vpn names and --aws finds is one VPN. A customer's device that no --device tells is
    assumed to be plain.
    Exit code 0: nothing drops or hangs; 1: something does; 2: a file cannot be used.

    Examples: samepath check examples/active-standby.yaml

    samepath check vpn.yaml --observed dc=table.json

    samepath check --vpn vpn-connections.json

    samepath check --vpn vpn-connections.json --device fw1=frr.conf

    samepath check --aws --region eu-west-1
    """
    if platform and not device:
        raise typer.BadParameter("--platform goes with --device")
    if not (files or vpn or aws or device):
        raise typer.BadParameter(
            "name a topology file, a description of AWS with --vpn, or a device with --device"
        )
    if (region or profile) and not aws:
        raise typer.BadParameter("--region and --profile are of --aws")
    account = Account(region=region, profile=profile) if aws else None
    sources = read_sources(files or (), vpn or (), account, named(device or (), platform or ()))
    if observed and len(sources) > 1:
        raise WhoseTable("--observed goes with one file: its gateways are those of that file")
    if topology is not None:
        write_topology(topology, sources)
    checked = [
        _checked(one, failures, read(observed or (), one.topology, _devices(one)), between_sites)
        for one in sources
    ]
    for one in checked:
        for warning in one.warnings:
            typer.echo(f"samepath: warning: {warning.render(one.file)}", err=True)
    if as_json:
        print(json.dumps(document(checked), indent=2))
    else:
        show(checked, Console(highlight=False), explain=explain, everything=everything)
    if any(fails(one, frozenset(fail_on or ())) for one in checked):
        raise typer.Exit(ExitCode.FINDINGS)


def _checked(
    source: Source,
    failures: int,
    tables: tuple[Observation, ...],
    between_sites: bool,
) -> Checked:
    topology = source.topology
    try:
        states = single_states(topology)
        more = pair_states(topology) if failures > 1 else ()
        found = report.check(
            topology, (*states, *more), observed=tables, between_sites=between_sites
        )
    except Exception as error:
        error.add_note(f"This was met in {source.file}.")
        raise
    if source.paired is not None:
        found = replace(found, findings=together(source.paired, found.findings))
    if source.understood is not None:
        found = replace(found, findings=with_present(source.understood, found.findings))
    return Checked(
        file=source.file,
        report=found,
        warnings=source.warnings,
        places=source.places,
        understood=source.understood,
        paired=source.paired,
    )


def show(checked: Iterable[Checked], console: Console, *, explain: bool, everything: bool) -> None:
    """Print the reports for people, one below the other."""
    checked = list(checked)
    for number, one in enumerate(checked):
        if number:
            console.print()
        if one.understood is not None:
            for line in understanding.lines(one.understood, everything=everything):
                console.print(line)
        if one.paired is not None:
            for line in ends.lines(one.paired):
                console.print(line)
            for note in ends.notes(one.paired):
                console.print(understanding.hanging("tunnels: ", note))
        if one.understood is not None:
            console.print()
        shown = Shown(
            title=one.report.topology.name if len(checked) == 1 else one.file,
            width=console.width,
            everything=everything,
            explain=explain,
            where=one.spelled,
            reservation="" if one.paired is None else ends.reservation(one.paired),
            labels=_labels(one),
        )
        for line in lines(one.report, shown):
            # rich joins what it prints, and would wrap what is to stay on one line.
            console.print(line, soft_wrap=isinstance(line, Text) and bool(line.no_wrap))


def _devices(source: Source) -> Mapping[str, str]:
    """The customer gateways by the names of their devices."""
    paired = source.paired
    return {} if paired is None else {one.device.name: one.customer for one in paired.devices}


def _labels(one: Checked) -> Mapping[str, str]:
    if one.paired is not None:
        return one.paired.labels
    return {} if one.understood is None else one.understood.labels


def fails(checked: Checked, fail_on: frozenset[FailOn]) -> bool:
    """Whether a report makes the command end with 1."""
    found = checked.report
    severities = {finding.severity for finding in found.findings}
    return (
        Severity.ERROR in severities
        or (FailOn.WARNING in fail_on and Severity.WARNING in severities)
        or (
            FailOn.UNDETERMINED in fail_on
            and any(checked.is_undetermined(one) or one.may_hang for one in found.states)
        )
        or (
            FailOn.ASYMMETRIC in fail_on
            and any(Verdict.ASYMMETRIC_TOLERATED in one.verdicts for one in found.states)
        )
    )
