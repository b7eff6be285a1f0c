"""A customer gateway that is two machines: one dies, and the other carries on, by packets.

How long a takeover takes is not tested here but for a generous bound: see ``benchmarks``.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import said, samepath
from tests.packet.labs import WITHIN, probe, running, wait_healthy
from tests.packet.leftovers import snapshot

from samepath.control.names import conntrackd_of_customer, starter_of_customer
from samepath.lab.clusters import ClusterStatus
from samepath.lab.events import read_logs
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import Answer, Flow, FlowPair
from samepath.lab.status import StatusReader
from samepath.model.elements import parse as element
from samepath.routing.evaluator import analyse
from samepath.routing.fate import Transition
from samepath.routing.states import Condition, FailureState

EXAMPLE = Path(__file__).parents[2] / "examples" / "clustered-customer-gateway.yaml"
SHARED = "cluster: {state_sync: true}"
LONGEST = 10.0
"""Seconds that no gap of a takeover reaches, on however slow a machine; it takes some 1.5 s."""
FLOWS = (Flow("a", "tcp", "kept"), Flow("b", "tcp", "kept"))


@contextmanager
def lab_of(name: str, *, shared: bool = True) -> Iterator[tuple[Lab, StatusReader]]:
    """A lab of the example, whose machines share their sessions or do not, with the first active."""
    text = EXAMPLE.read_text()
    assert SHARED in text
    with running(name, text if shared else text.replace(SHARED, "cluster: {}")) as lab:
        reader = StatusReader(lab)
        until(lambda: seated(reader), WITHIN)
        yield lab, reader


def seated(reader: StatusReader) -> bool:
    """Whether the first machine is the only active one; else it is given another chance."""
    if (acts(reader).used, acts(reader).holders) == (1, (1,)):
        wait_healthy(reader)
        return True
    reader.lab.seat_usual_masters()
    time.sleep(1.0)  # noqa: TID251 - a silent machine is missed after 0.4 s
    return False


def acts(reader: StatusReader) -> ClusterStatus:
    (found,) = reader.clusters()
    return found


def wait_taken_over(reader: StatusReader, member: int) -> None:
    until(lambda: acts(reader).used == member and reader.read().ready, WITHIN)


def predicted(lab: Lab) -> Transition | None:
    """What becomes of a flow that is open when the active machine dies."""
    state = FailureState(conditions=((element("cgw:dc/member1"), Condition.DOWN),))
    (found,) = analyse(lab.topology, [state])
    (outcome,) = found.outcomes
    return outcome.result.transition


@pytest.mark.parametrize("shared", [True, False], ids=["shared", "apart"])
def test_a_dead_machine_is_taken_over_and_open_connections_fare_as_predicted(
    *, shared: bool
) -> None:
    with lab_of(f"cluster-{'s' if shared else 'a'}", shared=shared) as (lab, reader):
        with FlowPair(a=lab.host("app"), b=lab.host("desk")) as flows, probe(lab) as pair:
            pair.wait_flowing(10.0)
            opened = flows.open(FLOWS, 5.0)
            assert set(opened.values()) == {Answer.ANSWERED}
            pair.mark("act")
            lab.break_element("cgw:dc/member1", Fault.CUT, None)
            wait_taken_over(reader, 2)
            answers = flows.ask(FLOWS, 16, 5.0)
            report = pair.finish().between("act", "finish")
        told = f"gaps to the site and to the VPC: {report.a_to_b} {report.b_to_a}"
        assert report.a_to_b.received, told
        assert report.b_to_a.received, told
        assert max(report.a_to_b.longest_gap, report.b_to_a.longest_gap) < LONGEST, told
        goes_on = predicted(lab) is Transition.SURVIVES
        assert goes_on == shared
        assert set(answers.values()) == {Answer.ANSWERED if goes_on else Answer.SILENT}


def test_a_machine_that_is_back_stands_by_and_takes_over_when_its_turn_comes() -> None:
    with lab_of("cluster-back") as (lab, reader):
        lab.break_element("cgw:dc/member1", Fault.CUT, None)
        wait_taken_over(reader, 2)
        shown = samepath("lab", "status", "--lab", lab.name)
        assert "cgw:dc: member2 acts; member1 holds its address, too, and is cut off" in said(shown)
        why = samepath("lab", "why", "cgw:dc/member1", "--lab", lab.name)
        assert why.returncode == 1
        assert "it takes itself for the active machine, and the other one acts" in said(why)
        assert "samepath lab heal cgw:dc/member1" in said(why)
        lab.heal(None)
        until(lambda: acts(reader).holders == (2,), WITHIN)
        well = samepath("lab", "why", "cgw:dc/member1", "--lab", lab.name)
        assert "cgw:dc/member1: it works (it stands by, cgw:dc/member2 acts)" in said(well)
        for _ in range(10):
            assert (acts(reader).used, acts(reader).holders) == (2, (2,))
            time.sleep(0.1)  # noqa: TID251 - nothing is to happen

        lab.break_element("cgw:dc/member2", Fault.CUT, None)
        wait_taken_over(reader, 1)
        events = [
            one.text
            for one in read_logs(lab.home.path / "log", lab.topology)
            if one.element == "cgw:dc/member1"
        ]
        assert events[-1] == "dc: now master"


def test_its_daemons_are_there_again_when_they_were_killed_and_nothing_moves() -> None:
    with lab_of("cluster-killed") as (lab, reader):
        names = [of("dc", 1) for of in (conntrackd_of_customer, starter_of_customer)]
        before = {one.name: one.pid for one in lab.machine.processes.observe()}
        lab.machine.kill(names)

        def again() -> bool:
            there = {one.name: one.pid for one in lab.machine.processes.observe()}
            return all(there.get(name) not in {None, before[name]} for name in names)

        until(again, WITHIN)
        time.sleep(1.0)  # noqa: TID251 - a daemon that cannot start would have ended by now
        assert again()
        assert (acts(reader).used, acts(reader).holders) == (1, (1,))
        wait_healthy(reader)


def test_nothing_is_left_of_a_cluster() -> None:
    before = snapshot()
    with lab_of("cluster-down"):
        pass
    assert before == snapshot()
