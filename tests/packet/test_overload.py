"""A tunnel that is offered more than its daemon can carry keeps its BFD and BGP sessions."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.drivers.daemons.worlds import Standing, undisturbed
from tests.packet.labs import running, text_of

from samepath.drivers.bird import Bird
from samepath.lab.lab import Lab

pytestmark = pytest.mark.alone
SECONDS = 10
DEMAND = ("-u", "-b", "600M", "-l", "1300")
"""Three times what two cores carry, as a source that never slows down."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("overload", text_of()) as lab:
        yield lab


def sessions(lab: Lab) -> list[Standing]:
    """The customer's BGP and BFD sessions, and since when they have been as they are."""
    with Bird(lab.machine.socket("bird-cgw-dc", "ctl")) as bird:
        bgp = {state.name: (state.bgp_state, state.since) for state in bird.protocols()}
        bfd = sorted(bird.bfd_sessions(), key=lambda one: str(one.neighbor))
        return [bgp["p_seoul_1"], bgp["p_seoul_2"], *((one.state, one.since) for one in bfd)]


def in_host(lab: Lab, host: str, *command: str) -> list[str]:
    return ["nsenter", f"--net=/run/netns/{lab.names.host(host)}", *command]


@pytest.mark.parametrize("demand", [DEMAND, ("-P", "4")], ids=["UDP", "TCP"])
def test_no_session_ends_while_a_tunnel_is_overloaded(lab: Lab, demand: tuple[str, ...]) -> None:
    before = sessions(lab)
    with ExitStack() as stack:
        server = stack.enter_context(
            subprocess.Popen(
                in_host(lab, "desk", "iperf3", "-s", "-1", "--forceflush"),
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(server.kill)
        assert server.stdout is not None
        while "listening" not in server.stdout.readline():
            assert server.poll() is None
        client = in_host(
            lab, "app", "iperf3", "-c", "192.168.10.10", "-t", str(SECONDS), "-i", "0", *demand
        )
        done = subprocess.run(client, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(before) == 4
    after = sessions(lab)
    assert undisturbed(before, after), (before, after)
