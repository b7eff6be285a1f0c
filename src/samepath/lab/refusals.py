"""What the two ends of a tunnel have refused each other since somebody began to look."""

from __future__ import annotations

from pathlib import Path

from samepath.control.diagnosis import refused_for_good
from samepath.control.names import charon_of_customer, charon_of_endpoint
from samepath.device.swanctl.failures import IkeFailure, standing_failure
from samepath.lab.lab import Lab
from samepath.lab.status import TunnelStatus


class Refusals:
    """Made before a lab is brought up: what its logs tell already is of another configuration."""

    def __init__(self, lab: Lab) -> None:
        self._logs = lab.home.path / "log"
        self._begins = {log: log.stat().st_size for log in self._logs.glob("*.log")}

    def of(self, tunnel: TunnelStatus) -> bool:
        """Whether both ends say that it cannot come up as it is configured."""
        key = (tunnel.connection, tunnel.number)
        return refused_for_good(
            self._failure(self._logs / f"{daemon}.log")
            for daemon in (charon_of_endpoint(*key), charon_of_customer(*key))
        )

    def _failure(self, log: Path) -> IkeFailure | None:
        try:
            with log.open("rb") as stream:
                stream.seek(self._begins.get(log, 0))
                return standing_failure(line.decode(errors="replace") for line in stream)
        except FileNotFoundError:
            return None
