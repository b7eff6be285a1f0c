"""The firewall of a customer gateway, imitated with nftables and connection tracking.

It binds a session to what the file says: to the device (what it has not seen begin does not pass),
to a zone or to an interface (a packet of a session that comes by another one's tunnel, or leaves by
it, does not pass either). The first packet that touches a tunnel decides what a session is bound
to, whoever has sent it. And it checks where a packet comes from (RFC 3704), as the file says.

When the route of an open session's packets to the VPC moves to another tunnel, they take that one,
unless the file says otherwise (``established``):

* ``stays``: the tunnel that a session left by last is remembered in its mark, and what comes from
  the site is routed by it, by a table for each tunnel. In that stand the tunnel's static routes
  while it can carry traffic; where there are none the packets go as others do. By BGP a route that
  is not the best is none, so there such a session follows like others.
* ``cut``: a packet whose session has left by another tunnel than the route leads by now, or whose
  answer would, ends the session. TCP's is answered with a reset, and so is what follows it from
  either end; any other packet opens a session anew.

A session's mark holds what it is bound to, the tunnel that it has left by, and whether it is over.

It *imitates* a class of firewalls. What it drops tells of the routing around it, not of any
vendor's device. Each drop is counted by its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from samepath.control.names import tunnel_device
from samepath.control.rulesets import INSIDE_RANGE
from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.linux.objects import MarkRule, Object, Route, Ruleset
from samepath.model.topology import (
    CustomerGateway,
    Established,
    Mode,
    ReversePath,
    Routing,
    SessionBinding,
    Topology,
)
from samepath.model.topology_view import customer_tunnels, ibgp_neighbours
from samepath.routing.compile import rules_of

TABLE = "samepath_firewall"
BOUND, LEFT, OVER = 0xFFF, 0xFFF000, 0x1000000
"""Bits of a session's mark: what it is bound to, the tunnel that it left by, that it is over."""
FIRST_TABLE = 1000
"""The routing table of a customer gateway's first tunnel is the next one."""
SYN = "tcp flags & (fin | syn | rst | ack) == syn"
NOT_SYN = SYN.replace("==", "!=")


class Drop(StrEnum):
    """Why the firewall drops a packet; the value is its counter's name."""

    UNSEEN = "unseen"
    """It belongs to a session that the firewall has not seen begin."""
    UNBOUND = "unbound"
    """It comes by a tunnel, or leaves by one, that its session is not bound to."""
    SOURCE = "wrong_source"
    """Its source is reached by another tunnel, or not at all."""
    CUT = "cut"
    """Its session is over, since its route has moved; it is answered with a TCP reset."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelDevice:
    """A tunnel as its firewall knows it. Tunnels that name no zone are in one."""

    device: str
    zone: str | None
    static: bool = False
    """Whether static routes lead into it."""


def is_imitated(customer: CustomerGateway) -> bool:
    """Whether a customer gateway has a firewall here: whether there is anything to drop."""
    return _binding(customer) is not SessionBinding.STATELESS or (
        _check(customer) is not ReversePath.OFF
    )


def _binding(customer: CustomerGateway) -> SessionBinding:
    return customer.binding or SessionBinding.STATELESS


def _check(customer: CustomerGateway) -> ReversePath:
    return customer.reverse_path or ReversePath.OFF


def cannot_imitate(topology: Topology, customer: CustomerGateway) -> str | None:
    """Why the lab's firewall lets open sessions follow their route, where the file says otherwise.

    None: it does as the file says.
    """
    said = customer.established or Established.FOLLOWS
    if _binding(customer) is SessionBinding.STATELESS or said is Established.FOLLOWS:
        return None
    if any(customer.name in both.names for both in ibgp_neighbours(topology)):
        return "where customer gateways speak iBGP"
    by_bgp = {
        connection.name: connection.mode
        for connection, _ in customer_tunnels(topology, customer.name)
        if connection.routing is Routing.BGP
    }
    unequal = not by_bgp or [*by_bgp.values()] == [Mode.PINNED]
    if not unequal and rules_of(customer).multipath.ebgp != 1:
        return "where equal routes are used together"
    return None


def _established(topology: Topology, customer: CustomerGateway) -> Established:
    if cannot_imitate(topology, customer) is not None:
        return Established.FOLLOWS
    return customer.established or Established.FOLLOWS


def keeps_sessions_on_tunnels(topology: Topology, customer: CustomerGateway) -> bool:
    """Whether an open session's packets may take another tunnel than a new one's."""
    return (
        _binding(customer) is not SessionBinding.STATELESS
        and _established(topology, customer) is Established.STAYS
        and any(one.static for one in devices_of(topology, customer.name).values())
    )


def firewall_of(
    topology: Topology, customer: CustomerGateway, namespace: str, situation: Situation
) -> Iterator[Object]:
    """A customer gateway's firewall, as the file has it, if it has any: its rules and routes."""
    devices = devices_of(topology, customer.name)
    yield from firewall(
        namespace,
        _binding(customer),
        _check(customer),
        devices.values(),
        _established(topology, customer),
    )
    if not keeps_sessions_on_tunnels(topology, customer):
        return
    numbers = _numbers(devices.values())
    for connection, tunnel in customer_tunnels(topology, customer.name):
        one = devices[connection.name, tunnel.number]
        if not one.static:
            continue
        table = FIRST_TABLE + numbers[one]
        yield MarkRule(namespace=namespace, mark=_left(numbers[one]), mask=LEFT, table=table)
        if TunnelEnd.of(connection.name, tunnel.number, Side.CUSTOMER) in situation.usable:
            yield Route(
                namespace=namespace,
                destination=topology.vpcs[topology.gateways[connection.gateway].vpc].cidr,
                device=one.device,
                table=table,
            )


