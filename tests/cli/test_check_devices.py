"""``samepath check --vpn --device``: both ends are told, and what follows from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.aws.descriptions import KEY, VPN, connection, text
from tests.json_schema import accepts
from tests.model import golden
from tests.pairing.ends import frr, second

from samepath.cli import main
from samepath.cli.check.schema import schema

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
EXAMPLE = ("--vpn", "examples/aws", "--device", "fw1=examples/devices/office.conf")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["check", *map(str, words)])
    said = capsys.readouterr()
    assert KEY not in said.out + said.err
    return ended.value.code, said.out, said.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with AWS's description of two connections of one gateway, and one."""
    monkeypatch.chdir(tmp_path)
    Path("vpn.json").write_text(text(connection()))
    Path("two.json").write_text(text(connection(), second()))
    return tmp_path


def plain(out: str) -> str:
    return "".join(f"{one.rstrip()}\n" for one in out.splitlines())


def test_the_example_is_told_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    code, out, err = run(capsys, *EXAMPLE)

    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    golden.check(HERE / "golden" / "devices.txt", plain(out))


def test_a_device_with_mistakes_is_told_with_the_lines_of_them(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    config = frr(
        "neighbor 169.254.10.1 bfd",
        "neighbor 10.9.9.9 remote-as 65010",
        neighbours=("169.254.10.1",),
        remote=64999,
        family=("network 192.168.10.0/24", "maximum-paths eibpg 2"),
    )
    (here / "fw1.cfg").write_text(config)
    code, out, _ = run(capsys, "--vpn", "vpn.json", "--device", "fw1.cfg")

    assert code == 1
    golden.check(HERE / "golden" / "devices-with-mistakes.txt", plain(out))


def test_json_has_the_same_in_the_documented_form(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    (here / "fw1.cfg").write_text(frr(family=("network 192.168.10.0/24", "maximum-paths eibpg 2")))
    words = ("--vpn", "vpn.json", "--device", "fw1.cfg", "--json")
    code, out, _ = run(capsys, *words)
    document = json.loads(out)
    (file,) = document["files"]
    (device,) = file["understood"]["devices"]
    (finding,) = (one for one in file["findings"] if one["code"] == "not-understood")

    assert code == 0
    assert accepts(json.loads(json.dumps(schema())), document)
    assert (device["name"], device["platform"]) == ("fw1", "frr")
    assert [one["comes_up"] for one in device["tunnels"]] == ["unknown", "unknown"]
    assert [(one["file"], one["line"]) for one in device["not_understood"]] == [("fw1.cfg", 9)]
    assert (finding["file"], finding["line"]) == ("fw1.cfg", 9)
    assert all(one["undetermined"] for one in file["states"])
    assert run(capsys, *words, "--fail-on", "undetermined")[0] == 1


def test_without_a_doubt_nothing_is_undetermined(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    pinned = frr(
        family=("network 192.168.10.0/24", "neighbor 169.254.10.1 weight 100"),
    )
    (here / "fw1.cfg").write_text(pinned)
    _, out, _ = run(capsys, "--vpn", "vpn.json", "--device", "fw1.cfg", "--json")
    (file,) = json.loads(out)["files"]
    to_vpc = {
        one["to_vpc"]["tunnel"]
        for state in file["states"]
        if not state["conditions"]
        for one in state["outcomes"]
    }

    assert file["understood"]["devices"][0]["not_understood"] == []
    assert to_vpc == {f"{VPN}/tunnel1"}
    assert "UNDETERMINED" not in run(capsys, "--vpn", "vpn.json", "--device", "fw1.cfg")[1]


def test_a_device_alone_has_an_assumed_aws(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "fw1.cfg").write_text(frr(family=("network 192.168.10.0/24",)))
    code, out, err = run(capsys, "--device", "fw1.cfg")
    told = " ".join(out.split())

    assert (code, err) == (0, "")
    assert "assumed: vgw-64512: AWS's end is a virtual private gateway" in told
    assert "fw1: FRR 8.4.4, AS 65000, 2 neighbours matched with tunnels 1 and 2 of vpn-fw1" in told


def test_a_long_name_leaves_the_number_of_the_tunnel(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    name = "very-long-datacentre-edge-router-name-01"
    (here / f"{name}.conf").write_text(frr(family=("network 192.168.10.0/24",)))
    _, out, _ = run(capsys, "--device", f"{name}.conf")
    rows = [line.split() for line in out.splitlines() if "not told  not told" in line]

    assert [row[0] for row in rows] == [
        "vpn-very-long-datacentre-…/tunnel1",
        "vpn-very-long-datacentre-…/tunnel2",
    ]
    assert [row[1] for row in rows] == ["169.254.10.1", "169.254.11.1"]


def test_files_of_one_device_have_one_name(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    whole = frr(family=("network 192.168.10.0/24",))
    (here / "bgpd.conf").write_text(whole)
    (here / "zebra.conf").write_text("hostname fw\nip route 192.168.10.0/24 10.0.0.1\n")
    words = ("--device", "fw1=bgpd.conf", "--device", "fw1=zebra.conf")
    code, out, _ = run(capsys, "--vpn", "vpn.json", *words, "--platform", "fw1=quagga")

    assert code == 0
    assert "fw1: Quagga" in out


def test_two_files_of_one_stem_are_not_taken_for_one_device(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    for name in ("a", "b"):
        (here / name).mkdir()
        (here / name / "frr.conf").write_text(frr())
    code, _, err = run(
        capsys, "--vpn", "two.json", "--device", "a/frr.conf", "--device", "b/frr.conf"
    )

    assert code == 2
    assert "two devices would be called frr: say --device NAME=a/frr.conf" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--vpn", "vpn.json", "--platform", "frr"), "--platform goes with --device"),
        ((), "name a topology file, a description of AWS with --vpn, or a device with --device"),
        (
            ("--vpn", "vpn.json", "--device", "fw1.cfg", "--platform", "acme"),
            "--platform acme: known here: bird, ",
        ),
        (
            ("--vpn", "vpn.json", "--device", "fw1.cfg", "--platform", "fw2=frr"),
            "--platform: no device is called fw2",
        ),
        (("--vpn", "vpn.json", "--device", "none.cfg"), "none.cfg cannot be read"),
        (("--vpn", "vpn.json", "--device", "hq="), "--device hq=: it names no file"),
        (
            ("--vpn", "vpn.json", "--device", "a=fw1.cfg", "--device", "b=./fw1.cfg"),
            "fw1.cfg is named as a file of a and of b: name it once",
        ),
        (
            ("--vpn", "vpn.json", "--device", "a=fw1.cfg", "--device", "a=fw1.cfg"),
            "fw1.cfg is named as a file twice of a: name it once",
        ),
        (("--vpn", "vpn.json", "--device", "empty.cfg"), "it does not tell whose configuration"),
        (("--vpn", "vpn.json", "--device", "other.cfg"), "nothing of it is a tunnel of this VPN"),
    ],
)
def test_what_cannot_be_paired_is_refused(
    words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    (here / "fw1.cfg").write_text(frr())
    (here / "empty.cfg").write_text("\n")
    (here / "other.cfg").write_text(frr(neighbours=("169.254.99.1",)))
    code, out, err = run(capsys, *words)

    assert (code, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())


def test_a_table_of_the_device_decides_what_the_gateway_prefers(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    (here / "fw1.cfg").write_text(frr(family=("network 192.168.10.0/24",)))
    (here / "table.txt").write_text(
        "   Network          Next Hop            Metric LocPrf Weight Path\n"
        "*  198.18.0.0/24    169.254.10.1           200             0 64512 i\n"
        "*>                  169.254.11.1           100             0 64512 i\n"
        "*> 192.168.10.0/24  0.0.0.0                  0         32768 i\n"
    )
    words = ("--vpn", "vpn.json", "--device", "fw1.cfg", "--json")
    _, out, _ = run(capsys, *words, "--observed", "table.txt")
    assert run(capsys, *words, "--observed", "fw1=table.txt")[1] == out
    (file,) = json.loads(out)["files"]
    ways = {
        outcome["to_vpc"]["tunnel"]
        for one in file["states"]
        if not one["conditions"]
        for outcome in one["outcomes"]
    }

    assert ways == {f"{VPN}/tunnel2"}
