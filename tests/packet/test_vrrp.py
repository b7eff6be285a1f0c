"""VRRP between the customer gateways of a site: who is sent to, by packets, as it was predicted.

How long a gap may be is not tested here but for a generous bound: see ``benchmarks``.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import said, samepath
from tests.packet.labs import WITHIN, probe, running, wait_healthy
from tests.packet.leftovers import snapshot

from samepath.control.names import keepalived_of_customer, tracker_of_customer
from samepath.drivers.processes import Running
from samepath.lab.events import AGENT, read_logs
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import MasterStatus, StatusReader
from samepath.linux.objects import Ruleset
from samepath.model.elements import parse as element
from samepath.routing.compile import tunnel_of
from samepath.routing.evaluator import analyse
from samepath.routing.states import Condition, FailureState

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-customer-gateways-vrrp.yaml"
LONGEST = 5.0
"""Seconds that no gap of a takeover reaches, on however slow a machine; it takes some 0.4 s."""


def text(vrrp: str = "tracks: tunnels") -> str:
    whole = EXAMPLE.read_text()
    assert "vrrp: {tracks: tunnels}" in whole
    return whole.replace("vrrp: {tracks: tunnels}", f"vrrp: {{{vrrp}}}")


BIRDS, FRRS = "asn: 65000}", "asn: 65000, platform: frr, requires_policy: false}"
STATIC = "routing: static, probe_inside: true, tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}"


def of_frrs(routing: str) -> str:
    """The example with FRRs, by BGP or without their policies by static routes."""
    whole = text()
    assert whole.count(BIRDS) == 2
    whole = whole.replace(BIRDS, FRRS)
    if routing == "bgp":
        return whole
    head, _, _ = whole.partition("connections:")
    names = (("first", "fw1"), ("second", "fw2"))
    lines = [f"  {name}: {{customer_gateway: {device}, {STATIC}}}" for name, device in names]
    return "\n".join([head.replace("    ibgp: true\n", "") + "connections:", *lines, ""])


@contextmanager
def lab_of(
    name: str, vrrp: str = "tracks: tunnels", whole: str | None = None
) -> Iterator[tuple[Lab, StatusReader]]:
    """A lab of the example with this VRRP, with the first customer gateway as master."""
    with running(name, whole or text(vrrp)) as lab:
        reader = StatusReader(lab)
        # Without preemption it is who was there first.
        until(lambda: seated(reader), WITHIN)
        yield lab, reader


def seated(reader: StatusReader) -> bool:
    """Whether the first is the only master; else it is given another chance."""
    now = master(reader)
    if (now.used, now.holders) == ("fw1", ("fw1",)):
        return True
    reader.lab.seat_usual_masters()
    time.sleep(1.0)  # noqa: TID251 - a master is missed after 0.4 s
    return False


def master(reader: StatusReader) -> MasterStatus:
    (found,) = reader.masters(reader.lab.topology.sites.values())
    return found


def wait_master(reader: StatusReader, name: str) -> None:
    """Wait until the site's hosts send to this customer gateway, which holds the address."""

    def so() -> bool:
        now = master(reader)
        return now.used == name and name in now.holders

    until(so, WITHIN)


def routed(reader: StatusReader) -> dict[str, str | None]:
    """The tunnel of each direction, by where it leads."""
    return {
        way.destination: way.routed and "{}/tunnel{}".format(*way.routed)
        for way in reader.directions(reader.lab.topology.connections)
    }


def predicted(lab: Lab, *down: str) -> dict[str, str | None]:
    state = FailureState(conditions=tuple((element(name), Condition.DOWN) for name in down))
    (found,) = analyse(lab.topology, [state])
    (outcome,) = found.outcomes
    to_site, to_vpc = outcome.result.ways.tunnels
    return {
        "office": to_site and tunnel_of(to_site),
        "cloud": to_vpc and tunnel_of(to_vpc),
    }


def wait_as_predicted(lab: Lab, reader: StatusReader, *down: str) -> None:
    """Where nothing arrives, it is not asked where it leads."""
    expected = {to: tunnel for to, tunnel in predicted(lab, *down).items() if tunnel is not None}
    until(lambda: expected.items() <= routed(reader).items(), WITHIN)


