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
    steps = ["normal", "failover", "failback", "asymmetric", "repaired"]
    assert [scene["step"] for scene in scenes] == steps
    for way, asymmetric in (("vpc_to_site", 1), ("site_to_vpc", 2)):
        assert [scene[way]["tunnel"] for scene in scenes] == [1, 2, 1, asymmetric, 2]
        assert all(scene[way]["sent"] for scene in scenes)
        assert [scene[way]["tcp_opens"] for scene in scenes] == [None, None, None, False, True]
    for scene in scenes:
        ways = scene["vpc_to_site"], scene["site_to_vpc"]
        lost = any(way["lost"] for way in ways)
        loses = scene["step"] in {"failover", "asymmetric"}
        assert lost == loses or not all(way["valid"] for way in ways)
    assert before == snapshot()
