"""What a drill tells programs (``samepath.drill/1``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from samepath.cli.drill.parts import imitated, real
from samepath.cli.rehearsal import Rehearsed
from samepath.cli.rehearsal import document as rehearsal_document
from samepath.lab.drill.comparison import PASSES, Compared
from samepath.lab.drill.record import UNASKED, Record
from samepath.routing.compile import tunnel_of

SCHEMA = "samepath.drill/1"


def document(it: Record, rehearsed: Rehearsed | None) -> dict[str, Any]:
    """All that it has but the path of a page; ``rehearsed`` is what was made a lab of, if anything."""
    return {
        "file": it.file,
        "rehearsal": rehearsal_document(rehearsed),
        "fast_timers": list(it.instead),
        "as_predicted": not it.differing_at_all,
        "seconds": round(it.seconds, 1),
        "seconds_waited": round(it.waited, 1),
        "states": [_row_json(row) for row in it.rows],
        "observed": None if it.known is None else _observed_json(it.known),
        "not_drilled": [
            {"state": state.name, "because": why} for state, why in it.not_drilled if why != UNASKED
        ],
        "pairs_without_hosts": [str(pair) for pair in it.unheard],
        "real": real(it.topology),
        "imitated": imitated(it.topology),
    }


def _observed_json(known: Sequence[Compared]) -> dict[str, Any]:
    return {
        "settles": bool(known),
        "undetermined": sum(row.predicted.undetermined for row in known),
        "as_predicted": not any(row.differences for row in known),
        "differences": [
            {
                "state": row.predicted.state.name,
                "pair": str(row.predicted.pair),
                "differences": list(row.differences),
            }
            for row in known
            if row.differences
        ],
    }


def _row_json(row: Compared) -> dict[str, Any]:
    measured = row.measured
    return {
        "state": row.predicted.state.name,
        "pair": str(row.predicted.pair),
        "as_predicted": not row.differences,
        "differences": list(row.differences),
        "undetermined": row.predicted.undetermined,
        "predicted": [
            {
                "to_site": _tunnel(outcome.result.ways.tunnels[0]),
                "to_vpc": _tunnel(outcome.result.ways.tunnels[1]),
                "flows": {
                    end.value.lower(): {
                        "verdict": fate.verdict.value,
                        "passes": fate.verdict in PASSES,
                        "transition": fate.transition.value if fate.transition else None,
                    }
                    for end, fate in outcome.result.fates
                },
            }
            for outcome in row.predicted.outcomes
        ],
        "measured": {
            "to_site": list(measured.to_site),
            "to_vpc": list(measured.to_vpc),
            "flows": {
                end.value.lower(): {"new": flows.new, "open": flows.kept}
                for end, flows in measured.flows.items()
            },
            "numbered": None
            if measured.lost is None
            else {
                way: {
                    "sent": one.sent,
                    "lost": one.lost,
                    "longest_gap_ms": round(one.longest_gap * 1000, 1),
                    "valid": one.valid,
                }
                for way, one in zip(("to_site", "to_vpc"), measured.lost, strict=True)
            },
            "seconds": round(measured.seconds, 2),
            "measured_again": measured.again,
            "went_down_meanwhile": list(measured.disturbed),
        },
    }


def _tunnel(path: str | None) -> str | None:
    return None if path is None else tunnel_of(path)
