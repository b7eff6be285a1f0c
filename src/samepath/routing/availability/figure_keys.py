"""The keys of a file of figures: one table that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from samepath.model.fields import Field, One, Record, Refused, Values
from samepath.model.kinds import boolean, integer
from samepath.model.problems import show
from samepath.model.tree import Scalar
from samepath.routing.availability.figures import ComponentKind
from samepath.routing.availability.periods import YEAR

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
OPTIONS = Record(SWITCHING, *KINDS.values())
"""What an option may stand for."""
