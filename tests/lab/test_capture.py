"""What tcpdump says is passed on, and how it ends is told in our words."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.lab.capture import CannotCapture, run
from samepath.lab.lab import Lab
from samepath.model.document import parse

FILE = Path(__file__).parents[2] / "examples" / "active-standby.yaml"
LISTENING = "tcpdump: listening on wan"
UNTIL_TOLD = "trap 'kill $!; echo 2 packets >&2; exit 0' INT; echo ready >&2; sleep 30 & wait"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab("x", parse(FILE.read_text()).topology, FakeKernel(), root=tmp_path) as lab:
        yield lab


def script(*lines: str, status: int) -> list[str]:
    """What says these lines on standard error and ends with this status."""
    return ["sh", "-c", "".join(f"echo '{line}' >&2\n" for line in lines) + f"exit {status}"]


def test_what_it_says_is_passed_on(lab: Lab) -> None:
    said: list[str] = []
    lines = [LISTENING, "tcpdump: WARNING: slow", "3 packets captured", "tcpdump: so what"]

    assert run(lab, script(*lines, status=0), None, said.append)
    assert said == lines


@pytest.mark.parametrize(
    ("last", "status", "told"),
    [
        ("tcpdump: /nonex/x.pcap: No such file or directory", 1, "/nonex/x.pcap: No such file or"),
        ("tcpdump: Unable to write output: No space left on device", 14, "Unable to write output:"),
        ("nsenter: cannot open /run/netns/x", 1, "cannot open /run/netns/x"),
        ("3 packets captured", 7, "tcpdump has ended with status 7"),
    ],
)
def test_what_it_cannot_do_is_an_error_of_the_world(
    lab: Lab, last: str, status: int, told: str
) -> None:
    said: list[str] = []
    with pytest.raises(CannotCapture) as raised:
        run(lab, script(LISTENING, last, status=status), None, said.append)

    assert exit_code(type(raised.value)) is ExitCode.WORLD
    assert str(raised.value).startswith(f"cannot capture: {told}")
    assert (said[0], "tcpdump: /" in "".join(said)) == (LISTENING, False)


def test_a_signal_that_ends_it_is_told(lab: Lab) -> None:
    with pytest.raises(CannotCapture, match="ended with signal 9"):
        run(lab, ["sh", "-c", "kill -9 $$"], None, print)


def test_a_reader_that_has_gone_is_no_error_and_nothing_is_said_of_it(lab: Lab) -> None:
    said: list[str] = []
    gone = "tcpdump: Unable to write output: Broken pipe"

    assert not run(lab, script(LISTENING, gone, status=14), None, said.append)
    assert said == [LISTENING]


def test_when_the_time_is_over_it_is_told_to_end(lab: Lab) -> None:
    said: list[str] = []

    assert run(lab, ["sh", "-c", UNTIL_TOLD], 0.5, said.append)
    assert said == ["ready", "2 packets"]


def test_a_stop_lets_it_end_in_its_own_way(lab: Lab) -> None:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line == "ready":
            stop = (os.getpid(), signal.SIGINT)
            threading.Timer(0.2, os.kill, stop).start()

    assert run(lab, ["sh", "-c", UNTIL_TOLD], None, say)
    assert said == ["ready", "2 packets"]
