"""``samepath config``: files for a connection of AWS's, keys only where they are asked for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from samepath.cli import main
from samepath.cli.exit_codes import ExitCode
from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.device.writers import WRITERS
from samepath.model.topology import Platform

AWS = str(Path(__file__).parents[2] / "examples" / "aws")
PLATFORMS = [one.platform for one in WRITERS]
KEY = "a.key.that_nobody.reads"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main([*words])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def with_key(folder: Path) -> Path:
    """AWS's description of the examples, with a key in it."""
    folder.mkdir()
    for file in Path(AWS).glob("*.json"):
        (folder / file.name).write_text(file.read_text().replace("example.not.a.secret", KEY))
    return folder


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.value)
def test_what_is_printed_is_a_configuration_of_the_platform(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "config", "--vpn", AWS, "--platform", platform.value)
    assert (code, err) == (0, "")
    assert "PRE-SHARED-KEY-OF-TUNNEL-1" in out
    assert "169.254.10." in out


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.value)
def test_files_are_written_whole_and_read_back_without_a_doubt(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("config", "--vpn", AWS, "--platform", platform.value, "--write", str(tmp_path / "fw"))
    code, out, err = run(capsys, *words)
    assert (code, out) == (0, "")
    files = [one for one in (tmp_path / "fw").rglob("*") if one.is_file()]
    assert err.count(" is written\n") == len(files)
    device = read([Source(name=str(one), text=one.read_text()) for one in files], platform)
    assert not [*device.support.doubts()]
    assert len(device.tunnels) == 2

    code, _, err = run(capsys, *words)
    assert code == ExitCode.INPUT
    assert "is there already: choose another folder, or say --force" in err
    assert run(capsys, *words, "--force")[0] == 0


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda one: one.value)
def test_keys_go_to_files_that_only_their_owner_reads(
    platform: Platform, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vpn = str(with_key(tmp_path / "aws"))
    words = ("config", "--vpn", vpn, "--platform", platform.value)
    printed = run(capsys, *words)
    assert KEY not in "".join(printed[1:])
    code, out, err = run(capsys, *words, "--keys", "--write", str(tmp_path / "fw"))
    assert (code, KEY in out + err) == (0, False)
    files = [one for one in (tmp_path / "fw").rglob("*") if one.is_file()]
    assert any(KEY in one.read_text() for one in files)
    for one in files:
        assert stat.S_IMODE(one.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--platform", "fortios"), "say what AWS tells with --vpn, or ask it with --aws"),
        (("--platform", "fortios", "--vpn", AWS, "--keys"), "--keys goes with --write"),
        (("--platform", "fortios", "--vpn", AWS, "--prefer", "3"), "--prefer is 1, 2 or follow"),
        (("--platform", "fortios", "--vpn", AWS, "--network", "x"), "--network x"),
        (("--platform", "fortios", "--vpn", AWS, "--region", "r"), "go with --aws"),
        (
            ("--platform", "fortios", "--vpn", AWS, "--connection", "vpn-0"),
            "--connection vpn-0: the description holds vpn-",
        ),
        (("--platform", "cisco-asa", "--vpn", AWS), "cisco-asa is not written; "),
    ],
)
def test_what_cannot_be_is_said_with_what_to_say_instead(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "config", *words)
    assert (code, out) == (ExitCode.INPUT, "")
    assert said in " ".join(err.replace("│", "").split())
