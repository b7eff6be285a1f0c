"""A whole customer gateway on Linux: FRR or Quagga for the routes, strongSwan for the tunnels.

Sources: FRR's documentation (https://docs.frrouting.org/en/latest/bgp.html), RFC 8212, and AWS's
quotas (https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samepath.device.ios_family.writing.whole import (
    distance,
    drops,
    lines_of,
    policies,
    site_list,
    speaker,
)
from samepath.device.ios_family.writing.words import Words
from samepath.device.networkd import site as networkd
from samepath.device.swanctl.site import daemon, interface, tunnels
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile

CONNECT_RETRY = 10
"""Seconds between two tries to connect; the daemons' own two minutes are an outage."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How one of the two daemons has its files."""

    words: Words
    is_frr: bool
    """Whether it has families, BFD and RFC 8212, and announces what it has a route to."""


def beside(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """The files of strongSwan and networkd."""
    return (
        WrittenFile(name=f"/etc/swanctl/conf.d/{it.name}.conf", text=tunnels(it)),
        WrittenFile(name=f"/etc/strongswan.d/{it.name}.conf", text=daemon(it)),
        *networkd.files(it),
    )


def text(head: Sequence[str], *parts: Iterator[str]) -> str:
    """A file of such a daemon: remarks, and blocks."""
    return "".join(f"{line}\n" for line in (*head, *(line for part in parts for line in part)))


# ---------------------------------------------------------------------------------------- by BGP


def bgp(it: CustomerToWrite, style: Style) -> Iterator[str]:
    """The policies, and the speaker. Raises :class:`NotWritable`."""
    yield from site_list(it)
    for tunnel in it.tunnels:
        yield from _maps(it, tunnel, style)
    yield from speaker(it)
    if not style.is_frr:
        yield " bgp network import-check"
    for tunnel in it.tunnels:
        yield from _neighbour(it, tunnel, style)
    pad = " "
    if style.is_frr:
        yield " !"
        yield " address-family ipv4 unicast"
        pad = "  "
    yield f"{pad}! Announced while the device has a route to exactly this: its LAN, or a static one."
    yield from (f"{pad}network {network}" for network in it.networks)
    yield f"{pad}! One tunnel at a time carries everything, so that answers come back by it."
    yield f"{pad}maximum-paths 1"
    for tunnel in it.tunnels:
        told = policies(tunnel, shown="`show ... received-routes` can tell it")
        yield from (f"{pad}{line}" for line in told)
    if style.is_frr:
        yield " exit-address-family"
    yield "exit"


def _maps(it: CustomerToWrite, tunnel: TunnelToWrite, style: Style) -> Iterator[str]:
    for what, name, policy in (
        ("heard by", f"VPN{tunnel.number}-IN", tunnel.imports),
        ("announced by", f"VPN{tunnel.number}-OUT", tunnel.exports),
    ):
        yield "!"
        closed = " Without a policy the session would be closed." if style.is_frr else ""
        yield f"! What is {what} {tunnel.label}.{closed}"
        yield from lines_of(name, policy, it.asn, style.words)


def _neighbour(it: CustomerToWrite, tunnel: TunnelToWrite, style: Style) -> Iterator[str]:
    who = f" neighbor {tunnel.gateway_inside}"
    keepalive, hold = (int(one.total_seconds()) for one in (it.keepalive, it.hold))
    yield " !"
    yield f"{who} remote-as {it.gateway_asn}"
    yield f"{who} description {tunnel.label}"
    yield f"{who} update-source {tunnel.inside.ip}"
    yield " ! Silence is noticed after this, and a healed tunnel is tried again soon."
    yield f"{who} timers {keepalive} {hold}"
    yield f"{who} timers connect {CONNECT_RETRY}"
    if it.bfd is not None and style.is_frr:
        interval = round(it.bfd.interval.total_seconds() * 1000)
        yield " ! BFD notices sooner, since both ends have it."
        yield f"{who} bfd {it.bfd.multiplier} {interval} {interval}"


# ------------------------------------------------------------------------------------------ static


def statics(it: CustomerToWrite) -> Iterator[str]:
    """Static routes into the tunnels, the first tunnel's first."""
    yield "!"
    yield "! The first tunnel carries everything while its interface is up. An XFRM interface stays"
    yield "! up without its IPsec: take it down to move to the other one, or use BGP, which notices."
    for network in it.vpc:
        for tunnel in it.tunnels:
            yield f"ip route {network} {interface(tunnel)}{distance(it, tunnel)}"


def dropped(it: CustomerToWrite, nowhere: str) -> Iterator[str]:
    """What becomes of packets to the VPC while no tunnel has a route; ``nowhere`` drops them."""
    return drops(f"ip route {network} {nowhere}" for network in it.vpc)
