"""What ``samepath availability`` prints, reads and refuses, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.routing.topologies import TWO_GATEWAYS

from samepath.cli import main
from samepath.routing.availability.template import TEMPLATE

EXAMPLES = Path(__file__).parents[2] / "examples"
GOOD, CROSSED = EXAMPLES / "active-standby.yaml", EXAMPLES / "asymmetric-drop.yaml"
PAIR = "10.0.0.0/16 - 192.168.10.0/24"
MINE = """\
figures: 1
tunnel_endpoint: {mtbf: 99h, mttr: 1h, beta: 0}
gateway: {availability: 99.9%, mttr: 1h}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "figures.yaml"
    file.write_text(MINE)
    return file


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[object, str, str]:
    """The exit code, and what was said."""
    with pytest.raises(SystemExit) as ended:
        main(["availability", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def told(capsys: pytest.CaptureFixture[str], *words: object) -> Any:  # noqa: ANN401 - JSON
    code, out, err = run(capsys, *words, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def row(state: str, gap: float, *, valid: bool = True, as_predicted: bool = True) -> object:
    """A state as a drill tells it."""
    way = {"sent": 1000, "lost": 1, "longest_gap_ms": gap, "valid": valid}
    return {
        "state": state,
        "pair": PAIR,
        "as_predicted": as_predicted,
        "measured": {"numbered": {"to_site": way, "to_vpc": {**way, "longest_gap_ms": 0}}},
    }


def drilled(folder: Path, *rows: object) -> Path:
    file = folder / "drill.json"
    file.write_text(json.dumps({"schema": "samepath.drill/1", "states": rows}))
    return file


def test_the_answer_comes_first_then_what_makes_it_and_what_was_not_counted(
    capsys: pytest.CaptureFixture[str], mine: Path
) -> None:
    """1 - 0.999 (1 - 0.01 squared) = 0.0010999 of the time."""
    code, out, err = run(capsys, GOOD, "--figures", mine)
    words = " ".join(out.split())

    assert (code, err) == (0, "")
    assert words.startswith(f"active-standby, {PAIR}: availability 99.890 %")
    assert "no working way for new flows 0.110 % of the time: 11 min 5 s a week" in words
    assert "gw:vgw gateway 90.9 % 43 min 50 s 8.77 yours" in words
    assert "seoul/tunnel1 tunnel endpoint and 9.1 % 4 min 23 s" in words
    assert "Not counted, as nobody has measured how long they take" in words
    assert "Without a figure, so as if it never failed: outside path, customer gateway," in words
    assert "u = MTTR / (MTBF + MTTR)" in words
    assert "It is no figure of a component, and nothing here is computed from it." in words
    assert max(map(len, out.splitlines())) <= 80


def test_our_assumptions_are_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, GOOD, "--assume", "--set", "power.mtbf=9y")
    words = " ".join(out.split())

    assert code == 0
    assert "ASSUMED by samepath, without any source: tunnel endpoint, gateway, outside" in words
    assert "Marked as assumed, and not samepath's: power." in words
    assert max(map(len, out.splitlines())) <= 80


def test_without_figures_it_says_how_to_give_some(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, GOOD)

    assert (code, out) == (2, "")
    assert "--print-figures > figures.yaml" in err


def test_the_template_is_printed_without_a_file_and_can_be_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "--print-figures")
    assert (code, out) == (0, TEMPLATE)

    file = tmp_path / "figures.yaml"
    file.write_text(out)
    document = told(capsys, GOOD, "--figures", file)
    assert {one["whose"] for one in document["figures"]} == {"samepath"}


def test_an_element_can_be_left_out_of_the_design(
    capsys: pytest.CaptureFixture[str], mine: Path
) -> None:
    words = (GOOD, "--figures", mine, "--without", "seoul/tunnel2")
    _, out, _ = run(capsys, *words)
    (pair,) = told(capsys, *words)["pairs"]

    assert out.startswith("active-standby without seoul/tunnel2,")
    assert pair["unavailability"]["high"] == pytest.approx(1 - 0.999 * 0.99)


def test_a_design_without_anything_is_an_outage_for_ever(
    capsys: pytest.CaptureFixture[str], mine: Path
) -> None:
    code, out, _ = run(capsys, GOOD, "--figures", mine, "--without", "seoul")

    assert code == 0
    assert "availability 0 %" in out
    assert "Nothing of this design could carry a flow." in out


def test_at_least_so_much_or_it_ends_with_1(capsys: pytest.CaptureFixture[str], mine: Path) -> None:
    code, out, _ = run(capsys, GOOD, "--figures", mine, "--at-least", "99.8")
    assert (code, out.splitlines()[-1]) == (0, "At least 99.8 % is reached.")

    code, out, _ = run(capsys, GOOD, "--figures", mine, "--at-least", "99.95%")
    assert code == 1
    assert (
        "At least 99.95 % (21 min 55 s a month) is NOT reached: 48 min 13 s a month."
        in " ".join(out.split())
    )


def test_where_nobody_can_say_it_is_a_range_and_not_certainly_reached(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, mine: Path
) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(TWO_GATEWAYS)
    code, out, _ = run(capsys, file, "--figures", mine, "--at-least", "95")
    words = " ".join(out.split())

    assert code == 1
    assert "availability 0.989 to 98.91 %" in words
    assert "From best to worst, as nobody can say what becomes of new flows with all up" in words
    assert "At least 95 % MAY be reached, and nobody can say." in words


def test_a_drop_with_all_up_is_told_as_what_it_is(
    capsys: pytest.CaptureFixture[str], mine: Path
) -> None:
    _, out, _ = run(capsys, CROSSED, "--figures", mine)
    (pair,) = told(capsys, CROSSED, "--figures", mine)["pairs"]

    assert "all up: asymmetric, DROPS" in out
    assert "New flows do not pass with all up: samepath check tells why" in out
    assert pair["contributions"][0]["verdicts"] == ["asymmetric_dropped"]
    assert pair["by_cause"]["all_up"]["high"] == pytest.approx(0.999 * 0.99**2)


def test_the_gaps_of_a_drill_are_counted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, mine: Path
) -> None:
    file = drilled(tmp_path, row("seoul/tunnel1 down", 2000.0), row("seoul/tunnel1 returned", 0.0))
    words = (GOOD, "--figures", mine, "--drill", file)
    document = told(capsys, *words)
    (pair,) = document["pairs"]
    a_year = pair["by_cause"]["switch"]["high"] * 365.25 * 86400

    assert document["drill"]["states_measured"] == ["seoul/tunnel1 down", "seoul/tunnel1 returned"]
    assert a_year == pytest.approx(2 * 365.25 * 24 / 100 * 0.99 * 0.999)
    assert [one["into"] for one in pair["not_counted"]] == [
        "any state while something else is down"
    ]
    _, out, _ = run(capsys, *words)
    assert "Gaps measured by the drill: of 2 states." in out


