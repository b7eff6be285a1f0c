"""The processes of one world: found in ``/proc``, started through its supervisor.

Who runs is never remembered, always looked up: :meth:`Processes.observe` reads the machine, so it
is true after any crash, the supervisor's own included. Starting goes through the supervisor
(:mod:`samepath.drivers.supervisor`), because a daemon must be its child. Stopping does not: a pidfd
and the start time name a process for certain, whoever its parent is.

Every wait is for an event (a pidfd, an inotify, a socket) and has a limit.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from samepath.drivers import programs, supervisor
from samepath.drivers.closing import Closing
from samepath.drivers.errors import DaemonFailed, DaemonUnreachable, DriverError
from samepath.drivers.supervisor import STOP_LIMIT, open_process, scan, stat_of
from samepath.drivers.waiting import wait_readable
from samepath.linux.objects import Daemon, DaemonKind

SUPERVISOR = supervisor.NAME
READY_LIMIT = 10.0
"""Seconds for a daemon to answer on its socket. charon takes 0.1 s, BIRD less."""
ANSWER_LIMIT = 10.0
"""Seconds for the supervisor to answer; it takes less than a millisecond, or is stopped."""
KILL_LIMIT = 10.0
"""Seconds for a process to go after SIGKILL; longer only if the kernel holds it."""
REAP_LIMIT = 10.0
"""Seconds for the machine's init to reap an orphan; most do at once, some look now and then."""
INIT = 1
"""The process that inherits orphans."""
TAIL_LINES = 20
TAIL_BYTES = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A process of a world. ``pid`` and ``start`` together name it for all time.

    ``start`` is in clock ticks since boot (``/proc/PID/stat``, field 22).
    ``digest`` is the ``restart_on`` of the daemon that it was started for.
    ``namespace`` is the network namespace that it runs in: empty for that of whoever started the
    supervisor, and None if the one it was started in has lost its name or given it to another, so
    that the daemon must be started anew to be any use.
    A ``zombie`` has ended and waits for the supervisor; ``name`` is then its program's.
    """

    name: str
    pid: int
    start: int
    digest: str
    namespace: str | None
    zombie: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Exited:
    """A process of the world has ended.

    ``status`` is its exit status, or minus the number of the signal that killed it; None if its
    parent was no supervisor that could learn it. ``time`` is when the supervisor noticed.
    """

    name: str
    pid: int
    start: int
    status: int | None
    time: datetime


class Processes:
    """The processes of the world called ``world``, whose directory is ``directory``."""

    def __init__(self, directory: Path, world: str) -> None:
        self._directory = directory
        self._world = world

    # --- look ----------------------------------------------------------------------------------

    def observe(self) -> frozenset[Running]:
        """Every daemon of this world that runs, and its supervisor, under the name "supervisor"."""
        found = [process for process in scan(self._world) if process.main]
        running = {
            Running(
                name=process.name,
                pid=process.pid,
                start=process.start,
                digest=process.digest,
                namespace=_namespace(process.pid, process.namespace),
                zombie=False,
            )
            for process in found
        }
        parents = {process.pid for process in found if process.name == SUPERVISOR}
        return frozenset(running | set(_zombies(parents)))

    def watch(self) -> Watch:
        """The ends of this world's processes, from now on."""
        return Watch(self)

    def adopting(self, environment: Mapping[str, str] | None = None) -> dict[str, str]:
        """An environment with the world's mark: who gets it, and its children, :meth:`quit` ends.

        They are nobody's daemons, so :meth:`observe` does not see them. ``environment`` is all
        that they get beside the mark; None: what a program of ours needs of our own.
        """
        given = programs.environment() if environment is None else environment
        return {**given, supervisor.WORLD: self._world}

    # --- start ---------------------------------------------------------------------------------

    def ensure_supervisor(self) -> None:
        """See to it that this world has a supervisor that answers.

        Raises :class:`DaemonFailed` if none could be started.
        """
        deadline = time.monotonic() + READY_LIMIT
        while True:
            with suppress(DaemonUnreachable), closing(self.connect()):
                return
            if time.monotonic() > deadline:
                raise DaemonFailed(
                    f"the supervisor of {self._world} does not come up within {READY_LIMIT:.0f} s",
                    _tail(self._log(SUPERVISOR), 0),
                )
            # By its file and with neither site nor our package: it starts twice as fast.
            command = (sys.executable, "-I", "-S", supervisor.__file__)
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(
                    (*command, str(self._directory), self._world),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    close_fds=True,
                    check=False,
                    env=programs.environment(),
                    process_group=0,
                    timeout=max(0.0, deadline - time.monotonic()),
                )
            # The lock may still be held by a supervisor that is just ending.
            with suppress(DaemonUnreachable), closing(self.connect()):
                return
            wait_readable((), 0.02)

    def start(self, daemon: Daemon) -> Running:
        """Start ``daemon`` and wait until it serves its control socket.

        Raises :class:`DaemonFailed`, with the end of its log, if it runs already, cannot be run,
        ends too soon, or does not answer in time (then it is stopped again).
        """
        self.ensure_supervisor()
        path = self._directory / daemon.socket if daemon.socket else None
        log = self._log(daemon.name)
        log.parent.mkdir(mode=0o700, exist_ok=True)
        offset = log.stat().st_size if log.exists() else 0
        with ExitStack() as stack:
            notice = stack.enter_context(_created_in(path.parent)) if path else None
            if path:
                _remove_stale(path)
            order: dict[str, object] = {
                "do": "spawn",
                "name": daemon.name,
                "argv": [self._expand(word) for word in daemon.argv],
                "env": {name: self._expand(value) for name, value in daemon.environment},
                "namespace": daemon.namespace,
                "log": str(log),
                "digest": daemon.restart_on,
                "again": daemon.again,
            }
            try:
                answer = self.ask(order)
            except _No as reason:
                raise DaemonFailed(f"{daemon.name} does not start: {reason}") from reason
            running = Running(
                name=daemon.name,
                pid=_int(answer["pid"]),
                start=_int(answer["start"]),
                digest=daemon.restart_on,
                namespace=daemon.namespace,
                zombie=False,
            )
            if path and notice is not None:
                self._wait_ready(daemon, running, path, notice, log, offset)
        return running

    def _expand(self, word: str) -> str:
        return word.replace("{world}", str(self._directory)).replace("{python}", sys.executable)

    def _log(self, name: str) -> Path:
        return self._directory / "log" / f"{name}.log"

    def _wait_ready(
        self, daemon: Daemon, running: Running, path: Path, notice: int, log: Path, offset: int
    ) -> None:
        """Return when ``path`` is served; ``notice`` is an inotify of its folder."""
        deadline = time.monotonic() + READY_LIMIT
        with _process(running) as handle:
            while handle is not None and not _has_ended(handle):
                with suppress(DaemonUnreachable), closing(connect(path, ANSWER_LIMIT)) as made:
                    if daemon.kind not in _GREET or _greets(made, handle, deadline):
                        return
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                # Between bind and listen there is no event to wait for, but it is a short while.
                ready = wait_readable((notice, handle), min(left, 0.002) if path.exists() else left)
                if notice in ready:
                    os.read(notice, 4096)
            ended = handle is None or _has_ended(handle)
        if not ended:
            self.stop(running)
            raise DaemonFailed(
                f"{running.name} runs, and does not answer on {path} within {READY_LIMIT:.0f} s",
                _tail(log, offset),
            )
        raise DaemonFailed(
            f"{running.name} ended before it was ready ({self._end_of(running)})",
            _tail(log, offset),
        )

    def _end_of(self, running: Running) -> str:
        """How a child of the supervisor ended, in words."""
        ended = self.ask({"do": "list"}).get("ended")
        match ended.get(running.name) if isinstance(ended, dict) else None:
            case {"pid": running.pid, "status": int(status)}:
                return describe_status(status)
            case _:
                return describe_status(None)

    # --- stop ----------------------------------------------------------------------------------

    def stop(self, running: Running, timeout: float = STOP_LIMIT) -> None:
        """End a process: SIGTERM, and SIGKILL if it is still there after ``timeout`` seconds.

        One that has gone already is no error. Raises :class:`DriverError` if it cannot be killed.
        """
        self._end([running], timeout)
        self._let_reap()

    def kill(self, running: Running, number: signal.Signals) -> None:
        """Send a signal to exactly that process; returns after SIGKILL only when it has ended."""
        with _process(running) as handle:
            if handle is None:
                return
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, number)
            if number == signal.SIGKILL:
                _wait_end(handle, KILL_LIMIT)
        if number == signal.SIGKILL:
            self._let_reap()

    def quit(self, timeout: float = STOP_LIMIT) -> None:
        """End everything of this world, the supervisor last; works without one, too.

        Returns when all are gone from the process table. Raises :class:`DriverError` if some are
        not.
        """
        ending = list(self._all())
        with suppress(DaemonUnreachable, _No), closing(self.connect()) as connection:
            _exchange(connection, {"do": "quit", "timeout": timeout})
            connection.settimeout(timeout + KILL_LIMIT)
            with suppress(OSError):
                while connection.recv(4096):
                    pass
        # What is left had no supervisor, or started something meanwhile; once more, then, until
        # nothing is. A daemon's child goes with SIGKILL: nobody has told us how to ask it.
        for _ in range(10):
            left = list(self._all())
            if not left:
                break
            ending += left
            self._end([process for process in left if process.name], timeout)
            self._end([process for process in left if not process.name], 0.0)
        else:
            raise DriverError(f"processes of {self._world} come faster than they can be ended")
        (self._directory / supervisor.SOCKET).unlink(missing_ok=True)
        _wait_reaped(ending)

    def _all(self) -> Iterator[Running]:
        """Every process of this world but ourselves; daemons' children have no name."""
        for process in scan(self._world):
            if process.pid != os.getpid():
                yield Running(
                    name=process.name if process.main else "",
                    pid=process.pid,
                    start=process.start,
                    digest=process.digest,
                    namespace=None,
                    zombie=False,
                )

    def _end(self, processes: Iterable[Running], timeout: float) -> None:
        """End all of them at once."""
        with ExitStack() as stack:
            opened = ((process, stack.enter_context(_process(process))) for process in processes)
            handles = {handle: process for process, handle in opened if handle is not None}
            if timeout > 0:
                _signal(handles, signal.SIGTERM)
                _signal(handles, signal.SIGCONT)  # One that is stopped takes no other.
                _wait_all(handles, timeout)
            _signal(handles, signal.SIGKILL)
            _wait_all(handles, KILL_LIMIT)
            if handles:
                names = ", ".join(f"{each.name} ({each.pid})" for each in handles.values())
                raise DriverError(f"the kernel does not let go of {names}")

    def _let_reap(self) -> None:
        """A supervisor answers only after it has reaped."""
        with suppress(DriverError):
            self.ask({"do": "list"})

    # --- the supervisor's socket ------------------------------------------------------------------

    def connect(self) -> socket.socket:
        """A connection to the supervisor. Raises :class:`DaemonUnreachable`."""
        return connect(self._directory / supervisor.SOCKET, ANSWER_LIMIT)

    def ask(self, request: dict[str, object]) -> dict[str, object]:
        """One request and its answer."""
        with closing(self.connect()) as connection:
            return _exchange(connection, request)


