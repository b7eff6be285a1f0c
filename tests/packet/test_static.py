"""Static routing: a route stands only while its tunnel can carry traffic, at each end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.packet.labs import both, probe, running, text_of, used, wait_used

from samepath.drivers.strongswan import Charon
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

CONNECTION = (
    "{customer_gateway: dc, routing: static, probe_inside: true,"
    " tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}}"
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("test-static", text_of(CONNECTION)) as lab:
        yield lab


@pytest.mark.parametrize(
    "fault", [Fault.CUT, Fault.ESP], ids=["by dead peer detection", "by the inside probe"]
)
def test_both_directions_leave_a_dead_tunnel_and_return_without_a_loss(
    lab: Lab, fault: Fault
) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))

        lab.break_element("seoul/tunnel1", fault, None)
        wait_used(reader, both(2))

        pair.mark("heal")
        lab.heal(None)
        wait_used(reader, both(1))
        pair.mark("healed")
        report = pair.finish().between("heal", "healed")

    assert report.valid
    assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)


def test_a_killed_agent_changes_nothing_and_the_next_one_goes_on(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))
        lab.machine.kill(["agent"])
        assert used(reader) == both(1)

        lab.break_element("seoul/tunnel1", Fault.CUT, None)
        wait_used(reader, both(2))
        lab.heal(None)
        wait_used(reader, both(1))


def test_rekeying_withdraws_no_route(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))
        pair.mark("rekey")
        for daemon in ("charon-cgw-seoul-1", "charon-ep-seoul-1"):
            with Charon(lab.machine.socket(daemon, "vici")) as charon:
                assert charon.rekey(child="seoul-1")
            wait_used(reader, both(1), readings=6)
        pair.mark("rekeyed")
        report = pair.finish().between("rekey", "rekeyed")

    assert report.valid
    assert (report.a_to_b.lost, report.b_to_a.lost) == (0, 0)
