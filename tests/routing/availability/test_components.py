"""Components: what a figure is split into, and what a design has of each kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.model.topology import Cluster, Topology
from samepath.routing.availability.components import Component, design_of, in_service, split
from samepath.routing.availability.figures import ComponentKind, Figure, Figures

TWO = parse(TWO_GATEWAYS).topology
HOUR = timedelta(hours=1)
shares = st.floats(0.0, 0.9)
betas = st.floats(0.0, 1.0)


def figure(unavailability: float = 0.01, beta: float = 0.1, units: int = 1) -> Figure:
    return Figure(unavailability=unavailability, mttr=HOUR, beta=beta, units=units)


def components(
    kind: ComponentKind, figure: Figure, *without: str, topology: Topology = TWO
) -> dict[str, Component]:
    found = design_of(topology, Figures(kinds={kind: figure}), [element(one) for one in without])
    return {one.name: one for one in found.components}


@given(shares, betas, st.integers(2, 8))
def test_a_unit_taken_for_itself_is_down_for_what_its_figure_says(
    unavailability: float, beta: float, group: int
) -> None:
    common, own = split(figure(unavailability, beta), group)

    assert 1 - (1 - common) * (1 - own) == pytest.approx(unavailability)
    assert common == pytest.approx(beta * unavailability)


@given(shares, betas)
def test_two_units_are_down_together_by_hand(unavailability: float, beta: float) -> None:
    """NUREG/CR-5485: beta u, and of the rest the square of what is left of each."""
    common, own = split(figure(unavailability, beta), 2)
    together = common + (1 - common) * own**2

    alone = (1 - beta) * unavailability / (1 - beta * unavailability)
    assert together == pytest.approx(beta * unavailability + (1 - beta * unavailability) * alone**2)
    assert beta * unavailability - 1e-15 <= together <= unavailability + 1e-15


def test_the_ends_of_beta() -> None:
    assert split(figure(0.25, 1.0), 2) == (0.25, 0.0)
    assert split(figure(0.25, 0.0), 2) == (0.0, 0.25)
    assert split(figure(0.25, 0.5), 1) == (0.0, 0.25)


def test_tunnels_of_a_gateway_share_a_cause_and_a_single_one_shares_none() -> None:
    every = components(ComponentKind.TUNNEL_ENDPOINT, figure())
    assert set(every) == {
        "one/tunnel1 tunnel endpoint",
        "one/tunnel2 tunnel endpoint",
        "two/tunnel1 tunnel endpoint",
        "two/tunnel2 tunnel endpoint",
        "every tunnel endpoint of gw:vgw (shared)",
    }
    shared = every["every tunnel endpoint of gw:vgw (shared)"]
    assert len(shared.elements) == 4
    assert shared.unavailability == pytest.approx(0.001)

    one = components(ComponentKind.TUNNEL_ENDPOINT, figure(), "cgw:fw2", "one/tunnel2")
    assert {name: it.unavailability for name, it in one.items()} == {
        "one/tunnel1 tunnel endpoint": 0.01
    }


@pytest.mark.parametrize("kind", [ComponentKind.POWER, ComponentKind.CONFIGURATION])
def test_what_feeds_a_device_takes_it_down(kind: ComponentKind) -> None:
    found = components(kind, figure(beta=1.0))

    (shared,) = found.values()
    assert [str(one) for one in shared.elements] == ["cgw:fw1", "cgw:fw2"]
    assert shared.unavailability == 0.01


def test_customer_gateways_without_a_common_site_share_nothing() -> None:
    apart = TWO_GATEWAYS.replace(
        "sites: {office: {networks: [192.168.10.0/24], customer_gateways: [fw1, fw2]}}",
        "sites:\n"
        "  north: {networks: [192.168.10.0/24], customer_gateways: [fw1]}\n"
        "  south: {networks: [192.168.20.0/24], customer_gateways: [fw2]}",
    )
    found = components(ComponentKind.POWER, figure(beta=1.0), topology=parse(apart).topology)

    assert set(found) == {"cgw:fw1 power", "cgw:fw2 power"}


def test_a_cluster_is_down_when_its_units_are() -> None:
    found = components(ComponentKind.CUSTOMER_GATEWAY, figure(0.01, 0.2, units=2), "cgw:fw2")
    own = found["cgw:fw1 customer gateway"]
    shared = found["both units of cgw:fw1 customer gateway (shared)"]

    unit = 0.8 * 0.01 / (1 - 0.2 * 0.01)
    assert own.unavailability == pytest.approx(unit**2)
    assert own.down == 1800
    assert shared.unavailability == pytest.approx(0.002)
    # Each of two units fails unit / MTTR times, and that matters while the other one is down.
    assert own.frequency == pytest.approx(2 * (unit / 3600) * unit)


def test_a_customer_gateway_that_the_file_makes_two_machines_has_two_units() -> None:
    whole = TWO.customer_gateways
    clustered = replace(
        TWO,
        customer_gateways={**whole, "fw1": replace(whole["fw1"], cluster=Cluster())},
    )
    kind = ComponentKind.CUSTOMER_GATEWAY
    by_file = components(kind, figure(), "cgw:fw2", topology=clustered)
    assert by_file == components(kind, figure(units=2), "cgw:fw2")
    # The other one is a machine alone, and three stand in for each other.
    both = components(kind, figure(beta=0.0), topology=clustered)
    assert both["cgw:fw1 customer gateway"].units == 2
    assert both["cgw:fw2 customer gateway"].units == 1


def test_a_unit_out_of_service_leaves_the_others_and_the_last_one_none() -> None:
    design = design_of(
        TWO,
        Figures(kinds={ComponentKind.CUSTOMER_GATEWAY: figure(0.01, 0.0, units=2)}),
        [element("cgw:fw2")],
    )
    (member,) = design.members

    def left(units: int) -> float:
        return 1 - prod(
            1 - one.unavailability for one in in_service(design, member, units).components
        )

    assert left(2) == pytest.approx(0.0001)
    assert left(1) == pytest.approx(0.01)
    assert left(0) == 0
