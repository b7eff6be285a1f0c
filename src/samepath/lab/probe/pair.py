"""Two stations and the one who holds the stop-watch."""

from __future__ import annotations

import secrets
import time

from samepath.lab.probe.process import HostRef, ProbeFailed, Process, Stations
from samepath.lab.probe.report import Run
from samepath.lab.probe.wire import Notes

PORT = 50_505
LEAD = 100_000_000
"""Nanoseconds between saying "go" and number 0, so that both stations begin together."""
DRAIN = 1.0
"""Seconds to listen on after the last packet: what comes later than this is lost."""


class ProbePair(Stations["_Station"]):
    """A running measurement between two hosts, both ways; a context manager.

    Start it, :meth:`wait_flowing`, set a :meth:`mark` before each thing you do, :meth:`finish`, and
    ask the :class:`~samepath.lab.probe.report.Run` what happened between two marks.
    """

    def __init__(
        self,
        *,
        a: HostRef,
        b: HostRef,
        rate: int = 500,
        sizes: tuple[int, ...] = (64, 1200),
        port: int = PORT,
    ) -> None:
        """``rate`` is packets a second each way; ``sizes`` (whole IP packets) are used by turns.

        Both ends use ``port``. To a firewall on the way another port is another session.
        """
        run = secrets.randbits(32)
        self._marks: dict[str, int] = {}
        super().__init__(
            lambda: _Station(a, b, rate, run, sizes, port),
            lambda: _Station(b, a, rate, run, sizes, port),
        )
        start = time.monotonic_ns() + LEAD
        for station in self._stations.values():
            station.say(f"go {start}")

    def mark(self, name: str) -> None:
        """Give the present moment a name."""
        self._marks[name] = time.monotonic_ns()

    def wait_flowing(self, timeout: float) -> None:
        """Return once packets arrive on both ends; :class:`ProbeFailed` after ``timeout`` s."""
        deadline = time.monotonic() + timeout
        before = self._seen()
        while time.monotonic() < deadline:
            time.sleep(0.05)  # noqa: TID251 - packets need their time to arrive
            now = self._seen()
            if all(new > old for new, old in zip(now, before, strict=True)):
                return
            before = [min(pair) for pair in zip(now, before, strict=True)]
        raise ProbeFailed(f"no packets came through, in at least one direction, for {timeout:g} s")

    def finish(self, drain: float | None = None) -> Run:
        """Send no more, wait for what is under way, and collect the notes.

        ``drain`` is for how many seconds is waited, :data:`DRAIN` by default: none is needed where
        the last mark is long past.
        """
        self.mark("finish")
        for station in self._stations.values():
            station.say("stop")
        time.sleep(DRAIN if drain is None else drain)  # noqa: TID251 - what is still under way is late, not lost
        a, b = (station.notes() for station in self._stations.values())
        self.close()
        return Run(a=a, b=b, marks=dict(self._marks))

    def _seen(self) -> list[int]:
        return [station.seen() for station in self._stations.values()]


class _Station(Process):
    """A station of numbered packets."""

    def __init__(
        self,
        here: HostRef,
        there: HostRef,
        rate: int,
        run: int,
        sizes: tuple[int, ...],
        port: int,
    ) -> None:
        super().__init__(
            here,
            "samepath.lab.probe.station",
            here.address,
            there.address,
            str(port),
            str(rate),
            str(run),
            ",".join(str(size) for size in sizes),
        )

    def seen(self) -> int:
        """How many packets have arrived."""
        self.say("seen")
        return int(self.line().split()[0])

    def notes(self) -> Notes:
        """The notes of the run; the station ends."""
        self.say("notes")
        length = int(self.line())
        notes = bytearray()
        while len(notes) < length:
            notes += self.read(length - len(notes))
        return Notes.unpack(bytes(notes))
