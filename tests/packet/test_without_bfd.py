"""A lab whose ends speak BGP without BFD: what ends a session is its hold time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from tests.packet.labs import both, last_packet, probe, running, text_of, wait_used

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

MEASURED_AGAIN = 2
GRACE = 1.0
"""Seconds over the hold time in which traffic is on the other tunnel."""
HICCUP = 0.2
"""Seconds for which packets may be lost as routes change; IPsec lives, so they pass until then."""
LONG = 8
"""Readings of a quarter of a second: traffic that did not stay would have moved by then."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("no-bfd", text_of("{customer_gateway: dc, bgp: {bfd: false}}")) as lab:
        yield lab


def test_its_status_tells_of_no_bfd(lab: Lab) -> None:
    status = StatusReader(lab).read()

    assert status.ready, status
    ends = [end for tunnel in status.tunnels for end in (tunnel.gateway, tunnel.customer)]
    assert [end.session and end.session.bfd for end in ends] == [None] * 4


@pytest.mark.alone
def test_without_bgp_a_tunnel_is_left_within_the_hold_time_and_traffic_goes_on_meanwhile(
    lab: Lab,
) -> None:
    hold = lab.topology.connections["seoul"].bgp.hold.total_seconds()
    reader = StatusReader(lab)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(1))
            pair.mark("broken")
            lab.break_element("seoul/tunnel1", Fault.BGP, None)
            broken = time.monotonic()
            seconds = last_packet(reader, tunnel=1) - broken
            wait_used(reader, both(2), readings=LONG)
            tunnel = reader.read().tunnels[0]
            pair.mark("moved")
            lab.heal(None)
            wait_used(reader, both(1))
            report = pair.finish().between("broken", "moved")
        assert (tunnel.gateway.child, tunnel.customer.child) == ("INSTALLED", "INSTALLED")
        assert seconds > 0
        if report.valid:
            assert seconds < hold + GRACE
            for way in (report.a_to_b, report.b_to_a):
                assert way.longest_gap < HICCUP
            return
    pytest.fail("the machine has spoilt every measurement")
