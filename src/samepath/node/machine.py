"""One world on this machine: what is observed of it, and how each step is carried out.

The drivers do the work; this module knows which driver serves which object, and nothing else.
Every observation starts from the machine itself (the kernel, ``/proc``, the daemons' sockets),
so that it is true after any crash.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from samepath.control.plan import Change, Create, Delete, Step
from samepath.drivers import sockets
from samepath.drivers.bird import Bird
from samepath.drivers.errors import DaemonUnreachable, Refused
from samepath.drivers.files import WorldFiles
from samepath.drivers.frr import Frr
from samepath.drivers.ike import IkeSa
from samepath.drivers.kernel import Kernel
from samepath.drivers.processes import Processes, Running
from samepath.drivers.strongswan import Charon
from samepath.linux.marks import digest
from samepath.linux.objects import (
    BirdConfig,
    ConfigFile,
    Daemon,
    DaemonKind,
    FrrConfig,
    IkeConfig,
    Object,
    ReceiveBuffer,
    SecretFile,
    Tun,
)
from samepath.model.unknown import SecretRef, SecretSource
from samepath.node.home import Home
from samepath.node.receipts import Process, Receipts
from samepath.node.secrets import Secret, SecretStore, SecretUnavailable

PATIENCE = timedelta(seconds=1)
"""For a charon that is only asked what is missing: nobody else changes the world meanwhile, and one
that is stopped or stuck must not keep them from it. It is asked again soon."""
LOST = "(lost)"
"""Stands for the namespace, or for the digest, of a daemon that has lost what it needs."""


class Machine:
    """The world ``home`` on this machine; namespaces that start with ``prefix`` are its own."""

    def __init__(self, home: Home, prefix: str, kernel: Kernel) -> None:
        self.home = home
        self.prefix = prefix
        self.kernel = kernel
        self.processes = Processes(home.path, home.name)
        self.files = WorldFiles(home.path)
        self.receipts = Receipts(home.path)
        self.secrets = SecretStore(home.path)
        self._returned: set[str] = set()
        """charons that took their connection a second time: they had it before they ended."""

    def close(self) -> None:
        """Let go of the kernel's sockets; the world goes on."""
        self.kernel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- observe -------------------------------------------------------------------------------

    def observe(self, desired: Iterable[Object] = ()) -> frozenset[Object]:
        """What there is of this world.

        ``desired`` only says how to spell what cannot be read back in full: a daemon that runs
        with the digest that is wanted *is* the wanted daemon.
        """
        wanted = list(desired)
        ours = [name for name in self.kernel.namespaces() if name.startswith(self.prefix)]
        found = set(self.kernel.observe(ours, wanted))
        found |= self.files.observe()
        found.update(self._observed_secrets(wanted))
        running = self._running()
        lost = self._without_device(wanted, found) | outlived(wanted, running)
        found |= observed_daemons(wanted, running.values(), lost)
        found |= self._observed_receipts(wanted, running)
        found.update(_observed_buffers(wanted, running))
        return frozenset(found)

    def _observed_secrets(self, wanted: Iterable[Object]) -> Iterator[SecretFile]:
        """The files with keys: as they are wanted, or as if there were nothing in them.

        Where a key cannot be read now, the file with it stays as it is.
        """
        known = {item.path: item for item in wanted if isinstance(item, SecretFile)}
        for path in self.files.with_secrets():
            item = known.get(path)
            if item is not None and self._holds(item):
                yield item
            else:
                yield SecretFile(path=path, text="", secret="", daemon="")

    def _holds(self, item: SecretFile) -> bool:
        try:
            return self.files.holds_secret(item, self.secret_of(item).reveal())
        except SecretUnavailable:
            return True

    def _running(self) -> dict[str, Running]:
        return {
            process.name: process
            for process in self.processes.observe()
            if not process.zombie and process.name != "supervisor"
        }

    def _running_daemon(self, name: str) -> Running:
        running = self._running().get(name)
        if running is None:
            raise DaemonUnreachable(f"{name} does not run")
        return running

    def _without_device(self, wanted: Iterable[Object], found: Collection[Object]) -> set[str]:
        """The daemons whose wanted TUN device is neither in its place nor where they made it."""
        there = {item.key for item in found}
        return {
            item.daemon
            for item in wanted
            if isinstance(item, Tun)
            and item.key not in there
            and not self.kernel.has_tun(item.origin, item.made_as)
        }

    def _observed_receipts(
        self, wanted: Iterable[Object], running: dict[str, Running]
    ) -> set[IkeConfig | BirdConfig | FrrConfig]:
        """What the daemons have taken, as far as it is wanted so, or not wanted at all.

        What a daemon has taken otherwise than wanted is not there: it is to take it anew.
        """
        wanted = list(wanted)
        found: set[IkeConfig | BirdConfig | FrrConfig] = set(self._forgotten(wanted, running))
        for item in wanted:
            if not isinstance(item, IkeConfig | BirdConfig | FrrConfig):
                continue
            if item.daemon not in running:
                continue
            taken = self._taken(item.daemon, running[item.daemon])
            match item:
                case IkeConfig(name=name) if self._has_taken(item, taken.get(name, "")):
                    found.add(item)
                case BirdConfig() | FrrConfig() if taken.get("configuration") == item.digest:
                    found.add(item)
                case _:
                    continue
        return found

    def _forgotten(
        self, wanted: Collection[Object], running: dict[str, Running]
    ) -> Iterator[IkeConfig]:
        """The connections that a wanted charon has loaded and that nobody wants any more."""
        keys = {item.key for item in wanted}
        for daemon in wanted:
            if isinstance(daemon, Daemon) and daemon.kind is DaemonKind.CHARON:
                process = running.get(daemon.name)
                for name in self._taken(daemon.name, process) if process else ():
                    item = IkeConfig(
                        daemon=daemon.name, name=name, section="{}", secret="", identities=()
                    )
                    if item.key not in keys:
                        yield item

    def _taken(self, daemon: str, process: Running) -> dict[str, str]:
        return self.receipts.taken(daemon, Process(pid=process.pid, start=process.start))

    def _has_taken(self, item: IkeConfig, receipt: str) -> bool:
        """Whether the receipt is of this definition with the key as it is now.

        A key that cannot be read now could not be loaded either: what runs goes on with its own.
        """
        definition, _, mark = receipt.partition(" ")
        if definition != digest(repr(item)):
            return False
        try:
            return mark == self.secrets.mark(self.secret_of(item))
        except SecretUnavailable:
            return True

    def secret_of(self, item: IkeConfig | SecretFile) -> Secret:
        """The key of a tunnel's end. Raises :class:`SecretUnavailable`."""
        source, _, locator = item.secret.partition(":")
        return self.secrets.resolve(SecretRef(source=SecretSource(source), locator=locator))

    # --- apply ---------------------------------------------------------------------------------

    def apply(self, step: Step, desired: Iterable[Object]) -> None:
        """Carry out one step. Raises the driver's error if the world says no."""
        match step:
            case Create() | Change():
                self._make(step, list(desired))
            case Delete():
                self._remove(step.object)

    def _make(self, step: Create | Change, desired: list[Object]) -> None:
        item = step.object
        match item:
            case ConfigFile():
                self.files.write(item)
            case SecretFile():
                self._write_secret(item)
            case Daemon():
                self._start(item, desired)
            case IkeConfig():
                self._load(item)
            case BirdConfig() | FrrConfig():
                self._configure(item)
            case ReceiveBuffer():
                sockets.receive_buffer(self._running_daemon(item.daemon).pid, item.size)
            case _ if isinstance(step, Create):
                self.kernel.create(item)
            case _:
                self.kernel.change(item)

    def _remove(self, item: Object) -> None:
        match item:
            case ConfigFile() | SecretFile():
                self.files.delete(item)
            case Daemon():
                self._stop(item.name)
            case IkeConfig():
                self._unload(item)
            case BirdConfig() | FrrConfig() | ReceiveBuffer():
                return  # It goes with its daemon.
            case _:
                self.kernel.delete(item)

    def _write_secret(self, item: SecretFile) -> None:
        """Write a file with a key. Who has read another one ends first, and is found missing."""
        secret = self.secret_of(item)
        self._stop(item.daemon)
        self.files.write_secret(item, secret.reveal())

    def _start(self, daemon: Daemon, desired: list[Object]) -> None:
        self._stop(daemon.name)
        for item in desired:
            if isinstance(item, Tun) and item.daemon == daemon.name:
                self.kernel.clear_placeholder(item.origin, item.made_as)
        running = self.processes.start(daemon)
        if daemon.kind is DaemonKind.BIRD and daemon.config is not None:
            text = self.files.read(daemon.config)
            self._note(running, daemon.name, "configuration", digest(text))

    def _stop(self, name: str) -> None:
        for process in self.processes.observe():
            if process.name == name:
                self.processes.stop(process)

    def _note(self, running: Running, daemon: str, name: str, taken: str) -> None:
        self.receipts.note(daemon, Process(pid=running.pid, start=running.start), name, taken)

    def socket(self, daemon: str, suffix: str) -> Path:
        """The control socket of a daemon of this world."""
        return self.home.path / "run" / f"{daemon}.{suffix}"

    def _charon(self, daemon: str) -> Charon:
        return Charon(self.socket(daemon, "vici"))

    def _load(self, item: IkeConfig) -> None:
        running = self._running_daemon(item.daemon)
        secret = self.secret_of(item)
        if item.receive_buffer is not None:
            sockets.receive_buffer(running.pid, item.receive_buffer)
        with self._charon(item.daemon) as charon:
            charon.load(
                item.name,
                json.loads(item.section),
                secret=secret.reveal(),
                identities=item.identities,
            )
        if self.receipts.has_earlier(item.daemon, Process(pid=running.pid, start=running.start)):
            self._returned.add(item.daemon)
        taken = f"{digest(repr(item))} {self.secrets.mark(secret)}"
        self._note(running, item.daemon, item.name, taken)

    def _unload(self, item: IkeConfig) -> None:
        running = self._running_daemon(item.daemon)
        with self._charon(item.daemon) as charon:
            charon.unload(item.name)
            charon.terminate(ike=item.name)
        process = Process(pid=running.pid, start=running.start)
        self.receipts.forget(item.daemon, process, item.name)

    def _configure(self, item: BirdConfig | FrrConfig) -> None:
        running = self._running_daemon(item.daemon)
        match item:
            case BirdConfig():
                with Bird(self.socket(item.daemon, "ctl")) as bird:
                    bird.reconfigure()
            case FrrConfig():
                with Frr(self.home.path / item.socket) as frr:
                    frr.configure(self.files.read(item.config))
        self._note(running, item.daemon, "configuration", item.digest)

    def start_missing(self, desired: Iterable[Object]) -> tuple[str, ...]:
        """Ask each charon that is to start for the SAs that are missing; returns their names.

        A charon that has ended and come back is asked once, even if it is otherwise to wait for
        the peer's call. The peer still believes in the SAs that are gone here, and would call only
        when its dead peer detection says so (AWS: after 40 s). Our call carries INITIAL_CONTACT
        (RFC 7296, 2.4), upon which it forgets them.

        It asks and does not wait: many waiting initiations at once have been seen to block a pair
        of charons for good.
        """
        started = []
        for item in desired:
            if isinstance(item, IkeConfig) and (item.starts or item.daemon in self._returned):
                socket = self.socket(item.daemon, "vici")
                with suppress(DaemonUnreachable), Charon(socket, patience=PATIENCE) as charon:
                    if not any(_carries(sa, item.name) for sa in charon.sas()):
                        charon.initiate(item.name, ike=item.name)
                        started.append(item.name)
        self._returned.clear()
        return tuple(started)

    def kill(self, daemons: Iterable[str]) -> None:
        """Kill daemons of this world by SIGKILL, as a crash would."""
        names = frozenset(daemons)
        for process in self.processes.observe():
            if process.name in names:
                self.processes.kill(process, signal.SIGKILL)