class Watch(Closing):
    """Ends of processes. Wait until it is readable, then :meth:`read`; or iterate, which blocks.

    When the supervisor ends, that is the last event of its connection; the next use connects to
    the next supervisor, and raises :class:`DaemonUnreachable` if there is none. What ended in
    between was not seen: look for yourself.
    """

    def __init__(self, processes: Processes) -> None:
        self._processes = processes
        self._connection: socket.socket | None = None
        self._buffer = b""
        self.fileno()

    def fileno(self) -> int:
        """The descriptor that is readable when there is something to :meth:`read`."""
        return self._connected().fileno()

    def read(self) -> tuple[Exited, ...]:
        """What has happened since the last time; does not block."""
        found: list[Exited] = []
        connection = self._connected()
        while True:
            try:
                received = connection.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                received = b""
            self._buffer += received
            *lines, self._buffer = self._buffer.split(b"\n")
            found += [_exited(json.loads(line)) for line in lines]
            if not received:
                self.close()
                found.append(
                    Exited(name=SUPERVISOR, pid=0, start=0, status=None, time=datetime.now(UTC))
                )
                break
        return tuple(found)

    def __iter__(self) -> Iterator[Exited]:
        """Every end as it happens, for ever."""
        while True:
            wait_readable([self], None)
            yield from self.read()

    def close(self) -> None:
        """Watch no longer."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._buffer = b""

    def _connected(self) -> socket.socket:
        if self._connection is None:
            connection = self._processes.connect()
            try:
                _exchange(connection, {"do": "watch"})
            except DriverError:
                connection.close()
                raise
            connection.setblocking(False)
            self._connection = connection
        return self._connection


def describe_status(status: int | None) -> str:
    """How a process ended, in words."""
    if status is None:
        return "nobody saw how"
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


# ------------------------------------------------------------------------------------ the wire


class _No(DriverError):
    """The supervisor's own "error" answer."""


