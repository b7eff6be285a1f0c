"""In which words a release of VyOS, or EdgeOS, has what we write.

Up to 1.3, and in EdgeOS, the AS stands in the path of BGP, and a map prepends by ``as-path-prepend``
and adds by ``community 'AA:NN additive'``; from 1.4 on they are ``system-as``, ``as-path prepend`` and
``community add`` (vyos-1x, ``src/migration-scripts/bgp/2-to-3`` and ``policy/3-to-4``).
EdgeOS and VyOS 1.1 have no IPv4 family in the
path of a neighbour. A configuration that has one of these forms somewhere gets the same again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samepath.device.vyos.paths import Words
from samepath.model.policy import Changes

FAMILY = ("address-family", "ipv4-unicast")

_OF_FAMILY = {
    (one,)
    for one in (
        *("route-map", "prefix-list", "distribute-list", "filter-list", "soft-reconfiguration"),
        *("nexthop-self", "default-originate", "weight", "maximum-prefix", "allowas-in"),
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """The words of a release. ``renders_frr``: its BGP is FRR, which looks at its routes again."""

    has_family: bool = True
    prepends: Words = ("as-path", "prepend")
    adds: bool = True
    renders_frr: bool = True

    def of_neighbour(self, path: Words, *words: str) -> Words:
        """The path of something that a neighbour has in its IPv4 family."""
        return (*path, *(FAMILY if self.has_family else ()), *words)

    def prepend(self, asn: int, times: int) -> Words:
        """What prepends the own AS."""
        return ("set", *self.prepends, " ".join([str(asn)] * times))

    def communities(self, changes: Changes) -> tuple[Words, ...]:
        """What adds communities."""
        added = changes.add_communities
        if self.adds:
            return tuple(("set", "community", "add", one) for one in added)
        return (("set", "community", f"{' '.join(added)} additive"),) if added else ()


def style_of(paths: Iterable[Words]) -> Style:
    """The style of a configuration, by its ``set`` commands without that word."""
    every = [*paths]
    bgp = [one for one in every if one[:2] == ("protocols", "bgp") or "bgp" in one[3:5]]
    is_old = any(one[2:3] and one[2].isdecimal() for one in bgp if one[:2] == ("protocols", "bgp"))
    has_family = any(FAMILY[0] in one for one in bgp) or _is_vyos(every, bgp)
    sets = [one[6:] for one in every if one[:2] == ("policy", "route-map") and one[5:6] == ("set",)]
    olds = any(one[:1] == ("as-path-prepend",) for one in sets)
    news = any(one[:2] == ("as-path", "prepend") for one in sets)
    is_old_map = olds or (is_old and not news)
    return Style(
        has_family=has_family or not is_old,
        prepends=("as-path-prepend",) if is_old_map else ("as-path", "prepend"),
        adds=not is_old,
        renders_frr=has_family or not is_old,
    )


def _is_vyos(every: Iterable[Words], bgp: Iterable[Words]) -> bool:
    """Whether it is a VyOS that has said nothing of a family yet, and no EdgeOS or VyOS 1.1.

    VyOS notes the hardware's address of each port; the others have what is of the family without it.
    """
    plain = any(one[3:4] == ("network",) or one[5:6] in _OF_FAMILY for one in bgp)
    return not plain and any("hw-id" in one for one in every)
