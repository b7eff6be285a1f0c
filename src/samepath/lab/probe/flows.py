"""Flows that are opened, kept, and asked again: in them shows what a firewall does to a session.

A station on each of two hosts answers what comes to it, and opens flows to the other one. As a
process it is ``python -m samepath.lab.probe.flows ADDRESS PEER PORT``, with a line on standard input for
each thing to do, and one on standard output for each that is done, in any order:

* ``open NAME tcp SECONDS``, or ``udp``: a flow to the peer, by that name; TCP has to be answered;
* ``ask NAME SIZE SECONDS``: send so many bytes by it, which have to come back;
* ``close NAME``: forget it.

Everything is told of as ``NAME ANSWER``. End of input ends a station.
"""

from __future__ import annotations

import errno
import secrets
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from samepath.lab.probe.process import HostRef, Process, Stations

PORT = 50_507
AGAIN = 0.25
"""Seconds after which an unanswered datagram is sent again: one may be lost for other reasons."""
CHUNK = 64 << 10
IP_RECVERR = 11
"""Linux, linux/in.h: tell of every ICMP error, also of those that may pass."""


class Answer(StrEnum):
    """What came of a flow."""

    ANSWERED = "answered"
    SILENT = "silent"
    """Nothing came back in time."""
    RESET = "reset"
    """The other end, or somebody in its name, has ended it."""
    REFUSED = "refused"
    """A host or router on the way said that there is no way."""


@dataclass(frozen=True, order=True, slots=True)
class Flow:
    """A flow by who opens it and how; ``label`` tells it from others that are alike."""

    opener: Literal["a", "b"]
    protocol: Literal["tcp", "udp"]
    label: str

    @property
    def name(self) -> str:
        """Its name at its station; one word."""
        return f"{self.opener}-{self.protocol}-{self.label}"


@dataclass(frozen=True, slots=True)
class Action:
    """What a flow's station is to do with it, in the words that it is told."""

    flow: Flow
    line: str


def opening(flow: Flow, within: float) -> Action:
    """Open it, within so many seconds."""
    return Action(flow, f"open {flow.name} {flow.protocol} {within}")


def asking(flow: Flow, size: int, within: float) -> Action:
    """Send ``size`` bytes by it, which have to come back within so many seconds."""
    return Action(flow, f"ask {flow.name} {size} {within}")


def closing(flow: Flow) -> Action:
    """Forget it; one that was never open is none."""
    return Action(flow, f"close {flow.name}")


class FlowPair(Stations[Process]):
    """Two hosts that open flows to each other; a context manager."""

    def __init__(self, *, a: HostRef, b: HostRef, port: int = PORT) -> None:
        """``port`` is each station's own; pairs that share a host need one each."""
        super().__init__(
            lambda: Process(a, __name__, a.address, b.address, str(port)),
            lambda: Process(b, __name__, b.address, a.address, str(port)),
        )

    def do(self, actions: Iterable[Action]) -> dict[Flow, Answer]:
        """All at the same time; what came of each. Of one flow there is one action at most."""
        actions = tuple(actions)
        waiting: dict[str, dict[str, Flow]] = {name: {} for name in self._stations}
        for action in actions:
            self._stations[action.flow.opener].say(action.line)
            waiting[action.flow.opener][action.flow.name] = action.flow
        found: dict[Flow, Answer] = {}
        for station, flows in waiting.items():
            for _ in flows:
                name, answer = self._stations[station].line().split()
                found[flows[name]] = Answer(answer)
        return {action.flow: found[action.flow] for action in actions}

    def open(self, flows: Iterable[Flow], within: float) -> dict[Flow, Answer]:
        """Open flows, each within so many seconds."""
        return self.do(opening(flow, within) for flow in flows)

    def ask(self, flows: Iterable[Flow], size: int, within: float) -> dict[Flow, Answer]:
        """Send ``size`` bytes by each flow, and wait for their return."""
        return self.do(asking(flow, size, within) for flow in flows)

    def forget(self, flows: Iterable[Flow]) -> None:
        """Close flows."""
        self.do(closing(flow) for flow in flows)


# ------------------------------------------------------------------------------------ the station


class _Station:
    def __init__(self, address: str, peer: str, port: str) -> None:
        self._address, self._peer, self._port = address, peer, int(port)
        self._flows: dict[str, socket.socket] = {}
        self._telling = threading.Lock()

    def run(self) -> None:
        """Answer, and do what is said, until the input ends."""
        with (
            _TcpEcho((self._address, self._port), _Echo) as tcp,
            _UdpEcho((self._address, self._port), _EchoDatagram) as udp,
        ):
            for server in (tcp, udp):
                threading.Thread(target=server.serve_forever, daemon=True).start()
            self._tell("ready")
            for line in sys.stdin:
                threading.Thread(target=self._do, args=line.split(), daemon=True).start()

    def _do(self, what: str, name: str, *rest: str) -> None:
        try:
            match what, rest:
                case "open", [protocol, seconds]:
                    self._flows[name] = self._opened(protocol, float(seconds))
                case "ask", [size, seconds]:
                    _ask(self._flows[name], int(size), float(seconds))
                case _:
                    if name in self._flows:
                        self._flows.pop(name).close()
            answer = Answer.ANSWERED
        except KeyError:  # It was asked although it was never open.
            answer = Answer.SILENT
        except OSError as error:
            answer = _answer_of(error)
        self._tell(f"{name} {answer}")

    def _opened(self, protocol: str, seconds: float) -> socket.socket:
        if protocol == "tcp":
            flow = socket.create_connection((self._peer, self._port), seconds, (self._address, 0))
            flow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return flow
        flow = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        flow.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        flow.bind((self._address, 0))
        flow.connect((self._peer, self._port))
        return flow

    def _tell(self, line: str) -> None:
        with self._telling:
            print(line, flush=True)  # noqa: T201 - its answer


def _answer_of(error: OSError) -> Answer:
    if isinstance(error, TimeoutError):
        return Answer.SILENT
    if isinstance(error, ConnectionRefusedError) or error.errno in {
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
    }:
        return Answer.REFUSED
    return Answer.RESET


def _ask(flow: socket.socket, size: int, seconds: float) -> None:
    """Raises OSError if what was sent does not come back in time."""
    words = secrets.token_bytes(16).ljust(size, b".")[:size]
    deadline = time.monotonic() + seconds
    if flow.type == socket.SOCK_STREAM:
        flow.settimeout(seconds)
        flow.sendall(words)
        came = b""
        while len(came) < size:
            flow.settimeout(max(deadline - time.monotonic(), 0.001))
            more = flow.recv(CHUNK)
            if not more:
                raise ConnectionResetError
            came += more
        return
    while (left := deadline - time.monotonic()) > 0:
        flow.settimeout(min(AGAIN, left))
        flow.send(words)
        with suppress(TimeoutError):
            while flow.recv(CHUNK) != words:
                continue
            return
    raise TimeoutError


class _TcpEcho(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class _UdpEcho(socketserver.UDPServer):
    max_packet_size = CHUNK


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(OSError):
            while words := self.request.recv(CHUNK):
                self.request.sendall(words)


class _EchoDatagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        words, own = self.request
        with suppress(OSError):  # An answer that has no way back is not given.
            own.sendto(words, self.client_address)


if __name__ == "__main__":
    _Station(*sys.argv[1:]).run()
