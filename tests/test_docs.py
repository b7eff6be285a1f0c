"""What the documentation shows is what the commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from samepath.cli import main

ROOT = Path(__file__).parents[1]


def test_the_page_on_check_shows_what_check_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["check", "examples/asymmetric-drop.yaml"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in Path("docs/how-to/check.md").read_text()
