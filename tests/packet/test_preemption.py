"""Manual preemption: where a failover has brought both directions, they stay until somebody says so."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.drivers.processes import Running
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

MEASURED_AGAIN = 2
LONG = 12
"""Readings of a quarter of a second: a return by itself would have come by then."""


def _text(active: int) -> str:
    return text_of(f"{{customer_gateway: dc, preemption: manual, active: {active}}}")


@pytest.fixture(scope="module", params=[1, 2])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with running("test-manual", _text(request.param)) as made:
        yield made


def _agent(lab: Lab) -> Running | None:
    return next((each for each in lab.machine.processes.observe() if each.name == "agent"), None)


def test_a_failover_stays_until_it_is_taken_back_without_loss(lab: Lab) -> None:
    active = lab.topology.connections["seoul"].active
    other = 3 - active
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(active))
            lab.break_element(f"seoul/tunnel{active}", Fault.CUT, None)
            wait_used(reader, both(other))
            until(lambda: lab.decisions.read().active == {"seoul": other})
            pair.mark("healed")
            lab.heal(None)
            wait_healthy(reader)
            wait_used(reader, both(other), readings=LONG)

            earlier = _agent(lab)
            assert earlier is not None
            lab.machine.processes.kill(earlier, signal.SIGKILL)
            until(lambda: _agent(lab) not in {None, earlier})  # noqa: B023 - waited for at once
            assert lab.up(_text(active)) == ()
            assert lab.decisions.read().active == {"seoul": other}
            wait_used(reader, both(other), readings=LONG)

            assert lab.prefer("seoul", active)
            wait_used(reader, both(active), readings=LONG)
            assert not lab.prefer("seoul", active)
            report = pair.finish().between("healed", "finish")
        if report.valid:
            assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")
