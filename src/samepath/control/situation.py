"""What the compiler has to know of the running world: facts that no intent can hold.

A static route through a tunnel stands only while the tunnel can carry traffic, and a gateway's
choice of its active tunnel is a stored decision that outlives the intent's first word on it, as is
what a customer's end was seen to choose. All are inputs here, so that compiling stays pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Side(Enum):
    """The two ends of a tunnel."""

    GATEWAY = "gateway"
    CUSTOMER = "customer"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class TunnelEnd:
    """One end of one tunnel, by its connection's name and its number."""

    connection: str
    number: int
    side: str

    @classmethod
    def of(cls, connection: str, number: int, side: Side) -> TunnelEnd:
        """The end of ``connection``'s tunnel ``number`` on ``side``."""
        return cls(connection=connection, number=number, side=side.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Observed facts and stored decisions that the compiled objects depend on."""

    usable: frozenset[TunnelEnd] = frozenset()
    """Ends that may carry static routes: an installed CHILD_SA, and an answering probe if asked."""
    active: Mapping[str, int] = field(default_factory=dict)
    """Stored decision: the connection's active tunnel where it is no longer the intent's."""
    followed: Mapping[str, int] = field(default_factory=dict)
    """Stored decision: the tunnel that a following customer's end prefers, where it is not the
    connection's active one."""
    held: frozenset[str] = frozenset()
    """Daemons that somebody broke on purpose and that must stay down until healed."""
    maintained: frozenset[tuple[str, int]] = frozenset()
    """Tunnels (connection, number) that the gateway is about to take out of service: it prefers the
    others meanwhile, as AWS lowers their MED."""
    silenced: frozenset[tuple[str, int]] = frozenset()
    """Tunnels whose BGP session carries no routes, either way."""
