"""Networks run through real daemons, and each router's routes compared with the prediction.

Each network is compared three times: with all sessions up, after some were taken down, and after
these have come up again. A comparison waits until the sessions stand and the routes are the predicted ones twice in a row, with a pause in
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

    def bring_up(self, session: str) -> None:
        """Let a session that was shut come up again."""

    def established(self) -> frozenset[str]:
        """The sessions that stand at both ends."""

    def view(self) -> dict[Key, frozenset[Held]]:
        """Every route of every router."""


@dataclass(kw_only=True, slots=True)
class Tally:
    """What a run has come to."""

    networks: int = 0
    tables: int = 0
    """What a router holds of a prefix, compared with what was predicted."""
    asked: int = 0
    """States in which the order of arrival matters: what is seen must be among the outcomes."""
    oscillating: int = 0
    """Networks that are left out, because they have a state in which nothing settles."""
    steps: Counter[str] = field(default_factory=Counter)
    differences: dict[str, list[str]] = field(default_factory=dict)

    def add(self, prediction: Prediction) -> None:
        """Count a state that was compared."""
        self.tables += prediction.tables
        self.asked += prediction.asked
        self.steps.update({step.name: count for step, count in prediction.steps.items()})

    def summary(self) -> str:
        """The counts, on a few lines."""
        steps = ", ".join(f"{step} {count}" for step, count in self.steps.most_common())
        return (
            f"{self.networks} networks ({self.oscillating} left out, since they oscillate),"
            f" {self.tables} tables of a prefix compared,"
            f" {self.asked} states in which the order of arrival matters\n  decided by: {steps}"
        )

    def undecided(self, reached: Iterable[Step]) -> list[str]:
        """The steps among ``reached`` that have decided nothing: the networks are at fault."""
        return [step.name for step in reached if not self.steps[step.name]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _State:
    """One of a network's states: how its daemons get there, and what they come to."""

    name: str
    enter: Callable[[], None]
    up: frozenset[str]
    """The sessions that stand in it."""
    prediction: Prediction


@dataclass(kw_only=True, slots=True)
class _Trial:
    """One network on its way through its states; the first of ``states`` is the one it is in."""

    case: Case
    daemons: Daemons
    states: list[_State]
    deadline: float = 0.0
    matched: bool = False

    def enter(self) -> None:
        """Go on to the first state that is left."""
        self.states[0].enter()
        self.matched = False
        self.deadline = time.monotonic() + DEADLINE


def _trial(case: Case, daemons: Daemons) -> _Trial:
    """A network that has to go through all states. Raises :class:`Oscillates`."""
    whole = predict(case.network)
    rest = predict(case.after, case.network)
    again = predict(case.network, case.after, case.network)
    every, down = frozenset(case.network.sessions), case.down

    def switch(which: Callable[[str], None]) -> None:
        for session in sorted(down):
            which(session)

    return _Trial(
        case=case,
        daemons=daemons,
        states=[
            _State(name="all up", enter=daemons.start, up=every, prediction=whole),
            _State(
                name=f"{sorted(down)} down",
                enter=lambda: switch(daemons.take_down),
                up=every - down,
                prediction=rest,
            ),
            _State(
                name=f"{sorted(down)} up again",
                enter=lambda: switch(daemons.bring_up),
                up=every,
                prediction=again,
            ),
        ],
    )


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
            trials.append(_trial(case, daemons(arena, case)))
        except Oscillates:
            tally.oscillating += 1
    try:
        arena.address([trial.case for trial in trials])
        for trial in trials:
            trial.enter()
        pause = threading.Event()
        while trials:
            looked = time.monotonic()
            trials = [trial for trial in trials if not _is_done(trial, platform, seed, tally)]
            pause.wait(max(0.0, looked + PAUSE - time.monotonic()))
    finally:
        for trial in trials:
            trial.daemons.close()
        arena.stop()


def _is_done(trial: _Trial, platform: Platform, seed: int, tally: Tally) -> bool:
    """Look at a network once; go on where it has come to what is predicted, or too late."""
    state = trial.states[0]
    established = trial.daemons.established()
    found = (
        differences(state.prediction, trial.daemons.view())
        if established == state.up
        else [f"established are {sorted(established)}, not {sorted(state.up)}"]
    )
    if found and time.monotonic() < trial.deadline:
        trial.matched = False
        return False
    if found:
        tally.differences[_name(platform, seed, trial.case.number, state.name)] = found
    elif not trial.matched:
        trial.matched = True
        return False
    tally.add(state.prediction)
    trial.states.pop(0)
    if found or not trial.states:
        trial.daemons.close()
        return True
    trial.enter()
    return False


def _name(platform: Platform, seed: int, number: int, state: str) -> str:
    """What has to be known of a difference: where it is, and how to see it again."""
    again = f"--daemon {platform.value} --seed {seed} --first {number} --networks 1"
    return f"network {number} of seed {seed}, {state} (python -m tests.differential {again})"


def batches(first: int, count: int) -> Iterator[range]:
    """The numbers of ``count`` networks, in as many ranges as it takes."""
    for start in range(first, first + count, TOGETHER):
        yield range(start, min(start + TOGETHER, first + count))
