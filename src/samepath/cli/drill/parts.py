"""What of a drill is the real thing, and what imitates it."""

from __future__ import annotations

from samepath.control.firewall import is_imitated
from samepath.control.speakers import frr_customers
from samepath.control.swanctl_endpoint import self_configured
from samepath.model.topology import Topology
from samepath.model.topology_view import clusters, vrrp_sites


def real(topology: Topology) -> list[str]:
    """What runs as it would anywhere."""
    own = [f"strongSwan with its own swanctl.conf (cgw:{one})" for one in self_configured(topology)]
    frr = ["FRR"] if frr_customers(topology) else []
    keepalived = ["keepalived"] if vrrp_sites(topology) or clusters(topology) else []
    shared = any(one.shares_sessions for one in topology.customer_gateways.values())
    conntrackd = ["conntrackd"] if shared else []
    return ["strongSwan", *own, "BIRD", *frr, *keepalived, *conntrackd, "the kernel's routes"]


def imitated(topology: Topology) -> list[str]:
    """What only behaves as a device of that kind would."""
    return [
        f"the firewall of cgw:{customer.name}"
        for customer in topology.customer_gateways.values()
        if is_imitated(customer)
    ]
