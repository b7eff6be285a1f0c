"""Writing an FRR: its own words of what its family has in common.

The lines are typed into ``vtysh``, in its configuration mode, and may go into a file as well.
FRR's documentation has them: https://docs.frrouting.org/en/latest/routemap.html,
https://docs.frrouting.org/en/latest/filter.html, https://docs.frrouting.org/en/latest/bgp.html.
"""

from __future__ import annotations

from functools import partial

from samepath.device.frr.reading import reader
from samepath.device.frr.writing import site
from samepath.device.ios_family.draft import BgpDraft
from samepath.device.ios_family.writing import amending
from samepath.device.ios_family.writing.words import Block, Family, Words
from samepath.device.readers import without_tunnels
from samepath.device.reading.configuration import Neighbour
from samepath.device.writing.customer import CustomerToWrite, WrittenFile
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


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """FRR's file, and those of strongSwan and networkd. Raises ``NotWritable``."""
    head = [
        f"! {it.name}: its routes, for FRR 8 or newer.",
        *([f"! In /etc/frr/daemons: bgpd=yes{_BFDD if it.bfd else ''}"] if it.bgp else ()),
        "frr defaults traditional",
        f"hostname {it.name}",
        "service integrated-vtysh-config",
    ]
    style = site.Style(words=FAMILY.words, is_frr=True)
    routes = site.bgp(it, style) if it.bgp else site.statics(it)
    text = site.text(head, routes, site.dropped(it, "blackhole"))
    return (WrittenFile(name="/etc/frr/frr.conf", text=text), *site.beside(it))


_BFDD = " bfdd=yes"


def _block(bgp: BgpDraft) -> Block:
    vrf = "" if bgp.vrf is None else f" vrf {bgp.vrf}"
    return Block(
        opens=(f"router bgp {bgp.asn.value}{vrf}", " address-family ipv4 unicast"),
        leaves=(" exit-address-family", "exit"),
    )


def _reset(vrf: str | None, neighbour: Neighbour, direction: Direction) -> str:
    """``clear bgp``, which FRR's documentation has under "Clearing BGP" (tried with 8.4.4)."""
    table = "" if vrf is None else f"vrf {vrf} "
    way = "in" if direction is Direction.IMPORT else "out"
    return f"clear bgp {table}ipv4 unicast {neighbour.address} soft {way}"


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
