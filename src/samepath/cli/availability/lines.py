"""What ``samepath availability`` shows, as lines and tables that are not printed yet.

The answer in one sentence comes first, then what contributes, the largest first, then what was not
counted, and what the figures were.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from samepath.cli.availability import words
from samepath.cli.availability.computed import CREDIT, FORMULA, Computed
from samepath.cli.check.words import VERDICTS, first
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.expectation import Cause, Contribution, Expectation
from samepath.routing.availability.figures import Figure, Whose
from samepath.routing.availability.periods import MONTH, WEEK, YEAR, within
from samepath.routing.availability.switches import Switch
from samepath.routing.fate import Verdict

MOST_PAIRS = 3
"""Pairs of networks that are told in full before the rest has a line each."""
MOST_CONTRIBUTIONS = 8
"""Contributions that are shown before the rest is summed up."""
MOST_UNCOUNTED = 6
"""Switches without a gap that are told before the rest is counted."""


def lines(computed: Computed, *, everything: bool) -> Iterator[RenderableType]:
    """All that is shown."""
    title = computed.topology.name
    if computed.without:
        title += f" without {', '.join(map(str, computed.without))}"
    if not computed.expected:
        yield Text(f"{title}: no connection joins a VPC to a site: there is nothing to expect")
        return
    shown = computed.expected if everything else computed.expected[:MOST_PAIRS]
    for number, one in enumerate(shown):
        if number:
            yield Text()
        yield from _of_pair(title, one, everything=everything)
    if rest := computed.expected[len(shown) :]:
        yield Text(f"\n{len(rest)} more that fare better (--all shows why)", style="bold")
        yield from map(_in_short, rest)
    yield Text()
    yield from _figures(computed)
    yield Text()
    yield from map(Text, ("How it is computed", *(f"  {line}" for line in FORMULA)))
    yield Text(
        f"AWS's {CREDIT[0]} ({words.seconds(CREDIT[1])} a month) is where AWS pays a service "
        "credit for one connection. It is no figure of a component, and nothing here is computed "
        "from it.",
        style="dim",
    )
    if computed.at_least is not None:
        yield _verdict(computed, computed.at_least)


def _of_pair(title: str, one: Expectation, *, everything: bool) -> Iterator[RenderableType]:
    outage = one.unavailability
    yield Text(f"{title}, {_pairs(one)}: availability {words.available(outage)}", style="bold")
    yield Text(f"no working way for new flows {words.percent_range(outage)} of the time: ").append(
        ", ".join(
            f"{words.seconds_range(_in(outage, period))} a {name}"
            for name, period in (("week", WEEK), ("month", MONTH), ("year", YEAR))
        )
    )
    parts = [
        f"{word} at most {words.percent(share.high)}"
        if cause is Cause.UNSEEN
        else f"{word} {words.percent_range(share)}"
        for cause, word in _CAUSES.items()
        if (share := one.because_of(cause)).high > 0
    ]
    if len(parts) > 1:
        yield Text(f"of that: {', '.join(parts)}")
    yield Text()
    yield _contributions(one, everything=everything)
    yield from _open(one)
    yield from _uncounted(one, everything=everything)


def _pairs(one: Expectation) -> str:
    alike = one.outlook.pairs - 1
    more = f" (and {alike} pair{'' if alike == 1 else 's'} alike)" if alike else ""
    return f"{one.outlook.pair}{more}"


def _in_short(one: Expectation) -> Text:
    outage = one.unavailability
    a_month = words.seconds_range(_in(outage, MONTH))
    return Text(f"  {_pairs(one)}: availability {words.available(outage)}, {a_month} a month")


def _in(share: Range, period: timedelta) -> Range:
    return Range(low=within(share.low, period), high=within(share.high, period))


_CAUSES = {
    Cause.ALL_UP: "with all up",
    Cause.FAILURE: "failures",
    Cause.PLANNED: "planned work",
    Cause.SWITCH: "switching",
    Cause.UNSEEN: "not looked at",
}
_LABELS = {
    Cause.PLANNED: ", planned work",
    Cause.SWITCH: ", switching",
}
_MARKS = {
    Whose.USER: "yours",
    Whose.MIXED: "part assumed",
    Whose.SAMEPATH: "assumed",
}


def _contributions(one: Expectation, *, everything: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("what makes it", overflow="fold")
    for heading in ("share", "a month", "times a year"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("figures", no_wrap=True)
    shown = one.contributions if everything else one.contributions[:MOST_CONTRIBUTIONS]
    for each in shown:
        table.add_row(
            _what(each),
            _part(each.share, one.unavailability),
            words.seconds_range(_in(each.share, MONTH)),
            words.often(each.per_year) if each.per_year is not None else "",
            "" if each.cause in _WITHOUT_FIGURES else _MARKS[each.whose],
        )
    rest = one.contributions[len(shown) :]
    if rest:
        share = Range(
            low=sum(each.share.low for each in rest), high=sum(each.share.high for each in rest)
        )
        table.add_row(
            f"{len(rest)} more (--all shows each)",
            _part(share, one.unavailability),
            words.seconds_range(_in(share, MONTH)),
            "",
            "",
        )
    return table


_WITHOUT_FIGURES = frozenset({Cause.ALL_UP, Cause.UNSEEN})


def _what(each: Contribution) -> Text:
    told = Text(f"{each.what}{_LABELS.get(each.cause, '')}")
    for verdict in VERDICTS:
        word, style = VERDICTS[verdict]
        if verdict in each.verdicts and "bold red" in style:
            told.append(": ").append(word, style=style)
    return told


def _part(share: Range, of: Range) -> str:
    """How much of the whole that is; where neither is one number, at most."""
    if of.high <= 0:
        return ""
    part = share.high / of.high
    told = "< 0.1 %" if part < 0.0005 else f"{part * 100:.1f} %"
    return told if share.is_exact else f"<= {told.removeprefix('< ')}"


def _open(one: Expectation) -> Iterator[Text]:
    """Why it is a range, where it is one."""
    if one.because_of(Cause.ALL_UP).low > 0:
        (now,) = (each.verdicts for each in one.contributions if each.cause is Cause.ALL_UP)
        yield Text()
        yield Text(
            "Nothing of this design could carry a flow."
            if now == {Verdict.EXPECTED_OUTAGE}
            else "New flows do not pass with all up: samepath check tells why, and samepath fix "
            "what mends it.",
            style="bold red",
        )
    states = [
        each.what
        for each in one.contributions
        if not each.share.is_exact and each.cause not in {Cause.UNSEEN, Cause.SWITCH}
    ]
    if states:
        yield Text(
            "From best to worst, as nobody can say what becomes of new flows with "
            f"{first(states, 3)} (samepath check tells what would decide).",
            style="yellow",
        )


def _uncounted(one: Expectation, *, everything: bool) -> Iterator[Text]:
    if not one.uncounted:
        return
    some = [each for each in one.uncounted if each.per_year is not None]
    every = sum(each.per_year or 0.0 for each in some)
    yield Text()
    yield Text(
        f"Not counted, as nobody has measured how long they take: {words.often(every)} switches a "
        f"year. Each second of each would add {words.seconds(every)} a year. (samepath drill "
        "measures; switching in the figures stands for what it cannot.)",
        style="yellow",
    )
    told = [*_by_state(one.uncounted)]
    most = len(told) if everything else MOST_UNCOUNTED
    for line in told[:most]:
        yield Text(f"  {line}")
    if len(told) > most:
        yield Text(f"  and {len(told) - most} more (--all shows each)")


def _by_state(switches: Sequence[Switch]) -> Iterator[str]:
    """How often each state begins, the most frequent first."""
    known: dict[str, float] = {}
    for each in switches:
        if each.per_year is not None:
            known[each.into] = known.get(each.into, 0.0) + each.per_year
    for into, per_year in sorted(known.items(), key=lambda one: -one[1]):
        yield f"{words.often(per_year)} a year: {into}"
    for into in dict.fromkeys(each.into for each in switches if each.per_year is None):
        yield f"nobody says how often: {into}"


# ----------------------------------------------------------------------------------------- figures


def _figures(computed: Computed) -> Iterator[RenderableType]:
    figures = computed.figures
    table = Table(box=None, pad_edge=False)
    table.add_column("figures", no_wrap=True)
    for heading in ("down", "MTTR", "beta", "units"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("planned", no_wrap=True)
    table.add_column("whose", no_wrap=True)
    for kind, figure in figures.kinds.items():
        table.add_row(
            kind.words,
            words.percent(figure.unavailability),
            "?" if figure.mttr is None else words.seconds(figure.mttr.total_seconds()),
            f"{figure.beta:.0%}",
            str(figure.units),
            _work(figure),
            _MARKS[figure.whose],
        )
    yield table
    assumed = [kind.words for kind, one in figures.kinds.items() if one.whose is Whose.SAMEPATH]
    mixed = [kind.words for kind, one in figures.kinds.items() if one.whose is Whose.MIXED]
    if assumed:
        yield Text(
            f"ASSUMED by samepath, without any source: {', '.join(assumed)}. Put your own in their "
            "place before you rest anything on this.",
            style="bold yellow",
        )
    if mixed:
        yield Text(f"Marked as assumed, and not samepath's: {', '.join(mixed)}.", style="yellow")
    if figures.lacking:
        lacking = ", ".join(kind.words for kind in figures.lacking)
        yield Text(f"Without a figure, so as if it never failed: {lacking}.", style="yellow")
    yield from _gaps(computed)


def _gaps(computed: Computed) -> Iterator[Text]:
    measured = computed.measured
    if measured is not None:
        states = {state for one in measured.gaps.values() for state in one}
        yield Text(f"Gaps measured by the drill: of {len(states)} states.")
        if measured.busy:
            yield Text(
                "Not taken, as the machine was too busy to count: "
                f"{first(measured.busy, 3)}. Drill again.",
                style="yellow",
            )
        if measured.differing:
            yield Text(
                "The drill was not as predicted, so that this is not to be relied on, with "
                f"{first(measured.differing, 3)}.",
                style="bold red",
            )
    if computed.figures.switching is not None:
        gap = words.seconds(computed.figures.switching.total_seconds())
        yield Text(f"Gap of what was not measured, as the figures say: {gap}.")


def _work(figure: Figure) -> str:
    if figure.maintenance is None:
        return ""
    lasts = words.seconds(figure.maintenance.lasts.total_seconds())
    return f"{figure.maintenance.per_year:g} a year, {lasts}"


def _verdict(computed: Computed, at_least: float) -> Text:
    wanted = f"{at_least * 100:.10g} %"
    outage = computed.worst
    if computed.reached:
        return Text(f"At least {wanted} is reached.", style="green")
    if 1 - outage.low >= at_least:
        return Text(f"At least {wanted} MAY be reached, and nobody can say.", style="bold red")
    allowed = words.seconds(within(1 - at_least, MONTH))
    return Text(
        f"At least {wanted} ({allowed} a month) is NOT reached: "
        f"{words.seconds_range(_in(outage, MONTH))} a month.",
        style="bold red",
    )
