"""The topology file: text in, a Topology with the places of its values out, or all its mistakes.

Reading goes through four pure steps, none of which stops at a mistake: the text becomes a tree with
places (:mod:`~samepath.model.tree`), the tree is read by the table of keys
(:mod:`~samepath.model.keys`), defaults make it a topology (:mod:`~samepath.model.intent`), and the
rules between values are held against it (:mod:`~samepath.model.validation`). Somebody who mends a
file wants to do it once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace

from samepath.model import cautions, intent, keys, limits, validation
from samepath.model.fields import Reading, Values
from samepath.model.problems import (
    InvalidDocument,
    Place,
    Problem,
    below,
    follows_from,
    placed,
)
from samepath.model.topology import Topology
from samepath.model.tree import Mapping as MappingNode
from samepath.model.tree import Node, Scalar, read_tree

__all__ = ["Document", "InvalidDocument", "Place", "Problem", "parse"]

_EXAMPLE = "the smallest file has the keys samepath, vpcs, customer_gateways, sites, connections"
_START = Place(line=1, column=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A topology and where each of its values stands in the text that it was read from.

    ``places`` is keyed by path (``connections.seoul.tunnels[1].inside``); a value that came from a
    default has no place of its own (:func:`samepath.model.problems.place_of` finds the nearest).
    """

    topology: Topology
    places: Mapping[str, Place]

    def warnings(self) -> tuple[Problem, ...]:
        """What can be built, but will not come up, or not well, or not for long."""
        found = cautions.warnings(self.topology, self.places)
        return tuple(sorted(found, key=_in_order))


def parse(text: str, *, filename: str = "-") -> Document:
    """Read a topology file.

    ``filename`` only stands in messages. Raises :class:`InvalidDocument` with every mistake of the
    file at once; nothing else, whatever the text holds.
    """
    tree = read_tree(text)
    reading = Reading()
    file = _file(tree.root, reading, readable=not tree.problems)
    reading.problems[:] = [
        problem for problem in reading.problems if not follows_from(problem, tree.unread)
    ]
    reading.unread |= tree.unread
    problems = [*tree.problems]
    places: dict[str, Place] = {"": _START}
    if file is None:
        problems += reading.problems
    else:
        shared = _share_defaults(file, reading)
        topology = intent.topology(file, reading)
        places.update(reading.places)
        unread = frozenset(reading.unread)
        found = (
            replace(
                placed(problem, reading.places),
                path=shared.get(problem.path, problem.path),
                concerns=(),
            )
            for problem in validation.problems(topology, reading.places)
            if not follows_from(problem, unread)
        )
        problems += dict.fromkeys((*reading.problems, *found))
        if not problems:
            return Document(topology=topology, places=places)
    raise InvalidDocument(sorted(problems, key=_in_order), filename=filename)


def _in_order(problem: Problem) -> tuple[int, int]:
    return (problem.line or 0, problem.column or 0)


def _file(root: Node | None, reading: Reading, *, readable: bool) -> Values | None:
    """The values of the whole file; None if there is no mapping to read them from."""
    if root is None:
        if readable:
            reading.refuse("", _START, "the file is empty", _EXAMPLE)
        return None
    if not isinstance(root, MappingNode):
        if readable:
            reading.refuse("", root.place, "the file is not a mapping of keys", _EXAMPLE)
        return None
    file = keys.FILE.read(root, "", reading)
    version = root.entries.get(keys.VERSION.key)
    if isinstance(version, Scalar) and keys.VERSION.key in reading.unread:
        # Written for another samepath: what else looks wrong to this one may be right.
        reading.problems[:] = [
            problem for problem in reading.problems if problem.path == keys.VERSION.key
        ]
        return None
    return file


def _share_defaults(file: Values, reading: Reading) -> dict[str, str]:
    """Let what stands in ``tunnel_defaults`` be found under both tunnels, too.

    Returns the path in ``tunnel_defaults`` for each path of a tunnel that got its value there.
    """
    shared: dict[str, str] = {}
    ordered = sorted(reading.places)
    for connection in (file.get(keys.CONNECTIONS) or {}).values():
        defaults = connection.path_of(keys.TUNNEL_DEFAULTS)
        # What lies in it comes between its path with a full stop and that with a solidus.
        begin, end = (bisect_left(ordered, f"{defaults}{mark}") for mark in "./")
        for path in ordered[begin:end]:
            for position in range(limits.TUNNELS):
                tunnel = below(connection.path_of(keys.TUNNELS), position)
                twin = tunnel + path.removeprefix(defaults)
                if twin not in reading.places:
                    shared[twin] = path
    for twin, path in shared.items():
        reading.places[twin] = reading.places[path]
        if path in reading.unread:
            reading.unread.add(twin)
    return shared
