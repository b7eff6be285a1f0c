"""Routes and answers for the tests of the decision."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from samepath.routing.assumption import Question
from samepath.routing.route import Route, Source

PREFIX = IPv4Network("10.0.0.0/16")
ASN = 64512


def bgp(session: str, **changes: object) -> Route:
    """A route heard from AWS, in which everything that could be asked for is known."""
    number = sum(map(ord, session)) % 200
    route = Route(
        prefix=PREFIX,
        source=Source.EBGP,
        session=session,
        next_hop=IPv4Address(f"169.254.{number}.1"),
        as_path=(ASN,),
        med=100,
        age=0,
        peer_address=IPv4Address(f"169.254.{number}.1"),
        peer_router_id=IPv4Address("192.0.2.1"),
    )
    return replace(route, **changes)  # type: ignore[arg-type]


def other(session: str, source: Source, **changes: object) -> Route:
    """A route of another protocol than BGP."""
    route = Route(prefix=PREFIX, source=source, session=session)
    return replace(route, **changes)  # type: ignore[arg-type]


def never(question: Question) -> str:
    """For what must be decided without a question."""
    raise AssertionError(f"asked: {question}")


class Answers:
    """Answers by the start of the question, and what has been asked."""

    def __init__(self, answers: dict[str, str] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[Question] = []

    def __call__(self, question: Question) -> str:
        """The answer that was given for it, or the first one."""
        self.asked.append(question)
        for start, answer in self.answers.items():
            if question.what.startswith(start):
                assert answer in question.answers, question
                return answer
        return question.answers[0]
