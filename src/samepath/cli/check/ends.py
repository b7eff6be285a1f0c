"""What was understood of the devices at the customer's end, shown before anything is predicted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from samepath.cli.check.words import counted, first
from samepath.cli.device.words import as_number
from samepath.device.readers import title
from samepath.model.topology import Routing
from samepath.pairing.device import Doubt
from samepath.pairing.handshake import Answer, Reason
from samepath.pairing.paired import Paired, PairedDevice, PairedTunnel

_MOST_PLACES = 3
MOST_OF_A_NAME = 34
"""Letters of a tunnel's name, so that its row fits into 80 columns with the longest address."""
_ANSWERS = {Answer.YES: "yes", Answer.NO: "NO", Answer.UNKNOWN: "not told"}
_STYLES = {Answer.YES: "green", Answer.NO: "bold red", Answer.UNKNOWN: "yellow"}


def lines(paired: Paired) -> Iterator[RenderableType]:
    """Each device in a sentence, and whether its tunnels come up and stay up."""
    for one in paired.devices:
        yield headline(one)
        yield _tunnels(one)


def headline(one: PairedDevice) -> Text:
    """A device: what it is, which tunnels are its own, and what of it was not understood."""
    configuration = one.device.configuration
    release = f" {configuration.release.value}" if configuration.release is not None else ""
    parts = [f"{title(configuration.platform)}{release}"]
    parts += dict.fromkeys(
        as_number(tunnel.match.bgp.asn.value)
        for tunnel in one.tunnels
        if tunnel.match.bgp is not None
    )
    told = f": {', '.join([*parts, _matched(one)])}"
    unread = [doubt for doubt in one.doubts if doubt.text]
    if unread:
        names = " ".join(one.device.files)
        lists = f"`samepath device {names}` lists {'it' if len(unread) == 1 else 'them'}"
        told += f"; {counted(len(unread), 'line')} not understood ({lists})"
    return Text.assemble((one.device.name, "bold"), told)


def _matched(one: PairedDevice) -> str:
    """Which of its neighbours are which tunnels."""
    clauses: list[str] = []
    for name in dict.fromkeys(each.match.connection.name for each in one.tunnels):
        mine = [each for each in one.tunnels if each.match.connection.name == name]
        bgp = mine[0].match.connection.routing is Routing.BGP
        there = [each for each in mine if (each.match.neighbour if bgp else each.match.own)]
        numbers = " and ".join(str(each.match.tunnel.number) for each in there)
        what = "neighbour" if bgp else "tunnel"
        if there:
            clauses.append(
                f"{counted(len(there), what)} matched with tunnel{'s' if len(there) > 1 else ''} "
                f"{numbers} of {name}"
            )
        else:
            clauses.append(f"no {what} matched with {name}")
    return ", ".join(clauses)


def _tunnels(one: PairedDevice) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("", *(Text(word, "dim") for word in ("neighbour", "comes up", "survives rekey")))
    for tunnel in one.tunnels:
        neighbour = tunnel.match.neighbour
        table.add_row(
            f"  {_cut(tunnel.name)}",
            "-" if neighbour is None else str(neighbour.address),
            _answer(tunnel.handshake.comes_up),
            _answer(tunnel.handshake.survives),
        )
    return table


def _cut(tunnel: str) -> str:
    """The name of a tunnel, of which a long one loses the end of its connection's name."""
    if len(tunnel) <= MOST_OF_A_NAME:
        return tunnel
    connection, _, number = tunnel.rpartition("/")
    return f"{connection[: MOST_OF_A_NAME - len(number) - 2]}…/{number}"


def _answer(answer: Answer) -> Text:
    return Text(_ANSWERS[answer], _STYLES[answer])


def notes(paired: Paired) -> Iterator[str]:
    """What is open or differs of the tunnels' IPsec, each once, with the tunnels that it is of."""
    told: dict[str, list[str]] = {}
    for one in paired.devices:
        for tunnel in one.tunnels:
            for text in _open(tunnel):
                told.setdefault(text, []).append(tunnel.name)
    yield from (f"{_named(names)}: {text}" for text, names in told.items())


def _named(names: list[str]) -> str:
    """The tunnels, those of one connection together."""
    by_connection: dict[str, list[str]] = {}
    for name in names:
        connection, _, tunnel = name.partition("/")
        by_connection.setdefault(connection, []).append(tunnel)
    return ", ".join(f"{name}/{' and '.join(some)}" for name, some in by_connection.items())


def _open(tunnel: PairedTunnel) -> Iterator[str]:
    it = tunnel.handshake
    for reason in (*it.reasons, *it.rekeying):
        if reason.answer is Answer.UNKNOWN:
            yield reason.what
    yield from it.notes


def reservation(paired: Paired) -> str:
    """Why nobody can be sure of the verdict; empty if nothing speaks against it."""
    doubts = [doubt for doubt in paired.doubts if doubt.concerns_ways]
    if not doubts:
        return ""
    places = [*dict.fromkeys(str(one.place) for one in doubts if one.place is not None)]
    where = f" ({first(places, _MOST_PLACES)})" if places else ""
    lines = sum(bool(one.text) for one in doubts)
    parts = []
    if lines:
        was = "was" if lines == 1 else "were"
        parts.append(f"{counted(lines, 'line')} that {was} not understood")
    if lines < len(doubts):
        parts.append(f"{counted(len(doubts) - lines, 'thing')} that no model holds")
    return f"{' and '.join(parts)} may change it{where}"


# ---------------------------------------------------------------------------------- for programs


def document(paired: Paired | None) -> list[dict[str, object]]:
    """The devices for programs."""
    return [] if paired is None else [_device(one) for one in paired.devices]


def _device(one: PairedDevice) -> dict[str, object]:
    configuration = one.device.configuration
    return {
        "name": one.device.name,
        "files": list(one.device.files),
        "platform": configuration.platform.value,
        "release": configuration.release and configuration.release.value,
        "host_name": configuration.host_name and configuration.host_name.value,
        "customer_gateway": one.customer,
        "tunnels": [_tunnel(each) for each in one.tunnels],
        "not_understood": [_doubt(each) for each in one.doubts],
    }


def _tunnel(one: PairedTunnel) -> dict[str, object]:
    neighbour = one.match.neighbour
    return {
        "name": one.name,
        "neighbour": None if neighbour is None else str(neighbour.address),
        "file": None if neighbour is None else neighbour.place.file,
        "line": None if neighbour is None else neighbour.place.line,
        "session": not one.closed if one.match.connection.routing is Routing.BGP else None,
        "comes_up": one.handshake.comes_up.value,
        "survives_rekey": one.handshake.survives.value,
        "reasons": list(_reasons((*one.handshake.reasons, *one.handshake.rekeying))),
        "notes": list(one.handshake.notes),
    }


def _reasons(reasons: Iterable[Reason]) -> Iterator[str]:
    for one in reasons:
        yield one.what if one.place is None else f"{one.place}: {one.what}"


def _doubt(one: Doubt) -> dict[str, object]:
    return {
        "file": one.place and one.place.file,
        "line": one.place and one.place.line,
        "text": one.text,
        "reason": one.reason,
        "could_change": sorted(part.value for part in one.parts),
    }
