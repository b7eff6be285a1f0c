"""Netlink sockets, one inside each namespace that is asked about."""

from __future__ import annotations

import os

from pyroute2 import IPRoute

from samepath.drivers.inside import NETNS

MOST_OPEN = 100
"""Sockets that are kept open. Each takes four descriptors, of which a process has 1024 by default;
to open one anew takes a millisecond."""


class Sockets:
    """Netlink sockets that are opened inside namespaces and kept, ``most`` of them at a time."""

    def __init__(self, most: int = MOST_OPEN) -> None:
        self._most = most
        self._open: dict[str, tuple[int, IPRoute]] = {}
        """By namespace its inode and socket; the one used last comes last."""

    def inside(self, namespace: str) -> IPRoute:
        """The socket inside ``namespace``, which may be closed once ``most`` others have been asked for.

        Raises OSError if there is no such namespace.
        """
        # Opened before IPRoute is made: one that finds no namespace leaves its event loop open.
        handle = os.open(NETNS / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            inode = os.fstat(handle).st_ino
            known = self._open.pop(namespace, None)
            if known is not None and known[0] != inode:
                known[1].close()
                known = None
            if known is None:
                self._make_room()
                # Without the flags it would make a namespace that is not there.
                known = inode, IPRoute(netns=f"/proc/{os.getpid()}/fd/{handle}", flags=0)
            self._open[namespace] = known
            return known[1]
        finally:
            os.close(handle)

    def _make_room(self) -> None:
        while len(self._open) >= self._most:
            self.forget(next(iter(self._open)))

    def forget(self, namespace: str) -> None:
        """Close the socket inside ``namespace``, if there is one."""
        known = self._open.pop(namespace, None)
        if known is not None:
            known[1].close()

    def close(self) -> None:
        """Close all of them."""
        for namespace in tuple(self._open):
            self.forget(namespace)
