"""Asking a far address by ping, and telling silence from a question that could not be put."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from samepath.control.diagnosis import Pings
from samepath.linux.environment import small

TRIES = 3
"""Pings of which one must be answered where nothing is said of loss."""
MANY = 200
"""Pings by which loss is told: at 2 % each way a run without any comes once in 3000."""
EVERY, SOON = 0.2, 0.0025
"""Seconds between two pings: of a few, and of many."""
WITHIN = 1
"""Seconds for the answer to a ping; the path is on this machine."""
NO_WAY = ("Network is unreachable", "No route to host")
"""What ping says where the kernel knows no way to the far address: nothing answers there either."""
_ANSWERED, _SILENT = 0, 1
"""ping's exit statuses; any other means that it could not ask (ping(8))."""


class CannotPing(RuntimeError):
    """ping is not installed, or could not ask; the text says why."""


def answers(namespace: str, *arguments: str) -> bool:
    """Whether one of a few pings is answered; a lossy path is not a dead one.

    ``arguments`` are ping's own, the far address last. Raises :class:`CannotPing`, since what was
    not asked says nothing of the path.
    """
    return _asked(namespace, TRIES, EVERY, arguments).answered > 0


def many(namespace: str, *arguments: str) -> Pings:
    """How many of many pings are answered, within half a second. Raises as :func:`answers` does."""
    return _asked(namespace, MANY, SOON, arguments)


def _asked(namespace: str, count: int, interval: float, arguments: tuple[str, ...]) -> Pings:
    if shutil.which("ping") is None:
        raise CannotPing(
            "ping is not installed: apt-get install --no-install-recommends iputils-ping"
        )
    how = ("-c", str(count), "-i", f"{interval:g}", "-W", str(WITHIN))
    done = subprocess.run(
        ["nsenter", f"--net=/run/netns/{namespace}", "ping", "-n", "-q", *how, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**small(os.environ), "LC_ALL": "C"},
    )
    verdict = judge(done.returncode, done.stderr)
    if verdict is None:
        why = done.stderr.strip().splitlines()
        raise CannotPing(
            f"cannot ping {arguments[-1]} from {namespace}: "
            f"{why[-1] if why else f'exit status {done.returncode}'}"
        )
    return Pings(sent=count, answered=received(done.stdout) if verdict else 0)


def received(words: str) -> int:
    """The number of answers in the last words of ``ping -q``; ping counts a duplicate apart."""
    found = re.search(r"(\d+) received", words)
    return int(found[1]) if found else 0


def judge(status: int, words: str) -> bool | None:
    """Whether it was answered, by exit status and stderr; None: it could not be asked."""
    if words.startswith("nsenter: "):
        return None
    if status in {_ANSWERED, _SILENT}:
        return status == _ANSWERED
    return False if any(reason in words for reason in NO_WAY) else None
