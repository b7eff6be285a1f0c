"""What was understood of descriptions of AWS, shown before anything is predicted from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from samepath.aws.reading import Remark
from samepath.aws.understood import (
    Assumption,
    Understood,
    UnderstoodConnection,
    UnderstoodTunnel,
)
from samepath.cli.check.words import first
from samepath.model.problems import printable
from samepath.model.topology import GatewayKind, Routing

MOST_CONNECTIONS = 12
"""Connections that are told before the rest is counted."""
MOST_SUBJECTS = 4
"""Things of which one and the same is told that are named before the rest is counted."""
_STYLES = {"up": "green", "down": "red"}


def lines(understood: Understood, *, everything: bool) -> Iterator[RenderableType]:
    """All that is shown of it: the connections, what is assumed, and what was skipped."""
    connections = understood.connections
    told = connections if everything else connections[:MOST_CONNECTIONS]
    for one in told:
        yield _connection(one)
        yield _tunnels(one)
    if len(connections) > len(told):
        yield Text(f"and {len(connections) - len(told)} more connections (--all)")
    for skipped in _skipped(understood.skipped, everything=everything):
        yield hanging("skipped: ", skipped)
    for subjects, what in _by_what(understood.assumed):
        yield hanging("assumed: ", f"{first(subjects, MOST_SUBJECTS)}: {what}")


def _connection(one: UnderstoodConnection) -> Text:
    called = f" ({one.tag})" if one.tag else ""
    if one.routing is Routing.BGP:
        routing = f"BGP, AS {one.gateway_asn} - AS {one.customer_asn}"
    else:
        routing = "static routes"
    kind = " (transit)" if one.gateway_kind is GatewayKind.TRANSIT else ""
    return Text.assemble(
        (f"{one.id}{called}", "bold"),
        f": {one.gateway}{kind} - {one.customer_gateway} at {one.customer_address}, {routing}",
    )


def _tunnels(one: UnderstoodConnection) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for tunnel in one.tunnels:
        table.add_row(
            f"  tunnel {tunnel.number}",
            str(tunnel.outside),
            str(tunnel.inside),
            Text(_status(tunnel), _STYLES.get(tunnel.status, "")),
        )
    return table


def _status(tunnel: UnderstoodTunnel) -> str:
    """How AWS saw it, in its own words where it has some."""
    status = {"unknown": "status not told"}.get(tunnel.status, tunnel.status.upper())
    return f"{status} ({tunnel.message})" if tunnel.message else status


def _skipped(remarks: Iterable[Remark], *, everything: bool) -> Iterator[str]:
    """What was passed over; whole files of which the same is to be said are told together."""
    whole: dict[str, list[str]] = {}
    for one in remarks:
        if one.problem.path or everything:
            yield str(one)
        else:
            whole.setdefault(one.problem.message, []).append(one.file)
    for message, files in whole.items():
        yield f"{printable(first(files, MOST_SUBJECTS))}: {message}"


def _by_what(assumed: Iterable[Assumption]) -> Iterator[tuple[list[str], str]]:
    """Each assumption once, with all that it is made of."""
    subjects: dict[str, list[str]] = {}
    for one in assumed:
        subjects.setdefault(one.what, []).append(one.subject)
    yield from ((who, what) for what, who in subjects.items())


def hanging(head: str, text: str) -> RenderableType:
    """A line whose continuations stand below its text."""
    table = Table.grid()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(head, style="dim"), Text(text))
    return table


def document(understood: Understood) -> dict[str, object]:
    """The same for programs."""
    return {
        "connections": [_connection_document(one) for one in understood.connections],
        "assumed": [{"subject": one.subject, "what": one.what} for one in understood.assumed],
        "skipped": [str(one) for one in understood.skipped],
    }


def _connection_document(one: UnderstoodConnection) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "tag": one.tag,
        "file": one.file,
        "line": one.line,
        "gateway": one.gateway,
        "gateway_kind": one.gateway_kind.value,
        "gateway_asn": one.gateway_asn,
        "customer_gateway": one.customer_gateway,
        "customer_address": str(one.customer_address),
        "customer_asn": one.customer_asn,
        "routing": one.routing.value,
        "tunnels": [
            {
                "name": f"{one.name}/tunnel{tunnel.number}",
                "outside": str(tunnel.outside),
                "inside": str(tunnel.inside),
                "status": tunnel.status,
                "message": tunnel.message,
                "accepted": tunnel.accepted,
            }
            for tunnel in one.tunnels
        ],
    }
