"""The daemons that there are, and what their networks cannot reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.differential import bird
from tests.differential.arena import Arena
from tests.differential.generator import Case
from tests.differential.run import Daemons

from samepath.routing.rules import Platform
from samepath.routing.steps import Step

DAEMONS: Mapping[Platform, Callable[[Arena, Case], Daemons]] = {bird.PLATFORM: bird.Birds}

UNREACHED = {
    Step.IGP_METRIC: "every next hop is on a wire of its own: there is no interior metric",
    Step.MULTIPATH: "it compares nothing",
    Step.OLDEST: "the router id is compared instead: nobody notes which session was up first",
    Step.SELECTED: "the same",
}
"""Steps that decide nothing here, and why."""
