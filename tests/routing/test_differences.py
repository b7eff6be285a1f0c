"""What daemons do otherwise than it was predicted once: each difference that was found, for ever.

Those of the first part were seen by ``tests/differential``, which says how to look for more. Those
of the second were read in the daemons' source or in our own rendering.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from tests.routing.networks import SITE, network, policy, router, session
from tests.routing.routes import never

from samepath.device.bird.policy import BASE_PREFERENCE
from samepath.routing.network import Origination, Router
from samepath.routing.platforms import BIRD
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


@pytest.mark.parametrize(("platform", "med"), [(Platform.BIRD, 7), (Platform.FRR, None)])
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
