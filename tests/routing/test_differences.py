"""What daemons do otherwise than it was predicted once: each difference that was found, for ever.

Those of the first part were seen by ``tests/differential``, which says how to look for more. Those
of the second were read in the daemons' source or in our own rendering.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Any

import pytest
from tests.routing.networks import SITE, VPC, network, only, policy, router, session
from tests.routing.routes import bgp, never

from samepath.device.bird.policy import BASE_PREFERENCE
from samepath.model.policy import Policy
from samepath.routing.assumption import Ask, explore
from samepath.routing.decision import decide
from samepath.routing.network import DEFAULT, Network, Origination, Router
from samepath.routing.platforms import BIRD, FRR
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Route
from samepath.routing.rules import Platform
from samepath.routing.steps import Step

NO_EXPORT, NO_ADVERTISE = "65535:65281", "65535:65282"


def heard(solution: Solution, by: str, over: str, prefix: IPv4Network = SITE) -> Route | None:
    return solution.heard[by, over].get(prefix)


def with_med(platform: Platform) -> Router:
    return replace(
        router("cgw", 65000, platform=platform),
        originates=(Origination(prefix=SITE, med=20),),
    )


@pytest.mark.parametrize(
    ("own", "permitted", "is_there"),
    [(True, None, True), (False, None, False), (True, VPC, False), (True, SITE, True)],
)
def test_an_frrs_default_with_a_map_needs_a_route_whose_prefix_the_map_permits(
    own: bool, permitted: IPv4Network | None, is_there: bool
) -> None:
    """Network 9540 of seed 3: the only route of its own was refused by the map of its line."""
    made = only(str(permitted)) if permitted else policy(med=7)
    device = router("cgw", 65000, *([SITE] if own else []), platform=Platform.FRR)
    with_default = session("t", "gw", "cgw", other_end={"default_originate": made})
    solution = propagate(network([router("gw", 64512), device], [with_default]), never)
    assert (heard(solution, "gw", "t", DEFAULT) is not None) == is_there


def test_an_frrs_default_without_a_map_needs_nothing() -> None:
    device = router("cgw", 65000, platform=Platform.FRR)
    with_default = session("t", "gw", "cgw", other_end={"default_originate": Policy()})
    solution = propagate(network([router("gw", 64512), device], [with_default]), never)
    assert heard(solution, "gw", "t", DEFAULT) is not None


@pytest.mark.parametrize(("platform", "med"), [(Platform.BIRD, None), (Platform.FRR, 20)])
def test_bird_sends_no_med_that_its_export_filter_has_not_set(
    platform: Platform, med: int | None
) -> None:
    solution = propagate(
        network([router("gw", 64512), with_med(platform)], [session("t", "gw", "cgw")]), never
    )
    route = heard(solution, "gw", "t")
    assert route is not None
    assert route.med == med


def test_bird_sends_the_med_of_its_own_route_within_the_as() -> None:
    solution = propagate(
        network([router("cgw2", 65000), with_med(Platform.BIRD)], [session("t", "cgw2", "cgw")]),
        never,
    )
    route = heard(solution, "cgw2", "t")
    assert route is not None
    assert route.med == 20


def test_an_ibgp_neighbour_is_sent_the_local_preference_that_is_the_default_here() -> None:
    site = router("cgw", 65000, SITE)
    site = replace(site, rules=replace(site.rules, local_preference=120))
    solution = propagate(
        network([router("cgw2", 65000), site], [session("t", "cgw2", "cgw")]), never
    )
    route = heard(solution, "cgw2", "t")
    assert route is not None
    assert route.local_preference == 120


@pytest.mark.parametrize(
    ("community", "inside", "outside"),
    [(NO_EXPORT, True, False), (NO_ADVERTISE, False, False), ("65000:1", True, True)],
)
def test_well_known_communities_keep_a_route_where_it_is(
    community: str, inside: bool, outside: bool
) -> None:
    tagged = {"exports": policy(add_communities=(community,))}
    solution = propagate(
        network(
            [
                router("cgw", 65000, SITE),
                router("gw", 64512),
                router("gw2", 64512),
                router("other", 65001),
            ],
            [
                session("t", "gw", "cgw", other_end=tagged),
                session("i", "gw", "gw2", number=2),
                session("o", "gw", "other", number=3),
            ],
        ),
        never,
    )
    assert heard(solution, "gw", "t") is not None
    assert (heard(solution, "gw2", "i") is not None) == inside
    assert (heard(solution, "other", "o") is not None) == outside


@pytest.mark.parametrize(("platform", "sent"), [(Platform.BIRD, True), (Platform.FRR, False)])
def test_bird_sends_a_route_of_its_own_that_a_community_would_keep(
    platform: Platform, sent: bool
) -> None:
    own = Origination(prefix=SITE, policy=policy(add_communities=(NO_ADVERTISE,)))
    site = replace(router("cgw", 65000, platform=platform), originates=(own,))
    solution = propagate(network([router("gw", 64512), site], [session("t", "gw", "cgw")]), never)

    assert (heard(solution, "gw", "t") is not None) == sent


@pytest.mark.parametrize(
    ("platform", "wins"), [(Platform.BIRD, "with-med-0"), (Platform.FRR, "from-b")]
)
def test_bird_compares_the_med_of_an_empty_path_with_one_that_its_own_as_was_put_into(
    platform: Platform, wins: str
) -> None:
    """Both are of this AS to BIRD. To FRR an empty path is of none, and the router id decides."""
    knobs = {"ignore_as_path": True, "compare_router_id": True}
    here = router("here", 65000, platform=platform)
    here = replace(here, rules=replace(here.rules, **knobs))  # type: ignore[arg-type]
    solution = propagate(
        network(
            [here]
            + [router(name, 65000, SITE, platform=platform) for name in ("a-far-higher", "b")],
            [
                session(
                    *("from-b", "b", "here"),
                    other_end={"imports": policy(prepend=1, med=20)},
                ),
                session(
                    *("with-med-0", "a-far-higher", "here"),
                    number=2,
                    other_end={"imports": policy(med=0)},
                ),
            ],
        ),
        never,
    )
    decision = solution.decide("here", SITE, never)
    assert decision is not None
    assert [route.session for route in decision.chosen] == [wins]


def test_a_change_of_mind_within_one_round_is_an_oscillation() -> None:
    """The gateway hides its own route behind the one that came round from it, and so ends both."""
    takes_own = {"allow_own_as": 1}
    solution = propagate(
        network(
            [router("cgw", 65000), router("gw", 64512, VPC)],
            [
                session("out", "gw", "cgw"),
                session(
                    *("back", "gw", "cgw"),
                    number=2,
                    one_end={**takes_own, "imports": policy(weight=32768)},
                    other_end={"accepts": False},
                ),
            ],
        ),
        never,
    )
    assert solution.oscillating == {"cgw", "gw"}


@pytest.mark.parametrize(("platform", "med"), [(Platform.BIRD, None), (Platform.FRR, 0)])
def test_frr_gives_a_route_of_its_own_a_med_of_0(platform: Platform, med: int | None) -> None:
    """So it is no missing one, which ``missing-as-worst`` would count as the highest."""
    site = router("cgw", 65000, SITE, platform=platform)
    solution = propagate(network([router("gw", 64512), site], [session("t", "gw", "cgw")]), never)
    route = heard(solution, "gw", "t")
    assert route is not None
    assert route.med == med


@pytest.mark.parametrize(("platform", "back"), [(Platform.BIRD, False), (Platform.FRR, True)])
def test_frr_sends_a_route_back_to_where_it_came_from(platform: Platform, back: bool) -> None:
    solution = propagate(
        network(
            [router("cgw", 65000, platform=platform), router("gw", 64512, VPC)],
            [session("t", "gw", "cgw", one_end={"allow_own_as": 1})],
        ),
        never,
    )
    assert (heard(solution, "gw", "t", VPC) is not None) == back


def test_frr_uses_routes_from_one_as_together_whatever_was_put_in_front_of_their_paths() -> None:
    cgw = router("cgw", 65000, platform=Platform.FRR)
    cgw = replace(cgw, rules=replace(cgw.rules, compare_router_id=True))
    solution = propagate(
        network(
            [router("gw", 64512, VPC), cgw],
            [
                session("t/1", "gw", "cgw", other_end={"imports": policy(prepend=1)}),
                session("t/2", "gw", "cgw", number=2, one_end={"exports": policy(prepend=1)}),
            ],
        ),
        never,
    )
    decision = solution.decide("cgw", VPC, never)
    assert decision is not None
    assert [route.session for route in decision.chosen] == ["t/1", "t/2"]


@pytest.mark.parametrize(("lower", "passed"), [("a", True), ("z", False)])
def test_a_reflector_that_uses_equal_routes_together_passes_on_the_one_of_the_lower_router_id(
    lower: str, passed: bool
) -> None:
    """A client is sent what a neighbour announces, and not its own; to others both look alike."""
    ids = {"a": IPv4Address("192.0.2.7"), "z": IPv4Address("192.0.2.8")}
    ids[lower] = IPv4Address("192.0.2.1")
    heads = [
        replace(router(name, 65000, SITE, platform=Platform.FRR), router_id=ids[name])
        for name in ids
    ]
    solution = propagate(
        network(
            [*heads, router("rr", 65000, platform=Platform.FRR)],
            [
                session("a", "a", "rr"),
                session("z", "z", "rr", number=2, other_end={"is_client": True}),
            ],
        ),
        never,
    )
    decision = solution.decide("rr", SITE, never)
    assert decision is not None
    assert len(decision.chosen) == 2
    assert (heard(solution, "z", "z") is not None) == passed


def test_a_default_route_made_for_a_neighbour_takes_the_table_s_place_also_where_it_is_refused() -> (
    None
):
    everywhere = IPv4Network("0.0.0.0/0")
    cgw = router("cgw", 65000, everywhere, platform=Platform.FRR)
    frr = session(
        *("i", "cgw", "cgw2"),
        one_end={"default_originate": policy(prepend=1), "exports": policy(med=7)},
    )
    solution = propagate(network([cgw, router("cgw2", 65000)], [frr]), never)

    assert heard(solution, "cgw2", "i", everywhere) is None


def test_frr_gives_a_default_route_that_it_makes_for_a_neighbour_a_med_of_0() -> None:
    cgw = router("cgw", 65000, platform=Platform.FRR)
    made = session("t", "gw", "cgw", other_end={"default_originate": Policy()})
    solution = propagate(network([router("gw", 64512), cgw], [made]), never)
    route = heard(solution, "gw", "t", IPv4Network("0.0.0.0/0"))
    assert route is not None
    assert route.med == 0


def test_of_two_stable_states_a_session_that_comes_up_again_finds_the_one_that_it_left() -> None:
    """Each customer gateway prefers what it hears from the other, once that has something."""
    prefers = {"imports": policy(local_preference=200)}
    whole = network(
        [router("gw", 64512, VPC), router("a", 65000), router("b", 65000)],
        [
            session("ta", "gw", "a"),
            session("tb", "gw", "b", number=2),
            session("ab", "a", "b", number=3, one_end=prefers, other_end=prefers),
        ],
    )
    for down, left in (("ta", "tb"), ("tb", "ta")):
        without = propagate(whole.without(sessions=frozenset({down})), never)
        again = propagate(whole, never, before=without)
        uses = {name: again.decide(name, VPC, never) for name in ("a", "b")}
        assert {one.best.session for one in uses.values() if one and one.best} == {left, "ab"}


def test_of_routes_in_use_together_the_best_is_not_sent_back_and_the_others_are() -> None:
    together = replace(BIRD.multipath, ebgp=16, ibgp=16)
    gateway = router("gw", 64512)
    takes_own = {"allow_own_as": 1}
    solution = propagate(
        network(
            [
                replace(gateway, rules=replace(gateway.rules, multipath=together)),
                router("cgw1", 65000, SITE),
                router("cgw2", 65000, SITE),
            ],
            [
                session("to-2", "gw", "cgw2", other_end=takes_own),
                session("to-the-lower-id", "gw", "cgw1", number=2, other_end=takes_own),
            ],
        ),
        never,
    )
    decision = solution.decide("gw", SITE, never)
    assert decision is not None
    assert len(decision.chosen) == 2
    assert heard(solution, "cgw1", "to-the-lower-id") is None
    assert heard(solution, "cgw2", "to-2") is not None


def outcomes(these: Network, by: str, prefix: IPv4Network) -> set[str]:
    """The sessions of the routes that a router may use."""

    def evaluate(ask: Ask) -> str:
        decision = propagate(these, ask).decide(by, prefix, ask)
        assert decision is not None
        (route,) = decision.chosen
        return route.session

    return {one.result for one in explore(evaluate)}


def test_a_customer_that_hides_its_own_route_has_two_stable_states_without_a_ring() -> None:
    """Whoever is first at the gateway: the customer that is preferred, or the other one."""
    these = network(
        [router("gw", 64512), router("cgw1", 65000, SITE), router("cgw2", 65001, SITE)],
        [
            session(
                *("preferred", "gw", "cgw1"),
                one_end={"imports": policy(local_preference=200)},
                other_end={"imports": policy(weight=32768)},
            ),
            session("other", "gw", "cgw2", number=2),
        ],
    )
    assert outcomes(these, "gw", SITE) == {"preferred", "other"}
    assert outcomes(these, "cgw1", SITE) == {"", "preferred"}


def test_each_of_three_customers_may_be_the_way_out_that_all_prefer() -> None:
    """Each would rather use another's: the first to announce stays the one that is used."""
    inside: Mapping[str, Any] = {"imports": policy(local_preference=200)}
    names = ("cgw1", "cgw2", "cgw3")
    these = network(
        [router("gw", 64512, VPC), *(router(name, 65000) for name in names)],
        [session(f"out-{name}", "gw", name, number=i) for i, name in enumerate(names)]
        + [
            session(f"{one}-{other}", one, other, number=i, one_end=inside, other_end=inside)
            for i, (one, other) in enumerate(combinations(names, 2), start=3)
        ],
    )
    assert outcomes(these, "cgw2", VPC) == {"out-cgw2", "cgw1-cgw2", "cgw2-cgw3"}


