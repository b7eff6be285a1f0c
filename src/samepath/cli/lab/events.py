"""``samepath lab events``: what happened, from every log, on one time axis in UTC."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from samepath.cli.lab.common import AsJson, LabName, complete_element, print_json, the_lab
from samepath.lab.events import Event, Kind, Logs
from samepath.model.elements import element_called

LOOK_EVERY = 0.2
"""Seconds between two looks at the logs with ``--follow``."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_LONGEST = 1e9
"""Seconds: before the computer that this runs on was made."""
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration(text: str) -> timedelta:
    """A time as ``90s``, ``5m`` or ``1h``."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time such as 500ms, 90s, 5m or 1h")
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > _LONGEST:
        raise typer.BadParameter(f"{text!r} is too long a time; leave --since out to see all")
    return timedelta(seconds=seconds)


def events(
    element: Annotated[
        str | None,
        typer.Argument(autocompletion=complete_element, help="Only of this element and its parts."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Only the last 90s, 5m, 1h, ...")
    ] = None,
    kind: Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened in the lab: faults, IKE, CHILD_SA, BFD and BGP, in order of time (UTC).

    With --follow and --json, each event is one line of JSON.

    Example: samepath lab events seoul/tunnel1 --since 5m
    """
    running = the_lab(lab)
    if element is not None:
        element_called(running.topology, element)
    start = None if since is None else datetime.now(UTC) - duration(since)

    def wanted(event: Event) -> bool:
        return (
            (element is None or event.is_of(element))
            and (not kind or event.kind in kind)
            and (start is None or event.time >= start)
        )

    logs = Logs(running.home.path / "log", running.topology)
    found = [event for event in logs.news() if wanted(event)]
    if as_json and not follow:
        print_json(
            "samepath.lab.events/1", lab=running.name, events=[event.plain() for event in found]
        )
        return
    while True:
        for event in found:
            _show(event, as_json=as_json)
        if not follow or not running.home.exists():
            return
        time.sleep(LOOK_EVERY)  # noqa: TID251 - a log that grows tells nobody
        found = [event for event in logs.news() if wanted(event)]


def _show(event: Event, *, as_json: bool) -> None:
    if as_json:
        print_json("samepath.lab.event/1", one_line=True, **event.plain())
    else:
        typer.echo(f"{event.stamp}  {event.kind.value:8}  {event.element:32}  {event.text}")
