"""The words in which shares of the time and periods are told to people."""

from __future__ import annotations

from math import floor, log10

from samepath.routing.availability.enumeration import Range

_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_MOST_DECIMALS = 6
_LEAST = 10**-_MOST_DECIMALS / 100
"""The least share that is told as a number."""
_PARTS = ((_DAY, "d", _HOUR, "h"), (_HOUR, "h", _MINUTE, "min"), (_MINUTE, "min", 1, "s"))


def seconds(value: float) -> str:
    """A time in two units at most: ``21 min 55 s``, ``4 h 23 min``, ``150 ms``."""
    if value <= 0:
        return "0 s"
    if value < 0.0005:
        return "< 1 ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    for large, large_word, small, small_word in _PARTS:
        rounded = round(value / small) * small
        if rounded >= large:
            whole, rest = divmod(rounded, large)
            rest_words = f" {rest // small} {small_word}" if rest else ""
            return f"{whole} {large_word}{rest_words}"
    return f"{value:.3g} s"


def seconds_range(some: Range) -> str:
    """The same of what is not known better than to lie between two."""
    low, high = seconds(some.low), seconds(some.high)
    return high if low == high else f"{low} to {high}"


def percent(share: float) -> str:
    """A share of which three figures count, of it or of what it leaves of all: ``99.9147 %``."""
    if 0 < share < _LEAST:
        return f"< {_LEAST * 100:.{_MOST_DECIMALS}f} %"
    if 0 < 1 - share < _LEAST:
        return f"> {(1 - _LEAST) * 100:.{_MOST_DECIMALS}f} %"
    return f"{share * 100:.{max(_decimals(share), _decimals(1 - share))}f} %"


def _decimals(share: float) -> int:
    """How many decimals of a percentage show three figures of a share."""
    if share <= 0:
        return 0
    return min(max(2 - floor(log10(share * 100)), 0), _MOST_DECIMALS)


def percent_range(some: Range) -> str:
    """A share that is not known better than to lie between two."""
    low, high = percent(some.low), percent(some.high)
    return high if low == high else f"{low.removesuffix(' %')} to {high}"


def available(unavailability: Range) -> str:
    """What is left of all."""
    return percent_range(Range(low=1 - unavailability.high, high=1 - unavailability.low))


def often(per_year: float | None) -> str:
    """How often a year: ``4.2``, ``0.03``."""
    if per_year is None:
        return "?"
    return "< 0.001" if 0 < per_year < 0.001 else f"{per_year:.3g}"
