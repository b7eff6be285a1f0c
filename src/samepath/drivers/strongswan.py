"""One charon over VICI: load, ask, act, listen.

The protocol is strongSwan's own ``vici`` package's; here its answers get types, its errors our two
names, and its sockets a time limit. A secret goes in as bytes, straight into the daemon: it is in
no log, no error and no repr.

Initiating returns at once unless told otherwise: many blocking initiations at a time have stalled
a pair of charons, each waiting with all its threads for the other. Fire, and look at
:meth:`Charon.sas` or :meth:`Charon.events`.

A connection of one's own is cheap (0.1 ms); a :class:`Charon` opens it at the first use and keeps
it. It is for one thread; :class:`Events` has another socket.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vici.exception import (
    CommandException,
    DeserializationException,
    EventUnknownException,
    SessionException,
)
from vici.protocol import Message as Wire
from vici.protocol import Packet
from vici.session import Session

from samepath.drivers.closing import Closing
from samepath.drivers.errors import DaemonUnreachable, NotUnderstood, Refused
from samepath.drivers.ike import (
    EVENTS,
    IkeEvent,
    IkeSa,
    Message,
    number,
    parse_event,
    parse_sas,
    text,
    texts,
)

ANSWER_LIMIT = timedelta(seconds=10)
"""For any answer but that of a blocking initiation; a healthy charon takes a millisecond."""

AT_ONCE = "-1"
"""VICI's timeout (ms) that means: start it, and do not wait for its end."""

Clock = Callable[[], tuple[datetime, float]]
"""The time: aware UTC for the record, monotonic seconds for gaps."""


def now() -> tuple[datetime, float]:
    """The machine's own time."""
    return datetime.now(UTC), time.monotonic()


