"""Flows on a wire of their own, where it is known what becomes of which packet."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from tests.drivers.daemons.worlds import ADDRESSES, wire

from samepath.lab.probe import Answer, Flow, FlowPair, HostRef, ProbeFailed

FLOWS = [
    Flow(opener, protocol, "one")
    for opener in ("a", "b")
    for protocol in ("tcp", "udp")  # a line each, so that both names stay literals
]
WAIT = 2.0


class Ends:
    """Flows between two hosts, and a filter on what arrives at ``b``."""

    def __init__(self, pair: FlowPair, namespace: str) -> None:
        self.pair = pair
        self._namespace = namespace

    def filter(self, rule: str) -> None:
        """Load a rule; the one before it goes."""
        chain = f"chain in {{ type filter hook input priority 0;\n{rule}\n}}"
        script = f"table inet t\ndelete table inet t\ntable inet t {{\n{chain}\n}}"
        command = ["ip", "netns", "exec", self._namespace, "nft", "-f", "-"]
        subprocess.run(command, input=script, text=True, check=True)


@pytest.fixture
def ends() -> Iterator[Ends]:
    with wire() as namespaces:
        a, b = (
            HostRef(namespace, address)
            for namespace, address in zip(namespaces, ADDRESSES, strict=True)
        )
        with FlowPair(a=a, b=b) as pair:
            yield Ends(pair, namespaces[1])


def all_are(answer: Answer) -> dict[Flow, Answer]:
    return dict.fromkeys(FLOWS, answer)


def test_what_is_sent_comes_back_by_each_flow_of_each_side_whatever_its_size(
    ends: Ends,
) -> None:
    assert ends.pair.open(FLOWS, WAIT) == all_are(Answer.ANSWERED)
    for size in (16, 1400):
        assert ends.pair.ask(FLOWS, size, WAIT) == all_are(Answer.ANSWERED)
    tcp = [flow for flow in FLOWS if flow.protocol == "tcp"]
    assert set(ends.pair.ask(tcp, 100_000, WAIT).values()) == {Answer.ANSWERED}


def test_flows_whose_packets_are_dropped_are_silent_and_go_on_when_they_are_not(
    ends: Ends,
) -> None:
    ends.pair.open(FLOWS, WAIT)
    ends.filter("drop")
    assert ends.pair.ask(FLOWS, 16, 0.5) == all_are(Answer.SILENT)
    assert ends.pair.open([Flow("a", "tcp", "two")], 0.5) == {
        Flow("a", "tcp", "two"): Answer.SILENT
    }

    ends.filter("")
    assert ends.pair.ask([one for one in FLOWS if one.protocol == "udp"], 16, WAIT) == {
        one: Answer.ANSWERED for one in FLOWS if one.protocol == "udp"
    }


def test_a_flow_that_is_reset_and_one_that_is_refused_are_told_from_silent_ones(
    ends: Ends,
) -> None:
    flow = Flow("a", "tcp", "one")
    ends.pair.open([flow], WAIT)
    ends.filter("ip protocol tcp reject with tcp reset")
    assert ends.pair.ask([flow], 16, WAIT) == {flow: Answer.RESET}

    ends.filter("ip protocol udp reject with icmp type host-unreachable")
    other = Flow("a", "udp", "two")
    assert ends.pair.open([other], WAIT) == {other: Answer.ANSWERED}
    assert ends.pair.ask([other], 16, WAIT) == {other: Answer.REFUSED}


def test_a_flow_that_is_forgotten_or_was_never_open_is_silent(ends: Ends) -> None:
    flow = Flow("b", "udp", "one")
    assert ends.pair.ask([flow], 16, WAIT) == {flow: Answer.SILENT}
    ends.pair.open([flow], WAIT)
    ends.pair.forget([flow, Flow("b", "tcp", "never")])
    assert ends.pair.ask([flow], 16, WAIT) == {flow: Answer.SILENT}


def test_a_station_that_has_nowhere_to_stand_is_told() -> None:
    with pytest.raises(ProbeFailed, match="the station in sp-nowhere ended"):
        FlowPair(a=HostRef("sp-nowhere", "192.0.2.1"), b=HostRef("sp-nowhere", "192.0.2.2"))
