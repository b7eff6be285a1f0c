"""The writer of Junos."""

from __future__ import annotations

from samepath.device.junos.writing.amending import after, amend
from samepath.device.junos.writing.customer import customer

__all__ = ["after", "amend", "customer"]