class Charon(Closing):
    """The charon whose VICI socket is ``path``; it is waited for no longer than ``patience``.

    Every method raises :class:`DaemonUnreachable` if it does not answer, :class:`Refused` if it
    says no, and :class:`NotUnderstood` if its answer lacks what we know it to have.
    """

    def __init__(self, path: Path, *, patience: timedelta | None = None) -> None:
        self._path = path
        self._patience = ANSWER_LIMIT if patience is None else patience
        self._session: Session | None = None

    def close(self) -> None:
        """Let go of the connection; the next call makes another."""
        if self._session is not None:
            self._session.transport.socket.close()
            self._session = None

    # --- configuration -------------------------------------------------------------------------

    def load(
        self,
        name: str,
        section: Mapping[str, object],
        *,
        secret: bytes,
        identities: Sequence[str],
        secret_id: str | None = None,
    ) -> None:
        """Load the connection ``name`` and the pre-shared key of ``identities``, or replace them.

        ``section`` is what stands in ``connections.<name>`` (nested mappings, lists of strings,
        strings). SAs that are up stay as they were negotiated. ``secret_id`` names the key
        (default: as the connection).
        """
        key = {
            "id": secret_id or name,
            "type": "IKE",
            "data": secret,
            "owners": list(identities),
        }
        self._request("load-shared", key)
        self._request("load-conn", {name: section})

    def unload(self, name: str, *, secret_id: str | None = None) -> None:
        """Unload the connection and its key; its SAs stay. One that is not loaded is no error."""
        if name in self.loaded():
            self._request("unload-conn", {"name": name})
        key = secret_id or name
        if key in texts(self._request("get-shared"), "keys"):
            self._request("unload-shared", {"id": key})

    def loaded(self) -> frozenset[str]:
        """The names of all loaded connections."""
        return frozenset(texts(self._request("get-conns"), "conns"))

    # --- state ---------------------------------------------------------------------------------

    def version(self) -> str:
        """The daemon's version: ``5.9.8``."""
        return text(self._request("version"), "version")

    def sas(self) -> tuple[IkeSa, ...]:
        """Every IKE_SA with its CHILD_SAs; while one is replaced there are two of its name."""
        return tuple(
            sa for message in self._stream("list-sas", "list-sa", {}) for sa in parse_sas(message)
        )

    def events(self, clock: Clock = now) -> Events:
        """What happens from now on. Subscribe, then act."""
        return Events(self._path, clock)

    # --- action --------------------------------------------------------------------------------

    def initiate(
        self, child: str, *, ike: str | None = None, timeout: timedelta | None = None
    ) -> None:
        """Set up a CHILD_SA, and its IKE_SA if there is none.

        Returns at once; with a ``timeout``, when it is up. Raises :class:`Refused` if it is unknown
        or (only then) does not come up; the log tells why, see
        :mod:`samepath.device.swanctl.failures`.
        """
        order = {"child": child, "timeout": _milliseconds(timeout), "loglevel": AT_ONCE}
        if ike is not None:
            order["ike"] = ike
        for _ in self._stream("initiate", "control-log", order, timeout):
            continue  # Not a line comes at that level; the end is what is waited for.

    def terminate(
        self,
        *,
        ike: str | None = None,
        child: str | None = None,
        force: bool = False,
        timeout: timedelta | None = None,
    ) -> bool:
        """Close SAs by their connection's or child's name; returns whether there were any.

        Returns at once; with a ``timeout``, when they are closed. ``force`` closes them without
        waiting for a peer that may not answer.
        """
        order = {"timeout": _milliseconds(timeout), "loglevel": AT_ONCE}
        order |= _selection(ike, child)
        if force:
            order["force"] = "yes"
        try:
            for _ in self._stream("terminate", "control-log", order, timeout):
                continue
        except Refused as refused:
            if "no matching SAs" in refused.reason:
                return False
            raise
        return True

    def rekey(self, *, ike: str | None = None, child: str | None = None) -> int:
        """Start the rekeying of SAs by name; returns how many there were.

        Success shows as an ``IkeRekeyed`` or ``ChildRekeyed`` event.
        """
        return number(self._request("rekey", _selection(ike, child)), "matches")

    # --- the wire ------------------------------------------------------------------------------

    def _connected(self) -> Session:
        if self._session is None:
            self._session = Session(_connect(self._path, self._patience))
            self._session.transport = _Wire(self._session.transport.socket)
        return self._session

    def _request(self, command: str, message: Mapping[str, object] | None = None) -> Message:
        with self._mapped_errors(command):
            answer: Message = self._connected().request(command, message)
            return answer

    def _stream(
        self,
        command: str,
        event: str,
        message: Mapping[str, object],
        timeout: timedelta | None = None,
    ) -> list[Message]:
        """The whole answer of a command that streams it."""
        with self._mapped_errors(command):
            session = self._connected()
            limit = self._patience + (timeout or timedelta())
            session.transport.socket.settimeout(limit.total_seconds())
            return list(session.streamed_request(command, event, message))

    @contextmanager
    def _mapped_errors(self, command: str) -> Iterator[None]:
        try:
            yield
        except CommandException as error:
            # The text is the daemon's own and repeats nothing that it was sent.
            reason = str(error).removeprefix("Command failed: ")
            raise Refused(f"charon refuses {command}: {reason}") from None
        except (KeyError, AttributeError) as error:
            # vici's own package reads a refusal's reason without looking whether it is there.
            self.close()
            raise _unreachable(self._path, SessionException("a refusal without words")) from error
        except (OSError, *_NONSENSE) as error:
            self.close()
            raise _unreachable(self._path, error) from error


_NONSENSE = (
    DeserializationException,
    EventUnknownException,
    SessionException,
    NotUnderstood,
    UnicodeDecodeError,
    struct.error,
)
"""What reading an answer raises that is none; the connection is then of no more use."""


def _unreachable(path: Path, error: Exception) -> DaemonUnreachable:
    if isinstance(error, TimeoutError):
        return DaemonUnreachable(f"the charon at {path} does not answer in time")
    if isinstance(error, OSError):
        return DaemonUnreachable(f"no charon answers at {path}: {error.strerror or error}")
    return DaemonUnreachable(f"what answers at {path} does not speak VICI as we know it: {error}")


