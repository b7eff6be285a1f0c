"""Goals: what a repair has to reach, in each of the two modes that AWS advises.

AWS's own guide gives two pieces of advice that exclude each other. For a device that cannot take
asymmetry: prepend on the export of one tunnel, and prefer the other by local preference. For one
that can: equal attributes on both, so that the lower MED which AWS announces on the healthy tunnel
during endpoint maintenance can steer. A goal asks for the one or for the other, in every state.

Source: AWS Site-to-Site VPN user guide, "Tunnel options and route priority".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from samepath.model.policy import Changes, Policy, Term
from samepath.model.topology import (
    Policies,
    Routing,
    SessionBinding,
    Topology,
    unpinned,
)
from samepath.routing.compile import tunnel_of
from samepath.routing.repair.attributes import MOST_PREPENDS
from samepath.routing.states import Condition, FailureState
from samepath.routing.verdict import Pair, PairInState, Verdict

HIGHEST = 1000
"""The local preference of the best tunnel of a reference; nobody types it."""
STANDBY = 2


class RepairMode(Enum):
    """What a topology is to become."""

    SYMMETRIC = "symmetric"
    """Both directions on one tunnel, in every state: for devices that cannot take asymmetry."""
    FOLLOW = "follow"
    """Nothing is dropped, and the site's choice follows the gateway's MED: for those that can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A mode, and why it is this one: a sentence without its full stop."""

    mode: RepairMode
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What keeps a pair in a state from the goal; ``what`` is a sentence without its full stop."""

    one: PairInState
    what: str


Found = Mapping[tuple[Pair, FailureState], PairInState]
"""The verdicts of one topology."""

_ARRIVES = frozenset({Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE})
_ALLOWED: Mapping[RepairMode, frozenset[Verdict]] = {
    RepairMode.SYMMETRIC: _ARRIVES,
    RepairMode.FOLLOW: _ARRIVES | {Verdict.ASYMMETRIC_TOLERATED},
}
_RANKS: Mapping[Verdict, int] = {
    Verdict.SYMMETRIC: 0,
    Verdict.EXPECTED_OUTAGE: 0,
    Verdict.ASYMMETRIC_TOLERATED: 1,
    Verdict.ASYMMETRIC_DROPPED: 2,
    Verdict.UNREACHABLE: 2,
}
_OPEN = 2
"""Where too much is open, packets may be lost."""
NO_LOSS = 1
"""The worst :func:`rank` with which every packet arrives."""
_WORDS: Mapping[Verdict, str] = {
    Verdict.ASYMMETRIC_TOLERATED: "the two directions take different tunnels",
    Verdict.ASYMMETRIC_DROPPED: "the two directions take different tunnels, and the firewall drops",
    Verdict.UNREACHABLE: "nothing arrives, although a tunnel lives that could carry it",
}


def rank(one: PairInState) -> int:
    """How bad the worst that may happen is: 0 is as it should be, 2 that packets are lost."""
    return _OPEN if one.questions else max(_RANKS[verdict] for verdict in one.verdicts)


def fault(mode: RepairMode, one: PairInState, floor: Found) -> Fault | None:
    """What is wrong with a pair in a state that the goal's reference ``floor`` does better in.

    None: nothing is, or nothing that a policy could mend.
    """
    reference = floor.get((one.pair, one.state))
    if one.questions:
        if reference is not None and reference.questions:
            return None
        return Fault(one=one, what="too much is open to say what becomes of packets")
    excused = frozenset() if reference is None else reference.verdicts
    for verdict in (*_WORDS,):
        if verdict in one.verdicts - _ALLOWED[mode] - excused:
            return Fault(one=one, what=_WORDS[verdict])
    held = stuck(one) - (frozenset() if reference is None else stuck(reference))
    if mode is RepairMode.FOLLOW and TO_VPC in held:
        return Fault(one=one, what="the site goes on sending into the tunnel in maintenance")
    return None


def left(mode: RepairMode, one: PairInState) -> Fault | None:
    """What is wrong with a pair in a state, whether or not anything could mend it."""
    return fault(mode, one, {})


def is_lost(mode: RepairMode, one: PairInState) -> bool:
    """Whether a pair in a state may miss what the mode is for, so that no repair is whole."""
    lost = {Verdict.ASYMMETRIC_DROPPED}
    if mode is RepairMode.SYMMETRIC:
        lost.add(Verdict.ASYMMETRIC_TOLERATED)
    return bool(one.questions) or not lost.isdisjoint(one.verdicts)


TO_VPC = 1
"""The site's own direction, in :attr:`~samepath.routing.verdict.Ways.tunnels`."""


def stuck(one: PairInState) -> frozenset[int]:
    """The directions that may stay on a tunnel that is in maintenance, by their positions."""
    leaving = {
        str(element)
        for element, condition in one.state.conditions
        if condition is Condition.MAINTENANCE
    }
    return frozenset(
        direction
        for outcome in one.outcomes
        for direction, way in enumerate(outcome.result.ways.tunnels)
        if way is not None and tunnel_of(way) in leaving
    )


def reference(part: Topology, mode: RepairMode) -> Topology:
    """The topology of a group with the mode's design in full, and nothing else in any policy.

    What goes wrong here is not mended by any policy of this mode.
    """
    first = [site.usual_first_hop for site in part.sites.values()]
    order = sorted(part.connections.values(), key=lambda one: one.customer_gateway not in first)
    connections = dict(part.connections)
    for place, connection in enumerate(order):
        ranks = [2 * place, 2 * place + 1]
        if connection.active == STANDBY:
            ranks.reverse()
        connections[connection.name] = replace(
            connection,
            mode=unpinned(part.customer_gateways[connection.customer_gateway].platform),
            probe_inside=connection.routing is Routing.STATIC or connection.probe_inside,
            tunnels=tuple(
                replace(
                    tunnel,
                    gateway_policy=Policies(),
                    customer_policy=_ranked(rank) if mode is RepairMode.SYMMETRIC else Policies(),
                )
                for tunnel, rank in zip(connection.tunnels, ranks, strict=True)
            ),
        )
    # A policy that lets everything pass is one, too, where a device needs one.
    customers = {
        name: replace(customer, requires_policy=False)
        for name, customer in part.customer_gateways.items()
    }
    if mode is RepairMode.FOLLOW:
        customers = {
            name: replace(customer, binding=SessionBinding.ZONE)
            if customer.binding is SessionBinding.INTERFACE
            else customer
            for name, customer in customers.items()
        }
    return replace(part, connections=connections, customer_gateways=customers)


def _ranked(place: int) -> Policies:
    """The policies of the tunnel that is the better the lower its place."""
    prefers = Changes(local_preference=HIGHEST - place)
    return Policies(
        imports=Policy(terms=(Term(changes=prefers),)),
        exports=Policy(terms=(Term(changes=Changes(prepend=min(place, MOST_PREPENDS))),)),
    )
