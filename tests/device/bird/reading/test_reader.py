"""BIRD, read: a golden file, what a filter does, and that any text is read."""

from __future__ import annotations

import subprocess
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device import told
from tests.device.bird import speakers as made
from tests.device.frr.reading.test_laws import near

from samepath.cli.device.lines import lines
from samepath.device.bird.policy import filter_lines
from samepath.device.bird.reading import reader
from samepath.device.reading.configuration import DeviceConfiguration, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Source
from samepath.device.reading.support import State
from samepath.model.policy import Disposition, Policy, Term
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

GOLDEN = Path(__file__).parent / "golden"
WHOLE = (GOLDEN / "two-tunnels.conf").read_text()
CHAIN = "if net = 10.0.0.0/8 then { } else if net = 11.0.0.0/8 then { }"
NESTED = "if net ~ [10.0.0.0/8+] then if net = 10.0.0.0/9 then reject;"


def read(text: str) -> DeviceConfiguration:
    return reader.read([Source(name="bird.conf", text=text)])


def session(channel: str, before: str = "") -> Neighbour:
    text = (
        f"{before}\nprotocol bgp x {{ local as 65000; neighbor 10.0.0.1 as 65001;\n"
        f"ipv4 {{ {channel} }}; }}"
    )
    (found,) = read(text).bgps[0].neighbours
    return found


def imports(body: str, before: str = "") -> AppliedPolicy:
    found = session(f"import filter {{ {body} }};", before).imports
    assert found is not None
    return found


def taken(policy: Policy, prefix: str, *communities: str) -> Route | None:
    route = Route(
        prefix=IPv4Network(prefix),
        source=Origin.EBGP,
        session="x",
        communities=frozenset(communities),
    )
    return apply(policy, route, 65000).route


def test_what_is_understood() -> None:
    found = reader.read([Source(name="two-tunnels.conf", text=WHOLE)])

    told.check(found, "two-tunnels.conf", GOLDEN / "two-tunnels.txt")