def connect(path: Path, timeout: float) -> socket.socket:
    """A stream to a Unix socket. Raises :class:`DaemonUnreachable`."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise DaemonUnreachable(f"nobody answers on {path}: {error.strerror or error}") from error
    return connection


def _exchange(connection: socket.socket, request: dict[str, object]) -> dict[str, object]:
    """Send one line, take one. Nothing else may be on its way (see ``watch``)."""
    try:
        connection.sendall(json.dumps(request).encode() + b"\n")
        line = b""
        while not line.endswith(b"\n"):
            # A watcher's first event may follow its answer at once: take no byte too many.
            peeked = connection.recv(1 << 16, socket.MSG_PEEK)
            if not peeked:
                raise DaemonUnreachable("the supervisor ended before it answered")
            end = peeked.find(b"\n") + 1 or len(peeked)
            line += connection.recv(end)
    except OSError as error:
        raise DaemonUnreachable(f"the supervisor does not answer: {error}") from error
    answer: dict[str, object] = json.loads(line)
    if "error" in answer:
        raise _No(str(answer["error"]))
    return answer


def _exited(line: dict[str, object]) -> Exited:
    status, when = line["status"], line["time"]
    return Exited(
        name=str(line["name"]),
        pid=_int(line["pid"]),
        start=_int(line["start"]),
        status=status if isinstance(status, int) else None,
        time=datetime.fromtimestamp(float(when) if isinstance(when, float | int) else 0.0, UTC),
    )


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise DaemonUnreachable(f"the supervisor answered {value!r} for a number")
    return value


# --------------------------------------------------------------------------------------- /proc


def _namespace(pid: int, name: str) -> str | None:
    """``name``, if that is still the namespace that the process is in."""
    if not name:
        return ""
    try:
        there = os.stat(supervisor.NAMESPACES + name)  # noqa: PTH116 - a name may be odd
        mine = os.stat(f"/proc/{pid}/ns/net")  # noqa: PTH116 - not a path to keep
    except OSError:
        return None
    return name if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino) else None


def _zombies(parents: set[int]) -> Iterator[Running]:
    """Processes that have ended and that one of ``parents`` has not reaped yet."""
    for pid in supervisor.all_pids() if parents else ():
        stat = stat_of(pid)
        if stat is not None and stat.state == "Z" and stat.parent in parents:
            yield Running(
                name=stat.name, pid=pid, start=stat.start, digest="", namespace=None, zombie=True
            )


@contextmanager
def _process(running: Running) -> Iterator[int | None]:
    """A pidfd of the process, or None when it has gone."""
    handle = open_process(running.pid, running.start)
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


def _signal(handles: Iterable[int], number: signal.Signals) -> None:
    for handle in handles:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, number)


def _wait_all(handles: dict[int, Running], timeout: float) -> None:
    """Wait until all have ended; those that have are taken out of ``handles``."""
    deadline = time.monotonic() + timeout
    while handles:
        left = deadline - time.monotonic()
        for handle in wait_readable(handles, left):
            del handles[handle]
        if left <= 0:
            return


def _wait_end(handle: int, timeout: float) -> bool:
    return bool(wait_readable([handle], timeout))


def _has_ended(handle: int) -> bool:
    return _wait_end(handle, 0.0)


def _wait_reaped(processes: Iterable[Running]) -> None:
    """Wait until none of these is left as a zombie; it is init's turn where we had no child.

    One that a living stranger has started is the stranger's to reap, which may be a shell's stopped
    job. New kernels report the reaping on the pidfd (POLLHUP); older ones are asked again and again.
    Raises :class:`DriverError` after :data:`REAP_LIMIT`.
    """
    deadline = time.monotonic() + REAP_LIMIT
    processes = tuple(processes)
    reapers = {INIT, *(running.pid for running in processes)}
    for running in processes:
        with _process(running) as handle:
            if handle is None:
                continue
            poller = select.poll()
            poller.register(handle, 0)
            while (
                (stat := stat_of(running.pid)) is not None
                and stat.start == running.start
                and stat.parent in reapers
            ):
                if time.monotonic() > deadline:
                    raise DriverError(f"nobody reaps the ended process {running.pid}")
                poller.poll(20)


# ------------------------------------------------------------------------------------ readiness


def _accepts(path: Path) -> bool:
    with suppress(DaemonUnreachable), closing(connect(path, ANSWER_LIMIT)):
        return True
    return False


_GREET = frozenset({DaemonKind.BIRD})
"""Daemons that speak first, when they are ready. BIRD listens before it has read its configuration,
so one that is about to end because of it accepts, but never greets."""


def _greets(connection: socket.socket, handle: int, deadline: float) -> bool:
    """Whether the daemon says a word before it ends."""
    left = max(0.0, deadline - time.monotonic())
    ready = wait_readable([connection.fileno(), handle], left)
    with suppress(OSError):
        return connection.fileno() in ready and connection.recv(1) != b""
    return False


def _remove_stale(path: Path) -> None:
    """Take away the socket of a daemon that has gone, so that one there is one that is new."""
    if path.exists() and not _accepts(path):
        path.unlink(missing_ok=True)


_IN_MOVED_TO = 0x80
_IN_CREATE = 0x100
"""inotify(7): linux/inotify.h"""


@contextmanager
def _created_in(folder: Path) -> Iterator[int]:
    """An inotify descriptor, readable when a name appears in ``folder``."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if handle < 0:
        raise DriverError(f"no inotify: {os.strerror(ctypes.get_errno())}")
    try:
        if libc.inotify_add_watch(handle, os.fsencode(folder), _IN_CREATE | _IN_MOVED_TO) < 0:
            raise DriverError(f"cannot watch {folder}: {os.strerror(ctypes.get_errno())}")
        yield handle
    finally:
        os.close(handle)


def _tail(log: Path, offset: int) -> str:
    """The last lines that were written to ``log`` after ``offset``; all of them if it was cut."""
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(offset if offset <= size else 0, size - TAIL_BYTES))
            text = stream.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-TAIL_LINES:])