def test_what_a_drill_has_not_counted_well_or_not_as_predicted_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, mine: Path
) -> None:
    file = drilled(
        tmp_path,
        row("seoul/tunnel1 down", 2000.0, valid=False),
        row("seoul/tunnel1 returned", 1.0, as_predicted=False),
    )
    _, out, _ = run(capsys, GOOD, "--figures", mine, "--drill", file)
    words = " ".join(out.split())

    assert "the machine was too busy to count: seoul/tunnel1 down. Drill again." in words
    assert "The drill was not as predicted" in words
    assert "a year: seoul/tunnel1 down" in words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no JSON"),
        ("[]", "is no drill (samepath.drill/1)"),
        ('{"schema": "samepath.check/1"}', "is no drill (samepath.drill/1)"),
        ('{"schema": "samepath.drill/1"}', "states is no list"),
        ('{"schema": "samepath.drill/1", "states": [1]}', "states[0] is no object"),
        ('{"schema": "samepath.drill/1", "states": [{"state": "all up"}]}', "pair is no text"),
        (
            '{"schema": "samepath.drill/1", "states": [{"state": "all up", "pair": "a - b"}]}',
            "there is no pair a - b in this topology",
        ),
        (
            json.dumps(
                {
                    "schema": "samepath.drill/1",
                    "states": [
                        {"state": "all up", "pair": PAIR, "measured": {"numbered": {"to_site": {}}}}
                    ],
                }
            ),
            "longest_gap_ms is no number",
        ),
    ],
)
def test_what_is_no_drill_of_this_topology_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, mine: Path, text: str, said: str
) -> None:
    file = tmp_path / "drill.json"
    file.write_text(text)
    code, out, err = run(capsys, GOOD, "--figures", mine, "--drill", file)

    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.yaml",), "none.yaml cannot be read"),
        ((GOOD, "--figures", "none.yaml"), "none.yaml cannot be read"),
        ((GOOD, "--assume", "--drill", "none.json"), "none.json cannot be read"),
        ((GOOD, "--assume", "--without", "seoul/tunnel3"), '"seoul/tunnel3"'),
        ((GOOD, "--assume", "--without", "seoul/tunnel1/bgp"), "can be left out of a design"),
        ((GOOD, "--assume", "--set", "power"), "--set: power says nothing"),
        ((GOOD, "--assume", "--at-least", "101"), "is no percentage from 0 to 100"),
        ((GOOD, "--assume", "--at-least", "nan"), "is no percentage from 0 to 100"),
        ((GOOD, "--assume", "--at-least", "three nines"), "is no percentage such as 99.9"),
        ((), "Missing argument"),
    ],
)
def test_input_that_cannot_be_used_ends_with_2(
    capsys: pytest.CaptureFixture[str], words: tuple[object, ...], said: str
) -> None:
    code, out, err = run(capsys, *words)

    assert (code, out) == (2, "")
    assert said.strip('"') in err
    assert "Traceback" not in err


