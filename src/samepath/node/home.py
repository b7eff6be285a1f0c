"""A world's directory: everything that samepath keeps on disk for one world.

It is root-only (0700) and lies under ``/run``, so that a reboot, which takes the namespaces and
processes, takes it too.

==================  ==========================================================================
``etc/``            rendered configurations (no secrets)
``run/``            control sockets
``log/``            logs of the daemons, the supervisor and the agent, and of faults (a lab's)
``intent.yaml``     the topology file that the world was brought up with
``faults.json``     the faults that stand (a lab's)
``decisions.json``  what the agent has decided (see :mod:`samepath.node.decisions`)
``secrets.json``    pre-shared keys that were generated or came from the environment (0600)
``receipts.json``   what each running daemon was last told (see :mod:`samepath.node.receipts`)
``lock``            held while somebody changes the world; has the holder's process id
==================  ==========================================================================
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from samepath.drivers.supervisor import stat_of
from samepath.drivers.waiting import wait_readable

ROOT = Path("/run/samepath")
TELL_AFTER = 1.0
"""Seconds of waiting for the lock after which it is told who holds it."""
LOCK_LIMIT = 120.0
"""Seconds to wait for the lock. Whoever waits is told for whom, and may give up sooner."""
LOOK_EVERY = 0.02
"""Seconds between two looks whether the lock is free: waiting for it in the kernel has no limit."""


_NAME = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9._-]{0,30}(?<!-)", re.ASCII)
"""No two hyphens in a row, and none at the end: they part a world's name from its namespaces'.

With more than 31 characters the path of a daemon's socket could be too long (unix(7): 107)."""


class InvalidWorldName(ValueError):
    """A name that is none: it would be a path to somewhere else, and its directory is removed."""


class NotAllowed(RuntimeError):
    """Whoever asks is not root, and worlds are root's alone."""


class CannotKeep(RuntimeError):
    """A world's directory cannot be written to: it is full, read-only, or broken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A process that changes a world; ``pid`` is None if it could not say which."""

    pid: int | None

    def __str__(self) -> str:
        """``process 123 (samepath lab up x.yaml), which is stopped``."""
        if self.pid is None:
            return "another process"
        command = _command_of(self.pid)
        stat = stat_of(self.pid)
        stopped = stat is not None and stat.state in _STOPPED
        return (
            f"process {self.pid}"
            + (f" ({command})" if command else "")
            + (", which is stopped" if stopped else "")
        )


class WorldBusy(RuntimeError):
    """Somebody else changes the world, and has not come to an end in time: nothing was done."""

    def __init__(self, name: str, holder: Holder, seconds: float) -> None:
        super().__init__(
            f"{name} is being changed by {holder}; it has not ended within {seconds:g} s, and nothing "
            "was done"
        )
        self.holder = holder


Waiting = Callable[[str], None]
"""Told in a sentence whom a change of the world waits for."""


def _nobody_hears(sentence: str) -> None:
    """Wait without a word."""


class Home:
    """The directory of the world called ``name``: always a direct child of ``root``.

    ``on_wait`` may be set by whoever can tell a person.
    """

    def __init__(self, name: str, root: Path = ROOT) -> None:
        """Raises :class:`InvalidWorldName` for anything but one plain name."""
        if not _NAME.fullmatch(name):
            raise InvalidWorldName(
                f"{name!r} is no name of a lab: it has letters, digits, '.', '_' and single '-' inside, "
                "begins with a letter or digit, and is at most 31 long"
            )
        self.name = name
        self.path = root / name
        self.on_wait: Waiting = _nobody_hears
        self._told: Holder | None = None

    def create(self) -> None:
        """Make the directory and its parts, root-only; they may be there already.

        Raises :class:`NotAllowed` or :class:`CannotKeep`.
        """
        with _writing(self.path):
            self._create()

    def _create(self) -> None:
        _make(self.path.parent)
        for path in (self.path, *(self.path / part for part in ("etc", "run", "log"))):
            _make(path)
            path.chmod(0o700)

    def exists(self) -> bool:
        """Whether there is anything of this world on disk."""
        return self.path.is_dir()

    def remove(self) -> None:
        """Take everything away; whoever calls this has ended the world's processes.

        The directory goes from its place at once, so that one who waits to make it anew does not
        make it inside the one that is being taken away. A symbolic link in its place is not
        followed.
        """
        if self.path.is_dir() and not self.path.is_symlink():
            self.path.rename(tempfile.mkdtemp(prefix=f".{self.name}.", dir=self.path.parent))
        try:
            names = os.listdir(self.path.parent)  # noqa: PTH208 - pathlib's look again at each
        except FileNotFoundError:
            return  # Another remover was the last one to leave.
        for name in names:
            if name.startswith(f".{self.name}."):
                # Another remover, or one that was killed, may have left it; whoever comes first.
                shutil.rmtree(self.path.parent / name, ignore_errors=True)
        try:
            self.path.parent.rmdir()
        except OSError:
            return  # Another world lives there.

    @contextmanager
    def locked(self, limit: float = LOCK_LIMIT) -> Iterator[None]:
        """Be the only one who changes this world; whoever comes second waits.

        The lock file goes with the directory, so a waiter looks again whether it still holds the
        file that is there. Raises :class:`WorldBusy` after ``limit`` seconds, and
        :class:`NotAllowed` or :class:`CannotKeep` as :meth:`create` does.
        """
        patience = _Patience(self, limit)
        while True:
            try:
                with _writing(self.path):
                    self._create()
                    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                    handle = os.open(self.path / "lock", flags, 0o600)
            except (FileNotFoundError, FileExistsError):
                if not self.path.parent.parent.is_dir():
                    raise
                continue  # It was removed while we made it.
            try:
                while not _lock(handle):
                    patience.wait(handle)
                if not self._is_current(handle):
                    continue
                _sign(handle)
                self.create()  # One who removed it may have taken parts of what we had made.
                yield
                return
            finally:
                os.close(handle)

    def tell(self, holder: Holder) -> None:
        """Say whom a change waits for, unless that was said last."""
        if holder != self._told:
            self._told = holder
            self.on_wait(f"{self.name} is being changed by {holder}; waiting until it has ended")

    def _is_current(self, handle: int) -> bool:
        try:
            there = (self.path / "lock").stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(handle)
        return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