def test_two_routers_between_two_origins_may_each_use_the_other_s_way_without_a_ring() -> None:
    """Network 889 of seed 3: whoever of the two hears its own neighbour late uses the other."""
    prefers: Mapping[str, Any] = {"imports": policy(local_preference=200)}
    these = network(
        [
            router("one", 65001, SITE),
            router("left", 64512),
            router("right", 64513),
            router("two", 65002, SITE),
        ],
        [
            session("by-one", "left", "one"),
            session("between", "left", "right", number=1, one_end=prefers, other_end=prefers),
            session("by-two", "right", "two", number=2),
        ],
    )
    assert outcomes(these, "left", SITE) == {"by-one", "between"}
    assert outcomes(these, "right", SITE) == {"by-two", "between"}


# -------------------------------------------------------------------------------- read in source


@pytest.mark.parametrize("platform", [Platform.BIRD, Platform.FRR])
def test_a_med_that_was_heard_within_the_as_does_not_leave_it(platform: Platform) -> None:
    solution = propagate(
        network(
            [with_med(platform), router("cgw2", 65000, platform=platform), router("gw", 64512)],
            [session("i", "cgw", "cgw2"), session("t", "gw", "cgw2", number=2)],
        ),
        never,
    )
    inside, outside = heard(solution, "cgw2", "i"), heard(solution, "gw", "t")
    assert inside is not None
    assert outside is not None
    assert (inside.med, outside.med) == (20, None)