def test_a_topology_that_joins_nothing_has_nothing_to_expect(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "none.yaml"
    file.write_text(
        "samepath: 1\nvpcs: {cloud: {cidr: 10.0.0.0/16}}\n"
        "customer_gateways: {dc: {address: 198.51.100.1}, fw: {address: 198.51.100.2}}\n"
        "sites: {office: {networks: [192.168.10.0/24], customer_gateways: [fw]}}\n"
        "connections: {seoul: {customer_gateway: dc}}\n"
    )
    code, out, _ = run(capsys, file, "--assume")

    assert code == 0
    assert "there is nothing to expect" in out
    assert told(capsys, file, "--assume")["pairs"] == []


def of_many(folder: Path, connections: Sequence[str]) -> Path:
    """A file of a gateway with as many sites as connections, in which %d is each one's number."""
    numbers = range(len(connections))
    file = folder / "many.yaml"
    lines = [
        "samepath: 1",
        "vpcs: {cloud: {cidr: 10.0.0.0/16}}",
        "customer_gateways:",
        *(f"  c{n}: {{address: 198.51.100.{n + 1}, asn: {65000 + n}}}" for n in numbers),
        "sites:",
        *(f"  s{n}: {{networks: [192.168.{n}.0/24], customer_gateways: [c{n}]}}" for n in numbers),
        "connections:",
        *(f"  k{n}: {connection % n}" for n, connection in enumerate(connections)),
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def test_a_fleet_of_alike_connections_is_computed_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = of_many(tmp_path, ["{customer_gateway: c%d}"] * 5)
    (pair,) = told(capsys, file, "--assume")["pairs"]
    assert pair["alike"] == 4

    one, others = told(capsys, file, "--assume", "--without", "k3/tunnel1")["pairs"]
    assert (one["pair"], one["alike"]) == ("10.0.0.0/16 - 192.168.3.0/24", 0)
    assert (others["alike"], one["unavailability"]["high"] > others["unavailability"]["high"]) == (
        3,
        True,
    )


def test_of_many_pairs_the_worst_are_told_in_full_and_the_others_in_a_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = of_many(
        tmp_path, [f"{{customer_gateway: c%d, bgp: {{hold: {9 + n}s}}}}" for n in range(5)]
    )
    words = (file, "--assume", "--without", "k3/tunnel1")
    lines = run(capsys, *words)[1].splitlines()

    assert lines[0].startswith("vpn without k3/tunnel1, 10.0.0.0/16 - 192.168.3.0/24: ")
    assert sum("what makes it" in line for line in lines) == 3
    assert "2 more that fare better (--all shows why)" in lines
    (short,) = [line for line in lines if line.startswith("  10.0.0.0/16 - 192.168.4.0/24: ")]
    assert short.endswith(" a month")
    every = run(capsys, *words, "--all")[1]
    assert every.count("what makes it") == 5


def test_it_needs_no_library_of_the_lab() -> None:
    code = f"""
import sys
from samepath.cli import main
try:
    main(["availability", {str(GOOD)!r}, "--assume"])
except SystemExit as ended:
    assert ended.code == 0, ended.code
wrong = {{"pyroute2", "vici", "samepath.drivers", "samepath.lab"}} & set(sys.modules)
assert not wrong, wrong
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
