"""What is kept of a drill: what was asked of what, when, and how each row came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from samepath.control.firewall import is_imitated
from samepath.control.speakers import frr_customers
from samepath.control.swanctl_endpoint import configures_itself, self_configured
from samepath.lab.drill.comparison import Compared
from samepath.lab.drill.drill import Drilled
from samepath.lab.versions import Versions
from samepath.model.topology import (
    CustomerGateway,
    Established,
    Platform,
    ReversePath,
    Routing,
    SessionBinding,
    Topology,
)
from samepath.model.topology_view import vrrp_sites
from samepath.pairing.substitution import Substitution
from samepath.routing.fate import Transition
from samepath.routing.states import Condition, FailureState
from samepath.routing.verdict import Pair

UNASKED = "only the named states were asked for"
"""Why a state was not drilled that a lab could bring about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A drill that has come to its end.

    ``digest`` is the SHA-256 of the topology file's text, hexadecimal; ``begun`` is in UTC.
    ``rows`` are in the order in which they were measured; ``not_drilled`` tells of each other state
    why, and ``unheard`` are the pairs without a host at both ends.
    """

    file: str
    digest: str
    begun: datetime
    seconds: float
    waited: float
    """Seconds of these that passed until the ends had noticed, or were back."""
    versions: Versions
    topology: Topology
    """What was run."""
    instead: tuple[str, ...]
    """What of it is not as the file has it, each in a sentence without its full stop."""
    drilled: tuple[Drilled, ...]
    rows: tuple[Compared, ...]
    not_drilled: tuple[tuple[FailureState, str], ...]
    unheard: tuple[Pair, ...]
    substitutions: tuple[Substitution, ...] = ()
    """Of a rehearsal: what stands for what of the real VPN."""
    known: tuple[Compared, ...] | None = None
    """The rows against what is predicted once the devices' BGP tables are known; none where these
    settle nothing, None where they were not asked for."""

    @property
    def repeated(self) -> tuple[Compared, ...]:
        """The rows that were measured more than once."""
        return tuple(row for row in self.rows if row.measured.again)

    @property
    def left_open(self) -> tuple[Compared, ...]:
        """The rows that the devices' tables leave open."""
        return tuple(row for row in self.known or () if row.predicted.undetermined)

    @property
    def wrong_once_known(self) -> tuple[Compared, ...]:
        """The rows that are not as predicted with the devices' tables."""
        return tuple(row for row in self.known or () if row.differences)

    @property
    def differing(self) -> tuple[Compared, ...]:
        """The rows that are not as predicted."""
        return tuple(row for row in self.rows if row.differences)

    @property
    def differing_at_all(self) -> bool:
        """Whether a row is not as predicted, or not once the devices' tables are known."""
        return bool(self.differing or self.wrong_once_known)

    @property
    def undetermined(self) -> tuple[Compared, ...]:
        """The rows of which the prediction leaves the verdict open."""
        return tuple(row for row in self.rows if row.predicted.undetermined)


class Basis(Enum):
    """What stands behind a part of a lab, or behind a row."""

    DAEMON = "real daemon"
    KERNEL = "real kernel"
    IMITATED = "imitated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of what a topology describes, and by what a lab has it."""

    what: str
    by: str
    basis: Basis


