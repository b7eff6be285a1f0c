"""BFD at its fastest, 10 ms x 3: the ends agree on it, and a cut moves traffic."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import BfdSession
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

pytestmark = pytest.mark.alone
MEASURED_AGAIN = 2
GAP = 1.0
"""Seconds, far more than BFD needs and far less than the hold time: it says what noticed."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    connection = "{customer_gateway: dc, bgp: {bfd: {interval: 10ms, multiplier: 3}}}"
    with running("fast", text_of(connection)) as lab:
        yield lab


@pytest.mark.parametrize("daemon", ["bird-cgw-dc", "bird-ep-seoul-1", "bird-ep-seoul-2"])
def test_both_ends_of_a_tunnel_agree_on_it(lab: Lab, daemon: str) -> None:
    with Bird(lab.machine.socket(daemon, "ctl")) as bird:

        def sessions() -> list[BfdSession]:
            return [one for one in bird.bfd_sessions() if one.device.startswith("seoul-t")]

        # A tunnel is usable once BGP is up; BFD speaks once a second until it is up itself.
        until(lambda: all(one.state == "Up" for one in sessions()))
        times = [(one.interval, one.timeout) for one in sessions()]

    assert times
    assert set(times) == {(0.010, 0.030)}


def test_a_cut_tunnel_is_left_both_ways_at_once_and_returned_to_without_loss(lab: Lab) -> None:
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(1))
            pair.mark("cut")
            lab.break_element("seoul/tunnel1", Fault.CUT, None)
            wait_used(reader, both(2))
            pair.mark("healed")
            lab.heal(None)
            wait_healthy(reader)
            wait_used(reader, both(1))
            pair.mark("end")
            run = pair.finish()
        cut, healed = run.between("cut", "healed"), run.between("healed", "end")
        if cut.valid and healed.valid:
            assert all(0 < way.longest_gap < GAP for way in (cut.a_to_b, cut.b_to_a))
            assert (healed.a_to_b.lost, healed.b_to_a.lost) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")