def gaps(
    lab: Lab, act: Callable[[], None], settled: Callable[[], None], *, flowing: bool = True
) -> tuple[float, float]:
    """The longest gap of numbered packets to the site and to the VPC, in seconds.

    ``flowing`` says that packets arrive both ways before anything happens.
    """
    with probe(lab) as pair:
        if flowing:
            pair.wait_flowing(10.0)
        pair.mark("act")
        act()
        settled()
        time.sleep(0.5)  # noqa: TID251 - packets are to flow behind the last one that was lost
        report = pair.finish().between("act", "finish")
    assert report.a_to_b.received, "nothing arrived at the site"
    assert report.b_to_a.received, "nothing arrived at the VPC"
    return report.a_to_b.longest_gap, report.b_to_a.longest_gap


@pytest.mark.parametrize("gone", ["cgw:fw1", "cgw:fw1/lan"])
def test_a_master_that_has_gone_silently_is_replaced_and_takes_the_address_back(
    gone: str,
) -> None:
    with lab_of("vrrp-gone") as (lab, reader):
        assert routed(reader) == predicted(lab)

        def settled() -> None:
            wait_master(reader, "fw2")
            wait_as_predicted(lab, reader, gone)

        to_site, to_vpc = gaps(lab, lambda: _break(lab, gone), settled)
        # One that is cut off from the LAN goes on announcing it: what comes for it is lost.
        told = f"longest gaps to the site and to the VPC: {to_site}, {to_vpc} s"
        assert to_vpc < LONGEST, told
        reaches_site = gone != "cgw:fw1/lan"
        assert not reaches_site or to_site < LONGEST, told

        def back() -> None:
            wait_master(reader, "fw1")
            wait_as_predicted(lab, reader)

        to_site, to_vpc = gaps(lab, lambda: _heal(lab), back, flowing=reaches_site)
        told = f"longest gaps to the site and to the VPC: {to_site}, {to_vpc} s"
        assert to_vpc < LONGEST, told
        assert not reaches_site or to_site < LONGEST, told
        assert master(reader).holders == ("fw1",)


def test_nothing_is_left_of_a_lab_with_vrrp() -> None:
    before = snapshot()
    with lab_of("vrrp-down") as (lab, _):
        lab.machine.kill([keepalived_of_customer("fw2")])
    assert before == snapshot()
    assert not Path("/run/keepalived").exists()


def _break(lab: Lab, *names: str) -> None:
    for name in names:
        lab.break_element(name, Fault.CUT, None)


def _heal(lab: Lab) -> None:
    lab.heal(None)


def test_a_device_without_tunnels_gives_the_address_up_and_takes_it_back_with_its_bgp() -> None:
    """Also while nothing of samepath's lives but what was told to watch."""
    with lab_of("vrrp-tracks") as (lab, reader):
        stop_keepers(lab)
        rules = cut_by_hand(lab, "fw1")
        wait_master(reader, "fw2")
        until(lambda: master(reader).holders == ("fw2",), WITHIN)
        wait_as_predicted(lab, reader, "cgw:fw1/path")

        lab.machine.kernel.delete(rules)
        wait_master(reader, "fw1")
        lab.converge()  # Starts the supervisor and the agent again.

        told = [
            (one.kind.value, one.text)
            for one in read_logs(lab.home.path / "log", lab.topology)
            if one.element in {"cgw:fw1/lan", "cgw:fw1/router"}
        ]
        fault = len(told) - 1 - told[::-1].index(("VRRP", "office: now fault"))
        later = told[fault:]
        back = later.index(("VRRP", "office: now master"))
        assert any("BGP session established" in what for _, what in later[:back]), later


def test_a_device_whose_cable_is_back_takes_the_address_again() -> None:
    with lab_of("vrrp-unplugged") as (lab, reader):
        lab.break_element("cgw:fw1/lan", Fault.UNPLUG, None)
        wait_master(reader, "fw2")
        lab.heal(None)
        wait_master(reader, "fw1")
        until(lambda: master(reader).holders == ("fw1",), WITHIN)


