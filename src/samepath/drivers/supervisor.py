"""The supervisor: the parent of one world's daemons, and of nothing else.

A daemon must outlive whoever started it: the agent may crash, be upgraded or be killed, and no
packet may notice. So daemons are children of this small process, which decides nothing. It starts
what it is told to, reaps what ends, and tells whoever watches. It may itself be killed: its
children live on, the next supervisor adopts them (it sees their end, though not their exit
status), and they can still be stopped, because a process of a world is known by its environment::

    SAMEPATH_WORLD      the world
    SAMEPATH_PROCESS    the daemon's name; the supervisor's is ``supervisor``
    SAMEPATH_PID        the process's own id, so that its children are not taken for it
    SAMEPATH_NAMESPACE  the ``ip netns`` name that it was started in, or empty
    SAMEPATH_DIGEST     what it was started with: a change of it means a restart
    SAMEPATH_AGAIN      ``yes`` for one that the supervisor itself starts again

and by its start time, because a process id alone may have been given to somebody else.
No environment here holds a secret, nor is the starter's handed on.

Daemons that end are the agent's to start again, since only it knows what they need. The agent
itself, and a daemon that needs nothing, are ours: they are started again at once unless they ended
by themselves (status 0) or were asked to (SIGTERM). And who starts a supervisor again? The agent,
which sees its connection end; or, if both are gone, the next command that changes the world. No
packet needs either of them.

It speaks over ``supervisor.sock`` (0600) in the world's directory: one JSON object a line, each
answered by one line, ``{"error": "a sentence"}`` if it could not be done::

    {"do": "spawn", "name", "argv", "env", "namespace", "log", "digest", "again"}  -> {"pid", "start"}
    {"do": "list"}   -> {"running": [...], "ended": {name: the last end}}
    {"do": "watch"}  -> {}, and then a line for every process that ends
    {"do": "quit", "timeout"}  -> {}, and then the end of the line when all are gone

Signals need no supervisor (whoever may talk to it may send them), so it offers none; but SIGTERM
to it means ``quit``.

Standard library only, nothing of samepath, and no import that is not needed: there is one of these
for every world, and everything waits for its start. Run ``supervisor.py DIRECTORY WORLD`` with
``-I -S``: it returns when the supervisor listens (or did already), as somebody else's child.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator

NAME = "supervisor"
SOCKET = "supervisor.sock"
WORLD, PROCESS, PID, NAMESPACE, DIGEST, AGAIN = (
    "SAMEPATH_WORLD",
    "SAMEPATH_PROCESS",
    "SAMEPATH_PID",
    "SAMEPATH_NAMESPACE",
    "SAMEPATH_DIGEST",
    "SAMEPATH_AGAIN",
)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/frr"
NAMESPACES = "/run/netns/"
STOP_LIMIT = 5.0
"""Seconds between asking a daemon to end (SIGTERM) and ending it (SIGKILL)."""
SHORT_LIFE = 5.0
"""Seconds: who lived for less is started again only after :data:`BREATH`."""
BREATH = 1.0
NICENESS = -10
"""Of a daemon, against 0 of everything else (``docs/lab-notes/0004-scheduling.md``)."""
LINE_LIMIT = 1 << 20
"""Bytes of one request, at most."""
LOG_MOST = 1024 * 1024
"""Bytes at which a log is cut."""
LOG_KEPT = LOG_MOST // 2
"""Bytes of its end that are kept then, at most."""

# prctl(2), setns(2): linux/prctl.h, linux/sched.h
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWNET = 0x40000000

Json = dict[str, object]


# --------------------------------------------------------------------------- processes of a world


class Found:
    """A live process of a world as ``/proc`` shows it. ``main`` is false for a daemon's child."""

    __slots__ = ("again", "digest", "main", "name", "namespace", "pid", "start")

    def __init__(self, pid: int, start: int, environment: dict[str, str]) -> None:
        self.pid = pid
        self.start = start
        self.name = environment.get(PROCESS, "")
        self.namespace = environment.get(NAMESPACE, "")
        self.digest = environment.get(DIGEST, "")
        self.again = environment.get(AGAIN) == "yes"
        self.main = environment.get(PID) == str(pid)


class Stat:
    """What ``/proc/PID/stat`` says: command name, state, parent, start in clock ticks since boot.

    proc(5): the name stands in brackets and may itself hold brackets and spaces; the start time
    is field 22.
    """

    __slots__ = ("name", "parent", "start", "state")

    def __init__(self, text: str) -> None:
        head, _, tail = text.rpartition(")")
        fields = tail.split()
        self.name = head.partition("(")[2]
        self.state = fields[0]
        self.parent = int(fields[1])
        self.start = int(fields[19])


