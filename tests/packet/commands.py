"""The real command line, as a person calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SAMEPATH = str(Path(sys.executable).parent / "samepath")
LIMIT = 240.0
"""Seconds that a command may take; far more than any does."""


def samepath(
    *words: str, within: Sequence[str] = (), environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``samepath`` with these words to its end; ``within`` is what runs it, such as setpriv."""
    return subprocess.run(
        [*within, SAMEPATH, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env={**os.environ, "COLUMNS": "200", **(environment or {})},
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Everything that a command has printed, on one line."""
    return " ".join(f"{done.stdout}\n{done.stderr}".replace("│", " ").split())
