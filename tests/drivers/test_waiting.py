"""Waiting for descriptors: which of them, how long, and however high their numbers are."""

from __future__ import annotations

import fcntl
import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import ADDRESSES, DEADLINE, wire, world
from tests.packet.own import own

from samepath.drivers.inside import run_inside
from samepath.drivers.kernel import LiveKernel
from samepath.drivers.netlink import Sockets
from samepath.drivers.waiting import wait_readable
from samepath.lab.probe import HostRef, ProbePair
from samepath.linux.objects import Namespace

BIRD = "router id 192.0.2.1;\nprotocol device {}\n"
FD_SETSIZE = 1024
"""The number of the first descriptor that ``select`` refuses (select(2))."""


@pytest.fixture
def _crowded() -> Iterator[None]:
    """So many descriptors are open that the next one has a number that ``select`` refuses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * FD_SETSIZE), hard))
    taken: list[int] = []
    try:
        while not taken or taken[-1] < FD_SETSIZE:
            taken.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_is_readable_or_has_ended_is_told_at_once_by_object_or_by_number() -> None:
    quiet, _keeps_it_open = socket.socketpair()
    here, there = socket.socketpair()
    ended, gone = socket.socketpair()
    with quiet, _keeps_it_open, here, there, ended:
        there.send(b"x")
        gone.close()
        assert wait_readable([quiet, here, ended], None) == [here, ended]
        assert wait_readable([quiet.fileno(), here.fileno()], 60.0) == [here.fileno()]
        assert wait_readable([quiet], 0.001) == []
        assert wait_readable((), -1.0) == []


@pytest.mark.usefixtures("_crowded")
def test_a_descriptor_with_a_high_number_is_waited_for() -> None:
    here, there = socket.socketpair()
    with here, there:
        high = fcntl.fcntl(here, fcntl.F_DUPFD_CLOEXEC, FD_SETSIZE)
        try:
            assert wait_readable([high], 0.0) == []
            there.send(b"x")
            assert wait_readable([high], 60.0) == [high]
        finally:
            os.close(high)


@pytest.mark.packet
@pytest.mark.usefixtures("_crowded")
def test_a_process_with_many_descriptors_starts_watches_and_ends_daemons() -> None:
    with world() as made:
        made.bird("bird", "", BIRD)
        with made.processes.watch() as watch:
            assert watch.fileno() > FD_SETSIZE
            made.processes.stop(made.running("bird"))
            assert wait_readable([watch], DEADLINE) == [watch]
            assert [ended.name for ended in watch.read()] == ["bird"]
        assert made.names() == ["supervisor"]


@pytest.mark.packet
@pytest.mark.usefixtures("_crowded")
def test_a_process_with_many_descriptors_measures_with_the_probe() -> None:
    with wire() as (left, right):
        a, b = (
            HostRef(namespace, address)
            for namespace, address in zip((left, right), ADDRESSES, strict=True)
        )
        with ProbePair(a=a, b=b, rate=100) as pair:
            pair.wait_flowing(DEADLINE)
            assert pair.finish().whole().a_to_b.received


@pytest.mark.packet
def test_a_limited_number_of_netlink_sockets_is_open_and_each_namespace_is_looked_at() -> None:
    kernel, sockets = LiveKernel(), Sockets(most=2)
    names = [f"sp-{own(f'few-{number}')}" for number in range(4)]
    try:
        for name in names:
            kernel.create(Namespace(name=name))
            kernel.counters(name, "samepath")
            run_inside(name, "", "ip", "link", "add", "name", name[-5:], "type", "bridge")
        before = _open_descriptors()
        for _ in range(3):
            for name in names:
                assert len(sockets.inside(name).link_lookup(ifname=name[-5:])) == 1
        most = _open_descriptors() - before
        sockets.inside(names[0]), sockets.inside(names[1])
        kept = sockets.inside(names[0])
        sockets.inside(names[2])
        assert sockets.inside(names[0]) is kept, "the one that was used longest ago goes first"
        sockets.close()
        assert _open_descriptors() <= before
        assert 0 < most <= 2 * 4
    finally:
        for name in names:
            kernel.delete(Namespace(name=name))
        kernel.close()


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
