"""Laws of the reader: rubbish is refused and never breaks it; what it should read it reads."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samepath.model import keys
from samepath.model.document import InvalidDocument, parse
from samepath.model.fields import Record
from samepath.model.limits import INSIDE_RESERVED
from samepath.model.tunnel_keys import TUNNEL

WORDS = sorted(
    {
        *(
            key
            for record in (keys.FILE, keys.VPC, keys.SITE, keys.CONNECTION)
            for key in record.fields
        ),
        *TUNNEL.fields,
        *("generated", "10.0.0.0/16", "169.254.0.0/30", "9s", "true", "~", "1e99", "-1", "<<"),
    }
)
SYNTAX = (
    ": ",
    "\n",
    "\n  ",
    "\n    - ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "- ",
    "&a ",
    "*a",
    "!!int ",
    '"',
    "'",
    "\t",
    "|",
    ">",
    "#",
    "%",
    "---\n",
    "? ",
    "\\U0fffffff",
    "\x00",
    "\ufeff",
)

soup = st.lists(st.sampled_from((*WORDS, *SYNTAX)), max_size=60).map("".join)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(WORDS),
    st.timedeltas().map(str),
    st.ip_addresses(v=4).map(str),
)
shapes = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), inner, max_size=5),
    ),
    max_leaves=25,
)


def shaped_like(record: Record) -> st.SearchStrategy[dict[str, object]]:
    """Mappings with the keys of ``record`` and anything under them."""
    values = {
        field.key: shapes if (inner := field.kind.inner()) is None else deeper(field.key, inner)
        for field in record
    }
    return st.fixed_dictionaries({}, optional=values)


def deeper(key: str, record: Record) -> st.SearchStrategy[object]:
    inner = st.deferred(lambda: shaped_like(record))
    named = st.dictionaries(st.sampled_from(("main", "seoul", "dc")), inner, max_size=2)
    return st.one_of(shapes, inner, named if key.endswith("s") else st.lists(inner, max_size=2))


def never_breaks(text: str) -> None:
    """Read ``text``: a topology, or problems that can be printed, and nothing else."""
    try:
        problems = parse(text).warnings()
    except InvalidDocument as error:
        problems = error.problems
        if not problems:
            pytest.fail("refused without a reason")
    assert all(problem.render("f").isprintable() for problem in problems)


def test_control_characters_of_a_name_do_not_reach_a_terminal() -> None:
    never_breaks('samepath: 1\nvpcs: {a: {}, "\\e[2J": {}}\n')


@given(text=st.one_of(st.text(), soup, st.binary().map(lambda raw: raw.decode("latin-1"))))
@example(text="")
@example(text="\ud800")
@example(text="[" * 5000)
@example(text="- " * 5000)
@example(text="a: &a [*a]")
@example(text="!<%C3%28> a")
@example(text="samepath: 1\n" + "".join(f"k{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(30)))
@example(text="samepath: " + "9" * 5000)
def test_rubbish_is_refused_and_breaks_nothing(text: str) -> None:
    never_breaks(text)


@given(value=st.one_of(shapes, shaped_like(keys.FILE)))
def test_any_structure_is_read_or_refused(value: object) -> None:
    never_breaks(json.dumps(value))


@given(value=shaped_like(keys.CONNECTION))
def test_any_connection_is_read_or_refused(value: dict[str, object]) -> None:
    never_breaks(json.dumps({**BASE, "connections": {"seoul": value}}))


BASE: dict[str, object] = {
    "samepath": 1,
    "vpcs": {"main": {"cidr": "10.0.0.0/16"}},
    "customer_gateways": {"dc": {"address": "198.51.100.1"}},
    "sites": {"office": {"networks": ["192.168.10.0/24"]}},
}

insides = (
    st.integers(0, 2**14 - 1)
    .map(lambda n: IPv4Network((int(IPv4Address("169.254.0.0")) + 4 * n, 30)))
    .filter(lambda network: network not in INSIDE_RESERVED)
    .map(str)
)
outsides = st.integers(1, 254).map(lambda last: f"192.0.2.{last}")
esp_lifetimes = st.integers(900, 3600)


@st.composite
def connections(draw: st.DrawFn) -> dict[str, object]:
    """Connections that AWS would take."""
    esp = draw(esp_lifetimes)
    pairs = zip(
        draw(st.lists(insides, min_size=2, max_size=2, unique=True)),
        draw(st.lists(outsides, min_size=2, max_size=2, unique=True)),
        strict=True,
    )
    hold = draw(st.integers(3, 65535))
    delay = draw(st.integers(1, 100))
    return {
        "routing": draw(st.sampled_from(("bgp", "static"))),
        "active": draw(st.integers(1, 2)),
        "bgp": {"hold": f"{hold}s", "keepalive": draw(st.integers(1, hold // 3))},
        "tunnel_defaults": {
            "esp": {"lifetime": esp, "groups": draw(st.lists(st.integers(14, 24), max_size=3))},
            "ike": {"lifetime": f"{draw(st.integers(esp + 1, 28800))}s"},
            "rekey": {"margin": draw(st.integers(60, esp // 2))},
            "dpd": {"delay": delay, "timeout": draw(st.integers(max(3, delay + 1), 1000))},
        },
        "tunnels": [{"inside": inside, "outside": outside} for inside, outside in pairs],
    }


@given(wanted=connections())
def test_what_aws_would_take_is_read_as_written(wanted: dict[str, object]) -> None:
    document = parse(json.dumps({**BASE, "connections": {"seoul": wanted}}))
    seoul = document.topology.connections["seoul"]
    assert seoul.routing.value == wanted["routing"]
    assert seoul.active == wanted["active"]
    assert [
        {"inside": str(tunnel.inside), "outside": str(tunnel.outside)} for tunnel in seoul.tunnels
    ] == wanted["tunnels"]
    assert {path for path in document.places if path.endswith("].inside")} == {
        "connections.seoul.tunnels[0].inside",
        "connections.seoul.tunnels[1].inside",
    }
