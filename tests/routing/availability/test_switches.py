"""Switches: how often they are, which gap they have, and which are told instead of counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from samepath.model.document import parse
from samepath.routing.availability.expectation import Cause, Expectation, expect
from samepath.routing.availability.figures import (
    ComponentKind,
    Figure,
    Figures,
    Maintenance,
)
from samepath.routing.availability.periods import YEAR

EXAMPLES = Path(__file__).parents[3] / "examples"
GOOD, CROSSED = (
    parse((EXAMPLES / f"{name}.yaml").read_text()).topology
    for name in ("active-standby", "asymmetric-drop")
)
PAIR = "10.0.0.0/16 - 192.168.10.0/24"
MTBF, MTTR = timedelta(days=100), timedelta(hours=1)
RARE = MTTR / (MTBF + MTTR)
AGAIN = "any state while something else is down"
OFTEN = YEAR / (MTBF + MTTR)
"""Times a year that one unit fails."""


def figures(
    kind: ComponentKind = ComponentKind.TUNNEL_ENDPOINT,
    *,
    mttr: timedelta | None = MTTR,
    units: int = 1,
    takeover: timedelta | None = None,
    maintenance: Maintenance | None = None,
    switching: timedelta | None = None,
) -> Figures:
    figure = Figure(
        unavailability=RARE,
        mttr=mttr,
        units=units,
        takeover=takeover,
        maintenance=maintenance,
    )
    return Figures(kinds={kind: figure}, switching=switching)


def one(some: Figures, **gaps: float) -> Expectation:
    measured = {
        PAIR: {
            name.replace("_", " ").replace("tunnel", "seoul/tunnel"): gap
            for name, gap in gaps.items()
        }
    }
    (found,) = expect(GOOD, some, measured)
    return found


def a_year(found: Expectation) -> float:
    """Seconds of switching."""
    return found.because_of(Cause.SWITCH).high * YEAR.total_seconds()


def uncounted(found: Expectation) -> dict[str, float | None]:
    return {each.into: each.per_year for each in found.uncounted}


def test_a_measured_gap_counts_as_often_as_the_tunnel_fails() -> None:
    found = one(figures(), tunnel1_down=2.0, tunnel1_returned=0.5)

    assert a_year(found) == pytest.approx(OFTEN * (1 - RARE) * 2.5)
    (told,) = [each for each in found.contributions if each.cause is Cause.SWITCH]
    assert told.what == "seoul/tunnel1 tunnel endpoint"
    assert told.per_year == pytest.approx(2 * OFTEN * (1 - RARE))


def test_what_nobody_has_measured_is_told_with_its_frequency_and_adds_nothing() -> None:
    found = one(figures())

    assert a_year(found) == 0
    told = uncounted(found)
    assert told["seoul/tunnel1 down"] == pytest.approx(OFTEN * (1 - RARE))
    assert told["seoul/tunnel1 returned"] == pytest.approx(OFTEN * (1 - RARE))
    assert told[AGAIN] == pytest.approx(4 * OFTEN * RARE)
    # The standby tunnel carries nothing.
    assert set(told) == {"seoul/tunnel1 down", "seoul/tunnel1 returned", AGAIN}


def test_a_gap_in_the_figures_stands_for_all_that_was_not_measured() -> None:
    found = one(figures(switching=timedelta(seconds=10)), tunnel1_down=2.0)

    assert found.uncounted == ()
    usual = OFTEN * (1 - RARE)
    assert a_year(found) == pytest.approx(usual * 2 + usual * 10 + 4 * OFTEN * RARE * 10)
    assert found.because_of(Cause.SWITCH).low * YEAR.total_seconds() == pytest.approx(usual * 12)


def test_what_ends_in_an_outage_is_no_switch() -> None:
    found = one(figures(ComponentKind.GATEWAY))

    assert found.uncounted == ()


def test_without_mttr_nobody_says_how_often() -> None:
    found = one(figures(mttr=None), tunnel1_down=2.0)

    assert a_year(found) == 0
    assert uncounted(found) == {"seoul/tunnel1 down": None, "seoul/tunnel1 returned": None}


def test_a_cluster_takes_over_as_often_as_the_unit_that_carries_fails() -> None:
    kind = ComponentKind.CUSTOMER_GATEWAY
    found = one(figures(kind, units=2, takeover=timedelta(seconds=3)))
    # The other one works for all but the share of the time that it is down.
    assert a_year(found) == pytest.approx(3 * YEAR / MTBF * (1 - RARE) ** 2)

    unknown = one(figures(kind, units=2))
    assert uncounted(unknown) == {
        "another unit of cgw:dc customer gateway": pytest.approx(YEAR / MTBF * (1 - RARE) ** 2)
    }


def test_a_takeover_that_nobody_tells_is_as_long_as_a_drill_of_the_cluster_has_measured() -> None:
    kind = ComponentKind.CUSTOMER_GATEWAY
    measured = {PAIR: {"cgw:dc/member1 down": 1.5, "cgw:dc/member2 down": 0.0}}
    often = YEAR / MTBF * (1 - RARE) ** 2
    (found,) = expect(GOOD, figures(kind, units=2), measured)
    assert a_year(found) == pytest.approx(1.5 * often)

    (told,) = expect(GOOD, figures(kind, units=2, takeover=timedelta(seconds=3)), measured)
    assert a_year(told) == pytest.approx(3 * often)


def test_the_steps_of_a_maintenance_are_changes_of_their_own() -> None:
    work = Maintenance(per_year=3, lasts=timedelta(minutes=10))
    found = one(
        figures(maintenance=work),
        tunnel1_in_maintenance=0.1,
        tunnel1_down=0.0,
        tunnel1_returned=0.0,
    )
    (told,) = [each for each in found.contributions if each.cause is Cause.SWITCH]

    assert told.what == "seoul/tunnel1 tunnel endpoint, planned"
    assert told.share.high * YEAR.total_seconds() == pytest.approx(3 * 0.1)
    # The MED returns, and so does the traffic; no drill has that as a state of its own.
    assert uncounted(found)["seoul/tunnel1 in maintenance, and over"] == 3


def test_a_failure_that_ends_an_outage_ends_it_after_its_gap() -> None:
    gaps = {PAIR: {"seoul/tunnel1 down": 2.0, "seoul/tunnel2 down": 4.0}}
    (found,) = expect(CROSSED, figures(), gaps)

    # Back to all up, where everything drops, there is nothing to wait for.
    assert a_year(found) == pytest.approx(OFTEN * (1 - RARE) * 6)
    assert set(uncounted(found)) == {AGAIN}
