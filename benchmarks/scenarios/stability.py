"""A tunnel under all the load that it takes, and under twice that: BFD and BGP stay up.

The settings are those of the ``cut`` scenario, so that one cannot be bought with the other. What
went down is read from the logs of all the lab's BIRDs, from before the load until after it, so
that a session that was back before anybody looked is seen too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.iperf import Load, tcp_both, udp
from benchmarks.samples import Measured, Sample, Verdict, failures, median, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.scenarios.cut import DEFAULT, bfd_keys
from benchmarks.worlds import carried_during, hosts, running, settled
from samepath.lab.lab import Lab

TCP, UDP = "TCP", "twice the UDP capacity"
STEP = 3.0
"""Seconds for which each rate is offered when the capacity is looked for."""
FIRST_RATE = 25e6
"""Bits a second that are offered first; every machine's tunnel carries so much."""
LEAST_ARRIVES = 0.95
"""The share of an offer that arrives where it is within the capacity."""
LEAST_SECONDS = 600.0
"""Seconds for which an arm is loaded without a break, or its sessions' staying up says little."""
LEAST_OFFERED = 1.9
"""Offered over capacity: what iperf3 really sent may be a little less than it was told to."""

_BFD_DOWN = re.compile(r"<TRACE> \w+: Session to \S+ changed state from Up to Down$", re.MULTILINE)
_BGP_DOWN = re.compile(r"<TRACE> \w+: BGP session closed$", re.MULTILINE)


def downs_untrusted(log: str) -> tuple[int, int]:
    """How often a BFD session went down and a BGP session was closed, by a BIRD's log."""
    return len(_BFD_DOWN.findall(log)), len(_BGP_DOWN.findall(log))


def capacity(offer: Callable[[float], Load], first: float = FIRST_RATE) -> float:
    """The most UDP that arrived, bit/s, of offers that double until some of one does not arrive.

    In a lab it is what the tunnel's shaper admits, unless the machine carries less.

    An offer far above the capacity tells less than one near it: the receiver wastes its time on
    packets that it then drops. So the best of all steps is taken.
    """
    best, rate = 0.0, first
    while True:
        load = offer(rate)
        best = max(best, load.delivered)
        if load.delivered < LEAST_ARRIVES * rate:
            return best
        rate *= 2


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """Sessions that went down under each load; the aim is none."""
    found = [failures(samples, 2)]
    for arm in (TCP, UDP):
        found += of_load(samples, arm, ("BFD downs", "BGP resets", "other tunnels used"))
    offered = values_of(samples, UDP, "offered over capacity")
    found += [
        Verdict(
            figure="UDP capacity, as `unresponsive_mbit` limits it",
            value=median(measured := values_of(samples, UDP, "capacity")),
            unit="Mbit/s",
            samples=len(measured),
        ),
        Verdict(
            figure=f"{UDP}: offered over capacity",
            value=min(offered, default=float("nan")),
            unit="",
            samples=len(offered),
            least=LEAST_OFFERED,
            lacking=_short(samples, UDP),
        ),
    ]
    return found


def of_load(samples: Sequence[Sample], arm: str, events: Iterable[str]) -> Iterator[Verdict]:
    """What happened under a load that was to make nothing happen, how much it was, and how long."""
    for name in events:
        values = values_of(samples, arm, name)
        yield Verdict(
            figure=f"{arm}: {name}",
            value=sum(values) if values else float("nan"),
            unit="",
            samples=len(values),
            most=0,
            lacking=_short(samples, arm),
        )
    for name, unit in (("delivered", "Mbit/s"), ("seconds", "s")):
        values = values_of(samples, arm, name)
        yield Verdict(
            figure=f"{arm}: {name}",
            value=median(values),
            unit=unit,
            samples=len(values),
        )


def _short(samples: Sequence[Sample], arm: str) -> str:
    """Says so where no load of an arm was long enough; empty otherwise."""
    longest = max(values_of(samples, arm, "seconds"), default=0.0)
    return f"{longest:g} s < {LEAST_SECONDS:g} s" if longest < LEAST_SECONDS else ""


def log_sizes(lab: Lab) -> dict[Path, int]:
    """Where each daemon's log ends now."""
    return {path: path.stat().st_size for path in (lab.home.path / "log").glob("*.log")}


def read_since(before: dict[Path, int], prefix: str) -> Iterator[str]:
    """What the daemons whose names begin so have written since :func:`log_sizes`."""
    for path, size in before.items():
        if path.name.startswith(prefix):
            with path.open("rb") as stream:
                stream.seek(size)
                yield stream.read().decode(errors="replace")


def downs(before: dict[Path, int]) -> dict[str, float]:
    """The sessions that have gone down since :func:`log_sizes`, by the logs of all BIRDs."""
    found = [downs_untrusted(text) for text in read_since(before, "bird-")]
    return {
        "BFD downs": float(sum(bfd for bfd, _ in found)),
        "BGP resets": float(sum(bgp for _, bgp in found)),
    }


def _loaded(lab: Lab, load: Callable[[], Load], seconds: float) -> Measured:
    """Carry a load, and see what went down meanwhile, and whether it moved to tunnel 2."""
    loads: list[Load] = []
    before = log_sizes(lab)
    used = carried_during(lab, lambda: loads.append(load()))
    values = {
        **downs(before),
        "other tunnels used": float(len(used - {1})),
        "offered": loads[0].offered / 1e6,
        "delivered": loads[0].delivered / 1e6,
        "seconds": seconds,
    }
    settled(lab)
    return Measured(values=values)


@contextmanager
def _build(options: Options) -> Iterator[Measure]:
    with running("bench-stability", bfd_keys(DEFAULT)) as lab:
        source, destination = hosts(lab)

        def measure(arm: str) -> Measured:
            if arm == TCP:
                return _loaded(
                    lab,
                    lambda: tcp_both(source, destination, options.seconds),
                    options.seconds,
                )
            most = capacity(lambda rate: udp(source, destination, STEP, rate))
            settled(lab)
            measured = _loaded(
                lab, lambda: udp(source, destination, options.seconds, 2 * most), options.seconds
            )
            more = {
                "capacity": most / 1e6,
                "offered over capacity": measured.values["offered"] * 1e6 / most,
            }
            return Measured(values={**measured.values, **more})

        yield measure


SCENARIOS = (
    Scenario(
        name="stability",
        tells="a tunnel saturated by TCP, then offered twice the UDP that it admits: nothing goes down",
        arms=(TCP, UDP),
        rounds=1,
        open=_build,
        judge=judge,
    ),
)
