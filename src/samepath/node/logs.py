"""Logs that do not grow without end: they lie in memory, and a refused charon tries for ever.

A daemon holds its log open and appends to it, so the file must stay the one it is. What is to be
kept is copied to its beginning, and then its end is cut off. Whoever dies in between leaves lines
twice, and none lost; a line that is written between the last look and the cut is lost, which is a
matter of microseconds once in half a mebibyte.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

MOST = 1024 * 1024
"""Bytes at which a log is cut."""
KEPT = MOST // 2
"""Bytes of its end that are kept then, at most."""


def trim(directory: Path, most: int = MOST, kept: int = KEPT) -> tuple[str, ...]:
    """Cut the logs of ``directory`` that have more than ``most`` bytes; returns their names.

    At most ``kept`` bytes stay of each, in whole lines, and whatever is written meanwhile;
    ``kept`` is half of ``most`` at most. A log that goes away meanwhile is passed over.
    """
    cut = []
    for path in sorted(directory.glob("*.log")):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        with closing(os.fdopen(descriptor, "r+b", buffering=0)):
            if os.fstat(descriptor).st_size > most:
                _cut(descriptor, kept)
                cut.append(path.name)
    return tuple(cut)


def _cut(descriptor: int, kept: int) -> None:
    source = os.fstat(descriptor).st_size - kept
    # The first line that is whole, unless there is none to be seen.
    source += os.pread(descriptor, kept, source).find(b"\n") + 1
    target = 0
    for block in _blocks(descriptor, source):
        target += os.pwrite(descriptor, block, target)
    os.ftruncate(descriptor, target)


def _blocks(descriptor: int, offset: int) -> Iterator[bytes]:
    """What stands from ``offset`` on, to an end that may move away meanwhile."""
    while block := os.pread(descriptor, 1 << 16, offset):
        yield block
        offset += len(block)
