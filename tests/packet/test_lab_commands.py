"""The commands of ``samepath lab`` on a lab that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.packet.commands import samepath
from tests.packet.labs import FILE, running, text_of
from tests.packet.own import clear, own

from samepath.lab.lab import Lab

NAME = own("words")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("words", text_of()) as lab:
        yield lab


def said(*words: str) -> dict[str, Any]:
    """What a command prints as JSON."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("samepath")), "lab", *words, "--lab", NAME, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["schema"] == f"samepath.lab.{words[0]}/1"
    return found


def active() -> list[str]:
    return [
        f"{tunnel['connection']}/tunnel{tunnel['number']}"
        for tunnel in said("status")["tunnels"]
        if tunnel["active"]
    ]


@pytest.mark.usefixtures("lab")
def test_status_tells_the_tunnel_that_is_preferred_and_packets_take_it() -> None:
    assert active() == ["seoul/tunnel1"]

    assert said("prefer", "seoul/tunnel2")["changed"] is True
    assert active() == ["seoul/tunnel2"]
    assert said("prefer", "seoul/tunnel2")["changed"] is False

    assert said("prefer", "seoul/tunnel1")["changed"] is True
    assert active() == ["seoul/tunnel1"]
    answers = said("ping", "app", "desk")
    assert answers["sent"] == 4
    assert 1 <= answers["received"] <= 4, "a busy machine may lose one"


@pytest.mark.usefixtures("lab")
def test_what_is_broken_is_told_and_healed_with_what_it_is_a_part_of() -> None:
    assert said("break", "seoul/tunnel1/bgp")["broken"]["element"] == "seoul/tunnel1/bgp"
    assert said("heal", "seoul/tunnel2")["healed"] == []
    healed = said("heal", "seoul/tunnel1")["healed"]
    assert [fault["element"] for fault in healed] == ["seoul/tunnel1/bgp"]
    assert said("heal")["healed"] == []


def test_up_ends_when_every_session_has_its_routes_and_both_directions_take_one_tunnel() -> None:
    name = own("up")
    clear(name)
    try:
        done = samepath("lab", "up", str(FILE), "--name", name, "--json")
    finally:
        clear(name)

    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)["status"]
    ends = [tunnel[side] for tunnel in status["tunnels"] for side in ("gateway", "customer")]
    assert all(end["session"]["routes"] for end in ends), ends
    assert [direction["routed"] for direction in status["directions"]] == [["seoul", 1]] * 2
