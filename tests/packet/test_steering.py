"""The gateway alone steers, and both directions follow: the customer mirrors what it chooses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.packet.labs import both, probe, running, text_of, wait_healthy, wait_used

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

STEERED = "{customer_gateway: dc, tunnels: [{}, {policy: {gateway: {export: [{set: {med: 50}}]}}}]}"
LONG = 16
"""Readings of a quarter of a second: twice as long as the agent waits between two looks."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("steer", text_of(STEERED)) as lab:
        yield lab


def test_both_directions_take_the_tunnel_on_which_the_gateway_announces_the_lower_med(
    lab: Lab,
) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(2), readings=LONG)


def test_a_failover_moves_both_away_and_both_return(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(2))
        lab.break_element("seoul/tunnel2", Fault.CUT, None)
        wait_used(reader, both(1), readings=LONG)
        lab.heal(None)
        wait_healthy(reader)
        wait_used(reader, both(2), readings=LONG)
