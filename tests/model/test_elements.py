"""The grammar of element names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.model.document import parse as parse_document
from samepath.model.elements import (
    Element,
    ElementKind,
    InvalidElement,
    all_elements,
    element_called,
    is_of,
    parse,
    resolve,
    try_parse,
    tunnel_called,
)
from samepath.model.topology import Topology

FULL = Path(__file__).parent / "good" / "full.yaml"
names = st.from_regex(r"[a-z][a-z0-9-]{0,62}", fullmatch=True)


@st.composite
def elements(draw: st.DrawFn) -> Element:
    kind = draw(st.sampled_from(ElementKind))
    tunnel = draw(st.integers(1, 2)) if kind.has_tunnel else None
    return Element(kind=kind, name=draw(names), tunnel=tunnel)


@pytest.fixture(scope="module")
def topology() -> Topology:
    return parse_document(FULL.read_text()).topology


@given(element=elements())
def test_a_name_is_read_as_the_element_that_wrote_it(element: Element) -> None:
    assert parse(str(element)) == element


@given(text=st.one_of(st.text(), st.from_regex(r"[a-z:/]{0,8}tunnel[0-9]/?[a-z]*")))
def test_what_is_read_is_written_the_same(text: str) -> None:
    element = try_parse(text)
    assert element is None or str(element) == text


@pytest.mark.parametrize(
    ("text", "kind", "name", "tunnel"),
    [
        ("seoul", ElementKind.CONNECTION, "seoul", None),
        ("seoul/tunnel1", ElementKind.TUNNEL, "seoul", 1),
        ("seoul/tunnel2/path", ElementKind.PATH, "seoul", 2),
        ("seoul/tunnel1/ike", ElementKind.IKE, "seoul", 1),
        ("seoul/tunnel1/esp", ElementKind.ESP, "seoul", 1),
        ("seoul/tunnel1/bgp", ElementKind.BGP, "seoul", 1),
        ("seoul/tunnel1/endpoint", ElementKind.ENDPOINT, "seoul", 1),
        ("seoul/tunnel1/endpoint/charon", ElementKind.ENDPOINT_CHARON, "seoul", 1),
        ("seoul/tunnel1/endpoint/speaker", ElementKind.ENDPOINT_SPEAKER, "seoul", 1),
        ("seoul/tunnel1/customer", ElementKind.CUSTOMER, "seoul", 1),
        ("seoul/tunnel1/customer/charon", ElementKind.CUSTOMER_CHARON, "seoul", 1),
        ("gw:vgw", ElementKind.GATEWAY, "vgw", None),
        ("gw:vgw/router", ElementKind.GATEWAY_ROUTER, "vgw", None),
        ("cgw:dc", ElementKind.CUSTOMER_GATEWAY, "dc", None),
        ("cgw:dc/lan", ElementKind.CUSTOMER_LAN, "dc", None),
        ("cgw:dc/router", ElementKind.CUSTOMER_ROUTER, "dc", None),
        ("vpc:main", ElementKind.VPC, "main", None),
        ("site:office", ElementKind.SITE, "office", None),
        ("host:pc1", ElementKind.HOST, "pc1", None),
        ("node:n1", ElementKind.NODE, "n1", None),
    ],
)
def test_the_grammar(text: str, kind: ElementKind, name: str, tunnel: int | None) -> None:
    assert parse(text) == Element(kind=kind, name=name, tunnel=tunnel)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Seoul",
        "seoul/",
        "seoul/tunnel3",
        "seoul/tunnel1/",
        "seoul/bgp",
        "gw:",
        "cgw:dc/bgp",
        "x:y",
    ],
)
def test_no_element(text: str) -> None:
    assert try_parse(text) is None
    with pytest.raises(InvalidElement, match="is not the name of an element, such as"):
        parse(text)


@pytest.mark.parametrize(
    ("kind", "name", "tunnel"),
    [
        (ElementKind.TUNNEL, "seoul", None),
        (ElementKind.GATEWAY, "vgw", 1),
        (ElementKind.TUNNEL, "seoul", 3),
        (ElementKind.HOST, "a/b", None),
    ],
)
def test_an_element_without_a_name_cannot_be_made(
    kind: ElementKind, name: str, tunnel: int | None
) -> None:
    with pytest.raises(InvalidElement):
        Element(kind=kind, name=name, tunnel=tunnel)


def test_every_element_of_a_topology_resolves_and_has_a_name_of_its_own(
    topology: Topology,
) -> None:
    found = [str(element) for element in all_elements(topology)]
    assert len(found) == len(set(found))
    # 3 connections of 2 tunnels with 10 parts each; 2 gateways, 2 customer gateways, ...
    assert len(found) == 3 * (1 + 2 * 10) + 2 * 2 + 2 * 4 + 2 + 2 + 5
    for text in found:
        resolve(topology, parse(text))


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("seol", "seoul"),
        ("seol/tunnel1/bgp", "seoul/tunnel1/bgp"),
        ("host:pc3", "host:pc1"),
        ("gw:vgw3/router", "gw:vgw2/router"),
    ],
)
def test_an_element_that_is_not_there_names_its_neighbours(
    topology: Topology, text: str, near: str
) -> None:
    with pytest.raises(InvalidElement, match="is not in this topology; did you mean") as caught:
        resolve(topology, parse(text))
    assert near in caught.value.near


def test_an_element_that_is_near_to_nothing_is_told_which_connections_there_are(
    topology: Topology,
) -> None:
    there = ", ".join(topology.connections)
    with pytest.raises(InvalidElement, match=f"topology; its connections are: {there}$"):
        resolve(topology, parse("zzz"))


def test_a_tunnel_is_found_by_its_name(topology: Topology) -> None:
    name = next(iter(topology.connections))
    connection, tunnel = tunnel_called(topology, f"{name}/tunnel2")
    assert (connection, tunnel.number) == (topology.connections[name], 2)


@pytest.mark.parametrize("what", ["{}", "{}/tunnel1/bgp", "{}/tunnel3", "no\nname"])
def test_what_is_no_tunnel_is_refused_with_those_that_there_are(
    topology: Topology, what: str
) -> None:
    name = next(iter(topology.connections))
    with pytest.raises(InvalidElement, match="is no tunnel; there are: ") as raised:
        tunnel_called(topology, what.format(name))
    assert f"{name}/tunnel1, {name}/tunnel2" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "element", "part"),
    [
        ("seoul/tunnel1", "seoul/tunnel1", True),
        ("seoul/tunnel1/esp", "seoul/tunnel1", True),
        ("seoul/tunnel1/endpoint/charon", "seoul", True),
        ("cgw:dc/lan", "cgw:dc", True),
        ("seoul/tunnel1", "seoul/tunnel1/esp", False),
        ("seoul2/tunnel1", "seoul", False),
        ("seoul/tunnel2/esp", "seoul/tunnel1", False),
    ],
)
def test_a_part_is_of_what_it_is_a_part_of(text: str, element: str, part: bool) -> None:
    assert is_of(text, element) is part


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("seoul/tunel1", "seoul/tunnel1"),
        ("seoul/tunnel3", "seoul/tunnel2"),
        ("seoul/tunnel1/endpoint/speker", "seoul/tunnel1/endpoint/speaker"),
        ("seoul/tunnel1/", "seoul/tunnel1"),
        ("SEOUL/tunnel1", "seoul/tunnel1"),
        ("cgw/dc", "cgw:dc"),
        ("soul/tunnel1", "seoul/tunnel1"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(
    topology: Topology, text: str, near: str
) -> None:
    with pytest.raises(InvalidElement, match="did you mean") as refused:
        element_called(topology, text)
    assert refused.value.near[0] == near


def test_what_is_like_no_name_is_told_the_forms(topology: Topology) -> None:
    with pytest.raises(InvalidElement, match="such as seoul, seoul/tunnel1"):
        element_called(topology, "?" * 100_000)
