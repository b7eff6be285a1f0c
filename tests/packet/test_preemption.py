"""Manual preemption: after a failover the traffic stays until somebody says otherwise."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import said, samepath
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.drivers.processes import Running
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

MEASURED_AGAIN = 2
LONG = 8
"""Readings of a quarter of a second: a return by itself would have come by then."""


def _text(active: int, more: str = "") -> str:
    return text_of(f"{{customer_gateway: dc, preemption: manual, active: {active}{more}}}")


@pytest.fixture(params=[1, 2], ids=["active 1", "active 2"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with running("manual", _text(request.param)) as made:
        yield made


PATIENT = ", bgp: {bfd: false}"
"""On a busy machine a BFD that is late moves the traffic, which then stays: that is no return."""


@pytest.fixture(params=[1, 2], ids=["active 1", "active 2"])
def patient(request: pytest.FixtureRequest) -> Iterator[Lab]:
    with running("patient", _text(request.param, PATIENT)) as made:
        yield made


@pytest.mark.alone
def test_traffic_stays_on_the_tunnel_that_took_over_until_it_is_told_to_return(lab: Lab) -> None:
    active = lab.topology.connections["seoul"].active
    other = 3 - active
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(active))
            lab.break_element(f"seoul/tunnel{active}", Fault.CUT, None)
            wait_used(reader, both(other))

            pair.mark("heal")
            lab.heal(None)
            wait_healthy(reader)
            wait_used(reader, both(other), readings=LONG)
            tunnels = reader.read().tunnels
            assert [tunnel.number for tunnel in tunnels if tunnel.active] == [other]

            assert lab.prefer("seoul", active)
            wait_used(reader, both(active), readings=LONG)
            assert not lab.prefer("seoul", active)
            pair.mark("returned")
            report = pair.finish().between("heal", "returned")
        if report.valid:
            assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")


def _agent(lab: Lab) -> Running | None:
    return next((each for each in lab.machine.processes.observe() if each.name == "agent"), None)


def test_the_choice_outlives_the_agent_and_a_second_up(patient: Lab) -> None:
    active = patient.topology.connections["seoul"].active
    other = 3 - active
    reader = StatusReader(patient)
    with probe(patient) as pair:
        pair.wait_flowing(10.0)
        patient.prefer("seoul", other)
        wait_used(reader, both(other))
        earlier = _agent(patient)
        assert earlier is not None
        patient.machine.processes.kill(earlier, signal.SIGKILL)
        until(lambda: _agent(patient) not in {None, earlier})

        assert patient.up(_text(active, PATIENT)) == ()
        wait_used(reader, both(other), readings=LONG)


def test_a_tunnel_that_carries_nothing_is_not_preferred(patient: Lab) -> None:
    active = patient.topology.connections["seoul"].active
    other = 3 - active
    reader = StatusReader(patient)
    words = ("lab", "prefer", f"seoul/tunnel{active}", "--lab", patient.name)
    with probe(patient) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(active))
        patient.break_element(f"seoul/tunnel{active}", Fault.CUT, None)
        wait_used(reader, both(other))

        refused = samepath(*words)
        assert (refused.returncode, refused.stdout) == (3, "")
        assert f"seoul/tunnel{active} cannot carry traffic now" in refused.stderr

        patient.heal(None)
        wait_healthy(reader)
        wait_used(reader, both(other), readings=LONG)
        told = samepath(*words)
        assert told.stdout == f"seoul/tunnel{active} is the active tunnel now\n", said(told)
        wait_used(reader, both(active))
