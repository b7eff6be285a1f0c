"""Small worlds for the daemons' tests: a directory, a supervisor, two namespaces and a wire."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.packet.own import own

from samepath.device.swanctl import strongswan_conf
from samepath.drivers.bird_output import moment
from samepath.drivers.processes import Processes, Running
from samepath.linux.objects import Daemon, DaemonKind
from samepath.model.topology import Crypto, Dpd

ADDRESSES = ("10.1.0.1", "10.1.0.2")
DEADLINE = 20.0
"""Seconds to wait for what takes far less; on a busy machine, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """A world of a test."""

    name: str
    directory: Path
    processes: Processes

    def daemon(
        self,
        name: str,
        *argv: str,
        namespace: str = "",
        socket: str | None = None,
        kind: DaemonKind = DaemonKind.PLAIN,
        environment: tuple[tuple[str, str], ...] = (),
        restart_on: str = "",
        again: bool = False,
    ) -> Daemon:
        """A daemon of this world."""
        return Daemon(
            name=name,
            kind=kind,
            argv=argv,
            namespace=namespace,
            socket=socket,
            environment=environment,
            restart_on=restart_on,
            again=again,
        )

    def charon(self, name: str, namespace: str, *before: str) -> Path:
        """Start a charon of the user-space data plane; returns its control socket.

        ``before`` are the words of a command that runs it.
        """
        text = strongswan_conf(name, str(self.directory), Dpd(), Crypto())
        (self.directory / f"{name}.conf").write_text(text)
        self.processes.start(
            self.daemon(
                name,
                *(*before, "/usr/sbin/charon-systemd"),
                namespace=namespace,
                kind=DaemonKind.CHARON,
                socket=f"run/{name}.vici",
                environment=(("STRONGSWAN_CONF", f"{{world}}/{name}.conf"),),
            )
        )
        return self.directory / "run" / f"{name}.vici"

    def bird(self, name: str, namespace: str, text: str) -> Path:
        """Start a BIRD with a configuration; returns its control socket."""
        configuration, control = self.directory / f"{name}.conf", f"run/{name}.ctl"
        configuration.write_text(text)
        self.processes.start(
            self.daemon(
                name,
                *("/usr/sbin/bird", "-f", "-c", str(configuration)),
                *("-s", f"{{world}}/{control}"),
                namespace=namespace,
                kind=DaemonKind.BIRD,
                socket=control,
            )
        )
        return self.directory / control

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to the process called ``name``.

        After SIGKILL it has gone. After SIGSTOP each of its threads has stopped: the kernel only
        asks them to, and one that runs meanwhile may still answer.
        """
        process = self.running(name)
        self.processes.kill(process, number)
        if number == signal.SIGSTOP:
            until(lambda: set(_states_of_threads(process.pid)) == {"T"})

    def running(self, name: str) -> Running:
        """The one process called ``name``."""
        (found,) = (process for process in self.processes.observe() if process.name == name)
        return found

    def names(self) -> list[str]:
        """The names of all that runs."""
        return sorted(process.name for process in self.processes.observe())


def _states_of_threads(pid: int) -> Iterator[str]:
    for thread in Path("/proc", str(pid), "task").iterdir():
        yield (thread / "stat").read_text().rpartition(")")[2].split()[0]


@contextmanager
def world() -> Iterator[World]:
    """A world with a directory; whatever was started in it is ended."""
    # Not pytest's own folder: a socket's path has 107 characters at most.
    directory = Path(tempfile.mkdtemp(prefix="sp-test-", dir="/run"))
    name = own(secrets.token_hex(4))
    processes = Processes(directory, name)
    try:
        yield World(name=name, directory=directory, processes=processes)
    finally:
        processes.quit()
        shutil.rmtree(directory)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def wire() -> Iterator[tuple[str, str]]:
    """Two namespaces with a wire between them, at :data:`ADDRESSES`."""
    mark = own(secrets.token_hex(3))
    names = (f"sp-{mark}-1", f"sp-{mark}-2")
    try:
        for name in names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip(
            *("link", "add", "name", "v1", "netns", names[0]),
            *("type", "veth", "peer", "name", "v2", "netns", names[1]),
        )
        for name, device, address in zip(names, ("v1", "v2"), ADDRESSES, strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", device)
            ip("-n", name, "link", "set", device, "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def until(look: Callable[[], object], within: float = DEADLINE) -> None:
    """Wait until ``look`` finds something, where nobody tells."""
    deadline = time.monotonic() + within
    pause = threading.Event()
    while not look():
        assert time.monotonic() < deadline, "it did not happen"
        pause.wait(0.01)


Standing = tuple[str | None, str]
"""The state of a session, and since when it has been so, as BIRD prints it."""
APART = timedelta(seconds=0.5)
"""More than two answers of a BIRD differ by on when one thing was (lab note 0009), and less than
any session takes to end and come up again."""


def undisturbed(before: Sequence[Standing], after: Sequence[Standing]) -> bool:
    """Whether the sessions stand as they stood, and have not ended in between."""
    return len(before) == len(after) and all(
        state == now and abs(moment(since) - moment(later)) < APART
        for (state, since), (now, later) in zip(before, after, strict=True)
    )


def alive(running: Running) -> bool:
    """Whether exactly that process is there, and no zombie."""
    try:
        text = Path(f"/proc/{running.pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    fields = text.rpartition(")")[2].split()
    return int(fields[19]) == running.start and fields[0] != "Z"
