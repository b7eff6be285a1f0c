"""From the order to the first packet: ``samepath lab up`` of two tunnels, BGP and all."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.samples import Measured, Sample, Verdict, durations
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import CONNECTION, NotSettled, remove, topology, until
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

NAME = "bench-up"
ARM = "samepath"
AIM_S = 5.0
ROUNDS = 5


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The median is told, the longest has the aim."""
    return durations(samples, ARM, AIM_S, ROUNDS)


def _packet_passes(lab: Lab, number: int) -> bool:
    """One packet through a tunnel and back, sent where the gateway's end of it is."""
    tunnel = lab.topology.connections[CONNECTION].tunnels[number - 1]
    inside = lab.names.endpoint_inside(CONNECTION, number)
    peer = str(tunnel.customer_inside.ip)
    ping = ["ip", "netns", "exec", inside, "ping", "-n", "-q", "-c", "1", "-W", "1", peer]
    return subprocess.run(ping, check=False, capture_output=True).returncode == 0


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vpn.yaml"
        path.write_text(topology(NAME))

        def measure(_arm: str) -> Measured:
            remove(NAME)
            command = [str(Path(sys.executable).parent / "samepath"), "lab", "up", str(path)]
            started = time.monotonic()
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                raise NotSettled(f"lab up ended with {done.returncode}: {done.stderr.strip()}")
            with Lab.running(NAME) as lab:
                reader = StatusReader(lab)
                until(lambda: reader.read().ready, "both tunnels with BGP established")
                until(lambda: all(_packet_passes(lab, n) for n in (1, 2)), "a packet a tunnel")
            return Measured(values={"seconds": time.monotonic() - started})

        try:
            yield measure
        finally:
            remove(NAME)


SCENARIOS = (
    Scenario(
        name="up",
        tells="from lab up to a packet through both tunnels, BGP established on both",
        arms=(ARM,),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
