"""Looking at a tunnel's packets with tcpdump, outside (encrypted) or inside, at either end."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

from samepath.control.names import tunnel_device
from samepath.control.situation import Side
from samepath.drivers.programs import find
from samepath.lab.lab import Lab
from samepath.model.elements import tunnel_called

WAN = "wan"
"""Every outside namespace's interface to the internet."""


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
            else lab.names.customer_edge(connection.customer_gateway)
        )
        device, selection = WAN, ["host", str(tunnel.outside)]
    else:
        namespace = (
            lab.names.endpoint_inside(*key)
            if at_gateway
            else lab.names.customer(connection.customer_gateway)
        )
        device, selection = tunnel_device(*key), []
    words = ["nsenter", f"--net=/run/netns/{namespace}", "tcpdump", "-n", "-l", "-i", device]
    if count is not None:
        words += ["-c", str(count)]
    if write is not None:
        # It gives its root away before it opens the file, unless it is told to keep it.
        words += ["-Z", "root", "-U", "-w", str(write)]
    return [*words, *selection]


def run(lab: Lab, words: list[str], seconds: float | None) -> int:
    """Run tcpdump until it ends by itself, the time is over, or Ctrl-C; returns its exit status.

    It ends with the lab, too.
    """
    with subprocess.Popen(words, env=lab.machine.processes.adopting()) as process:
        try:
            return process.wait(seconds)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.send_signal(signal.SIGINT)
            return process.wait()
