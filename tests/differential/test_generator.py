"""The networks are the same for everybody, and reach every step."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import combinations

import pytest
from tests.differential.daemons import DAEMONS, NETWORKS, SEED, reached
from tests.differential.generator import GATEWAYS, generate

from samepath.model.policy import Disposition, Term
from samepath.routing.assumption import Question
from samepath.routing.comparison import Routes
from samepath.routing.network import Session, check
from samepath.routing.platforms import PLATFORMS
from samepath.routing.propagation import Solution, propagate
from samepath.routing.rules import Platform
from samepath.routing.steps import Step

PLATFORMS_OF_DAEMONS = pytest.mark.parametrize("platform", DAEMONS)


class Asked(Exception):
    """A network leaves something open."""


def nobody(question: Question) -> str:
    raise Asked(question)


def choices(solution: Solution) -> dict[tuple[str, IPv4Network], Routes]:
    """What each router uses of what it holds of each prefix; nothing where that is open."""
    found: dict[tuple[str, IPv4Network], Routes] = {}
    for name, table in solution.tables.items():
        for prefix in table:
            try:
                decision = solution.decide(name, prefix, nobody)
            except Asked:
                continue
            assert decision is not None
            found[name, prefix] = decision.chosen
    return found


def with_swapped(solution: Solution, one: Step, other: Step) -> Solution:
    """The same routes, held by routers that take two steps in each other's place."""
    places = {one: other, other: one}
    routers = {
        name: replace(
            router,
            rules=replace(
                router.rules,
                order=tuple(
                    replace(comparison, step=places.get(comparison.step, comparison.step))
                    for comparison in router.rules.order
                ),
            ),
        )
        for name, router in solution.network.routers.items()
    }
    return replace(solution, network=replace(solution.network, routers=routers))


@PLATFORMS_OF_DAEMONS
def test_a_number_is_one_network(platform: Platform) -> None:
    for number in range(20):
        case = generate(platform, SEED, number)
        assert case.network == generate(platform, SEED, number).network
        check(case.network)
        assert case.down < set(case.network.sessions) or len(case.down) == 1


@PLATFORMS_OF_DAEMONS
def test_networks_that_run_at_once_share_no_address(platform: Platform) -> None:
    addresses = Counter(
        end.address
        for place in range(50)
        for session in generate(platform, SEED, place, place).network.sessions.values()
        for end in session.ends
    )
    assert set(addresses.values()) == {1}


@PLATFORMS_OF_DAEMONS
def test_the_networks_hold_what_a_vpn_may_hold(platform: Platform) -> None:
    found: dict[str, set[object]] = {}

    def note(**values: object) -> None:
        for name, value in values.items():
            found.setdefault(name, set()).add(value)

    for number in range(NETWORKS):
        case = generate(platform, SEED, number)
        network = case.network
        names = set(network.routers)
        lengths = {one.prefix.prefixlen for it in network.routers.values() for one in it.originates}
        inside = [one for one in network.sessions.values() if network.is_internal(one)]
        note(
            customers=len(names - set(GATEWAYS)),
            tunnels=len(network.sessions) - len(inside),
            ibgp=bool(inside),
            reflector=any(end.is_client for one in inside for end in one.ends),
            unlike_lengths=len(lengths) > 1,
            taken_down=len(case.down),
        )
        for router in network.routers.values():
            rules = router.rules
            note(
                multipath=rules.multipath.ebgp != 1,
                deterministic_med=rules.deterministic_med,
                always_compare_med=rules.always_compare_med,
            )
        for term in (term for one in network.sessions.values() for term in terms(one)):
            changes, conditions = term.changes, term.conditions
            note(
                disposition=term.disposition,
                prefixes=bool(conditions.prefixes),
                communities=bool(conditions.communities),
                adds=bool(changes.add_communities),
                prepend=changes.prepend,
                med=changes.med,
                local_preference=changes.local_preference,
                weight=changes.weight is not None,
            )
    assert found["customers"] == {1, 2, 3, 4}
    assert found["tunnels"] == {2, 3, 4, 5, 6}
    assert {1, 2, 3} <= found["taken_down"]
    assert found["disposition"] == set(Disposition)
    assert all(len(values) > 1 for values in found.values()), found


@PLATFORMS_OF_DAEMONS
def test_to_swap_any_two_steps_would_be_seen(platform: Platform) -> None:
    """Of each two steps, some router of the first networks chooses otherwise if they are swapped.

    So what is predicted is no stable state of a network with the steps swapped: that network's
    prediction is another one, and both cannot be what the daemons hold.
    """
    order = [one.step for one in PLATFORMS[platform].order]
    # The code has no words for MED behind multipath: it fails at once.
    todo = {
        pair
        for pair in combinations([one for one in order if may_be_told(one, platform)], 2)
        if not med_is_behind_multipath(order, *pair)
    }
    for number in range(NETWORKS):
        try:
            solution = propagate(generate(platform, SEED, number).network, nobody)
        except Asked:
            continue
        if not solution.oscillating:
            used = choices(solution)
            todo -= {pair for pair in todo if choices(with_swapped(solution, *pair)) != used}
        if not todo:
            return
    pytest.fail(f"nothing tells these apart: {sorted((a.name, b.name) for a, b in todo)}")


def terms(session: Session) -> tuple[Term, ...]:
    """What the policies of a session's two ends say."""
    return tuple(
        term
        for end in session.ends
        for policy in (end.imports, end.exports)
        for term in policy.terms
    )


def may_be_told(step: Step, platform: Platform) -> bool:
    """Whether a network can show where a step stands: where it decides, or ends what decides."""
    return step in reached(platform) or step is Step.MULTIPATH


def med_is_behind_multipath(order: list[Step], one: Step, other: Step) -> bool:
    """Whether it would be, were these two in each other's place."""
    places = {one: other, other: one}
    moved = [places.get(step, step) for step in order]
    return moved.index(Step.MED) > moved.index(Step.MULTIPATH)
