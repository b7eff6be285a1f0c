"""A station: one process in one network namespace that sends and receives probe packets.

``python -m samepath.lab.probe.station ADDRESS PEER PORT RATE RUN SIZES`` and then, a line each, on
standard input:

* ``go NANOSECONDS``: number 0 is due at this CLOCK_MONOTONIC time;
* ``seen``: answer with how many packets have arrived, and the monotonic time, on a line;
* ``stop``: send no more, but go on listening;
* ``notes``: write the notes of the run (a line with their length, then the bytes) and end.

End of input ends it too, so that nothing is left when the one who started it dies.

Sending is on an absolute schedule: number *n* is due at start + n x interval. When the machine
holds the station up, the numbers whose time has passed by more than :data:`TOO_LATE` are noted as
not sent, rather than sent in a burst that measures nothing.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Callable

from samepath.lab.probe.wire import NOT_SENT, Notes, number_of_untrusted, packet

TOO_LATE = 50_000_000
"""Nanoseconds behind its schedule after which a number is given up as not sent."""
BUFFER = 8 << 20
"""Bytes asked for the socket's receive buffer."""

SO_MEMINFO = 55
"""Linux, asm-generic/socket.h: the socket's counters, unsigned 32-bit numbers; its drops are the
ninth (``SK_MEMINFO_DROPS``). What SO_RXQ_OVFL tells with each packet misses the last drops, which
no packet follows."""
SO_RCVBUFFORCE = 33
SO_TIMESTAMPNS = 35
"""Linux: deliver the kernel's time of reception (CLOCK_REALTIME) with each packet."""

_TIMESPEC = struct.Struct("@qq")
_MEMINFO = struct.Struct("@9I")


class Station:
    """The state of one run; :meth:`run` is its loop."""

    def __init__(
        self, *, address: str, peer: str, port: int, rate: int, run: int, sizes: tuple[int, ...]
    ) -> None:
        self._interval = 1_000_000_000 // rate
        self._run = run
        self._sizes = sizes
        self._peer = (peer, port)
        self._started = 0
        self._next = 0
        self._sending = False
        self._sent = array("q")
        self._numbers = array("q")
        self._arrivals = array("q")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((address, port))
        # The kernel stamps with the wall clock; the run is on the monotonic one.
        self._offset = time.time_ns() - time.monotonic_ns()

    def run(self, commands: int, write: Callable[[bytes], None]) -> None:
        """Serve until told to give the notes, or until ``commands`` (a descriptor) ends."""
        pending = b""
        while True:
            # Not poll(): it knows whole milliseconds only, and would spin through the last one,
            # which on a small machine takes the processor from what is measured.
            ready, _, _ = select.select(
                [self._socket.fileno(), commands], [], [], self._until_next()
            )
            if commands in ready:
                read = os.read(commands, 4096)
                if not read:
                    return
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    if not self._obey(line.decode(), write):
                        return
            self._receive()
            self._send_due()

    def _obey(self, line: str, write: Callable[[bytes], None]) -> bool:
        command, *arguments = line.split()
        match command:
            case "go":
                self._started = int(arguments[0])
                self._sending = True
            case "seen":
                write(f"{len(self._numbers)} {time.monotonic_ns()}\n".encode())
            case "stop":
                self._sending = False
            case "notes":
                self._receive()
                notes = Notes(
                    started=self._started,
                    interval=self._interval,
                    sent=self._sent,
                    numbers=self._numbers,
                    arrivals=self._arrivals,
                    overflowed=self._overflowed(),
                ).pack()
                write(f"{len(notes)}\n".encode() + notes)
                return False
            case _:
                raise ValueError(f"a station does not know {command!r}")
        return True

    def _overflowed(self) -> int:
        """Packets that this socket had no room for."""
        info = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMINFO.size)
        return int(_MEMINFO.unpack(info)[-1])

    def _until_next(self) -> float | None:
        """Seconds to wait for the next number's time."""
        if not self._sending:
            return None
        due = self._started + self._next * self._interval
        return max(0, due - time.monotonic_ns()) / 1e9

    def _send_due(self) -> None:
        while self._sending:
            now = time.monotonic_ns()
            due = self._started + self._next * self._interval
            if due > now:
                return
            if now - due > TOO_LATE:
                self._sent.append(NOT_SENT)
            else:
                size = self._sizes[self._next % len(self._sizes)]
                try:
                    self._socket.sendto(packet(self._run, self._next, size), self._peer)
                    self._sent.append(now)
                except OSError:
                    # Refused here (no route, full queue, too long): it was never on the way.
                    self._sent.append(NOT_SENT)
            self._next += 1

    def _receive(self) -> None:
        while True:
            try:
                data, control, _, _ = self._socket.recvmsg(65_535, 128)
            except BlockingIOError:
                return
            except OSError:
                # An ICMP error answered something that we sent; its loss shows by itself.
                continue
            number = number_of_untrusted(data, self._run)
            when = time.monotonic_ns()
            for level, kind, value in control:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    when = seconds * 1_000_000_000 + nanoseconds - self._offset
            if number is not None:
                self._numbers.append(number)
                self._arrivals.append(when)


def main(arguments: list[str]) -> None:
    """Run a station as told by the command line; see the module's docstring."""
    address, peer, port, rate, run, sizes = arguments
    gc.disable()
    # Without root it measures as well as its priority lets it.
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    station = Station(
        address=address,
        peer=peer,
        port=int(port),
        rate=int(rate),
        run=int(run),
        sizes=tuple(int(size) for size in sizes.split(",")),
    )
    output = sys.stdout.buffer

    def write(data: bytes) -> None:
        output.write(data)
        output.flush()

    write(b"ready\n")
    station.run(sys.stdin.fileno(), write)


if __name__ == "__main__":
    main(sys.argv[1:])
