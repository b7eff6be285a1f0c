"""The firewall of a customer gateway, imitated with nftables and connection tracking.

It binds a session to what the file says: to the device (what it has not seen begin does not pass),
to a zone or to an interface (a packet of a session that comes by another one's tunnel, or leaves by
it, does not pass either). The first packet that touches a tunnel decides what a session is bound
to, whoever has sent it. And it checks where a packet comes from (RFC 3704), as the file says.

It *imitates* a class of firewalls. What it drops tells of the routing around it, not of any
vendor's device. Each drop is counted by its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from samepath.control.names import tunnel_device
from samepath.control.rulesets import INSIDE_RANGE
from samepath.linux.objects import Ruleset
from samepath.model.topology import CustomerGateway, ReversePath, SessionBinding, Topology
from samepath.model.topology_view import customer_tunnels

TABLE = "samepath_firewall"
NOT_SYN = "tcp flags & (fin | syn | rst | ack) != syn"


class Drop(StrEnum):
    """Why the firewall drops a packet; the value is its counter's name."""

    UNSEEN = "unseen"
    """It belongs to a session that the firewall has not seen begin."""
    UNBOUND = "unbound"
    """It comes by a tunnel, or leaves by one, that its session is not bound to."""
    SOURCE = "wrong_source"
    """Its source is reached by another tunnel, or not at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelDevice:
    """A tunnel as its firewall knows it. Tunnels that name no zone are in one."""

    device: str
    zone: str | None


def is_imitated(customer: CustomerGateway) -> bool:
    """Whether a customer gateway has a firewall here: whether there is anything to drop."""
    return _binding(customer) is not SessionBinding.STATELESS or (
        _check(customer) is not ReversePath.OFF
    )


def _binding(customer: CustomerGateway) -> SessionBinding:
    return customer.binding or SessionBinding.STATELESS


def _check(customer: CustomerGateway) -> ReversePath:
    return customer.reverse_path or ReversePath.OFF


def firewall_of(topology: Topology, customer: CustomerGateway, namespace: str) -> Iterator[Ruleset]:
    """The rules of a customer gateway's firewall, as the file has it, if it has any."""
    devices = devices_of(topology, customer.name).values()
    return firewall(namespace, _binding(customer), _check(customer), devices)


def devices_of(topology: Topology, customer: str) -> dict[tuple[str, int], TunnelDevice]:
    """A customer gateway's tunnels by connection and number, as its firewall knows them."""
    return {
        (key := (connection.name, tunnel.number)): TunnelDevice(
            device=tunnel_device(*key), zone=tunnel.zone
        )
        for connection, tunnel in customer_tunnels(topology, customer)
    }


def firewall(
    namespace: str,
    binding: SessionBinding,
    reverse_path: ReversePath,
    tunnels: Iterable[TunnelDevice],
) -> Iterator[Ruleset]:
    """The rules of a firewall, if it has any: none where it keeps no sessions and checks nothing."""
    tunnels = sorted(tunnels, key=lambda tunnel: tunnel.device)
    lines = [*_source_check(reverse_path, tunnels), *_sessions(binding, tunnels)]
    if lines:
        declared = [f"counter {reason.value} {{}}" for reason in Drop]
        yield Ruleset(namespace=namespace, table=TABLE, text="\n".join([*declared, *lines]))


def _source_check(check: ReversePath, tunnels: Iterable[TunnelDevice]) -> Iterator[str]:
    if check is ReversePath.OFF:
        return
    # By the kernel's best route, which is the only one that BIRD gives it: feasible is strict here.
    # After the tunnel's counters, where nft can: what is dropped has come out of the tunnel.
    loose = check is ReversePath.LOOSE
    looked_up = "fib saddr oif" if loose else "fib saddr . iif oif"
    hook = "prerouting priority filter" if loose else "forward priority filter - 1"
    yield "chain source {"
    yield f"type filter hook {hook}; policy accept;"
    for tunnel in tunnels:
        yield (
            f'iifname "{tunnel.device}" ip saddr != {INSIDE_RANGE} {looked_up} missing '
            f"counter name {Drop.SOURCE.value} drop"
        )
    yield "}"


def _sessions(binding: SessionBinding, tunnels: Iterable[TunnelDevice]) -> Iterator[str]:
    if binding is SessionBinding.STATELESS:
        return
    yield "chain sessions {"
    yield "type filter hook forward priority filter; policy accept;"
    yield f"ct state invalid counter name {Drop.UNSEEN.value} drop"
    yield f"ct state new {NOT_SYN} counter name {Drop.UNSEEN.value} drop"
    if binding is not SessionBinding.DEVICE:
        for device, mark in _marks(binding, tunnels):
            for side in ("iifname", "oifname"):
                yield f'{side} "{device}" ct mark 0 ct mark set {mark}'
                yield f'{side} "{device}" ct mark != {mark} counter name {Drop.UNBOUND.value} drop'
    yield "}"


def keeps_apart(binding: SessionBinding, one: TunnelDevice, other: TunnelDevice) -> bool:
    """Whether a packet does not pass by one tunnel where its session has begun by the other."""
    if binding in {SessionBinding.STATELESS, SessionBinding.DEVICE}:
        return False
    return _bound_to(binding, one) != _bound_to(binding, other)


def _marks(binding: SessionBinding, tunnels: Iterable[TunnelDevice]) -> Iterator[tuple[str, int]]:
    """The mark of a session that is bound to a tunnel: the tunnel's own, or its zone's."""
    marks: dict[str, int] = {}
    for tunnel in tunnels:
        yield tunnel.device, marks.setdefault(_bound_to(binding, tunnel), len(marks) + 1)


def _bound_to(binding: SessionBinding, tunnel: TunnelDevice) -> str:
    if binding is not SessionBinding.ZONE:
        return tunnel.device
    return "" if tunnel.zone is None else f"zone {tunnel.zone}"