def _observed_buffers(
    wanted: Iterable[Object], running: Mapping[str, Running]
) -> Iterator[ReceiveBuffer]:
    """What the sockets of daemons hold whose size is wanted; more than that is no other size."""
    for item in wanted:
        if isinstance(item, ReceiveBuffer) and item.daemon in running:
            with suppress(DaemonUnreachable, Refused):
                size = sockets.smallest_receive_buffer(running[item.daemon].pid)
                if size is not None:
                    yield replace(item, size=min(size, item.size))


def outlived(wanted: Iterable[Object], running: Mapping[str, Running]) -> set[str]:
    """The daemons that are older than the one that they need from their start on, or without it."""
    return {
        item.name
        for item in wanted
        if isinstance(item, Daemon)
        and item.after is not None
        and item.name in running
        and (item.after not in running or running[item.after].start > running[item.name].start)
    }


def observed_daemons(
    wanted: Iterable[Object], running: Iterable[Running], spoilt: Collection[str]
) -> set[Daemon]:
    """The daemons that run, as the objects that they are.

    One that is no use as it is counts as another than the wanted one, so that it is started anew:
    its namespace has gone (another may have the name), or what it cannot do without (``spoilt``): its
    TUN device, which it never makes again, or the daemon that it needs from its start on.
    """
    found: set[Daemon] = set()
    known = {item.name: item for item in wanted if isinstance(item, Daemon)}
    for process in running:
        daemon = known.get(process.name) or Daemon(
            name=process.name, kind=DaemonKind.PLAIN, namespace=process.namespace or "", argv=()
        )
        found.add(
            replace(
                daemon,
                namespace=LOST if process.namespace is None else process.namespace,
                restart_on=LOST if process.name in spoilt else process.digest,
            )
        )
    return found


def _carries(sa: IkeSa, name: str) -> bool:
    """Whether an SA is there, or on its way, for the connection ``name``."""
    return sa.name == name and (sa.state != "ESTABLISHED" or bool(sa.children))
