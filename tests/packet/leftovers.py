"""What a machine looks like from outside: taken before and after, to see that nothing is left.

What other test processes are making meanwhile is left out (see :mod:`tests.packet.own`).
"""

from __future__ import annotations

import os
import subprocess
import time
from itertools import chain
from pathlib import Path

from tests.packet.own import is_others

COMMANDS = {
    "namespaces": ("ip", "netns", "list"),
    "links": ("ip", "-o", "link", "show"),
    "addresses": ("ip", "-o", "address", "show"),
    "rules": ("ip", "rule", "show"),
    "routes": ("ip", "route", "show", "table", "all"),
    "nft": ("nft", "list", "ruleset"),
}
SYSCTLS = ("net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter", "net.ipv4.conf.default.rp_filter")


ALIVE = {"R", "S", "D"}
"""States of a process that works: running, waiting, waiting for a device (proc(5))."""
LASTS = 0.1
"""Seconds after which a program that an agent runs to look at something has ended, and a file that
it was writing has its name."""


def snapshot() -> dict[str, tuple[str, ...]]:
    """The root namespace, samepath's processes (zombies too), and its files: those that last.

    A lab of this process may be running, whose agent starts a program now and then.
    """
    found = {
        name: tuple(sorted(line for line in _output(command).splitlines() if not is_others(line)))
        for name, command in COMMANDS.items()
    }
    found["sysctls"] = tuple(
        Path("/proc/sys", *name.split(".")).read_text().strip() for name in SYSCTLS
    )
    processes, files = _processes(), _files()
    if processes or files:
        time.sleep(LASTS)  # noqa: TID251 - nobody tells when they have gone
        later = _processes()
        processes = {pid: later[pid] for pid in processes.keys() & later.keys()}
        files &= _files()
    found["processes"] = tuple(sorted(processes.values()))
    found["files"] = tuple(sorted(files))
    return found


def _files() -> set[str]:
    # Unlike Path.rglob it minds no directory that another process takes away meanwhile.
    walked = os.walk("/run/samepath")
    found = {f"{where}/{name}" for where, *names in walked for name in chain(*names)}
    return {path for path in found if not is_others(path)}


def _output(command: tuple[str, ...]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _processes() -> dict[int, str]:
    """By id: the name, and the state, in which one that runs or waits is simply alive."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            name = (entry / "comm").read_text().strip()
            state, parent, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            # A zombie has no environment left; it is of the world of the one who is to reap it.
            world = _world(parent if state == "Z" else entry.name)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if world is not None and not is_others(world):
            found[int(entry.name)] = f"{name} {'alive' if state in ALIVE else state}"
    return found


def _world(pid: str) -> str | None:
    """The world that a process belongs to, by its environment; None if to none."""
    for variable in Path("/proc", pid, "environ").read_bytes().split(b"\0"):
        name, _, value = variable.partition(b"=")
        if name == b"SAMEPATH_WORLD":
            return value.decode()
    return None