def parts_of(
    topology: Topology, versions: Versions, states: tuple[FailureState, ...]
) -> Iterator[Part]:
    """What is real in a lab that was taken through ``states``, and what is imitated."""
    strongswan, bird, kernel = (
        f"strongSwan {versions.strongswan}",
        f"BIRD {versions.bird}",
        f"Linux {versions.kernel}",
    )
    routings = {connection.routing for connection in topology.connections.values()}
    ends = "the gateways' end" if self_configured(topology) else "each end"
    yield Part(
        what="IKE, both ends",
        by=f"{strongswan}, a daemon for {ends} of each tunnel"
        + ("; what a customer gateway runs stands below" if self_configured(topology) else ""),
        basis=Basis.DAEMON,
    )
    yield Part(
        what="ESP",
        by=f"{strongswan} (kernel-libipsec): in user space, in UDP",
        basis=Basis.DAEMON,
    )
    if Routing.BGP in routings:
        daemons = (
            "each endpoint and gateway; what a customer gateway runs stands below"
            if frr_customers(topology)
            else "each endpoint, gateway and customer gateway"
        )
        yield Part(
            what="BGP and BFD, both ends",
            by=f"{bird}, a daemon for {daemons}",
            basis=Basis.DAEMON,
        )
    if Routing.STATIC in routings:
        yield Part(
            what="static routes that follow a tunnel's health",
            by="samepath's agent, from the CHILD_SA of each end",
            basis=Basis.IMITATED,
        )
    yield Part(
        what="routes, forwarding, TCP and UDP of the hosts",
        by=f"{kernel}, a network namespace for each router and host",
        basis=Basis.KERNEL,
    )
    yield Part(
        what="AWS's gateway and its choice",
        by=f"{bird}, configured to choose as AWS documents it",
        basis=Basis.IMITATED,
    )
    if any(condition is Condition.MAINTENANCE for one in states for _, condition in one.conditions):
        yield Part(
            what="AWS's endpoint maintenance",
            by=f"{bird}: the gateway announces a lower MED on the other tunnel",
            basis=Basis.IMITATED,
        )
    yield Part(
        what="the internet between the ends, and its faults",
        by="a namespace without delay; nftables drops what a fault drops",
        basis=Basis.IMITATED,
    )
    for site in vrrp_sites(topology):
        yield Part(
            what=f"VRRP of site:{site.name}",
            by="keepalived, a daemon for each customer gateway",
            basis=Basis.DAEMON,
        )
    for customer in topology.customer_gateways.values():
        yield _device(customer, bird, versions.frr)
        if configures_itself(customer):
            yield Part(
                what=f"IKE of cgw:{customer.name}",
                by=f"{strongswan} with its own swanctl.conf, which samepath only looks at",
                basis=Basis.DAEMON,
            )
        if customer.cluster is not None:
            shared = ", and conntrackd for its sessions" if customer.shares_sessions else ""
            yield Part(
                what=f"the takeover of cgw:{customer.name}",
                by=f"keepalived, a daemon for each machine{shared}",
                basis=Basis.DAEMON,
            )
        if is_imitated(customer):
            yield Part(
                what=f"firewall of cgw:{customer.name}",
                by=f"nftables and connection tracking: {firewall_words(customer)}",
                basis=Basis.IMITATED,
            )


def _device(customer: CustomerGateway, bird: str, frr: str | None) -> Part:
    if customer.platform is Platform.FRR:
        return Part(
            what=f"router of cgw:{customer.name}, {customer.platform.value}",
            by=f"FRR {frr}, as the file says",
            basis=Basis.DAEMON,
        )
    return Part(
        what=f"router of cgw:{customer.name}",
        by=f"{bird}, as the file says",
        basis=Basis.DAEMON,
    )


_OF_OPEN_SESSIONS = {
    Established.FOLLOWS: "open ones follow their route",
    Established.STAYS: "open ones stay on their tunnel",
    Established.CUT: "cut when their route moves",
}


def firewall_words(customer: CustomerGateway) -> str:
    """What a customer gateway's firewall does, in few words; empty where it has none."""
    words = []
    binding = customer.binding or SessionBinding.STATELESS
    if binding is not SessionBinding.STATELESS:
        words.append(f"sessions bound to the {binding.value}")
    reverse_path = customer.reverse_path or ReversePath.OFF
    if reverse_path is not ReversePath.OFF:
        words.append(f"reverse path {reverse_path.value}")
    if binding is not SessionBinding.STATELESS and customer.established is not None:
        words.append(_OF_OPEN_SESSIONS[customer.established])
    return ", ".join(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Footing:
    """What a row's outcome rests on: real daemons, or also something imitated, which is named."""

    basis: Basis
    of: str = ""


def footing_of(row: Compared, topology: Topology) -> Footing:
    """What decides a row, by any of the predicted outcomes.

    Where a firewall refuses packets or ends sessions, or the routes are static (with which alone it
    keeps sessions on their tunnels), an imitation has decided.
    """
    for outcome in row.predicted.outcomes:
        for _, fate in outcome.result.fates:
            for mechanism in (fate.because, fate.transition_because):
                if mechanism is not None and mechanism.refusal is not None:
                    return Footing(basis=Basis.IMITATED, of=f"firewall of {mechanism.device}")
            if fate.transition is Transition.RESETS and fate.transition_because is not None:
                device = fate.transition_because.device
                return Footing(basis=Basis.IMITATED, of=f"firewall of {device}")
    site = topology.sites[row.predicted.pair.site_name]
    if any(
        connection.routing is Routing.STATIC
        for connection in topology.connections.values()
        if connection.customer_gateway in site.customer_gateways
    ):
        return Footing(basis=Basis.IMITATED, of="static routes")
    return Footing(basis=Basis.DAEMON)
