"""Whose things on this machine are: each test process names what it makes after itself.

So several processes of one run, and the runs of several trees, work side by side: none clears
what another one needs, and none takes another one's labs for something that it has left behind.
"""

from __future__ import annotations

import os
import re
import subprocess

from samepath.drivers.inside import NETNS
from samepath.drivers.supervisor import stat_of
from samepath.lab.lab import machine_of, take_down
from samepath.node.home import worlds


def _mark(pid: int) -> str | None:
    """What the names of the process begin with; None of one that has ended.

    The id and the start time together, since an id comes again (pid_max is 32768 on some machines).
    """
    stat = stat_of(pid)
    return None if stat is None or stat.state == "Z" else f"t{pid}.{stat.start:x}"


_MINE = _mark(os.getpid())
_OWNED = re.compile(r"(?:^|sp-|/\.?)(t(\d+)\.[0-9a-f]+)-")
"""A name that a test process has given, by itself or within a namespace's name or a path."""


def own(name: str) -> str:
    """``name`` as this process's own: of a lab, or a part of a namespace's name."""
    return f"{_MINE}-{name}"


def is_others(text: str) -> bool:
    """Whether this is the name or the path of something of another test process that runs."""
    owner = _OWNED.search(text)
    return owner is not None and owner[1] != _MINE and owner[1] == _mark(int(owner[2]))


def is_nobodys(text: str) -> bool:
    """Whether this is the name or the path of something of a test process that has ended."""
    owner = _OWNED.search(text)
    return owner is not None and owner[1] != _mark(int(owner[2]))


def clear(name: str) -> None:
    """Whatever there is of a lab goes."""
    with machine_of(name) as machine:
        take_down(machine)


def clear_nobodys() -> None:
    """Take away what a test process has left that was killed."""
    namespaces = {path.name for path in NETNS.iterdir()} if NETNS.is_dir() else set()
    labs = {name.removeprefix("sp-").split("--")[0] for name in namespaces if "--" in name}
    for name in filter(is_nobodys, labs | set(worlds())):
        clear(name)
    for name in filter(is_nobodys, namespaces):
        # Another process may be at it, too.
        subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)
