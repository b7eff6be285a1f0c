"""The file of figures, and the options that stand for parts of it: text in, figures out.

The file is read as a topology file is, by a table of keys, and every mistake in it and in the
options is told at once. An option ``customer_gateway.mtbf=5y`` goes before what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from samepath.model.fields import Reading, Values
from samepath.model.problems import Place, Problem, at, below, follows_from, show
from samepath.model.tree import Mapping as MappingNode
from samepath.model.tree import Node, read_tree
from samepath.routing.availability import figure_keys as keys
from samepath.routing.availability.figures import (
    ComponentKind,
    Figure,
    Figures,
    Maintenance,
    Whose,
)
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.template import TEMPLATE

OPTION = "--set"
"""Where a mistake stands that is in no file."""
_START = Place(line=1, column=1)


class InvalidFigures(ValueError):
    """Figures that cannot be used: a line for each mistake, with its place and what would be right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layer:
    """Values from one source: the file, the options or the template."""

    name: str
    values: Values
    reading: Reading

    def has(self, path: str) -> bool:
        """Whether it says anything of ``path``, readable or not."""
        return path in self.reading.places or self.reading.is_unread(path)


def read_figures(
    text: str | None,
    options: Sequence[str] = (),
    *,
    filename: str = "-",
    assume: bool = False,
) -> Figures:
    """The figures of a file and of options, which go before it.

    ``assume``: a kind that the file leaves out is as samepath assumes it. ``filename`` only stands
    in messages. Raises :class:`InvalidFigures` with every mistake at once.
    """
    problems: list[tuple[str, Problem]] = []
    layers = [_from_options(options, problems)]
    if text is not None:
        layers.append(_from_text(text, filename, problems))
    if assume:
        layers.append(_template())
    kinds = {kind: _figure(kind, layers, problems) for kind in ComponentKind}
    if problems:
        raise InvalidFigures("\n".join(problem.render(name) for name, problem in problems))
    switching = next(
        (found for layer in layers if (found := layer.values.get(keys.SWITCHING)) is not None), None
    )
    return Figures(
        kinds={kind: figure for kind, figure in kinds.items() if figure is not None},
        switching=switching,
    )


@cache
def _template() -> _Layer:
    problems: list[tuple[str, Problem]] = []
    layer = _from_text(TEMPLATE, "template", problems)
    assert not problems, problems  # noqa: S101 - ours
    return layer


@cache
def assumed_by_samepath() -> Mapping[ComponentKind, Figure]:
    """The figures of the template."""
    problems: list[tuple[str, Problem]] = []
    found = {kind: _read(kind, (_template(),), problems) for kind in ComponentKind}
    assert not problems, problems  # noqa: S101 - ours
    return {kind: figure for kind, figure in found.items() if figure is not None}


def _from_text(text: str, filename: str, problems: list[tuple[str, Problem]]) -> _Layer:
    tree = read_tree(text)
    reading = Reading()
    found = list(tree.problems)
    values: Values | None = None
    if isinstance(tree.root, MappingNode):
        values = keys.FILE.read(tree.root, "", reading)
    elif not found:
        place = _START if tree.root is None else tree.root.place
        advice = "samepath availability --print-figures writes one to edit"
        reading.refuse("", place, "the file is not a mapping of kinds to figures", advice)
    found += [one for one in reading.problems if not follows_from(one, tree.unread)]
    reading.unread |= tree.unread
    # What could not be parsed at all says nothing of what is missing.
    if tree.problems and values is None:
        reading.unread.add("")
    problems += [(filename, one) for one in sorted(found, key=lambda one: one.line or 0)]
    return _Layer(name=filename, values=values or Values(path=""), reading=reading)


def _from_options(options: Iterable[str], problems: list[tuple[str, Problem]]) -> _Layer:
    entries: dict[str, Node] = {}
    reading = Reading()
    for option in options:
        path, sign, text = option.partition("=")
        tree = read_tree(text)
        steps = path.strip().split(".")
        if not sign or not all(steps) or not text.strip():
            message = f"{show(option)} says nothing"
            problems.append((OPTION, Problem(path="", message=message, advice=_FORM)))
            continue
        if tree.problems or tree.root is None:
            message = f"{show(text)} is no value"
            problems.append((OPTION, Problem(path=at(*steps), message=message, advice=_FORM)))
            reading.unread.add(at(*steps))
            continue
        if not _put(entries, steps, tree.root):
            message = "is given twice, or is a part of what is given"
            problems.append((OPTION, Problem(path=at(*steps), message=message)))
    root = MappingNode(entries=entries, places=dict.fromkeys(entries, _START), place=_START)
    values = keys.OPTIONS.read(root, "", reading)
    problems += [(OPTION, replace(one, line=None, column=None)) for one in reading.problems]
    return _Layer(name=OPTION, values=values or Values(path=""), reading=reading)


_FORM = f"write {OPTION} customer_gateway.mtbf=5y"


def _put(entries: dict[str, Node], steps: Sequence[str], value: Node) -> bool:
    """Put a value under its steps; False where something is there already."""
    first, *rest = steps
    there = entries.get(first)
    if not rest:
        if there is not None:
            return False
        entries[first] = value
        return True
    if there is None:
        there = MappingNode(entries={}, places={}, place=_START)
        entries[first] = there
    if not isinstance(there, MappingNode):
        return False
    done = _put(there.entries, rest, value)
    there.places.update(dict.fromkeys(there.entries, _START))
    return done


