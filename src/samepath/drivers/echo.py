"""ICMP echo (RFC 792) through one interface of one namespace, without waiting.

The socket is opened inside the namespace once and kept; it is bound to the interface, so that no
route decides where a probe goes. When the interface has gone (its daemon was started anew) the
next probe opens a socket on the new one.
"""

from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from samepath.drivers.inside import in_namespace

_REQUEST, _REPLY = 8, 0
_HEADER = struct.Struct("!BBHHH")
_CS6 = 0xC0
"""DSCP CS6 (RFC 2474): a probe of the path goes with the control traffic."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EchoPath:
    """Where a probe goes: from ``local`` through ``device`` of ``namespace`` to ``peer``."""

    namespace: str
    device: str
    local: IPv4Address
    peer: IPv4Address


class Echo:
    """Probes along one path. For one thread; nothing here waits."""

    def __init__(self, path: EchoPath) -> None:
        self._path = path
        self._identifier = int.from_bytes(os.urandom(2))
        self._number = 0
        self._socket: socket.socket | None = None

    def send(self) -> int:
        """Send a probe; returns its number. One that cannot be sent is never answered."""
        self._number = (self._number + 1) & 0xFFFF
        try:
            if self._socket is None:
                self._socket = in_namespace(self._path.namespace, self._open)
            self._socket.send(_packet(self._identifier, self._number))
        except OSError:
            self.close()
        return self._number

    def answered(self) -> frozenset[int]:
        """The numbers of the probes that were answered since the last call."""
        found: set[int] = set()
        while self._socket is not None:
            try:
                data = self._socket.recv(2048)
            except BlockingIOError:
                break
            except OSError:
                self.close()
                break
            number = number_of_untrusted(data, self._identifier)
            if number is not None:
                found.add(number)
        return frozenset(found)

    def close(self) -> None:
        """Let go of the socket; the next probe opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        try:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self._path.device.encode())
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, _CS6)
            made.bind((str(self._path.local), 0))
            made.connect((str(self._path.peer), 0))
        except OSError:
            made.close()
            raise
        return made


def _packet(identifier: int, number: int) -> bytes:
    bare = _HEADER.pack(_REQUEST, 0, 0, identifier, number)
    return _HEADER.pack(_REQUEST, 0, checksum(bare), identifier, number)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    total = sum(word for (word,) in struct.iter_unpack("!H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return int(~total & 0xFFFF)


def number_of_untrusted(data: bytes, identifier: int) -> int | None:
    """The number in an answer to one of our probes, from a whole IPv4 packet; None if it is none."""
    if not data:
        return None
    header = (data[0] & 0x0F) * 4
    if len(data) < header + _HEADER.size:
        return None
    kind, code, _, its, number = _HEADER.unpack_from(data, header)
    return int(number) if (kind, code, its) == (_REPLY, 0, identifier) else None
