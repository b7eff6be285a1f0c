"""What ``samepath availability --json`` prints; ``docs/how-to/availability.md`` tells its keys."""

from __future__ import annotations

from datetime import timedelta

from samepath.cli.availability.computed import FORMULA, Computed
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.expectation import Cause, Contribution, Expectation
from samepath.routing.availability.figures import ComponentKind, Figure
from samepath.routing.availability.periods import (
    CREDIT_THRESHOLD,
    MONTH,
    WEEK,
    YEAR,
    within,
)
from samepath.routing.availability.switches import Switch

SCHEMA = "samepath.availability/1"


def document(computed: Computed) -> dict[str, object]:
    """The whole answer."""
    figures, measured = computed.figures, computed.measured
    return {
        "schema": SCHEMA,
        "file": computed.file,
        "name": computed.topology.name,
        "without": [str(element) for element in computed.without],
        "at_least": computed.at_least,
        "reached": computed.reached,
        "pairs": [_pair(one) for one in computed.expected],
        "figures": [_figure(kind, one) for kind, one in figures.kinds.items()],
        "without_figure": [kind.value for kind in figures.lacking],
        "switching_seconds": _seconds(figures.switching),
        "drill": None
        if measured is None
        else {
            "states_measured": sorted({each for one in measured.gaps.values() for each in one}),
            "states_differing": list(measured.differing),
            "states_too_busy": list(measured.busy),
        },
        "formula": list(FORMULA),
        "service_credit": {
            "below": CREDIT_THRESHOLD,
            "seconds_a_month": round(within(1 - CREDIT_THRESHOLD, MONTH), 3),
            "used": False,
        },
    }


def _pair(one: Expectation) -> dict[str, object]:
    pair, outage = one.outlook.pair, one.unavailability
    return {
        "pair": str(pair),
        "vpc": str(pair.vpc),
        "site": str(pair.site),
        "alike": one.outlook.pairs - 1,
        "unavailability": _range(outage),
        "availability": {"low": 1 - outage.high, "high": 1 - outage.low},
        "seconds": {
            name: _range(outage * period.total_seconds())
            for name, period in (("week", WEEK), ("month", MONTH), ("year", YEAR))
        },
        "by_cause": {cause.name.lower(): _range(one.because_of(cause)) for cause in Cause},
        "contributions": [_contribution(each) for each in one.contributions],
        "not_counted": [_switch(each) for each in one.uncounted],
        "failures_at_once": one.most_down,
        "not_looked_at": one.unseen,
    }


def _range(some: Range) -> dict[str, object]:
    return {"low": some.low, "high": some.high}


def _contribution(each: Contribution) -> dict[str, object]:
    return {
        "cause": each.cause.name.lower(),
        "what": each.what,
        "share": _range(each.share),
        "per_year": each.per_year,
        "verdicts": sorted(verdict.value for verdict in each.verdicts),
        "whose": each.whose.name.lower(),
    }


def _switch(each: Switch) -> dict[str, object]:
    return {"because": each.because, "into": each.into, "per_year": each.per_year}


def _figure(kind: ComponentKind, one: Figure) -> dict[str, object]:
    work = one.maintenance
    return {
        "kind": kind.value,
        "unit_unavailability": one.unavailability,
        "mttr_seconds": _seconds(one.mttr),
        "beta": one.beta,
        "units": one.units,
        "takeover_seconds": _seconds(one.takeover),
        "maintenance": None
        if work is None
        else {"per_year": work.per_year, "lasts_seconds": work.lasts.total_seconds()},
        "whose": one.whose.name.lower(),
    }


def _seconds(some: timedelta | None) -> float | None:
    return None if some is None else some.total_seconds()
