"""What a gateway keeps in memory, as proportional set size: shared pages count by share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.samples import Measured, Sample, Verdict, failures, median, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import running
from samepath.lab.lab import Lab

ARM = "samepath"
PARTS = {
    "a charon": re.compile(r"charon-"),
    "an endpoint's BIRD": re.compile(r"bird-ep-"),
    "the gateway's BIRD": re.compile(r"bird-gw-"),
    "the customer's BIRD": re.compile(r"bird-cgw-"),
    "the supervisor": re.compile(r"supervisor$"),
    "the agent": re.compile(r"agent$"),
}


def pss_of_untrusted(text: str) -> int:
    """Bytes of the ``Pss`` line of ``/proc/PID/smaps_rollup``. ValueError if there is none."""
    found = re.search(r"^Pss:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise ValueError("no Pss line")
    return int(found[1]) * 1024


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """Medians; a tunnel's share is one gateway charon with one endpoint's BIRD."""
    names = [*PARTS, "a tunnel, gateway's end", "a gateway of two tunnels"]
    return [
        failures(samples),
        *(
            Verdict(
                figure=name,
                value=median(found := values_of(samples, ARM, name)),
                unit="MB",
                samples=len(found),
            )
            for name in names
        ),
    ]


def summary(found: Sequence[tuple[str, int]]) -> dict[str, float]:
    """Megabytes by part, of (process name, bytes) of a world with one connection."""
    values: dict[str, float] = {}
    for part, pattern in PARTS.items():
        sizes = [size for name, size in found if pattern.match(name)]
        values[part] = sum(sizes) / len(sizes) / 1e6
    tunnel = values["a charon"] + values["an endpoint's BIRD"]
    own = values["the gateway's BIRD"] + values["the supervisor"] + values["the agent"]
    return {
        **values,
        "a tunnel, gateway's end": tunnel,
        "a gateway of two tunnels": own + 2 * tunnel,
    }


def _read(lab: Lab) -> list[tuple[str, int]]:
    return [
        (one.name, pss_of_untrusted(Path(f"/proc/{one.pid}/smaps_rollup").read_text()))
        for one in lab.machine.processes.observe()
        if not one.zombie
    ]


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    with running("bench-memory") as lab:
        yield lambda _arm: Measured(values=summary(_read(lab)))


SCENARIOS = (
    Scenario(
        name="memory",
        tells="proportional set size of every daemon",
        arms=(ARM,),
        rounds=1,
        open=_build,
        judge=judge,
    ),
)
