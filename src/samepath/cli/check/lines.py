"""What ``samepath check`` shows of a report, as lines and tables that are not printed yet.

The verdict in a sentence comes first, then the findings, the worst first, then the table that shows
it. Where all is well, the whole fits a screen of 80 columns and 24 lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from samepath.cli.check import tables, words
from samepath.cli.check.explanation import explanation, known, open_questions
from samepath.routing.findings import Finding, Severity
from samepath.routing.grouping import Block, blocks, every_state
from samepath.routing.report import Report

MOST_OF_A_CODE = 3
"""Findings of one code that are told before the rest is counted."""
MOST_ILL = 6
"""Blocks with trouble that have a table of their own before the rest is counted."""
MOST_WELL = 12
"""Blocks without trouble that are told before the rest is counted."""
MOST_PAIRS = 3
"""Pairs of networks above a table before the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What somebody wants to see, and where a value of the file stands."""

    title: str
    width: int = 80
    """Columns of the terminal."""
    everything: bool = False
    explain: bool = False
    where: Callable[[Finding], str] = lambda finding: finding.path
    """The file and the line that a finding is about; empty where there is none."""
    reservation: str = ""
    """Why nobody can be sure of the verdict; empty: nothing speaks against it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What somebody else calls an element, for those that have such a name."""


def lines(report: Report, shown: Shown) -> Iterator[RenderableType]:
    """All that is shown of a report."""
    yield headline(report, shown.title, shown.reservation)
    yield from known(report.learned.facts)
    yield from _findings(report.findings, shown)
    names = list(report.topology.connections)
    prefix = f"{names[0]}/" if len(names) == 1 else ""
    found = every_state(report) if shown.everything else blocks(report)
    each = shown.everything or shown.explain or len(found) == 1
    ill = [block for block in found if not block.is_well]
    for block in found if each else ill[:MOST_ILL]:
        yield from _block(block, prefix, shown)
    if not each and len(ill) > MOST_ILL:
        yield ""
        yield Text(f"and {_kinds(len(ill) - MOST_ILL)} with trouble (--all)")
    in_short = [] if each else [block for block in found if block.is_well]
    if in_short:
        yield ""
        yield tables.of_blocks(in_short[:MOST_WELL])
        if len(in_short) > MOST_WELL:
            yield Text(f"  and {_kinds(len(in_short) - MOST_WELL)}, all well")
    if not shown.everything and len(report.states) > sum(len(one.rows) for one in found):
        yield ""
        yield Text(_grouped(report), style="dim")


def _kinds(count: int) -> str:
    return f"{count} more kind{'s' if count > 1 else ''} of pairs"


def headline(report: Report, title: str, reservation: str = "") -> Text:
    """The verdict in one sentence; with a reservation it is undetermined."""
    style = {
        Severity.ERROR: "bold red",
        Severity.WARNING: "bold yellow",
        Severity.NOTE: "bold green",
        None: "bold green",
    }[report.worst]
    if reservation:
        style = style.replace("green", "yellow")
        told = f"{title}: UNDETERMINED, as {reservation}. Else: {report.sentence}."
        return Text(told, style=style)
    return Text(f"{title}: {report.sentence}.", style=style)


def _grouped(report: Report) -> str:
    pairs = len({one.pair for one in report.states})
    of = f" of {pairs} pairs" if pairs > 1 else ""
    states = f"{len(report.failure_states)} states{of}"
    return f"{states}, grouped (--all shows each; --explain: why)"


# --------------------------------------------------------------------------------- the findings


def _findings(findings: Iterable[Finding], shown: Shown) -> Iterator[RenderableType]:
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    for code, same in by_code.items():
        told = same if shown.everything else same[:MOST_OF_A_CODE]
        for finding in told:
            yield ""
            yield _finding(finding, shown)
        if len(same) > len(told):
            yield Text(f"  and {len(same) - len(told)} more findings {code} (--all)")


def _finding(finding: Finding, shown: Shown) -> RenderableType:
    place = shown.where(finding)
    where = f" ({place})" if place else ""
    head = Text.assemble(
        (f"{finding.severity.value} {finding.code}", words.SEVERITIES[finding.severity]),
        f" at {_called(finding.place, shown.labels)}{where}",
    )
    body = Text(f"{finding.what}.\nMend: {finding.advice}.")
    return Group(head, Padding(body, (0, 0, 0, 2), expand=False))


def _called(place: str, labels: Mapping[str, str]) -> str:
    """An element as somebody else calls it, or the element that it is a part of."""
    whole = place
    while whole not in labels and "/" in whole:
        whole, _, _ = whole.rpartition("/")
    return labels[whole] + place.removeprefix(whole) if whole in labels else place


# ------------------------------------------------------------------------------------ the pairs


def _block(block: Block, prefix: str, shown: Shown) -> Iterator[RenderableType]:
    yield ""
    yield Text(words.first([*map(str, block.pairs)], MOST_PAIRS), style="bold")
    yield tables.of_states(block.rows, prefix, shown.width)
    if block.elsewhere:
        yield Text(f"{block.elsewhere} states elsewhere change nothing here", style="dim")
    yield from open_questions(block.states)
    if shown.explain:
        for row in block.rows:
            yield from explanation(row.states[0])
