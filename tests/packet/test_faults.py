"""Faults of a lab with packets under way: which tunnel they take, and which are lost.

The promises: while both hosts can be reached, both directions end on one tunnel; healed, both
return to the active one, and the return itself loses nothing.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import Ways, both, probe, running, text_of, used, wait_healthy, wait_used

from samepath.control.diagnosis import Layer
from samepath.control.ike_endpoint import USERSPACE_RECEIVE_BUFFER
from samepath.control.names import charon_of_endpoint, ike_name
from samepath.drivers.processes import Running as Process
from samepath.drivers.strongswan import Charon
from samepath.lab.evidence import diagnose_all
from samepath.lab.faults import Fault, daemons_of
from samepath.lab.lab import Lab
from samepath.lab.probe import PairReport
from samepath.lab.status import StatusReader

SHAPES = {
    "follow": "{customer_gateway: dc}",
    "pinned": "{customer_gateway: dc, mode: pinned, active: 2}",
}
EACH_SHAPE = pytest.mark.parametrize("it", ["follow", "pinned"], indirect=True)
"""For faults in which the two ends choose by different rules; the others are tested once."""
MEASURED_AGAIN = 2
"""How often a measurement that the machine has spoilt is repeated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A lab, and its tunnels' numbers."""

    lab: Lab
    reader: StatusReader
    active: int

    @property
    def standby(self) -> int:
        return 3 - self.active

    def element(self, rest: str) -> str:
        """An element of the active tunnel, or another one of the topology."""
        gateway = next(iter(self.lab.topology.gateways))
        return rest.format(t=f"seoul/tunnel{self.active}", gw=f"gw:{gateway}")


@pytest.fixture(scope="module")
def it(request: pytest.FixtureRequest) -> Iterator[Running]:
    shape = getattr(request, "param", "follow")
    with running(shape, text_of(SHAPES[shape])) as lab:
        (connection,) = lab.topology.connections.values()
        yield Running(lab=lab, reader=StatusReader(lab), active=connection.active)
        assert lab.faults() == ()
        assert lab.up(text_of(SHAPES[shape])) == ()


def _lost(report: PairReport) -> tuple[int, int]:
    return report.a_to_b.lost, report.b_to_a.lost


