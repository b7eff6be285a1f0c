"""Every scenario, in the order in which ``make bench`` measures them."""

from __future__ import annotations

from benchmarks.scenario import Scenario
from benchmarks.scenarios import (
    cluster,
    cut,
    demo,
    devices,
    fleet,
    gateway,
    hitless,
    memory,
    sizes,
    stability,
    throughput,
    up,
)

SCENARIOS: tuple[Scenario, ...] = (
    *fleet.SCENARIOS,
    *devices.SCENARIOS,
    *up.SCENARIOS,
    *demo.SCENARIOS,
    *cut.SCENARIOS,
    *gateway.SCENARIOS,
    *cluster.SCENARIOS,
    *hitless.SCENARIOS,
    *sizes.SCENARIOS,
    *memory.SCENARIOS,
    *throughput.SCENARIOS,
    *stability.SCENARIOS,
)
