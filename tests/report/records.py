"""Records of drills that a test makes: every row as it was predicted, but for what is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from tests.lab.drill.courses import CLOCKS, event, run
from tests.lab.drill.test_comparison import as_said

from samepath.lab.drill.comparison import Compared, Measured, compare
from samepath.lab.drill.course import course_of
from samepath.lab.drill.drill import drillable
from samepath.lab.drill.record import Record
from samepath.lab.events import Event, Kind
from samepath.lab.probe import Run
from samepath.lab.versions import Versions
from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.evaluator import analyse
from samepath.routing.states import FailureState, single_states

EXAMPLES = Path(__file__).parents[2] / "examples"
Change = Callable[[Measured], Measured]

EVENTS = (
    event(0.006, Kind.FAULT, "broken: seoul/tunnel1 (cut)"),
    event(0.151, Kind.BFD, "bfd1: Session changed from Up to Down", "cgw:dc/router"),
    event(0.152, Kind.BGP, "p_seoul_1: BGP session closed", "cgw:dc/router"),
    event(
        0.158, Kind.BFD, "bfd1: Session changed from Up to Down", "seoul/tunnel1/endpoint/speaker"
    ),
    event(0.160, Kind.BGP, "p_customer: State changed to stop", "seoul/tunnel1/endpoint/speaker"),
    event(
        1.204,
        Kind.IKE,
        "retransmit 1 of request with message ID 3",
        "seoul/tunnel1/customer/charon",
    ),
)


def text_of(name: str) -> str:
    """An example's text."""
    return (EXAMPLES / f"{name}.yaml").read_text()


def counted(measured: Measured, made: Run, events: tuple[Event, ...] = EVENTS) -> Measured:
    """What was measured with what a run has counted."""
    report = made.between("begin", "end")
    return replace(
        measured,
        lost=(report.a_to_b, report.b_to_a),
        course=course_of(made, CLOCKS, CLOCKS, events),
        seconds=1.9,
    )


def lossy() -> Run:
    """A run of a failover: 150 ms are lost each way, and a moment later the machine was busy."""
    return run(1.9, lost=([(0.008, 0.158)], [(0.008, 0.153)]), unsent=[(1.0, 1.04)])


def record(
    text: str,
    changes: Mapping[str, Change] | None = None,
    not_drilled: tuple[tuple[FailureState, str], ...] = (),
    file: str = "examples/asymmetric-drop.yaml",
    most: int | None = None,
) -> Record:
    """A drill of a topology; ``changes`` are what was measured otherwise, by the state's name.

    ``most`` is how many states are drilled, where that are not all.
    """
    topology: Topology = parse(text).topology
    rows = analyse(topology, tuple(islice(single_states(topology), most)))
    drilled, unheard = drillable(topology, dict.fromkeys(row.pair for row in rows))
    first = drilled[0].pair
    found: list[Compared] = []
    for row in rows:
        if row.pair not in {one.pair for one in drilled}:
            continue
        measured = as_said(row.outcomes[0].result)
        if row.pair == first:
            down = row.state.name.endswith("down")
            measured = counted(measured, lossy() if down else run(1.1), EVENTS if down else ())
        change = (changes or {}).get(row.state.name)
        found.append(compare(row, change(measured) if change else measured))
    return Record(
        file=file,
        digest="ab" * 32,
        begun=datetime(2026, 11, 28, 5, 41, 12, tzinfo=UTC),
        instead=(),
        seconds=192.4,
        waited=101.6,
        versions=Versions(
            samepath="0.1.0", strongswan="5.9.8", bird="2.0.12", kernel="6.1.0-40-amd64"
        ),
        topology=topology,
        drilled=drilled,
        rows=tuple(found),
        not_drilled=not_drilled,
        unheard=unheard,
    )
