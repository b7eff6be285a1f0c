"""Networks run through real daemons, and each router's routes compared with the prediction.

Each network is compared twice: with all sessions up, and after some were taken down. A comparison
waits until the sessions stand and the routes are the predicted ones twice in a row, with a pause in
between, or until :data:`DEADLINE` is over: what settles as predicted costs no more than it takes.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from tests.differential.arena import Arena
from tests.differential.generator import Case, generate
from tests.differential.prediction import (
    Held,
    Key,
    Oscillates,
    Prediction,
    differences,
    predict,
)

from samepath.routing.rules import Platform
from samepath.routing.steps import Step

TOGETHER = 40
"""Networks that converge at once: some 160 daemons."""
DEADLINE = 30.0
"""Seconds for a network to settle as predicted; it takes one or two, with all the others."""
PAUSE = 0.3
"""Seconds between two looks at a network."""


class Daemons(Protocol):
    """The daemons of one network, one a router."""

    def start(self) -> None:
        """Start them."""

    def close(self) -> None:
        """Let go of their sockets."""

    def take_down(self, session: str) -> None:
        """Shut a session."""

    def established(self) -> frozenset[str]:
        """The sessions that stand at both ends."""

    def view(self) -> dict[Key, frozenset[Held]]:
        """Every route of every router."""


@dataclass(kw_only=True, slots=True)
class Tally:
    """What a run has come to."""

    networks: int = 0
    decisions: int = 0
    asked: int = 0
    """States in which the order of arrival matters: what is seen must be among the outcomes."""
    oscillating: int = 0
    """Networks that are left out, because they have a state in which nothing settles."""
    steps: Counter[str] = field(default_factory=Counter)
    differences: dict[str, list[str]] = field(default_factory=dict)

    def add(self, prediction: Prediction) -> None:
        """Count a state that was compared."""
        self.decisions += len(prediction.views)
        self.asked += prediction.asked
        self.steps.update({step.name: count for step, count in prediction.steps.items()})

    def summary(self) -> str:
        """The counts, on a few lines."""
        steps = ", ".join(f"{step} {count}" for step, count in self.steps.most_common())
        return (
            f"{self.networks} networks ({self.oscillating} left out, since they oscillate),"
            f" {self.decisions} tables of a prefix compared,"
            f" {self.asked} states in which the order of arrival matters\n  decided by: {steps}"
        )

    def decided(self, step: Step) -> int:
        """How many decisions a step has decided."""
        return self.steps[step.name]


@dataclass(kw_only=True, slots=True)
class _Trial:
    """One network on its way through its two states."""

    case: Case
    daemons: Daemons
    states: list[tuple[str, frozenset[str], Prediction]]
    """Those to come: name, sessions that are up, what is predicted."""
    deadline: float
    matched: bool = False


def run(
    arena: Arena,
    platform: Platform,
    daemons: Callable[[Arena, Case], Daemons],
    seed: int,
    numbers: Iterable[int],
    tally: Tally,
) -> None:
    """Compare the networks of these numbers, at most :data:`TOGETHER`, all at once."""
    trials = []
    for place, number in enumerate(numbers):
        case = generate(platform, seed, number, place)
        tally.networks += 1
        try:
            predictions = predict(case.network), predict(case.after)
        except Oscillates:
            tally.oscillating += 1
            continue
        ups = frozenset(case.network.sessions), frozenset(case.after.sessions)
        trials.append(
            _Trial(
                case=case,
                daemons=daemons(arena, case),
                states=list(
                    zip(("all up", f"{sorted(case.down)} down"), ups, predictions, strict=True)
                ),
                deadline=0.0,
            )
        )
    try:
        arena.address([trial.case for trial in trials])
        for trial in trials:
            trial.daemons.start()
        for trial in trials:
            trial.deadline = time.monotonic() + DEADLINE
        pause = threading.Event()
        while trials:
            looked = time.monotonic()
            trials = [trial for trial in trials if not _is_done(trial, seed, tally)]
            pause.wait(max(0.0, looked + PAUSE - time.monotonic()))
    finally:
        for trial in trials:
            trial.daemons.close()
        arena.stop()


def _is_done(trial: _Trial, seed: int, tally: Tally) -> bool:
    """Look at a network once; take its sessions down when its first state is as predicted."""
    name, up, prediction = trial.states[0]
    established = trial.daemons.established()
    found = (
        differences(prediction, trial.daemons.view())
        if established == up
        else [f"established are {sorted(established)}, not {sorted(up)}"]
    )
    if found:
        trial.matched = False
        if time.monotonic() < trial.deadline:
            return False
        tally.differences[f"--seed {seed} --first {trial.case.number}: {name}"] = found
    elif not trial.matched:
        trial.matched = True
        return False
    tally.add(prediction)
    trial.states.pop(0)
    if not trial.states or found:
        trial.daemons.close()
        return True
    for session in sorted(trial.case.down):
        trial.daemons.take_down(session)
    trial.matched = False
    trial.deadline = time.monotonic() + DEADLINE
    return False


def batches(first: int, count: int) -> Iterator[range]:
    """The numbers of ``count`` networks, in as many ranges as it takes."""
    for start in range(first, first + count, TOGETHER):
        yield range(start, min(start + TOGETHER, first + count))
