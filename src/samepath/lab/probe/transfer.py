"""A TCP transfer between two namespaces, checked byte by byte.

What pings do not show: a path whose packets are too large for it lets a connection open and then
hang. A transfer that ends, with the right digest, within its time, is the proof that it does not.
"""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
import time
from dataclasses import dataclass

from samepath.lab.probe.process import HostRef, ProbeFailed, start

PORT = 50_506
CHUNK = 64 << 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """A transfer that was tried."""

    complete: bool
    """Whether every byte arrived, and was the right one."""
    received: int
    """Bytes that arrived in time."""
    seconds: float
    mss: int
    """The sender's maximum segment size at the end, bytes (``TCP_MAXSEG``)."""
    error: str
    """What the kernel said on either end; empty when it said nothing."""


def transfer(*, source: HostRef, destination: HostRef, size: int, timeout: float) -> Transfer:
    """Send ``size`` bytes by TCP from one host to another, and see whether they arrive."""
    receiver = start(destination, __name__, "receive", destination.address, str(size), str(timeout))
    try:
        assert receiver.stdout is not None  # noqa: S101 - it is a pipe
        if receiver.stdout.readline() != b"ready\n":
            raise ProbeFailed(f"no receiver in {destination.namespace}: {_last_words(receiver)}")
        sender = start(
            source,
            __name__,
            "send",
            source.address,
            destination.address,
            str(size),
            str(timeout),
        )
        said, complaint = sender.communicate(timeout=timeout + 10)
        got, trouble = receiver.communicate(timeout=timeout + 10)
    finally:
        receiver.kill()
        receiver.wait()
    received, digest, seconds, *rest = got.decode().split(maxsplit=3) or ("0", "-", "0")
    mss, sent_digest, *fault = said.decode().split(maxsplit=2) or ("0", "", complaint.decode())
    return Transfer(
        complete=int(received) == size and digest == sent_digest,
        received=int(received),
        seconds=float(seconds),
        mss=int(mss),
        error=" ".join((*fault, *rest)).strip() or trouble.decode().strip(),
    )


def _last_words(process: subprocess.Popen[bytes]) -> str:
    _, words = process.communicate()
    lines = words.decode().strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _receive(address: str, size: int, timeout: float) -> None:
    with socket.create_server((address, PORT)) as server:
        server.settimeout(timeout)
        print("ready", flush=True)  # noqa: T201 - the word that its parent waits for
        received, digest, error = 0, hashlib.sha256(), ""
        started = time.monotonic()
        try:
            connection, _ = server.accept()
            with connection:
                connection.settimeout(timeout)
                while received < size and (data := connection.recv(CHUNK)):
                    received += len(data)
                    digest.update(data)
                connection.shutdown(socket.SHUT_WR)
        except OSError as caught:
            error = f"receiver: {caught}"
    elapsed = time.monotonic() - started
    print(received, digest.hexdigest(), f"{elapsed:.3f}", error)  # noqa: T201 - its answer


def _send(here: str, there: str, size: int, timeout: float) -> None:
    block = hashlib.shake_256(b"samepath").digest(CHUNK)
    digest, error, mss = hashlib.sha256(), "", 0
    try:
        with socket.create_connection((there, PORT), timeout, (here, 0)) as connection:
            left = size
            while left:
                data = block[: min(left, CHUNK)]
                connection.sendall(data)
                digest.update(data)
                left -= len(data)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)  # The receiver closes when it has everything.
            mss = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    except OSError as caught:
        error = f"sender: {caught}"
    print(mss, digest.hexdigest(), error)  # noqa: T201 - its answer


def main(arguments: list[str]) -> None:
    """Be one end of a transfer."""
    match arguments:
        case ["receive", address, size, timeout]:
            _receive(address, int(size), float(timeout))
        case ["send", here, there, size, timeout]:
            _send(here, there, int(size), float(timeout))
        case _:
            raise ValueError("say: receive ADDRESS SIZE TIMEOUT, or send HERE THERE SIZE TIMEOUT")


if __name__ == "__main__":
    main(sys.argv[1:])
