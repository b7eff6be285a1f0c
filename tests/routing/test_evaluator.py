"""The evaluator against the naive one, which works out every pair in every state by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from benchmarks.fleets import fleet
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routing.fleets import fleets
from tests.routing.topologies import CLOUDHUB, RING

from samepath.model.document import parse
from samepath.model.topology import Connection, Platform, Topology
from samepath.routing.assumption import Assumption, Question
from samepath.routing.evaluator import analyse
from samepath.routing.parts import cut, parts
from samepath.routing.states import ALL_UP, Condition, FailureState, single_states
from samepath.routing.verdict import Judgement, PairInState, analyse_naively, pairs

FEWER = settings(deadline=None, max_examples=settings().max_examples // 3)
"""The naive evaluator takes its time."""

Told = dict[Judgement, frozenset[frozenset[Assumption]]]


def told(one: PairInState, about: frozenset[Question]) -> Told:
    """The outcomes of a pair in a state, with what is assumed of the questions ``about``."""
    return {
        outcome.result: frozenset(
            frozenset(assumed for assumed in because if assumed[0] in about)
            for because in outcome.because
        )
        for outcome in one.outcomes
    }


def questions(one: PairInState) -> frozenset[Question]:
    return frozenset(
        question
        for outcome in one.outcomes
        for because in outcome.because
        for question, _ in because
    )


def equal(fast: Iterable[PairInState], naive: Iterable[PairInState]) -> None:
    """The same pairs, states and outcomes; of assumptions, those that are about the pair's part.

    On the whole network the naive evaluator also asks what other parts depend on.
    """
    for one, other in zip(fast, naive, strict=True):
        assert (one.pair, one.state) == (other.pair, other.state)
        assert told(one, questions(one)) == told(other, questions(one)), (one.pair, one.state)


@settings(FEWER)
@given(it=fleets(customers=2, more=0))
def test_it_says_what_the_naive_evaluator_says_in_every_single_failure(it: Topology) -> None:
    equal(analyse(it), analyse_naively(it, tuple(single_states(it))))


@settings(FEWER)
@given(it=fleets(gateways=1, customers=1, more=0, transit=True))
def test_it_says_what_the_naive_evaluator_says_of_transit_gateways(it: Topology) -> None:
    equal(analyse(it), analyse_naively(it, tuple(single_states(it))))


@settings(FEWER)
@given(it=fleets(), data=st.data())
def test_it_says_what_the_naive_evaluator_says_in_any_two_failures(
    it: Topology, data: st.DataObject
) -> None:
    failures = [one for one in single_states(it) if one != ALL_UP]
    # Of two that have returned the whole network knows which came first, also of two parts.
    lasting = [one for one in failures if one.conditions[-1][1] is not Condition.RETURNED]
    some = data.draw(st.lists(st.sampled_from(failures), max_size=2, unique=True))
    two = data.draw(st.lists(st.sampled_from(lasting), max_size=1)) and data.draw(
        st.lists(st.sampled_from(lasting), min_size=2, max_size=2, unique=True)
    )
    both = FailureState(conditions=tuple(each for one in two for each in one.conditions))
    states = tuple(dict.fromkeys((*some, both)))

    equal(analyse(it, states), analyse_naively(it, states))


@settings(FEWER)
@given(it=fleets(), data=st.data())
def test_what_concerns_a_pair_and_what_happens_elsewhere_are_all_that_there_is(
    it: Topology, data: st.DataObject
) -> None:
    all_of_it = [*single_states(it)]
    states = data.draw(st.lists(st.sampled_from(all_of_it), min_size=1, max_size=9, unique=True))
    found = analyse(it, states)
    concerned = list(found.concerned())
    elsewhere = {one.pair: one for one in found.elsewhere()}
    of = {(one.pair, one.state): one.outcomes for one in concerned}
    every = list(found)

    assert [one for one in every if (one.pair, one.state) in of] == concerned
    others = [one for one in every if (one.pair, one.state) not in of]
    assert all(one.outcomes == elsewhere[one.pair].outcomes for one in others)
    assert Counter(one.pair for one in others) == {
        pair: one.states for pair, one in elsewhere.items()
    }
    for one in others:
        assert one.state != ALL_UP


def test_what_concerns_the_pairs_of_a_fleet_grows_with_it_and_not_with_its_square() -> None:
    small, large = (analyse(fleet(size, 2), single_states(fleet(size, 2))) for size in (20, 40))
    once, twice = (len(list(one.concerned())) for one in (small, large))

    assert len(large) > 3.5 * len(small)
    assert twice < 2.5 * once


@settings(FEWER)
@given(it=fleets(customers=2, more=0), data=st.data())
def test_it_says_what_the_naive_evaluator_says_where_customers_announce_what_lies_over_all_or_in_one(
    it: Topology, data: st.DataObject
) -> None:
    def made(connection: Connection) -> Connection:
        if it.customer_gateways[connection.customer_gateway].platform is Platform.BIRD:
            return connection
        return replace(
            connection,
            tunnels=tuple(
                replace(
                    tunnel,
                    customer_policy=replace(
                        tunnel.customer_policy, default_originate=data.draw(st.booleans())
                    ),
                )
                for tunnel in connection.tunnels
            ),
        )

    prefixes = ("172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8")
    parts_of_one = ("192.168.10.0/25", "192.168.10.128/25", "192.168.10.64/26")
    some = [IPv4Network(one) for one in (*prefixes, *parts_of_one)]
    it = replace(
        it,
        connections={name: made(one) for name, one in it.connections.items()},
        customer_gateways={
            name: replace(
                one,
                aggregates=tuple(
                    data.draw(st.lists(st.sampled_from(some), unique=True, max_size=4))
                ),
            )
            for name, one in it.customer_gateways.items()
        },
    )
    states = tuple(single_states(it))[:: data.draw(st.integers(2, 6))]
    equal(analyse(it, states), analyse_naively(it, states))


ONE_SITE = (
    RING.replace("  k4: {gateway: g2, customer_gateway: two}\n", "")
    .replace("customer_gateways: [one]", "customer_gateways: [one, two]")
    .replace("  south: {networks: [172.16.3.0/24], customer_gateways: [two]}\n", "")
)
"""A site whose customer gateways hear each other through one of their gateways."""
FILTERING = CLOUDHUB.replace(
    "k1: {customer_gateway: one}",
    """k1:
    customer_gateway: one
    tunnel_defaults: {policy: {customer: {import: [{match: {prefixes: [10.0.0.0/16]}, then: reject}]}}}
    active: 2""",
)
"""A customer gateway that mirrors what it does with another one's network, as it hears no VPC."""


