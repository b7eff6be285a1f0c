"""The file of figures, and the options that stand for parts of it: text in, figures out.

The file is read as a topology file is, by a table of keys, and every mistake in it and in the
options is told at once. An option ``customer_gateway.mtbf=5y`` goes before what the file says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache

from samepath.model.fields import Field, One, Reading, Record, Refused, Values
from samepath.model.kinds import boolean, integer
from samepath.model.problems import Place, Problem, at, below, follows_from, show
from samepath.model.tree import Mapping as MappingNode
from samepath.model.tree import Node, Scalar, read_tree
from samepath.routing.availability.figures import (
    ComponentKind,
    Figure,
    Figures,
    Maintenance,
    Whose,
)
from samepath.routing.availability.periods import YEAR

OPTION = "--set"
"""Where a mistake stands that is in no file."""
_START = Place(line=1, column=1)


class InvalidFigures(ValueError):
    """Figures that cannot be used: a line for each mistake, with its place and what would be right."""


# ---------------------------------------------------------------------------------------- values

_SPAN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|w|y)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": YEAR,
}
_LONGEST_YEARS = 10_000
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,12})?) ?%")


def _span(*, or_none: bool = False) -> One[timedelta]:
    words = "a time such as 150ms, 30s, 20m, 8h, 90d, 2w or 5y"

    def convert(node: Scalar) -> timedelta:
        match = _SPAN.fullmatch(node.text)
        if match is None:
            raise Refused(f"{show(node.text)} is not a time with its unit", f"give {words}")
        number, unit = match.groups()
        if float(number) == 0 and not or_none:
            raise Refused(f"{show(node.text)} is no time at all", f"give {words}")
        if float(number) * (_UNITS[unit] / YEAR) > _LONGEST_YEARS:
            raise Refused(f"{show(node.text)} is more than {_LONGEST_YEARS} years")
        return float(number) * _UNITS[unit]

    return One(convert=convert, words=words, json={"type": "string"})


def _share(*, below_one: bool, least: float, example: str) -> One[float]:
    """A share of something: a percentage with its sign, or a number up to 1."""
    words = f"a share such as {example}"

    def convert(node: Scalar) -> float:
        match = _PERCENT.fullmatch(node.text)
        if match is not None:
            share = float(match[1]) / 100
        elif isinstance(node.value, int | float) and not isinstance(node.value, bool):
            share = float(node.value)
        else:
            raise Refused(f"{show(node.text)} is not a share", f"give {words}")
        if share > 1:
            raise Refused(f"{show(node.text)} is more than all", f"give {words}")
        if share < least or (below_one and share == 0):
            raise Refused(f"{show(node.text)} is too little", f"give {words}")
        return share

    return One(convert=convert, words=words, json={"type": ["string", "number"]})


def _times() -> One[float]:
    words = "a number up to 1000"

    def convert(node: Scalar) -> float:
        value = node.value
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Refused(f"{show(node.text)} is not a number")
        if not 0 < value <= 1000:
            raise Refused(f"{show(node.text)} times a year is not admitted")
        return float(value)

    return One(convert=convert, words=words, json={"type": "number"})


def _version() -> One[int]:
    def convert(node: Scalar) -> int:
        if node.value != 1 or isinstance(node.value, bool):
            raise Refused("this version of the file's form is not known here", "write figures: 1")
        return 1

    return One(convert=convert, words="it as the line figures: 1", json={"const": 1})


# ------------------------------------------------------------------------------------------ keys

ASSUMED = Field(
    key="assumed",
    kind=boolean(),
    meaning="Whether nobody has measured it. The answer says so wherever it counts.",
    default="false",
)
MTBF = Field(key="mtbf", kind=_span(), meaning="How long one unit works between two failures.")
MTTR = Field(key="mttr", kind=_span(), meaning="How long it is down then, until traffic runs.")
AVAILABILITY = Field(
    key="availability",
    kind=_share(below_one=True, least=0.0, example="99.9% or 0.999"),
    meaning="Instead of `mtbf`: the share of the time in which one unit works.",
)
BETA = Field(
    key="beta",
    kind=_share(below_one=False, least=0.0, example="10% or 0.1"),
    meaning="The fraction of failures that hits all that stand in for each other: 0 nothing is "
    "shared, 1 everything is.",
)
UNITS = Field(
    key="units",
    kind=integer(1, 8),
    meaning="How many units stand in for each other inside one: a cluster has 2.",
    default="1",
)
TAKEOVER = Field(
    key="takeover",
    kind=_span(or_none=True),
    meaning="How long no packet passes while another unit takes over; 0s of two power feeds.",
    default="unknown, and told as such",
)
PER_YEAR = Field(key="per_year", kind=_times(), meaning="How often a year, for each unit.")
LASTS = Field(key="lasts", kind=_span(), meaning="How long the unit is out of service.")
MAINTENANCE = Field(
    key="maintenance",
    kind=Record(PER_YEAR, LASTS),
    meaning="Planned work. One unit at a time, and never two.",
    default="none",
)
VERSION = Field(
    key="figures", kind=_version(), meaning="The version of the file's form: 1.", required=True
)
SWITCHING = Field(
    key="switching",
    kind=_span(or_none=True),
    meaning="The gap of every change that no drill has measured.",
    default="unknown, and told as such",
)

_WITH_UNITS = frozenset(
    {
        ComponentKind.OUTSIDE_PATH,
        ComponentKind.CUSTOMER_GATEWAY,
        ComponentKind.CUSTOMER_LAN,
        ComponentKind.POWER,
    }
)
"""What may be a cluster of units that the rest of the network sees as one."""
_MEANINGS = {
    ComponentKind.TUNNEL_ENDPOINT: "The gateway's end of one tunnel, and the path that it has for "
    "itself. `beta`: of all tunnels of the gateway.",
    ComponentKind.GATEWAY: "What all tunnels of a gateway share.",
    ComponentKind.OUTSIDE_PATH: "A customer gateway's ISP. `beta`: 1 where two have one ISP.",
    ComponentKind.CUSTOMER_GATEWAY: "The device with its software.",
    ComponentKind.CUSTOMER_LAN: "A customer gateway's leg in its site.",
    ComponentKind.POWER: "What feeds a customer gateway. `beta`: 1 where two have one feed.",
    ComponentKind.CONFIGURATION: "A mistake in a customer gateway's configuration, until it is "
    "mended. `beta`: how many of them are made on all devices.",
}


def _record(kind: ComponentKind) -> Record:
    fields: list[Field[object]] = [ASSUMED, MTBF, MTTR, AVAILABILITY]
    if kind is not ComponentKind.GATEWAY:
        fields.append(BETA)
    if kind in _WITH_UNITS:
        fields += [UNITS, TAKEOVER]
    if kind is not ComponentKind.CONFIGURATION:
        fields.append(MAINTENANCE)
    return Record(*fields)


KINDS: Mapping[ComponentKind, Field[Values]] = {
    kind: Field(key=kind.value, kind=_record(kind), meaning=_MEANINGS[kind])
    for kind in ComponentKind
}
FILE = Record(VERSION, SWITCHING, *KINDS.values())
_OPTIONS = Record(SWITCHING, *KINDS.values())

# -------------------------------------------------------------------------------------- template

TEMPLATE = """\
# Figures for samepath availability. Every figure here is ASSUMED: none has a source, none is a
# measurement, and your components are not these. Put yours in their place, and take "assumed" away
# where you have. A kind that you delete counts as if it never failed, and the answer says so.
#
# mtbf: how long it works between two failures; mttr: how long it is down, until traffic runs again;
#   or availability: 99.9% instead of mtbf (then mttr is needed only to count switches).
# beta: which share of the failures hits all that stand in for each other (0: none, 1: all).
# units: so many stand in for each other inside one, as in a cluster; takeover: how long that takes.
# maintenance: planned work on one unit.
# Times: 150ms, 30s, 20m, 8h, 90d, 2w, 5y.
#
# AWS's 99.95% is no figure for any line here: below that monthly uptime of one connection AWS pays
# a service credit. It promises money, and says nothing of a tunnel's endpoint.
figures: 1
# switching: 10s   # the gap of every change that no drill has measured

