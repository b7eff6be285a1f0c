"""What a machine looks like from outside: taken before and after, to see that nothing is left."""

from __future__ import annotations

import os
import subprocess
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


def snapshot() -> dict[str, tuple[str, ...]]:
    """The root namespace, samepath's processes (zombies too), and its files."""
    found = {
        name: tuple(sorted(_output(command).splitlines())) for name, command in COMMANDS.items()
    }
    found["sysctls"] = tuple(
        Path("/proc/sys", *name.split(".")).read_text().strip() for name in SYSCTLS
    )
    found["processes"] = tuple(sorted(_processes()))
    run = Path("/run/samepath")
    found["files"] = tuple(sorted(str(path) for path in run.rglob("*"))) if run.exists() else ()
    return found


def _output(command: tuple[str, ...]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _processes() -> list[str]:
    found = []
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
            found.append(f"{name} {state}")
    return found
