"""What ``samepath check`` prints, and how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.routing.topologies import CLOUDHUB, TWO_GATEWAYS

from samepath.cli import main
from samepath.cli.check.findings import kinds

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD, CROSSED = EXAMPLES / "active-standby.yaml", EXAMPLES / "asymmetric-drop.yaml"


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["check", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def row(text: str, state: str) -> list[str]:
    """The cells of a state's row, after the state."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{state}  ")]
    return line.removeprefix(state).split()


def test_where_all_is_well_it_says_so_first_in_one_screen_and_ends_with_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, GOOD)

    assert (code, err) == (0, "")
    assert out.startswith("active-standby: both directions take the same tunnel in every failure ")
    assert row(out, "all up") == ["tunnel1", "tunnel1", "symmetric"]
    assert len(out.splitlines()) <= 24
    assert max(map(len, out.splitlines())) <= 80


def test_all_shows_every_state_on_a_row_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--all", GOOD)

    assert row(out, "seoul/tunnel1 down") == ["tunnel2", "tunnel2", "symmetric", "survives"]
    assert row(out, "seoul/tunnel1/bgp down") == ["tunnel2", "tunnel2", "symmetric", "survives"]


def test_a_drop_is_the_first_thing_that_is_told_and_ends_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, CROSSED)
    first, _, _ = out.partition("\n\n")

    assert (code, err) == (1, "")
    told = "asymmetric-drop: with all up packets are DROPPED; of [0-9]+ failure states [0-9]+ DROP"
    assert re.match(told, " ".join(first.split()))
    assert row(out, "all up") == ["tunnel1", "tunnel2", "asymmetric,", "DROPS"]
    assert out.index("error asymmetric-drop at cgw:dc") < out.index("all up   ")


def test_explain_tells_the_rule_at_every_hop_and_what_it_rests_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = run(capsys, "--explain", CROSSED)
    all_up = out.split("\nall up\n")[1].split("\n\n")[0]

    assert (
        "gw:vgw has 192.168.10.0/24 by seoul/tunnel1 (ebgp), before seoul/tunnel2: its own choice"
        in (all_up)
    )
    assert "highest local preference" in all_up
    assert "the only route" in all_up
    assert (
        "a new flow, opened by either end: asymmetric, DROPS; cgw:dc: its firewall binds a session "
        "to the interface" in " ".join(all_up.split())
    )


def test_json_has_every_state_with_its_outcomes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", CROSSED)
    document = json.loads(out)

    assert code == 1
    assert document["schema"] == "samepath.check/1"
    (file,) = document["files"]
    assert (file["file"], file["name"], file["worst"]) == (
        str(CROSSED),
        "asymmetric-drop",
        "error",
    )
    all_up = file["states"][0]
    assert (all_up["state"], all_up["undetermined"]) == ("all up", False)
    (outcome,) = all_up["outcomes"]
    because = {
        "device": "cgw:dc",
        "rule": "its firewall binds a session to the interface",
        "rests_on": None,
    }
    for end in ("from_vpc", "from_site"):
        assert outcome[end] == {
            "verdict": "asymmetric_dropped",
            "because": because,
            "open_flow": None,
            "open_flow_because": None,
        }
    assert outcome["verdict"] == "asymmetric_dropped"
    assert (outcome["to_site"]["tunnel"], outcome["to_vpc"]["tunnel"]) == (
        "seoul/tunnel1",
        "seoul/tunnel2",
    )
    assert [hop["decided_by"] for hop in outcome["to_site"]["hops"]] == ["its own choice", None]
    assert outcome["if"] == [[]]


