"""How much TCP one tunnel carries, against the same two charons configured by hand.

Each measurement is one iperf3 towards the site. The lab and the control are up all the while, so
that BGP's and BFD's own work is part of ours in every pair.

Like is compared with like: the control's traffic starts and ends where its charons' TUN devices
are, and its encrypted packets cross an internet and a translating edge as the lab's do. The aim is
for the lab's tunnel from end to end, where its TUN devices are. Two figures are told beside it:
what a host behind the routers gets, which also pays for every router, bridge and veth pair inside,
and what the same control carries over a single veth pair, which has no internet to cross; all of
them on this one machine's processors.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.by_hand import Suite, across, back_to_back, by_hand
from benchmarks.iperf import Load, tcp
from benchmarks.samples import Measured, Sample, Verdict, failures, median, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import CONNECTION, NotSettled, carried_during, hosts, running
from samepath.control.names import charon_of_endpoint
from samepath.control.vpn import mtu_of
from samepath.lab.lab import Lab
from samepath.lab.probe import HostRef
from samepath.linux.objects import IkeConfig

OURS, HOSTS = "samepath, tunnel ends", "samepath, host to host"
HAND, VETH = "by hand", "by hand, back to back"
ARMS = (OURS, HAND, HOSTS, VETH)
SECONDS = 6.0
LEAST_RATIO = 0.95
ROUNDS = 12
LEAST_PAIRS = 10


def ratios(samples: Sequence[Sample], ours: str) -> list[float]:
    """An arm of ours over the control's, of every round in which both were measured."""
    rates = {
        arm: {
            sample.round: sample.measured.values["bits"]
            for sample in samples
            if sample.arm == arm and sample.valid and not sample.measured.failed
        }
        for arm in (ours, HAND)
    }
    return [
        rates[ours][number] / rates[HAND][number]
        for number in sorted(rates[ours].keys() & rates[HAND].keys())
    ]


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The median of the pairs' ratios has the aim; the medians themselves are told."""
    found = [failures(samples, LEAST_PAIRS * len(ARMS))]
    for arm in (OURS, HOSTS, HAND, VETH):
        rates = values_of(samples, arm, "bits")
        found.append(
            Verdict(
                figure=f"{arm}: median",
                value=median(rates) / 1e6,
                unit="Mbit/s",
                samples=len(rates),
            )
        )
    for arm, least in ((OURS, LEAST_RATIO), (HOSTS, None), (VETH, None)):
        pairs = ratios(samples, arm)
        found.append(
            Verdict(
                figure=f"{arm} / {HAND}: median of the pairs",
                value=median(pairs),
                unit="",
                samples=len(pairs),
                least=least,
                enough=LEAST_PAIRS,
            )
        )
    return found


def suite_of(lab: Lab) -> Suite:
    """What decides the speed of the lab's first tunnel, as its charon was given it."""
    daemon = charon_of_endpoint(CONNECTION, 1)
    (loaded,) = (
        item
        for item in lab.desired((), 0.0)
        if isinstance(item, IkeConfig) and item.daemon == daemon
    )
    section = json.loads(loaded.section)
    child = section["children"][loaded.name]
    return Suite(
        ike=section["proposals"][0],
        esp=child["esp_proposals"][0],
        replay_window=child["replay_window"],
        mtu=mtu_of(lab.topology.connections[CONNECTION].tunnels[0]),
    )


def tunnel_ends(lab: Lab) -> tuple[HostRef, HostRef]:
    """The two ends of the lab's first tunnel: the endpoint's, and the customer gateway's."""
    connection = lab.topology.connections[CONNECTION]
    tunnel = connection.tunnels[0]
    return (
        HostRef(lab.names.endpoint_inside(CONNECTION, 1), str(tunnel.gateway_inside.ip)),
        HostRef(lab.names.customer(connection.customer_gateway), str(tunnel.customer_inside.ip)),
    )


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    with (
        running("bench-throughput") as lab,
        by_hand(across, suite_of(lab), secrets.token_hex(16)) as hand,
        by_hand(back_to_back, suite_of(lab), secrets.token_hex(16)) as veth,
    ):
        ends = {OURS: tunnel_ends(lab), HAND: hand, HOSTS: hosts(lab), VETH: veth}

        def measure(arm: str) -> Measured:
            source, destination = ends[arm]
            found: list[Load] = []

            def load() -> None:
                found.append(tcp(source, destination, SECONDS))

            if arm != HOSTS:
                load()
            elif (used := carried_during(lab, load)) != {1}:
                raise NotSettled(f"the traffic was on tunnels {sorted(used)}")
            return Measured(values={"bits": found[0].delivered})

        yield measure


SCENARIOS = (
    Scenario(
        name="throughput",
        tells="TCP through one tunnel, against the same charons configured by hand",
        arms=ARMS,
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
