"""The sockets of another process: this test's own child, and one that has gone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samepath.drivers.errors import DaemonUnreachable
from samepath.drivers.sockets import receive_buffer, smallest_receive_buffer

pytestmark = pytest.mark.packet

CHILD = """
import socket, sys
udp = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
others = socket.socket(), socket.socketpair()
print(flush=True)
for line in sys.stdin:
    sizes = [one.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) for one in (*udp, others[0])]
    print(*sizes, flush=True)
"""


@pytest.fixture
def child() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def sizes(child: subprocess.Popen[str]) -> list[int]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write("\n")
    child.stdin.flush()
    return [int(word) for word in child.stdout.readline().split()]


def test_udp_sockets_of_both_families_get_the_size_beyond_the_machines_limit_and_tcp_does_not(
    child: subprocess.Popen[str],
) -> None:
    size = int(Path("/proc/sys/net/core/rmem_max").read_text())
    before = sizes(child)
    assert receive_buffer(child.pid, size) == 2
    assert sizes(child) == [2 * size, 2 * size, before[2]]


def test_the_smallest_of_its_udp_sockets_counts_and_tcp_does_not(
    child: subprocess.Popen[str],
) -> None:
    receive_buffer(child.pid, 300_000)
    assert smallest_receive_buffer(child.pid) == 300_000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine, socket.socket() as tcp:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4000)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 3000)
        assert smallest_receive_buffer(os.getpid()) == 4000


def test_a_process_without_udp_sockets_has_no_size() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        assert smallest_receive_buffer(process.pid) is None
        process.kill()


def test_a_process_that_has_gone_is_told_as_unreachable(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    with pytest.raises(DaemonUnreachable):
        receive_buffer(child.pid, 4096)


def test_our_own_descriptors_are_as_many_afterwards(child: subprocess.Popen[str]) -> None:
    with socket.socket() as probe:
        first = probe.fileno()
    receive_buffer(child.pid, 4096)
    with socket.socket() as probe:
        assert probe.fileno() == first