def stat_of(pid: int) -> Stat | None:
    """The process's state, or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as stream:  # noqa: PTH123 - no pathlib here
            return Stat(stream.read())
    except (FileNotFoundError, ProcessLookupError):
        return None


def all_pids() -> list[int]:
    """Every process id that ``/proc`` shows."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def scan(world: str) -> Iterator[Found]:
    """Every live process of ``world``: its daemons, its supervisor, and their children.

    A zombie is not found, since it has no environment any more.
    """
    mark = f"{WORLD}={world}".encode()
    for pid in all_pids():
        before = stat_of(pid)
        if before is None:
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:  # noqa: PTH123 - no pathlib here
                entries = stream.read().split(b"\0")
        except OSError:
            continue  # It has ended, or is the kernel's.
        if mark not in entries:
            continue
        after = stat_of(pid)
        if after is not None and after.start == before.start:
            pairs = (entry.decode(errors="replace").partition("=") for entry in entries)
            yield Found(pid, after.start, {name: value for name, _, value in pairs})


def open_process(pid: int, start: int) -> int | None:
    """A pidfd for exactly that process, or None when it has gone."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    # The handle fixes whoever has the number now; only then is it worth asking who that is.
    stat = stat_of(pid)
    if stat is None or stat.start != start:
        os.close(handle)
        return None
    return handle


# ------------------------------------------------------------------------------- starting a daemon


class CannotSpawn(Exception):
    """A daemon could not be started; the text says why."""


class Order:
    """What to start, and in what surroundings."""

    __slots__ = ("again", "argv", "digest", "env", "log", "name", "namespace")

    def __init__(self, request: Json) -> None:
        """Take a request apart. Raises :class:`CannotSpawn` if a part is missing or odd."""
        try:
            self.name = _text(request["name"])
            self.namespace = _text(request["namespace"])
            self.digest = _text(request["digest"])
            self.log = _text(request["log"])
            argv, env = request["argv"], request["env"]
            self.again = request.get("again") is True
        except KeyError as error:
            raise CannotSpawn(f"the order has no {error}") from error
        if not isinstance(argv, list) or not argv or not isinstance(env, dict):
            raise CannotSpawn("the order's argv is not a list with a program, or its env no object")
        self.argv = [_text(word) for word in argv]
        self.env = {_text(name): _text(value) for name, value in env.items()}
        if "/" in self.namespace or self.namespace in {".", ".."}:
            raise CannotSpawn(f"{self.namespace!r} is no name of a network namespace")


def order_of(found: Found, directory: str) -> Order | None:
    """The order by which a running process was started, from ``/proc``; None when it has gone."""
    try:
        with open(f"/proc/{found.pid}/cmdline", "rb") as stream:  # noqa: PTH123 - no pathlib here
            argv = stream.read().decode(errors="surrogateescape").split("\0")[:-1]
        with open(f"/proc/{found.pid}/environ", "rb") as stream:  # noqa: PTH123 - no pathlib here
            entries = stream.read().decode(errors="surrogateescape").split("\0")
    except OSError:
        return None
    after = stat_of(found.pid)
    if after is None or after.start != found.start:
        return None  # What was read may be another's, who was given the number.
    pairs = (entry.partition("=") for entry in entries if "=" in entry)
    request: Json = {
        "name": found.name,
        "namespace": found.namespace,
        "digest": found.digest,
        "log": f"{directory}/log/{found.name}.log",
        "argv": argv,
        "env": {name: value for name, _, value in pairs if not name.startswith("SAMEPATH_")},
        "again": found.again,
    }
    return Order(request) if argv else None


def _text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise CannotSpawn(f"{value!r} is no text")
    return value


def spawn(order: Order, world: str) -> int:
    """Start a daemon; returns its process id once its program runs.

    Raises :class:`CannotSpawn` with the reason if it never came to that.
    """
    try:
        read, write = os.pipe()
        child = os.fork()
    except OSError as error:
        raise CannotSpawn(f"no process for {order.name}: {error.strerror}") from error
    if child == 0:
        _become(order, world, write)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        complaint = stream.read().decode(errors="replace")
    if complaint:
        os.waitpid(child, 0)
        raise CannotSpawn(complaint)
    return child


def _become(order: Order, world: str, complaints: int) -> None:
    """Turn this forked child into the daemon. Never returns."""
    doing = "prepare"
    try:
        os.setsid()
        _go_first()
        os.umask(0o077)
        os.chdir("/")
        doing = f"open the log {order.log}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NOCTTY
        log = os.open(order.log, flags, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        if order.namespace:
            doing = f"enter the network namespace {order.namespace}"
            _enter(order.namespace)
        doing = "prepare"
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.dup2(complaints, 3, inheritable=False)
        complaints = 3
        os.closerange(4, 1 << 16)
        _default_signals()
        doing = f"run {order.argv[0]}"
        environment = {
            "PATH": PATH,
            "TZ": "UTC0",  # Every daemon of a world writes its log in one time.
            **order.env,
            WORLD: world,
            PROCESS: order.name,
            PID: str(os.getpid()),
            NAMESPACE: order.namespace,
            DIGEST: order.digest,
            **({AGAIN: "yes"} if order.again else {}),
        }
        os.execvpe(order.argv[0], order.argv, environment)  # noqa: S606 - argument list, no shell
    except OSError as error:
        os.write(complaints, f"cannot {doing}: {error.strerror}".encode())
    finally:
        os._exit(127)


def _go_first() -> None:
    """Let this process go before what is in no hurry, where we may.

    BFD counts three packets in 150 ms, and they are not to wait behind a compiler. Linux shares
    the processors out among sessions first, and within one by niceness (``sched(7)``, autogroup).
    """
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        with open("/proc/self/autogroup", "w") as file:  # noqa: PTH123 - pathlib's import takes long
            file.write(str(NICENESS))
    except OSError:
        return  # No root, or a kernel without sessions' shares: it goes with all others.


def _default_signals() -> None:
    """Undo what Python and our starter have changed: nothing ignored, nothing blocked."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