EQUAL_OF = "one of {} equal routes, by the flow's hash"
EQUAL = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {tgw: {kind: transit}}
customer_gateways: {dc: {address: 198.51.100.1, platform: frr, requires_policy: false, firewall: interface}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {customer_gateway: dc, tunnels: TUNNELS}, busan: {customer_gateway: dc}}
"""


@pytest.mark.parametrize(
    ("tunnels", "used", "told"),
    [
        ("[{}, {}]", 4, "seoul/tunnel1 (ebgp), " + EQUAL_OF.format(4)),
        (
            "[{}, {policy: {customer: {export: [{set: {prepend: 1}}]}}}]",
            3,
            "seoul/tunnel1 (ebgp), before seoul/tunnel2: shortest AS path [documented], "
            + EQUAL_OF.format(3),
        ),
    ],
)
def test_of_equal_routes_that_are_used_together_none_is_the_only_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tunnels: str, used: int, told: str
) -> None:
    file = tmp_path / "equal.yaml"
    file.write_text(EQUAL.replace("TUNNELS", tunnels))
    _, out, _ = run(capsys, "--explain", file)
    all_up = out.split("\nall up\n")[1].split("\n\n")[0]
    assert f"gw:tgw has 192.168.10.0/24 by {told}\n" in all_up

    _, out, _ = run(capsys, "--json", file)
    (document,) = json.loads(out)["files"]
    first = [
        outcome["to_site"]["hops"][0]
        for state in document["states"]
        if state["state"] == "all up"
        for outcome in state["outcomes"]
    ]
    assert {hop["decided_by"] for hop in first} == {"multipath"}
    assert len({hop["path"] for hop in first}) == used


@pytest.mark.parametrize(
    ("words", "code"), [((), 1), (("--fail-on", "undetermined"), 1), (("--fail-on", "error"), 1)]
)
def test_what_nobody_can_know_is_told_with_the_fact_that_would_decide(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_GATEWAYS)
    ended, out, _ = run(capsys, *words, file)

    assert ended == code  # fw1, the hosts' own router, is lost with all that it leads to.
    assert "nobody says of gw:vgw: " in out
    assert "  or  " in out


@pytest.mark.parametrize(
    ("words", "code"), [((), 0), (("--fail-on", "asymmetric"), 1), (("--fail-on", "error"), 0)]
)
def test_what_fails_can_be_widened(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: tuple[str, ...], code: int
) -> None:
    """A stateless router passes what is asymmetric."""
    file = tmp_path / "tolerated.yaml"
    file.write_text(CROSSED.read_text().replace("firewall: interface", "firewall: stateless"))

    assert run(capsys, *words, file)[0] == code


def test_two_sites_through_a_gateway_are_told_where_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(CLOUDHUB)
    _, plain, _ = run(capsys, "--all", file)
    _, asked, _ = run(capsys, "--all", "--between-sites", "--explain", file)
    _, found, _ = run(capsys, "--json", "--between-sites", file)
    assert "(of south)" not in plain
    assert "172.16.3.0/24 (of south) - 172.16.1.0/24" in asked
    assert "  to south: delivered" in asked
    states = json.loads(found)["files"][0]["states"]
    assert {one["other_site"] for one in states} == {None, "north", "south"}


def test_several_files_are_told_by_their_names_and_end_with_the_worst(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(EXAMPLES)
    code, out, _ = run(capsys, GOOD.name, CROSSED.name)

    assert code == 1
    assert out.startswith("active-standby.yaml: both directions take the same tunnel")
    assert "\n\nasymmetric-drop.yaml: with all up packets are DROPPED" in out
    assert run(capsys, GOOD.name, GOOD.name)[0] == 0


def test_of_several_files_every_mistake_of_each_is_told_and_nothing_is_judged(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(CROSSED.read_text().replace("10.0.0.0/16", "10.0.0.0/8"))
    twice = tmp_path / "twice.yaml"
    twice.write_text(CROSSED.read_text().replace("65000", "64512"))
    code, out, err = run(capsys, GOOD, wrong, tmp_path / "none.yaml", twice)

    assert (code, out) == (2, "")
    assert f"{wrong}:" in err
    assert f"{tmp_path / 'none.yaml'} cannot be read" in err
    assert "have the same ASN 64512" in err
    assert "Traceback" not in err


def test_the_catalogue_of_findings_is_printed_without_a_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, _ = run(capsys, "--list-findings")

    assert code == 0
    for kind in kinds():
        assert f"{kind.severity.value} {kind.code}\n" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("words", [("no-such-file.yaml",), ("--fail-on", "rain", str(GOOD)), ()])
def test_input_that_cannot_be_used_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("file", [GOOD, CROSSED], ids=lambda file: file.stem)
def test_a_pipe_gets_80_columns_and_no_colours(file: Path) -> None:
    """Also where the shell tells the width of a terminal that the pipe does not have."""
    done = subprocess.run(
        [sys.executable, "-c", "from samepath.cli import main; main()", "check", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "NO_COLOR": "1"},
    )
    assert done.stdout, done.stderr
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_check_needs_no_library_of_the_lab() -> None:
    """The core is to be all that it needs: no root, no netlink, no VICI."""
    code = f"""
import sys
from samepath.cli import main
try:
    main(["check", {str(GOOD)!r}])
except SystemExit as ended:
    assert ended.code == 0, ended.code
wrong = {{"pyroute2", "vici", "botocore", "sqlalchemy", "samepath.drivers"}} & set(sys.modules)
assert not wrong, wrong
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
