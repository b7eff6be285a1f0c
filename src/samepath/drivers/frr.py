"""One daemon of an FRR over its own socket, as ``vtysh`` speaks to it: ask, and configure.

A command is its line and a zero byte; an answer is its text, three zero bytes and the command's
result (``lib/vty.c``, ``vtysh/vtysh.c``). The connection is opened at the first use and kept; it is
for one thread.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from pathlib import Path

from samepath.drivers.closing import Closing
from samepath.drivers.errors import DaemonUnreachable, Refused
from samepath.drivers.frr_config import changes
from samepath.drivers.frr_output import (
    Neighbour,
    parse_neighbours,
    parse_received,
    parse_static_devices,
)

ANSWER_LIMIT = 10.0
"""Seconds for the next piece of an answer; an idle FRR takes some milliseconds."""
_END = b"\0\0\0"
_SUCCESS = 0


class Frr(Closing):
    """The daemon whose socket is ``path``; it is waited for no longer than ``patience`` seconds.

    Every method raises :class:`DaemonUnreachable` if it does not answer, :class:`Refused` with the
    daemon's own words if it says no, and :class:`NotUnderstood` if its answer has no form we know.
    """

    def __init__(self, path: Path, *, patience: float = ANSWER_LIMIT) -> None:
        self._path = path
        self._patience = patience
        self._socket: socket.socket | None = None

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # --- ask -----------------------------------------------------------------------------------

    def version(self) -> str:
        """What it calls itself: ``FRRouting 8.4.4 (machine).``."""
        return self._ask("show version").partition("\n")[0].strip()

    def running(self) -> str:
        """The configuration that is in force."""
        return self._ask("write terminal")

    def neighbours(self) -> tuple[Neighbour, ...]:
        """Every BGP neighbour with what bgpd tells of it."""
        return parse_neighbours(self._ask("show bgp neighbors json"))

    def table(self) -> str:
        """The BGP table, in FRR's own JSON."""
        return self._ask("show bgp ipv4 unicast json")

    def received(self, neighbour: IPv4Address) -> int:
        """How many routes a neighbour with ``soft-reconfiguration inbound`` has announced."""
        command = f"show bgp ipv4 unicast neighbors {neighbour} received-routes json"
        return parse_received(self._ask(command))

    def static_devices(self) -> tuple[str, ...]:
        """The interfaces that static routes lead into, as zebra has them; not only the best ones."""
        return parse_static_devices(self._ask("show ip route static json"))

    # --- act -----------------------------------------------------------------------------------

    def configure(self, text: str) -> bool:
        """Put a configuration in force; returns whether there was anything to change.

        Raises :class:`Refused` with the line that is no good; what was told before it stands.
        """
        lines = changes(self.running(), text)
        if not lines:
            return False
        try:
            for line in ("configure terminal", *lines, "end"):
                self._ask(line)
        except Refused:
            self.close()  # The next one begins outside of what was being configured.
            raise
        return True

    # --- the wire ------------------------------------------------------------------------------

    def _ask(self, command: str) -> str:
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX)
                self._socket.settimeout(self._patience)
                self._socket.connect(str(self._path))
                self._exchange("enable")
            return self._exchange(command)
        except OSError as error:
            self.close()
            words = "not in time" if isinstance(error, TimeoutError) else error.strerror or error
            raise DaemonUnreachable(f"no FRR answers at {self._path}: {words}") from error

    def _exchange(self, command: str) -> str:
        assert self._socket is not None  # noqa: S101 - only called while connected
        self._socket.sendall(command.encode() + b"\0")
        answer = b""
        while answer[-4:-1] != _END:
            received = self._socket.recv(1 << 16)
            if not received:
                raise ConnectionResetError(0, "it has closed the connection")
            answer += received
        text = answer[:-4].decode(errors="replace")
        if answer[-1] != _SUCCESS:
            said = " ".join(text.split()) or f"result {answer[-1]}"
            raise Refused(f"FRR refuses {command!r}: {said}")
        return text
