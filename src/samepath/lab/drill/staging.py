"""How a failure state is brought about in a lab: what is broken in it, and what comes before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samepath.lab.faults import Fault
from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Topology
from samepath.routing.compile import TRACKING
from samepath.routing.states import ALL_UP, Condition, FailureState, state_before

Breaks = tuple[tuple[str, Fault], ...]
"""Elements, and how each is broken."""


class CannotStage(ValueError):
    """The lab has no way to bring a state about; the text says what it lacks."""


_FAULTS = {
    (ElementKind.TUNNEL, Condition.DOWN): Fault.CUT,
    (ElementKind.TUNNEL, Condition.MAINTENANCE): Fault.MAINTENANCE,
    (ElementKind.BGP, Condition.DOWN): Fault.BGP,
    (ElementKind.BGP, Condition.NO_ROUTES): Fault.NO_ROUTES,
    (ElementKind.ESP, Condition.SILENT): Fault.ESP,
    (ElementKind.PATH, Condition.LOSES_TO_SITE): Fault.CUT_OUT,
    (ElementKind.PATH, Condition.LOSES_TO_VPC): Fault.CUT_IN,
    (ElementKind.ENDPOINT, Condition.DOWN): Fault.CUT,
    (ElementKind.CUSTOMER_GATEWAY, Condition.DOWN): Fault.CUT,
    (ElementKind.CUSTOMER_LAN, Condition.DOWN): Fault.CUT,
    (ElementKind.FIRST_MEMBER, Condition.DOWN): Fault.CUT,
    (ElementKind.SECOND_MEMBER, Condition.DOWN): Fault.CUT,
}


def breaks(topology: Topology, state: FailureState) -> Breaks:
    """What is broken while a state lasts. Raises :class:`CannotStage`."""
    return tuple(
        broken
        for element, condition in state.conditions
        for broken in _broken(topology, element, condition)
    )


def _broken(
    topology: Topology, element: Element, condition: Condition
) -> Iterator[tuple[str, Fault]]:
    if condition is Condition.RETURNED:
        return
    if (element.kind, condition) == (ElementKind.CUSTOMER_PATH, Condition.DOWN):
        for connection in topology.connections.values():
            if connection.customer_gateway == element.name:
                yield connection.name, Fault.CUT
        return
    fault = _FAULTS.get((element.kind, condition))
    if element.kind is ElementKind.CUSTOMER_LAN and _tracks(topology, element.name):
        # What is predicted is that it withdraws the site, which takes that it sees its LAN go.
        fault = Fault.UNPLUG
    if fault is None:
        raise CannotStage(f"a lab has no way to bring about: {element} {condition.value}")
    yield str(element), fault


def _tracks(topology: Topology, customer: str) -> bool:
    """Whether a customer gateway announces its site only while it has a way there."""
    return topology.customer_gateways[customer].platform in TRACKING


def way_to(state: FailureState) -> tuple[FailureState, ...]:
    """The states that are gone through from all up, ``state`` as the last of them.

    Flows that are open when it begins were opened in the one before it.
    """
    way = [state]
    while way[-1] != ALL_UP:
        way.append(state_before(way[-1]))
    return tuple(reversed(way))


def in_order(states: Iterable[FailureState]) -> Iterator[FailureState]:
    """The states so that none comes before the one that it begins in, and right after it if it can."""
    left = list(dict.fromkeys(states))
    last: FailureState | None = None
    while left:
        follows = (one for one in left if last is not None and way_to(one)[-2:-1] == (last,))
        begins = (one for one in left if way_to(one)[-2:-1] not in {(each,) for each in left})
        following = next(follows, None) or next(begins)
        left.remove(following)
        last = following
        yield following


def stageable(
    topology: Topology, states: Iterable[FailureState]
) -> tuple[tuple[FailureState, ...], tuple[tuple[FailureState, str], ...]]:
    """The states that a lab can bring about, in their order, and the others with the reason."""
    possible: list[FailureState] = []
    others: list[tuple[FailureState, str]] = []
    for state in states:
        try:
            for step in way_to(state):
                breaks(topology, step)
        except CannotStage as error:
            others.append((state, str(error)))
        else:
            possible.append(state)
    return tuple(in_order(possible)), tuple(others)
