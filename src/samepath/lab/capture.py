"""Looking at a tunnel's packets with tcpdump, outside (encrypted) or inside, at either end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from samepath.control.names import tunnel_device
from samepath.control.situation import Side
from samepath.drivers.programs import find
from samepath.drivers.waiting import wait_readable
from samepath.lab.clusters import acting_namespace, outside_namespace
from samepath.lab.lab import Lab
from samepath.model.elements import tunnel_called

WAN = "wan"
"""Every outside namespace's interface to the internet."""


READER_GONE = "Broken pipe"
"""How the complaint ends whose reason is that nobody reads the packets any more."""
_COMPLAINT = re.compile(r"(?:tcpdump|nsenter): (?!listening on |verbose output )")
"""How a line begins that may be the reason for the end."""


class CannotCapture(RuntimeError):
    """tcpdump cannot look, or cannot write what it sees; the text says why."""


class NoTcpdump(RuntimeError):
    """tcpdump is not installed; the text says what installs it."""


def command(
    lab: Lab, element: str, *, outside: bool, side: Side, count: int | None, write: Path | None
) -> list[str]:
    """The command that shows a tunnel's packets.

    Raises :class:`~samepath.model.elements.InvalidElement` for what is no tunnel of the lab, and
    :class:`NoTcpdump`.
    """
    connection, tunnel = tunnel_called(lab.topology, element)
    if find("tcpdump") is None:
        raise NoTcpdump("tcpdump is not installed: apt-get install --no-install-recommends tcpdump")
    key = (connection.name, tunnel.number)
    at_gateway = side is Side.GATEWAY
    if outside:
        namespace = (
            lab.names.endpoint_outside(*key)
            if at_gateway
            else outside_namespace(lab, connection.customer_gateway)
        )
        device, selection = WAN, ["host", str(tunnel.outside)]
    else:
        namespace = (
            lab.names.endpoint_inside(*key)
            if at_gateway
            else acting_namespace(lab, connection.customer_gateway)
        )
        device, selection = tunnel_device(*key), []
    words = ["nsenter", f"--net=/run/netns/{namespace}", "tcpdump", "-n", "-l", "-i", device]
    if count is not None:
        words += ["-c", str(count)]
    if write is not None:
        # It gives its root away before it opens the file, unless it is told to keep it.
        words += ["-Z", "root", "-U", "-w", str(write)]
    return [*words, *selection]


def run(lab: Lab, words: list[str], seconds: float | None, say: Callable[[str], None]) -> bool:
    """Run tcpdump until it ends by itself, the time is over, or Ctrl-C.

    It ends with the lab, too. ``say`` is given what it says beside the packets, line by line.
    Returns whether somebody read the packets to the end: a reader that goes away is nobody's
    mistake. Raises :class:`CannotCapture`.
    """
    environment = {**lab.machine.processes.adopting(), "LC_ALL": "C"}
    held = ""
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as process:
        for line in _lines(process, seconds):
            if held:
                say(held)
            held = line if _COMPLAINT.match(line) else ""
            if not held:
                say(line)
        status = process.wait()
    if status and held.endswith(READER_GONE):
        return False
    if status:
        how = f"signal {-status}" if status < 0 else f"status {status}"
        why = _COMPLAINT.sub("", held) or f"tcpdump has ended with {how}"
        raise CannotCapture(f"cannot capture: {why}")
    if held:
        say(held)
    return True


def _lines(process: subprocess.Popen[bytes], seconds: float | None) -> Iterator[str]:
    """What a process says on standard error until it ends.

    It is told to end when the time is over, and at the first Ctrl-C; a second one is raised.
    """
    said = cast("IO[bytes]", process.stderr).fileno()
    end = None if seconds is None else time.monotonic() + seconds
    rest, stopped = b"", False
    while True:
        try:
            if wait_readable([said], None if end is None else end - time.monotonic()):
                news = os.read(said, 4096)
            else:
                process.send_signal(signal.SIGINT)
                end = None
                continue
        except KeyboardInterrupt:
            if stopped:
                raise
            stopped = True
            process.send_signal(signal.SIGINT)
            continue
        *lines, rest = (rest + news).split(b"\n") if news else (rest, b"")
        yield from (line.decode(errors="replace") for line in lines if line)
        if not news:
            return
