"""How each failure state is brought about: tables of cases, and what holds for every topology."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.control.topologies import topology

from samepath.lab.drill.staging import CannotStage, breaks, in_order, stageable, way_to
from samepath.lab.faults import Fault, choose
from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.model.topology import Topology
from samepath.routing.states import ALL_UP, Condition, FailureState, single_states

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.yaml"))
BGP = topology({"seoul": ""})
MANUAL = topology({"seoul": "preemption: manual"})
STATIC = topology({"seoul": "routing: static"})


def state(*happened: tuple[str, Condition]) -> FailureState:
    return FailureState(conditions=tuple((element(name), what) for name, what in happened))


ONE_DOWN = state(("seoul/tunnel1", Condition.DOWN))
ONE_BACK = state(("seoul/tunnel1", Condition.RETURNED))
BOTH_BACK = state(("seoul/tunnel1", Condition.RETURNED), ("seoul/tunnel2", Condition.RETURNED))


@pytest.mark.parametrize(
    ("wanted", "broken"),
    [
        (ALL_UP, ()),
        (ONE_DOWN, (("seoul/tunnel1", Fault.CUT),)),
        (ONE_BACK, ()),
        (state(("seoul/tunnel1/bgp", Condition.DOWN)), (("seoul/tunnel1/bgp", Fault.BGP),)),
        (
            state(("seoul/tunnel1/path", Condition.LOSES_TO_SITE)),
            (("seoul/tunnel1/path", Fault.CUT_OUT),),
        ),
        (
            state(("seoul/tunnel2/path", Condition.LOSES_TO_VPC)),
            (("seoul/tunnel2/path", Fault.CUT_IN),),
        ),
        (
            state(("seoul/tunnel1/bgp", Condition.NO_ROUTES)),
            (("seoul/tunnel1/bgp", Fault.NO_ROUTES),),
        ),
        (
            state(
                ("seoul/tunnel1", Condition.MAINTENANCE),
                ("seoul/tunnel1/endpoint", Condition.DOWN),
            ),
            (("seoul/tunnel1", Fault.MAINTENANCE), ("seoul/tunnel1/endpoint", Fault.CUT)),
        ),
        (
            state(("seoul/tunnel1", Condition.MAINTENANCE), ("seoul/tunnel1", Condition.RETURNED)),
            (("seoul/tunnel1", Fault.MAINTENANCE),),
        ),
        (state(("cgw:dc/lan", Condition.DOWN)), (("cgw:dc/lan", Fault.CUT),)),
        (state(("cgw:dc/path", Condition.DOWN)), (("seoul", Fault.CUT),)),
    ],
)
def test_what_is_broken_in_a_state(
    wanted: FailureState, broken: tuple[tuple[str, Fault], ...]
) -> None:
    assert breaks(BGP, wanted) == broken


def test_a_device_that_withdraws_its_site_without_a_lan_is_to_see_that_it_has_none() -> None:
    lan_down = state(("cgw:dc/lan", Condition.DOWN))
    text = (EXAMPLES[0].parent / "frr-customer.yaml").read_text()

    assert breaks(parse(text).topology, lan_down) == (("cgw:dc/lan", Fault.UNPLUG),)


def test_what_a_lab_cannot_bring_about_is_told_with_the_reason() -> None:
    router = state(("cgw:dc/router", Condition.DOWN))
    with pytest.raises(CannotStage, match="no way to bring about: cgw:dc/router down"):
        breaks(BGP, router)

    possible, others = stageable(BGP, [ALL_UP, router])
    assert possible == (ALL_UP,)
    assert [state for state, _ in others] == [router]


def test_what_has_returned_was_down_before_and_the_last_to_return_is_the_youngest() -> None:
    assert way_to(ALL_UP) == (ALL_UP,)
    assert way_to(ONE_BACK) == (ALL_UP, ONE_DOWN, ONE_BACK)
    second_down = state(("seoul/tunnel1", Condition.RETURNED), ("seoul/tunnel2", Condition.DOWN))
    assert way_to(BOTH_BACK) == (ALL_UP, ONE_DOWN, ONE_BACK, second_down, BOTH_BACK)


def test_a_state_follows_the_one_that_it_begins_in_so_that_nothing_is_broken_twice() -> None:
    other = state(("seoul/tunnel2", Condition.DOWN))

    assert tuple(in_order([ALL_UP, ONE_DOWN, other, ONE_BACK, ONE_DOWN])) == (
        ALL_UP,
        ONE_DOWN,
        ONE_BACK,
        other,
    )


@pytest.mark.parametrize(
    "of",
    [*(parse(file.read_text()).topology for file in EXAMPLES), BGP, MANUAL, STATIC],
    ids=[*(file.stem for file in EXAMPLES), "bgp", "manual", "static"],
)
def test_every_state_that_check_knows_is_drilled_once_and_each_fault_is_one_of_the_labs(
    of: Topology,
) -> None:
    states = tuple(single_states(of))
    possible, others = stageable(of, states)

    assert not others
    assert sorted(one.name for one in possible) == sorted(one.name for one in states)
    for one in possible:
        for step in way_to(one):
            for name, fault in breaks(of, step):
                assert choose(of, name, fault, None) is fault
