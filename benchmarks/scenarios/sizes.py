"""TCP transfers over outside paths that take only small packets, also where nobody says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.samples import Measured, Sample, Verdict, failures, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import CONNECTION, hosts, running, settled
from samepath.lab.faults import Fault
from samepath.lab.probe import transfer

BYTES = 1_000_000
WITHIN = 30.0
WHOLE = 1500
SIZES = (WHOLE, 1492, 1400)
PATHS = {
    **{f"{size}": (None if size == WHOLE else Fault.MTU, size) for size in SIZES},
    **{f"{size}, ICMP filtered": (Fault.MTU_SILENT, size) for size in SIZES},
}
"""By arm: how the outside path is made so small, and the size in bytes."""
ROUNDS = 3


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """Transfers that were not complete, by path and direction; the aim is none."""
    found = [failures(samples, ROUNDS * len(PATHS))]
    for arm in PATHS:
        for way in ("to-site", "to-vpc"):
            complete = values_of(samples, arm, way)
            found.append(
                Verdict(
                    figure=f"{arm}, {way}: not complete",
                    value=sum(1 - one for one in complete) if complete else float("nan"),
                    unit="",
                    samples=len(complete),
                    most=0,
                    enough=ROUNDS,
                )
            )
    return found


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    with running("bench-sizes") as lab:

        def measure(arm: str) -> Measured:
            fault, size = PATHS[arm]
            if fault is not None:
                lab.break_element(CONNECTION, fault, size)
            settled(lab)
            a, b = hosts(lab)
            values: dict[str, float] = {}
            for way, source, destination in (("to-site", a, b), ("to-vpc", b, a)):
                done = transfer(source=source, destination=destination, size=BYTES, timeout=WITHIN)
                values |= {way: float(done.complete), f"{way} seconds": done.seconds}
                values[f"{way} mss"] = float(done.mss)
            lab.heal(None)
            return Measured(values=values)

        yield measure


SCENARIOS = (
    Scenario(
        name="sizes",
        tells="1 MB by TCP each way over small outside paths",
        arms=tuple(PATHS),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
