"""Periods in which an outage is told: a year of 365.25 days, and a month that is a twelfth of it."""

from __future__ import annotations

from datetime import timedelta

WEEK = timedelta(weeks=1)
YEAR = timedelta(days=365.25)
MONTH = YEAR / 12

CREDIT_THRESHOLD = 0.9995
"""The monthly uptime of one connection below which AWS pays a service credit.

It is no figure of a component: AWS promises money, for a connection of two tunnels, in a month (AWS
Site-to-Site VPN Service Level Agreement, 5 May 2022). Nothing is computed from it."""


def within(share: float, period: timedelta) -> float:
    """Seconds of ``period`` that a share of the time is."""
    return share * period.total_seconds()
