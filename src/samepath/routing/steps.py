"""The steps by which routers choose a route, and how sure it is that one takes them.

What a step compares is the same everywhere; which of them a platform takes, and in which order, is
the platform's matter (:mod:`samepath.routing.platforms`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Sureness(Enum):
    """What a fact about a platform rests on, the surest first."""

    DOCUMENTED = "documented"
    """The maker's own documentation says it."""
    SOURCE = "source code"
    """It was read in the program."""
    OBSERVED = "observed"
    """It was seen in the output of a running system."""
    GENERAL_KNOWLEDGE = "general knowledge"
    """It is what the field takes for granted, without a page that was read for it."""
    UNDOCUMENTED = "undocumented"
    """Nobody outside can know: it is asked, and never assumed."""


_RANKS = {sureness: rank for rank, sureness in enumerate(Sureness)}


def weakest(surenesses: Iterable[Sureness]) -> Sureness:
    """What a conclusion from facts of these surenesses rests on."""
    return max(surenesses, key=_RANKS.__getitem__)


class Step(Enum):
    """One comparison between routes of a prefix; the value names it in an explanation."""

    DISTANCE = "administrative distance"
    """Between routes of several protocols; BIRD and Junos call it preference."""
    OSPF_TYPE = "OSPF internal over external"
    METRIC = "metric of the same protocol"
    WEIGHT = "highest weight"
    LOCAL_PREFERENCE = "highest local preference"
    LOCAL_ORIGIN = "locally originated"
    AS_PATH_LENGTH = "shortest AS path"
    ORIGIN = "lowest origin"
    MED = "lowest MED"
    EBGP_OVER_IBGP = "eBGP over iBGP"
    IGP_METRIC = "lowest IGP metric to the next hop"
    MULTIPATH = "multipath"
    """No comparison: what is equal up to here may be used together."""
    OLDEST = "oldest eBGP route"
    SELECTED = "already selected eBGP route"
    ROUTER_ID = "lowest router id"
    CLUSTER_LENGTH = "shortest cluster list"
    PEER_ADDRESS = "lowest neighbour address"
    ARRIVAL = "order of arrival"
    """Routes are compared in pairs, and MED not in every pair: no route is best in itself."""
    OWN_CHOICE = "its own choice"
    """Everything that is known to be compared is equal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A step as one platform takes it.

    An undocumented one is taken only on the assumption that the platform takes it: it is asked.
    """

    step: Step
    sureness: Sureness


def comparisons(sureness: Sureness, *steps: Step, **other: Sureness) -> tuple[Comparison, ...]:
    """``steps`` in their order, all of one sureness but those that ``other`` names."""
    return tuple(Comparison(step=one, sureness=other.get(one.name, sureness)) for one in steps)
