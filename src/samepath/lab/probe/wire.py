"""The probe's packet, and what a station remembers of a run.

A packet is a fixed header and padding up to its size: magic, run, number. The time of sending is
not on the wire: both stations are on one machine and read one monotonic clock, so the sender's own
note of it is enough, and is there for packets that never arrive, too.
"""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass

_HEADER = struct.Struct("!4sIQ")
_MAGIC = b"sPp1"
_SIZES = struct.Struct("!QQQQQ")

MIN_PAYLOAD = _HEADER.size
IP_AND_UDP = 28
"""Bytes of an IPv4 header without options (RFC 791) and of a UDP header (RFC 768)."""

NOT_SENT = -1
"""In a sender's notes: the time of a number that was never handed to the kernel."""


def packet(run: int, number: int, size: int) -> bytes:
    """A probe packet; ``size`` is that of the whole IPv4 packet, bytes."""
    payload = max(size - IP_AND_UDP, MIN_PAYLOAD)
    return _HEADER.pack(_MAGIC, run, number).ljust(payload, b"\0")


def number_of_untrusted(data: bytes, run: int) -> int | None:
    """The number in a received packet; None if it is not one of this run."""
    if len(data) < MIN_PAYLOAD:
        return None
    magic, its_run, number = _HEADER.unpack_from(data)
    return int(number) if magic == _MAGIC and its_run == run else None


@dataclass(frozen=True, slots=True)
class Notes:
    """What one station saw: its own sending, and its peer's packets arriving.

    Times are CLOCK_MONOTONIC, nanoseconds.
    """

    started: int
    """When number 0 was due."""
    interval: int
    """Nanoseconds between two numbers."""
    sent: array[int]
    """By number: when it was sent, or :data:`NOT_SENT`."""
    numbers: array[int]
    """Numbers as they arrived, duplicates included."""
    arrivals: array[int]
    """When each of ``numbers`` arrived."""
    overflowed: int
    """Packets that the kernel dropped because this station's socket buffer was full."""

    def pack(self) -> bytes:
        """As bytes, for the pipe between a station and whoever started it."""
        head = _SIZES.pack(
            self.started, self.interval, len(self.sent), len(self.numbers), self.overflowed
        )
        return b"".join(
            (head, self.sent.tobytes(), self.numbers.tobytes(), self.arrivals.tobytes())
        )

    @classmethod
    def unpack(cls, data: bytes) -> Notes:
        """The opposite of :meth:`pack`; ValueError on anything else."""
        if len(data) < _SIZES.size:
            raise ValueError("the station's notes are cut short")
        started, interval, sending, receiving, overflowed = _SIZES.unpack_from(data)
        if len(data) != _SIZES.size + 8 * (sending + 2 * receiving):
            raise ValueError("the station's notes are cut short")
        columns = array("q", data[_SIZES.size :])
        return cls(
            started=started,
            interval=interval,
            sent=columns[:sending],
            numbers=columns[sending : sending + receiving],
            arrivals=columns[sending + receiving :],
            overflowed=overflowed,
        )
