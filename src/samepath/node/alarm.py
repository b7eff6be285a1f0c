"""Waking the one thread that decides, when a charon tells that something of its SAs has changed.

One thread for each charon listens and says no more than "look": what there is, is looked up, never
remembered from an event. A charon that ends and comes back is listened to again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from samepath.drivers.errors import DriverError
from samepath.drivers.ike import LogLine
from samepath.drivers.strongswan import Charon

AGAIN_AFTER = 0.5
"""Seconds until a charon that does not answer is tried again."""


class Alarm:
    """Readable (:meth:`fileno`) once any of the charons at ``sockets`` has told something.

    Its threads end with the process.
    """

    def __init__(self, sockets: Iterable[Path]) -> None:
        self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        for path in sockets:
            Thread(target=self._listen, args=(path,), daemon=True, name=path.stem).start()

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._event

    def clear(self) -> None:
        """Wait for the next one."""
        with suppress(BlockingIOError):
            os.eventfd_read(self._event)

    def _ring(self) -> None:
        os.eventfd_write(self._event, 1)

    def _listen(self, path: Path) -> None:
        never = Event()
        while True:
            with suppress(DriverError), Charon(path).events() as events:
                # What was told before this was not heard, so this is news too.
                self._ring()
                try:
                    for event in events:
                        if not isinstance(event, LogLine):
                            self._ring()
                finally:
                    self._ring()
            never.wait(AGAIN_AFTER)
