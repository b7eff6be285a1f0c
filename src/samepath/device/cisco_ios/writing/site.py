"""A whole IOS XE as customer gateway: route-based tunnels, and BGP or static routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from samepath.device.cisco_ios.writing.crypto import crypto, profile
from samepath.device.cisco_ios.writing.style import WORDS
from samepath.device.ios_family.writing.whole import (
    distance,
    drops,
    lines_of,
    policies,
    site_list,
    speaker,
)
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """The lines of an IOS XE, to be typed or copied. Raises ``NotWritable``."""
    lines = (*_head(it), *crypto(it), *_interfaces(it), *(_bgp(it) if it.bgp else _static(it)))
    text = "".join(
        f"{line}\n" for line in (*lines, *drops(f"{_to(one)} Null0" for one in it.vpc), "end")
    )
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
    yield from site_list(it)
    for tunnel in it.tunnels:
        yield "!"
        yield f"! What is heard by {tunnel.label}, and what is announced by it."
        yield from lines_of(f"VPN{tunnel.number}-IN", tunnel.imports, it.asn, WORDS)
        yield from lines_of(f"VPN{tunnel.number}-OUT", tunnel.exports, it.asn, WORDS)
    yield from speaker(it)
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
    yield f"neighbor {tunnel.gateway_inside} activate"
    yield from policies(tunnel, shown="it can be shown")


# ----------------------------------------------------------------------------------------- static


def _static(it: CustomerToWrite) -> Iterator[str]:
    yield "!"
    yield "! The first tunnel carries everything while it is up, and the next one after it."
    for network in it.vpc:
        for tunnel in it.tunnels:
            yield f"{_to(network)} {_interface(tunnel)}{distance(it, tunnel)}"


def _to(network: IPv4Network) -> str:
    return f"ip route {network.network_address} {network.netmask}"
