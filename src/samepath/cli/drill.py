"""``samepath drill``: what was predicted, held against what packets do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from samepath.cli.check.devices import PlatformOption
from samepath.cli.exit_codes import ExitCode
from samepath.cli.lab.common import AsJson, Bar, Unusable, print_json
from samepath.cli.page import PageFolder
from samepath.cli.passing import passing
from samepath.cli.rehearsal import DeviceOption, VpnOption, Wanted, document, show, wanted
from samepath.control.firewall import is_imitated
from samepath.control.speakers import frr_customers
from samepath.control.swanctl_endpoint import self_configured
from samepath.lab.drill.comparison import PASSES, Compared, Flows, compare
from samepath.lab.drill.drill import READY_WITHIN, Drill, Drilled, NotReady, drillable
from samepath.lab.drill.record import Record
from samepath.lab.drill.staging import stageable, way_to
from samepath.lab.lab import Lab
from samepath.lab.preflight import check_machine
from samepath.lab.probe import Answer, DirectionReport
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.lab.versions import versions_in
from samepath.model.fast_timers import changes, fastened
from samepath.model.topology import Topology
from samepath.model.topology_view import clusters, vrrp_sites
from samepath.model.writing import render
from samepath.report.page import page_of
from samepath.routing.compile import tunnel_of
from samepath.routing.evaluator import analyse
from samepath.routing.fate import Initiator
from samepath.routing.observation import Observation, learn
from samepath.routing.states import FailureState, single_states

NAME = "samepath-drill"
UNASKED = "only the named states were asked for"


def drill(
    file: Annotated[
        Path | None, typer.Argument(help="The topology file.", show_default=False)
    ] = None,
    vpn: VpnOption = None,
    device: DeviceOption = None,
    platform: PlatformOption = None,
    states: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help="Only this state, as check calls it; may be given more than once.",
        ),
    ] = None,
    as_json: AsJson = False,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write a page about it, DIR/index.html; an earlier one goes."
        ),
    ] = None,
    fast_timers: Annotated[
        bool,
        typer.Option(
            "--fast-timers",
            help="Shorten hold times and dead peer detection, so that less is waited for; the "
            "paths stay what they are, and the report says so.",
        ),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the lab running afterwards, to look around.")
    ] = False,
    name: Annotated[
        str, typer.Option("--name", help="The lab's name; an earlier drill's goes.")
    ] = NAME,
) -> None:
    """Build both ends here, bring every failure state about, and compare packets with the prediction.

    In each state each end opens TCP and UDP flows, small and full-size; flows that were open before
    it are asked again; numbered packets tell the loss. Exit code 0: all as predicted; 1: not.
    With --vpn and --device it drills a rehearsal of the VPN that you have, as `samepath lab up` does.

    Examples: samepath drill examples/active-standby.yaml

    samepath drill vpn.yaml --state "seoul/tunnel1 down" --fast-timers --report page

    samepath drill --vpn vpn-connections.json --device fw1=fw1.conf
    """
    console = Console(quiet=as_json, highlight=False)
    asked = wanted(file, vpn, device, platform)
    it = _what(asked, fast_timers=fast_timers)
    possible, others = stageable(it.topology, single_states(it.topology))
    chosen = _chosen(states, possible, others)
    needed = dict.fromkeys(step for state in chosen for step in way_to(state))
    predictions = {(row.pair, row.state): row for row in analyse(it.topology, needed)}
    drilled, unheard = drillable(it.topology, dict.fromkeys(pair for pair, _ in predictions))
    check_machine(it.topology)
    show(console, asked.rehearsed)
    lab = Lab(name, it.topology)
    begun, started = datetime.now(UTC), time.monotonic()
    rows: list[Compared] = []
    tables: tuple[Observation, ...] = ()
    waited = 0.0
    with _page(report) as page, passing(lab, it.text, keep=keep):
        console.print("Both ends are being built on this machine, in network namespaces.")
        with Bar("building", quiet=as_json) as bar:
            lab.up(it.text, bar)
        if not wait_usable(StatusReader(lab), READY_WITHIN).ready:
            raise NotReady(
                f"the tunnels did not come up within {READY_WITHIN:.0f} s; "
                f"see why: samepath lab up {asked.words}"
            )
        console.print(f"They are up. {len(chosen)} states follow.\n")

        def begin(state: FailureState) -> None:
            number = len({row.predicted.state for row in rows}) + 1
            console.print(f"[dim]{number:>3}/{len(chosen)}[/] {state.name} ...", end="")

        with Drill(lab, drilled, predictions) as running:
            if any(row.undetermined for row in predictions.values()):
                tables = running.observed()
            for found in running.run(chosen, begin):
                rows += found
                console.print(_mark(found))
            waited = running.waited
        seconds = time.monotonic() - started
        known = _once_more(it.topology, needed, rows, tables)
        if page is not None:
            unasked = [(state, UNASKED) for state in possible if state not in chosen]
            record = Record(
                file=asked.file,
                digest=it.digest,
                instead=it.instead,
                begun=begun,
                seconds=seconds,
                waited=waited,
                versions=versions_in(lab),
                topology=it.topology,
                drilled=drilled,
                rows=tuple(rows),
                not_drilled=(*others, *unasked),
                unheard=unheard,
                known=known,
                substitutions=asked.substitutions,
            )
            page.write(page_of(record))
    differing = [row for row in (*rows, *known) if row.differences]
    if as_json:
        print_json(
            "samepath.drill/1",
            file=asked.file,
            rehearsal=document(asked.rehearsed),
            fast_timers=list(it.instead),
            as_predicted=not differing,
            seconds=round(seconds, 1),
            seconds_waited=round(waited, 1),
            states=[_row_json(row) for row in rows],
            observed=_observed_json(known) if tables else None,
            not_drilled=[{"state": state.name, "because": why} for state, why in others],
            pairs_without_hosts=[str(pair) for pair in unheard],
            real=_real(it.topology),
            imitated=_imitated(it.topology),
            page=None if page is None else str(page.file),
        )
    else:
        _tell(console, it, drilled, rows, others if not states else (), (seconds, waited))
        if tables:
            _tell_known(console, known)
        for pair in unheard:
            console.print(f"Not drilled: {pair}: it has no host at both ends.")
        if page is not None:
            console.print(f"The page: {page.file}", soft_wrap=True, markup=False)
        if keep:
            console.print(f"The lab is still up: samepath lab status --lab {name}")
    if differing:
        raise typer.Exit(ExitCode.FINDINGS)


@dataclass(frozen=True, kw_only=True, slots=True)
class _What:
    """What is run: its text and what that means; ``digest`` is that of the file.

    ``instead`` tells what of it is not as the file has it.
    """

    text: str
    topology: Topology
    digest: str
    instead: tuple[str, ...] = ()


def _what(asked: Wanted, *, fast_timers: bool) -> _What:
    text, topology = asked.text, asked.topology
    digest = sha256(text.encode()).hexdigest()
    if not fast_timers:
        return _What(text=text, topology=topology, digest=digest)
    fast = fastened(topology)
    return _What(text=render(fast), topology=fast, digest=digest, instead=tuple(changes(topology)))


def _once_more(
    topology: Topology,
    states: Iterable[FailureState],
    rows: Iterable[Compared],
    tables: Iterable[Observation],
) -> tuple[Compared, ...]:
    """What was measured, held against what is predicted once the devices' tables are known."""
    facts = learn(topology, tables).facts
    if not facts:
        return ()
    predicted = {(row.pair, row.state): row for row in analyse(topology, states, facts)}
    return tuple(
        compare(predicted[row.predicted.pair, row.predicted.state], row.measured) for row in rows
    )


