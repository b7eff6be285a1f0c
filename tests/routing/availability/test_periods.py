"""The periods in which an outage is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from samepath.cli.availability.computed import CREDIT
from samepath.cli.availability.words import (
    available,
    often,
    percent,
    percent_range,
    seconds,
    seconds_range,
)
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.periods import MONTH, WEEK, YEAR, within


@pytest.mark.parametrize(
    ("period", "told"),
    [(MONTH, "21 min 55 s"), (WEEK, "5 min 2 s"), (YEAR, "4 h 23 min")],
)
def test_what_is_left_of_99_95_percent(period: timedelta, told: str) -> None:
    assert seconds(within(1 - 0.9995, period)) == told


def test_a_month_is_a_twelfth_of_a_year_of_365_25_days() -> None:
    assert MONTH.total_seconds() == 365.25 / 12 * 86400
    assert CREDIT[0] == "99.95 %"
    assert CREDIT[1] == pytest.approx(1314.9)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 s"),
        (1e-6, "< 1 ms"),
        (0.295, "295 ms"),
        (0.9996, "1 s"),
        (12.34, "12.3 s"),
        (59.4, "59.4 s"),
        (59.7, "1 min"),
        (302.4, "5 min 2 s"),
        (3599.9, "1 h"),
        (86399, "1 d"),
        (90000, "1 d 1 h"),
        (365.25 * 86400, "365 d 6 h"),
    ],
)
def test_a_time_has_two_units_at_most(value: float, told: str) -> None:
    assert seconds(value) == told


def test_shares_show_three_figures_and_ranges_both_ends() -> None:
    told = {
        0.000853: "0.0853 %",
        0.999147: "99.9147 %",
        0.5: "50.0 %",
        0.0: "0 %",
        1.0: "100 %",
        1e-9: "< 0.000001 %",
        1 - 1e-9: "> 99.999999 %",
    }
    assert {share: percent(share) for share in told} == told
    assert percent_range(Range(low=0.0001, high=0.02)) == "0.0100 to 2.00 %"
    assert percent_range(Range(low=0.02, high=0.02)) == "2.00 %"
    assert available(Range(low=0.000853, high=0.000853)) == "99.9147 %"
    assert available(Range(low=0.0, high=0.02)) == "98.00 to 100 %"
    assert seconds_range(Range(low=0.0, high=60.0)) == "0 s to 1 min"
    assert [often(one) for one in (None, 0.0001, 4.0, 0.25)] == ["?", "< 0.001", "4", "0.25"]
