"""Make the world what is wanted: observe, plan, apply, and look again.

One round is often enough. A daemon that had to be restarted takes its TUN device and its loaded
connections with it, so the next round finds those missing and makes them; the rounds end when
there is nothing left to do. After a round that has touched nothing but objects that stand alone
(:data:`~samepath.linux.objects.ALONE`) there is nothing to look for, and looking is most of the time
that a failover or a fault takes here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from samepath.control.plan import Step, describe, plan
from samepath.drivers.errors import DriverError
from samepath.linux.objects import ALONE, Object
from samepath.node.secrets import SecretUnavailable

MOST_ROUNDS = 8


class World(Protocol):
    """What can be observed and changed; :class:`samepath.node.machine.Machine` is one."""

    def observe(self, desired: Iterable[Object] = ()) -> frozenset[Object]:
        """What there is."""

    def apply(self, step: Step, desired: Iterable[Object]) -> None:
        """Carry out one step."""


class NotConverging(RuntimeError):
    """The same steps are still to do after many rounds; names them."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        listed = "; ".join(describe(step) for step in steps[:5])
        super().__init__(f"still to do after {MOST_ROUNDS} rounds: {listed}")


Progress = Callable[[int, int, Step], None]
"""Called before each step: steps done in this round, steps of this round, the step."""


def silent(done: int, total: int, step: Step) -> None:
    """Report no progress."""


def reconcile(
    world: World, desired: frozenset[Object], progress: Progress = silent
) -> tuple[Step, ...]:
    """Bring ``world`` to ``desired``; returns the steps that were taken.

    A step that fails does not keep the others of its round from being taken, so that one tunnel's
    missing key never keeps another's dead route in place. After that round the first failure is
    raised; what was done stays done, and calling again goes on from there. Raises
    :class:`NotConverging` where rounds do not end.
    """
    taken: list[Step] = []
    steps: tuple[Step, ...] = ()
    for rounds in range(MOST_ROUNDS + 1):
        steps = plan(desired, world.observe(desired))
        if not steps:
            return tuple(taken)
        if rounds == MOST_ROUNDS:
            break
        failures: list[DriverError | SecretUnavailable] = []
        for done, step in enumerate(steps):
            progress(done, len(steps), step)
            try:
                world.apply(step, desired)
            except (DriverError, SecretUnavailable) as failure:
                failures.append(failure)
            else:
                taken.append(step)
        if failures:
            raise failures[0]
        if all(isinstance(step.object, ALONE) for step in steps):
            return tuple(taken)
    raise NotConverging(steps)