@pytest.mark.parametrize(("platform", "med"), [(Platform.BIRD, 7), (Platform.FRR, 0)])
def test_frr_s_reflector_changes_nothing_on_export(platform: Platform, med: int | None) -> None:
    reflects = {"is_client": True, "exports": policy(med=7)}
    solution = propagate(
        network(
            [router(name, 65000, platform=platform) for name in ("b", "rr")]
            + [router("a", 65000, SITE, platform=platform)],
            [
                session("in", "a", "rr"),
                session("out", "b", "rr", number=2, other_end=reflects),
            ],
        ),
        never,
    )
    route = heard(solution, "b", "out")
    assert route is not None
    assert route.med == med


@pytest.mark.parametrize(("platform", "again"), [(Platform.BIRD, True), (Platform.FRR, False)])
def test_a_route_that_came_round_three_reflectors_is_refused_but_by_bird(
    platform: Platform, again: bool
) -> None:
    """BIRD looks for its own cluster in what its clients send only."""
    is_client = {"is_client": True}
    solution = propagate(
        network(
            [router("a", 65000, SITE, platform=platform)]
            + [router(name, 65000, platform=platform) for name in ("r1", "r2", "r3")],
            [
                session("a1", "a", "r1", other_end=is_client),
                session("r12", "r1", "r2", number=2),
                session("r23", "r2", "r3", number=3, one_end=is_client),
                session(
                    *("r31", "r3", "r1"),
                    number=4,
                    one_end=is_client,
                    other_end={"announces": False},
                ),
            ],
        ),
        never,
    )
    assert heard(solution, "r3", "r23") is not None
    assert (heard(solution, "r1", "r31") is not None) == again


