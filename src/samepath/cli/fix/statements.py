"""A change as a diff of the file's keys: whose it is, where it stands, what goes and what comes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from samepath.device.reading.source import Place
from samepath.model.amend import term_value
from samepath.model.change import Change, Direction, DropTerm, End, SetAttribute, SetKey, policy_at
from samepath.model.problems import below
from samepath.model.topology import Topology
from samepath.pairing.paired import Paired


def subject(change: Change, topology: Topology) -> str:
    """Which tunnel's policy it is, or whose key."""
    if isinstance(change, SetKey):
        return f"{'cgw:' if change.key.section == 'customer_gateways' else ''}{change.name}"
    place = change.place
    connection = topology.connections[place.connection]
    ends = {
        End.CUSTOMER: f"cgw:{connection.customer_gateway}",
        End.GATEWAY: f"gw:{connection.gateway}",
    }
    direction = "import" if place.direction is Direction.IMPORT else "export"
    return f"{place.connection}/tunnel{place.tunnel}, {direction} of {ends[place.end]}"


def path(change: Change) -> str:
    """Where the file has it."""
    if isinstance(change, SetKey):
        return change.path
    if change.term is None:
        return f"{change.place.path}, a new first term"
    return f"{change.place.path}[{change.term}]"


def place(change: Change, paired: Paired) -> Place | None:
    """The line of a device that a change is about: its clause, its policy, or its neighbour."""
    if isinstance(change, SetKey):
        return paired.place_at(change.path)
    where = change.place.path
    return paired.place_at(where if change.term is None else below(where, change.term))


def at_line(change: Change, paired: Paired) -> str:
    """Where the device has it."""
    found = place(change, paired)
    if found is None:
        return path(change)
    if not isinstance(change, SetKey) and change.term is None:
        return f"a new first clause, at {found}"
    return str(found)


def lines(change: Change, topology: Topology) -> Iterator[tuple[str, str]]:
    """What goes and what comes, as a diff has it."""
    match change:
        case SetKey(key=key, before=before, after=after):
            yield "-", f"{key.value}: {_spelt(before)}"
            yield "+", f"{key.value}: {_spelt(after)}"
        case SetAttribute(attribute=attribute, before=before, after=after):
            if before is not None:
                yield "-", f"{attribute.value}: {before}"
            if after is not None:
                yield "+", f"{attribute.value}: {after}"
        case DropTerm(place=place, term=term):
            gone = policy_at(topology.connections[place.connection], place).terms[term]
            yield "-", json.dumps(term_value(gone)).replace('"', "")


def _spelt(value: object) -> str:
    return str(getattr(value, "value", value)).lower()
