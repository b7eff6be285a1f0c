"""From intent and stored decision to what each BIRD announces and prefers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product

import pytest
from tests.control.topologies import topology

from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.control.speakers import (
    active_tunnel,
    customer,
    customer_session,
    endpoint,
    endpoint_session,
    gateway,
)
from samepath.model.limits import CONNECTIONS_PER_GATEWAY
from samepath.model.preference import (
    ACTIVE_MED,
    PINNED_LOCAL_PREFERENCE,
    PINNED_PREPENDS,
    STANDBY_MED,
)
from samepath.model.topology import Topology

NOTHING = Situation()


def endpoint_text(of: Topology, number: int, situation: Situation = NOTHING) -> str:
    """The text of an endpoint of the first connection."""
    connection = next(iter(of.connections.values()))
    return endpoint(of, connection, connection.tunnels[number - 1], number - 1, situation)


def customer_text(of: Topology, situation: Situation = NOTHING) -> str:
    return customer(of, of.customer_gateways["dc"], situation)


def sessions(text: str) -> dict[str, str]:
    """The customer's BGP protocols, by name."""
    parts = re.split(r"^protocol bgp (\w+)", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def preferences(text: str) -> list[tuple[int | None, int | None, int]]:
    """Of each session: the MED announced, the local preference set, how often it prepends."""

    def number(session: str, attribute: str) -> int | None:
        found = re.search(rf"{attribute} = (\d+);", session)
        return int(found[1]) if found else None

    return [
        (
            number(session, "bgp_med"),
            number(session, "bgp_local_pref"),
            session.count("bgp_path.prepend"),
        )
        for session in sessions(text).values()
    ]


FOLLOW = [(ACTIVE_MED, None, 0), (STANDBY_MED, None, 0)]
PINNED = [(None, PINNED_LOCAL_PREFERENCE, 0), (None, None, PINNED_PREPENDS)]
PLAIN = [(None, None, 0), (None, None, 0)]
STORED = (None, 1, 2)


@pytest.mark.parametrize(
    ("mode", "intended", "stored"), list(product(("follow", "pinned", "plain"), (1, 2), STORED))
)
def test_the_customers_preference_is_the_stored_decision_or_else_the_intent(
    mode: str, intended: int, stored: int | None
) -> None:
    of = topology({"seoul": f"mode: {mode}, active: {intended}"})
    situation = Situation(active={} if stored is None else {"seoul": stored})
    modes: dict[str, list[tuple[int | None, int | None, int]]]
    modes = {"follow": [*FOLLOW], "pinned": [*PINNED], "plain": [*PLAIN]}
    expected = modes[mode]

    found = preferences(customer_text(of, situation))

    assert found == (expected if (stored or intended) == 1 else expected[::-1])


@pytest.mark.parametrize(("active", "followed"), list(product((1, 2), (1, 2))))
def test_a_following_customer_announces_what_it_was_seen_to_choose_and_no_other_end_changes(
    active: int, followed: int
) -> None:
    without = Situation(active={"seoul": active})
    steered = replace(without, followed={"seoul": followed})
    of = topology({"seoul": ""})
    pinned = topology({"seoul": "mode: pinned"})

    found = preferences(customer_text(of, steered))

    assert found == (FOLLOW if followed == 1 else FOLLOW[::-1])
    assert customer_text(pinned, steered) == customer_text(pinned, without)
    for number in (1, 2):
        assert endpoint_text(of, number, steered) == endpoint_text(of, number, without)


@pytest.mark.parametrize(("intended", "stored"), list(product((1, 2), STORED)))
def test_an_endpoint_tells_both_its_neighbours_whether_its_tunnel_is_active_now(
    intended: int, stored: int | None
) -> None:
    of = topology({"seoul": f"active: {intended}"})
    situation = Situation(active={} if stored is None else {"seoul": stored})

    for number in (1, 2):
        text = endpoint_text(of, number, situation)
        announced = sessions(text)[endpoint_session()].partition("export filter")[2]
        is_active = number == (stored or intended)
        assert f"bgp_med = {ACTIVE_MED if is_active else STANDBY_MED};" in announced
        assert announced.count("bgp_med = ") == 1
        assert f"bgp_med = bgp_med * 2 + {0 if is_active else 1};" in sessions(text)["p_router"]


@pytest.mark.parametrize(("mode", "active"), list(product(("follow", "pinned"), (1, 2))))
def test_a_gateway_prefers_the_other_tunnel_while_one_is_in_maintenance_and_the_customer_is_not_told(
    mode: str, active: int
) -> None:
    of = topology({"seoul": f"mode: {mode}, active: {active}"})
    other = 3 - active
    away = Situation(maintained=frozenset({("seoul", active)}))

    assert [endpoint_text(of, number, away) for number in (1, 2)] == [
        endpoint_text(of, number, Situation(active={"seoul": other})) for number in (1, 2)
    ]
    assert customer_text(of, away) == customer_text(of)
    for unneeded in ({("seoul", other)}, {("seoul", 1), ("seoul", 2)}):
        situation = Situation(maintained=frozenset(unneeded))
        for number in (1, 2):
            assert endpoint_text(of, number, situation) == endpoint_text(of, number)


def test_a_session_that_is_silenced_lets_nothing_pass_either_way_and_no_other_one_changes() -> None:
    of = topology({"seoul": ""})
    silenced = Situation(silenced=frozenset({("seoul", 1)}))

    assert endpoint_text(of, 2, silenced) == endpoint_text(of, 2)
    there, back = (
        sessions(endpoint_text(of, 1, silenced))[endpoint_session()],
        sessions(customer_text(of, silenced))["p_seoul_1"],
    )
    for text in (there, back):
        taken, announced = text.split("export filter")
        assert "reject;" in taken.partition("import filter")[2]
        assert announced.rstrip("} \n;").count("reject;") >= 1
    assert (
        sessions(customer_text(of, silenced))["p_seoul_2"]
        == (sessions(customer_text(of))["p_seoul_2"])
    )


def router_id_of(text: str) -> int:
    (found,) = re.findall(r"^router id 192\.0\.0\.(\d+);", text, flags=re.MULTILINE)
    return int(found)


@pytest.mark.parametrize(("intended", "number"), list(product((1, 2), (1, 2))))
def test_no_stored_decision_changes_a_router_id(intended: int, number: int) -> None:
    """BIRD ends all its sessions when its router id changes, and with them the tunnels' routes."""
    of = topology({"seoul": f"active: {intended}"})
    ids = {
        router_id_of(endpoint_text(of, number, Situation(active=active)))
        for active in ({}, {"seoul": 1}, {"seoul": 2})
    }

    assert len(ids) == 1


@pytest.mark.parametrize("intended", [1, 2])
def test_the_endpoint_that_the_intent_calls_active_has_the_lower_router_id(intended: int) -> None:
    of = topology({"seoul": f"active: {intended}"})

    first, second = (router_id_of(endpoint_text(of, number)) for number in (1, 2))
    assert (first < second) is (intended == 1)


def test_no_two_speakers_of_a_full_gateway_share_a_router_id() -> None:
    """Whichever of its tunnels are the active ones, by intent or by decision."""
    of = topology({"seoul": ""})
    (its_gateway,) = of.gateways.values()
    ids = [router_id_of(gateway(of, its_gateway))]
    for connection in range(CONNECTIONS_PER_GATEWAY):
        of = topology({"seoul": f"active: {1 + connection % 2}"})
        seoul = of.connections["seoul"]
        ids += [
            router_id_of(endpoint(of, seoul, tunnel, 2 * connection + index, NOTHING))
            for index, tunnel in enumerate(seoul.tunnels)
        ]

    assert len(set(ids)) == len(ids) == 1 + 2 * CONNECTIONS_PER_GATEWAY


def test_the_stored_decision_of_one_connection_is_no_other_connections() -> None:
    of = topology({"seoul": "", "osaka": ""})
    situation = Situation(active={"osaka": 2})

    assert [active_tunnel(of.connections[name], situation) for name in ("seoul", "osaka")] == [1, 2]
    assert customer_text(of, situation) == customer_text(of)


ENDS = [TunnelEnd.of("seoul", number, side) for number in (1, 2) for side in Side]


@pytest.mark.parametrize("usable", ENDS, ids=lambda end: f"{end.side}-{end.number}")
def test_a_static_route_stands_at_the_usable_end_and_nowhere_else(usable: TunnelEnd) -> None:
    of = topology({"seoul": "routing: static"})
    situation = Situation(usable=frozenset({usable}))

    def routes(text: str) -> set[str]:
        return set(re.findall(r'route \S+ via "(\S+)"', text))

    device = f"seoul-t{usable.number}"
    at_gateway = usable.side == Side.GATEWAY.value
    for number in (1, 2):
        here = at_gateway and number == usable.number
        assert routes(endpoint_text(of, number, situation)) == ({device} if here else set())
    assert routes(customer_text(of, situation)) == (set() if at_gateway else {device})


def test_with_bgp_no_text_depends_on_what_is_usable() -> None:
    """An SA that comes or goes is BGP's and BFD's to notice."""
    of = topology({"seoul": ""})
    situation = Situation(usable=frozenset(ENDS))

    assert customer_text(of, situation) == customer_text(of)
    for number in (1, 2):
        assert endpoint_text(of, number, situation) == endpoint_text(of, number)


def test_a_session_is_found_in_the_text_by_the_name_that_observers_use() -> None:
    of = topology({"seoul": ""})
    connection = of.connections["seoul"]

    assert [*sessions(customer_text(of))] == [
        customer_session(of, connection, tunnel) for tunnel in connection.tunnels
    ]
    assert endpoint_session() in sessions(endpoint_text(of, 1))
