"""What a drill tells people: the tables, what differs, and how long it took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from samepath.cli.drill.parts import imitated, real
from samepath.lab.drill.comparison import Compared, Flows
from samepath.lab.drill.record import Record
from samepath.lab.probe import Answer, DirectionReport
from samepath.routing.fate import Initiator


def mark(found: Iterable[Compared]) -> Text:
    """What stands behind a state that was drilled."""
    found = tuple(found)
    if any(row.differences for row in found):
        return Text(" DIFFERS", style="bold red")
    return Text(" as predicted", style="green")


def tell(console: Console, it: Record, *, also_not_drilled: bool) -> None:
    """The tables, what differs, and the verdict; ``also_not_drilled``: what no lab brings about, too."""
    rows = it.rows
    for told in it.instead:
        console.print(f"Fast timers: {told}.", markup=False)
    for one in it.drilled:
        mine = [row for row in rows if row.predicted.pair == one.pair]
        console.print(_table(str(one.pair), mine))
    for row in rows:
        for difference in row.differences:
            console.print(
                f"[bold red]differs[/] {row.predicted.state.name}, {row.predicted.pair}: {difference}"
            )
        if row.differences:
            for went_down in row.measured.disturbed:
                console.print(f"  meanwhile, by itself: {went_down}")
    others = it.not_drilled if also_not_drilled else ()
    for why in dict.fromkeys(why for _, why in others):
        names = [state.name for state, because in others if because == why]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        console.print(f"Not drilled, as {why}: {names[0]}{more}.")
    if repeated := it.repeated:
        told = ", ".join(dict.fromkeys(row.predicted.state.name for row in repeated))
        console.print(f"Measured again, as a session went down by itself meanwhile: {told}.")
    undetermined = sum(row.predicted.undetermined for row in rows)
    basis = f"Real: {', '.join(real(it.topology))}."
    if others_like := imitated(it.topology):
        basis += f" Imitated: {', '.join(others_like)}."
    console.print(f"{basis} Undetermined rows: {undetermined} of {len(rows)}.")
    wrong = sum(bool(row.differences) for row in rows)
    verdict = f"{wrong} DIFFER from the prediction" if wrong else "all as predicted"
    console.print(
        f"[bold]{len(rows)} rows, {verdict}[/], in {it.seconds:.0f} s, {it.waited:.0f} s of which passed "
        "until the ends had noticed, or were back."
    )
    if it.known is not None:
        _tell_known(console, it.known)
    for pair in it.unheard:
        console.print(f"Not drilled: {pair}: it has no host at both ends.")


def _tell_known(console: Console, known: Sequence[Compared]) -> None:
    """What the devices' own tables leave of the doubts."""
    if not known:
        console.print("The BGP tables of the lab's devices (--observed) settle none of the doubts.")
        return
    left, wrong = (
        sum(row.predicted.undetermined for row in known),
        sum(bool(row.differences) for row in known),
    )
    verdict = f"{wrong} DIFFER from that" if wrong else "all as predicted then"
    console.print(
        "With the BGP tables of the lab's own devices (check --observed): "
        f"undetermined {left} of {len(known)}, {verdict}."
    )
    for row in known:
        for difference in row.differences:
            console.print(f"[bold red]differs then[/] {row.predicted.state.name}: {difference}")


def _table(title: str, rows: Iterable[Compared]) -> Table:
    rows = tuple(rows)
    counted = any(row.measured.lost for row in rows)
    prefix = _common(rows)
    of = f" (tunnels of {prefix.removesuffix('/tunnel')})" if prefix else ""
    title = f"\n{title}, as measured{of}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    for column in ("state", "to site", "to VPC", "new", "open"):
        table.add_column(column, no_wrap=column != "state")
    for column in ("lost", "gap") if counted else ():
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        measured = row.measured
        cells = [
            row.predicted.state.name,
            _way(measured.to_site, prefix),
            _way(measured.to_vpc, prefix),
            _both({end: _passes(flows.new["tcp"]) for end, flows in measured.flows.items()}),
            _both({end: _fate(flows) for end, flows in measured.flows.items()}),
        ]
        if counted:
            cells += [_lost(measured.lost), _gap(measured.lost)]
        table.add_row(*cells, style="bold red" if row.differences else "")
    return table


def _common(rows: Iterable[Compared]) -> str:
    """What every tunnel begins with that packets took, if they are of one connection."""
    names = {
        tunnel.split("/")[0]
        for row in rows
        for tunnel in (*row.measured.to_site, *row.measured.to_vpc)
    }
    return f"{names.pop()}/tunnel" if len(names) == 1 else ""


def _way(tunnels: tuple[str, ...], prefix: str) -> str:
    return " and ".join(tunnel.removeprefix(prefix) for tunnel in tunnels) or "-"


def _passes(answer: Answer) -> str:
    return (
        "pass" if answer is Answer.ANSWERED else "DROP" if answer is Answer.SILENT else answer.value
    )


def _fate(flows: Flows) -> str:
    answer = flows.kept.get("tcp")
    if answer is None:
        return "-"
    words = {Answer.ANSWERED: "go on", Answer.SILENT: "HANG"}
    return words.get(answer, answer.value)


def _both(told: dict[Initiator, str]) -> str:
    """What is so of both ends' flows, or of each."""
    if len(set(told.values())) == 1:
        return next(iter(told.values()))
    return ", ".join(f"{end.value} {word}" for end, word in told.items())


def _lost(reports: tuple[DirectionReport, DirectionReport] | None) -> str:
    if reports is None:
        return ""
    return " + ".join(f"{one.lost}{'' if one.valid else '?'}" for one in reports)


def _gap(reports: tuple[DirectionReport, DirectionReport] | None) -> str:
    if reports is None:
        return ""
    return f"{max(one.longest_gap for one in reports) * 1000:.0f} ms"
