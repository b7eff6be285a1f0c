"""Waiting until a lab that was just brought up carries traffic and has come to rest."""

from __future__ import annotations

import time
from collections.abc import Callable

from samepath.lab.status import LabStatus, StatusReader, TunnelStatus

STEADY = 0.5
"""Seconds without a change of routes after which a lab counts as at rest: several readings."""
SETTLE_WITHIN = 2.5
"""Seconds after readiness for which the routes of the sessions are waited for at most."""

REFUSED_FOR = 3.0
"""Seconds after which a refusal counts: the other tunnels' routes come meanwhile, and a call that
was under way with a key or proposals of before has been followed by one with those of now."""


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


class GivingUp:
    """Tells when waiting for a lab is in vain: what does not work yet has been refused.

    ``refused`` says so of a tunnel; it is asked in every reading.
    """

    def __init__(self, refused: Callable[[TunnelStatus], bool]) -> None:
        self._refused = refused
        self._since: float | None = None

    def done(self, now: float, status: LabStatus) -> bool:
        """Whether every tunnel that is not usable has been refused for :data:`REFUSED_FOR` seconds.

        ``now`` is monotonic, seconds.
        """
        down = [tunnel for tunnel in status.tunnels if not tunnel.usable]
        if not down or not all(self._refused(tunnel) for tunnel in down):
            self._since = None
            return False
        if self._since is None:
            self._since = now
        return now - self._since >= REFUSED_FOR


def _never(_: TunnelStatus) -> bool:
    return False


def wait_usable(
    reader: StatusReader, timeout: float, refused: Callable[[TunnelStatus], bool] = _never
) -> LabStatus:
    """The first status in which the lab is ready and at rest, or the last one before ``timeout``.

    ``timeout`` is in seconds; with none left, a ready lab need not rest. It waits no longer where
    all that is not usable is ``refused``, and stays so.
    """
    deadline = time.monotonic() + timeout
    settling, giving_up = Settling(), GivingUp(refused)
    while True:
        status = reader.read()
        now = time.monotonic()
        if settling.done(now, status) or giving_up.done(now, status) or now > deadline:
            return status
        time.sleep(0.05)  # noqa: TID251 - BIRD tells no events to wait for
