"""What a machine looks like from outside: taken before and after, to see that nothing is left."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

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

    Another lab may be running, whose agent starts a program now and then.
    """
    found = {
        name: tuple(sorted(_output(command).splitlines())) for name, command in COMMANDS.items()
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
    run = Path("/run/samepath")
    return {str(path) for path in run.rglob("*")} if run.exists() else set()


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
            environment = (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if b"SAMEPATH_WORLD=" in environment or (
            state == "Z" and name in {"bird", "charon-systemd"}
        ):
            found[int(entry.name)] = f"{name} {'alive' if state in ALIVE else state}"
    return found
