"""Manual preemption: after a failover the traffic stays until somebody says otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

TEXT = text_of("{customer_gateway: dc, preemption: manual}")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("test-manual", TEXT) as lab:
        yield lab


def test_traffic_stays_on_the_tunnel_that_took_over_until_it_is_told_to_return(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))
        lab.break_element("seoul/tunnel1", Fault.CUT, None)
        wait_used(reader, both(2))

        pair.mark("heal")
        lab.heal(None)
        wait_healthy(reader)
        wait_used(reader, both(2), readings=8)
        assert [tunnel.active for tunnel in reader.read().tunnels] == [False, True]

        assert lab.prefer("seoul", 1)
        wait_used(reader, both(1))
        assert not lab.prefer("seoul", 1)
        pair.mark("returned")
        report = pair.finish().between("heal", "returned")

    assert report.valid
    assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)


def test_the_choice_outlives_the_agent_and_a_second_up(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        lab.prefer("seoul", 2)
        wait_used(reader, both(2))
        lab.machine.kill(["agent"])

        lab.up(TEXT)
        wait_used(reader, both(2), readings=8)
