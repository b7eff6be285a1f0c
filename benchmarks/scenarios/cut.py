"""The active tunnel's outside path swallows every packet, silently: how long is the gap?

A gap is the most consecutive numbers that did not arrive, times the interval between two numbers,
for each direction on its own. Its resolution is one interval; a sender that fell further behind
its own schedule than :data:`~benchmarks.worlds.BEHIND` spoils the sample, unless its intervals are
long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.clear import ClearPaths, clear_paths
from benchmarks.samples import (
    Measured,
    Sample,
    Verdict,
    failures,
    fewer,
    largest,
    percentile,
    values_of,
)
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import (
    ACTIVE,
    BEHIND,
    NotSettled,
    carried,
    hosts,
    pause,
    probe,
    running,
    settled,
    spoilt,
)
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import HostRef
from samepath.model.topology import Bfd

WAYS = ("to-site", "to-vpc")
OURS, CLEAR = "samepath", "clear veth"
TOLERATED_INTERVALS = 10
"""A slow probe's sender may be so many of its intervals behind: its gaps last seconds."""
ROUNDS = 50
"""Cuts of each arm on which a percentile rests."""
SLOW_ROUNDS = 5
"""Cuts of each arm that waits for seconds."""
OVER_CLEAR_MS = 30.0
"""Milliseconds that IPsec may add to the control's 95th percentile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A BFD profile, the aim for its 99th percentile, and the probe that resolves it."""

    name: str
    bfd: Bfd
    p99_ms: float
    rate: int


DEFAULT = Profile(
    name="cut", bfd=Bfd(interval=timedelta(milliseconds=50), multiplier=3), p99_ms=165, rate=1000
)
FAST = Profile(
    name="cut-fast",
    bfd=Bfd(interval=timedelta(milliseconds=10), multiplier=3),
    p99_ms=60,
    rate=2000,
)


def judge_profile(profile: Profile, samples: Sequence[Sample]) -> list[Verdict]:
    """Percentiles of each direction; the 99th against its aim, the 95th against the control's."""
    found = [failures(samples, 2 * ROUNDS)]
    for way in WAYS:
        ours, clear = (values_of(samples, arm, way) for arm in (OURS, CLEAR))
        control = percentile(clear, 95)
        aims = {
            (OURS, 95): control + OVER_CLEAR_MS,
            (OURS, 99): profile.p99_ms,
        }
        for arm, gaps in ((OURS, ours), (CLEAR, clear)):
            found += [
                Verdict(
                    figure=f"{arm}, {way}: gap p{percent}",
                    value=percentile(gaps, percent),
                    unit="ms",
                    samples=len(gaps),
                    most=aims.get((arm, percent)),
                    enough=ROUNDS,
                    lacking=fewer(clear, ROUNDS, CLEAR),
                )
                for percent in (50, 95, 99)
            ]
    found += [
        Verdict(
            figure="resolution: interval, and the most that a sender was behind it",
            value=1000 / profile.rate
            + largest(values_of(samples, OURS, "behind") + values_of(samples, CLEAR, "behind")),
            unit="ms",
            samples=sum(one.valid and not one.measured.failed for one in samples),
        )
    ]
    return found


def judge_limits(limits: dict[str, float], samples: Sequence[Sample]) -> list[Verdict]:
    """The longest gap of each arm and direction, against the arm's limit in seconds."""
    return [
        failures(samples, SLOW_ROUNDS * len(limits)),
        *(
            Verdict(
                figure=f"{arm}, {way}: longest gap",
                value=largest(gaps := values_of(samples, arm, way)) / 1000,
                unit="s",
                samples=len(gaps),
                most=limit,
                enough=SLOW_ROUNDS,
            )
            for arm, limit in limits.items()
            for way in WAYS
        ),
    ]


def gap(
    ends: tuple[HostRef, HostRef],
    rate: int,
    window: float,
    act: Callable[[], None],
    moved: Callable[[], bool],
    *,
    behind: float = BEHIND,
) -> Measured:
    """Let the probe flow, act, wait, and see that both directions have moved.

    A sender that is more than ``behind`` seconds late spoils it.
    """
    with probe(*ends, rate) as pair:
        pause(0.2)
        pair.mark("act")
        act()
        pause(window)
        if not moved():
            raise NotSettled("not both directions had moved to the other tunnel")
        run = pair.finish()
    report = run.between("act", "finish")
    reports = {"to-site": report.a_to_b, "to-vpc": report.b_to_a}
    return Measured(
        values={
            **{way: one.longest_gap * 1000 for way, one in reports.items()},
            **{f"{way} lost": float(one.lost) for way, one in reports.items()},
            "behind": max(one.behind for one in reports.values()) * 1000,
        },
        spoilt=spoilt(reports, max(behind, TOLERATED_INTERVALS / rate)),
    )


