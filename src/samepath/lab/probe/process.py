"""A process of the probe in a network namespace, and what is said between it and its parent."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Generic, Self, TypeVar

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


class Process:
    """A station's process, seen from outside."""

    def __init__(self, host: HostRef, module: str, *arguments: str) -> None:
        self._host = host
        self._process = start(host, module, *arguments)

    def say(self, line: str) -> None:
        """Write a line. Raises :class:`ProbeFailed` if it has ended."""
        stream = _stream(self._process.stdin)
        try:
            stream.write(line.encode() + b"\n")
            stream.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def expect(self, word: str) -> None:
        """Read a line that says ``word``. Raises :class:`ProbeFailed` for another."""
        if (got := self.line()) != word:
            raise ProbeFailed(f"the station in {self._host.namespace} said {got!r}, not {word!r}")

    def line(self) -> str:
        """The next line that it writes. Raises :class:`ProbeFailed` if none comes."""
        line = b""
        while not line.endswith(b"\n"):
            # No byte of what comes after it: that is for whoever reads next.
            line += self.read(1)
        return line.decode().strip()

    def read(self, most: int) -> bytes:
        """The next bytes that it writes. Raises :class:`ProbeFailed` if none come."""
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

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):  # a word that a dead station has not read
                _stream(stream).close()

    def _died(self) -> ProbeFailed:
        self._process.wait()
        lines = _stream(self._process.stderr).read().decode().strip().splitlines()
        why = lines[-1] if lines else f"exit status {self._process.returncode}"
        return ProbeFailed(f"the station in {self._host.namespace} ended: {why}")


P = TypeVar("P", bound=Process)


class Stations(Generic[P]):
    """Two stations, ``a`` and ``b``, that are ready and end together; a context manager."""

    def __init__(self, a: Callable[[], P], b: Callable[[], P]) -> None:
        """``a`` and ``b`` start one each. Raises :class:`ProbeFailed`."""
        self._stations: dict[str, P] = {}
        try:
            for name, begin in (("a", a), ("b", b)):
                self._stations[name] = begin()
            for station in self._stations.values():
                station.expect("ready")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the stations, whatever they do."""
        while self._stations:
            self._stations.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


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
