"""``check --topology``: what AWS and devices tell as a topology file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.aws.descriptions import KEY, connection, text

from samepath.cli import main
from samepath.cli.check.devices import named
from samepath.cli.check.sources import Source, read_sources
from samepath.model.document import parse

ROOT = Path(__file__).parents[2]
AWS = ROOT / "examples" / "aws"
DEVICES = ROOT / "examples" / "devices"


def source(device: Path, *vpn: Path) -> Source:
    (only,) = read_sources((), vpn, None, named([f"fw1={device}"], ()))
    return only


def written(tmp_path: Path, *words: str) -> str:
    file = tmp_path / "vpn.yaml"
    with pytest.raises(SystemExit) as ended:
        main(["check", *words, "--topology", str(file)])
    assert ended.value.code in {0, 1}
    return file.read_text()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["check", *words])
    assert ended.value.code not in {0, 1}
    return " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_the_file_means_what_was_understood(tmp_path: Path) -> None:
    device = DEVICES / "office.conf"
    words = ("--vpn", str(AWS), "--device", f"fw1={device}")

    found = written(tmp_path, *words)

    assert parse(found).topology == source(device, AWS).topology
    first = found.splitlines()[0]
    assert first == f"# What samepath check understood of {AWS}, {device}."


def test_what_is_assumed_and_what_was_not_understood_stands_first(tmp_path: Path) -> None:
    device = DEVICES / "cisco-ios.cfg"

    found = written(tmp_path, "--device", f"fw1={device}")

    comments = [line for line in found.splitlines() if line.startswith("# ")]
    assert f"# What samepath check understood of {device}." == comments[0]
    assert any(line.startswith("# assumed: vpc-of-vgw-64610: ") for line in comments)
    assert any(
        f"# not understood: cgw:cgw-fw1: {device}:142: `continue`" in line for line in comments
    )
    assert "platform: cisco-ios" in found
    assert "zone: cloud" in found


def test_a_tunnel_that_does_not_come_up_is_told(tmp_path: Path) -> None:
    device = tmp_path / "fw1.conf"
    device.write_text(
        (DEVICES / "office.conf")
        .read_text()
        .replace("11.1 remote-as 64512", "11.1 remote-as 64999")
    )

    found = written(tmp_path, "--vpn", str(AWS), "--device", str(device))

    assert f"# does not come up, so that no route is exchanged: {device}:" in found


def test_no_key_gets_into_it(tmp_path: Path) -> None:
    described = tmp_path / "vpn.json"
    described.write_text(text(connection()))

    found = written(tmp_path, "--vpn", str(described))

    assert KEY in described.read_text()
    assert KEY not in found


def test_what_is_a_file_already_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file, new = str(ROOT / "examples" / "active-standby.yaml"), str(tmp_path / "new.yaml")

    said = "--topology goes with --vpn, --aws or --device, and no file"
    assert said in refused(capsys, file, "--topology", new)
    assert said in refused(capsys, file, "--vpn", str(AWS), "--topology", new)
    assert not Path(new).exists()


def test_a_file_that_is_there_stays(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "vpn.yaml"
    file.write_text("mine")

    said = refused(capsys, "--vpn", str(AWS), "--topology", str(file))
    assert said.startswith(f"samepath: {file} cannot be written: File exists")
    assert file.read_text() == "mine"
