"""Doing something inside a network namespace: a call of ours, or a program."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from samepath.drivers.programs import environment

NETNS = Path("/run/netns")
"""Where ``ip netns`` keeps the names of namespaces."""


def is_namespace(name: str) -> bool:
    """Whether the name is a mounted namespace and not the file of a half-made one."""
    try:
        here = (NETNS / name).stat()
    except OSError:
        return False
    return here.st_dev != NETNS.stat().st_dev


def in_namespace(name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the call's own type
    """Run ``call`` in a thread of its own that is inside the namespace ``name``."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            handle = os.open(NETNS / name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(handle, 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            finally:
                os.close(handle)
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the caller, below
            outcome.append((None, error))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


RUN_LIMIT = 30.0
"""Seconds for a program that asks the kernel for something; it takes some milliseconds."""


def run_inside(namespace: str, script: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a namespace, with ``script`` on its standard input.

    Raises TimeoutError after :data:`RUN_LIMIT`; the program is killed then.
    """
    try:
        return subprocess.run(
            ["nsenter", f"--net={NETNS / namespace}", *command],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
            process_group=0,  # Ctrl-C is for whoever asked: a terminal sends it to its whole group.
            timeout=RUN_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        words = f"{command[0]} did not end within {RUN_LIMIT:g} s"
        raise TimeoutError(errno.ETIMEDOUT, words) from error


def refusal(done: subprocess.CompletedProcess[str]) -> OSError:
    """What a program said when it refused, as the error of a refused operation."""
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return OSError(errno.EINVAL, lines[0])
