"""``samepath check``: which tunnel each direction takes in every failure state, and what drops."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import read_topology
from samepath.model.topology import Topology
from samepath.model.topology_view import site_networks
from samepath.routing.assumption import Assumption, Outcome
from samepath.routing.compile import gateway_name, tunnel_of
from samepath.routing.findings import Finding, Severity, detect
from samepath.routing.forwarding import End, Hop
from samepath.routing.forwarding import Path as Way
from samepath.routing.states import single_states
from samepath.routing.verdict import Judgement, Pair, PairInState, Transition, Verdict, analyse

SCHEMA = "samepath.check/1"


class FailOn(Enum):
    """What makes ``check`` end with 1; a finding that is an error always does."""

    ERROR = "error"
    WARNING = "warning"
    ASYMMETRIC = "asymmetric"
    UNDETERMINED = "undetermined"


_STYLES = {
    Verdict.SYMMETRIC: "green",
    Verdict.ASYMMETRIC_TOLERATED: "yellow",
    Verdict.ASYMMETRIC_DROPPED: "bold red",
    Verdict.UNREACHABLE: "bold red",
    Verdict.EXPECTED_OUTAGE: "dim",
}
_WORDS = {
    Verdict.SYMMETRIC: "symmetric",
    Verdict.ASYMMETRIC_TOLERATED: "asymmetric, passes",
    Verdict.ASYMMETRIC_DROPPED: "asymmetric, DROPS",
    Verdict.UNREACHABLE: "UNREACHABLE",
    Verdict.EXPECTED_OUTAGE: "expected outage",
}


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The topology file.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell the rule that decided at every hop.")
    ] = False,
    fail_on: Annotated[
        list[FailOn] | None,
        typer.Option(help="What else ends with exit code 1; may be given more than once."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Predict which tunnel each direction takes in every failure state, and what drops.

    Nothing is started and nothing is asked: the file is all that it looks at.
    Exit code 0: nothing drops or hangs; 1: something does.

    Example: samepath check examples/active-standby.yaml
    """
    _, document = read_topology(file)
    warnings = [warning.render(str(file)) for warning in document.warnings()]
    for warning in warnings:
        typer.echo(f"samepath: warning: {warning}", err=True)
    states = analyse(document.topology, tuple(single_states(document.topology)))
    findings = detect(document.topology, states)
    if as_json:
        print(json.dumps(as_document(states, findings, warnings), indent=2))
    else:
        show(Console(highlight=False), document.topology, states, findings, explain=explain)
    if _fails(states, findings, frozenset(fail_on or ())):
        raise typer.Exit(ExitCode.FINDINGS)


def _fails(
    states: Iterable[PairInState], findings: Iterable[Finding], fail_on: frozenset[FailOn]
) -> bool:
    severities = {finding.severity for finding in findings}
    return (
        Severity.ERROR in severities
        or (FailOn.WARNING in fail_on and Severity.WARNING in severities)
        or (FailOn.UNDETERMINED in fail_on and any(one.undetermined for one in states))
        or (
            FailOn.ASYMMETRIC in fail_on
            and any(Verdict.ASYMMETRIC_TOLERATED in one.verdicts for one in states)
        )
    )


# ------------------------------------------------------------------------------------ for people


def show(
    console: Console,
    topology: Topology,
    found: Iterable[PairInState],
    findings: Iterable[Finding],
    *,
    explain: bool,
) -> None:
    """A table for each pair of networks, what nobody can know from the file, and the findings."""
    names = list(topology.connections)
    prefix = f"{names[0]}/" if len(names) == 1 else ""
    by_pair: dict[str, list[PairInState]] = {}
    for one in found:
        by_pair.setdefault(str(one.pair), []).append(one)
    for pair, states in by_pair.items():
        mine = _joining(topology, states[0].pair)
        told = [one for one in states if _concerns(mine, one) or _changes(one, states[0])]
        console.print(_table(f"{topology.name}: {pair}", told, prefix))
        if len(told) < len(states):
            console.print(Text(f"  {len(states) - len(told)} states elsewhere change nothing here"))
        for line in _open_questions(states):
            console.print(line)
        if explain:
            for one in states:
                for line in _explanation(one):
                    console.print(line, soft_wrap=True)
        console.print()
    findings = list(findings)
    for finding in findings:
        console.print(_told(finding))
    console.print(_summary([one for states in by_pair.values() for one in states], findings))


def _joining(topology: Topology, pair: Pair) -> frozenset[str]:
    """The names of the connections and customer gateways that join a pair's two networks."""
    return frozenset(
        name
        for connection in topology.connections.values()
        if gateway_name(connection.gateway) == pair.gateway
        and pair.site in site_networks(topology, connection.customer_gateway)
        for name in (connection.name, connection.customer_gateway)
    )


def _concerns(joining: frozenset[str], one: PairInState) -> bool:
    """Whether all that has happened has happened to what joins the pair's two networks."""
    return all(element.name in joining for element, _ in one.state.conditions)


def _changes(one: PairInState, all_up: PairInState) -> bool:
    """Whether a state is another one for the pair than that in which all is up."""

    def told(of: PairInState) -> set[object]:
        return {(each.ways.tunnels, each.verdict) for each in _distinct(of.outcomes)}

    moved = {each.transition for each in _distinct(one.outcomes)} - {None, Transition.SURVIVES}
    return bool(moved) or told(one) != told(all_up)


