"""The JSON of ``samepath check``: its schema, its page, and that what is printed keeps to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.json_schema import accepts
from tests.model import golden
from tests.routing.test_too_much_open import SIX_EQUAL, STATES
from tests.routing.topologies import TWO_GATEWAYS

from samepath.cli import main
from samepath.cli.check.document import Checked, document
from samepath.cli.check.schema import page, render, schema
from samepath.model.document import parse
from samepath.routing import ALL_UP, check

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
FILES = sorted(
    [*(ROOT / "examples").glob("*.yaml"), *(ROOT / "tests" / "routing" / "golden").glob("*.yaml")]
)


def printed(capsys: pytest.CaptureFixture[str], *files: Path) -> Any:  # noqa: ANN401 - JSON
    with pytest.raises(SystemExit):
        main(["check", "--json", *map(str, files)])
    return json.loads(capsys.readouterr().out)


def test_the_schema_in_the_tree_is_current() -> None:
    golden.check(REFERENCE / "check.schema.json", render())


def test_the_page_in_the_tree_is_current() -> None:
    golden.check(REFERENCE / "check-json.md", page())


def test_what_is_printed_keeps_to_the_schema(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Of files with findings of every severity, and with several outcomes."""
    two = tmp_path / "two.yaml"
    two.write_text(TWO_GATEWAYS)
    found = printed(capsys, two, *FILES)

    assert accepts(json.loads(json.dumps(schema())), found)
    assert len(found["files"]) == len(FILES) + 1
    outcomes = {len(state["outcomes"]) for file in found["files"] for state in file["states"]}
    assert 1 in outcomes
    assert len(outcomes) > 1
    severities = {one["severity"] for file in found["files"] for one in file["findings"]}
    assert severities == {"error", "warning", "note"}


def test_where_too_much_is_open_the_questions_stand_in_the_place_of_outcomes() -> None:
    report = check(parse(SIX_EQUAL).topology, (ALL_UP, STATES["k0/tunnel1 down"]))
    told = document([Checked(file="it.yaml", report=report, warnings=(), places={})])

    again: Any = json.loads(json.dumps(told))
    assert accepts(json.loads(json.dumps(schema())), again)
    up, down = again["files"][0]["states"]
    assert up["outcomes"]
    assert up["too_much_open"] == []
    assert down["outcomes"] == []
    assert down["undetermined"]
    assert {
        "subject": "cgw:d0",
        "question": "whether its tunnels are in one firewall zone",
        "answers": ["one zone", "a zone each"],
    } in down["too_much_open"]


@pytest.mark.parametrize(
    ("where", "key"),
    [
        ((), "files"),
        (("files", 0), "sentence"),
        (("files", 0, "findings", 0), "place"),
        (("files", 0, "states", 0), "outcomes"),
        (("files", 0, "states", 0, "outcomes", 0), "verdict"),
        (("files", 0, "states", 0, "outcomes", 0, "to_site", "hops", 0), "router"),
    ],
)
def test_a_document_without_a_key_or_with_an_unknown_one_is_none(
    capsys: pytest.CaptureFixture[str], where: tuple[str | int, ...], key: str
) -> None:
    document = printed(capsys, ROOT / "examples" / "asymmetric-drop.yaml")
    rules = json.loads(json.dumps(schema()))
    assert accepts(rules, document)
    part = document
    for step in where:
        part = part[step]
    part["unknown"] = 1
    assert not accepts(rules, document)
    del part["unknown"], part[key]
    assert not accepts(rules, document)


def test_a_finding_has_the_line_of_its_value(capsys: pytest.CaptureFixture[str]) -> None:
    file = ROOT / "examples" / "asymmetric-drop.yaml"
    findings = printed(capsys, file)["files"][0]["findings"]
    (told,) = [one for one in findings if one["code"] == "same-everywhere"]
    assert told["path"] == "connections.seoul.tunnels[0].policy.customer.export"
    assert file.read_text().splitlines()[told["line"] - 1].strip() == "export:"