@pytest.mark.parametrize("routing", ["bgp", "static"])
def test_an_frr_without_tunnels_gives_the_address_up_and_takes_it_back(routing: str) -> None:
    with lab_of(f"vrrp-frr-{routing}", whole=of_frrs(routing)) as (lab, reader):
        if routing == "bgp":  # Static routes are withdrawn by the agent.
            stop_keepers(lab)
        rules = cut_by_hand(lab, "fw1")
        wait_master(reader, "fw2")
        until(lambda: master(reader).holders == ("fw2",), WITHIN)

        lab.machine.kernel.delete(rules)
        wait_master(reader, "fw1")
        until(lambda: master(reader).holders == ("fw1",), WITHIN)
        lab.converge()  # Starts the supervisor and the agent again.


def stop_keepers(lab: Lab) -> None:
    """End the agent and the supervisor so that neither brings the other back."""
    processes = {one.name: one for one in lab.machine.processes.observe()}
    lab.machine.processes.kill(processes[AGENT], signal.SIGSTOP)
    for name in ("supervisor", AGENT):
        lab.machine.processes.kill(processes[name], signal.SIGKILL)


CUT = "chain cut {\ntype filter hook prerouting priority raw; policy drop;\n}"


def cut_by_hand(lab: Lab, customer: str) -> Ruleset:
    """Let every packet that comes to a customer gateway's outside vanish; no agent puts it right."""
    rules = Ruleset(namespace=lab.names.customer_edge(customer), table="by_hand", text=CUT)
    lab.machine.kernel.create(rules)
    return rules


@pytest.mark.parametrize("gone", ["cgw:fw1", "cgw:fw1/lan", "cgw:fw1/path"])
@pytest.mark.parametrize("tracks", ["tunnels", "nothing"])
def test_without_preemption_the_master_stays_when_the_other_is_back(tracks: str, gone: str) -> None:
    with lab_of("vrrp-stays", f"tracks: {tracks}, preempt: false") as (lab, reader), probe(lab):
        _break(lab, *(("first",) if gone == "cgw:fw1/path" else (gone,)))
        if (tracks, gone) == ("nothing", "cgw:fw1/path"):
            wait_as_predicted(lab, reader, gone)
            assert master(reader).holders == ("fw1",), "it does not look at its tunnels"
            return
        wait_master(reader, "fw2")
        wait_as_predicted(lab, reader, gone)
        lab.heal(None)
        wait_healthy(reader)
        for _ in range(10):
            assert master(reader).holders == ("fw2",)
            time.sleep(0.1)  # noqa: TID251 - nothing is to happen

        until(lambda: seated(reader), WITHIN)


def test_a_killed_keepalived_or_tracker_is_there_again_and_leaves_one_master() -> None:
    with lab_of("vrrp-killed") as (lab, reader):
        for name in (keepalived_of_customer("fw1"), tracker_of_customer("fw1")):
            (killed,) = (one for one in lab.machine.processes.observe() if one.name == name)
            lab.machine.kill([name])

            def again(name: str = name, killed: Running = killed) -> bool:
                there = [one for one in lab.machine.processes.observe() if one.name == name]
                return bool(there) and there != [killed]

            until(again, WITHIN)
            wait_master(reader, "fw1")
            until(lambda: master(reader).holders == ("fw1",), WITHIN)
            assert routed(reader) == predicted(lab)


def test_what_is_wrong_with_vrrp_is_told_and_who_is_master_is_shown() -> None:
    with lab_of("vrrp-told") as (lab, reader), probe(lab):
        shown = samepath("lab", "status", "--lab", lab.name)
        assert "site:office: fw1 holds 192.168.10.3 (VRRP)" in said(shown)
        well = samepath("lab", "why", "cgw:fw1/lan", "--lab", lab.name)
        assert (well.returncode, "fw1 is its VRRP's master" in said(well)) == (0, True), said(well)

        _break(lab, "cgw:fw1/lan")
        wait_master(reader, "fw2")
        two = samepath("lab", "why", "cgw:fw2/lan", "--lab", lab.name)
        assert two.returncode == 1
        assert "fw1 and fw2 hold the address of the hosts' router in office at once" in said(two)
        events = samepath("lab", "events", "cgw:fw2/lan", "--lab", lab.name)
        assert "office: now master" in said(events)
