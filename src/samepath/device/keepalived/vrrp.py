"""A customer gateway's part in VRRP as keepalived 2.2 takes it, and what it writes to its log.

VRRP version 3 (RFC 9568), since version 2 has whole seconds. Adverts are multicast to 224.0.0.18,
as by every other implementation: a switch that snoops IGMP floods 224.0.0.0/24 all the same
(RFC 4541, 2.1.2), so that no list of peers is needed.

A master is missed after three adverts and the backup's skew, which is less than a fourth. Whoever
becomes master tells the LAN by gratuitous ARP. It tells so again when it hears a master of lower
priority, and that one sends a last advert before it yields. Without it two masters that find each
other again would leave the hosts with the one that spoke last, the wrong one.

What an instance tracks is a file with a number; any but 0 is a fault, in which it gives the
addresses up. keepalived 2.2 runs a tracking script once a second at most, and hears of a file's
change at once (``docs/lab-notes/0012-vrrp.md``).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface

ADVERT_INTERVAL = timedelta(milliseconds=100)
"""Time between two adverts: a silent master is replaced within 0.4 s."""
GARP_AGAIN = 1
"""Seconds after which gratuitous ARPs are sent once more: some may have been lost."""
OK, FAULT = 0, 1
"""What a tracked file says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MasterRoute:
    """A route that only the master has, to a next hop that is on the link whatever its address."""

    destination: IPv4Address
    via: IPv4Address


@dataclass(frozen=True, kw_only=True, slots=True)
class VirtualRouter:
    """The addresses that one customer gateway shares with others on one LAN.

    ``name`` is unique in one keepalived, ``number`` (1 to 255) on the LAN. ``local`` is the address
    that adverts come from. ``routes`` are there while this one is master.
    """

    name: str
    number: int
    device: str
    local: IPv4Address
    addresses: tuple[IPv4Interface, ...]
    priority: int
    preempts: bool
    tracks: bool
    routes: tuple[MasterRoute, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Keepalived:
    """All of a customer gateway's VRRP. ``tracked`` and ``notify`` are absolute paths.

    ``together``: it is master of all of them, or of none.
    """

    name: str
    routers: tuple[VirtualRouter, ...]
    tracked: str
    notify: str
    together: bool = False


def configuration(it: Keepalived) -> str:
    """The text of ``keepalived.conf``."""
    return "\n".join(_lines(it)) + "\n"


def _lines(it: Keepalived) -> Iterator[str]:
    yield "# VRRP of a customer gateway. Written by samepath; changes by hand are lost."
    yield "global_defs {"
    yield f"  router_id {it.name}"
    yield "  vrrp_version 3"
    yield f"  vrrp_garp_master_delay {GARP_AGAIN}"
    yield f"  vrrp_garp_lower_prio_delay {GARP_AGAIN}"
    yield "  vrrp_higher_prio_send_advert true"
    yield "  # An interface that is made anew is taken again."
    yield "  dynamic_interfaces"
    yield "  # Nothing is run that anybody but root may change."
    yield "  enable_script_security"
    yield "  script_user root"
    yield "}"
    if any(router.tracks for router in it.routers):
        yield ""
        yield "# Says whether a tunnel has a route; until anybody has looked, none has."
        yield "track_file tunnels {"
        yield f'  file "{it.tracked}"'
        yield "  weight 0"
        yield f"  init_file {FAULT}"
        yield "}"
    if it.together:
        yield ""
        yield f"vrrp_sync_group {it.name} {{"
        yield "  group {"
        for router in it.routers:
            yield f"    {router.name}"
        yield "  }"
        yield f'  notify "/bin/sh {it.notify}"'
        yield "}"
    for router in it.routers:
        yield ""
        yield from _router(it, router)


def _router(it: Keepalived, router: VirtualRouter) -> Iterator[str]:
    yield f"vrrp_instance {router.name} {{"
    yield "  state BACKUP"
    yield f"  interface {router.device}"
    yield f"  virtual_router_id {router.number}"
    yield f"  mcast_src_ip {router.local}"
    yield f"  priority {router.priority}"
    yield f"  advert_int {ADVERT_INTERVAL.total_seconds():g}"
    if not router.preempts:
        yield "  nopreempt"
    if router.tracks:
        yield "  track_file {"
        yield "    tunnels"
        yield "  }"
    first, *others = router.addresses
    yield "  virtual_ipaddress {"
    yield f"    {first} dev {router.device}"
    yield "  }"
    if others:
        yield "  # An advert has room for some addresses only; the first one stands for all."
        yield "  virtual_ipaddress_excluded {"
        for address in others:
            yield f"    {address} dev {router.device}"
        yield "  }"
    if router.routes:
        yield "  virtual_routes {"
        for route in router.routes:
            yield f"    {route.destination}/32 via {route.via} dev {router.device} onlink"
        yield "  }"
    if not it.together:
        yield f'  notify "/bin/sh {it.notify}"'
    yield "}"


def notify_script(log: str, more: Iterable[str] = ()) -> str:
    """A script that writes each change of state to ``log`` (an absolute path), with milliseconds.

    keepalived's own log has whole seconds. ``more`` are lines that follow.
    """
    told = (
        "# Called by keepalived: INSTANCE or GROUP, name, state, priority. Written by samepath.\n"
        f'printf "%s VRRP %s %s\\n" "$(date -u "+%F %T.%3N")" "$2" "$3" >>{shlex.quote(log)}\n'
    )
    return told + "".join(f"{line}\n" for line in more)
