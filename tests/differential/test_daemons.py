"""Random networks: what real daemons hold and choose is what is predicted."""

from __future__ import annotations

import pytest
from tests.differential.arena import arena
from tests.differential.daemons import DAEMONS, UNREACHED
from tests.differential.run import Tally, batches, run
from tests.differential.test_generator import NETWORKS, SEED, reached

from samepath.routing.platforms import PLATFORMS
from samepath.routing.rules import Platform
from samepath.routing.steps import Step

pytestmark = [pytest.mark.packet, pytest.mark.timeout(600)]


@pytest.mark.parametrize("platform", DAEMONS)
def test_every_router_holds_and_chooses_what_is_predicted(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    with arena() as made:
        for numbers in batches(0, NETWORKS):
            run(made, platform, DAEMONS[platform], SEED, numbers, tally)
    with capsys.disabled():
        print(f"\n{PLATFORMS[platform].title}: {tally.summary()}")  # noqa: T201 - it is the result
    assert not tally.differences, "\n".join(
        f"{name}\n  " + "\n  ".join(found) for name, found in tally.differences.items()
    )
    steps = [*reached(platform)]
    if PLATFORMS[platform].distances.one_table:
        steps.append(Step.DISTANCE)
    assert [step for step in steps if not tally.decided(step)] == []
    assert not UNREACHED.keys() & {step for step in Step if tally.decided(step)}
