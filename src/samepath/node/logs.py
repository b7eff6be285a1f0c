"""Logs that do not grow without end: they lie in memory, and a refused charon tries for ever.

The agent cuts them. While it ends again and again, and adds its last words each time, the supervisor
cuts them before it starts it once more.

A daemon holds its log open and appends to it, so the file must stay the one it is. What is to be
kept is copied to its beginning, and then its end is cut off. Whoever dies in between leaves lines
twice, and none lost; a line that is written between the last look and the cut is lost, which is a
matter of microseconds once in half a mebibyte.
"""

from __future__ import annotations

from pathlib import Path

from samepath.drivers.supervisor import LOG_KEPT, LOG_MOST, shorten


def trim(directory: Path, most: int = LOG_MOST, kept: int = LOG_KEPT) -> tuple[str, ...]:
    """Cut the logs of ``directory`` that have more than ``most`` bytes; returns their names.

    At most ``kept`` bytes stay of each, in whole lines, and whatever is written meanwhile;
    ``kept`` is half of ``most`` at most. A log that goes away meanwhile is passed over.
    """
    return tuple(
        path.name for path in sorted(directory.glob("*.log")) if shorten(str(path), most, kept)
    )
