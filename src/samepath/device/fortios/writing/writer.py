"""Writing a FortiGate."""

from __future__ import annotations

from samepath.device.fortios.writing.amending import amend
from samepath.device.fortios.writing.site import customer
from samepath.device.fortios.writing.typed import after

__all__ = ["after", "amend", "customer"]