@pytest.mark.parametrize("text", [ONE_SITE, FILTERING], ids=["one site", "filtering"])
def test_what_hangs_together_is_worked_out_together(text: str) -> None:
    it = parse(text).topology
    states = tuple(single_states(it))[::8]
    equal(analyse(it, states), analyse_naively(it, states))


@pytest.mark.parametrize("number", [0, 1, 4, 7, 11])
def test_what_it_says_of_a_fleet_is_what_the_naive_evaluator_says_of_each_gateway(
    number: int,
) -> None:
    it = fleet(60, 3)
    found = analyse(it)
    gateway = it.gateways[f"g{number}"].name
    ours = [part for part in parts(it) if gateway in part.gateways]
    alone = cut(
        it,
        type(ours[0])(
            gateways=(gateway,),
            customers=tuple(name for part in ours for name in part.customers),
            sites=tuple(name for part in ours for name in part.sites),
            networks=(),
            connections=tuple(name for part in ours for name in part.connections),
            alone=False,
        ),
    )
    states = tuple(single_states(alone))[:: max(1, len(ours) // 2)]
    naive = analyse_naively(alone, states)

    equal((found.at(one.pair, one.state) for one in naive), naive)


def test_pairs_of_one_name_stand_in_the_order_of_their_gateways() -> None:
    """A set of such pairs has another order in each process."""
    text = (Path(__file__).parents[2] / "examples" / "overlapping-tenants.yaml").read_text()
    it = parse(text).topology
    assert [pair.gateway for pair in pairs(it)] == ["gw:blue", "gw:red"]
    found = analyse(it, [ALL_UP])
    assert [one.pair.gateway for one in found] == ["gw:blue", "gw:red"]
    assert [found.at(one.pair, ALL_UP) for one in found] == list(found)


def test_a_pair_that_is_none_is_not_looked_up() -> None:
    it = parse((Path(__file__).parents[2] / "examples" / "cloudhub.yaml").read_text()).topology
    found = analyse(it, [ALL_UP])
    pair = next(iter(found)).pair
    for stranger in (replace(pair, site_name="nowhere"), replace(pair, gateway="gw:other")):
        with pytest.raises(KeyError):
            found.at(stranger, ALL_UP)
