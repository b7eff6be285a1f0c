"""What each router of many random networks holds and chooses, daemon by daemon, as predicted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.differential.arena import Arena, arena
from tests.differential.daemons import DAEMONS, NETWORKS, SEED, reached
from tests.differential.run import Tally, batches, run

from samepath.routing.rules import Platform

pytestmark = pytest.mark.packet


@pytest.fixture(scope="module")
def namespaces() -> Iterator[Arena]:
    with arena() as made:
        yield made


@pytest.mark.parametrize("platform", DAEMONS)
def test_daemons_hold_and_choose_what_is_predicted(platform: Platform, namespaces: Arena) -> None:
    tally = Tally()
    for numbers in batches(0, NETWORKS):
        run(namespaces, platform, DAEMONS[platform], SEED, numbers, tally)

    assert not tally.differences, "\n".join(
        f"{name}\n  " + "\n  ".join(found) for name, found in tally.differences.items()
    )
    assert not tally.undecided(reached(platform)), tally.summary()
