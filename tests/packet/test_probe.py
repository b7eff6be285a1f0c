"""The probe on a veth pair of its own, where it is known what becomes of which packet."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.drivers.daemons.worlds import world
from tests.packet.own import own

from samepath.lab.probe import HostRef, ProbeFailed, ProbePair, Run

pytestmark = pytest.mark.alone

A = HostRef(f"sp-{own('probe-a')}", "192.0.2.1")
B = HostRef(f"sp-{own('probe-b')}", "192.0.2.2")
RATE = 200


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def _ends() -> Iterator[None]:
    for host in (A, B):
        ip("netns", "add", host.namespace)
    ip(*f"-n {A.namespace} link add eth0 type veth peer eth0 netns {B.namespace}".split())
    for host in (A, B):
        ip("-n", host.namespace, "address", "add", f"{host.address}/24", "dev", "eth0")
        ip("-n", host.namespace, "link", "set", "eth0", "up")
    yield
    for host in (A, B):
        ip("netns", "delete", host.namespace)


def nft(host: HostRef, rule: str) -> None:
    """A rule for the probe's packets as they arrive at ``host``."""
    table = (
        "table netdev probe { chain in { type filter hook ingress device eth0 priority 0; "
        f"udp dport 50505 {rule}; }}; }}"
    )
    command = ["ip", "netns", "exec", host.namespace, "nft", "-f", "-"]
    subprocess.run(command, input=table, text=True, check=True)


def probed(
    act: Callable[[ProbePair], None], *, rate: int = RATE, valid: Callable[[Run], bool]
) -> Run:
    """A run in which ``act`` is done; a run that the machine spoilt is repeated twice."""
    for _ in range(3):
        with ProbePair(a=A, b=B, rate=rate, sizes=(64,)) as pair:
            pair.wait_flowing(10.0)
            act(pair)
            run = pair.finish()
        if valid(run):
            return run
    raise AssertionError("the machine spoilt three runs")


def wait(seconds: float) -> Callable[[ProbePair], None]:
    return lambda _pair: time.sleep(seconds)  # noqa: TID251 - packets are to flow meanwhile


def undisturbed(run: Run) -> bool:
    whole = run.whole()
    return whole.a_to_b.not_sent + whole.b_to_a.not_sent == 0


@pytest.mark.usefixtures("_ends")
def test_on_a_clear_path_every_packet_arrives_once_and_in_order() -> None:
    whole = probed(wait(1), valid=undisturbed).whole()

    for one in (whole.a_to_b, whole.b_to_a):
        assert one.received == one.due >= RATE
        assert (one.lost, one.late, one.duplicated, one.reordered, one.overflowed) == (0,) * 5


@pytest.mark.usefixtures("_ends")
def test_every_tenth_dropped_is_every_tenth_lost_in_that_direction_only() -> None:
    nft(B, "numgen inc mod 10 == 9 drop")

    whole = probed(wait(1), valid=undisturbed).whole()

    assert whole.b_to_a.lost == 0
    assert whole.a_to_b.lost in {whole.a_to_b.due // 10, -(-whole.a_to_b.due // 10)}
    assert whole.a_to_b.longest_gap == whole.a_to_b.interval


@pytest.mark.usefixtures("_ends")
def test_a_cut_of_one_direction_is_a_gap_of_that_direction() -> None:
    def cut(pair: ProbePair) -> None:
        pair.mark("cut")
        nft(B, "drop")
        wait(0.5)(pair)

    run = probed(cut, valid=undisturbed)
    after = run.between("cut", "finish")

    assert after.b_to_a.lost == 0
    assert after.a_to_b.lost > 0
    assert after.a_to_b.longest_gap == pytest.approx(after.a_to_b.lost * after.a_to_b.interval)


@pytest.mark.usefixtures("_ends")
def test_a_stopped_station_has_not_sent_and_nothing_is_lost() -> None:
    def stop(pair: ProbePair) -> None:
        process = pair._stations["a"]._process.pid
        os.kill(process, signal.SIGSTOP)
        wait(0.5)(pair)
        os.kill(process, signal.SIGCONT)
        wait(0.2)(pair)

    whole = probed(stop, valid=lambda run: run.whole().b_to_a.not_sent == 0).whole()

    assert whole.a_to_b.not_sent > 0.3 * RATE
    assert not whole.a_to_b.valid
    assert (whole.a_to_b.lost, whole.b_to_a.lost) == (0, 0)
    assert whole.a_to_b.longest_gap == 0


@pytest.mark.usefixtures("_ends")
def test_what_a_full_buffer_drops_is_told_also_when_nothing_follows_it() -> None:
    def flood(pair: ProbePair) -> None:
        process = pair._stations["b"]._process.pid
        os.kill(process, signal.SIGSTOP)
        # Garbage from A's port fills B's buffer; the last of it is dropped, and nothing follows.
        program = (
            "import socket\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"[s.sendto(bytes(1400), ('{B.address}', 50505)) for _ in range(30_000)]\n"
        )
        command = ["ip", "netns", "exec", A.namespace, "python3", "-c", program]
        subprocess.run(command, check=True)
        pair._stations["a"].say("stop")
        wait(0.2)(pair)
        os.kill(process, signal.SIGCONT)

    whole = probed(flood, valid=lambda _run: True).whole()

    assert whole.a_to_b.overflowed > 0
    assert not whole.a_to_b.valid


@pytest.mark.usefixtures("_ends")
def test_stations_that_carry_a_worlds_mark_end_with_it() -> None:
    with world() as made:
        marked = made.processes.adopting()
        a, b = (replace(host, environment=marked) for host in (A, B))
        with ProbePair(a=a, b=b, rate=RATE) as pair:
            pair.wait_flowing(10.0)
            made.processes.quit()
            with pytest.raises(ProbeFailed, match=f"the station in {A.namespace} ended"):
                pair.finish()
