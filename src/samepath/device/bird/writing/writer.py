"""The writer of BIRD."""

from __future__ import annotations

from samepath.device.bird.writing.amending import after, amend
from samepath.device.bird.writing.customer import customer

__all__ = ["after", "amend", "customer"]
