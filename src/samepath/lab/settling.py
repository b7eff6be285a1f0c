"""Waiting until a lab that was just brought up carries traffic and has come to rest."""

from __future__ import annotations

import time

from samepath.lab.status import LabStatus, StatusReader

STEADY = 0.5
"""Seconds without a change of routes after which a lab counts as at rest: several readings."""
SETTLE_WITHIN = 2.5
"""Seconds after readiness for which the routes of the sessions are waited for at most."""


class Settling:
    """Tells when a lab that is ready has also come to rest.

    The routes of a session arrive after it is established, and reach the kernel later still, so
    that the first status that is ready may show a direction on its way to another tunnel.
    """

    def __init__(self) -> None:
        self._ready_since: float | None = None
        self._steady_since = 0.0
        self._last: object = None

    def done(self, now: float, status: LabStatus) -> bool:
        """Whether the lab has been ready and unchanged for :data:`STEADY` seconds at ``now``.

        Each end must have its routes, for which no more than :data:`SETTLE_WITHIN` seconds are
        given: a policy may let an end announce nothing.
        ``now`` is monotonic, seconds.
        """
        if not status.ready:
            self._ready_since = None
            return False
        if self._ready_since is None:
            self._ready_since = now
        chosen = (status.tunnel_routes, tuple(each.routed for each in status.directions))
        if chosen != self._last:
            self._last, self._steady_since = chosen, now
        rests = now - max(self._steady_since, self._ready_since) >= STEADY
        heard = all(tunnel.heard for tunnel in status.tunnels)
        return (heard and rests) or now - self._ready_since >= SETTLE_WITHIN


def wait_usable(reader: StatusReader, timeout: float) -> LabStatus:
    """The first status in which the lab is ready and at rest, or the last one before ``timeout``.

    ``timeout`` is in seconds; with none left, a ready lab need not rest.
    """
    deadline = time.monotonic() + timeout
    settling = Settling()
    while True:
        status = reader.read()
        now = time.monotonic()
        if settling.done(now, status) or now > deadline:
            return status
        time.sleep(0.05)  # noqa: TID251 - BIRD tells no events to wait for