def _table(title: str, states: Iterable[PairInState], prefix: str) -> Table:
    """``prefix`` is what all tunnels' names begin with, and is not told again."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for heading in ("state", "to site", "to VPC", "new flow", "open flow"):
        table.add_column(heading, overflow="fold")
    for one in states:
        for number, outcome in enumerate(_distinct(one.outcomes)):
            table.add_row(one.state.name if number == 0 else "  or", *_cells(outcome, prefix))
    return table


def _distinct(outcomes: Iterable[Outcome[Judgement]]) -> list[Judgement]:
    """What is to be told of the outcomes: those that differ only in their hops are one."""
    told = {
        (outcome.result.ways.tunnels, outcome.result.verdict, outcome.result.transition): (
            outcome.result
        )
        for outcome in outcomes
    }
    # Where no flow could be open there is nothing to tell beside a case in which one could.
    open_to = {key[:2] for key in told if key[2] is not None}
    return [one for key, one in told.items() if key[2] is not None or key[:2] not in open_to]


def _cells(judgement: Judgement, prefix: str) -> tuple[Text, Text, Text, Text]:
    transition = judgement.transition
    style = "bold red" if transition is Transition.HANGS else ""
    return (
        Text(_way(judgement.ways.to_site, prefix)),
        Text(_way(judgement.ways.to_vpc, prefix)),
        Text(_WORDS[judgement.verdict], style=_STYLES[judgement.verdict]),
        Text("" if transition is None else transition.value, style=style),
    )


def _way(way: Way, prefix: str) -> str:
    if way.tunnel is None:
        return "-"
    name = tunnel_of(way.tunnel).removeprefix(prefix)
    return name if way.end is End.DELIVERED else f"{name}: lost"


def _open_questions(states: Iterable[PairInState]) -> Iterator[Text]:
    asked = {
        question: None
        for one in states
        if len(_distinct(one.outcomes)) > 1
        for outcome in one.outcomes
        for because in outcome.because
        for question, _ in because
    }
    for question in asked:
        answers = " or ".join(tunnel_of(answer) for answer in question.answers)
        yield Text(f"  nobody says of {question.subject}: {question.what} ({answers})", "yellow")


def _explanation(found: PairInState) -> Iterator[Text]:
    yield Text(f"\n{found.state.name}", style="bold")
    for outcome in found.outcomes:
        if len(found.outcomes) > 1:
            yield Text(f"  if {_assumed(outcome.because[0])}:", style="yellow")
        for name, way in (
            ("to the site", outcome.result.ways.to_site),
            ("to the VPC", outcome.result.ways.to_vpc),
        ):
            yield Text(f"  {name}: {way.end.value}")
            for hop in way.hops:
                yield Text(f"    {hop.router} has {hop.route.prefix} by {_because(hop)}")


def _because(hop: Hop) -> str:
    source = f"{tunnel_of(hop.route.session)} ({hop.route.source.value})"
    removals = hop.decision.removals
    if not removals:
        return f"{source}, the only route"
    last = removals[-1]
    losers = ", ".join(tunnel_of(route.session) for route in last.removed)
    return f"{source}, before {losers}: {last.step.value} [{last.sureness.value}]"


def _assumed(because: Iterable[Assumption]) -> str:
    return ", and ".join(
        f"{question.subject}: {question.what} = {tunnel_of(answer)}" for question, answer in because
    )


_SEVERITY_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "dim",
}


def _told(finding: Finding) -> Text:
    return Text.assemble(
        (f"{finding.severity.value} {finding.code}", _SEVERITY_STYLES[finding.severity]),
        f" at {finding.place}: {finding.what}.\n  Mend: {finding.advice}.\n",
    )


def _summary(found: list[PairInState], findings: list[Finding]) -> Text:
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    doubts = sum(one.undetermined for one in found)
    doubtful = f"{doubts} of {len(found)} states are undetermined"
    if errors:
        told = f"errors: {errors}, other findings: {len(findings) - errors}"
        return Text(f"{told}; {doubtful}" if doubts else told, "bold red")
    if doubts:
        return Text(f"no error is certain; {doubtful}", "yellow")
    return Text(f"nothing drops and nothing hangs in {len(found)} states", style="green")


# ---------------------------------------------------------------------------------- for programs


def as_document(
    found: Iterable[PairInState], findings: Iterable[Finding], warnings: list[str]
) -> dict[str, object]:
    """The answer as JSON has it."""
    return {
        "schema": SCHEMA,
        "warnings": warnings,
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "place": finding.place,
                "what": finding.what,
                "advice": finding.advice,
            }
            for finding in findings
        ],
        "states": [
            {
                "vpc": str(one.pair.vpc),
                "site": str(one.pair.site),
                "state": one.state.name,
                "conditions": [
                    {"element": str(element), "condition": condition.name.lower()}
                    for element, condition in one.state.conditions
                ],
                "undetermined": one.undetermined,
                "outcomes": [_outcome(outcome) for outcome in one.outcomes],
            }
            for one in found
        ],
    }


def _outcome(outcome: Outcome[Judgement]) -> dict[str, object]:
    judgement = outcome.result
    return {
        "to_site": _way_document(judgement.ways.to_site),
        "to_vpc": _way_document(judgement.ways.to_vpc),
        "verdict": judgement.verdict.value,
        "open_flow": judgement.transition and judgement.transition.name.lower(),
        "if": [
            [
                {"subject": question.subject, "question": question.what, "answer": answer}
                for question, answer in because
            ]
            for because in outcome.because
        ],
    }


def _way_document(way: Way) -> dict[str, object]:
    return {
        "end": way.end.name.lower(),
        "tunnel": way.tunnel and tunnel_of(way.tunnel),
        "hops": [
            {
                "router": hop.router,
                "prefix": str(hop.route.prefix),
                "path": tunnel_of(hop.route.session),
                "source": hop.route.source.value,
                "decided_by": hop.decision.step and hop.decision.step.value,
            }
            for hop in way.hops
        ],
    }
