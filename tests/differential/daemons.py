"""The daemons that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.differential import bird
from tests.differential.arena import Arena
from tests.differential.generator import Case
from tests.differential.run import Daemons

from samepath.routing.rules import Platform

DAEMONS: Mapping[Platform, Callable[[Arena, Case], Daemons]] = {bird.PLATFORM: bird.Birds}
