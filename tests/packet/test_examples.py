"""Every example in every failure state: what packets do is what was predicted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.drills.record import EXAMPLES, names, order
from tests.packet.commands import SAMEPATH
from tests.packet.own import own


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", names())
def test_an_example_does_as_predicted_in_every_state(name: str) -> None:
    lab = own(f"x{names().index(name)}")
    done = subprocess.run(
        [SAMEPATH, "drill", str(EXAMPLES / f"{name}.yaml"), "--name", lab, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode in {0, 1}, done.stderr
    told = json.loads(done.stdout)
    assert {row["state"]: row["differences"] for row in told["states"] if row["differences"]} == {}
    assert {row["state"] for row in told["states"]} == set(order(name, 0, 0))
    assert (done.returncode, told["as_predicted"], told["pairs_without_hosts"]) == (0, True, [])
    assert not Path("/run/samepath", lab).exists()