def _page(folder: Path | None) -> AbstractContextManager[PageFolder | None]:
    return nullcontext() if folder is None else PageFolder(folder)


def _chosen(
    wanted: Sequence[str] | None,
    possible: tuple[FailureState, ...],
    others: Iterable[tuple[FailureState, str]],
) -> tuple[FailureState, ...]:
    if not wanted:
        return possible
    named = {state.name: state for state in possible}
    lacking = {state.name: why for state, why in others}
    for one in wanted:
        if one in lacking:
            raise Unusable(f"{one!r} cannot be drilled: {lacking[one]}")
        if one not in named:
            listed = "\n  ".join(named)
            raise Unusable(f"there is no state {one!r} here; these can be drilled:\n  {listed}")
    return tuple(named[one] for one in dict.fromkeys(wanted))


def _mark(found: Iterable[Compared]) -> Text:
    found = tuple(found)
    if any(row.differences for row in found):
        return Text(" DIFFERS", style="bold red")
    return Text(" as predicted", style="green")


def _real(topology: Topology) -> list[str]:
    """What runs as it would anywhere."""
    own = [f"strongSwan with its own swanctl.conf (cgw:{one})" for one in self_configured(topology)]
    frr = ["FRR"] if frr_customers(topology) else []
    keepalived = ["keepalived"] if vrrp_sites(topology) or clusters(topology) else []
    shared = any(one.shares_sessions for one in topology.customer_gateways.values())
    conntrackd = ["conntrackd"] if shared else []
    return ["strongSwan", *own, "BIRD", *frr, *keepalived, *conntrackd, "the kernel's routes"]


