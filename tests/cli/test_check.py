"""What ``samepath check`` prints, and how it ends."""

from __future__ import annotations

import json
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
        main(["check", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def row(text: str, state: str) -> list[str]:
    """The cells of a state's row, after the state."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{state}  ")]
    return line.removeprefix(state).split()


def test_where_all_is_well_it_says_so_in_one_screen_and_ends_with_0(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, GOOD)

    assert (code, err) == (0, "")
    assert row(out, "all up") == ["tunnel1", "tunnel1", "symmetric"]
    assert row(out, "seoul/tunnel1 down") == ["tunnel2", "tunnel2", "symmetric", "survives"]
    assert out.splitlines()[-1].startswith("nothing drops and nothing hangs")
    assert len(out.splitlines()) <= 24
    assert max(map(len, out.splitlines())) <= 80


def test_a_drop_is_shown_where_it_happens_and_ends_with_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, out, err = run(capsys, CROSSED)

    assert (code, err) == (1, "")
    assert row(out, "all up") == ["tunnel1", "tunnel2", "asymmetric,", "DROPS"]
    assert row(out, "seoul/tunnel1 down") == ["tunnel2", "tunnel2", "symmetric"]
    assert row(out, "seoul/tunnel2 down") == ["tunnel1", "tunnel1", "symmetric"]


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


def test_json_has_every_state_with_its_outcomes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", CROSSED)
    document = json.loads(out)

    assert code == 1
    assert document["schema"] == "samepath.check/1"
    all_up = document["states"][0]
    assert (all_up["state"], all_up["undetermined"]) == ("all up", False)
    (outcome,) = all_up["outcomes"]
    assert outcome["verdict"] == "asymmetric_dropped"
    assert (outcome["to_site"]["tunnel"], outcome["to_vpc"]["tunnel"]) == (
        "seoul/tunnel1",
        "seoul/tunnel2",
    )
    assert [hop["decided_by"] for hop in outcome["to_site"]["hops"]] == ["its own choice", None]
    assert outcome["if"] == [[]]


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


def test_of_many_connections_a_pair_is_told_what_concerns_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "many.yaml"
    numbers = range(3)
    customers = [f"  c{n}: {{address: 198.51.100.{n + 1}, asn: {65000 + n}}}" for n in numbers]
    sites = [
        f"  s{n}: {{networks: [192.168.{n}.0/24], customer_gateways: [c{n}]}}" for n in numbers
    ]
    connections = [f"  k{n}: {{customer_gateway: c{n}}}" for n in numbers]
    file.write_text(
        "\n".join(
            [
                "samepath: 1",
                "vpcs: {cloud: {cidr: 10.0.0.0/16}}",
                *("customer_gateways:", *customers, "sites:", *sites),
                *("connections:", *connections, ""),
            ]
        )
    )
    code, out, _ = run(capsys, file)
    first = out.split("192.168.1.0/24")[0]

    assert code == 0
    assert "k0/tunnel1 down" in first
    assert "k1/tunnel1 down" not in first
    assert "20 states elsewhere change nothing here" in first


@pytest.mark.parametrize("words", [("no-such-file.yaml",), ("--fail-on", "rain", str(GOOD)), ()])
def test_input_that_cannot_be_used_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert "Traceback" not in err


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
