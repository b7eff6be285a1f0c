"""What bgpd says in JSON, from text to values, and what is refused as not understood."""

from __future__ import annotations

import json
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.drivers.errors import NotUnderstood
from samepath.drivers.frr_output import Neighbour, parse_neighbours, parse_received

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
    with pytest.raises(NotUnderstood, match="bgpd"):
        parse_neighbours(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(told=json_values)
def test_whatever_a_stranger_answers_is_read_or_not_understood(told: object) -> None:
    for parse in (parse_neighbours, parse_received):
        with suppress(NotUnderstood):
            assert parse(json.dumps(told)) is not None
