"""Every scenario, in the order in which ``make bench`` measures them."""

from __future__ import annotations

from benchmarks.scenario import Scenario
from benchmarks.scenarios import cut

SCENARIOS: tuple[Scenario, ...] = (*cut.SCENARIOS,)
