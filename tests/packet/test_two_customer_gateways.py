"""Two customer gateways before one site, as the example has them: what packets do is what was said."""

from __future__ import annotations

from pathlib import Path

from tests.packet.labs import Ways, probe, running, used, wait_used

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader
from samepath.model.elements import parse as element
from samepath.routing.evaluator import analyse
from samepath.routing.states import Condition, FailureState
from samepath.routing.verdict import Verdict

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-customer-gateways.yaml"
STATES = (
    (),
    ("first/tunnel1",),
    ("first/tunnel1", "first/tunnel2"),
    ("first/tunnel1", "first/tunnel2", "second/tunnel1"),
)


def numbered(tunnel: str | None) -> int:
    """Where the tunnel comes in ``Ways``, which have the numbers only."""
    assert tunnel is not None
    return int(tunnel.split("/")[1].removeprefix("tunnel"))


def predicted(lab: Lab, down: tuple[str, ...]) -> tuple[Ways, str]:
    """The tunnel of each direction in a state, and its connection."""
    state = FailureState(conditions=tuple((element(name), Condition.DOWN) for name in down))
    (found,) = analyse(lab.topology, [state])
    (outcome,) = found.outcomes
    assert outcome.result.verdict is Verdict.SYMMETRIC
    to_site, to_vpc = outcome.result.ways.tunnels
    ways: Ways = {"to-site": (numbered(to_site),), "to-vpc": (numbered(to_vpc),)}
    return ways, str(to_site).split("/", maxsplit=1)[0]


def connections_used(reader: StatusReader) -> set[str]:
    """The connections whose counters move."""
    before = reader.counters()
    assert used(reader)
    after = reader.counters()
    return {
        name
        for (name, number, way), packets in after.items()
        if packets > before[name, number, way]
    }


def routed(reader: StatusReader) -> set[tuple[str, int] | None]:
    """The tunnels into which the routes of the two directions lead."""
    return {direction.routed for direction in reader.read().directions}


def test_without_its_tunnels_the_first_sends_over_the_lan_to_the_second_as_predicted() -> None:
    text = EXAMPLE.read_text()
    with running("test-two-gateways", text) as lab, probe(lab) as pair:
        pair.wait_flowing(10.0)
        reader = StatusReader(lab)
        for down in STATES:
            ways, connection = predicted(lab, down)
            for name in down:
                lab.break_element(name, Fault.CUT, None)
            wait_used(reader, ways)
            assert connections_used(reader) == {connection}
            assert routed(reader) == {(connection, ways["to-site"][0])}
        lab.heal(None)
        ways, connection = predicted(lab, ())
        wait_used(reader, ways)
        assert connections_used(reader) == {connection}
