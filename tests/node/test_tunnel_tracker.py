"""What keepalived is told of a customer gateway's tunnels."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from samepath.device.keepalived.vrrp import FAULT, OK
from samepath.drivers.bird_output import ProtocolState
from samepath.drivers.errors import DaemonUnreachable
from samepath.drivers.frr_output import Neighbour
from samepath.node.tunnel_tracker import Source, of_bgpd, of_bird, verdict

TUNNELS = frozenset({"p_one_1", "p_one_2"})
STATE = ProtocolState(
    name="p_one_1", kind="BGP", table=None, state="up", since="2026-01-01 00:00:00", info=""
)


SESSION = Neighbour(address=IPv4Address("169.254.10.1"), state="Established", uptime=3)


class Bird:
    """A BIRD that tells these protocols' routes."""

    def __init__(self, routes: Mapping[str, int]) -> None:
        self._routes = routes

    def protocols(self) -> tuple[ProtocolState, ...]:
        return tuple(
            replace(STATE, name=name, imported=count) for name, count in self._routes.items()
        )


class Bgpd:
    """A bgpd that tells these neighbours."""

    def __init__(self, *neighbours: Neighbour) -> None:
        self._neighbours = neighbours

    def neighbours(self) -> tuple[Neighbour, ...]:
        return self._neighbours


def silent() -> frozenset[str]:
    raise DaemonUnreachable("nobody answers")


def told(*of: Callable[[], Collection[str]], names: frozenset[str] = TUNNELS) -> int:
    return verdict([Source(routes=routes, names=names) for routes in of])


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({}, FAULT),
        ({"p_one_1": 0, "p_one_2": 0}, FAULT),
        ({"p_one_1": 0, "p_one_2": 1}, OK),
        ({"p_one_1": 2, "p_one_2": 1}, OK),
        ({"p_neighbour_fw2": 3, "p_site": 1}, FAULT),
    ],
    ids=["nothing", "no route", "one of two", "both", "only by the neighbour"],
)
def test_one_tunnel_with_a_route_is_enough_and_another_way_is_none(
    routes: dict[str, int], expected: int
) -> None:
    assert told(lambda: of_bird(Bird(routes))) == expected


@pytest.mark.parametrize(
    ("neighbour", "expected"),
    [
        (replace(SESSION, accepted=1), OK),
        (SESSION, FAULT),
        (replace(SESSION, state="Active", uptime=None, accepted=1), FAULT),
        (replace(SESSION, address=IPv4Address("192.168.10.2"), accepted=1), FAULT),
    ],
    ids=["a route", "no route", "no session any more", "only by the neighbour"],
)
def test_of_an_frr_a_session_that_stands_and_has_brought_a_route_is_enough(
    neighbour: Neighbour, expected: int
) -> None:
    names = frozenset({str(SESSION.address), "169.254.10.5"})
    assert told(lambda: of_bgpd(Bgpd(neighbour)), names=names) == expected


def test_who_does_not_answer_has_no_tunnel_and_keeps_nobody_else_from_it() -> None:
    assert told(silent) == FAULT
    assert told(silent, lambda: {"p_one_1"}) == OK
    assert told(silent, lambda: {"p_other"}) == FAULT
