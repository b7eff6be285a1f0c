"""``samepath device``: what it prints, how it ends, and that it tells no secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from samepath.cli import main
from samepath.cli.exit_codes import ExitCode

PLANTED = "plantedkey42"
GOOD = """\
frr defaults traditional
router bgp 65000
 neighbor 169.254.10.1 remote-as 64512
 neighbor 169.254.10.1 timers 10 30
 neighbor 169.254.10.1 route-map IN in
 network 192.168.10.0/24
route-map IN permit 10
 set local-preference 200
"""
BAD = f"{GOOD} set preference 5\nrouter bgp 65000\n neighbor 169.254.99.9 password {PLANTED}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two configurations, in which the command runs."""
    (tmp_path / "good.conf").write_text(GOOD)
    (tmp_path / "bad.conf").write_text(BAD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["device", *words])
    return end.value.code if isinstance(end.value.code, int) else 0


@pytest.mark.usefixtures("folder")
def test_what_is_understood_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("good.conf") == ExitCode.FINE

    first, _, bgp, session, takes, announces, *_ = capsys.readouterr().out.splitlines()
    assert first == "good.conf: FRR, AS 65000, 1 neighbour, all lines understood"
    assert bgp == "BGP, AS 65000"
    assert session == "  169.254.10.1: AS 64512, hold time 30 s  line 3"
    assert takes == "    takes by IN: every route: set local-preference 200, accept  line 5"
    assert announces == "    announces nothing: there is no policy (RFC 8212)"


@pytest.mark.usefixtures("folder")
def test_an_as_number_that_was_not_understood_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    lines = (
        "routing-options autonomous-system YOUR_AS",
        "protocols bgp group aws neighbor 169.254.10.1 peer-as 64512",
    )
    Path("placeholder.set").write_text("".join(f"set {line}\n" for line in lines))
    run("placeholder.set")

    assert "Junos, no AS number, 1 neighbour" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("file", "code"), [("good.conf", 0), ("bad.conf", ExitCode.FINDINGS)])
def test_strict_ends_with_1_where_a_line_was_not_understood(file: str, code: int) -> None:
    assert run("--strict", file) == code


@pytest.mark.usefixtures("folder")
def test_a_line_that_was_not_understood_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("bad.conf") == ExitCode.FINE

    out = capsys.readouterr().out
    assert "bad.conf:9: unknown: set preference 5" in out
    assert "did it mean `local-preference`?" in out


@pytest.mark.usefixtures("folder")
def test_no_secret_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run("bad.conf")
    run("--json", "bad.conf")
    captured = capsys.readouterr()

    assert PLANTED not in captured.out + captured.err
    assert captured.out.count("password <secret>") == 2


@pytest.mark.usefixtures("folder")
def test_json_has_the_value_and_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "good.conf") == ExitCode.FINE

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "samepath.device/1"
    (bgp,) = told["bgps"]
    assert bgp["asn"] == {"value": 65000, "file": "good.conf", "line": 2}
    (neighbour,) = bgp["neighbours"]
    assert neighbour["address"] == "169.254.10.1"
    assert neighbour["imports"]["policy"]["terms"][0]["changes"]["local_preference"] == 200
    assert neighbour["exports"] is None
    assert told["support"]["counts"]["understood"] == 8
    assert told["support"]["lines"] == []


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.conf"], "missing.conf cannot be read: No such file"),
        (["empty.conf"], "it does not tell whose configuration it is"),
        (["--platform", "routeros", "good.conf"], "are not read yet"),
    ],
)
def test_what_cannot_be_read_ends_with_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty.conf").touch()

    assert run(*words) == ExitCode.INPUT
    assert message in capsys.readouterr().err
