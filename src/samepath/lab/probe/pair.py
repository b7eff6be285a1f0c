"""Two stations and the one who holds the stop-watch."""

from __future__ import annotations

import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Self

from samepath.lab.probe.report import Run
from samepath.lab.probe.wire import Notes

PORT = 50_505
LEAD = 100_000_000
"""Nanoseconds between saying "go" and number 0, so that both stations begin together."""
DRAIN = 1.0
"""Seconds to listen on after the last packet: what comes later than this is lost."""
ANSWER_WITHIN = 10.0
"""Seconds in which a station must say the next thing to its own parent, or it is broken."""


class ProbeFailed(RuntimeError):
    """The probe itself could not work; it says nothing about the path."""


@dataclass(frozen=True, slots=True)
class HostRef:
    """Where a station stands: a named network namespace, and its own address there.

    ``environment`` is what the station runs with, so that whoever ends a lab finds it; None: ours.
    """

    namespace: str
    address: str
    environment: Mapping[str, str] | None = field(default=None, compare=False, repr=False)


class ProbePair:
    """A running measurement between two hosts, both ways; a context manager.

    Start it, :meth:`wait_flowing`, set a :meth:`mark` before each thing you do, :meth:`finish`, and
    ask the :class:`~samepath.lab.probe.report.Run` what happened between two marks.
    """

    def __init__(
        self, *, a: HostRef, b: HostRef, rate: int = 500, sizes: tuple[int, ...] = (64, 1200)
    ) -> None:
        """``rate`` is packets a second each way; ``sizes`` (whole IP packets) are used by turns."""
        run = secrets.randbits(32)
        self._marks: dict[str, int] = {}
        self._stations: list[_Process] = []
        try:
            for here, there in ((a, b), (b, a)):
                self._stations.append(_Process(here, there, rate, run, sizes))
            for station in self._stations:
                station.expect("ready")
        except BaseException:
            self.close()
            raise
        start = time.monotonic_ns() + LEAD
        for station in self._stations:
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

    def finish(self) -> Run:
        """Send no more, wait for what is under way, and collect the notes."""
        self.mark("finish")
        for station in self._stations:
            station.say("stop")
        time.sleep(DRAIN)  # noqa: TID251 - what is still under way is late, not lost
        a, b = (station.notes() for station in self._stations)
        self.close()
        return Run(a=a, b=b, marks=dict(self._marks))

    def close(self) -> None:
        """End the stations, whatever they do."""
        while self._stations:
            self._stations.pop().close()

    def _seen(self) -> list[int]:
        return [station.seen() for station in self._stations]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Process:
    """A station's process, seen from outside."""

    def __init__(
        self, here: HostRef, there: HostRef, rate: int, run: int, sizes: tuple[int, ...]
    ) -> None:
        self._host = here
        self._process = start(
            here,
            "samepath.lab.probe.station",
            here.address,
            there.address,
            str(PORT),
            str(rate),
            str(run),
            ",".join(str(size) for size in sizes),
        )

    def say(self, line: str) -> None:
        stream = _stream(self._process.stdin)
        try:
            stream.write(line.encode() + b"\n")
            stream.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def expect(self, word: str) -> None:
        if (got := self._line()) != word:
            raise ProbeFailed(f"the station in {self._host.namespace} said {got!r}, not {word!r}")

    def seen(self) -> int:
        self.say("seen")
        return int(self._line().split()[0])

    def notes(self) -> Notes:
        self.say("notes")
        length = int(self._line())
        notes = bytearray()
        while len(notes) < length:
            notes += self._read(length - len(notes))
        return Notes.unpack(bytes(notes))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):  # a word that a dead station has not read
                _stream(stream).close()

    def _line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            # No byte of what comes after it: that is for whoever reads next.
            line += self._read(1)
        return line.decode().strip()

    def _read(self, most: int) -> bytes:
        """The next bytes that the station writes. Raises :class:`ProbeFailed` if none come."""
        descriptor = _stream(self._process.stdout).fileno()
        poller = select.poll()  # select() refuses the high descriptors of a busy process
        poller.register(descriptor, select.POLLIN)
        if not poller.poll(ANSWER_WITHIN * 1000):
            raise ProbeFailed(
                f"the station in {self._host.namespace} has not answered within {ANSWER_WITHIN:g} s"
            )
        if not (read := os.read(descriptor, most)):
            raise self._died()
        return read

    def _died(self) -> ProbeFailed:
        self._process.wait()
        lines = _stream(self._process.stderr).read().decode().strip().splitlines()
        why = lines[-1] if lines else f"exit status {self._process.returncode}"
        return ProbeFailed(f"the station in {self._host.namespace} ended: {why}")


def start(host: HostRef, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a module of the probe on a host, with pipes to it."""
    return subprocess.Popen(
        [
            "nsenter",
            f"--net=/run/netns/{host.namespace}",
            sys.executable,
            # The package imports its modules, so runpy warns of running one of them again.
            "-W",
            "ignore::RuntimeWarning:runpy",
            "-m",
            module,
            *arguments,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=host.environment,
    )


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - all three are pipes
    return stream