def test_a_weight_is_bird_s_preference() -> None:
    """So it is rendered; a shorter path does not help against it."""
    solution = propagate(
        network(
            [router("gw", 64512, SITE), router("cgw", 65000)],
            [
                session(
                    "t/1",
                    "gw",
                    "cgw",
                    one_end={"exports": policy(prepend=2)},
                    number=1,
                    other_end={"imports": policy(weight=1)},
                ),
                session("t/2", "gw", "cgw", number=2),
            ],
        ),
        never,
    )
    decision = solution.decide("cgw", SITE, never)
    assert decision is not None
    assert [route.session for route in decision.chosen] == ["t/1"]
    assert decision.step is Step.DISTANCE
    assert BIRD.distances.weighed_from == BASE_PREFERENCE


def test_of_routes_with_one_next_hop_frr_uses_the_one_from_the_lower_address() -> None:
    hop, low, high = (IPv4Address(f"169.254.9.{number}") for number in (1, 2, 3))
    routes = [
        bgp("best", peer_router_id=IPv4Address("192.0.2.0")),
        bgp("a", next_hop=hop, peer_address=high),
        bgp("b", next_hop=hop, peer_address=low),
    ]
    rules = replace(FRR, compare_router_id=True)

    chosen = decide(rules, routes, never, "cgw").chosen
    assert [route.session for route in chosen] == ["b", "best"]
