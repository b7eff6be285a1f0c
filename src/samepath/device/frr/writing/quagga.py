"""Writing a Quagga, which FRR was made from: it has no families of its own for IPv4 unicast."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from samepath.device.frr.reading import reader
from samepath.device.frr.writing import site
from samepath.device.frr.writing.writer import FAMILY
from samepath.device.ios_family.draft import BgpDraft
from samepath.device.ios_family.writing import amending
from samepath.device.ios_family.writing.words import Block
from samepath.device.readers import without_tunnels
from samepath.device.reading.configuration import Neighbour
from samepath.device.writing.customer import CustomerToWrite, WrittenFile
from samepath.device.writing.patch import Edit, Patch
from samepath.model.change import Direction
from samepath.model.topology import Platform

after = amending.typed


def amend(edit: Edit) -> Patch:
    """The fewest lines that make an edit. Raises ``NotWritable``."""
    return amending.amend(edit, without_tunnels(edit.sources), _QUAGGA)


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """Quagga's files, and those of strongSwan and networkd. Raises ``NotWritable``."""
    style = site.Style(words=_QUAGGA.words, is_frr=False)
    zebra = [f"! {it.name}: its routes, for Quagga 1.2.", f"hostname {it.name}"]
    statics = () if it.bgp else (site.statics(it),)
    files = [
        WrittenFile(
            name="/etc/quagga/zebra.conf",
            text=site.text(zebra, *statics, site.dropped(it, "null0")),
        )
    ]
    if it.bgp:
        head = [f"! {it.name}: its BGP, for Quagga 1.2.", f"hostname {it.name}"]
        text = site.text(head, site.bgp(it, style))
        files.insert(0, WrittenFile(name="/etc/quagga/bgpd.conf", text=text))
    return (*files, *site.beside(it))


def _block(bgp: BgpDraft) -> Block:
    return Block(opens=(f"router bgp {bgp.asn.value}",), leaves=("exit",))


def _reset(_vrf: str | None, neighbour: Neighbour, direction: Direction) -> str:
    """``clear ip bgp``: Quagga's ``clear bgp`` is about IPv6."""
    return (
        f"clear ip bgp {neighbour.address} soft {'in' if direction is Direction.IMPORT else 'out'}"
    )


_QUAGGA = replace(
    FAMILY,
    words=replace(
        FAMILY.words,
        title="Quagga",
        community_list="ip community-list standard",
        needs_policy=False,
        block=_block,
        reset=_reset,
    ),
    read=reader.read_quagga,
    drafted=partial(reader.drafted, platform=Platform.QUAGGA),
)
