"""One BIRD over its control socket: ask, reconfigure, switch protocols.

What its answers mean is in :mod:`samepath.drivers.bird_output`. The connection is opened at the
first use and kept; it is for one thread. BIRD answers between two of its tasks, so a busy one
answers later, not never.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

from samepath.drivers.bird_output import (
    BfdSession,
    BirdStatus,
    ProtocolState,
    Reply,
    ReplyReader,
    RibRoute,
    parse_bfd_sessions,
    parse_protocols,
    parse_routes,
    parse_status,
)
from samepath.drivers.closing import Closing
from samepath.drivers.errors import DaemonUnreachable, NotUnderstood, Refused

ANSWER_LIMIT = 10.0
"""Seconds for the next piece of an answer; an idle BIRD takes less than a millisecond."""

_READY = 1
_RECONFIGURED = 3
_NETWORK_NOT_FOUND = 8001
_NO_PROTOCOLS_MATCH = 8003
"""Codes of BIRD's ``doc/reply_codes``."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Bird(Closing):
    """The BIRD whose control socket is ``path``; it is waited for no longer than ``patience`` seconds.

    Every method raises :class:`DaemonUnreachable` if it does not answer, :class:`Refused` with
    BIRD's own words if it says no, and :class:`NotUnderstood` if its answer has no form we know.
    """

    def __init__(self, path: Path, *, patience: float = ANSWER_LIMIT) -> None:
        self._path = path
        self._patience = patience
        self._socket: socket.socket | None = None
        self._reader = ReplyReader()

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._reader = ReplyReader()

    # --- ask -----------------------------------------------------------------------------------

    def status(self) -> BirdStatus:
        """Version, router id, and since when."""
        return parse_status(self._ask("show status"))

    def protocols(self) -> tuple[ProtocolState, ...]:
        """Every protocol instance with what it tells of itself."""
        return parse_protocols(self._ask("show protocols all", but=_NO_PROTOCOLS_MATCH))

    def routes(self, table: str | None = None) -> tuple[RibRoute, ...]:
        """The routes of a table (default: the main ones), all of each prefix, best first."""
        of = f" table {_name(table)}" if table is not None else ""
        return parse_routes(self._ask(f"show route{of} all", but=_NETWORK_NOT_FOUND))

    def bfd_sessions(self) -> tuple[BfdSession, ...]:
        """Every BFD session. A BIRD without a BFD protocol refuses."""
        return parse_bfd_sessions(self._ask("show bfd sessions"))

    # --- act -----------------------------------------------------------------------------------

    def reconfigure(self) -> bool:
        """Read the configuration file again, and go over to it as gently as it can be done.

        Returns whether it is in force already; False: BIRD is still taking protocols down for it.
        Raises :class:`Refused` with file, line and column if the file is no good; then the old
        configuration stays in force.
        """
        return self._ask("configure").code == _RECONFIGURED

    def enable(self, protocol: str) -> None:
        """Let a protocol run; one that does is left alone."""
        self._ask(f"enable {_name(protocol)}")

    def disable(self, protocol: str) -> None:
        """Take a protocol down until it is enabled; a BGP neighbour is told so."""
        self._ask(f"disable {_name(protocol)}")

    def restart(self, protocol: str) -> None:
        """Take a protocol down and up again. One that is disabled stays so."""
        self._ask(f"restart {_name(protocol)}")

    # --- the wire ------------------------------------------------------------------------------

    def _ask(self, command: str, but: int | None = None) -> Reply:
        """The reply to ``command``; the error code ``but`` counts as an empty answer."""
        try:
            if self._socket is None:
                self._connect()
            assert self._socket is not None  # noqa: S101 - just connected
            self._socket.sendall(command.encode() + b"\n")
            reply = self._receive()
        except OSError as error:
            self.close()
            words = "not in time" if isinstance(error, TimeoutError) else error.strerror or error
            raise DaemonUnreachable(f"no BIRD answers at {self._path}: {words}") from error
        except NotUnderstood:
            self.close()
            raise
        if reply.refusal is not None and reply.code != but:
            raise Refused(f"BIRD refuses {command!r}: {reply.refusal}")
        return reply

    def _connect(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(self._patience)
        self._socket.connect(str(self._path))
        greeting = self._receive()
        if greeting.code != _READY:
            raise NotUnderstood(
                f"what answers at {self._path} is no BIRD: {greeting.lines[0].text}"
            )

    def _receive(self) -> Reply:
        assert self._socket is not None  # noqa: S101 - only called while connected
        while True:
            received = self._socket.recv(1 << 16)
            if not received:
                raise ConnectionResetError(0, "it has closed the connection")
            replies = self._reader.feed(received)
            if len(replies) > 1:
                raise NotUnderstood(f"BIRD at {self._path} gives two answers to one question")
            if replies:
                return replies[0]


def _name(name: str) -> str:
    """A protocol's or table's name, which goes into a command as it is."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!r} cannot be a name in BIRD")
    return name
