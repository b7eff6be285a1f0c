"""``samepath doctor``: what this machine can run, what is missing, and what mends it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from samepath.cli.exit_codes import ExitCode
from samepath.control.readiness import Assessment, Finding, Use, assess
from samepath.drivers.machine import observe_machine
from samepath.linux.facts import MachineFacts

SCHEMA = "samepath.doctor/1"

_MEANING = {
    Use.CHECK: "predict paths from files",
    Use.USERSPACE: "run tunnels, with ESP in user space (samepath lab, samepath demo)",
    Use.VRRP: "the same, with VRRP between the customer gateways of a site",
    Use.SHARED_SESSIONS: "the same, with sessions that the machines of a cluster share",
    Use.KERNEL: "run tunnels, with ESP in the kernel",
}
_WIDTH = max(len(use.value) for use in Use) + 2


def doctor(
    need: Annotated[
        Use,
        typer.Option(help="What the machine must be able to do; decides the exit code."),
    ] = Use.USERSPACE,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Tell what this machine can run, what is missing, and the command that mends it.

    It tries each feature of the kernel in a namespace that vanishes, and starts no daemon.
    Exit code 0: the machine can do what is needed; 1: it cannot.

    Example: samepath doctor --need check
    """
    facts = observe_machine()
    assessment = assess(facts)
    if as_json:
        print(json.dumps(as_document(facts, assessment, need), indent=2))
    else:
        show(Console(highlight=False, soft_wrap=True), facts, assessment, need)
    if not assessment.ready(need):
        raise typer.Exit(ExitCode.FINDINGS)


def as_document(facts: MachineFacts, assessment: Assessment, need: Use) -> dict[str, object]:
    """The answer as JSON has it."""
    return {
        "schema": SCHEMA,
        "need": need.value,
        "ready": {use.value: assessment.ready(use) for use in Use},
        "findings": [
            {
                "code": finding.code,
                "severity": _severity(finding, need),
                "what": finding.what,
                "blocks": [use.value for use in Use if use in finding.blocks],
                "mend": finding.mend,
            }
            for finding in assessment.findings
        ],
        "machine": {
            "system": facts.system,
            "kernel": facts.kernel,
            "python": ".".join(map(str, facts.python)),
            "root": facts.root,
            "capabilities": sorted(facts.capabilities),
            "programs": sorted(program.value for program in facts.programs),
            "libraries": sorted(library.value for library in facts.libraries),
            "features": {feature.value: trial.works for feature, trial in facts.features.items()},
            "bird": ".".join(map(str, facts.bird_version)) if facts.bird_version else None,
            "run_free_bytes": facts.run_free,
        },
    }


def _severity(finding: Finding, need: Use) -> str:
    return "error" if need in finding.blocks else "note"


def show(console: Console, facts: MachineFacts, assessment: Assessment, need: Use) -> None:
    """The answer as a person reads it."""
    console.print(
        f"{facts.system}, Linux {facts.kernel}, Python {'.'.join(map(str, facts.python))}"
    )
    console.print()
    for use in Use:
        verdict = Text("yes", "bold green") if assessment.ready(use) else Text("no ", "bold red")
        console.print(
            Text.assemble(verdict, "  ", (f"{use.value:<{_WIDTH}}", "bold"), _MEANING[use])
        )
    console.print()
    others = [finding for finding in assessment.findings if need not in finding.blocks]
    _list(console, f"In the way of {need.value}:", assessment.blocking(need))
    _list(console, "To be known:", others)


def _list(console: Console, title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    console.print(title, style="bold")
    for finding in findings:
        others = ", ".join(use.value for use in Use if use in finding.blocks)
        suffix = f" [{others}]" if others else ""
        console.print(Text(f"- {finding.what}{suffix}"))
        if finding.mend:
            console.print(Text(f"    {finding.mend}", "cyan"))
