"""What is shown of a report, before anything is printed."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from rich.console import Console
from tests.routing.test_fate import MOVED, happened
from tests.routing.test_findings import FIRST, PREFER, SECOND, TWO_SITES, one, tunnels
from tests.routing.test_too_much_open import SIX_EQUAL, STATES
from tests.routing.test_verdict import FILE

from samepath.cli.check import words
from samepath.cli.check.lines import MOST_ILL, MOST_OF_A_CODE, MOST_WELL, Shown, lines
from samepath.model.document import parse
from samepath.routing import ALL_UP, FailureState, check, single_states


def shown(
    text: str,
    *,
    everything: bool = False,
    width: int = 80,
    states: tuple[FailureState, ...] | None = None,
    explain: bool = False,
) -> list[str]:
    """The lines of a report as a terminal of this width has them."""
    out = StringIO()
    console = Console(file=out, width=width, highlight=False)
    report = check(parse(text).topology, states)
    how = Shown(title="it", width=width, everything=everything, explain=explain)
    for line in lines(report, how):
        console.print(line)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def many(count: int, firewall: str = "stateless") -> str:
    """Sites with a gateway connection each."""
    numbers = range(count)
    policy = f"{{policy: {{customer: {{{PREFER}, export: [{{set: {{med: 9}}}}]}}}}}}"
    plain = "{policy: {customer: {export: [{set: {med: 9}}]}}}"
    crossed = f", tunnels: [{plain}, {policy}]" if firewall == "interface" else ""
    return "\n".join(
        [
            "samepath: 1",
            "vpcs: {cloud: {cidr: 10.0.0.0/16}}",
            "customer_gateways:",
            *(
                f"  c{n}: {{address: 198.51.100.{n + 1}, asn: {65000 + n}, firewall: {firewall}}}"
                for n in numbers
            ),
            "sites:",
            *(
                f"  s{n}: {{networks: [192.168.{n}.0/24], customer_gateways: [c{n}]}}"
                for n in numbers
            ),
            "connections:",
            *(f"  k{n}: {{customer_gateway: c{n}{crossed}}}" for n in numbers),
            "",
        ]
    )


def test_several_sites_that_are_well_are_a_line_each_and_fit_a_screen() -> None:
    told = shown(many(5))
    assert len(told) <= 24
    assert sum(line.startswith("10.0.0.0/16 - ") for line in told) == 5
    row = r"10.0.0.0/16 - 192.168.3.0/24 +k3/tunnel1 +[0-9]+ symmetric, [0-9]+ expected outage"
    assert any(re.fullmatch(row, line) for line in told)
    last = r"[0-9]+ states of 5 pairs, grouped \(--all shows each; --explain: why\)"
    assert re.fullmatch(last, told[-1])


def test_what_is_well_and_too_much_to_show_is_counted() -> None:
    """Two gateways with seven sites each."""
    text = many(14).replace(
        "vpcs: {cloud: {cidr: 10.0.0.0/16}}",
        "vpcs: {cloud: {cidr: 10.0.0.0/16}, other: {cidr: 10.1.0.0/16}}\n"
        "gateways: {vgw: {vpc: cloud}, far: {vpc: other, asn: 64999}}",
    )
    for number in range(14):
        gateway = "vgw" if number < 7 else "far"
        text = text.replace(f"k{number}: {{", f"k{number}: {{gateway: {gateway}, ")
    told = shown(text, states=(ALL_UP,))
    assert sum(" - 192.168." in line for line in told) == MOST_WELL
    assert f"  and {14 - MOST_WELL} more kinds of pairs, all well" in told


def test_what_is_in_trouble_and_too_much_to_show_is_counted_and_all_shows_it() -> None:
    text = many(MOST_ILL + 1, "interface")
    told = shown(text)
    assert sum(line.startswith("state ") for line in told) == MOST_ILL
    assert "and 1 more kind of pairs with trouble (--all)" in told
    everything = shown(text, everything=True)
    assert sum(line.startswith("state ") for line in everything) == MOST_ILL + 1


def test_a_site_in_trouble_has_its_table_and_the_others_a_line() -> None:
    told = shown(TWO_SITES.replace("asn: 65002", "asn: 65002, firewall: interface"))
    assert re.match(r"it: with all up all is well; of [0-9]+ failure states [0-9]+ ", told[0])
    table = told.index("10.0.0.0/16 - 192.168.2.0/24")
    assert told[table + 1].startswith("state")
    assert any(line.startswith("10.0.0.0/16 - 192.168.1.0/24") for line in told[table + 1 :])
    assert any(re.fullmatch("[0-9]+ states elsewhere change nothing here", one) for one in told)


def test_many_findings_of_one_code_are_counted_and_all_shows_them() -> None:
    text = many(6, "interface")
    told = shown(text)
    assert sum(line.startswith("error asymmetric-drop at ") for line in told) == MOST_OF_A_CODE
    assert "  and 3 more findings asymmetric-drop (--all)" in told
    everything = shown(text, everything=True)
    assert sum(line.startswith("error asymmetric-drop at ") for line in everything) == 6


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("everything", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, everything: bool) -> None:
    for text in (many(3), many(3, "interface"), one(tunnels(FIRST, f"{PREFER}, {SECOND}"))):
        assert max(map(len, shown(text, everything=everything, width=width))) <= width


def test_a_long_name_is_folded_and_its_row_stays_whole() -> None:
    name = "a-connection-with-a-long-name-x"
    text = many(2).replace("k0:", f"{name}:").replace("k1:", f"{name[:-1]}y:")
    told = shown(text.replace("stateless", "interface"))
    assert max(map(len, told)) <= 80
    assert any("HANGS" in line for line in told)


def test_an_explanation_is_given_of_what_is_well_too() -> None:
    out = StringIO()
    console = Console(file=out, width=80, highlight=False)
    report = check(parse(TWO_SITES).topology, (ALL_UP,))
    for line in lines(report, Shown(title="it", explain=True)):
        console.print(line)
    assert out.getvalue().count("to the VPC: delivered") == 2


def test_states_of_one_tunnel_or_device_are_told_together_by_their_elements() -> None:
    topology = parse(one("mode: follow")).topology
    told = words.states(single_states(topology))
    assert told[0] == "all up"
    assert told[1].startswith("seoul/tunnel1 down, bgp down, ")
    assert told[2].startswith("seoul/tunnel2 down, bgp down, ")
    assert told[-1].startswith("cgw:dc down, lan down")
    (lan,) = (one for one in single_states(topology) if one.name == "cgw:dc/lan down")
    assert words.states([lan]) == ["cgw:dc/lan down"]


def test_where_the_outcomes_are_many_those_of_one_verdict_are_told_together() -> None:
    """A customer gateway with four equal connections: sixteen outcomes, two verdicts."""
    text = many(1) + "".join(f"  k{n}: {{customer_gateway: c0}}\n" for n in range(1, 4))
    told = shown(text, states=(ALL_UP,))
    row = next(number for number, line in enumerate(told) if line.startswith("all up"))
    assert told[row].split() == ["all", "up", "one", "of", "4", "one", "of", "4", "symmetric"]
    assert "asymmetric, passes" in told[row + 1]
    assert sum(line.startswith("nobody says of gw:vgw") for line in told) == 1
    assert len(told) <= 24


def test_where_too_much_is_open_the_table_says_so_and_the_questions_are_named() -> None:
    states = (ALL_UP, STATES["k0/tunnel1 down"])
    told = shown(SIX_EQUAL, states=states)
    (row,) = (line for line in told if line.startswith("k0/tunnel1 down"))
    assert row.split() == ["k0/tunnel1", "down", "?", "?", "too", "much", "is", "open", "?"]
    questions = [line for line in told if line.startswith(("nobody says of", "each flow has"))]
    assert len(questions) == 4
    explained = shown(SIX_EQUAL, states=states, explain=True)
    at = explained.index("  too much is open for any outcome to be told:")
    assert explained[at - 1] == "k0/tunnel1 down"
    assert "    cgw:d0: to what its firewall binds a session" in explained[at:]


def test_where_it_matters_who_opens_a_flow_the_table_says_whose_drop() -> None:
    firewall = "{binding: interface, established: stays}"
    text = FILE.replace("CONNECTION", "routing: static").replace("FIREWALL", firewall)

    *_, asymmetric = shown(text, states=(ALL_UP, happened(MOVED)), width=100)

    assert asymmetric.split() == [
        *("seoul/tunnel1", "in", "maintenance", "tunnel2", "tunnel1"),
        *("asymmetric,", "DROPS", "(from", "site)", "HANGS"),
    ]
