"""A TCP connection that lives long and says little: it notices a reset, and a stall.

``python -m benchmarks.chatter listen ADDRESS`` echoes on one connection;
``python -m benchmarks.chatter talk HERE THERE`` says a line every 50 ms and waits for its echo,
until its standard input ends; then it prints how many came back, or the error that ended it.
"""

from __future__ import annotations

import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from samepath.lab.probe import HostRef

PORT = 50_507
EVERY = 0.05
STALLED = 60.0
"""Seconds without an echo after which a connection hangs."""


def _listen(address: str) -> None:
    with socket.create_server((address, PORT)) as server:
        print("ready", flush=True)
        connection, _ = server.accept()
        with connection:
            while said := connection.recv(4096):
                connection.sendall(said)


def _talk(here: str, there: str) -> None:
    echoes = 0
    try:
        with socket.create_connection((there, PORT), STALLED, (here, 0)) as connection:
            print("ready", flush=True)
            while not select.select([sys.stdin], [], [], EVERY)[0]:
                connection.sendall(b"!")
                if not connection.recv(1):
                    raise ConnectionResetError("the peer has closed the connection")
                echoes += 1
    except OSError as error:
        print(f"error {error}")
    else:
        print(echoes)


class Chatter:
    """A connection that is running; :meth:`finish` tells what became of it."""

    def __init__(self, talker: subprocess.Popen[str]) -> None:
        self._talker = talker

    def finish(self) -> str:
        """Empty if it lived to the end with echoes; otherwise the error."""
        said, complaint = self._talker.communicate(timeout=2 * STALLED)
        words = said.strip() or complaint.strip()
        return "" if words.isdigit() and int(words) > 0 else words or "no echo"


def _start(namespace: str, *arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [
            "nsenter",
            f"--net=/run/netns/{namespace}",
            sys.executable,
            "-m",
            "benchmarks.chatter",
            *arguments,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    if process.stdout.readline() != "ready\n":
        _, words = process.communicate()
        raise OSError(f"no TCP connection in {namespace}: {words.strip()}")
    return process


@contextmanager
def chatter(a: HostRef, b: HostRef) -> Iterator[Chatter]:
    """A TCP connection from ``a`` to ``b`` that talks meanwhile."""
    processes: list[subprocess.Popen[str]] = []
    try:
        processes.append(_start(b.namespace, "listen", b.address))
        processes.append(_start(a.namespace, "talk", a.address, b.address))
        yield Chatter(processes[-1])
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def main(arguments: list[str]) -> None:
    """Be one end."""
    match arguments:
        case ["listen", address]:
            _listen(address)
        case ["talk", here, there]:
            _talk(here, there)
        case _:
            raise ValueError("say: listen ADDRESS, or talk HERE THERE")


if __name__ == "__main__":
    main(sys.argv[1:])
