"""A cluster's active machine goes silently: what the other one takes to carry everything.

Every packet of it vanishes; all carriers stay up, and nobody tells anybody. The gap is VRRP's missed
adverts, a new IKE_SA, and a BGP session that the gateway lets begin a second after it lost the old
one. The firewall keeps sessions. Connections that were open before go on where the machines share
them, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from benchmarks.samples import (
    Measured,
    Sample,
    Verdict,
    failures,
    largest,
    percentile,
    values_of,
)
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.scenarios.cut import WAYS, gap
from benchmarks.scenarios.stability import downs, log_sizes
from benchmarks.worlds import WITHIN, built, hosts, pause, sessions_up, until
from samepath.lab.clusters import ClusterStatus
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import Answer, Flow, FlowPair
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader

FILE = """\
samepath: 1
name: {name}
vpcs:
  cloud:
    cidr: 10.0.0.0/16
    hosts: {{app: 10.0.0.10}}
customer_gateways:
  dc:
    address: 198.51.100.1
    asn: 65000
    firewall: {{binding: device}}
    cluster: {{state_sync: {shared}}}
sites:
  office:
    networks: [192.168.10.0/24]
    hosts: {{desk: 192.168.10.10}}
connections:
  seoul: {{customer_gateway: dc}}
"""
SHARED, APART = "sessions shared", "sessions apart"
AIM_MS = 2000.0
"""Milliseconds: the most that a takeover may take, each way."""
ROUNDS = 10
RATE = 500
QUIET = 11.0
"""Seconds before each loss in which nothing happens: for ten the gateway remembers the last error of a
session, and lets the next one begin the later."""
WINDOW = 4.0
"""Seconds after the loss for which the probe goes on."""
BEHIND = 0.1
"""Seconds that the sender may be late: little of what is measured here."""
SEEN_DOWN = 4
"""BFD sessions that go down with the machine: of two tunnels, at the gateway's ends and at its own."""
BYTES, WITHIN_FLOW = 16, 3.0
"""What an open flow is asked with, and the seconds that it has."""
FLOWS: tuple[Flow, ...] = (
    Flow("a", "tcp", "kept"),
    Flow("b", "tcp", "kept"),
    Flow("a", "udp", "kept"),
    Flow("b", "udp", "kept"),
)
"""Open before: of either end, by either protocol."""


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The gaps of each direction against the aim, and the share of open flows that go on."""
    found = [failures(samples, 2 * ROUNDS)]
    for arm in (SHARED, APART):
        for way in WAYS:
            gaps = values_of(samples, arm, way)
            found.append(
                Verdict(
                    figure=f"{arm}, {way}: gap p50",
                    value=percentile(gaps, 50),
                    unit="ms",
                    samples=len(gaps),
                )
            )
            found.append(
                Verdict(
                    figure=f"{arm}, {way}: longest gap",
                    value=largest(gaps),
                    unit="ms",
                    samples=len(gaps),
                    most=AIM_MS,
                    enough=ROUNDS,
                )
            )
        for protocol in ("tcp", "udp"):
            kept = values_of(samples, arm, f"{protocol} kept")
            found.append(
                Verdict(
                    figure=f"{arm}: open {protocol.upper()} flows that go on",
                    value=100 * sum(kept) / (2 * len(kept)) if kept else math.nan,
                    unit="%",
                    samples=len(kept),
                    least=100.0 if (arm, protocol) == (SHARED, "tcp") else None,
                    enough=ROUNDS,
                )
            )
    return found


def _acts(reader: StatusReader) -> ClusterStatus:
    (found,) = reader.clusters()
    return found


def _settled(lab: Lab) -> None:
    """Wait until the first machine is the only one that acts, and both tunnels are up, BFD and all."""
    reader = StatusReader(lab)
    wait_usable(reader, WITHIN)

    def so() -> bool:
        status, acts = reader.read(), _acts(reader)
        return status.ready and sessions_up(status) and (acts.used, acts.holders) == (1, (1,))

    until(so, f"{lab.name}: member1 is the only one that acts, and all tunnels are up")


def _taken_over(lab: Lab) -> Measured:
    reader = StatusReader(lab)
    before = log_sizes(lab)

    def disturbed() -> bool:
        return downs(before)["BFD downs"] > SEEN_DOWN

    def moved() -> bool:
        status = reader.read()
        return disturbed() or (status.ready and _acts(reader).used == 2)

    vpc, site = hosts(lab)
    pause(QUIET)
    with FlowPair(a=vpc, b=site) as flows:
        opened = flows.open(FLOWS, WITHIN_FLOW)
        stood = [flow for flow in FLOWS if opened[flow] is Answer.ANSWERED]
        measured = gap(
            (vpc, site),
            RATE,
            WINDOW,
            lambda: _break(lab),
            moved,
            behind=BEHIND,
        )
        if disturbed():
            measured = replace(measured, spoilt="BFD went down again by itself")
        answers = flows.ask(stood, BYTES, WITHIN_FLOW)
    kept = {
        f"{protocol} kept": float(
            sum(
                answer is Answer.ANSWERED
                for flow, answer in answers.items()
                if flow.protocol == protocol
            )
        )
        for protocol in ("tcp", "udp")
    }
    return replace(measured, values={**measured.values, **kept})


def _break(lab: Lab) -> None:
    lab.break_element("cgw:dc/member1", Fault.CUT, None)


def _measured(arm: str) -> Measured:
    """In a lab of its own: two at once would keep each other's BFD waiting."""
    name = "bench-takeover"
    with built(name, FILE.format(name=name, shared=str(arm == SHARED).lower())) as lab:
        lab.seat_usual_masters()
        _settled(lab)
        return _taken_over(lab)


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    yield _measured


SCENARIOS = (
    Scenario(
        name="takeover",
        tells="the active machine of a cluster gone silently: VRRP, new IKE and BGP",
        arms=(SHARED, APART),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
