"""Static routing: a route stands only while its tunnel can carry traffic, at each end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import both, probe, running, text_of, used, wait_used

from samepath.control.diagnosis import Layer
from samepath.drivers.strongswan import Charon
from samepath.lab.evidence import diagnose_all
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader

CONNECTION = (
    "{customer_gateway: dc, routing: static, probe_inside: true,"
    " tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}}"
)


@pytest.fixture(scope="module")
def one() -> Iterator[Lab]:
    with running("static", text_of(CONNECTION)) as lab:
        yield lab


@pytest.fixture
def lab(one: Lab) -> Iterator[Lab]:
    """The lab of all these tests; what one of them breaks is healed for the next."""
    yield one
    one.heal(None)


def installed(reader: StatusReader) -> bool:
    """Whether an end of tunnel 1 still has its CHILD_SA."""
    tunnel = reader.read().tunnels[0]
    return "INSTALLED" in {tunnel.gateway.child, tunnel.customer.child}


@pytest.mark.alone
@pytest.mark.parametrize(
    ("fault", "ike_lives"),
    [(Fault.CUT, False), (Fault.ESP, True)],
    ids=["with its IKE", "whose IKE lives"],
)
def test_both_directions_leave_a_dead_tunnel_and_return_without_a_loss(
    lab: Lab, fault: Fault, ike_lives: bool
) -> None:
    reader = StatusReader(lab)
    with probe(lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))

        lab.break_element("seoul/tunnel1", fault, None)
        wait_used(reader, both(2))
        if ike_lives:
            assert installed(reader)
        else:
            # The inside probe may have known of it before dead peer detection does.
            until(lambda: not installed(reader))
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


@pytest.mark.alone
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


def test_unasked_dead_esp_loses_everything_while_ike_lives_and_why_says_so() -> None:
    unasked = CONNECTION.replace("probe_inside: true", "probe_inside: false")
    with running("unasked", text_of(unasked)) as lab, probe(lab) as pair:
        reader = StatusReader(lab)
        pair.wait_flowing(10.0)
        wait_used(reader, both(1))

        lab.break_element("seoul/tunnel1", Fault.ESP, None)
        wait_used(reader, both())
        pair.mark("dead")
        # Ten seconds, far longer than dead peer detection takes here.
        wait_used(reader, both(), readings=40)
        tunnel = reader.read().tunnels[0]
        first, second = diagnose_all(lab, "seoul")
        pair.mark("noticed by nobody")
        assert (tunnel.gateway.child, tunnel.customer.child) == ("INSTALLED", "INSTALLED")
        assert (first.layer, second.layer) == (Layer.ESP, None)
        assert "no packet comes out of the tunnel" in first.what

        lab.heal(None)
        wait_used(reader, both(1))
        report = pair.finish().between("dead", "noticed by nobody")

    assert (report.a_to_b.received, report.b_to_a.received) == (0, 0)
    assert min(report.a_to_b.lost, report.b_to_a.lost) > 0
