"""Open sessions when their route moves: they stay on their tunnel, or end, as the file says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import SAMEPATH
from tests.packet.labs import WITHIN, both, probe, running, wait_used
from tests.packet.own import own

from samepath.control.firewall import Drop
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import Answer, Flow, FlowPair, transfer
from samepath.lab.probe.flows import PORT, opening
from samepath.lab.status import StatusReader
from samepath.model.document import parse
from samepath.routing.fate import Initiator
from samepath.routing.states import single_states

TEXT = """\
samepath: 1
name: established
vpcs: {{cloud: {{cidr: 10.0.0.0/16, hosts: {{app: 10.0.0.10}}}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, firewall: {{{firewall}}}}}}}
sites: {{office: {{networks: [192.168.10.0/24], hosts: {{desk: 192.168.10.10}}}}}}
connections: {{seoul: {{{connection}}}}}
"""
BGP = "mode: follow"
STATIC = "routing: static, tunnel_defaults: {dpd: {delay: 1s, timeout: 4s}}"
PROBED = f"{STATIC}, probe_inside: true"
SLOW = "routing: static"
"""Each end notices by itself, and dead peer detection takes AWS's forty seconds."""
ENDS: tuple[Literal["a", "b"], ...] = ("a", "b")
KINDS: tuple[Literal["tcp", "udp"], ...] = ("tcp", "udp")
WAIT = 1.5
"""Seconds for a connection of one byte: what is lost never opens."""


def text_of(connection: str, binding: str, established: str) -> str:
    firewall = f"binding: {binding}, established: {established}"
    return TEXT.format(connection=connection, firewall=firewall)


def opens(lab: Lab, initiator: Initiator) -> bool:
    """Whether a TCP connection of one byte opens, carries it and closes."""
    vpc, site = lab.host("app"), lab.host("desk")
    here, there = (vpc, site) if initiator is Initiator.VPC else (site, vpc)
    return transfer(source=here, destination=there, size=1, timeout=WAIT).complete


def wait_routed(reader: StatusReader, tunnel: int) -> None:
    """Wait until the next packets of both directions take this tunnel."""
    way = {("seoul", tunnel)}
    until(lambda: {each.routed for each in reader.directions(["seoul"])} == way, WITHIN)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("connection", "binding", "established"),
    [(BGP, "interface", "cut"), (PROBED, "device", "stays")],
    ids=["cut", "stays"],
)
def test_every_state_is_as_predicted(
    tmp_path: Path, connection: str, binding: str, established: str
) -> None:
    file = tmp_path / "established.yaml"
    file.write_text(text_of(connection, binding, established))
    done = subprocess.run(
        [SAMEPATH, "drill", str(file), "--name", own("established"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode in {0, 1}, done.stderr
    told = json.loads(done.stdout)
    assert {row["state"]: row["differences"] for row in told["states"] if row["differences"]} == {}
    states = single_states(parse(file.read_text()).topology)
    assert {row["state"] for row in told["states"]} == {state.name for state in states}


def test_an_open_session_stays_on_its_tunnel_until_that_has_no_route() -> None:
    with running("stays", text_of(PROBED, "device", "stays")) as lab:
        reader = StatusReader(lab)
        lab.break_element("seoul/tunnel1", Fault.CUT, None)
        wait_routed(reader, 2)
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(2))
            lab.heal(None)
            wait_routed(reader, 1)
            # The gateway sends by its routes; the site's packets stay where their session is.
            wait_used(reader, {"to-site": (1,), "to-vpc": (2,)}, readings=4)
            assert opens(lab, Initiator.SITE)

            lab.break_element("seoul/tunnel2", Fault.CUT, None)
            wait_used(reader, both(1), readings=4)
            lab.heal(None)
            until(lambda: all(tunnel.usable for tunnel in reader.read().tunnels), WITHIN)
            # It has left by tunnel 1 since, so that is its own now.
            wait_used(reader, both(1), readings=4)


def test_what_follows_its_route_leaves_a_tunnel_that_works() -> None:
    with running("follows", text_of(PROBED, "device", "follows")) as lab:
        reader = StatusReader(lab)
        lab.break_element("seoul/tunnel1", Fault.CUT, None)
        wait_routed(reader, 2)
        with probe(lab) as pair:
            pair.wait_flowing(10.0)
            wait_used(reader, both(2))
            lab.heal(None)
            wait_used(reader, both(1))


@pytest.mark.parametrize(
    ("established", "passes"),
    [("stays", {Initiator.VPC}), ("follows", set())],
)
def test_an_answer_takes_the_tunnel_that_it_was_asked_by_where_sessions_stay(
    established: str, passes: set[Initiator]
) -> None:
    """The gateway's end of tunnel 1 dies; the customer's believes in it until its detection ends."""
    with running(f"asked-{established}", text_of(SLOW, "device", established)) as lab:
        reader = StatusReader(lab)
        lab.break_element("seoul/tunnel1/endpoint/charon", Fault.KILL, None, hold=True)
        ways = {("cloud", ("seoul", 2)), ("office", ("seoul", 1))}

        def crossed() -> bool:
            return {(way.source, way.routed) for way in reader.directions(["seoul"])} == ways

        until(crossed, WITHIN)
        found = {end for end in Initiator if opens(lab, end)}
        assert crossed(), "the customer's end has noticed before it was looked at"
        assert found == passes


def test_a_session_that_is_cut_is_told_to_both_ends_and_counted_and_another_opens() -> None:
    with running("cut", text_of(BGP, "device", "cut")) as lab:
        reader = StatusReader(lab)
        wait_routed(reader, 1)
        with FlowPair(a=lab.host("app"), b=lab.host("desk"), port=PORT) as flows:
            tcp, udp = ([Flow(end, kind, "open") for end in ENDS] for kind in KINDS)
            opened = flows.do([opening(flow, WAIT) for flow in (*tcp, *udp)])
            assert set(opened.values()) == {Answer.ANSWERED}
            before = reader.drops()["dc"]

            lab.break_element("seoul/tunnel1", Fault.CUT, None)
            wait_routed(reader, 2)
            answers = flows.ask([*tcp, *udp], 16, 2 * WAIT)
            assert {answers[flow] for flow in tcp} == {Answer.RESET}
            assert {answers[flow] for flow in udp} == {Answer.ANSWERED}, "it is another session"
            assert all(opens(lab, end) for end in Initiator)

        after = reader.drops()["dc"]
        assert after[Drop.CUT] >= before[Drop.CUT] + len(tcp)
        assert after == {**before, Drop.CUT: after[Drop.CUT]}