class _Wire:
    """VICI's packets on a connected socket, in place of vici's own ``Transport``.

    That one waits for ever once the first byte of an answer has come, and for whatever length the
    peer claims. Here the socket's time limit holds for each piece, and a packet has at most the
    512 KiB that charon allows itself (``VICI_MESSAGE_SIZE_MAX``).
    """

    MOST = 512 * 1024

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected

    def send(self, packet: bytes) -> None:
        self.socket.sendall(struct.pack("!I", len(packet)) + packet)

    def receive(self) -> bytes:
        (length,) = struct.unpack("!I", self._exactly(4))
        if length > self.MOST:
            raise SessionException(f"a packet of {length} bytes")
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        received = bytearray()
        while len(received) < count:
            piece = self.socket.recv(count - len(received))
            if not piece:
                raise ConnectionResetError(0, "it has closed the connection")
            received += piece
        return bytes(received)


def _connect(path: Path, patience: timedelta) -> socket.socket:
    """A connection. charon's queue of those that it has yet to accept is short, and may be full.

    Only a socket that blocks waits for room (unix(7): one that does not gets EAGAIN at once).
    """
    connection = socket.socket(socket.AF_UNIX)
    try:
        microseconds = patience // timedelta(microseconds=1)
        limit = struct.pack("ll", *divmod(microseconds, 1_000_000))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        try:
            connection.connect(str(path))
        except BlockingIOError as error:
            raise TimeoutError from error
        connection.settimeout(patience.total_seconds())
    except OSError:
        connection.close()
        raise
    return connection


def _milliseconds(timeout: timedelta | None) -> str:
    # VICI takes 0 as "for ever".
    return AT_ONCE if timeout is None else str(max(1, round(timeout / timedelta(milliseconds=1))))


def _selection(ike: str | None, child: str | None) -> dict[str, str]:
    """Which SAs are meant. One of the two names must be given."""
    selection = {"ike": ike, "child": child}
    chosen = {key: name for key, name in selection.items() if name is not None}
    assert chosen, "an SA is chosen by its connection or its child"  # noqa: S101 - our bug
    return chosen


class Events(Closing):
    """A charon's events, in order; iterating waits for the next one.

    It is subscribed when it is made. :meth:`close`, from any thread, ends the iteration. When the
    daemon ends, the iteration raises :class:`DaemonUnreachable`.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._closed = False
        self._early: deque[tuple[str, Message]] = deque()
        try:
            self._socket = _connect(path, ANSWER_LIMIT)
        except OSError as error:
            raise _unreachable(path, error) from error
        # Not Session.listen: it drops the events that come while it is still subscribing.
        self._transport = _Wire(self._socket)
        try:
            for kind in EVENTS:
                self._subscribe(kind)
        except (OSError, *_NONSENSE) as error:
            self.close()
            raise _unreachable(path, error) from error
        self._socket.settimeout(None)

    def _subscribe(self, kind: str) -> None:
        self._transport.send(Packet.register_event(kind))
        while True:
            packet = Packet.parse(self._transport.receive())
            if packet.response_type == Packet.EVENT_CONFIRM:
                return
            if packet.response_type != Packet.EVENT:
                raise EventUnknownException(f"no event {kind!r}")
            self._early.append(_unpack(packet))

    def fileno(self) -> int:
        """The socket's descriptor, readable when iterating would not wait (but see below).

        Events that came while subscribing are there without it being readable: iterate once first,
        or subscribe before there can be any.
        """
        return self._socket.fileno()

    def __iter__(self) -> Iterator[IkeEvent]:
        """Events until :meth:`close`."""
        while True:
            try:
                kind, message = self._next()
                found = list(parse_event(kind, message, *self._clock()))
            except (OSError, *_NONSENSE) as error:
                if self._closed:
                    return
                raise _unreachable(self._path, error) from error
            yield from found

    def _next(self) -> tuple[str, Message]:
        if self._early:
            return self._early.popleft()
        return _unpack(Packet.parse(self._transport.receive()))

    def close(self) -> None:
        """End it; a thread that waits in the iteration leaves it."""
        self._closed = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _unpack(packet: Packet.ParsedEventPacket) -> tuple[str, Message]:
    if packet.response_type != Packet.EVENT:
        raise SessionException("an answer where only events are due")
    return packet.event_type.decode(), Wire.deserialize(packet.payload)
