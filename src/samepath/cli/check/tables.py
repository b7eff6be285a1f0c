"""The tables of ``samepath check``, at most as wide as they may be."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import fill

from rich.table import Table
from rich.text import Text

from samepath.cli.check import words
from samepath.routing.grouping import Block, Row, Told

MOST_STATES = 6
"""Tunnels and devices of a row's states before the rest is counted."""
LEAST_WIDTH = 16
"""Columns for a row's states, however wide the rest is."""
GAP = 2
"""Columns between two columns."""
HEADINGS = ("to site", "to VPC", "new flow", "open flow")


def of_states(rows: Iterable[Row], prefix: str, width: int) -> Table:
    """A row for each group of states; ``prefix`` is what all tunnels' names begin with."""
    told_rows = [
        (row, [cells(told, prefix) for told in row.told] or [_TOO_MUCH_OPEN]) for row in rows
    ]
    wide = [
        max([len(heading), *(len(line[number]) for _, lines in told_rows for line in lines)])
        for number, heading in enumerate(HEADINGS)
    ]
    left = max(width - sum(wide) - GAP * len(HEADINGS), LEAST_WIDTH)
    table = Table(box=None, pad_edge=False)
    for heading in ("state", *HEADINGS):
        table.add_column(heading, overflow="fold")
    for row, lines in told_rows:
        for number, line in enumerate(lines):
            table.add_row(Text(_states(row, left) if number == 0 else "  or"), *line)
    return table


_TOO_MUCH_OPEN = (Text("?"), Text("?"), Text("too much is open", "yellow"), Text("?"))
"""What is told where no outcome is."""


def cells(told: Told, prefix: str) -> tuple[Text, Text, Text, Text]:
    """What is told, under :data:`HEADINGS`."""
    return (
        Text(words.way(told.to_site, prefix)),
        Text(words.way(told.to_vpc, prefix)),
        words.verdict(told),
        words.transition(told),
    )


def _states(row: Row, width: int) -> str:
    told = words.states(one.state for one in row.states)
    more = len(told) - MOST_STATES
    if more > 0:
        told = [*told[:MOST_STATES], f"and {more} more"]
    return "\n".join(
        fill(one, width=width, subsequent_indent="  ", break_on_hyphens=False) for one in told
    )


def of_blocks(blocks: Iterable[Block]) -> Table:
    """A row for each block: its tunnel with all up, and how many states have which verdict."""
    table = Table(box=None, pad_edge=False)
    for heading in ("networks", "all up", "states"):
        table.add_column(heading, overflow="fold")
    for block in blocks:
        others = len(block.pairs) - 1
        more = f" (+{others})" if others else ""
        (all_up, *_) = block.rows[0].told
        counts = {
            word: sum(len(row.states) for row in block.rows if row.told[0].verdict is verdict)
            for verdict, (word, _) in words.VERDICTS.items()
        }
        # What changes nothing here leaves the verdict of all up.
        counts[words.VERDICTS[all_up.verdict][0]] += block.elsewhere
        table.add_row(
            f"{block.pairs[0]}{more}",
            words.way(all_up.to_site, ""),
            ", ".join(f"{count} {word}" for word, count in counts.items() if count),
        )
    return table
