"""``samepath drill``: what was predicted, held against what packets do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.check.devices import DeviceOption, PlatformOption, VpnOption
from samepath.cli.drill.document import SCHEMA, document
from samepath.cli.drill.lines import mark, tell
from samepath.cli.exit_codes import ExitCode
from samepath.cli.lab.common import AsJson, Bar, Unusable, print_json
from samepath.cli.page import PageFolder
from samepath.cli.passing import passing
from samepath.cli.rehearsal import Wanted, show, wanted
from samepath.lab.drill.comparison import Compared, compare
from samepath.lab.drill.drill import READY_WITHIN, Drill, NotReady, drillable
from samepath.lab.drill.record import UNASKED, Record
from samepath.lab.drill.staging import stageable, way_to
from samepath.lab.lab import Lab
from samepath.lab.preflight import check_machine
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.lab.versions import versions_in
from samepath.model.fast_timers import changes, fastened
from samepath.model.topology import Topology
from samepath.model.writing import render
from samepath.report.page import page_of
from samepath.routing.evaluator import analyse
from samepath.routing.observation import Observation, learn
from samepath.routing.states import FailureState, single_states

NAME = "samepath-drill"


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
    predictions = {(row.pair, row.state): row.complete() for row in analyse(it.topology, needed)}
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
                console.print(mark(found))
            waited = running.waited
        seconds = time.monotonic() - started
        known = _once_more(it.topology, needed, rows, tables) if tables else None
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
        if page is not None:
            page.write(page_of(record))
    if as_json:
        told = document(record, asked.rehearsed)
        print_json(SCHEMA, **told, page=None if page is None else str(page.file))
    else:
        tell(console, record, also_not_drilled=not states)
        if page is not None:
            console.print(f"The page: {page.file}", soft_wrap=True, markup=False)
        if keep:
            console.print(f"The lab is still up: samepath lab status --lab {name}")
    if record.differing_at_all:
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
    predicted = {(row.pair, row.state): row.complete() for row in analyse(topology, states, facts)}
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
