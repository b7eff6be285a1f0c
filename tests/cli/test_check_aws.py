"""``samepath check --vpn``: what was understood comes first, then what follows from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.aws.descriptions import CGW, KEY, VPN, Sketch, configuration, connection, text
from tests.json_schema import accepts
from tests.model import golden

from samepath.aws.configuration import render
from samepath.cli import main
from samepath.cli.check.schema import schema
from samepath.cli.check.sources import read_sources
from samepath.model.problems import Place

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
EXAMPLE = "examples/aws"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["check", *map(str, words)])
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    return ended.value.code, said.out, said.err


def written(folder: Path, **answers: str) -> Path:
    for name, answer in answers.items():
        (folder / f"{name.replace('_', '.')}").write_text(answer)
    return folder


def test_the_example_is_told_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, "--vpn", EXAMPLE)

    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    golden.check(
        HERE / "golden" / "aws.txt", "".join(f"{one.rstrip()}\n" for one in out.splitlines())
    )


def test_static_routes_and_a_transit_gateway_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = connection(
        Sketch(number=1, customer_asn=65001),
        vpn="vpn-0b0b0b0b",
        cgw="cgw-0b0a0a0a",
        vgw=None,
        tgw="tgw-0a0a0a0a",
        options=False,
        accepted=(4, None),
    )
    static = connection(Sketch(static=True), accepted=(None, None))
    written(tmp_path, vpn_json=text(static, other))
    code, out, err = run(capsys, "--vpn", "vpn.json", "--all")

    assert code == 1
    golden.check(
        HERE / "golden" / "aws-static-and-transit.txt",
        "".join(f"{one.rstrip()}\n" for one in (*out.splitlines(), "--", *err.splitlines())),
    )


def test_the_files_are_one_vpn_whatever_names_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    files = sorted(Path(EXAMPLE).iterdir())
    by_folder = run(capsys, "--vpn", EXAMPLE)
    assert run(capsys, *(word for file in files for word in ("--vpn", file))) == by_folder


def test_a_finding_names_a_tunnel_as_aws_does(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    one = connection(vpn="vpn-0123456789abcdef0", vgw=None, tgw="tgw-0a0a0a0a")
    written(tmp_path, vpn_json=text(one))
    _, out, _ = run(capsys, "--vpn", tmp_path)
    assert re.search(
        r"warning age-decides at vpn-0123456789abcdef0 tunnel 1\s+\(203\.0\.113\.5\)", out
    )


def test_files_of_something_else_are_told_together(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    others = {f"other{number}_json": "{}" for number in range(6)}
    (tmp_path / "aws").mkdir()
    written(tmp_path / "aws", vpn_json=text(connection()), **others)
    _, out, _ = run(capsys, "--vpn", "aws")
    assert out.count("skipped: ") == 1
    assert "aws/other3.json and 2 more: it is no answer of AWS" in " ".join(out.split())
    _, out, _ = run(capsys, "--vpn", "aws", "--all")
    assert out.count("skipped: ") == 6


def test_the_xml_alone_is_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    written(tmp_path, vpn_xml=render(configuration()))
    code, out, _ = run(capsys, "--vpn", tmp_path / "vpn.xml")
    assert code == 0
    assert "tunnel 1  203.0.113.5  169.254.10.0/30  status not told" in out


def test_a_table_of_the_device_tells_which_tunnel_aws_prefers(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written(tmp_path, vpn_json=text(connection()))
    table = tmp_path / "table.txt"
    table.write_text(
        "   Network          Next Hop            Metric LocPrf Weight Path\n"
        " *   198.18.0.0/24    169.254.10.1           200             0 64512 i\n"
        " *>                   169.254.11.1           100             0 64512 i\n"
        " *>  198.19.0.0/24    0.0.0.0                  0         32768 i\n"
    )
    _, out, _ = run(capsys, "--vpn", tmp_path / "vpn.json", "--observed", f"{CGW}={table}")

    assert "known of gw:vgw-0a0a0a0a" in out
    (line,) = [one for one in out.splitlines() if one.startswith("all up ")]
    assert line.split()[2:] == ["tunnel2", "tunnel2", "symmetric"]
    assert "nobody says" not in out


def test_json_tells_what_was_understood_and_keeps_to_its_schema(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    _, out, _ = run(capsys, "--vpn", EXAMPLE, "examples/static.yaml", "--json")
    document = json.loads(out)

    assert accepts(json.loads(json.dumps(schema())), document)
    written_by_hand, described = document["files"]
    assert written_by_hand["understood"] is None
    (found,) = described["understood"]["connections"]
    assert (found["id"], found["name"]) == ("vpn-0c3f5a7e91b24d680", "vpn-0c3f5a7e")
    assert [one["outside"] for one in found["tunnels"]] == ["203.0.113.5", "203.0.113.9"]
    tunnels = {one["name"] for one in found["tunnels"]}
    used = {
        outcome["to_vpc"]["tunnel"] for one in described["states"] for outcome in one["outcomes"]
    }
    assert tunnels == used - {None}
    assert len(described["understood"]["skipped"]) == 1
    assert described["understood"]["assumed"]


def test_a_connection_has_its_line_where_there_is_one_file(tmp_path: Path) -> None:
    written(tmp_path, vpn_json=text(connection()), more_json="[]")
    (alone,) = read_sources([], [tmp_path / "vpn.json"])
    (beside_another,) = read_sources([], [tmp_path])
    assert alone.places == {f"connections.{VPN}": Place(line=3, column=1)}
    assert beside_another.places == {}


def test_every_mistake_of_every_file_is_told_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    written(tmp_path, a_json="{", b_xml="<a/>", vpn_yaml="samepath: 2\n")
    code, out, err = run(capsys, tmp_path / "vpn.yaml", "--vpn", tmp_path)

    assert (code, out) == (2, "")
    for said in ("vpn.yaml:1: samepath", "a.json:1: this is no JSON", "b.xml:1: a: the root is a"):
        assert said in err, err


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("other.txt", "", "holds no file that ends in .json, .xml, .tfstate or .tf"),
        ("other.json", '{"VpcPeeringConnections": []}', "no VPN connection is in it"),
        ("vpn.json", text(connection() | {"State": "deleted"}), f"{VPN} is not judged: it is del"),
    ],
)
def test_a_folder_without_a_vpn_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, answer: str, said: str
) -> None:
    (tmp_path / name).write_text(answer)
    code, _, err = run(capsys, "--vpn", tmp_path)
    assert code == 2
    assert said in err


def test_without_anything_to_judge_it_says_what_to_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = run(capsys)
    assert code == 2
    assert "--vpn" in err


def test_a_file_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--vpn", "nowhere.json")
    assert code == 2
    assert "nowhere.json cannot be read" in err
