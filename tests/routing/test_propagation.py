"""Routes carried from router to router: what each sends, what is taken, and where it settles."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from tests.routing.networks import SITE, VPC, network, only, policy, router, session
from tests.routing.routes import Answers, never

from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term
from samepath.routing.assumption import Ask, explore
from samepath.routing.network import DEFAULT, InvalidNetwork, Network
from samepath.routing.propagation import Solution, propagate
from samepath.routing.route import Route, Source

GATEWAY = router("gw", 64512, VPC)
CUSTOMER = router("cgw", 65000, SITE)


def two(
    *, gateway: dict[str, Any] | None = None, customer: dict[str, Any] | None = None
) -> Network:
    """A gateway and a customer with one session; more fields of its ends."""
    only = session("t/1", "gw", "cgw", one_end=gateway, other_end=customer)
    return network([GATEWAY, CUSTOMER], [only])


def heard(solution: Solution, by: str, over: str, prefix: IPv4Network = SITE) -> Route | None:
    return solution.heard[by, over].get(prefix)


def test_each_end_hears_what_the_other_announces_with_its_as_in_front() -> None:
    solution = propagate(two(), never)

    route = heard(solution, "gw", "t/1")
    assert route is not None
    assert (route.as_path, route.source, route.next_hop) == (
        (65000,),
        Source.EBGP,
        IPv4Address("169.254.1.2"),
    )
    assert heard(solution, "cgw", "t/1", VPC) is not None
    assert not solution.ended
    assert not solution.oscillating


@pytest.mark.parametrize(
    ("gateway", "customer", "expected"),
    [
        pytest.param({}, {"exports": policy(prepend=2)}, {"as_path": (65000,) * 3}, id="prepend"),
        pytest.param({}, {"exports": policy(med=200)}, {"med": 200}, id="MED"),
        pytest.param(
            {}, {"exports": policy(add_communities=("1:2",))}, {"communities": {"1:2"}}, id="tag"
        ),
        pytest.param(
            {}, {"exports": policy(local_preference=7)}, {"local_preference": None}, id="not sent"
        ),
        pytest.param({}, {"exports": policy(weight=7)}, {"weight": None}, id="never sent"),
        pytest.param(
            {"imports": policy(local_preference=200)}, {}, {"local_preference": 200}, id="import"
        ),
        pytest.param(
            {"imports": policy(prepend=1)}, {}, {"as_path": (64512, 65000)}, id="longer here only"
        ),
    ],
)
def test_policies_change_a_route_on_its_way(
    gateway: dict[str, Any], customer: dict[str, Any], expected: dict[str, object]
) -> None:
    route = heard(propagate(two(gateway=gateway, customer=customer), never), "gw", "t/1")

    assert {name: getattr(route, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("gateway", "customer"),
    [
        pytest.param({}, {"announces": False}, id="it announces nothing"),
        pytest.param({"accepts": False}, {}, id="nothing is accepted"),
        pytest.param({}, {"exports": only("10.9.0.0/16")}, id="the export keeps it in"),
        pytest.param({"imports": only("10.9.0.0/16")}, {}, id="the import keeps it out"),
    ],
)
def test_a_route_may_be_kept_back_at_either_end(
    gateway: dict[str, Any], customer: dict[str, Any]
) -> None:
    solution = propagate(two(gateway=gateway, customer=customer), never)

    assert heard(solution, "gw", "t/1") is None
    assert heard(solution, "cgw", "t/1", VPC) is not None


def test_a_default_that_is_originated_goes_past_the_export_policy() -> None:
    ends = {"exports": only("10.9.0.0/16"), "default_originate": policy(prepend=3)}
    solution = propagate(two(customer=ends), never)

    assert heard(solution, "gw", "t/1") is None
    route = heard(solution, "gw", "t/1", DEFAULT)
    assert route is not None
    assert route.as_path == (65000,) * 4


def test_a_route_does_not_come_back_to_its_own_as() -> None:
    """What goes out by tunnel 1 and is sent back by tunnel 2 has this AS in its path."""
    both = [session("t/1", "gw", "cgw"), session("t/2", "gw", "cgw", number=2)]
    solution = propagate(network([GATEWAY, CUSTOMER], both), never)

    assert {key: set(table) for key, table in solution.heard.items()} == {
        ("gw", "t/1"): {SITE},
        ("gw", "t/2"): {SITE},
        ("cgw", "t/1"): {VPC},
        ("cgw", "t/2"): {VPC},
    }


def test_a_gateway_tells_one_site_of_another() -> None:
    """CloudHub: what it hears from one customer gateway it announces to the other."""
    other_site = IPv4Network("192.168.20.0/24")
    solution = propagate(
        network(
            [GATEWAY, CUSTOMER, router("cgw2", 65001, other_site)],
            [session("a/1", "gw", "cgw"), session("b/1", "gw", "cgw2", number=2)],
        ),
        never,
    )

    route = heard(solution, "cgw", "a/1", other_site)
    assert route is not None
    assert route.as_path == (64512, 65001)
    assert heard(solution, "cgw2", "b/1") is not None


def test_a_med_goes_no_further_than_the_neighbour_that_it_was_sent_to() -> None:
    solution = propagate(
        network(
            [GATEWAY, CUSTOMER, router("cgw2", 65001)],
            [
                session("a/1", "gw", "cgw", other_end={"exports": policy(med=50)}),
                session("b/1", "gw", "cgw2", number=2),
            ],
        ),
        never,
    )

    first, further = heard(solution, "gw", "a/1"), heard(solution, "cgw2", "b/1")
    assert first is not None
    assert further is not None
    assert (first.med, further.med) == (50, None)


def test_ibgp_keeps_path_and_preference_and_is_not_passed_on() -> None:
    """A full mesh is what iBGP asks for; only a reflector passes on."""
    routers = [GATEWAY, CUSTOMER, router("cgw2", 65000), router("cgw3", 65000)]
    sessions = [
        session("t/1", "gw", "cgw", other_end={"imports": policy(local_preference=300)}),
        session("i/1", "cgw", "cgw2", number=2),
        session("i/2", "cgw2", "cgw3", number=3),
    ]
    solution = propagate(network(routers, sessions), never)

    route = heard(solution, "cgw2", "i/1", VPC)
    assert route is not None
    assert (route.source, route.as_path, route.local_preference, route.next_hop) == (
        Source.IBGP,
        (64512,),
        300,
        IPv4Address("169.254.1.1"),
    )
    assert heard(solution, "cgw3", "i/2", VPC) is None

    sessions[2] = session("i/2", "cgw2", "cgw3", number=3, one_end={"is_client": True})
    reflected = heard(propagate(network(routers, sessions), never), "cgw3", "i/2", VPC)
    assert reflected is not None
    assert reflected.cluster_length == 1
    assert reflected.originator == CUSTOMER.router_id


def test_too_many_prefixes_end_the_session_and_what_came_through_it_goes() -> None:
    many = [IPv4Network(f"172.16.{number}.0/24") for number in range(4)]
    customer = router("cgw", 65000, *many)

    def with_limit(limit: int) -> Solution:
        sessions = [session("t/1", "gw", "cgw", one_end={"route_limit": limit})]
        return propagate(network([GATEWAY, customer], sessions), never)

    assert not with_limit(4).ended
    assert with_limit(3).ended == {"t/1": 4}
    assert ("gw", "t/1") not in with_limit(3).heard


@pytest.mark.parametrize("favourite", ["t/1", "t/2"])
def test_a_gateway_sends_its_lower_med_on_its_favourite(favourite: str) -> None:
    gateway = replace(GATEWAY, favourites=frozenset({favourite}), meds=(100, 200))
    both = [session("t/1", "gw", "cgw"), session("t/2", "gw", "cgw", number=2)]
    solution = propagate(network([gateway, CUSTOMER], both), never)

    meds = {
        name: route.med for name in ("t/1", "t/2") if (route := heard(solution, "cgw", name, VPC))
    }
    assert meds == {name: 100 if name == favourite else 200 for name in ("t/1", "t/2")}


def test_which_tunnel_an_unknown_gateway_favours_is_asked_once_and_both_answers_are_tried() -> None:
    gateway = replace(GATEWAY, meds=(100, 200))
    both = [session("t/1", "gw", "cgw"), session("t/2", "gw", "cgw", number=2)]
    net = network([gateway, CUSTOMER], both)
    answers = Answers()
    propagate(net, answers)
    assert {question.answers for question in answers.asked} == {("t/1", "t/2")}

    def taken(ask: Ask) -> str:
        decision = propagate(net, ask).decide("cgw", VPC, ask)
        assert decision is not None
        return decision.chosen[0].session

    assert {outcome.result for outcome in explore(taken)} == {"t/1", "t/2"}


def test_two_stable_states_are_asked_for_and_both_are_met() -> None:
    """DISAGREE: each of two neighbours prefers the way by the other to its own.

    T. Griffin, F. Shepherd, G. Wilfong, "The Stable Paths Problem and Interdomain Routing" (2002).
    """
    net = network(
        [router("a", 1), router("b", 2), router("c", 3, SITE)],
        [
            session("a/c", "a", "c"),
            session("b/c", "b", "c", number=2),
            session(
                "a/b",
                "a",
                "b",
                number=3,
                one_end={"imports": policy(local_preference=200)},
                other_end={"imports": policy(local_preference=200)},
            ),
        ],
    )

    def by(ask: Ask) -> tuple[str, str]:
        solution = propagate(net, ask)
        decisions = [solution.decide(name, SITE, ask) for name in ("a", "b")]
        one, other = (each.chosen[0].session for each in decisions if each)
        return one, other

    assert {outcome.result for outcome in explore(by)} == {("a/b", "b/c"), ("a/c", "a/b")}


def test_two_stable_states_of_a_line_between_two_origins_are_asked_for() -> None:
    """DISAGREE without a ring: each of the two in the middle prefers the origin beyond the other."""
    prefer = {"imports": policy(local_preference=200)}
    net = network(
        [router("a", 1), router("b", 2), router("left", 3, SITE), router("right", 4, SITE)],
        [
            session("left/a", "left", "a"),
            session("a/b", "a", "b", number=2, one_end=prefer, other_end=prefer),
            session("b/right", "b", "right", number=3),
        ],
    )

    def by(ask: Ask) -> tuple[str, str]:
        solution = propagate(net, ask)
        decisions = [solution.decide(name, SITE, ask) for name in ("a", "b")]
        one, other = (each.chosen[0].session for each in decisions if each)
        return one, other

    assert {outcome.result for outcome in explore(by)} == {("a/b", "b/right"), ("left/a", "a/b")}


@pytest.mark.parametrize(
    ("community", "to_another_as", "within"),
    [
        ("65000:1", True, True),
        ("65535:65281", False, True),
        ("65535:65282", False, False),
        ("65535:65283", False, True),
    ],
)
def test_a_community_says_how_far_a_heard_route_goes(
    community: str, *, to_another_as: bool, within: bool
) -> None:
    """NO_EXPORT, NO_ADVERTISE and NO_EXPORT_SUBCONFED (RFC 1997)."""
    marked = {"exports": policy(add_communities=(community,))}
    net = network(
        [router("cgw", 1, SITE), router("gw", 2), router("same", 2), router("far", 3)],
        [
            session("cgw/gw", "cgw", "gw", one_end=marked),
            session("gw/same", "gw", "same", number=2),
            session("gw/far", "gw", "far", number=3),
        ],
    )
    solution = propagate(net, never)
    assert heard(solution, "gw", "cgw/gw") is not None
    assert (heard(solution, "far", "gw/far") is not None) is to_another_as
    assert (heard(solution, "same", "gw/same") is not None) is within


def direct(number: int) -> Policy:
    """Prefer what router ``number`` has from the site itself; refuse its longer ways."""
    return Policy(
        terms=(
            Term(
                conditions=Conditions(communities=(f"{number}:1",)),
                changes=Changes(local_preference=200),
            ),
            Term(disposition=Disposition.REJECT),
        )
    )


def test_routers_that_never_agree_are_told_and_not_waited_for() -> None:
    """BAD GADGET: of three neighbours in a ring each prefers the way by the next one."""
    asns = {"a": 1, "b": 2, "c": 3}
    following = {"a": "b", "b": "c", "c": "a"}
    ring = [
        session(
            f"{one}/{other}",
            one,
            other,
            number=10 + asns[one],
            one_end={"imports": direct(asns[other])},
            other_end={"accepts": False},
        )
        for one, other in following.items()
    ]
    spokes = [
        session(
            f"{name}/d",
            name,
            "d",
            number=asn,
            one_end={"imports": policy(add_communities=(f"{asn}:1",))},
        )
        for name, asn in asns.items()
    ]
    routers = [*(router(name, asn) for name, asn in asns.items()), router("d", 9, SITE)]

    assert propagate(network(routers, [*ring, *spokes]), never).oscillating == frozenset(asns)


def test_a_network_that_contradicts_itself_is_refused_with_all_that_is_wrong() -> None:
    broken = network([GATEWAY], [session("t/1", "gw", "cgw"), session("t/2", "gw", "gw")])

    with pytest.raises(InvalidNetwork) as refused:
        propagate(broken, never)
    assert str(refused.value) == "t/1: no router cgw; t/2: gw speaks with itself"


def test_an_end_that_announces_its_own_only_passes_nothing_on() -> None:
    """Else it would carry one gateway's traffic for another."""
    far = router("far", 64999, IPv4Network("10.9.0.0/16"))
    ends = {"own_only": True}
    solution = propagate(
        network(
            [GATEWAY, CUSTOMER, far],
            [
                session("a/1", "gw", "cgw", other_end=ends),
                session("b/1", "far", "cgw", number=2, other_end=ends),
            ],
        ),
        never,
    )
    assert {key: set(table) for key, table in solution.heard.items() if key[0] != "cgw"} == {
        ("gw", "a/1"): {SITE},
        ("far", "b/1"): {SITE},
    }