def cut_ours(lab: Lab, rate: int, window: float) -> Measured:
    """Cut the active tunnel of a settled lab, measure, heal, and settle again."""
    measured = gap(
        hosts(lab),
        rate,
        window,
        lambda: _cut(lab),
        lambda: carried(lab) == {2},
    )
    lab.heal(None)
    settled(lab)
    return measured


def _cut(lab: Lab) -> None:
    lab.break_element(ACTIVE, Fault.CUT, None)


def cut_clear(control: ClearPaths, rate: int, window: float) -> Measured:
    """The same on the control."""
    measured = gap(control.hosts(), rate, window, control.cut, lambda: True)
    control.heal()
    control.settled()
    return measured


WINDOW = 1.0
"""Seconds after a cut for which a probe goes on where BFD is on."""


def _milliseconds(profile: Profile) -> int:
    return round(profile.bfd.interval.total_seconds() * 1000)


def bfd_keys(profile: Profile) -> str:
    """The profile as keys of a connection in the topology file."""
    interval, multiplier = _milliseconds(profile), profile.bfd.multiplier
    return f"bgp: {{bfd: {{interval: {interval}ms, multiplier: {multiplier}}}}}"


def _profile(profile: Profile) -> Scenario:
    @contextmanager
    def build(_options: Options) -> Iterator[Measure]:
        with (
            running(f"bench-{profile.name}", bfd_keys(profile)) as lab,
            clear_paths(f"bench-{profile.name}-clear", profile.bfd) as control,
        ):

            def measure(arm: str) -> Measured:
                if arm == OURS:
                    return cut_ours(lab, profile.rate, WINDOW)
                return cut_clear(control, profile.rate, WINDOW)

            yield measure

    return Scenario(
        name=profile.name,
        tells=f"tunnel 1 cut silently, BFD {_milliseconds(profile)} ms x {profile.bfd.multiplier}",
        arms=(OURS, CLEAR),
        rounds=ROUNDS,
        open=build,
        judge=lambda samples: judge_profile(profile, samples),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Timers:
    """A lab without BFD: more keys of its connection, and the silence that counts as death."""

    connection: str
    seconds: float


HOLD = {
    "hold 9 s": Timers(connection="bgp: {bfd: false}", seconds=9),
    "hold 30 s": Timers(connection="bgp: {timers: aws, bfd: false}", seconds=30),
}
STATIC = {
    "DPD 10 s + 30 s": Timers(connection="routing: static", seconds=40),
    "DPD 2 s + 6 s": Timers(
        connection="routing: static, tunnel_defaults: {dpd: {delay: 2s, timeout: 8s}}", seconds=8
    ),
}
SLOW_RATE = 100
GRACE = 1.0
"""Seconds over the negotiated time in which traffic is on the other tunnel."""


def _slow(name: str, tells: str, arms: dict[str, Timers]) -> Scenario:
    @contextmanager
    def build(_options: Options) -> Iterator[Measure]:
        with ExitStack() as stack:
            labs = {
                arm: stack.enter_context(running(f"bench-{name}-{index}", timers.connection))
                for index, (arm, timers) in enumerate(arms.items())
            }

            def measure(arm: str) -> Measured:
                return cut_ours(labs[arm], SLOW_RATE, arms[arm].seconds + 2 * GRACE)

            yield measure

    return Scenario(
        name=name,
        tells=tells,
        arms=tuple(arms),
        rounds=SLOW_ROUNDS,
        open=build,
        judge=lambda samples: judge_limits(
            {arm: timers.seconds + GRACE for arm, timers in arms.items()}, samples
        ),
    )


SCENARIOS = (
    _profile(DEFAULT),
    _profile(FAST),
    _slow("cut-hold", "tunnel 1 cut silently, BFD off: BGP's hold time", HOLD),
    _slow("cut-static", "tunnel 1 cut silently, static routing: dead peer detection", STATIC),
)
