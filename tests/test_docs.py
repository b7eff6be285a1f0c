"""What the documentation shows is what the commands print."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from samepath.cli import main
from samepath.cli.rehearsal import document, show, wanted
from samepath.device.readers import platforms
from samepath.drivers.ec2 import CALLS
from samepath.pairing.substitution import Kind
from samepath.routing.availability.figure_keys import FILE, KINDS
from samepath.routing.availability.figures import ComponentKind

ROOT = Path(__file__).parents[1]
HOW_TO = ROOT / "docs" / "how-to"


@pytest.mark.parametrize("command", ["check", "fix"])
def test_the_page_on_a_command_shows_what_it_prints(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main([command, "examples/asymmetric-drop.yaml"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in (HOW_TO / f"{command}.md").read_text()


def test_the_page_on_aws_shows_what_it_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["check", "--vpn", "examples/aws"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in (HOW_TO / "aws.md").read_text()


def test_the_page_on_both_ends_shows_what_it_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["check", "--vpn", "examples/aws", "--device", "fw1=examples/devices/office.conf"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in (HOW_TO / "both-ends.md").read_text()


def test_the_page_on_rehearsals_shows_what_is_told_and_tells_every_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    page = (HOW_TO / "rehearse.md").read_text()
    rehearsed = wanted(None, None, ["fw1=examples/devices/fortios.conf"], None).rehearsed
    out = StringIO()
    show(Console(file=out, width=80, highlight=False), rehearsed)
    printed = "\n".join(line.rstrip() for line in out.getvalue().splitlines())

    assert f"```\n{printed.rstrip()}\n```" in page
    assert {key for key in _keys(document(rehearsed)) if f"`{key}`" not in page} == set()
    assert {kind.value for kind in Kind if f"| {kind.value} |" not in page} == set()


def test_the_page_on_aws_allows_the_calls_that_are_made_and_no_more() -> None:
    page = (HOW_TO / "aws.md").read_text()
    (policy,) = (block for block in page.split("```") if '"Statement"' in block)
    (statement,) = json.loads(policy)["Statement"]

    assert statement["Effect"] == "Allow"
    assert statement["Action"] == [call.action for call in CALLS]


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(_keys, value.values()))
    return set().union(*map(_keys, value)) if isinstance(value, list) else set()


def test_the_page_on_fix_tells_every_key_of_its_json(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit):
        main(["fix", "--json", "examples/asymmetric-drop.yaml"])
    page = (HOW_TO / "fix.md").read_text()

    keys = _keys(json.loads(capsys.readouterr().out)) - {"schema"}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_the_page_on_availability_shows_what_it_prints_and_tells_every_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    command = ["availability", "examples/active-standby.yaml", "--assume"]
    page = (HOW_TO / "availability.md").read_text()
    with pytest.raises(SystemExit):
        main(command)
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in page
    with pytest.raises(SystemExit):
        main([*command, "--json"])
    keys = _keys(json.loads(capsys.readouterr().out)) - {"schema", "low", "high"}
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_the_page_on_device_shows_what_it_prints_and_tells_every_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = (HOW_TO / "device.md").read_text()
    with pytest.raises(SystemExit):
        main(["device", "examples/devices/frr.conf"])
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())

    assert f"```\n{printed}\n```" in page
    keys, counted = set[str](), set[str]()
    for name in ("frr.conf", "cisco-ios.cfg", "fortios.conf", "junos.conf"):
        with pytest.raises(SystemExit):
            main(["device", "--json", f"examples/devices/{name}"])
        told = json.loads(capsys.readouterr().out)
        counted |= set(told["support"].pop("counts"))
        keys |= _keys(told) - {"schema"}
    assert {key for key in keys if f"`{key}`" not in page} == set()
    assert {state for state in counted if f"| {state} |" not in page} == set()
    assert {one.value for one in platforms() if f"`{one.value}`" not in page} == set()


def test_the_page_on_config_shows_what_it_prints(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    page = (HOW_TO / "config.md").read_text()
    with pytest.raises(SystemExit):
        main(["config", "--vpn", "examples/aws", "--platform", "junos"])
    printed = capsys.readouterr().out
    (shown,) = [block for block in page.split("```\n") if block.startswith("# cgw-")]
    for part in shown.strip().removesuffix("...").split("\n...\n"):
        assert part.strip() in printed


def test_the_page_on_availability_tells_every_key_of_a_file_of_figures() -> None:
    page = (HOW_TO / "availability.md").read_text()
    inner = [key for kind in KINDS.values() if (record := kind.kind.inner()) for key in record]
    deeper = [key for one in inner if (record := one.kind.inner()) for key in record]
    keys = {one.key for one in (*FILE, *inner, *deeper)} - {"figures"}

    assert {key for key in keys if key not in page} == set()
    assert {kind.value for kind in ComponentKind} <= keys
