"""What an FRR says in JSON, from text to values, and what is refused as not understood."""

from __future__ import annotations

import json
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.drivers.errors import NotUnderstood
from samepath.drivers.frr_output import (
    Neighbour,
    parse_neighbours,
    parse_received,
    parse_static_devices,
)

GOLDEN = Path(__file__).parent / "golden"


def test_real_neighbours_are_read() -> None:
    """Two of a customer gateway's, as FRR 8.4.4 printed them: the second's tunnel was cut."""
    assert parse_neighbours((GOLDEN / "frr-neighbours.json").read_text()) == (
        Neighbour(
            address=IPv4Address("169.254.10.1"),
            state="Established",
            uptime=3,
            accepted=1,
            bfd="Up",
        ),
        Neighbour(
            address=IPv4Address("169.254.10.5"),
            state="Connect",
            bfd="Down",
            last_error="Waiting for peer OPEN",
        ),
    )


def test_received_routes_are_counted() -> None:
    assert parse_received('{"receivedRoutes": {}, "totalPrefixCounter": 7}') == 7
    assert parse_received("{}") == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "% Unknown command",
        "[]",
        '{"somebody": {"bgpState": "Idle"}}',
        '{"192.0.2.1": {}}',
        '{"192.0.2.1": {"bgpState": 5}}',
        '{"192.0.2.1": {"bgpState": "Established", "bgpTimerUpMsec": "long"}}',
    ],
)
def test_what_has_another_form_is_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r"bgpd|FRR"):
        parse_neighbours(text)


def test_static_routes_lead_into_devices_also_those_that_are_not_the_best() -> None:
    """Two of a customer gateway's, as FRR 8.4.4 printed them."""
    text = (GOLDEN / "frr-static-routes.json").read_text()
    assert parse_static_devices(text) == ("seoul-t2", "seoul-t1")
    assert parse_static_devices(text.replace('"active":true', '"active":false')) == ()
    assert parse_static_devices("{}") == ()


@pytest.mark.parametrize("text", ["", "[]", '{"10.0.0.0/16": {}}'])
def test_routes_of_another_form_are_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood, match=r"FRR|zebra"):
        parse_static_devices(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(told=json_values)
def test_whatever_a_stranger_answers_is_read_or_not_understood(told: object) -> None:
    for parse in (parse_neighbours, parse_received):
        with suppress(NotUnderstood):
            assert parse(json.dumps(told)) is not None
