"""Golden files: a text that a test makes, kept in the tree and compared.

``SAMEPATH_UPDATE=1`` in the environment writes them anew; the change is then read as a diff.
"""

from __future__ import annotations

import os
from pathlib import Path


def check(path: Path, text: str) -> None:
    """Assert that ``path`` holds ``text``, or write it there if updating."""
    if os.environ.get("SAMEPATH_UPDATE") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.exists(), f"{path} is missing; make it with SAMEPATH_UPDATE=1"
    assert path.read_text() == text, f"{path} differs; read the diff after SAMEPATH_UPDATE=1"
