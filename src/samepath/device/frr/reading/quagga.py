"""Quagga, which FRR was made from: its files are read as FRR's are, by its own defaults."""

from __future__ import annotations

from samepath.device.frr.reading.reader import is_quagga, read_quagga
from samepath.device.frr.reading.reader import likeness as of_frr

read = read_quagga


def likeness(text: str) -> int:
    """How much a text looks like a configuration of Quagga: what FRR's has, and one trace more."""
    return of_frr(text) + 1 if is_quagga(text) else 0