tunnel_endpoint:   # the gateway's end of one tunnel, and the path that it has for itself
  assumed: true
  mtbf: 180d
  mttr: 15m
  beta: 10%        # of all tunnels of the gateway
  maintenance: {per_year: 4, lasts: 10m}
gateway:           # what all tunnels of a gateway share
  assumed: true
  mtbf: 5y
  mttr: 1h
outside_path:      # the ISP of a customer gateway
  assumed: true
  mtbf: 90d
  mttr: 2h
  beta: 10%        # of two customer gateways; 1 where both have one ISP
  units: 1
customer_gateway:  # the device with its software
  assumed: true
  mtbf: 3y
  mttr: 6h
  beta: 10%
  units: 1         # 2 in a cluster
  # takeover: 3s
  maintenance: {per_year: 4, lasts: 15m}
customer_lan:      # its leg in the site
  assumed: true
  mtbf: 5y
  mttr: 2h
  beta: 10%
  units: 1
power:             # what feeds it
  assumed: true
  mtbf: 2y
  mttr: 2h
  beta: 50%        # 1 where both have one feed
  units: 1
configuration:     # a mistake in its configuration, until it is mended
  assumed: true
  mtbf: 1y
  mttr: 1h
  beta: 50%        # how many of them are made on both
"""

# --------------------------------------------------------------------------------------- reading


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
        (found for layer in layers if (found := layer.values.get(SWITCHING)) is not None), None
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
        values = FILE.read(tree.root, "", reading)
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
    values = _OPTIONS.read(root, "", reading)
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
        rests_on = {path, below(kind.value, AVAILABILITY.key)} if key == MTBF.key else {path}
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
    parts = [layer.values.part(KINDS[kind]) for layer in saying]
    first, *rest = parts
    for other in rest:
        given = dict(other.given)
        # To give the one is to take the other back.
        if first.get(AVAILABILITY) is not None:
            given.pop(MTBF.key, None)
        if first.get(MTBF) is not None:
            given.pop(AVAILABILITY.key, None)
        first = first.over(replace(other, given=given))
    return first


def _contradictions(kind: ComponentKind, values: Values) -> Iterator[tuple[str, str, str]]:
    """What is wrong between values: the key, what, and what would be right."""
    mtbf, availability = values.get(MTBF), values.get(AVAILABILITY)
    if mtbf is None and availability is None:
        yield "mtbf", "is missing", "give mtbf and mttr, or availability"
    if mtbf is not None and availability is not None:
        yield "availability", "is given beside mtbf", "give one of the two"
    if mtbf is not None and values.get(MTTR) is None:
        yield "mttr", "is missing", "say how long it is down, such as mttr: 4h"
    if kind is not ComponentKind.GATEWAY and values.get(BETA) is None:
        advice = "say which share of the failures hits all of them: 0 nothing is shared, 1 all is"
        yield "beta", "is missing", advice
    if values.get(TAKEOVER) is not None and (values.get(UNITS) or 1) == 1:
        yield "takeover", "one unit has nobody to take over", "give units: 2, or leave it out"
    work = values.get(MAINTENANCE)
    maintenance = None if work is None else _maintenance(work)
    if work is not None and maintenance is None:
        advice = "give both, as {per_year: 4, lasts: 15m}"
        yield "maintenance", "says either how often or how long", advice
    if maintenance is not None and maintenance.per_year * maintenance.lasts > YEAR / 10:
        advice = "that is no maintenance any more: make it less than a tenth of the time"
        yield "maintenance", "is more than a tenth of the year", advice


def _maintenance(values: Values) -> Maintenance | None:
    per_year, lasts = values.get(PER_YEAR), values.get(LASTS)
    if per_year is None or lasts is None:
        return None
    return Maintenance(per_year=per_year, lasts=lasts)


def _made(values: Values) -> Figure:
    mtbf, mttr, availability = values.get(MTBF), values.get(MTTR), values.get(AVAILABILITY)
    if mtbf is not None and mttr is not None:
        unavailability = mttr / (mtbf + mttr)
    else:
        assert availability is not None  # noqa: S101 - refused before
        unavailability = 1 - availability
    work = values.get(MAINTENANCE)
    return Figure(
        unavailability=unavailability,
        mttr=mttr,
        beta=values.get(BETA) or 0.0,
        units=values.get(UNITS) or 1,
        takeover=values.get(TAKEOVER),
        maintenance=None if work is None else _maintenance(work),
        whose=Whose.SAMEPATH if values.get(ASSUMED) else Whose.USER,
    )
