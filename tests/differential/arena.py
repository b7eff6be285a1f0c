"""Namespaces in which many networks converge at once, and the processes in them.

Each router name has one namespace, shared by the routers of that name of all networks: they have
disjoint addresses. Each session has a wire of its own, as a tunnel has, since a router may keep a
next hop that it hears and announces on one and the same interface.
"""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from tests.differential.generator import GATEWAYS, MOST_PARALLEL, NAMES, Case
from tests.packet.own import own

_BITS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Arena:
    """The namespaces, a directory for the daemons' files, and the daemons that run."""

    mark: str
    directory: Path
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def namespace(self, router: str) -> str:
        """Where the routers of this name live."""
        return f"sp-{self.mark}-{router}"

    def start(self, router: str, *argv: str) -> None:
        """Start a daemon for a router; it ends with this process, however that ends."""
        log = self.directory / "daemons.log"
        with log.open("ab") as out:
            self.daemons.append(
                subprocess.Popen(
                    [
                        *("setpriv", "--pdeathsig", "KILL"),
                        *("nsenter", f"--net=/run/netns/{self.namespace(router)}"),
                        *argv,
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    env={"SAMEPATH_WORLD": self.mark, "PATH": "/usr/sbin:/usr/bin"},
                )
            )

    def stop(self) -> None:
        """End every daemon, and take all addresses and routes away."""
        for daemon in self.daemons:
            daemon.send_signal(signal.SIGKILL)
        for daemon in self.daemons:
            daemon.wait()
        self.daemons.clear()
        for router in NAMES:
            words = [f"address flush dev {device}" for device in self._devices(router)]
            _batch(self.namespace(router), words)
            _ip("-n", self.namespace(router), "route", "flush", "table", "all", "proto", "bird")

    def address(self, cases: Sequence[Case]) -> None:
        """Give every session's ends their addresses."""
        words: dict[str, list[str]] = {name: [] for name in NAMES}
        for case in cases:
            used: dict[tuple[str, str], int] = {}
            for session in case.network.sessions.values():
                one, other = session.ends
                pair = (one.router, other.router)
                wire = used[pair] = used.get(pair, -1) + 1
                for end, far in ((one, other), (other, one)):
                    words[end.router].append(
                        f"address add {end.address}/{_BITS} dev {far.router}-{wire}"
                    )
        for router, lines in words.items():
            _batch(self.namespace(router), lines)

    @staticmethod
    def _devices(router: str) -> Iterator[str]:
        for one, other, wire in _wires():
            if router in {one, other}:
                yield f"{other if router == one else one}-{wire}"


def _wires() -> Iterator[tuple[str, str, int]]:
    """The two routers of each wire, and its number among theirs."""
    for one, other in combinations(NAMES, 2):
        parallel = MOST_PARALLEL if (one in GATEWAYS) != (other in GATEWAYS) else 1
        yield from ((one, other, wire) for wire in range(parallel))


@contextmanager
def arena() -> Iterator[Arena]:
    """A namespace a router name, wired each with each; all that was started in them is ended."""
    mark = own(secrets.token_hex(3))
    # A socket's path has 107 characters at most.
    made = Arena(mark=mark, directory=Path(tempfile.mkdtemp(prefix="sp-test-", dir="/run")))
    try:
        for name in NAMES:
            _ip("netns", "add", made.namespace(name))
            _ip("-n", made.namespace(name), "link", "set", "lo", "up")
        for one, other, wire in _wires():
            _wire(made, (one, f"{other}-{wire}"), (other, f"{one}-{wire}"))
        yield made
    finally:
        made.stop()
        for name in NAMES:
            subprocess.run(
                ["ip", "netns", "delete", made.namespace(name)],
                check=False,
                stderr=subprocess.DEVNULL,
            )
        shutil.rmtree(made.directory)


def _wire(made: Arena, one: tuple[str, str], other: tuple[str, str]) -> None:
    spaces = [made.namespace(end[0]) for end in (one, other)]
    _ip(
        *("link", "add", "name", one[1], "netns", spaces[0]),
        *("type", "veth", "peer", "name", other[1], "netns", spaces[1]),
    )
    for space, device in zip(spaces, (one[1], other[1]), strict=True):
        _ip("-n", space, "link", "set", device, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _batch(namespace: str, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    subprocess.run(["ip", "-n", namespace, "-batch", "-"], input=text, text=True, check=True)