class _Patience:
    """What is left of the time for which somebody waits for a lock."""

    def __init__(self, home: Home, limit: float) -> None:
        self._home = home
        self._limit = limit
        self._began = time.monotonic()
        self._told = False

    def wait(self, handle: int) -> None:
        """Wait a little while; ``handle`` is of the lock. Raises :class:`WorldBusy`."""
        waited = time.monotonic() - self._began
        if waited >= self._limit:
            raise WorldBusy(self._home.name, _holder(handle), self._limit)
        if waited >= TELL_AFTER and not self._told:
            self._told = True
            self._home.tell(_holder(handle))
        wait_readable((), LOOK_EVERY)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sign(handle: int) -> None:
    """Let whoever waits read who holds the lock."""
    with suppress(OSError):  # On a full disk the waiter does without.
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)


def _holder(handle: int) -> Holder:
    try:
        pid = int(os.pread(handle, 32, 0))
    except (OSError, ValueError):
        return Holder(pid=None)
    return Holder(pid=pid if stat_of(pid) else None)


_STOPPED = frozenset({"T", "t"})
"""States of a process that a signal or a debugger has stopped (proc(5))."""
_MOST_OF_A_COMMAND = 80


def _command_of(pid: int) -> str:
    """The command line of a process, as far as it is worth telling."""
    try:
        words = Path("/proc", str(pid), "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    text = " ".join(words).strip()
    return text if len(text) <= _MOST_OF_A_COMMAND else f"{text[:_MOST_OF_A_COMMAND]}..."


def _make(path: Path) -> None:
    """Make a root-only directory; it may be there already.

    Raises :class:`CannotKeep` if there is something else, and FileExistsError or FileNotFoundError
    if somebody has removed it, or its parent, meanwhile.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        # The directory may have gone meanwhile: then lstat finds nothing, or another directory.
        if not stat.S_ISDIR(path.lstat().st_mode):
            raise CannotKeep(f"{path} is in the way: it is no directory") from error
        raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Give the errors of a file system that does not take what we write a sentence."""
    try:
        yield
    except PermissionError as error:
        raise not_allowed() from error
    except (FileNotFoundError, FileExistsError):
        raise  # Somebody else was quicker; the caller knows what that means.
    except OSError as error:
        raise CannotKeep(f"{path} cannot be written: {error.strerror}") from error


def not_allowed() -> NotAllowed:
    """The error for one who is not root."""
    return NotAllowed("only root may look at labs and change them; run it again with sudo")


def write_private(path: Path, text: str) -> None:
    """Replace a root-only file at once: a reader sees the old text or the new one.

    Raises :class:`CannotKeep`; then the old text stays, and nothing else.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _writing(path):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            with os.fdopen(os.open(temporary, flags, 0o600), "w") as stream:
                stream.write(text)
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def worlds(root: Path = ROOT) -> tuple[str, ...]:
    """The names of all worlds that have a directory. Raises :class:`NotAllowed`."""
    if not root.is_dir():
        return ()
    try:
        found = [path.name for path in root.iterdir() if path.is_dir()]
    except PermissionError as error:
        raise not_allowed() from error
    if not all(os.access(root / name, os.R_OK | os.X_OK) for name in found):
        raise not_allowed()
    return tuple(sorted(name for name in found if name[0] != "."))
