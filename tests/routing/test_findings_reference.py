"""The reference page of the findings: generated, and current."""

from __future__ import annotations

from pathlib import Path

from tests.model import golden

from samepath.cli.check.findings import kinds
from samepath.routing.findings import reference

ROOT = Path(__file__).parents[2]


def test_the_page_of_findings_in_the_tree_is_current() -> None:
    golden.check(ROOT / "docs" / "reference" / "findings.md", reference.render(kinds()))


def test_every_kind_is_told_in_full_sentences() -> None:
    for kind in kinds():
        assert kind.because.rstrip(")").endswith("."), kind.code
        assert kind.advice.endswith("."), kind.code
        assert not kind.means.endswith("."), kind.code
        assert f"### `{kind.code}`\n" in reference.render(kinds())
