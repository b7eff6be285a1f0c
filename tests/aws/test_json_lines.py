"""Each value of a JSON text is found on its line."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from samepath.aws.json_lines import LONGEST_TEXT, line_of, lines
from samepath.model.problems import below

TEXT = """\
{
  "VpnConnections": [
    {"VpnConnectionId": "vpn-1",
     "Tags": [], "State": "a\\"}],\\n"},
    {
      "odd key": {"x": [1,
        true, null]}
    }
  ]
}
"""


def test_each_value_is_on_its_line() -> None:
    assert lines(TEXT) == {
        "": 1,
        "VpnConnections": 2,
        "VpnConnections[0]": 3,
        "VpnConnections[0].VpnConnectionId": 3,
        "VpnConnections[0].Tags": 4,
        "VpnConnections[0].State": 4,
        "VpnConnections[1]": 5,
        'VpnConnections[1]["odd key"]': 6,
        'VpnConnections[1]["odd key"].x': 6,
        'VpnConnections[1]["odd key"].x[0]': 6,
        'VpnConnections[1]["odd key"].x[1]': 7,
        'VpnConnections[1]["odd key"].x[2]': 7,
    }


def test_what_is_not_there_is_where_it_would_be() -> None:
    found = lines(TEXT)
    assert line_of(found, "VpnConnections[1].State") == 5
    assert line_of(found, "aws_vpn_connection.main") is None
    assert line_of(found, "") is None
    assert lines(" " * LONGEST_TEXT + "1") == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text('ab[]." \\\n', max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


def paths(value: Any, path: str = "") -> set[str]:  # noqa: ANN401 - JSON
    """The paths of all values in a value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return {path}.union(*(paths(one, below(path, key)) for key, one in inner))


@given(VALUES, st.sampled_from([None, 1]))
def test_every_path_has_a_line(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    found = lines(text)
    assert set(found) == paths(value)
    assert set(found.values()) <= set(range(1, text.count("\n") + 2))
