"""Agent and supervisor are killed, a neighbour is taken down: no packet is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import both, probe, running, text_of, used, wait_healthy, wait_used

from samepath.control.names import bird_of_gateway, charon_of_customer
from samepath.drivers.processes import Running
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

pytestmark = pytest.mark.alone
MEASURED_AGAIN = 2


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("keepers", text_of()) as made:
        yield made


def _process(lab: Lab, name: str) -> Running | None:
    found = [each for each in lab.machine.processes.observe() if each.name == name]
    return found[0] if found else None


def _kill_and_wait(lab: Lab, name: str) -> None:
    earlier = _process(lab, name)
    assert earlier is not None
    lab.machine.processes.kill(earlier, signal.SIGKILL)
    until(lambda: _process(lab, name) not in {None, earlier})


def _loses_nothing(lab: Lab, happening: Callable[[], None]) -> None:
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            pair.mark("begin")
            happening()
            assert used(StatusReader(lab)) == both(1)
            report = pair.finish().between("begin", "finish")
        if report.valid:
            assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")


@pytest.mark.parametrize("name", ["agent", "supervisor"])
def test_who_keeps_the_lab_comes_back_and_no_packet_is_lost(lab: Lab, name: str) -> None:
    _loses_nothing(lab, lambda: _kill_and_wait(lab, name))

    assert lab.up(text_of()) == ()


def test_a_neighbour_with_the_same_addresses_is_cut_and_taken_down_unnoticed(lab: Lab) -> None:
    def neighbour() -> None:
        with running("right", text_of()) as right, probe(right) as pair:
            pair.wait_flowing(10.0)
            right.break_element("seoul/tunnel1", Fault.CUT, None)
            wait_used(StatusReader(right), both(2))

    _loses_nothing(lab, neighbour)


@contextmanager
def _stopped(lab: Lab, name: str) -> Iterator[None]:
    """A daemon that hangs, whatever it is asked, and is itself again afterwards."""
    process = _process(lab, name)
    assert process is not None
    lab.machine.processes.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        lab.machine.processes.kill(process, signal.SIGCONT)


def test_a_charon_that_hangs_keeps_nobody_from_changing_the_lab(lab: Lab) -> None:
    with _stopped(lab, charon_of_customer("seoul", 1)):
        for _ in range(3):
            broken = lab.break_element("seoul/tunnel1", Fault.LOSS, None)
            assert lab.heal(None) == (broken,)
        lab.up(text_of())
    wait_healthy(StatusReader(lab))


def test_a_gateway_router_that_hangs_for_longer_than_a_hold_time_loses_nothing(lab: Lab) -> None:
    def hang() -> None:
        time.sleep(12.0)  # noqa: TID251 - the hold time of tunnels is 9 s

    with _stopped(lab, bird_of_gateway("vgw")):
        _loses_nothing(lab, hang)
    wait_healthy(StatusReader(lab))
