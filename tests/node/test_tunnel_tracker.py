"""What keepalived is told of a customer gateway's tunnels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from samepath.device.keepalived.vrrp import FAULT, OK
from samepath.drivers.bird_output import ProtocolState
from samepath.drivers.errors import DaemonUnreachable
from samepath.node.tunnel_tracker import verdict

TUNNELS = frozenset({"p_one_1", "p_one_2"})
STATE = ProtocolState(
    name="p_one_1", kind="BGP", table=None, state="up", since="2026-01-01 00:00:00", info=""
)


@dataclass(frozen=True)
class Said:
    """A BIRD that tells this."""

    states: tuple[ProtocolState, ...]

    def protocols(self) -> tuple[ProtocolState, ...]:
        return self.states


class Silent:
    """A BIRD that does not answer."""

    def protocols(self) -> tuple[ProtocolState, ...]:
        raise DaemonUnreachable("no BIRD answers")


@pytest.mark.parametrize(
    ("routes", "told"),
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
    routes: dict[str, int], told: int
) -> None:
    states = tuple(replace(STATE, name=name, imported=count) for name, count in routes.items())
    assert verdict(Said(states), TUNNELS) == told


def test_a_bird_that_does_not_answer_has_no_tunnel() -> None:
    assert verdict(Silent(), TUNNELS) == FAULT
