"""Short names for AWS's ids: their first eight digits, as long as these are nobody else's.

An id has 17 digits, of which a table of 80 columns has no room for two. The first eight find it in
any list; where they are shared, the last eight do. What Terraform has not made yet is named after its address, in the form of an id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LONG = re.compile(r"([a-z]+(?:-[a-z]+)*-[0-9a-f]{8})[0-9a-f]+")
_END = re.compile(r"([a-z]+(?:-[a-z]+)*-)[0-9a-f]+([0-9a-f]{8})")
_ID = re.compile(r"[a-z][a-z0-9-]*")
_ADDRESS = re.compile(r"(.*\.)?(aws_\w+)\.([^.]+)")
_STAND_IN = re.compile(r"([a-z]+-of-)(.+)")
"""What stands for a thing that another one has, and nobody names."""
PREFIXES = {
    "aws_vpn_connection": "vpn",
    "aws_vpn_gateway": "vgw",
    "aws_ec2_transit_gateway": "tgw",
    "aws_customer_gateway": "cgw",
    "aws_vpc": "vpc",
}


def short_names(ids: Iterable[str]) -> dict[str, str]:
    """The name of each id; what cannot be told from another by it keeps all that it has."""
    ids = tuple(dict.fromkeys(ids))
    short = {one: _short(one) for one in ids}
    counted = Counter(short.values())
    names: dict[str, str] = {}
    taken = {name for name, count in counted.items() if count == 1}
    ends = {one: match[1] + match[2] for one in ids if (match := _END.fullmatch(one))}
    shared = Counter(ends.values())
    for one in ids:
        name = short[one]
        if counted[name] > 1:
            # Ids that somebody made up differ at their end.
            end = ends.get(one, "")
            name = end if shared[end] == 1 and end not in counted else _whole(one)
            while name in taken:
                name += "x"
            taken.add(name)
        names[one] = name
    return names


def _short(one: str) -> str:
    if match := _STAND_IN.fullmatch(one):
        return match[1] + _short(match[2])
    if match := _LONG.fullmatch(one):
        return match[1]
    if match := _ADDRESS.fullmatch(one):
        return _slug(f"{PREFIXES.get(match[2], match[2])}-{match[3]}")
    return _whole(one)


def _whole(one: str) -> str:
    if match := _ADDRESS.fullmatch(one):
        modules = (match[1] or "").replace("module.", "")
        return _slug(f"{PREFIXES.get(match[2], match[2])}-{modules}-{match[3]}")
    return one if _ID.fullmatch(one) else _slug(one)


def _slug(text: str) -> str:
    """``text`` in the letters of a name."""
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return slug if slug[:1].isalpha() else f"x-{slug}".rstrip("-")