def _imitated(topology: Topology) -> list[str]:
    """What only behaves as a device of that kind would."""
    return [
        f"the firewall of cgw:{customer.name}"
        for customer in topology.customer_gateways.values()
        if is_imitated(customer)
    ]


# ------------------------------------------------------------------------------------------ people


def _tell(
    console: Console,
    it: _What,
    drilled: Sequence[Drilled],
    rows: Sequence[Compared],
    others: Sequence[tuple[FailureState, str]],
    took: tuple[float, float],
) -> None:
    for told in it.instead:
        console.print(f"Fast timers: {told}.", markup=False)
    for one in drilled:
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
    for why in dict.fromkeys(why for _, why in others):
        names = [state.name for state, because in others if because == why]
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        console.print(f"Not drilled, as {why}: {names[0]}{more}.")
    if repeated := [row for row in rows if row.measured.again]:
        told = ", ".join(dict.fromkeys(row.predicted.state.name for row in repeated))
        console.print(f"Measured again, as a session went down by itself meanwhile: {told}.")
    undetermined = sum(row.predicted.undetermined for row in rows)
    real = f"Real: {', '.join(_real(it.topology))}."
    if imitated := _imitated(it.topology):
        real += f" Imitated: {', '.join(imitated)}."
    console.print(f"{real} Undetermined rows: {undetermined} of {len(rows)}.")
    wrong = sum(bool(row.differences) for row in rows)
    verdict = f"{wrong} DIFFER from the prediction" if wrong else "all as predicted"
    seconds, waited = took
    console.print(
        f"[bold]{len(rows)} rows, {verdict}[/], in {seconds:.0f} s, {waited:.0f} s of which passed "
        "until the ends had noticed, or were back."
    )


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


# --------------------------------------------------------------------------------------- programs


def _observed_json(known: Sequence[Compared]) -> dict[str, Any]:
    return {
        "settles": bool(known),
        "undetermined": sum(row.predicted.undetermined for row in known),
        "as_predicted": not any(row.differences for row in known),
        "differences": [
            {
                "state": row.predicted.state.name,
                "pair": str(row.predicted.pair),
                "differences": list(row.differences),
            }
            for row in known
            if row.differences
        ],
    }


def _row_json(row: Compared) -> dict[str, Any]:
    measured = row.measured
    return {
        "state": row.predicted.state.name,
        "pair": str(row.predicted.pair),
        "as_predicted": not row.differences,
        "differences": list(row.differences),
        "undetermined": row.predicted.undetermined,
        "predicted": [
            {
                "to_site": _tunnel(outcome.result.ways.tunnels[0]),
                "to_vpc": _tunnel(outcome.result.ways.tunnels[1]),
                "flows": {
                    end.value.lower(): {
                        "verdict": fate.verdict.value,
                        "passes": fate.verdict in PASSES,
                        "transition": fate.transition.value if fate.transition else None,
                    }
                    for end, fate in outcome.result.fates
                },
            }
            for outcome in row.predicted.outcomes
        ],
        "measured": {
            "to_site": list(measured.to_site),
            "to_vpc": list(measured.to_vpc),
            "flows": {
                end.value.lower(): {"new": flows.new, "open": flows.kept}
                for end, flows in measured.flows.items()
            },
            "numbered": None
            if measured.lost is None
            else {
                way: {
                    "sent": one.sent,
                    "lost": one.lost,
                    "longest_gap_ms": round(one.longest_gap * 1000, 1),
                    "valid": one.valid,
                }
                for way, one in zip(("to_site", "to_vpc"), measured.lost, strict=True)
            },
            "seconds": round(measured.seconds, 2),
            "measured_again": measured.again,
            "went_down_meanwhile": list(measured.disturbed),
        },
    }


def _tunnel(path: str | None) -> str | None:
    return None if path is None else tunnel_of(path)
