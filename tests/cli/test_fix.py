"""What ``samepath fix`` prints and writes, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD, CROSSED = EXAMPLES / "active-standby.yaml", EXAMPLES / "asymmetric-drop.yaml"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, words)))
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_the_change_its_place_its_price_and_the_states_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, "fix", CROSSED)
    words = " ".join(out.split())

    assert (code, err) == (0, "")
    assert words.startswith("asymmetric-drop: 1 change, and then both directions share a tunnel")
    assert "1. seoul/tunnel1, export of cgw:dc" in words
    assert "connections.seoul.tunnels[0].policy.customer.export[0] + prepend: 1" in words
    assert "Price: the gateway can no longer move traffic off seoul/tunnel2" in words
    assert "tunnel2: symmetric" in words
    assert "Open flows still hang at cgw:dc when the tunnel changes: its firewall binds" in words
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80


def test_where_all_is_well_it_says_so_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "new.yaml"
    code, out, err = run(capsys, "fix", GOOD, "--write", file)

    assert code == 0
    assert "nothing to repair" in out
    assert err == f"samepath: {file} is not written\n"
    assert not file.exists()


def test_a_mode_without_a_repair_ends_with_1_and_says_which_state_and_what_it_hangs_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_GATEWAYS)
    new = tmp_path / "new.yaml"
    code, out, _ = run(capsys, "fix", file, "--mode", "follow", "--write", new)
    words = " ".join(out.split())

    assert code == 1
    assert "no repair was found in this mode" in words
    assert "the firewall drops (all up;" in words
    assert "nobody says of gw:vgw: which of these equal routes it chooses" in words
    assert "--mode symmetric" in words
    assert not new.exists()


def test_the_written_file_keeps_its_comments_and_checks_well(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "new.yaml"
    code, _, err = run(capsys, "fix", CROSSED, "--write", file)
    old, new = CROSSED.read_text().splitlines(), file.read_text().splitlines()

    assert (code, err) == (0, f"samepath: {file} is written\n")
    assert [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]] == [
        ("              - set: {med: 100}", "              - set: {med: 100, prepend: 1}")
    ]
    checked = json.loads(run(capsys, "check", "--json", file)[1])["files"][0]["states"]
    assert {one["verdict"] for state in checked for one in state["outcomes"]} == {
        "symmetric",
        "expected_outage",
    }
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_replaced_only_where_that_was_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "vpn.yaml"
    file.write_text(CROSSED.read_text())
    code, out, err = run(capsys, "fix", file, "--write", file)

    assert (code, out) == (2, "")
    assert "is there already" in err
    assert "--force" in err
    assert file.read_text() == CROSSED.read_text()

    code, _, _ = run(capsys, "fix", file, "--write", file, "--force")
    assert code == 0
    assert "prepend: 1" in file.read_text()
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["text", "json"])
def test_the_file_is_written_also_where_nobody_reads_the_answer(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    file = tmp_path / "new.yaml"
    words = ["fix", str(CROSSED), "--write", str(file), *more]
    program = [sys.executable, "-c", "from samepath.cli import main; main()", *words]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(program, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)

    assert done.stderr == f"samepath: {file} is written\n"
    assert "prepend: 1" in file.read_text()


def test_a_file_that_cannot_be_written_ends_with_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(capsys, "fix", CROSSED, "--write", tmp_path / "none" / "new.yaml")

    assert code == 3
    assert "cannot be written" in err


def test_json_has_the_steps_and_every_state_before_and_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "fix", "--json", CROSSED)
    document = json.loads(out)
    (group,) = document["groups"]
    (step,) = group["steps"]
    all_up = document["states"][0]

    assert code == 0
    assert (document["schema"], document["result"]) == ("samepath.fix/1", "repaired")
    assert (group["connections"], group["mode"]) == (["seoul"], "symmetric")
    assert step["subject"] == "seoul/tunnel1, export of cgw:dc"
    assert (step["added"], step["removed"], step["losing"]) == (["prepend: 1"], [], [])
    assert all_up["state"] == "all up"
    assert [one["verdict"] for one in all_up["before"]] == ["asymmetric_dropped"]
    assert all_up["after"] == [
        {"to_site": "seoul/tunnel2", "to_vpc": "seoul/tunnel2", "verdict": "symmetric"}
    ]


def test_of_many_groups_those_that_are_well_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    numbers = range(9)
    crossed = "{policy: {customer: {export: [{set: {prepend: 2}}]}}}"
    lines = [
        "samepath: 1",
        "vpcs: {cloud: {cidr: 10.0.0.0/16}}",
        "customer_gateways:",
        *(
            f"  c{n}: {{address: 198.51.100.{n + 1}, asn: {65000 + n}, firewall: interface}}"
            for n in numbers
        ),
        "sites:",
        *(f"  s{n}: {{networks: [192.168.{n}.0/24], customer_gateways: [c{n}]}}" for n in numbers),
        "connections:",
        *(
            f"  k{n}: {{customer_gateway: c{n}, tunnels: [{crossed if n == 4 else '{}'}, {{}}]}}"
            for n in numbers
        ),
    ]
    file = tmp_path / "many.yaml"
    file.write_text("\n".join(lines) + "\n")
    code, out, _ = run(capsys, "fix", file)

    assert code == 0
    assert "k4/tunnel2, import of cgw:c4" in out
    assert "Nothing to repair: k0, k1, k2, k3, k5, k6 and 2 more." in out
    assert "192.168.4.0/24: the states that change" in out
    assert "192.168.3.0/24" not in out


TWO_SOUND = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  a: {address: 198.51.100.1, asn: 65000, platform: cisco-asa}
  b: {address: 198.51.100.2, asn: 65001, platform: cisco-asa}
sites:
  north: {networks: [192.168.10.0/24], customer_gateways: [a]}
  south: {networks: [192.168.20.0/24], customer_gateways: [b]}
connections:
  n0: {customer_gateway: a}
  n1: {customer_gateway: b}
"""


