"""Static routing: each end takes its own route away by what itself sees, and both ways move.

A tunnel whose ESP is dropped and whose IKE lives is found by the inside probe, and by nothing else.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import both, probe, running, text_of, used, wait_healthy, wait_used

from samepath.drivers.processes import Running
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

SHORT_DPD = "tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}"
MEASURED_AGAIN = 2


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    text = text_of(f"{{routing: static, probe_inside: true, {SHORT_DPD}}}")
    with running("test-static", text) as made:
        yield made


def _children(reader: StatusReader) -> tuple[str, str]:
    """The CHILD_SAs of tunnel 1, at both ends."""
    tunnel = reader.read().tunnels[0]
    return tunnel.gateway.child, tunnel.customer.child


def _agent(lab: Lab) -> Running | None:
    return next((each for each in lab.machine.processes.observe() if each.name == "agent"), None)


def _kill_agent(lab: Lab) -> None:
    earlier = _agent(lab)
    assert earlier is not None
    lab.machine.processes.kill(earlier, signal.SIGKILL)
    until(lambda: _agent(lab) not in {None, earlier})


@pytest.mark.parametrize(
    ("fault", "ike_lives", "agent_dies"),
    [(Fault.CUT, False, False), (Fault.ESP, True, False), (Fault.CUT, False, True)],
)
def test_both_ways_leave_a_dead_tunnel_and_return_without_loss(
    lab: Lab, fault: Fault, ike_lives: bool, agent_dies: bool
) -> None:
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(1))
            lab.break_element("seoul/tunnel1", fault, None)
            wait_used(reader, both(2))
            assert ("INSTALLED" in _children(reader)) is ike_lives
            if agent_dies:
                _kill_agent(lab)
                wait_used(reader, both(2))
            pair.mark("healed")
            lab.heal(None)
            wait_used(reader, both(1))
            wait_healthy(reader)
            assert used(reader) == both(1)
            report = pair.finish().between("healed", "finish")
        if report.valid:
            assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")


def test_without_the_inside_probe_dead_esp_is_not_noticed_and_a_dead_path_is() -> None:
    with running("test-unasked", text_of(f"{{routing: static, {SHORT_DPD}}}")) as lab:
        reader = StatusReader(lab)
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(1))
            lab.break_element("seoul/tunnel1", Fault.ESP, None)
            # Far longer than dead peer detection takes here: nothing comes out, and nobody moves.
            wait_used(reader, both(), readings=40)
            assert _children(reader) == ("INSTALLED", "INSTALLED")
            lab.heal(None)
            wait_used(reader, both(1))
            lab.break_element("seoul/tunnel1", Fault.CUT, None)
            wait_used(reader, both(2))
