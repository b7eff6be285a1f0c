"""What ``samepath check --json`` prints; ``docs/reference/check.schema.json`` is its form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samepath.aws.understood import Understood
from samepath.cli.check import ends, understanding
from samepath.model.problems import Place, Problem, place_of
from samepath.model.problems import Places as PlacesOf
from samepath.pairing.paired import Paired
from samepath.routing.assumption import Assumption, Outcome, Question
from samepath.routing.compile import tunnel_of
from samepath.routing.fate import Fate, Mechanism
from samepath.routing.findings import Finding
from samepath.routing.forwarding import Path as Way
from samepath.routing.report import Report
from samepath.routing.verdict import Judgement, Pair, PairInState

SCHEMA = "samepath.check/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """A file and what was found in it; ``places`` says where its values stand."""

    file: str
    report: Report
    warnings: tuple[Problem, ...]
    places: PlacesOf
    understood: Understood | None = None
    """What AWS's descriptions were understood as; None of a topology file."""
    paired: Paired | None = None
    """Both ends together, where devices were named."""

    def where(self, path: str) -> Place | None:
        """Where a value of the file stands, or the nearest one around it that is written."""
        return place_of(self.places, path) if path else None

    def spelled(self, finding: Finding) -> str:
        """Where what a finding is about stands, as ``vpn.yaml:14``; empty where no value says it."""
        if self.paired is not None:
            own = self.paired.place_of(finding)
            return "" if own is None else str(own)
        if not finding.path:
            return ""
        place = self.where(finding.path)
        return self.file if place is None else f"{self.file}:{place.line}"

    def is_undetermined(self, one: PairInState) -> bool:
        """Whether nobody can say the verdict on a pair in a state."""
        doubtful = self.paired is not None and self.paired.is_doubtful(one.pair.customer)
        return one.undetermined or doubtful


def document(checked: Iterable[Checked]) -> dict[str, object]:
    """The whole answer."""
    return {"schema": SCHEMA, "files": [_file(one) for one in checked]}


def _file(checked: Checked) -> dict[str, object]:
    report = checked.report
    return {
        "file": checked.file,
        "name": report.topology.name,
        "sentence": report.sentence,
        "worst": report.worst and report.worst.value,
        "understood": checked.understood
        and {
            **understanding.document(checked.understood),
            "devices": ends.document(checked.paired),
        },
        "warnings": [warning.render(checked.file) for warning in checked.warnings],
        "known": list(map(_assumption, report.learned.facts.items())),
        "findings": [_finding(one, checked) for one in report.findings],
        "states": [_state(one, checked) for one in report.states],
        "elsewhere": [
            {
                **_pair(one.pair),
                "states": one.states,
                "outcomes": [_outcome(outcome) for outcome in one.outcomes],
                "too_much_open": list(map(_question, one.questions)),
            }
            for one in report.elsewhere
        ],
    }


def _finding(finding: Finding, checked: Checked) -> dict[str, object]:
    own = None if checked.paired is None else checked.paired.place_of(finding)
    place = own or checked.where(finding.path)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "path": finding.path or None,
        "file": own and own.file,
        "line": place and place.line,
        "what": finding.what,
        "advice": finding.advice,
    }


def _state(one: PairInState, checked: Checked) -> dict[str, object]:
    return {
        **_pair(one.pair),
        "state": one.state.name,
        "conditions": [
            {"element": str(element), "condition": condition.name.lower()}
            for element, condition in one.state.conditions
        ],
        "undetermined": checked.is_undetermined(one),
        "outcomes": [_outcome(outcome) for outcome in one.outcomes],
        "too_much_open": list(map(_question, one.questions)),
    }


def _pair(pair: Pair) -> dict[str, object]:
    return {
        "vpc": str(pair.vpc),
        "other_site": pair.far,
        "site": str(pair.site),
        "gateway": pair.gateway,
        "customer_gateway": pair.customer,
    }


def _outcome(outcome: Outcome[Judgement]) -> dict[str, object]:
    judgement = outcome.result
    return {
        "to_site": _way(judgement.ways.to_site),
        "to_vpc": _way(judgement.ways.to_vpc),
        "verdict": judgement.verdict.value,
        "open_flow": judgement.transition and judgement.transition.name.lower(),
        "from_vpc": _fate(judgement.from_vpc),
        "from_site": _fate(judgement.from_site),
        "if": [list(map(_assumption, because)) for because in outcome.because],
    }


def _question(question: Question) -> dict[str, object]:
    return {
        "subject": question.subject,
        "question": question.what,
        "answers": list(question.answers),
    }


def _assumption(assumption: Assumption) -> dict[str, object]:
    question, answer = assumption
    return {"subject": question.subject, "question": question.what, "answer": answer}


def _fate(fate: Fate) -> dict[str, object]:
    return {
        "verdict": fate.verdict.value,
        "because": _mechanism(fate.because),
        "open_flow": fate.transition and fate.transition.name.lower(),
        "open_flow_because": _mechanism(fate.transition_because),
    }


def _mechanism(mechanism: Mechanism | None) -> dict[str, object] | None:
    if mechanism is None:
        return None
    return {
        "device": mechanism.device,
        "rule": mechanism.rule,
        "rests_on": mechanism.sureness and mechanism.sureness.value,
    }


def _way(way: Way) -> dict[str, object]:
    return {
        "end": way.end.name.lower(),
        "tunnel": way.tunnel and tunnel_of(way.tunnel),
        "hops": [
            {
                "router": hop.router,
                "prefix": str(hop.route.prefix),
                "path": tunnel_of(hop.route.session),
                "source": hop.route.source.value,
                "decided_by": hop.decided_by and hop.decided_by.value,
            }
            for hop in way.hops
        ],
    }
