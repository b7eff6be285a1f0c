"""The probe on the machine that runs the tests: right, and without a trace."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from tests.packet.own import is_others

from samepath.control.readiness import Use, assess
from samepath.drivers.machine import observe_machine
from samepath.linux.facts import Feature


def _said(command: tuple[str, ...]) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def _traces() -> dict[str, object]:
    said = {
        " ".join(command): [line for line in _said(command) if not is_others(line)]
        for command in (
            ("ip", "-brief", "link"),
            ("ip", "rule"),
            ("ip", "xfrm", "state"),
            ("tc", "qdisc"),
            ("nft", "list", "ruleset"),
            ("findmnt", "--raw", "--noheadings", "--output", "TARGET"),
        )
    }
    return {**said, "trial": Path("/run/netns/trial").exists()}


def test_this_machine_carries_the_userspace_data_plane() -> None:
    facts = observe_machine()
    assert assess(facts).blocking(Use.USERSPACE) == ()
    assert set(facts.features) == set(Feature)


def test_probing_leaves_no_trace() -> None:
    before = _traces()
    observe_machine()
    assert _traces() == before


def test_the_holder_of_an_ike_port_is_seen() -> None:
    # In a namespace of its own, so that nothing is bound on the machine itself.
    program = (
        "import os, socket\n"
        "from samepath.drivers.machine import _port_holders\n"
        "free = list(_port_holders((500,)))\n"
        "held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "held.bind(('127.0.0.1', 500))\n"
        "(holder,) = _port_holders((500,))\n"
        "assert free == [], free\n"
        "assert holder.pid == os.getpid(), holder\n"
        "assert holder.program.startswith('python'), holder\n"
    )
    import sys  # noqa: PLC0415 - used here only

    done = subprocess.run(
        [
            "unshare",
            "--net",
            "sh",
            "-c",
            'ip link set lo up && exec "$0" -c "$1"',
            sys.executable,
            program,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_without_root_it_says_that_it_could_not_try() -> None:
    # A child that gives its root away; the probe itself must not fail.
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        facts = observe_machine()
        ok = facts.features == {} and [f.code for f in assess(facts).findings][:1] == ["not-root"]
        os.write(write, b"y" if ok else b"n")
        os._exit(0)
    os.close(write)
    assert os.read(read, 1) == b"y"
    os.close(read)
    os.waitpid(child, 0)
    assert socket.gethostname()
