"""Enumeration: which share of the time an outage is to be expected, from what each state means.

Components are independent, so a state's probability is a product. The states with more than a few
of them down are too many to look at, and so rare that it does not matter: their probability is
worked out exactly, and added to the upper end of what is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod

from samepath.routing.availability.components import Component


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A number that is not known better than to lie between two; exact where they are one."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(low=self.low + other.low, high=self.high + other.high)

    def __mul__(self, factor: float) -> Range:
        """Times a factor that is not negative."""
        return Range(low=self.low * factor, high=self.high * factor)

    @property
    def is_exact(self) -> bool:
        """Whether it is one number, but for what a float loses."""
        return self.high - self.low <= 1e-12 * self.high


NOTHING = Range(low=0.0, high=0.0)
CERTAIN = Range(low=1.0, high=1.0)


def total(some: Iterable[Range]) -> Range:
    """The sum of some."""
    return sum(some, NOTHING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prospect:
    """What a state means to a pair: whether it is an outage, 0 or 1, or nobody knows.

    ``final``: nothing is left that could carry a flow, so that no further failure changes anything.
    """

    outage: Range
    final: bool = False


Down = tuple[Component, ...]
"""Components that are down at the same time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """The share of the time that is an outage while exactly ``down`` is, or, of what is fatal, at all.

    ``probability`` is that of the state.
    """

    down: Down
    probability: float
    outage: Range


@dataclass(frozen=True, kw_only=True, slots=True)
class Enumerated:
    """The outage in all states, and the probability of those that nobody has looked at."""

    shares: tuple[Share, ...]
    unseen: float

    @property
    def outage(self) -> Range:
        """The share of the time that is an outage."""
        return total(one.outage for one in self.shares) + Range(low=0.0, high=self.unseen)


def enumerate_states(
    components: Sequence[Component], prospect: Callable[[Down], Prospect], *, most: int
) -> Enumerated:
    """The outage over all states, looking at those with ``most`` components down.

    What is fatal alone is not counted among them: states with one of those down are an outage.
    """
    start = prospect(())
    if start.final:
        return Enumerated(shares=(Share(down=(), probability=1.0, outage=CERTAIN),), unseen=0.0)
    alone = {one: prospect((one,)) for one in components}
    fatal = [one for one in components if alone[one].final]
    others = [one for one in components if not alone[one].final]
    none_fatal = prod(1 - one.unavailability for one in fatal)
    shares = [*_of_fatal(fatal, 1 - none_fatal)]
    none_down = none_fatal * prod(1 - one.unavailability for one in others)
    for number in range(min(most, len(others)) + 1):
        for down in combinations(others, number):
            odds = prod(one.unavailability / (1 - one.unavailability) for one in down)
            probability = none_down * odds
            outage = alone[down[0]] if len(down) == 1 else prospect(down)
            shares.append(
                Share(down=down, probability=probability, outage=outage.outage * probability)
            )
    return Enumerated(shares=tuple(shares), unseen=none_fatal * more_than(most, others))


def _of_fatal(fatal: Collection[Component], any_down: float) -> Iterable[Share]:
    """The time in which any of them is down, each with its part of it by its own share."""
    every = sum(one.unavailability for one in fatal)
    for one in fatal:
        probability = any_down * one.unavailability / every if every else 0.0
        outage = Range(low=probability, high=probability)
        yield Share(down=(one,), probability=probability, outage=outage)


def more_than(most: int, components: Iterable[Component]) -> float:
    """The probability that more than ``most`` of some are down, without a difference of large numbers.

    ``known[k]`` is that of exactly k, and the last one that of all beyond ``most``.
    """
    known = [1.0, *([0.0] * (most + 1))]
    for one in components:
        u = one.unavailability
        beyond = known[-1] + known[-2] * u
        known = [
            probability * (1 - u) + (known[k - 1] * u if k else 0.0)
            for k, probability in enumerate(known[:-1])
        ]
        known.append(beyond)
    return known[-1]
