"""``python -m benchmarks``: measure, tell, and say by the exit status whether all aims were met."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import SCENARIOS
from benchmarks.iperf import LoadFailed
from benchmarks.origin import Changed, Origin, observe_origin, refusal, see_no_change
from benchmarks.run import run
from benchmarks.samples import Sample, Verdict
from benchmarks.scenario import Options, Scenario
from benchmarks.store import Kept, Store, days
from benchmarks.worlds import NotSettled
from samepath.lab.probe import ProbeFailed

DIRECTORY = Path("build/bench")
LONG = 600.0
FINE, MISSED, UNUSABLE, TOO_FEW, STOPPED = 0, 1, 2, 3, 130
"""The exit statuses: see :func:`main`."""


def chosen(only: str) -> list[Scenario]:
    """The scenarios of a comma-separated list, all of an empty one. ValueError names a stranger."""
    by_name = {scenario.name: scenario for scenario in SCENARIOS}
    names = [name for name in only.split(",") if name] or list(by_name)
    strangers = [name for name in names if name not in by_name]
    if strangers:
        raise ValueError(f"no scenario {', '.join(strangers)}; there are: {', '.join(by_name)}")
    return [by_name[name] for name in names]


def show(
    console: Console,
    origin: Origin,
    on: Sequence[str],
    found: list[tuple[str, Verdict]],
    spoilt: dict[str, int],
) -> None:
    """The table, of what code it is, and on which days it was measured."""
    console.print(f"samepath bench: {origin}, {' to '.join(on) or 'nothing measured'}")
    table = Table()
    for heading in ("scenario", "figure", "value", "aim", "n", ""):
        table.add_column(heading)
    for scenario, verdict in found:
        table.add_row(
            scenario,
            verdict.figure,
            f"{verdict.value:.4g} {verdict.unit}".rstrip(),
            _aim(verdict),
            str(verdict.samples),
            verdict.word,
        )
    console.print(table)
    for scenario, count in spoilt.items():
        console.print(f"{scenario}: {count} samples were spoilt by the machine and do not count")


def _aim(verdict: Verdict) -> str:
    """An aim that a control sets is unknown while nothing of the control was measured."""
    sign, bound = (">=", verdict.least) if verdict.most is None else ("<=", verdict.most)
    return "" if bound is None else f"{sign} {'?' if math.isnan(bound) else f'{bound:.4g}'}"


def outcome(found: Sequence[tuple[str, Verdict]]) -> int:
    """The exit status that the verdicts are told by."""
    if any(verdict.met is False for _, verdict in found):
        return MISSED
    return TOO_FEW if any(verdict.too_few for _, verdict in found) else FINE


def main(arguments: list[str]) -> int:
    """Run; 0 if every aim was met, 1 if one was missed, 2 if the order cannot be carried out.

    3 says that none was missed, and that of some too little was measured to call it met. A run
    that is stopped (Ctrl-C, SIGTERM) ends with 130 and takes its labs down first.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="scenarios, separated by commas")
    parser.add_argument("--rounds", type=int, help="rounds of each scenario, instead of its own")
    parser.add_argument("--seconds", type=float, default=LONG, help="length of each load")
    parser.add_argument("--out", type=Path, default=DIRECTORY, help="where samples are kept")
    parser.add_argument("--new", action="store_true", help="forget the samples that are there")
    asked = parser.parse_args(arguments)
    try:
        scenarios = chosen(asked.only)
    except ValueError as error:
        parser.error(str(error))
    options = Options(seconds=asked.seconds)
    origin = observe_origin(options, asked.out)
    store = Store(asked.out)
    if asked.new:
        store.clear()
    try:
        there = store.load()
    except ValueError as error:
        forget = "forget the samples that are there (NEW=1, --new)"
        print(f"benchmarks: {asked.out}: {error}; {forget}", file=sys.stderr)
        return UNUSABLE
    if refused := refusal((one.origin for one in there), origin, asked.out):
        print(f"benchmarks: {refused}", file=sys.stderr)
        return UNUSABLE
    samples = [one.sample for one in there]

    def keep(sample: Sample) -> None:
        see_no_change(origin, observe_origin(options, asked.out))
        kept = Kept(sample=sample, origin=origin, at=datetime.now(UTC))
        store.append(kept)
        there.append(kept)
        samples.append(sample)
        measured = sample.measured
        values = (f"{name} {value:.4g}" for name, value in measured.values.items())
        words = measured.failed or measured.spoilt or " ".join(values)
        print(f"{sample.scenario} {sample.round + 1} {sample.arm}: {words}", file=sys.stderr)

    found: list[tuple[str, Verdict]] = []
    spoilt: dict[str, int] = {}
    for scenario in scenarios:
        print(f"{scenario.name}: {scenario.tells}", file=sys.stderr)
        rounds = asked.rounds or scenario.rounds
        run(
            scenario,
            rounds,
            options,
            samples,
            keep,
            unsettled=(NotSettled, ProbeFailed, LoadFailed),
        )
        mine = [sample for sample in samples if sample.scenario == scenario.name]
        found += [(scenario.name, verdict) for verdict in scenario.judge(mine)]
        spoilt |= {scenario.name: n} if (n := sum(not one.valid for one in mine)) else {}
        store.write_results(origin, days(there), found, spoilt)
    console = Console()
    show(console, origin, days(there), found, spoilt)
    missed = [(name, verdict.figure) for name, verdict in found if verdict.met is False]
    for name, figure in missed:
        console.print(f"missed: {name}: {figure}")
    if too_few := sum(bool(verdict.too_few) for _, verdict in found):
        console.print(f"{too_few} figures rest on too little to be called met")
    return outcome(found)


def end_on_sigterm() -> None:
    """Let SIGTERM unwind this process, so that it takes its labs down, as Ctrl-C does.

    The network library forks helpers, and ends them with SIGTERM: they have nothing to take down,
    and one that tried would wait for its parent's lock for ever.
    """
    mine = os.getpid()

    def end(*_: object) -> None:
        if os.getpid() != mine:
            os._exit(STOPPED)
        sys.exit(STOPPED)

    signal.signal(signal.SIGTERM, end)


if __name__ == "__main__":
    end_on_sigterm()
    try:
        sys.exit(main(sys.argv[1:]))
    except Changed as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        sys.exit(UNUSABLE)
    except KeyboardInterrupt:
        print("stopped; the samples are kept, and the next run goes on from here", file=sys.stderr)
        sys.exit(STOPPED)