_libc = ctypes.CDLL(None, use_errno=True)


def _enter(namespace: str) -> None:
    handle = os.open(NAMESPACES + namespace, os.O_RDONLY)
    if _libc.setns(handle, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _prctl(option: int, value: int) -> None:
    arguments = [ctypes.c_ulong(number) for number in (value, 0, 0, 0)]
    if _libc.prctl(option, *arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


# ------------------------------------------------------------------------------------------ logs


def shorten(path: str, most: int = LOG_MOST, kept: int = LOG_KEPT) -> bool:
    """Cut a log of more than ``most`` bytes; returns whether it was one.

    At most ``kept`` bytes of its end stay, in whole lines, and whatever is written meanwhile: what
    is kept is copied to its beginning, since its daemon holds it open. ``kept`` is half of ``most``
    at most. A log that is not there is none to be cut.
    """
    try:
        log = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        size = os.fstat(log).st_size
        if size <= most:
            return False
        source = size - kept
        # The first line that is whole, unless there is none to be seen.
        source += os.pread(log, kept, source).find(b"\n") + 1
        target = 0
        while block := os.pread(log, 1 << 16, source):  # The end may move away meanwhile.
            target += os.pwrite(log, block, target)
            source += len(block)
        os.ftruncate(log, target)
    finally:
        os.close(log)
    return True


# ----------------------------------------------------------------------------------- supervising


class Child:
    """A daemon that runs: our own child, or (``handle``, a pidfd) an earlier supervisor's."""

    __slots__ = ("handle", "name", "order", "pid", "since", "start")

    def __init__(
        self, name: str, pid: int, start: int, order: Order | None, handle: int | None = None
    ) -> None:
        self.name = name
        self.pid = pid
        self.start = start
        self.order = order
        """How to start it again; None for one that is not ours to start again."""
        self.handle = handle
        self.since = time.monotonic()

    def describe(self) -> Json:
        """As it goes over the socket."""
        return {"name": self.name, "pid": self.pid, "start": self.start}


class Client:
    """Somebody at the other end of the socket."""

    __slots__ = ("buffer", "connection", "watching")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = b""
        self.watching = False


class Supervisor:
    """The loop: requests in, ends of processes out."""

    def __init__(self, world: str, listener: socket.socket) -> None:
        self._world = world
        self._listener = listener
        self._selector = selectors.DefaultSelector()
        self._children: dict[tuple[int, int], Child] = {}
        """By process id and start time: an adopted one's id may be a new child's before its end,
        which somebody else reaps, is known here."""
        self._ended: Json = {}
        self._clients: set[Client] = set()
        self._due: dict[str, tuple[float, Order]] = {}
        """What is to be started again, by its name, and when (monotonic)."""
        self._quit_by: float | None = None
        """Once quitting: when (monotonic) patience ends."""

    def run(self) -> None:
        """Serve until told to quit and everything is gone."""
        woken, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._on(self._listener, self._accept)
        self._on(woken, lambda: self._signalled(os.read(woken, 4096)))
        self._adopt()
        while not self._is_over():
            for key, _ in self._selector.select(self._patience()):
                handler: Callable[[], None] = key.data
                handler()
            self._reap()
            self._start_due()
            if self._quit_by is not None and time.monotonic() >= self._quit_by:
                self._end_all(signal.SIGKILL)
                self._quit_by = time.monotonic() + STOP_LIMIT
        self._bury_strays()

    def _on(self, source: socket.socket | int, handler: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, handler)

    def _adopt(self) -> None:
        """Watch over what an earlier supervisor of this world has left running."""
        for found in scan(self._world):
            if not found.main or found.name == NAME:
                continue
            handle = open_process(found.pid, found.start)
            if handle is not None:
                order = order_of(found, os.getcwd()) if found.again else None  # noqa: PTH109 - no pathlib
                child = self._keep(Child(found.name, found.pid, found.start, order, handle))
                self._on(handle, lambda child=child: self._lost(child))  # type: ignore[misc]

    def _keep(self, child: Child) -> Child:
        self._children[child.pid, child.start] = child
        return child

    def _lost(self, child: Child) -> None:
        """An adopted daemon has ended; only its real parent learns how."""
        if child.handle is not None:
            self._selector.unregister(child.handle)
            os.close(child.handle)
        self._tell(child, None)

    def _signalled(self, numbers: bytes) -> None:
        if signal.SIGTERM in numbers or signal.SIGINT in numbers:
            self._quit(STOP_LIMIT)

    # --- ends ----------------------------------------------------------------------------------

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in list(self._children.values()):
                if child.pid == pid and child.handle is None:
                    self._tell(child, os.waitstatus_to_exitcode(status))

    def _tell(self, child: Child, status: int | None) -> None:
        del self._children[child.pid, child.start]
        end = {**child.describe(), "status": status, "time": time.time()}
        self._ended[child.name] = end
        for client in [client for client in self._clients if client.watching]:
            self._send(client, end)
        if self._quit_by is None and child.order is not None and status not in {0, -signal.SIGTERM}:
            now = time.monotonic()
            wait = BREATH if now - child.since < SHORT_LIFE else 0.0
            self._due[child.name] = (now + wait, child.order)

    def _start_due(self) -> None:
        """Start again whose time has come."""
        now = time.monotonic()
        for name, (due, order) in list(self._due.items()):
            if due > now:
                continue
            del self._due[name]
            self._shorten_logs()
            try:
                self._run(order)
            except CannotSpawn as reason:
                sys.stderr.write(f"cannot start {name} again: {reason}\n")
                sys.stderr.flush()
                self._due[name] = (now + BREATH, order)

    @staticmethod
    def _shorten_logs() -> None:
        """Cut what has grown long, in the place of an agent that does not live long enough for it."""
        try:
            names = os.listdir("log")  # noqa: PTH208 - no pathlib here
        except OSError:
            return  # There is none.
        for name in names:
            try:
                if name.endswith(".log"):
                    shorten(f"log/{name}")
            except OSError as error:
                sys.stderr.write(f"cannot cut a log: {error}\n")
                sys.stderr.flush()

    def _run(self, order: Order) -> Child:
        """Start a daemon and look after it. Raises :class:`CannotSpawn`."""
        self._due.pop(order.name, None)
        pid = spawn(order, self._world)
        stat = stat_of(pid)
        assert stat is not None  # noqa: S101 - our child: it stays in /proc until we reap it
        return self._keep(Child(order.name, pid, stat.start, order if order.again else None))

    def _quit(self, patience: float) -> None:
        self._due.clear()
        if self._quit_by is None:
            self._quit_by = time.monotonic() + patience
            self._end_all(signal.SIGTERM)

    def _end_all(self, number: signal.Signals) -> None:
        for child in self._children.values():
            try:
                if child.handle is None:
                    os.kill(child.pid, number)  # Ours: until we reap it, the number is its own.
                else:
                    signal.pidfd_send_signal(child.handle, number)
            except ProcessLookupError:
                continue  # Adopted, and ended; its pidfd is about to tell.

    def _is_over(self) -> bool:
        return self._quit_by is not None and not self._children

    def _patience(self) -> float | None:
        """Seconds until something is to be done by itself."""
        times = [due for due, _ in self._due.values()]
        if self._quit_by is not None:
            times.append(self._quit_by)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _bury_strays(self) -> None:
        """Kill and reap what the daemons started and left to us, the nearest subreaper."""
        while True:
            for pid in all_pids():
                stat = stat_of(pid)
                if stat is not None and stat.parent == os.getpid():
                    os.kill(pid, signal.SIGKILL)
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    # --- requests ------------------------------------------------------------------------------

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return  # The caller has gone again, or we are out of descriptors; the next may fare better.
        connection.setblocking(False)
        client = Client(connection)
        self._clients.add(client)
        self._on(connection, lambda: self._receive(client))

    def _drop(self, client: Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.connection)
            client.connection.close()

    def _receive(self, client: Client) -> None:
        try:
            received = client.connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        client.buffer += received
        if not received or len(client.buffer) > LINE_LIMIT:
            self._drop(client)
            return
        *lines, client.buffer = client.buffer.split(b"\n")
        for line in lines:
            self._send(client, self._answer(client, line))

    def _send(self, client: Client, message: Json) -> None:
        """Send a line; whoever is too slow to take one is cut off and may come back."""
        line = json.dumps(message).encode() + b"\n"
        try:
            if client.connection.send(line) == len(line):
                return
        except OSError:
            pass
        self._drop(client)

    def _answer(self, client: Client, line: bytes) -> Json:
        try:
            request = json.loads(line)
        except ValueError:
            return {"error": "this is not JSON"}
        self._reap()  # So that an answer is never older than its question.
        match request:
            case {"do": "spawn"}:
                return self._spawn(request)
            case {"do": "list"}:
                running = [child.describe() for child in self._children.values()]
                return {"running": running, "ended": self._ended}
            case {"do": "watch"}:
                client.watching = True
                return {}
            case {"do": "quit", "timeout": int() | float() as patience}:
                self._quit(float(patience))
                return {}
            case _:
                return {"error": "this is no request"}

    def _spawn(self, request: Json) -> Json:
        try:
            if self._quit_by is not None:
                raise CannotSpawn("this lab is being taken down")  # noqa: TRY301 - one way out
            order = Order(request)
            for child in self._children.values():
                if child.name == order.name:
                    if child.order is not None and child.order.digest == order.digest:
                        return child.describe()  # Started again meanwhile, by ourselves.
                    raise CannotSpawn(f"it runs already, as process {child.pid}")  # noqa: TRY301
            return self._run(order).describe()
        except CannotSpawn as reason:
            return {"error": str(reason)}


# -------------------------------------------------------------------------------------- starting


def _listen() -> socket.socket:
    """The socket, listening before it has its name: who sees it can connect."""
    fresh = f"{SOCKET}.{os.getpid()}"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(fresh)
    os.chmod(fresh, 0o600)  # noqa: PTH101 - no pathlib here
    listener.listen(64)
    os.rename(fresh, SOCKET)  # noqa: PTH104 - no pathlib here
    return listener


def _serve(directory: str, world: str, ready: int) -> None:
    """Be the supervisor, unless the directory has one. ``ready`` is closed when somebody is."""
    os.chdir(directory)
    os.umask(0o077)
    # The lock is held for life; it lies on the directory, so that it leaves no file.
    lock = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    listener = _listen()
    os.close(ready)
    Supervisor(world, listener).run()
    try:
        os.unlink(SOCKET)  # noqa: PTH108 - no pathlib here
    except FileNotFoundError:
        return  # The world's directory went first.


def _launch(directory: str, world: str) -> int:
    """Fork the supervisor off and wait until it listens; returns an exit status."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        os.makedirs(f"{directory}/log", mode=0o700, exist_ok=True)  # noqa: PTH103 - no pathlib
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NOCTTY
        log = os.open(f"{directory}/log/{NAME}.log", flags, 0o600)
        for target, source in ((0, nothing), (1, log), (2, log)):
            os.dup2(source, target)
        os.set_inheritable(write, True)
        # Only what is there at exec stands in /proc/PID/environ; hence a second one, for the child.
        environment = {"PATH": PATH, WORLD: world, PROCESS: NAME, PID: str(os.getpid())}
        # The name on its command line is for people who read ps.
        command = [sys.executable, "-I", "-S", __file__, directory, world, str(write)]
        os.execve(sys.executable, command, environment)  # noqa: S606 - ourselves
    os.close(write)
    os.read(read, 1)  # Ends when the other end is closed: it listens, or has ended.
    return 0


def main(arguments: list[str]) -> int:
    """``supervisor.py DIRECTORY WORLD``; the third argument is our own, see :func:`_launch`."""
    match arguments:
        case [directory, world]:
            return _launch(directory, world)
        case [directory, world, ready]:
            os.set_inheritable(int(ready), False)
            _serve(directory, world, int(ready))
            return 0
        case _:
            sys.stderr.write("usage: supervisor.py DIRECTORY WORLD\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
