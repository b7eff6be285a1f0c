"""BIRD compares what is new with what it uses, and the rest not again: what it used before decides.

The random networks meet this once in thousands. Here it is made to happen: the same sessions stand
twice, and what is in use is not the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.differential.arena import Arena, arena
from tests.differential.bird import Birds
from tests.differential.generator import Case
from tests.differential.run import DEADLINE, PAUSE
from tests.routing.networks import VPC
from tests.routing.remembering import alone_in_its_as, between_two_meds
from tests.routing.routes import never
from tests.routing.test_history import used

from samepath.routing.assumption import first_answer
from samepath.routing.network import Network
from samepath.routing.propagation import Solution, propagate

pytestmark = pytest.mark.packet


@pytest.fixture
def namespaces() -> Iterator[Arena]:
    with arena() as made:
        yield made


def seen(daemons: Birds, solution: Solution) -> str:
    """The session in use, twice in a row, once ``cgw1`` holds what is predicted that it does."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE
    up = solution.network.sessions.keys()
    holds = {(one.session, one.as_path) for one in solution.tables["cgw1"][VPC]}
    last: str | None = None
    while True:
        held = daemons.view().get(("cgw1", VPC), ()) if daemons.established() == up else ()
        chosen = next((one.session for one in held if one.used), None)
        if {(one.session, one.as_path) for one in held} != holds:
            chosen = None
        if chosen is not None and chosen == last:
            return chosen
        last = chosen
        assert time.monotonic() < deadline, f"of {sorted(up)}: {held}"
        pause.wait(PAUSE)


@pytest.mark.parametrize(
    ("whole", "downs", "uses"),
    [
        (
            between_two_meds(),
            # With one route there is nothing left of the order in which the daemons started.
            ("between low_id", "between", "", "low_med", "low_med between", "low_med"),
            ("low_med", "low_med", "between", "between", "low_id", "low_id"),
        ),
        (
            alone_in_its_as(),
            ("", "nearer", "nearer outside", "nearer"),
            ("inside", "inside", "inside", "outside"),
        ),
    ],
    ids=["without deterministic MED", "with it"],
)
def test_bird_uses_with_the_same_sessions_one_route_or_another(
    namespaces: Arena, whole: Network, downs: tuple[str, ...], uses: tuple[str, ...]
) -> None:
    case = Case(number=0, network=whole, down=frozenset())
    namespaces.address([case])
    with closing(Birds(namespaces, case)) as daemons:
        daemons.start()
        seen(daemons, propagate(whole, first_answer))
        solution: Solution | None = None
        before = set[str]()
        for words, expected in zip(downs, uses, strict=True):
            down = set(words.split())
            for session in sorted(down - before):
                daemons.take_down(session)
            for session in sorted(before - down):
                daemons.bring_up(session)
            before = down
            left = whole.without(sessions=frozenset(down))
            solution = propagate(left, never, before=solution)
            assert (seen(daemons, solution), used(solution)) == (expected, expected)
