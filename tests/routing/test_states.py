"""Failure states: what they do to which tunnels, and which of them are refused."""

from __future__ import annotations

import pytest

from samepath.model.document import parse
from samepath.model.elements import InvalidElement
from samepath.model.elements import parse as element
from samepath.model.topology import Topology
from samepath.routing import Condition, FailureState, Verdict, check
from samepath.routing.compile import compile_network
from samepath.routing.failing import Affected, affected
from samepath.routing.states import ALL_UP, NotModelled, state_before

DOWN, RETURNED = Condition.DOWN, Condition.RETURNED
TEXT = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}, other: {cidr: 10.9.0.0/16}}
gateways: {dc: {vpc: cloud}, far: {vpc: other, asn: 64999}}
customer_gateways:
  dc: {address: 198.51.100.1}
  hq: {address: 198.51.100.2, asn: 65001, cluster: {}}
sites:
  office: {networks: [192.168.10.0/24], customer_gateways: [dc]}
  plant: {networks: [192.168.20.0/24], customer_gateways: [hq]}
connections:
  seoul: {gateway: dc, customer_gateway: hq}
  busan: {gateway: far, customer_gateway: dc, routing: static}
"""
"""A gateway and a customer gateway have one name, and no tunnel in common."""


@pytest.fixture(scope="module")
def topology() -> Topology:
    return parse(TEXT).topology


def state(*happened: tuple[str, Condition], noticed: bool = True) -> FailureState:
    conditions = tuple((element(name), condition) for name, condition in happened)
    return FailureState(conditions=conditions, noticed=noticed)


def left(topology: Topology, *names: str, noticed: bool = True) -> Affected:
    """What is left when these are down."""
    down = state(*((name, DOWN) for name in names), noticed=noticed)
    return affected(topology, compile_network(topology), down)


@pytest.mark.parametrize("noticed", [True, False])
@pytest.mark.parametrize(
    ("whole", "connection"), [("gw:dc", "seoul"), ("gw:far", "busan"), ("seoul", "seoul")]
)
def test_a_gateway_and_a_connection_that_are_down_take_all_their_tunnels(
    topology: Topology, whole: str, connection: str, *, noticed: bool
) -> None:
    tunnels = (f"{connection}/tunnel{number}" for number in (1, 2))
    assert left(topology, whole, noticed=noticed) == left(topology, *tunnels, noticed=noticed)


@pytest.mark.parametrize(
    ("whole", "site"), [("gw:dc", "plant"), ("gw:far", "office"), ("cgw:dc", "office")]
)
def test_who_shares_a_name_with_what_is_down_is_left_alone(
    topology: Topology, whole: str, site: str
) -> None:
    down = state((whole, DOWN))
    outage = {
        one.pair.site_name
        for one in check(topology, [down]).of(down)
        if one.verdicts == {Verdict.EXPECTED_OUTAGE}
    }
    assert outage == {site}


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("gw:dc/router", DOWN),
        ("gw:dc", RETURNED),
        ("gw:dc", Condition.MAINTENANCE),
        ("seoul", RETURNED),
        ("cgw:dc/router", DOWN),
        ("cgw:dc", Condition.MAINTENANCE),
        ("cgw:hq/member1", Condition.SILENT),
        ("seoul/tunnel1/path", Condition.SILENT),
        ("seoul/tunnel1", Condition.NO_ROUTES),
        ("seoul/tunnel1", Condition.LOSES_TO_VPC),
        ("seoul/tunnel1/endpoint/charon", DOWN),
        ("seoul/tunnel1/endpoint/speaker", DOWN),
        ("seoul/tunnel1/customer/charon", DOWN),
        ("busan/tunnel1/bgp", DOWN),
        ("vpc:cloud", DOWN),
        ("site:plant", DOWN),
        ("node:nuc", DOWN),
    ],
)
def test_what_is_not_modelled_is_refused(
    topology: Topology, name: str, condition: Condition
) -> None:
    told = f"{name} {condition.value}"
    with pytest.raises(NotModelled, match=told.replace("(", r"\(").replace(")", r"\)")):
        check(topology, [state(("seoul/tunnel1", DOWN), (name, condition))])


@pytest.mark.parametrize("name", ["cgw:nobody", "gw:hq", "tokyo/tunnel1", "cgw:dc/member1"])
def test_what_is_not_there_is_refused(topology: Topology, name: str) -> None:
    with pytest.raises(InvalidElement, match=name):
        check(topology, [state((name, DOWN))])


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ((("seoul/tunnel1", DOWN),), ()),
        ((("seoul/tunnel1", RETURNED),), (("seoul/tunnel1", DOWN),)),
        (
            (("seoul/tunnel1", Condition.MAINTENANCE), ("seoul/tunnel1/endpoint", DOWN)),
            (("seoul/tunnel1", Condition.MAINTENANCE),),
        ),
        ((("cgw:hq/lan", DOWN), ("cgw:hq/member1", DOWN)), (("cgw:hq/lan", DOWN),)),
        ((("seoul/tunnel1", DOWN), ("busan/tunnel1", DOWN)), ()),
    ],
)
def test_before_a_state_the_last_that_happened_to_each_connection_and_gateway_had_not(
    now: tuple[tuple[str, Condition], ...], before: tuple[tuple[str, Condition], ...]
) -> None:
    assert state_before(state(*now)) == (state(*before) if before else ALL_UP)
