"""What the command has computed, for whoever tells it to people or to programs."""

from __future__ import annotations

from dataclasses import dataclass

from samepath.cli.availability.drill_file import Measured
from samepath.model.elements import Element
from samepath.model.topology import Topology
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.expectation import Expectation
from samepath.routing.availability.figures import Figures
from samepath.routing.availability.periods import CREDIT_THRESHOLD, MONTH, within

FORMULA = (
    "U = sum over states of P(state) x outage(state)",
    "  + sum over switches of (how often a year) x gap / year",
    "P(state) = product of u of all that is down, and of 1 - u of all else",
    "u = MTTR / (MTBF + MTTR), or 1 - availability; u / MTTR is how often it fails",
    "shared (beta factor): beta u of the time all that stand in for each other are",
    "  down together; of the rest each is by itself for (1 - beta) u / (1 - beta u)",
    "planned work: the share of the year in which a unit is out, all else as ever",
)
"""How the unavailability U is computed, in lines of 78 characters at most."""

CREDIT = (
    f"{CREDIT_THRESHOLD:.2%}".replace("%", " %"),
    within(1 - CREDIT_THRESHOLD, MONTH),
)
"""AWS's threshold of a service credit, and the seconds a month that it leaves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Computed:
    """The answer for one file; ``at_least`` is the availability that it is to have."""

    file: str
    topology: Topology
    figures: Figures
    expected: tuple[Expectation, ...]
    measured: Measured | None
    without: tuple[Element, ...]
    at_least: float | None

    @property
    def worst(self) -> Range:
        """The unavailability of the pair that fares worst."""
        return self.expected[0].unavailability

    @property
    def reached(self) -> bool | None:
        """Whether every pair has the availability that is wanted for certain; None: none is."""
        if self.at_least is None:
            return None
        return all(1 - one.unavailability.high >= self.at_least for one in self.expected)