def test_bird_takes_the_file_that_is_read() -> None:
    done = subprocess.run(
        ["/usr/sbin/bird", "-p", "-c", str(GOLDEN / "two-tunnels.conf")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@given(policy=made.policies, data=st.data())
def test_a_policy_that_is_rendered_is_read(policy: Policy, data: st.DataObject) -> None:
    weighs = [one.changes.weight for one in policy.terms if one.changes.weight is not None]
    text = "\n".join([*filter_lines(policy, 65000), "accept;"])
    found = imports(text)
    route = data.draw(near(policy))
    applied = apply(found.policy, route, 65000)

    assert all(weight <= 65435 for weight in weighs)
    assert applied.route == apply(policy, route, 65000).route
    assert not any(term.opaque for term in found.policy.terms)


@pytest.mark.parametrize(
    ("body", "prefix", "passes"),
    [
        ("accept;", "10.0.0.0/8", True),
        ("reject;", "10.0.0.0/8", False),
        ("bgp_med = 5;", "10.0.0.0/8", False),
        ("if net = 10.0.0.0/8 then accept;", "10.0.0.0/8", True),
        ("if net = 10.0.0.0/8 then accept;", "10.0.0.0/9", False),
        ("if net ~ [10.0.0.0/8+] then accept;", "10.1.0.0/16", True),
        ("if net ~ [10.0.0.0/8{16,24}] then accept; else reject;", "10.1.0.0/25", False),
        ("if net = 10.0.0.0/8 then reject; else accept;", "10.0.0.0/9", True),
        ("if net ~ [10.0.0.0/8+] && net ~ [10.0.0.0/16+] then accept;", "10.1.0.0/16", False),
        ("if net ~ [10.0.0.0/16+] || net = 11.0.0.0/8 then accept;", "11.0.0.0/8", True),
        ("if !(net ~ [10.0.0.0/8+]) then accept;", "11.0.0.0/8", True),
        ("if (net !~ [10.0.0.0/8+]) then accept;", "10.0.0.0/8", False),
        ("if net ~ P then { if net = 10.0.0.0/9 then reject; accept; }", "10.0.0.0/9", False),
        ("if net ~ P then { if net = 10.0.0.0/9 then reject; accept; }", "10.0.0.0/10", True),
        ("if false then accept; reject;", "10.0.0.0/8", False),
        ('if true then { print "x"; accept; }', "10.0.0.0/8", True),
        (f"{CHAIN} else accept;", "10.0.0.0/8", False),
        (f"{CHAIN} else accept;", "11.0.0.0/8", False),
        (f"{CHAIN} else accept;", "12.0.0.0/8", True),
        (f"{NESTED} else accept;", "10.0.0.0/9", False),
        (f"{NESTED} else accept;", "10.1.0.0/16", True),
        (f"{NESTED} else accept;", "11.0.0.0/8", False),
        (f"{NESTED} else reject; else accept;", "11.0.0.0/8", True),
        ("if net = 10.0.0.0/8 || true && false then accept;", "10.0.0.0/8", False),
        (
            "if net = 10.0.0.0/8 || net = 11.0.0.0/8 && net ~ [11.0.0.0/8+] then accept;",
            "10.0.0.0/8",
            False,
        ),
    ],
)
def test_which_routes_a_filter_lets_pass(body: str, prefix: str, *, passes: bool) -> None:
    policy = imports(body, "define P = [ 10.0.0.0/8+ ];").policy

    assert (taken(policy, prefix) is not None) is passes
    assert all(term.opaque == () for term in policy.terms)


@pytest.mark.parametrize(
    "body",
    [
        "if source = RTS_STATIC then reject; accept;",
        "if bgp_path.len > 3 then reject; accept;",
        "helper(); accept;",
        "unset(bgp_med); accept;",
        "case net.len { 8: accept; else: reject; }",
        "if net ~ UNDEFINED then accept; reject;",
        "bgp_path.prepend(65001); accept;",
    ],
)
def test_what_is_not_modelled_is_told(body: str) -> None:
    policy = imports(body).policy

    assert any(term.opaque for term in policy.terms)


def test_a_session_without_a_policy_has_none() -> None:
    found = session("")

    assert (found.imports, found.exports) == (None, None)


def test_a_filter_that_is_not_there_is_a_contradiction() -> None:
    text = "protocol bgp x { local as 1; neighbor 10.0.0.1 as 2;\nipv4 { import filter none_such;\n}; }"
    found = read(text)

    assert [one.mark.state for one in found.support.doubts()] == [State.CONTRADICTORY]
    imported = found.bgps[0].neighbours[0].imports
    assert imported is not None
    assert imported.policy.terms == (Term(disposition=Disposition.REJECT),)


def test_a_remark_is_no_configuration() -> None:
    found = session("import all; # export all;\n /* export all; */ export none;")

    assert found.exports is not None
    assert found.exports.policy.terms[0].disposition is Disposition.REJECT


_WORDS = (
    *("protocol", "bgp", "x", "{", "}", ";", "local", "as", "65000", "neighbor", "10.0.0.1"),
    *("ipv4", "import", "export", "filter", "where", "all", "if", "then", "else", "accept"),
    *("net", "~", "[", "]", "10.0.0.0/8+", ",", "&&", "||", "!", "(", ")", "reject", "define"),
    *("template", "from", "static", "route", "via", "kernel", "merge", "paths", "router", "id"),
    *("bgp_community", "=", "\n", "#", '"', "case", "from x", "/*"),
)


@given(text=st.lists(st.sampled_from(_WORDS), max_size=60).map(" ".join) | st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    list(lines(read(text), "x"))


@given(cut=st.integers(0, len(WHOLE)), put=st.sampled_from(_WORDS))
def test_a_spoilt_file_can_be_read(cut: int, put: str) -> None:
    list(lines(read(WHOLE[:cut] + put + WHOLE[cut + 3 :]), "x"))
