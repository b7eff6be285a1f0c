"""Writing an FRR: its own words of what its family has in common.

The lines are typed into ``vtysh``, in its configuration mode, and may go into a file as well.
FRR's documentation has them: https://docs.frrouting.org/en/latest/routemap.html,
https://docs.frrouting.org/en/latest/filter.html, https://docs.frrouting.org/en/latest/bgp.html.
"""

from __future__ import annotations

from functools import partial

from samepath.device.frr.reading import reader
from samepath.device.ios_family.draft import BgpDraft
from samepath.device.ios_family.writing import amending
from samepath.device.ios_family.writing.words import Block, Family, Words
from samepath.device.readers import without_tunnels
from samepath.device.writing.patch import Edit, Patch
from samepath.model.change import Direction
from samepath.model.topology import Platform

after = amending.typed


def amend(edit: Edit) -> Patch:
    """The fewest lines that make an edit. Raises ``NotWritable``.

    FRR would look at its routes again by itself, five seconds after a map has changed
    (``bgp route-map delay-timer``); the reset does it at once, with a route refresh.
    """
    return amending.amend(edit, without_tunnels(edit.sources), FAMILY)


def _block(bgp: BgpDraft) -> Block:
    vrf = "" if bgp.vrf is None else f" vrf {bgp.vrf}"
    return Block(
        opens=(f"router bgp {bgp.asn.value}{vrf}", " address-family ipv4 unicast"),
        leaves=(" exit-address-family", "exit"),
    )


def _reset(vrf: str | None, neighbour: str, direction: Direction) -> str:
    """``clear bgp``, which FRR's documentation has under "Clearing BGP" (tried with 8.4.4)."""
    table = "" if vrf is None else f"vrf {vrf} "
    way = "in" if direction is Direction.IMPORT else "out"
    return f"clear bgp {table}ipv4 unicast {neighbour} soft {way}"


FAMILY = Family(
    words=Words(
        title="FRR",
        goes_on="on-match next",
        community_list="bgp community-list standard",
        bare_prepend=True,
        sets_add=False,
        needs_policy=True,
        exports_of_groups=True,
        block=_block,
        reset=_reset,
    ),
    read=reader.read,
    drafted=partial(reader.drafted, platform=Platform.FRR),
)
