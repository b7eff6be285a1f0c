"""``samepath fix --vpn --device``: statements for the devices, each with the line it is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.aws.descriptions import connection, text
from tests.model import golden
from tests.pairing.ends import frr

from samepath.cli import main

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
EXAMPLE = ("--vpn", "examples/aws", "--device", "fw1=examples/devices/office.conf")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["fix", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_the_statements_of_the_example_are_told_with_their_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, *EXAMPLE, "--mode", "symmetric")

    assert (code, err) == (0, "")
    golden.check(
        HERE / "golden" / "fix-devices.txt",
        "".join(f"{one.rstrip()}\n" for one in out.splitlines()),
    )


def test_json_has_the_lines_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    _, out, _ = run(capsys, *EXAMPLE, "--mode", "symmetric", "--json")
    (group,) = json.loads(out)["groups"]
    (step,) = group["steps"]

    assert (step["file"], step["line"]) == ("examples/devices/office.conf", 9)
    assert step["added"] == ["local_preference: 200"]


def test_what_no_policy_mends_is_to_be_mended_first(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vpn.json").write_text(text(connection()))
    Path("fw1.cfg").write_text(frr(asn=65001))
    code, out, err = run(capsys, "--vpn", "vpn.json", "--device", "fw1.cfg")

    assert (code, out) == (1, "")
    assert "mend first:\nfw1.cfg:3: the device is AS 65001, and AWS expects AS 65000" in err


def test_a_line_that_was_not_understood_leaves_the_repair_open(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vpn.json").write_text(text(connection()))
    family = ("network 192.168.10.0/24", "maximum-paths eibpg 2")
    Path("fw1.cfg").write_text(frr(family=family))
    _, out, _ = run(capsys, "--vpn", "vpn.json", "--device", "fw1.cfg")

    assert "UNDETERMINED: 1 line that was not understood may change it (fw1.cfg:9)." in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "name a topology file, or a description of AWS with --vpn"),
        (("vpn.yaml", "--vpn", "vpn.json"), "name a topology file, or a description of AWS"),
        (("vpn.yaml", "--device", "fw1.cfg"), "name a topology file, or a description of AWS"),
        (("vpn.yaml", "--platform", "frr"), "--platform goes with --device"),
        (("--vpn", "vpn.json", "--write", "new.yaml"), "--write goes with a topology file"),
    ],
)
def test_what_does_not_go_together_is_refused(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *words)

    assert (code, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())
