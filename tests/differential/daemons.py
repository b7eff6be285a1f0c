"""The daemons that there are, and what their networks cannot reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.differential import bird, frr
from tests.differential.arena import Arena
from tests.differential.generator import Case
from tests.differential.run import Daemons

from samepath.routing.platforms import PLATFORMS
from samepath.routing.rules import Platform
from samepath.routing.steps import Step

DAEMONS: Mapping[Platform, Callable[[Arena, Case], Daemons]] = {
    bird.PLATFORM: bird.Birds,
    frr.PLATFORM: frr.Frrs,
}

SEED, NETWORKS = 1, 340
"""The networks that the tests compare: so many that every step decides in them, and that any two
steps in each other's place would be seen."""

UNREACHED = {
    Step.IGP_METRIC: "every next hop is on a wire of its own: there is no interior metric",
    Step.MULTIPATH: "it compares nothing: it is where equal routes may stay together",
    Step.OLDEST: "the router id is compared instead: nobody notes which session was up first",
    Step.SELECTED: "the same",
}
"""Steps that decide nothing here, and why."""


def reached(platform: Platform) -> list[Step]:
    """The steps that decide in the networks of a platform, in its order."""
    return [one.step for one in PLATFORMS[platform].order if one.step not in UNREACHED]
