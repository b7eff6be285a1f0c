"""The report: its sentence, what it groups, and the surface of the package."""

from __future__ import annotations

import doctest

import pytest
from tests.routing.test_findings import (
    FIRST,
    PREFER,
    SECOND,
    TWO,
    TWO_SITES,
    networks,
    one,
    tunnels,
)
from tests.routing.topologies import TWO_GATEWAYS

from samepath import routing
from samepath.model.document import parse
from samepath.model.elements import Element, ElementKind
from samepath.routing import ALL_UP, Condition, FailureState, Report, Severity, Verdict, check
from samepath.routing.grouping import blocks, every_state


def happened(kind: ElementKind, name: str, tunnel: int | None = None) -> FailureState:
    condition = Condition.SILENT if kind is ElementKind.ESP else Condition.DOWN
    return FailureState(conditions=((Element(kind=kind, name=name, tunnel=tunnel), condition),))


FEW = (
    ALL_UP,
    *(happened(ElementKind.TUNNEL, "seoul", number) for number in (1, 2)),
    *(happened(ElementKind.BGP, "seoul", number) for number in (1, 2)),
    happened(ElementKind.CUSTOMER_GATEWAY, "dc"),
)
"""Of one connection: each tunnel down, each session down, and the customer gateway."""
STATIC = (ALL_UP, *(happened(ElementKind.ESP, "seoul", number) for number in (1, 2)))


def judged(text: str, states: tuple[FailureState, ...] | None = None) -> Report:
    return check(parse(text).topology, states)


def test_the_example_in_the_package_says_what_happens() -> None:
    done = doctest.testmod(routing)
    assert done.attempted > 5
    assert done.failed == 0


@pytest.mark.parametrize(
    ("text", "sentence", "worst"),
    [
        pytest.param(
            one("mode: follow"),
            "both directions take the same tunnel in every failure state that leaves a path "
            "(5 of 6): nothing drops and nothing hangs",
            None,
            id="all is well",
        ),
        pytest.param(
            one(tunnels(FIRST, f"{PREFER}, {SECOND}"), "interface"),
            "with all up packets are DROPPED; the failure states are well",
            Severity.ERROR,
            id="dropped now",
        ),
        pytest.param(
            one(tunnels(FIRST, f"{PREFER}, {SECOND}")),
            "with all up the directions may take different tunnels, which passes; the failure states "
            "are well",
            Severity.WARNING,
            id="tolerated",
        ),
        pytest.param(
            one("mode: follow", "interface"),
            "with all up all is well; of 5 failure states 2 HANG open flows",
            Severity.ERROR,
            id="hangs after a failover",
        ),
        pytest.param(
            one("routing: static"),
            "with all up all is well; of 2 failure states 1 LOSES packets though a tunnel lives",
            Severity.ERROR,
            id="lost after a failure",
        ),
    ],
)
def test_the_sentence_tells_the_worst_first_and_when(
    text: str, sentence: str, worst: Severity | None
) -> None:
    report = judged(text, STATIC if "static" in text else FEW)
    assert report.sentence == sentence
    assert report.worst is worst


def test_the_sentence_says_of_no_firewall_that_it_minds_nothing_where_it_drops_elsewhere() -> None:
    text = one(tunnels("", ""), "device, best_path: {maximum_paths: 2}", "fortios").replace(
        "customer_gateways:", "gateways: {tgw: {kind: transit}}\ncustomer_gateways:", 1
    )
    sentence = judged(text).sentence
    assert sentence.startswith(
        "with all up the directions may take different tunnels, which passes;"
    )
    assert "4 MAY drop" in sentence


def test_the_sentence_tells_what_nobody_can_know_and_what_nothing_joins() -> None:
    assert judged(TWO_GATEWAYS).sentence.startswith("with all up packets MAY be dropped or lost")
    alone = TWO.replace("  two: {customer_gateway: fw2}\n", "").replace("[fw1, fw2]", "[fw2]")
    assert judged(alone).sentence == (
        "no connection joins a VPC to a site: there is nothing to judge"
    )


def test_other_states_than_single_failures_may_be_asked_for() -> None:
    down = tuple(
        (Element(kind=ElementKind.TUNNEL, name="seoul", tunnel=number), Condition.DOWN)
        for number in (1, 2)
    )
    both = FailureState(conditions=down)
    report = check(parse(one("mode: follow")).topology, (ALL_UP, both))
    assert report.failure_states == (ALL_UP, both)
    assert {verdict for one in report.of(both) for verdict in one.verdicts} == {
        Verdict.EXPECTED_OUTAGE
    }


# --------------------------------------------------------------------------------- grouping


def test_pairs_of_which_the_same_is_told_are_one_block_and_states_one_row() -> None:
    report = judged(one("mode: follow"), FEW)
    (block,) = blocks(report)

    assert [str(pair) for pair in block.pairs] == [
        "10.0.0.0/16 - 192.168.10.0/24",
        "10.0.0.0/16 - 192.168.20.0/24",
    ]
    assert [len(row.states) for row in block.rows] == [1, 2, 2, 1]
    assert block.rows[0].states[0].state == ALL_UP
    assert block.is_well


def test_nothing_is_left_out_by_grouping() -> None:
    """Every pair is in one block; every state in one of its rows or counted as elsewhere."""
    for text in (one("mode: follow"), TWO, TWO_SITES, one(tunnels(FIRST, f"{PREFER}, {SECOND}"))):
        report = judged(text)
        found = blocks(report)
        pairs = [pair for block in found for pair in block.pairs]
        assert len(pairs) == len(set(pairs)) == len({one.pair for one in report.states})
        for block in found:
            assert len(block.states) + block.elsewhere == len(report.failure_states)
        everything = [one for block in every_state(report) for one in block.states]
        assert len(everything) == len(report.states)
        assert set(everything) == set(report.states)


def test_states_that_concern_another_site_only_are_counted() -> None:
    first, second = blocks(judged(TWO_SITES))
    assert first.elsewhere == second.elsewhere > 2


def test_blocks_with_trouble_come_first() -> None:
    """Of two sites on one gateway only the second one's firewall minds."""
    text = TWO_SITES.replace("asn: 65002", "asn: 65002, firewall: interface")
    first, second = blocks(judged(text))
    assert "192.168.2.0/24" in str(first.pairs[0])
    assert (first.is_well, second.is_well) == (False, True)


def test_a_site_of_many_networks_is_told_as_one_table() -> None:
    report = judged(one("mode: follow").replace("192.168.10.0/24, 192.168.20.0/24", networks(60)))
    (block,) = blocks(report)
    assert len(block.pairs) == 60
