"""What a reading tells: held against golden files, and against the lines that were read."""

from __future__ import annotations

from pathlib import Path

from tests.model import golden

from samepath.cli.device.lines import lines
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.support import State


def check(found: DeviceConfiguration, name: str, path: Path) -> None:
    """Assert that ``samepath device`` prints for ``name`` what the golden file at ``path`` has."""
    shown = "\n".join(line.plain.rstrip() for line in lines(found, name))
    golden.check(path, shown + "\n")


def doubts(found: DeviceConfiguration) -> list[tuple[int, State]]:
    """The lines that were not understood."""
    return [(one.place.line, one.mark.state) for one in found.support.doubts()]


def check_every_line(found: DeviceConfiguration, text: str) -> None:
    """Assert that each line that is no comment has one state, or is outside what matters."""
    written = [line for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]
    placed = [one.place for one in found.support.remarks]

    assert len(placed) + found.support.outside == len(written)
    assert len(placed) == len(set(placed))
