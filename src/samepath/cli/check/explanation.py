"""What ``samepath check`` shows of why: the rule at every hop, and what nobody can know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from samepath.cli.check import words
from samepath.routing.assumption import Assumption, Facts, Question
from samepath.routing.compile import tunnel_of
from samepath.routing.fate import Initiator, Mechanism
from samepath.routing.forwarding import Hop
from samepath.routing.grouping import distinct
from samepath.routing.verdict import Judgement, Pair, PairInState

MOST_ANSWERS = 4
"""Answers to a question that are told before the rest is counted."""


def open_questions(states: Iterable[PairInState]) -> Iterator[Text]:
    """What would decide where there is more than one outcome, each question once."""
    asked: dict[tuple[str, str, bool], dict[str, None]] = {}
    for one in states:
        for question in _asked(one):
            key = (question.subject, question.what, question.per_flow)
            answers = asked.setdefault(key, {})
            answers.update(dict.fromkeys(map(tunnel_of, question.answers)))
    for (subject, what, per_flow), answers in asked.items():
        told = [*answers][:MOST_ANSWERS]
        more = len(answers) - len(told)
        which = " or ".join([*told, *([f"{more} more"] if more else [])])
        who = "each flow has its own at" if per_flow else "nobody says of"
        yield Text(f"{who} {subject}: {what} ({which})", "yellow")


def _asked(one: PairInState) -> Iterator[Question]:
    """The questions on which it hangs what is told of a pair in a state."""
    yield from one.questions
    if len(distinct(one.outcomes)) > 1:
        for outcome in one.outcomes:
            for because in outcome.because:
                yield from (question for question, _ in because)


def known(facts: Facts) -> Iterator[Text]:
    """What the observed tables tell beyond the file."""
    for question, answer in facts.items():
        yield Text(f"known of {question.subject}: {question.what}: {tunnel_of(answer)}", "dim")


def explanation(found: PairInState) -> Iterator[Text]:
    """The ways of a pair in a state, hop by hop."""
    yield Text(f"\n{found.state.name}", style="bold")
    if found.questions:
        yield Text("  too much is open for any outcome to be told:", style="yellow")
        asked = dict.fromkeys(f"    {one.subject}: {one.what}" for one in found.questions)
        yield from map(Text, asked)
    for outcome in found.outcomes:
        ways = outcome.result.ways
        if len(found.outcomes) > 1:
            yield Text(f"  if {_assumed(outcome.because[0])}:", style="yellow")
        far = found.pair.far
        for name, way in (
            ("to the site" if far is None else f"to {found.pair.site_name}", ways.to_site),
            ("to the VPC" if far is None else f"to {far}", ways.to_vpc),
        ):
            yield Text(f"  {name}: {way.end.value}")
            for hop in way.hops:
                told = f"    {hop.router} has {hop.route.prefix} by {_because(hop)}"
                # A hop stays on one line, for whoever searches it.
                yield Text(told, no_wrap=True, overflow="ignore")
        yield from _fates(outcome.result, found.pair)


def _fates(judgement: Judgement, pair: Pair) -> Iterator[Text]:
    """What becomes of the flows of either end, and which device makes it so."""
    both = judgement.from_vpc == judgement.from_site
    for initiator, fate in judgement.fates[: 1 if both else 2]:
        opener = f"the {initiator.value}"
        if pair.far is not None:
            opener = pair.far if initiator is Initiator.VPC else pair.site_name
        opened = "opened by either end" if both else f"opened by {opener}"
        verdict = words.VERDICTS[fate.verdict][0]
        yield Text(f"  a new flow, {opened}: {verdict}{_mechanism(fate.because)}")
        if fate.transition is not None:
            told = f"{words.TRANSITIONS[fate.transition]}{_mechanism(fate.transition_because)}"
            yield Text(f"  an open flow, {opened}: {told}")


def _mechanism(mechanism: Mechanism | None) -> str:
    if mechanism is None:
        return ""
    rests_on = "" if mechanism.sureness is None else f" [{mechanism.sureness.value}]"
    return f"; {mechanism.device}: {mechanism.rule}{rests_on}"


def _because(hop: Hop) -> str:
    told = [f"{tunnel_of(hop.route.session)} ({hop.route.source.value})"]
    if hop.decided_by is None:
        told.append("the only route")
    if hop.decision.removals:
        last = hop.decision.removals[-1]
        losers = ", ".join(tunnel_of(route.session) for route in last.removed)
        told.append(f"before {losers}: {last.step.value} [{last.sureness.value}]")
    if hop.equals > 1:
        told.append(f"one of {hop.equals} equal routes, by the flow's hash")
    return ", ".join(told)


def _assumed(because: Iterable[Assumption]) -> str:
    return ", and ".join(
        f"{question.subject}: {question.what} = {tunnel_of(answer)}" for question, answer in because
    )