def _numbers(tunnels: Iterable[TunnelDevice]) -> dict[TunnelDevice, int]:
    """The tunnels by their devices' names, and the number of each."""
    ordered = sorted(tunnels, key=lambda tunnel: tunnel.device)
    return {tunnel: number for number, tunnel in enumerate(ordered, start=1)}


def _left(number: int) -> int:
    """The mark of a session that has left by a tunnel."""
    return number << BOUND.bit_length()


def devices_of(topology: Topology, customer: str) -> dict[tuple[str, int], TunnelDevice]:
    """A customer gateway's tunnels by connection and number, as its firewall knows them."""
    return {
        (key := (connection.name, tunnel.number)): TunnelDevice(
            device=tunnel_device(*key),
            zone=tunnel.zone,
            static=connection.routing is Routing.STATIC,
        )
        for connection, tunnel in customer_tunnels(topology, customer)
    }


def firewall(
    namespace: str,
    binding: SessionBinding,
    reverse_path: ReversePath,
    tunnels: Iterable[TunnelDevice],
    established: Established = Established.FOLLOWS,
) -> Iterator[Ruleset]:
    """The rules of a firewall, if it has any: none where it keeps no sessions and checks nothing."""
    tunnels = sorted(tunnels, key=lambda tunnel: tunnel.device)
    lines = [*_source_check(reverse_path, tunnels), *_sessions(binding, tunnels, established)]
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


def _sessions(
    binding: SessionBinding, tunnels: Collection[TunnelDevice], established: Established
) -> Iterator[str]:
    if binding is SessionBinding.STATELESS:
        return
    numbers = _numbers(tunnels)
    static = {tunnel: number for tunnel, number in numbers.items() if tunnel.static}
    cuts = established is Established.CUT and len(numbers) > 1
    stays = established is Established.STAYS and static
    if cuts:
        yield from _ending()
    if stays:
        yield from _routing_by_session(tunnels)
    yield "chain sessions {"
    yield "type filter hook forward priority filter; policy accept;"
    yield f"ct state invalid counter name {Drop.UNSEEN.value} drop"
    yield f"ct state new {NOT_SYN} counter name {Drop.UNSEEN.value} drop"
    if cuts:
        yield from _cutting(numbers)
    if binding is not SessionBinding.DEVICE:
        mask = f" and {BOUND:#x}" if cuts or stays else ""
        for device, mark in _marks(binding, tunnels):
            put = f"ct mark or {mark:#x}" if mask else str(mark)
            for side in ("iifname", "oifname"):
                it = f'{side} "{device}" ct mark{mask}'
                yield f"{it} {'== ' if mask else ''}0 ct mark set {put}"
                yield f"{it} != {mark} counter name {Drop.UNBOUND.value} drop"
    if cuts or stays:
        yield from _remembering(numbers if cuts else static, last=not cuts)
    yield "}"


def _ending() -> Iterator[str]:
    """A chain for the packet whose route has moved: its session is over."""
    yield "chain moved {"
    yield (
        f"meta l4proto tcp ct mark set ct mark or {OVER:#x} "
        f"counter name {Drop.CUT.value} reject with tcp reset"
    )
    yield "ct mark set 0"
    yield "}"


def _cutting(numbers: Mapping[TunnelDevice, int]) -> Iterator[str]:
    yield f"{SYN} ct mark and {OVER:#x} != 0 ct mark set 0"
    yield (
        f"meta l4proto tcp ct mark and {OVER:#x} != 0 "
        f"counter name {Drop.CUT.value} reject with tcp reset"
    )
    every = _set_of(numbers)
    for tunnel, number in numbers.items():
        others = _set_of(one for one in numbers if one != tunnel)
        has_left = f"ct mark and {LEFT:#x} == {_left(number):#x}"
        yield f"oifname {others} {has_left} jump moved"
        yield f"iifname {every} {has_left} fib saddr oifname {others} jump moved"


def _routing_by_session(tunnels: Iterable[TunnelDevice]) -> Iterator[str]:
    """Route what comes from the site by the tunnel that its session has left by."""
    yield "chain stay {"
    # Before the packet's size is looked at, which asks for its route.
    yield "type filter hook prerouting priority mangle - 1; policy accept;"
    yield (
        f"iifname != {_set_of(tunnels)} ct mark and {LEFT:#x} != 0 "
        f"meta mark set ct mark and {LEFT:#x}"
    )
    yield "}"


def _remembering(numbers: Mapping[TunnelDevice, int], *, last: bool) -> Iterator[str]:
    """Write down the tunnel that a session leaves by: the last one, or the first.

    With ``last`` an answer first of all leaves by the tunnel that its session came by.
    """
    for tunnel, number in numbers.items():
        mark, others = _left(number), ~LEFT & 0xFFFFFFFF
        put = f"ct mark set ct mark and {others:#x} or {mark:#x}"
        if last:
            yield f'oifname "{tunnel.device}" ct mark and {LEFT:#x} != {mark:#x} {put}'
            yield f'iifname "{tunnel.device}" ct state new ct mark and {LEFT:#x} == 0 {put}'
        else:
            yield f'oifname "{tunnel.device}" ct mark and {LEFT:#x} == 0 {put}'


def _set_of(tunnels: Iterable[TunnelDevice]) -> str:
    named = ", ".join(f'"{tunnel.device}"' for tunnel in tunnels)
    return f"{{ {named} }}"


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