def _through(
    it: Running,
    element: str,
    fault: Fault | None,
    meanwhile: int,
    *,
    hold: bool = False,
    meanwhile_holds: Callable[[Running], None] = lambda _: None,
) -> tuple[PairReport, PairReport]:
    """Break, wait until packets take ``meanwhile``, heal, wait until all is well.

    Returns what was lost while it was broken, and from the healing on.
    """
    for _ in range(MEASURED_AGAIN + 1):
        with probe(it.lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(it.reader, both(it.active))
            pair.mark("broken")
            it.lab.break_element(it.element(element), fault, None, hold=hold)
            wait_used(it.reader, both(meanwhile))
            meanwhile_holds(it)
            pair.mark("healed")
            it.lab.heal(None)
            wait_used(it.reader, both(it.active))
            wait_healthy(it.reader)
            assert used(it.reader) == both(it.active)
            pair.mark("end")
            run = pair.finish()
        broken, healed = run.between("broken", "healed"), run.between("healed", "end")
        if broken.valid and healed.valid:
            return broken, healed
    pytest.fail("the machine has spoilt every measurement")


@pytest.mark.alone
@EACH_SHAPE
@pytest.mark.parametrize(
    ("element", "fault"),
    [
        ("{t}", Fault.CUT),
        ("{t}", Fault.CUT_IN),
        ("{t}", Fault.CUT_OUT),
        ("{t}/esp", Fault.ESP),
        ("{t}/endpoint", Fault.CUT),
    ],
)
def test_a_broken_tunnel_is_left_both_ways_and_returned_to_without_loss(
    it: Running, element: str, fault: Fault
) -> None:
    _, healed = _through(it, element, fault, it.standby)

    assert _lost(healed) == (0, 0)


@pytest.mark.alone
@pytest.mark.parametrize("end", ["endpoint", "customer"])
def test_a_charon_that_is_held_down_is_left_both_ways_and_returned_to_without_loss(
    it: Running, end: str
) -> None:
    _, healed = _through(it, f"{{t}}/{end}/charon", None, it.standby, hold=True)

    assert _lost(healed) == (0, 0)


@pytest.mark.alone
@EACH_SHAPE
def test_a_killed_gateway_router_loses_nothing_and_moves_nothing(it: Running) -> None:
    broken, healed = _through(it, "{gw}/router", None, it.active, hold=True)

    assert (_lost(broken), _lost(healed)) == ((0, 0), (0, 0))


@pytest.mark.alone
@EACH_SHAPE
def test_a_killed_speaker_loses_nothing(it: Running) -> None:
    broken, healed = _through(it, "{t}/endpoint/speaker", None, it.standby, hold=True)

    assert (_lost(broken), _lost(healed)) == ((0, 0), (0, 0))


def _process(it: Running, daemon: str) -> Process | None:
    return next((one for one in it.lab.machine.processes.observe() if one.name == daemon), None)


@pytest.mark.alone
@pytest.mark.parametrize(
    ("element", "lossless"),
    [
        ("{t}/endpoint/charon", False),
        ("{t}/customer/charon", False),
        ("cgw:dc/router", False),
        ("{t}/endpoint/speaker", True),
        ("{gw}/router", True),
    ],
)
def test_a_daemon_that_dies_is_started_again_by_the_agent_and_both_ways_are_back(
    it: Running, element: str, lossless: bool
) -> None:
    (daemon,) = daemons_of(it.element(element), it.lab.topology)
    for _ in range(MEASURED_AGAIN + 1):
        with probe(it.lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(it.reader, both(it.active))
            earlier = _process(it, daemon)
            assert earlier is not None
            pair.mark("killed")
            # Not by breaking it: whoever breaks something repairs it, too, without the agent.
            it.lab.machine.processes.kill(earlier, signal.SIGKILL)
            until(lambda: _process(it, daemon) not in {None, earlier})  # noqa: B023 - waited for now
            wait_healthy(it.reader)
            wait_used(it.reader, both(it.active), readings=8)
            wait_healthy(it.reader)
            pair.mark("end")
            report = pair.finish().between("killed", "end")
        if not lossless:
            return
        if report.valid:
            assert _lost(report) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")


def test_a_gateway_whose_charon_has_come_back_calls_once_itself(it: Running) -> None:
    name = ike_name("seoul", it.active)

    def callers() -> list[bool]:
        socket = it.lab.machine.socket(charon_of_endpoint("seoul", it.active), "vici")
        with Charon(socket) as charon:
            return [sa.initiator for sa in charon.sas() if sa.name == name and sa.children]

    it.lab.break_element(it.element("{t}/customer/charon"), None, None)
    until(lambda: callers() == [False])
    it.lab.break_element(it.element("{t}/endpoint/charon"), None, None)
    until(lambda: callers() == [True])
    wait_healthy(it.reader)


def _receive_buffers(lab: Lab) -> dict[str, set[int]]:
    """What each charon's UDP sockets may hold, as the kernel tells it."""
    found: dict[str, set[int]] = {}
    for process in lab.machine.processes.observe():
        if process.name.startswith("charon-") and process.namespace:
            command = ["ip", "netns", "exec", process.namespace, "ss", "-Huanm"]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found[process.name] = {int(size) for size in re.findall(r"\(r\d+,rb(\d+),", told)}
    return found


def test_a_charon_keeps_its_large_receive_buffer_also_when_it_has_been_started_anew(
    it: Running,
) -> None:
    expected = {charon: {2 * USERSPACE_RECEIVE_BUFFER} for charon in _receive_buffers(it.lab)}
    assert len(expected) == 4
    assert _receive_buffers(it.lab) == expected
    it.lab.break_element(it.element("{t}/endpoint/charon"), None, None)
    until(lambda: _receive_buffers(it.lab) == expected)
    wait_healthy(it.reader)


@pytest.mark.alone
@EACH_SHAPE
def test_a_gateway_router_that_is_killed_and_started_again_loses_nothing(it: Running) -> None:
    killed, _ = _through(it, "{gw}/router", None, it.active)

    assert _lost(killed) == (0, 0)


@pytest.mark.alone
@EACH_SHAPE
def test_without_bgp_a_tunnel_is_left_and_no_packet_lost_since_its_ipsec_lives(it: Running) -> None:
    broken, healed = _through(
        it, "{t}/bgp", None, it.standby, meanwhile_holds=_ipsec_lives_and_bgp_does_not
    )

    assert (_lost(broken), _lost(healed)) == ((0, 0), (0, 0))


@pytest.mark.alone
@EACH_SHAPE
def test_what_a_router_has_not_moved_yet_still_goes_through_the_tunnel_without_bgp(
    it: Running,
) -> None:
    """A dead router moves nothing at all: it stands for the moments in which a live one has not."""
    lasting: Ways = {"to-site": (it.active,), "to-vpc": (it.standby,)}
    for _ in range(MEASURED_AGAIN + 1):
        with probe(it.lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(it.reader, both(it.active))
            it.lab.break_element(it.element("{gw}/router"), None, None, hold=True)
            pair.mark("router is dead")
            it.lab.break_element(it.element("{t}/bgp"), None, None)
            wait_used(it.reader, lasting)
            assert used(it.reader) == lasting
            pair.mark("both are broken")
            it.lab.heal(None)
            wait_used(it.reader, both(it.active))
            wait_healthy(it.reader)
            report = pair.finish().between("router is dead", "both are broken")
        if report.valid:
            assert _lost(report) == (0, 0)
            return
    pytest.fail("the machine has spoilt every measurement")


def _ipsec_lives_and_bgp_does_not(it: Running) -> None:
    tunnel = it.reader.read().tunnels[it.active - 1]
    assert (tunnel.gateway.child, tunnel.customer.child) == ("INSTALLED", "INSTALLED")
    assert tunnel.gateway.session is not None
    assert tunnel.gateway.session.state != "Established"
    (found,) = diagnose_all(it.lab, it.element("{t}"))
    assert found.layer is Layer.BGP


def test_a_flapping_path_is_left_and_taken_again_both_ways(it: Running) -> None:
    with probe(it.lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(it.reader, both(it.active))
        it.lab.break_element(it.element("{t}"), Fault.FLAP, 10)
        for tunnel in (it.standby, it.active, it.standby):
            wait_used(it.reader, both(tunnel))
        it.lab.heal(None)
        wait_used(it.reader, both(it.active))
        wait_healthy(it.reader)


@pytest.mark.parametrize("element", ["cgw:dc", "cgw:dc/lan"])
def test_what_both_tunnels_need_is_an_outage_that_ends_by_itself(it: Running, element: str) -> None:
    # On a lost LAN leg packets still come out of the tunnel towards the site, and no further.
    towards_site = (it.active,) if element.endswith("/lan") else ()
    with probe(it.lab) as pair:
        pair.wait_flowing(10.0)
        wait_used(it.reader, both(it.active))
        it.lab.break_element(element, None, None)
        wait_used(it.reader, {"to-site": towards_site, "to-vpc": ()})
        it.lab.heal(None)
        wait_used(it.reader, both(it.active))
        wait_healthy(it.reader)


@pytest.mark.alone
def test_a_lossy_path_keeps_both_ways_and_nothing_calls_it_dead(it: Running) -> None:
    for _ in range(MEASURED_AGAIN + 1):
        with probe(it.lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(it.reader, both(it.active))
            pair.mark("lossy")
            it.lab.break_element(it.element("{t}"), Fault.LOSS, 2)
            wait_used(it.reader, both(it.active), readings=16)
            status = it.reader.read()
            found = diagnose_all(it.lab, it.element("{t}"))
            pair.mark("healed")
            it.lab.heal(None)
            report = pair.finish().between("lossy", "healed")
        wait_healthy(it.reader)
        assert status.ready
        assert status.faults == (f"{it.element('{t}')} loss 2 %",)
        assert {way.routed for way in status.directions} == {("seoul", it.active)}
        assert [one.layer for one in found] == [Layer.LOSS]
        assert "the outside path loses them" in found[0].what
        if report.valid:
            for way in (report.a_to_b, report.b_to_a):
                assert 0 < way.lost < 0.075 * way.sent
            return
    pytest.fail("the machine has spoilt every measurement")
