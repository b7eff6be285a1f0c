"""Waiting until one of several descriptors has something to read.

``select.select`` refuses a descriptor above 1023 whatever the process's limit is. Whoever holds a
socket for each namespace of a large lab has such descriptors.
"""

from __future__ import annotations

import select
from collections.abc import Collection
from typing import Protocol, TypeVar


class Readable(Protocol):
    """What has a descriptor."""

    def fileno(self) -> int:
        """The descriptor that is readable when there is something to tell."""


R = TypeVar("R", bound=int | Readable)


def wait_readable(watched: Collection[R], timeout: float | None) -> list[R]:
    """Those of ``watched`` that have something to read, have ended, or are broken.

    Returns after ``timeout`` seconds with none (None: never; rounded up to milliseconds), and at
    once for what is readable already. Raises whatever a ``fileno`` raises.
    """
    poller = select.poll()
    by_descriptor: dict[int, R] = {}
    for one in watched:
        descriptor = one if isinstance(one, int) else one.fileno()
        by_descriptor[descriptor] = one
        poller.register(descriptor, select.POLLIN)
    ready = poller.poll(None if timeout is None else max(0.0, timeout) * 1000)
    return [by_descriptor[descriptor] for descriptor, _ in ready]
