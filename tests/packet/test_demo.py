"""``samepath demo``, as the README promises it: the story, judged by itself, and nothing left."""

from __future__ import annotations

import json

import pytest
from tests.packet.commands import said, samepath
from tests.packet.leftovers import snapshot
from tests.packet.own import own


@pytest.mark.alone
def test_the_demo_tells_its_story_and_leaves_nothing() -> None:
    before = snapshot()

    done = samepath("demo", "--json", "--name", own("demo"))

    assert done.returncode == 0, said(done)
    scenes = json.loads(done.stdout)["scenes"]
    assert [scene["step"] for scene in scenes] == ["normal", "failover", "failback"]
    for way in ("vpc_to_site", "site_to_vpc"):
        assert [scene[way]["tunnel"] for scene in scenes] == [1, 2, 1]
        assert all(scene[way]["sent"] for scene in scenes)
        for scene in scenes:
            lost = scene[way]["lost"]
            assert (lost > 0) == (scene["step"] == "failover") or not scene[way]["valid"]
    assert before == snapshot()
