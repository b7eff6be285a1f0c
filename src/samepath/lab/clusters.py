"""Which machine of a cluster is the customer gateway now: the one that the world sends to.

A machine that is cut off from everything still takes itself for the active one, so its own word is
not enough: it counts what the lab's internet has heard last.
"""

from __future__ import annotations

from dataclasses import dataclass

from samepath.control.cluster import OUTSIDE
from samepath.lab.lab import Lab
from samepath.lab.world import edge_port


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterStatus:
    """A customer gateway that is two machines, by their numbers.

    ``holders`` have its outside address: one, unless something is wrong. ``used`` is the one that
    the internet sends to; the only holder where it has heard of none.
    """

    customer: str
    holders: tuple[int, ...]
    used: int | None


def cluster_status(lab: Lab, customer: str) -> ClusterStatus:
    """Who acts now. Raises what the kernel refuses."""
    device, kernel, names = lab.topology.customer_gateways[customer], lab.machine.kernel, lab.names
    holders = tuple(
        member
        for member in device.members
        if kernel.has_address(names.customer(customer, member), OUTSIDE, device.address)
    )
    by_mac = {
        kernel.mac_address(names.customer(customer, member), OUTSIDE): member
        for member in device.members
    }
    heard = kernel.neighbour(names.internet(), edge_port(customer), device.address)
    only = holders[0] if len(holders) == 1 else None
    return ClusterStatus(
        customer=customer,
        holders=holders,
        used=only if heard is None else by_mac.get(heard, only),
    )


def acting_member(lab: Lab, customer: str) -> int:
    """The number of the machine to look at: the one that acts, or the first of one that none does."""
    if lab.topology.customer_gateways[customer].cluster is None:
        return 1
    return cluster_status(lab, customer).used or 1


def acting_namespace(lab: Lab, customer: str) -> str:
    """The router's namespace of a customer gateway, or of the machine of it that acts."""
    return lab.names.customer(customer, acting_member(lab, customer))


def outside_namespace(lab: Lab, customer: str) -> str:
    """The namespace that has a customer gateway's outside address."""
    if lab.topology.customer_gateways[customer].cluster is None:
        return lab.names.customer_edge(customer)
    return acting_namespace(lab, customer)
