"""The nftables rulesets of a VPN: address translation, packet size, and counters.

Packet size is part of the VPN. Both ends of a tunnel

* clamp the MSS of TCP in both directions to what fits the tunnel, because an end host's path MTU
  discovery often does not work through a VPN;
* clear the DF bit of a packet that is too large and let the kernel fragment it *before*
  encryption, as AWS's generated configurations ask for (``clear_df_bit``,
  ``fragmentation_before_encryption``).
  The far host puts the fragments together; no gateway has to.

The kernel compares a packet with the route's MTU before the forward hook, so the DF bit is cleared
in prerouting, for the interface that the route look-up will choose.

What leaves through a tunnel is sorted into the classes of its :class:`Shaper`: the tunnel's own
BGP and BFD, TCP, and the rest.

No packet leaves by the tunnel that it came in by: both ends would pass it to and fro until its TTL
is over, where each has no better way than the other.

The counters count what users send (not BGP, BFD or anything else of the inside addresses): they
are how ``status`` knows which tunnel each direction really takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from samepath.linux.objects import Ruleset, Shaper

TABLE = "samepath"
OUTSIDE_TABLE = "samepath_outside"
"""The translation's, where it lives with a router."""
INSIDE_RANGE = IPv4Network("169.254.0.0/16")
NEXT_ID = "numgen inc mod 65535 offset 1 << 16"
"""An IP identification for a packet that is fragmented although its sender has forbidden it.

Linux leaves it 0 on a datagram with DF that no connected socket has sent, as it may (RFC 6864, 4.1).
Fragments of two of them could then be put together after a loss. nft numbers in 32 bits, of which
it writes the upper 16.
"""
IP_TCP_HEADERS = 40
"""Bytes of an IPv4 and a TCP header without options: MTU - 40 is the MSS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelRules:
    """What the ruleset of an inside namespace has to know of a tunnel."""

    device: str
    mtu: int
    shaper: Shaper


def counter(device: str, direction: str) -> str:
    """The name of a user-traffic counter; ``direction`` is ``in`` or ``out`` of the tunnel."""
    return f"{device.replace('-', '_')}_{direction}"


def inside(namespace: str, tunnels: Iterable[TunnelRules], *, by_mark: bool = False) -> Ruleset:
    """Packet size and counters for a namespace in which tunnels end.

    ``by_mark`` says that a packet's mark may change its route.
    """
    asked = "fib daddr . mark" if by_mark else "fib daddr"
    tunnels = sorted(tunnels, key=lambda tunnel: tunnel.device)
    lines = [
        f"counter {counter(tunnel.device, direction)} {{}}"
        for tunnel in tunnels
        for direction in ("in", "out")
    ]
    lines.append("chain packet_size {")
    lines.append("type filter hook prerouting priority mangle; policy accept;")
    for tunnel in tunnels:
        # The route is looked up last: most packets fit, and are not to pay for it.
        too_large = (
            f"ip length > {tunnel.mtu} ip frag-off & 0xffff == 0x4000 "
            f'{asked} oifname "{tunnel.device}"'
        )
        lines.append(f"{too_large} ip id 0 ip id set {NEXT_ID}")
        lines.append(f"{too_large} ip frag-off set 0")
    lines.append("}")
    lines.append("chain forward {")
    lines.append("type filter hook forward priority mangle; policy accept;")
    for tunnel in tunnels:
        lines.append(f'iifname "{tunnel.device}" oifname "{tunnel.device}" drop')
        mss = tunnel.mtu - IP_TCP_HEADERS
        lines.extend(
            f'{side} "{tunnel.device}" tcp flags syn tcp option maxseg size > {mss} '
            f"tcp option maxseg size set {mss}"
            for side in ("iifname", "oifname")
        )
        for side, direction in (("iifname", "in"), ("oifname", "out")):
            lines.append(
                f'{side} "{tunnel.device}" ip saddr != {INSIDE_RANGE} '
                f"ip daddr != {INSIDE_RANGE} counter name {counter(tunnel.device, direction)}"
            )
    lines.append("}")
    lines.append("chain classes {")
    lines.append("type filter hook postrouting priority mangle; policy accept;")
    for tunnel in tunnels:
        out, shaper = f'oifname "{tunnel.device}"', tunnel.shaper
        control, responsive = (
            f"meta priority set {shaper.priority(minor)}"
            for minor in (Shaper.CONTROL, Shaper.RESPONSIVE)
        )
        lines.append(f"{out} meta l4proto tcp {responsive}")
        lines.append(f"{out} ip saddr {INSIDE_RANGE} ip daddr {INSIDE_RANGE} {control}")
    lines.append("}")
    return Ruleset(namespace=namespace, table=TABLE, text="\n".join(lines))


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeTranslation:
    """One tunnel behind the customer's outside address: the peer, and where its IKE daemon is."""

    peer: IPv4Address
    daemon: IPv4Address


def edge(
    namespace: str,
    outside: IPv4Address,
    tunnels: Iterable[IkeTranslation],
    *,
    beside_firewall: bool = False,
) -> Ruleset:
    """Give each tunnel's IKE daemon the customer's outside address, keyed on the peer's address.

    One outside address has one port 500 and one port 4500, and each IKE daemon wants them: all UDP
    from a peer is for the daemon of that peer's tunnel. So either end may start. Since the peer
    says it all, nothing has to be remembered of a packet, and connection tracking, which costs a
    tunnel a seventh of its throughput, stays out of it. The ports are not looked at, because only
    a datagram's first fragment has them.

    ``beside_firewall``: the namespace has a customer gateway's router in it, too.
    """
    tunnels = sorted(tunnels, key=lambda tunnel: tunnel.peer)
    lines = ["chain prerouting {", "type filter hook prerouting priority raw; policy accept;"]
    lines.extend(
        f"ip saddr {tunnel.peer} ip daddr {outside} ip protocol udp ip daddr set {tunnel.daemon}"
        + (" notrack" if beside_firewall else "")
        for tunnel in tunnels
    )
    if beside_firewall:
        lines.extend(f"ip saddr {tunnel.daemon} notrack" for tunnel in tunnels)
    lines += [
        "}",
        "chain postrouting {",
        "type filter hook postrouting priority srcnat; policy accept;",
    ]
    lines.extend(
        f"ip saddr {tunnel.daemon} ip daddr {tunnel.peer} ip saddr set {outside}"
        for tunnel in tunnels
    )
    lines.append("}")
    table = OUTSIDE_TABLE if beside_firewall else TABLE
    return Ruleset(namespace=namespace, table=table, text="\n".join(lines))