@pytest.mark.parametrize(
    ("other", "told", "hanging"),
    [
        (
            "cisco-asa",
            "policy can make it so The same of n1, which is alike.",
            {"Open flows still hang at cgw:a, cgw:b when"},
        ),
        ("bird", "Nothing to repair: n0, n1.", {"Open flows still hang at cgw:a when"}),
        (
            "pan-os",
            "Nothing to repair: n0, n1.",
            {"Open flows still hang at cgw:a when", "Open flows may still hang at cgw:b when"},
        ),
    ],
)
def test_where_nothing_was_changed_every_state_counts_and_flows_that_hang_are_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, other: str, told: str, hanging: set[str]
) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_SOUND.replace("65001, platform: cisco-asa", f"65001, platform: {other}"))
    code, out, _ = run(capsys, "fix", file)
    words = " ".join(out.split())
    document = json.loads(run(capsys, "fix", "--json", file)[1])
    checked = json.loads(run(capsys, "check", "--json", file)[1])["files"][0]

    assert code == 0
    assert f"({len({one['state'] for one in checked['states']})} states)" in words
    assert told in words
    assert {
        f"Open flows{line.partition(' when')[0]} when" for line in words.split("Open flows")[1:]
    } == (hanging)
    sites = {"192.168.10.0/24"} | ({"192.168.20.0/24"} if other != "cisco-asa" else set())
    for site in sites:
        states = [one for one in document["states"] if one["site"] == site]
        assert len(states) > 20
        assert all(one["before"] == one["after"] for one in states)
    assert {one["site"] for one in document["states"]} == sites


@pytest.mark.parametrize("words", [("no-such-file.yaml",), ("--mode", "rain", str(GOOD)), ()])
def test_input_that_cannot_be_used_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, "fix", *words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


def test_fix_needs_no_library_of_the_lab() -> None:
    code = f"""
import sys
from samepath.cli import main
try:
    main(["fix", {str(GOOD)!r}])
except SystemExit as ended:
    assert ended.code == 0, ended.code
wrong = {{"pyroute2", "vici", "botocore", "sqlalchemy", "samepath.drivers"}} & set(sys.modules)
assert not wrong, wrong
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
