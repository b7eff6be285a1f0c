"""IOS's words, where its family has others."""

from __future__ import annotations

from samepath.device.ios_family.draft import BgpDraft
from samepath.device.ios_family.writing.words import Block, Words
from samepath.device.reading.configuration import Neighbour
from samepath.model.change import Direction


def _block(bgp: BgpDraft) -> Block:
    """The family where there is one: a table's, or where the configuration has one anyway."""
    speaker = f"router bgp {bgp.asn.value}"
    if bgp.vrf is None and not bgp.in_families:
        return Block(opens=(speaker,), leaves=("exit",))
    table = "" if bgp.vrf is None else f" vrf {bgp.vrf}"
    return Block(
        opens=(speaker, f" address-family ipv4{table}"),
        leaves=(" exit-address-family", "exit"),
    )


def _reset(vrf: str | None, neighbour: Neighbour, direction: Direction) -> str:
    """A route refresh, or the updates again: the session stays.

    In a table of its own IOS is told an AS, and no address (Cisco's own library for tests has it:
    ``genie.libs.sdk.apis.iosxe.bgp.clear``).
    """
    way = "in" if direction is Direction.IMPORT else "out"
    if vrf is None:
        return f"clear ip bgp {neighbour.address} soft {way}"
    asn = "*" if neighbour.remote_as is None else neighbour.remote_as.value
    return f"clear ip bgp vrf {vrf} ipv4 unicast {asn} soft {way}"


WORDS = Words(
    title="IOS",
    goes_on="continue",
    community_list="ip community-list standard",
    bare_prepend=False,
    sets_add=True,
    needs_policy=False,
    exports_of_groups=False,
    block=_block,
    reset=_reset,
)
