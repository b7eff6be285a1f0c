"""The sockets of another process, for what its program offers no option for.

``pidfd_getfd`` (Linux 5.6) gives us a second descriptor of a socket that a process has open. What
is set on it is set on the socket, for as long as the process has it.
"""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from samepath.drivers.errors import DaemonUnreachable, Refused

SO_RCVBUFFORCE = 33
"""SO_RCVBUF without the machine's limit (socket(7)); Python's ``socket`` does not name it."""

_LIBC = ctypes.CDLL(None, use_errno=True)


def receive_buffer(pid: int, size: int) -> int:
    """Let each UDP socket of a process hold ``size`` bytes of what has arrived; how many have it.

    The kernel sets twice of that aside, since its own book-keeping counts (socket(7)). Raises
    :class:`DaemonUnreachable` if the process has gone, :class:`Refused` if it may not be touched.
    """
    found = 0
    for its in _udp(pid):
        its.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, size)
        found += 1
    return found


def smallest_receive_buffer(pid: int) -> int | None:
    """What the UDP socket of a process that holds the least holds, in bytes; None: it has none.

    Raises what :func:`receive_buffer` raises.
    """
    sizes = (its.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2 for its in _udp(pid))
    return min(sizes, default=None)


def _udp(pid: int) -> Iterator[socket.socket]:
    """The UDP sockets of a process, each for as long as it is looked at."""
    with _process(pid) as process:
        for number in _sockets(pid):
            with _opened(process, number) as its:
                if its is not None and _is_udp(its):
                    yield its


@contextmanager
def _process(pid: int) -> Iterator[int]:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError as error:
        raise DaemonUnreachable(f"process {pid} has gone") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _sockets(pid: int) -> Iterator[int]:
    """The descriptors of a process that are sockets; none of one that has gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            # It may be closed before we look.
            with suppress(FileNotFoundError):
                if str(entry.readlink()).startswith("socket:"):
                    yield int(entry.name)


@contextmanager
def _opened(process: int, number: int) -> Iterator[socket.socket | None]:
    """A socket of a process, None if it has closed it meanwhile."""
    descriptor = _LIBC.pidfd_getfd(process, number, 0)
    if descriptor < 0:
        problem = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        if isinstance(problem, PermissionError):
            raise Refused(
                f"the sockets of a daemon cannot be set up ({problem.strerror}): "
                "that needs CAP_SYS_PTRACE"
            ) from problem
        yield None
        return
    with socket.socket(fileno=descriptor) as its:
        yield its


def _is_udp(its: socket.socket) -> bool:
    return its.family in {socket.AF_INET, socket.AF_INET6} and its.type == socket.SOCK_DGRAM
