"""A whole IOS XE as customer gateway: route-based tunnels, and BGP or static routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from samepath.device.cisco_ios.writing.crypto import crypto, profile
from samepath.device.cisco_ios.writing.style import WORDS
from samepath.device.ios_family.writing.whole import (
    DROP_DISTANCE,
    MOST_ROUTES,
    SITE,
    STANDBY_DISTANCE,
    lines_of,
)
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """The lines of an IOS XE, to be typed or copied. Raises ``NotWritable``."""
    lines = (*_head(it), *crypto(it), *_interfaces(it), *(_bgp(it) if it.bgp else _static(it)))
    text = "".join(f"{line}\n" for line in (*lines, *_drops(it), "end"))
    return (WrittenFile(name=f"{it.name}.cfg", text=text),)


def _interface(tunnel: TunnelToWrite) -> str:
    return f"Tunnel{tunnel.number}"


def _head(it: CustomerToWrite) -> Iterator[str]:
    yield f"! {it.name}: a customer gateway. For IOS XE 16.9 or newer; typed behind"
    yield "! `configure terminal`, or copied to running-config. IOS keeps no remarks."
    if it.identity != it.address:
        yield f"! A NAT shows {it.address} as {it.identity}: it has to let UDP 500 and 4500 through."
    yield f"hostname {it.name}"


def _interfaces(it: CustomerToWrite) -> Iterator[str]:
    for tunnel in it.tunnels:
        yield "!"
        yield f"! {tunnel.label}. It is up while its IPsec is, and its routes with it."
        yield f"interface {_interface(tunnel)}"
        yield f" description {tunnel.label}"
        yield f" ip address {tunnel.inside.ip} {tunnel.inside.netmask}"
        yield " ! What is left of the wire's packets once IPsec is around them, and told to TCP."
        yield f" ip mtu {it.mtu}"
        yield f" ip tcp adjust-mss {it.mss}"
        yield f" tunnel source {it.outside_interface or it.address}"
        yield f" tunnel destination {tunnel.outside}"
        yield " tunnel mode ipsec ipv4"
        yield f" tunnel protection ipsec profile {profile(tunnel)}"
        if it.bfd is not None:
            interval = round(it.bfd.interval.total_seconds() * 1000)
            yield f" bfd interval {interval} min_rx {interval} multiplier {it.bfd.multiplier}"
        yield " no shutdown"
        yield "exit"


# -------------------------------------------------------------------------------------------- BGP


def _bgp(it: CustomerToWrite) -> Iterator[str]:
    yield "!"
    yield "! What the site announces, and nothing else: a default route or another"
    yield "! network that leaked would draw traffic here."
    for number, network in enumerate(it.networks, start=1):
        yield f"ip prefix-list {SITE} seq {number * 5} permit {network}"
    for tunnel in it.tunnels:
        yield "!"
        yield f"! What is heard by {tunnel.label}, and what is announced by it."
        yield from lines_of(f"VPN{tunnel.number}-IN", tunnel.imports, it.asn, WORDS)
        yield from lines_of(f"VPN{tunnel.number}-OUT", tunnel.exports, it.asn, WORDS)
    yield "!"
    yield f"router bgp {it.asn}"
    yield f" bgp router-id {it.address}"
    yield " bgp log-neighbor-changes"
    yield " ! What is equal otherwise is decided by what stays, not by which session is older."
    yield " bgp bestpath compare-routerid"
    yield " bgp deterministic-med"
    keepalive, hold = (int(one.total_seconds()) for one in (it.keepalive, it.hold))
    for tunnel in it.tunnels:
        who = f" neighbor {tunnel.gateway_inside}"
        yield f"{who} remote-as {it.gateway_asn}"
        yield f"{who} description {tunnel.label}"
        yield f"{who} update-source {_interface(tunnel)}"
        yield " ! Silence is noticed after this."
        yield f"{who} timers {keepalive} {hold}"
        if it.bfd is not None:
            yield " ! BFD notices sooner, since both ends have it."
            yield f"{who} fall-over bfd"
    yield " address-family ipv4"
    yield "  ! Announced while the device has a route to exactly this: its LAN, or a static one."
    for network in it.networks:
        yield f"  network {network.network_address} mask {network.netmask}"
    yield "  ! One tunnel at a time carries everything, so that answers come back by it."
    yield "  maximum-paths 1"
    for tunnel in it.tunnels:
        yield from (f"  {line}" for line in _policies(tunnel))
    yield " exit-address-family"
    yield "exit"


def _policies(tunnel: TunnelToWrite) -> Iterator[str]:
    who = f"neighbor {tunnel.gateway_inside}"
    yield f"{who} activate"
    yield f"{who} prefix-list {SITE} out"
    yield f"{who} route-map VPN{tunnel.number}-IN in"
    yield f"{who} route-map VPN{tunnel.number}-OUT out"
    yield "! What is refused is kept, so that it can be shown."
    yield f"{who} soft-reconfiguration inbound"
    yield "! More routes than a gateway may announce are somebody's mistake."
    yield f"{who} maximum-prefix {MOST_ROUTES}"


# ----------------------------------------------------------------------------------------- static


def _static(it: CustomerToWrite) -> Iterator[str]:
    yield "!"
    yield "! The first tunnel carries everything while it is up, and the next one after it."
    for network in it.vpc:
        for tunnel in it.tunnels:
            distance = (
                "" if tunnel is it.tunnels[0] else f" {STANDBY_DISTANCE * (tunnel.number - 1)}"
            )
            yield f"{_to(network)} {_interface(tunnel)}{distance}"


def _drops(it: CustomerToWrite) -> Iterator[str]:
    yield "!"
    yield "! Without a tunnel packets to the VPC are dropped, and do not leave in the clear."
    yield from (f"{_to(network)} Null0 {DROP_DISTANCE}" for network in it.vpc)


def _to(network: IPv4Network) -> str:
    return f"ip route {network.network_address} {network.netmask}"
