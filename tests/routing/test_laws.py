"""Laws of the decision, for any routes on any platform."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.routing.routes import PREFIX, Answers, never

from samepath.routing.assumption import Ask, Question, explore
from samepath.routing.decision import decide
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Origin, Route, Source
from samepath.routing.rules import Multipath, Rules
from samepath.routing.steps import Step

SESSIONS = ("t1", "t2", "t3", "t4", "t5")
BGP_SOURCES = [Source.EBGP, Source.EBGP, Source.EBGP, Source.IBGP, Source.LOCAL]


@st.composite
def routes(draw: st.DrawFn, *, known: bool, least: int = 1, most: int = 5) -> tuple[Route, ...]:
    """Routes of a prefix, with small values, so that many are equal.

    Half of the sets get to MED with three routes or more, where pairs of them may form a cycle.
    """
    close = draw(st.booleans())
    maybe = st.none() if close else st.one_of(st.none(), st.integers(1, 2))
    sessions = SESSIONS[: draw(st.integers(least, most))]
    ages = draw(st.permutations(range(len(sessions))))
    number = st.integers(1, 2)
    found = []
    for session, age in zip(sessions, ages, strict=True):
        address = IPv4Address("192.0.2.0") + draw(st.integers(1, 3))
        known_id = known or draw(st.booleans())
        found.append(
            Route(
                prefix=PREFIX,
                source=draw(st.sampled_from(BGP_SOURCES[:4] if close else BGP_SOURCES)),
                session=session,
                next_hop=IPv4Address("169.254.0.0") + draw(st.integers(1, 4)),
                as_path=tuple(
                    draw(
                        st.lists(
                            st.sampled_from([64512, 64513]),
                            min_size=int(close),
                            max_size=1 if close else 2,
                        )
                    )
                ),
                origin=Origin.IGP if close else draw(st.sampled_from(Origin)),
                med=draw(st.one_of(st.none(), st.sampled_from([0, 100, 200]))),
                local_preference=draw(maybe),
                weight=draw(maybe),
                igp_metric=draw(number),
                peer_router_id=address if known_id else None,
                peer_address=IPv4Address("198.51.100.0") + SESSIONS.index(session),
                clusters=("c",) * draw(number),
                age=age if known or draw(st.booleans()) else None,
            )
        )
    return tuple(found)


@st.composite
def platforms(draw: st.DrawFn) -> Rules:
    """A platform with its knobs turned any way."""
    rules = draw(st.sampled_from(list(PLATFORMS.values())))
    limit = draw(st.sampled_from([1, 2, 8]))
    return replace(
        rules,
        always_compare_med=draw(st.booleans()),
        deterministic_med=draw(st.booleans()) or rules.missing_med is None,
        compare_router_id=draw(st.booleans()),
        multipath=replace(rules.multipath, ebgp=limit, ibgp=limit),
    )


def sessions_of(rules: Rules, candidates: tuple[Route, ...], ask: Ask) -> frozenset[str]:
    return frozenset(one.session for one in decide(rules, candidates, ask, "cgw:fw1").chosen)


def supported(rules: Rules, candidates: tuple[Route, ...]) -> bool:
    sources = {one.source for one in rules.distances.defaults}
    return all(route.source in sources for route in candidates)


@given(rules=platforms(), candidates=routes(known=False), data=st.data())
def test_the_order_of_the_list_never_matters(
    rules: Rules, candidates: tuple[Route, ...], data: st.DataObject
) -> None:
    assume(supported(rules, candidates))
    shuffled = data.draw(st.permutations(candidates))

    first, second = Answers(), Answers()
    assert decide(rules, candidates, first, "r") == decide(rules, shuffled, second, "r")
    assert first.asked == second.asked


@given(rules=platforms(), candidates=routes(known=False))
def test_what_is_used_is_among_the_candidates_and_nothing_is_lost(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    assume(supported(rules, candidates))
    decision = decide(rules, candidates, Answers(), "r")

    assert decision.chosen
    assert set(decision.chosen) <= set(candidates)
    assert decision.best is None or decision.best in decision.chosen
    gone = [route for removal in decision.removals for route in removal.removed]
    assert len(gone) == len(set(gone))
    assert not set(gone) & set(decision.chosen)


@given(rules=platforms(), candidates=routes(known=True), data=st.data())
def test_removing_a_loser_leaves_the_winner_where_med_is_always_compared(
    rules: Rules, candidates: tuple[Route, ...], data: st.DataObject
) -> None:
    # Between neighbour ASes a losing route can decide: it may hide a worse MED of its own AS.
    rules = replace(rules, always_compare_med=True, missing_med=0, multipath=Multipath())
    assume(supported(rules, candidates))
    answers = Answers()
    (winner,) = decide(rules, candidates, answers, "r").chosen
    assume(not answers.asked)
    losers = [route for route in candidates if route is not winner]
    assume(losers)
    gone = data.draw(st.sampled_from(losers))

    rest = tuple(route for route in candidates if route is not gone)
    assert decide(rules, rest, never, "r").chosen == (winner,)


@given(rules=platforms(), candidates=routes(known=True, least=3, most=3))
def test_without_med_the_best_routes_are_in_a_total_order(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    rules = replace(rules, multipath=Multipath())
    candidates = tuple(replace(route, med=7, origin=Origin.IGP) for route in candidates)
    assume(supported(rules, candidates))
    answers = Answers()

    def better(one: Route, other: Route) -> bool:
        return decide(rules, [one, other], answers, "r").chosen == (one,)

    a, b, c = candidates
    for one, middle, other in ((a, b, c), (b, c, a), (c, a, b), (c, b, a), (a, c, b), (b, a, c)):
        if better(one, middle) and better(middle, other):
            assume(not answers.asked)
            assert better(one, other)
            assert decide(rules, candidates, never, "r").chosen == (one,)


@given(rules=platforms(), candidates=routes(known=False, most=4))
def test_a_question_is_asked_only_if_its_answer_changes_something(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    assume(supported(rules, candidates))
    outcomes = explore(lambda ask: decide(rules, candidates, ask, "r"))

    asked = {question for one in outcomes for because in one.because for question, _ in because}
    assert (len(outcomes) == 1) == (not asked)


@given(rules=platforms(), candidates=routes(known=True))
def test_what_is_known_makes_no_router_but_aws_s_ask(
    rules: Rules, candidates: tuple[Route, ...]
) -> None:
    assume(supported(rules, candidates))
    assume(sum(route.source is Source.LOCAL for route in candidates) < 2)
    asked: list[Question] = []

    def ask(question: Question) -> str:
        asked.append(question)
        return question.answers[0]

    sessions_of(rules, candidates, ask)
    if rules.takes(Step.PEER_ADDRESS):
        assert all("order of arrival" in question.what for question in asked)
