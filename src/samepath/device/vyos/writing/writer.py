"""Writing a VyOS."""

from __future__ import annotations

from samepath.device.vyos.writing.amending import amend
from samepath.device.vyos.writing.site import customer
from samepath.device.vyos.writing.typed import after

__all__ = ["after", "amend", "customer"]
