"""What the documentation shows is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samepath.cli import main
from samepath.routing import findings

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "how-to" / "check.md"


def test_the_page_on_check_shows_what_check_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["check", "examples/asymmetric-drop.yaml"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in PAGE.read_text()


def test_the_page_on_check_tells_every_code_and_no_other() -> None:
    there = set(re.findall(r'code="([a-z-]+)"', Path(findings.__file__).read_text()))
    there |= {"unequal-prefixes", "announces-nothing"}
    told = re.findall(
        r"^\| `([a-z-]+)` \| (?:error|warning|note) \|", PAGE.read_text(), re.MULTILINE
    )

    assert len(there) == 16
    assert set(told) == there
    assert len(told) == len(there)
