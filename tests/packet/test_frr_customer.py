"""A customer gateway that is a real FRR: both directions move together, and it is kept running."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.drivers.daemons.test_frr import OUTSIDE, files
from tests.drivers.daemons.worlds import until
from tests.packet.labs import WITHIN, both, probe, running, wait_healthy, wait_used
from tests.packet.leftovers import snapshot

from samepath.control.diagnosis import Layer
from samepath.control.names import frr_daemon, frr_of_customer
from samepath.lab.events import Kind, read_logs
from samepath.lab.evidence import diagnose_all, diagnose_parts
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import EndStatus, StatusReader
from samepath.node.speakers import customer_speaker

EXAMPLE = Path(__file__).parents[2] / "examples" / "frr-customer.yaml"
FRR = frr_of_customer("dc")
SITE = IPv4Address("192.168.10.1")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab that is up, taken down after the module; what it left is compared."""
    before, outside = snapshot(), files(*OUTSIDE)
    with running("frr", EXAMPLE.read_text()) as lab:
        yield lab
    assert snapshot() == before
    assert files(*OUTSIDE) == outside


@pytest.fixture(autouse=True)
def _whole(lab: Lab) -> Iterator[None]:
    """Each test begins and ends with both tunnels up and the traffic on tunnel 1."""
    yield
    lab.heal(None)
    lab.prefer("seoul", 1)
    reader = StatusReader(lab)
    wait_healthy(reader)
    wait_routed(reader, 1)


def wait_routed(reader: StatusReader, tunnel: int) -> None:
    """Wait until the next packets of both directions take this tunnel."""
    way = {("seoul", tunnel)}
    until(lambda: {each.routed for each in reader.directions(["seoul"])} == way, WITHIN)


def since(lab: Lab) -> dict[str, float | None]:
    """When each of its sessions was established, as the FRR tells."""
    sessions = customer_speaker(lab.machine, lab.topology, "dc").sessions()
    return {name: session.since for name, session in sessions.items()}


def pid(lab: Lab, program: str) -> int | None:
    """The process id of one of its daemons."""
    found = (each for each in lab.machine.processes.observe() if not each.zombie)
    return next((each.pid for each in found if each.name == frr_daemon(FRR, program)), None)


def ends(lab: Lab) -> list[EndStatus]:
    """Both ends of tunnel 1, then those of tunnel 2."""
    seoul, reader = lab.topology.connections["seoul"], StatusReader(lab)
    tunnels = [reader.tunnel(seoul, each) for each in seoul.tunnels]
    return [end for tunnel in tunnels for end in (tunnel.gateway, tunnel.customer)]


def test_both_tunnels_are_up_with_bgp_and_bfd_at_both_ends(lab: Lab) -> None:
    until(lambda: all(end.session and end.session.bfd == "Up" for end in ends(lab)), WITHIN)

    assert [end.session.state for end in ends(lab) if end.session] == ["Established"] * 4
    assert [end.session.routes for end in ends(lab) if end.session] == [1] * 4
    assert all(pid(lab, program) for program in ("zebra", "bgpd", "bfdd"))
    assert pid(lab, "staticd") is None
    assert [found.layer for found in (*diagnose_all(lab), *diagnose_parts(lab))] == [None, None]


def test_a_second_up_has_nothing_to_do(lab: Lab) -> None:
    assert lab.up(EXAMPLE.read_text()) == ()


def test_both_directions_leave_a_cut_tunnel_and_return(lab: Lab) -> None:
    reader = StatusReader(lab)
    with probe(lab) as packets:
        wait_used(reader, both(1))
        lab.break_element("seoul/tunnel1", Fault.CUT, None)
        wait_used(reader, both(2))
        lab.heal(None)
        wait_used(reader, both(1))
        packets.finish()


def test_preferring_the_other_tunnel_moves_both_directions_and_ends_no_session(lab: Lab) -> None:
    reader, before = StatusReader(lab), since(lab)
    assert None not in before.values()
    with probe(lab) as packets:
        wait_used(reader, both(1))
        assert lab.prefer("seoul", 2)
        wait_used(reader, both(2))
        packets.finish()

    assert since(lab) == before


def test_a_session_without_routes_stands(lab: Lab) -> None:
    reader, before = StatusReader(lab), since(lab)
    lab.break_element("seoul/tunnel1/bgp", Fault.NO_ROUTES, None)
    wait_routed(reader, 2)

    assert since(lab) == before
    assert all(end.session and end.session.routes == 0 for end in ends(lab)[:2])
    # An announcement may have been on its way still, and is refused.
    until(lambda: [one.layer for one in diagnose_all(lab, "seoul/tunnel1")] == [Layer.ROUTES])


@pytest.mark.parametrize("program", ["bgpd", "zebra", "bfdd"])
def test_a_killed_daemon_is_mended(lab: Lab, program: str) -> None:
    first = pid(lab, program)
    lab.machine.kill([frr_daemon(FRR, program)])
    until(lambda: pid(lab, program) not in {None, first}, WITHIN)

    reader = StatusReader(lab)
    wait_healthy(reader)
    wait_routed(reader, 1)
    with probe(lab) as packets:
        wait_used(reader, both(1))
        packets.finish()


def test_a_router_that_is_held_down_is_named(lab: Lab) -> None:
    lab.break_element("cgw:dc/router", None, None, hold=True)
    assert [pid(lab, program) for program in ("zebra", "bgpd", "bfdd")] == [None] * 3

    (found,) = diagnose_parts(lab)
    assert (found.element, found.layer) == ("cgw:dc/router", Layer.SPEAKER)
    assert found.evidence.startswith("no FRR answers at ")


def test_without_a_lan_it_withdraws_the_site(lab: Lab) -> None:
    gateway, kernel = lab.names.gateway("vgw"), lab.machine.kernel
    assert kernel.lookup(gateway, SITE) is not None
    lab.break_element("cgw:dc/lan", Fault.UNPLUG, None)
    until(lambda: kernel.lookup(gateway, SITE) is None, WITHIN)

    lab.heal(None)
    until(lambda: kernel.lookup(gateway, SITE) is not None, WITHIN)


def test_events_tell_of_its_sessions(lab: Lab) -> None:
    """Of those of the tests before, or of the lab's own beginning."""
    mine = [
        event
        for event in read_logs(lab.home.path / "log", lab.topology)
        if event.element == "cgw:dc/router"
    ]

    assert {event.kind for event in mine} >= {Kind.BGP, Kind.BFD}