def _figure(
    kind: ComponentKind, layers: Sequence[_Layer], problems: list[tuple[str, Problem]]
) -> Figure | None:
    """The figure of a kind, or None where nothing is said of it or a mistake was made."""
    figure = _read(kind, layers, problems)
    if figure is None or figure.whose is Whose.USER or figure == assumed_by_samepath()[kind]:
        return figure
    return replace(figure, whose=Whose.MIXED)


def _read(
    kind: ComponentKind, layers: Sequence[_Layer], problems: list[tuple[str, Problem]]
) -> Figure | None:
    options = layers[0] if layers[0].name == OPTION else None
    sources = [layer for layer in layers if layer is not options]
    base = next((layer for layer in sources if layer.has(kind.value)), None)
    saying = [layer for layer in (options, base) if layer is not None and layer.has(kind.value)]
    if not saying:
        return None
    values = _merged(kind, saying)
    lost = [layer.reading for layer in saying]

    def refuse(key: str, message: str, advice: str) -> None:
        path = below(kind.value, key)
        # One of these may be meant to stand in the place of the other.
        rests_on = (
            {path, below(kind.value, keys.AVAILABILITY.key)} if key == keys.MTBF.key else {path}
        )
        if any(reading.is_unread(one) for reading in lost for one in rests_on):
            return  # It has been told already.
        place = saying[-1].reading.places.get(kind.value)
        line = place.line if place and saying[-1].name != OPTION else None
        problem = Problem(path=path, message=message, advice=advice, line=line)
        problems.append((saying[-1].name, problem))

    before = len(problems)
    for key, message, advice in _contradictions(kind, values):
        refuse(key, message, advice)
    if len(problems) > before or any(reading.is_unread(kind.value) for reading in lost):
        return None
    return _made(values)


def _merged(kind: ComponentKind, saying: Sequence[_Layer]) -> Values:
    """What the layers say of a kind, the first one first."""
    parts = [layer.values.part(keys.KINDS[kind]) for layer in saying]
    first, *rest = parts
    for other in rest:
        given = dict(other.given)
        # To give the one is to take the other back.
        if first.get(keys.AVAILABILITY) is not None:
            given.pop(keys.MTBF.key, None)
        if first.get(keys.MTBF) is not None:
            given.pop(keys.AVAILABILITY.key, None)
        first = first.over(replace(other, given=given))
    return first


def _contradictions(kind: ComponentKind, values: Values) -> Iterator[tuple[str, str, str]]:
    """What is wrong between values: the key, what, and what would be right."""
    mtbf, availability = values.get(keys.MTBF), values.get(keys.AVAILABILITY)
    if mtbf is None and availability is None:
        yield "mtbf", "is missing", "give mtbf and mttr, or availability"
    if mtbf is not None and availability is not None:
        yield "availability", "is given beside mtbf", "give one of the two"
    if mtbf is not None and values.get(keys.MTTR) is None:
        yield "mttr", "is missing", "say how long it is down, such as mttr: 4h"
    if kind is not ComponentKind.GATEWAY and values.get(keys.BETA) is None:
        advice = "say which share of the failures hits all of them: 0 nothing is shared, 1 all is"
        yield "beta", "is missing", advice
    if values.get(keys.TAKEOVER) is not None and (values.get(keys.UNITS) or 1) == 1:
        yield "takeover", "one unit has nobody to take over", "give units: 2, or leave it out"
    work = values.get(keys.MAINTENANCE)
    maintenance = None if work is None else _maintenance(work)
    if work is not None and maintenance is None:
        advice = "give both, as {per_year: 4, lasts: 15m}"
        yield "maintenance", "says either how often or how long", advice
    if maintenance is not None and maintenance.per_year * maintenance.lasts > YEAR / 10:
        advice = "that is no maintenance any more: make it less than a tenth of the time"
        yield "maintenance", "is more than a tenth of the year", advice


def _maintenance(values: Values) -> Maintenance | None:
    per_year, lasts = values.get(keys.PER_YEAR), values.get(keys.LASTS)
    if per_year is None or lasts is None:
        return None
    return Maintenance(per_year=per_year, lasts=lasts)


def _made(values: Values) -> Figure:
    mtbf, mttr, availability = (
        values.get(keys.MTBF),
        values.get(keys.MTTR),
        values.get(keys.AVAILABILITY),
    )
    if mtbf is not None and mttr is not None:
        unavailability = mttr / (mtbf + mttr)
    else:
        assert availability is not None  # noqa: S101 - refused before
        unavailability = 1 - availability
    work = values.get(keys.MAINTENANCE)
    return Figure(
        unavailability=unavailability,
        mttr=mttr,
        beta=values.get(keys.BETA) or 0.0,
        units=values.get(keys.UNITS) or 1,
        takeover=values.get(keys.TAKEOVER),
        maintenance=None if work is None else _maintenance(work),
        whose=Whose.SAMEPATH if values.get(keys.ASSUMED) else Whose.USER,
    )
