"""What must cost nothing: failback, rekeys from either end and from both, restarted speakers.

Packets are counted both ways, a TCP connection talks beside them, and afterwards both directions
are on the same tunnel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.chatter import chatter
from benchmarks.samples import Measured, Sample, Verdict, failures, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import (
    ACTIVE,
    CONNECTION,
    carried,
    hosts,
    pause,
    probe,
    running,
    settled,
    spoilt,
    until,
)
from samepath.control.names import charon_of_customer, charon_of_endpoint, ike_name
from samepath.drivers.strongswan import Charon
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab

RATE = 1000
AFTER_CHILD = 6.0
"""Seconds of traffic after a CHILD_SA's rekeying; longer than charon keeps the old one (5 s)."""
AFTER = 3.0
"""Seconds of traffic after anything else."""
ROUNDS = 20
"""How often each thing is done, without which "nothing was lost" says little."""
LEAST_PACKETS = 100_000
"""Packets, both ways together, that are counted beside each thing, for the same reason."""


def judge(arms: Sequence[str], samples: Sequence[Sample]) -> list[Verdict]:
    """By arm: packets lost, TCP connections broken, and how many packets were counted."""
    found = [failures(samples, ROUNDS * len(arms))]
    for arm in arms:
        counted = values_of(samples, arm, "sent")
        sent = sum(counted)
        for name, unit in (("lost", "packets"), ("resets", "")):
            values = values_of(samples, arm, name)
            total = sum(values) if values else float("nan")
            found.append(
                Verdict(
                    figure=f"{arm}: {'TCP ' if name == 'resets' else ''}{name}",
                    value=total,
                    unit=unit,
                    samples=len(values),
                    most=0,
                    enough=ROUNDS,
                    lacking=f"packets < {LEAST_PACKETS}" if sent < LEAST_PACKETS else "",
                )
            )
        found.append(
            Verdict(
                figure=f"{arm}: packets counted", value=sent, unit="packets", samples=len(counted)
            )
        )
    return found


def watched(lab: Lab, act: Callable[[], None], seconds: float = AFTER) -> Measured:
    """Act while packets and a TCP connection flow; count what was lost."""
    ends = hosts(lab)
    with chatter(*ends) as talk, probe(*ends, RATE) as pair:
        pair.mark("act")
        act()
        pause(seconds)
        same = len(carried(lab)) == 1
        run = pair.finish()
        ended = talk.finish()
    report = run.between("act", "finish")
    reports = {"to-site": report.a_to_b, "to-vpc": report.b_to_a}
    words = []
    if not same:
        words.append("the two directions are on different tunnels")
    return Measured(
        values={
            "lost": float(sum(one.lost for one in reports.values())),
            "sent": float(sum(one.sent for one in reports.values())),
            "resets": float(bool(ended)),
        },
        spoilt=spoilt(reports, behind=1.0),
        failed="; ".join(words),
    )


def _rekey(lab: Lab, ends: Sequence[str], *, child: bool) -> None:
    name = ike_name(CONNECTION, 1)
    for of in ends:
        daemon = (charon_of_endpoint if of == "gateway" else charon_of_customer)(CONNECTION, 1)
        with Charon(lab.machine.socket(daemon, "vici")) as charon:
            if child:
                charon.rekey(child=name)
            else:
                charon.rekey(ike=name)


_REKEYS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "IKE rekeyed by the gateway": (("gateway",), False),
    "IKE rekeyed by the customer": (("customer",), False),
    "IKE rekeyed by both": (("gateway", "customer"), False),
    "CHILD_SA rekeyed by the gateway": (("gateway",), True),
    "CHILD_SA rekeyed by the customer": (("customer",), True),
    "CHILD_SA rekeyed by both": (("gateway", "customer"), True),
}
FAILBACK = "failback"
_KILLS = {
    "endpoint's speaker killed": f"{ACTIVE}/endpoint/speaker",
    "gateway's router killed": "gw:vgw/router",
}


def _failback(lab: Lab) -> Measured:
    lab.break_element(ACTIVE, Fault.CUT, None)
    until(lambda: carried(lab, 0.1) <= {2}, "both directions on tunnel 2")

    def heal() -> None:
        lab.heal(None)
        settled(lab)

    return watched(lab, heal)


def _measure(lab: Lab, arm: str) -> Measured:
    if arm == FAILBACK:
        return _failback(lab)
    if arm in _KILLS:
        measured = watched(lab, lambda: _kill(lab, _KILLS[arm]))
        settled(lab)
        return measured
    ends, child = _REKEYS[arm]
    before = _generation(lab, child=child)
    measured = watched(lab, lambda: _rekey(lab, ends, child=child), AFTER_CHILD if child else AFTER)
    # Where both ends rekey at once, one that is spare (REKEYED, without a child) may stay a while.
    if not _generation(lab, child=child) - before:
        return Measured(failed="the SA was not rekeyed")
    return measured


def _generation(lab: Lab, *, child: bool) -> frozenset[object]:
    """What changes with a rekeying of tunnel 1: its IKE_SAs' identifiers, or its ESP SPIs."""
    daemon = charon_of_customer(CONNECTION, 1)
    with Charon(lab.machine.socket(daemon, "vici")) as charon:
        sas = charon.sas()
    if child:
        return frozenset(one.spi_in for sa in sas for one in sa.children)
    return frozenset(sa.unique_id for sa in sas)


def _kill(lab: Lab, element: str) -> None:
    lab.break_element(element, Fault.KILL, None)


def _scenario(name: str, tells: str, arms: tuple[str, ...]) -> Scenario:
    @contextmanager
    def build(_options: Options) -> Iterator[Measure]:
        with running(f"bench-{name}") as lab:
            yield lambda arm: _measure(lab, arm)

    return Scenario(
        name=name,
        tells=tells,
        arms=arms,
        rounds=ROUNDS,
        open=build,
        judge=lambda samples: judge(arms, samples),
    )


SCENARIOS = (
    _scenario(
        "kill", "a BGP speaker is killed and started again at once: nothing is lost", tuple(_KILLS)
    ),
    _scenario("hitless", "failback and rekeys: nothing is lost", (FAILBACK, *_REKEYS)),
)
