"""The expectation of whole designs: by hand, against every state, and the laws of redundancy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import chain, combinations
from math import prod
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: the same timeline every time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routing.generated import Document, documents
from tests.routing.topologies import TWO_GATEWAYS

from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.model.topology import Topology
from samepath.routing.availability.components import Component, design_of, tunnels_left
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.expectation import (
    Cause,
    Expectation,
    TooMuchWork,
    expect,
)
from samepath.routing.availability.figures import (
    ComponentKind,
    Figure,
    Figures,
    Maintenance,
)
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.prospects import LOST
from samepath.routing.states import Condition, FailureState, joined, remembered, with_histories
from samepath.routing.verdict import analyse_naively

EXAMPLES = Path(__file__).parents[3] / "examples"
FEWER = settings(deadline=None, max_examples=settings().max_examples // 3)
HOUR = timedelta(hours=1)
KINDS = list(ComponentKind)


def example(name: str) -> Topology:
    return parse((EXAMPLES / f"{name}.yaml").read_text()).topology


GOOD, CROSSED = example("active-standby"), example("asymmetric-drop")
VRRP = parse(
    TWO_GATEWAYS.replace(
        "customer_gateways: [fw1, fw2]",
        "customer_gateways: [fw1, fw2], vrrp: {tracks: tunnels}, ibgp: true, state_sync: true",
    )
).topology


def figure(
    unavailability: float,
    *,
    beta: float = 0.0,
    units: int = 1,
    maintenance: Maintenance | None = None,
) -> Figure:
    return Figure(
        unavailability=unavailability,
        mttr=HOUR,
        beta=beta,
        units=units,
        maintenance=maintenance,
    )


def figures(**some: Figure) -> Figures:
    return Figures(kinds={ComponentKind(name): one for name, one in some.items()})


def one(topology: Topology, some: Figures, *without: str) -> Expectation:
    (found,) = expect(topology, some, without=[element(name) for name in without])
    return found


def unavailable(topology: Topology, some: Figures, *without: str) -> float:
    found = one(topology, some, *without).unavailability
    assert found.high == pytest.approx(found.low, rel=1e-3)
    return found.high


# ----------------------------------------------------------------------------------------- by hand


def test_two_tunnels_by_hand() -> None:
    """Independent: u squared. With beta: beta u, and of the rest what is left of each, squared."""
    assert unavailable(GOOD, figures(tunnel_endpoint=figure(0.1))) == pytest.approx(0.01)
    alone = 0.08 / 0.98
    assert unavailable(GOOD, figures(tunnel_endpoint=figure(0.1, beta=0.2))) == pytest.approx(
        0.02 + 0.98 * alone**2
    )


def test_one_tunnel_is_down_for_what_its_figure_says_whatever_beta() -> None:
    some = figures(tunnel_endpoint=figure(0.1, beta=0.2))
    assert unavailable(GOOD, some, "seoul/tunnel2") == pytest.approx(0.1)


def test_what_everything_passes_is_in_series() -> None:
    some = figures(
        gateway=figure(0.01),
        outside_path=figure(0.02, beta=0.5),
        customer_gateway=figure(0.03, beta=0.5),
        customer_lan=figure(0.04, beta=0.5),
        power=figure(0.05, beta=0.5),
        configuration=figure(0.06, beta=0.5),
    )
    assert unavailable(GOOD, some) == pytest.approx(1 - 0.99 * 0.98 * 0.97 * 0.96 * 0.95 * 0.94)


def test_an_asymmetric_drop_with_all_up_is_an_outage_that_a_failure_ends() -> None:
    """Both tunnels up: dropped. One down: both directions share the other one."""
    found = one(CROSSED, figures(tunnel_endpoint=figure(0.1)))
    by_hand = 0.9**2 + 0.1**2

    assert found.unavailability.high == pytest.approx(by_hand)
    assert found.because_of(Cause.ALL_UP).high == pytest.approx(0.81)
    assert found.contributions[0].what == "all up"


def test_two_customer_gateways_with_one_power_feed_and_with_two() -> None:
    apart = unavailable(VRRP, figures(power=figure(0.01, beta=0.0)))
    shared = unavailable(VRRP, figures(power=figure(0.01, beta=1.0)))

    assert apart == pytest.approx(0.0001)
    assert shared == pytest.approx(0.01)


def test_the_hosts_of_a_site_that_send_to_one_device_for_ever_gain_nothing_by_a_second() -> None:
    """As predicted: with fw1 dead they have no router."""
    two = example("two-customer-gateways")
    some = figures(customer_gateway=figure(0.01))

    assert unavailable(two, some) == pytest.approx(0.01)
    found = one(two, some).contributions[0]
    assert found.what == "cgw:fw1 customer gateway"


def test_what_nobody_knows_is_a_range() -> None:
    """Which of two equal connections the gateway takes decides whether packets are dropped."""
    found = one(parse(TWO_GATEWAYS).topology, figures(gateway=figure(0.1)))

    assert found.unavailability.low == pytest.approx(0.1)
    assert found.unavailability.high == pytest.approx(1.0)


def test_contributions_add_up_and_the_largest_is_first() -> None:
    some = figures(
        tunnel_endpoint=figure(0.1, beta=0.2, maintenance=Maintenance(per_year=4, lasts=HOUR)),
        gateway=figure(0.01),
        customer_gateway=figure(0.002, beta=0.1),
    )
    found = one(GOOD, some)
    shares = [each.share.high for each in found.contributions if each.cause is not Cause.UNSEEN]

    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + found.unseen == pytest.approx(found.unavailability.high)
    assert sum(found.because_of(cause).high for cause in Cause) == pytest.approx(
        found.unavailability.high
    )


# -------------------------------------------------------------------------------------- planned work


def test_planned_work_on_the_only_device_is_an_outage_of_that_long() -> None:
    work = Maintenance(per_year=6, lasts=2 * HOUR)
    some = figures(customer_gateway=figure(0.0, beta=0.1, maintenance=work))
    found = one(GOOD, some)

    assert found.unavailability.high == pytest.approx(12 * HOUR / YEAR)
    assert found.because_of(Cause.PLANNED).high == found.unavailability.high


def test_planned_work_on_a_tunnel_costs_what_the_other_one_fails_meanwhile() -> None:
    work = Maintenance(per_year=10, lasts=10 * HOUR)
    some = figures(tunnel_endpoint=figure(0.1, maintenance=work))
    share = 2 * 100 * HOUR / YEAR
    found = one(GOOD, some)

    assert found.unavailability.high == pytest.approx((1 - share) * 0.01 + share * 0.1)
    assert found.because_of(Cause.PLANNED).high == pytest.approx(share * 0.1)


def test_what_would_have_failed_anyway_is_not_blamed_on_the_work() -> None:
    work = Maintenance(per_year=10, lasts=10 * HOUR)
    some = figures(tunnel_endpoint=figure(0.0, maintenance=work), gateway=figure(0.1))
    found = one(GOOD, some)

    assert found.because_of(Cause.PLANNED).high == 0
    assert found.because_of(Cause.FAILURE).high == pytest.approx(0.1)


def test_a_cluster_is_worked_on_unit_by_unit() -> None:
    work = Maintenance(per_year=5, lasts=10 * HOUR)
    some = figures(customer_gateway=figure(0.1, units=2, maintenance=work))
    share = 2 * 50 * HOUR / YEAR

    assert unavailable(GOOD, some) == pytest.approx((1 - share) * 0.01 + share * 0.1)


def test_more_work_than_there_is_time_is_refused() -> None:
    work = Maintenance(per_year=400, lasts=20 * HOUR)
    with pytest.raises(TooMuchWork, match="more time than there is"):
        one(GOOD, figures(tunnel_endpoint=figure(0.1, maintenance=work)))


# ----------------------------------------------------------------------- against every single state

unavailabilities = st.sampled_from([0.0, 0.003, 0.05, 0.2])
betas = st.sampled_from([0.0, 0.1, 0.5, 1.0])
any_figures = st.fixed_dictionaries(
    {},
    optional={
        kind: st.builds(lambda u, beta: figure(u, beta=beta), unavailabilities, betas)
        for kind in KINDS
    },
)


def naive(topology: Topology, some: Figures) -> Mapping[str, Range]:
    """The outage of each pair: the sum over all states, each worked out by itself."""
    components = list(design_of(topology, some).components)
    states = {
        down: _state(topology, down)
        for down in chain.from_iterable(
            combinations(components, count) for count in range(len(components) + 1)
        )
    }
    returned = remembered(topology)
    wanted = {
        each for state in states.values() for each in with_histories(topology, state, returned)
    }
    lost: dict[tuple[str, FailureState], list[bool]] = {}
    for told in analyse_naively(topology, wanted):
        lost[str(told.pair), told.state] = [verdict in LOST for verdict in told.verdicts]
    found: dict[str, Range] = {}
    for pair in {pair for pair, _ in lost}:
        low = high = 0.0
        for down, state in states.items():
            probability = prod(
                each.unavailability if each in down else 1 - each.unavailability
                for each in components
            )
            possible = [
                answer
                for each in with_histories(topology, state, returned)
                for answer in lost[pair, each]
            ]
            low += probability * all(possible)
            high += probability * any(possible)
        found[pair] = Range(low=low, high=high)
    return found


def _state(topology: Topology, down: tuple[Component, ...]) -> FailureState:
    elements = [each for component in down for each in component.elements]
    return joined(
        topology,
        [
            (part, Condition.DOWN)
            for each in elements
            for part in (tunnels_left(topology, each) if str(each).startswith("gw:") else [each])
        ],
    )


def agrees(topology: Topology, some: Figures) -> None:
    exact = naive(topology, some)
    for found in expect(topology, some):
        true = exact[str(found.outlook.pair)]
        lowest, highest = found.unavailability.low, found.unavailability.high
        assert lowest <= true.low * (1 + 1e-9) + 1e-12
        assert true.high <= highest * (1 + 1e-9) + 1e-12
        assert true.low - lowest <= found.unseen + 1e-12
        assert highest - true.high <= found.unseen + 1e-12


def parsed(document: Document) -> Topology:
    import json  # noqa: PLC0415 - JSON is YAML

    return parse(json.dumps(document)).topology


@FEWER
@given(documents(count=1), any_figures)
def test_of_one_connection_it_is_what_every_state_says(
    document: Document, some: Mapping[ComponentKind, Figure]
) -> None:
    agrees(parsed(document), Figures(kinds=some))


@settings(deadline=None, max_examples=max(settings().max_examples // 12, 3))
@given(documents(count=2), st.sampled_from(KINDS), st.sampled_from(KINDS), betas)
def test_of_two_connections_it_is_what_every_state_says(
    document: Document, kind: ComponentKind, other: ComponentKind, beta: float
) -> None:
    some = {each: figure(0.1, beta=beta) for each in (kind, other)}
    agrees(parsed(document), Figures(kinds=some))


# -------------------------------------------------------------------------------------------- laws


@given(any_figures)
@FEWER
def test_a_second_tunnel_never_lowers_availability_where_both_ends_follow(
    some: Mapping[ComponentKind, Figure],
) -> None:
    two, single = (
        one(GOOD, Figures(kinds=some), *without).unavailability
        for without in ((), ("seoul/tunnel2",))
    )
    assert two.high <= single.high + 1e-12


@given(any_figures)
@FEWER
def test_a_second_customer_gateway_never_lowers_availability_where_hosts_follow_it(
    some: Mapping[ComponentKind, Figure],
) -> None:
    two, single = (
        one(GOOD_PAIR, Figures(kinds=some), *without).unavailability
        for without in ((), ("cgw:fw2",))
    )
    assert two.low <= single.high + 1e-12


GOOD_PAIR = parse(
    TWO_GATEWAYS.replace(
        "customer_gateways: [fw1, fw2]",
        "customer_gateways: [fw1, fw2], vrrp: {tracks: tunnels}, ibgp: true, state_sync: true",
    ).replace("firewall: device", "firewall: stateless")
).topology


@given(st.floats(0.0, 0.5), betas, st.integers(1, 4))
@FEWER
def test_a_further_unit_never_lowers_availability(
    unavailability: float, beta: float, units: int
) -> None:
    fewer, more = (
        unavailable(
            GOOD,
            figures(customer_gateway=figure(unavailability, beta=beta, units=count)),
        )
        for count in (units, units + 1)
    )
    assert more <= fewer + 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_with_beta_1_redundancy_is_worth_nothing(kind: ComponentKind) -> None:
    shared = Figures(kinds={kind: figure(0.05, beta=1.0)})

    assert unavailable(GOOD_PAIR, shared) == pytest.approx(0.05)
    single = replace(shared.kinds[kind], beta=0.0)
    assert unavailable(
        GOOD_PAIR, Figures(kinds={kind: single}), "cgw:fw2", "one/tunnel2"
    ) == pytest.approx(0.05)


# ------------------------------------------------------------------------------ against a timeline


def test_it_is_what_a_long_timeline_shows() -> None:
    """Two tunnels that share a cause, and a gateway, as they fail and are repaired one by one."""
    chance = Random(1)
    some = figures(tunnel_endpoint=figure(0.2, beta=0.3), gateway=figure(0.05))
    rates = {each.name: _rates(each) for each in design_of(GOOD, some).components}
    due = {name: chance.expovariate(fails) for name, (fails, _) in rates.items()}
    down: set[str] = set()
    out = now = 0.0
    switched = 0
    while now < 50_000:
        name = min(due, key=lambda each: due[each])
        out += (due[name] - now) * _is_lost(down)
        now = due[name]
        switched += not down and name == TUNNEL_1
        down ^= {name}
        due[name] = now + chance.expovariate(rates[name][name in down])

    found = one(GOOD, some)
    (told,) = [each for each in found.uncounted if each.into == "seoul/tunnel1 down"]
    assert found.unavailability.high == pytest.approx(out / now, rel=0.05)
    assert told.per_year == pytest.approx(switched / now * (YEAR / HOUR), rel=0.05)


TUNNEL_1, TUNNEL_2 = (f"seoul/tunnel{number} tunnel endpoint" for number in (1, 2))


def _rates(component: Component) -> tuple[float, float]:
    """How often an hour it fails while it works, and is repaired while it is down."""
    assert component.down is not None
    repaired = 3600 / component.down
    u = component.unavailability
    return u / (1 - u) * repaired, repaired


def _is_lost(down: set[str]) -> bool:
    both = {TUNNEL_1, TUNNEL_2}
    return both <= down or bool(down - both)
