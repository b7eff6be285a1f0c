"""A lab on this machine: real charon, real BIRD, real packets."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.control.names import Names
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse

NAME = own("lab")
FILE = Path(__file__).parent / "two-tunnels.yaml"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab that is up, taken down after the module; what it left is compared."""
    clear(NAME)
    before = snapshot()
    text = FILE.read_text()
    with Lab(NAME, parse(text).topology) as lab:
        lab.up(text)
        status = wait_usable(StatusReader(lab), 30.0)
        assert status.ready, status
        yield lab
    clear(NAME)
    assert before == snapshot()


def answered(lab: Lab, count: int) -> None:
    """Ping the site's host from the VPC's until so many were answered, for ten seconds at most.

    A busy machine may lose one of them, which says nothing of the lab.
    """
    ping = ["ping", "-n", "-c", str(count), "-w", "10", "-i", "0.05", "192.168.10.10"]
    done = subprocess.run(
        ["ip", "netns", "exec", lab.names.host("app"), *ping],
        capture_output=True,
        text=True,
        check=False,
    )
    assert f" {count} received" in done.stdout


def test_a_host_of_the_vpc_reaches_a_host_of_the_site(lab: Lab) -> None:
    answered(lab, 5)


def test_both_directions_take_the_active_tunnel(lab: Lab) -> None:
    reader = StatusReader(lab)
    reader.read()
    answered(lab, 5)

    status = reader.read()

    assert [direction.routed for direction in status.directions] == [("seoul", 1), ("seoul", 1)]
    assert [direction.used for direction in status.directions] == [(("seoul", 1),)] * 2


def test_a_second_up_has_nothing_to_do(lab: Lab) -> None:
    assert lab.up(FILE.read_text()) == ()


@pytest.mark.parametrize(
    "lose",
    [
        lambda names: ("-n", names.endpoint_inside("seoul", 1), "link", "delete", "seoul-t1"),
        lambda names: ("netns", "delete", names.endpoint_inside("seoul", 1)),
        lambda names: ("netns", "delete", names.endpoint_outside("seoul", 1)),
        lambda names: ("netns", "delete", names.gateway("vgw")),
    ],
    ids=["device", "inside", "outside", "gateway"],
)
def test_what_somebody_takes_away_comes_back(
    lab: Lab, lose: Callable[[Names], Sequence[str]]
) -> None:
    subprocess.run(["ip", *lose(lab.names)], check=True)

    lab.up(FILE.read_text())
    status = wait_usable(StatusReader(lab), 60.0)
    assert status.ready, status
    assert lab.up(FILE.read_text()) == ()


def test_a_cut_tunnel_is_left_by_both_directions_and_returned_to(lab: Lab) -> None:
    reader = StatusReader(lab)
    lab.break_element("seoul/tunnel1", Fault.CUT, None)

    def routed() -> set[tuple[str, int] | None]:
        return {direction.routed for direction in reader.read().directions}

    _until(lambda: routed() == {("seoul", 2)})
    answered(lab, 3)

    lab.heal(None)
    _until(lambda: routed() == {("seoul", 1)})


def _until(true: object, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)  # noqa: TID251 - status has no events to wait for
