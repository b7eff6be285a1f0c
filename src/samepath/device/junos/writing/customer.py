"""A whole customer gateway on an SRX, as commands.

What the statements mean is told by Juniper ("IPsec VPN User Guide for Security Devices", "BGP User
Guide"), and which of them AWS's own sample has by its documentation ("Static and dynamic routing
configuration files for an AWS Site-to-Site VPN customer gateway device").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

from samepath.device.junos.draft import Draft
from samepath.device.junos.tunnels import CIPHERS
from samepath.device.junos.writing.wording import (
    Communities,
    command,
    members,
    term_lines,
    term_path,
)
from samepath.device.reading.support import Ledger
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile
from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Conditions, Disposition, PrefixMatch, Term
from samepath.model.policy_form import normal
from samepath.model.topology import IkeProposal

OUTSIDE, LAN = "ge-0/0/0.0", "ge-0/0/1.0"
"""The interfaces of an SRX that stand outside and inside by its factory's configuration."""
REPLAY_WINDOW = 1024
_CIPHERS = {ours: theirs for theirs, ours in CIPHERS.items()}
_IKE_HASHES = {f"sha{bits}": f"sha-{bits}" for bits in (256, 384, 512)} | {"sha1": "sha1"}
_ESP_HASHES = {
    "sha1": "hmac-sha1-96",
    "sha256": "hmac-sha-256-128",
    "sha384": "hmac-sha-384",
    "sha512": "hmac-sha-512",
}
_DELAYS, _RETRIES, _LIFETIMES = range(2, 61), range(1, 6), range(180, 86401)
_PREFERENCE = 5
"""Of a static route by default; that of the second tunnel is worse by as much."""


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """The commands of a whole gateway. Raises :class:`NotWritable`."""
    parts = [_head(it), _interfaces(it), *(_ipsec(it, one) for one in it.tunnels), _firewall(it)]
    parts += [_bgp(it), *(_policies(it, one) for one in it.tunnels)] if it.bgp else [_statics(it)]
    text = "\n".join("".join(f"{line}\n" for line in part) for part in parts)
    return (WrittenFile(name=f"{it.name}.set", text=text),)


def _head(it: CustomerToWrite) -> Iterator[str]:
    yield f"# {it.name}: a customer gateway with {len(it.tunnels)} tunnels."
    yield "# For an SRX (security zones, flow mode) with Junos 20.4 or newer. In configuration mode:"
    yield "# `load set terminal`, this text, Ctrl-D, `commit check`, `commit confirmed 5`, `commit`."
    for what, name, told in (
        ("outside", _outside(it), it.outside_interface),
        ("of the site", _lan(it), it.lan_interface),
    ):
        if told is None:
            yield f"# {name} is the usual interface {what}: put yours in its place."
    yield f"# The interface outside has the address {it.address} and a default route already."
    if it.identity != it.address:
        yield f"# A NAT shows it as {it.identity}: it has to let UDP 500 and 4500 through."
    yield f"set system host-name {command(it.name)}"


def _outside(it: CustomerToWrite) -> str:
    return it.outside_interface or OUTSIDE


def _lan(it: CustomerToWrite) -> str:
    return it.lan_interface or LAN


def _unit(tunnel: TunnelToWrite) -> str:
    return f"st0.{tunnel.number}"


def _name(tunnel: TunnelToWrite) -> str:
    return f"tunnel-{tunnel.number}"


# ------------------------------------------------------------------------------------------ tunnels


def _interfaces(it: CustomerToWrite) -> Iterator[str]:
    yield "# The ends of the tunnels inside: one point-to-point interface a tunnel."
    yield f"# {it.mtu} bytes are what fits the wire outside with IPsec around it."
    for tunnel in it.tunnels:
        path = f"set interfaces st0 unit {tunnel.number}"
        yield f"{path} description {command(tunnel.label)}"
        yield f"{path} family inet mtu {it.mtu}"
        yield f"{path} family inet address {tunnel.inside}"


def _ipsec(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    name = _name(tunnel)
    yield f"# {tunnel.label}: one suite for each phase, which both ends have, and no weaker one."
    yield from _ike(it, tunnel, name)
    proposal = f"set security ipsec proposal {name}"
    yield f"{proposal} protocol esp"
    yield f"{proposal} encryption-algorithm {_cipher(tunnel.esp)}"
    if "gcm" not in tunnel.esp.encryption:
        yield f"{proposal} authentication-algorithm {_hash(tunnel.esp, _ESP_HASHES)}"
    yield f"{proposal} lifetime-seconds {_seconds(tunnel.esp_lifetime, _LIFETIMES, 'a lifetime')}"
    if tunnel.esp.group is not None:
        yield "# Each rekeying has a key exchange of its own: an old key tells nothing of a new one."
        keys = f"perfect-forward-secrecy keys group{tunnel.esp.group}"
        yield f"set security ipsec policy {name} {keys}"
    yield f"set security ipsec policy {name} proposals {name}"
    vpn = f"set security ipsec vpn {name}"
    yield f"{vpn} bind-interface {_unit(tunnel)}"
    yield f"{vpn} ike gateway {name}"
    yield f"{vpn} ike ipsec-policy {name}"
    yield "# Packets that arrive late, but not this late, are no replay."
    yield f"{vpn} ike anti-replay-window-size {REPLAY_WINDOW}"
    yield "# A packet that is too long for the wire is fragmented outside, whatever it says itself."
    yield f"{vpn} df-bit clear"
    yield "# This end starts the tunnel, with traffic or without, and starts it again."
    yield f"{vpn} establish-tunnels immediately"


def _ike(it: CustomerToWrite, tunnel: TunnelToWrite, name: str) -> Iterator[str]:
    key = tunnel.key_or_placeholder
    if '"' in key or "\\" in key:
        raise NotWritable(f"the key of {tunnel.label} has a sign that Junos gives another meaning")
    proposal = f"set security ike proposal {name}"
    lifetime = _seconds(tunnel.ike_lifetime, _LIFETIMES, "a lifetime")
    yield f"{proposal} authentication-method pre-shared-keys"
    yield f"{proposal} dh-group group{tunnel.ike.group}"
    if "gcm" in tunnel.ike.encryption:
        yield "# This cipher authenticates by itself; the hash is the one that makes the keys."
    yield f"{proposal} authentication-algorithm {_hash(tunnel.ike, _IKE_HASHES)}"
    yield f"{proposal} encryption-algorithm {_cipher(tunnel.ike)}"
    yield f"{proposal} lifetime-seconds {lifetime}"
    policy = f"set security ike policy {name}"
    if tunnel.ike_version == 1:
        yield f"{policy} mode main"
    yield f"{policy} proposals {name}"
    yield f'{policy} pre-shared-key ascii-text "{key}"'
    gateway = f"set security ike gateway {name}"
    yield f"{gateway} ike-policy {name}"
    yield f"{gateway} address {tunnel.outside}"
    yield f"{gateway} external-interface {_outside(it)}"
    yield f"{gateway} local-address {it.address}"
    yield "# What the gateway knows this device by."
    yield f"{gateway} local-identity inet {it.identity}"
    yield f"{gateway} version v{tunnel.ike_version}-only"
    yield "# A peer that is gone is noticed also while traffic goes out: the tunnel goes down then,"
    yield "# its interface with it, and routes go over to the other tunnel."
    delay = _seconds(tunnel.dpd_delay, _DELAYS, "dead peer detection")
    yield f"{gateway} dead-peer-detection always-send"
    yield f"{gateway} dead-peer-detection interval {delay}"
    if tunnel.dpd_retries not in _RETRIES:
        raise NotWritable(f"Junos repeats a probe 1 to 5 times, not {tunnel.dpd_retries}")
    yield f"{gateway} dead-peer-detection threshold {tunnel.dpd_retries}"


def _seconds(value: timedelta, admitted: range, what: str) -> int:
    seconds = int(value.total_seconds())
    if seconds not in admitted:
        raise NotWritable(
            f"Junos takes {what} of {admitted[0]} to {admitted[-1]} seconds, not {seconds}"
        )
    return seconds


def _cipher(suite: IkeProposal) -> str:
    try:
        return _CIPHERS[suite.encryption]
    except KeyError:
        raise NotWritable(f"Junos has no cipher {suite.encryption}") from None


def _hash(suite: IkeProposal, hashes: dict[str, str]) -> str:
    try:
        return hashes[suite.integrity or ""]
    except KeyError:
        raise NotWritable(f"Junos has no hash {suite.integrity or 'of none'} here") from None


# ----------------------------------------------------------------------------------------- firewall


def _firewall(it: CustomerToWrite) -> Iterator[str]:
    zone = "set security zones security-zone"
    yield "# Both tunnels are in one zone: a session is bound to the zone, so that it goes on where"
    yield "# its packets come back by the other tunnel. In two zones they would be dropped."
    for tunnel in it.tunnels:
        yield f"{zone} vpn interfaces {_unit(tunnel)}"
    if it.bgp:
        yield f"{zone} vpn host-inbound-traffic protocols bgp"
        if it.bfd is not None:
            yield f"{zone} vpn host-inbound-traffic protocols bfd"
    yield f"{zone} vpn host-inbound-traffic system-services ping"
    yield f"{zone} untrust interfaces {_outside(it)} host-inbound-traffic system-services ike"
    yield f"{zone} trust interfaces {_lan(it)}"
    yield "# What may pass: between the site's networks and those behind the gateway, both ways."
    book = "set security address-book global address"
    for kind, networks in (("site", it.networks), ("vpc", it.vpc)):
        for number, network in enumerate(networks, start=1):
            yield f"{book} {kind}-{number} {network}"
    site = members([f"site-{number}" for number in range(1, len(it.networks) + 1)] or ["any"])
    vpc = members([f"vpc-{number}" for number in range(1, len(it.vpc) + 1)] or ["any"])
    for source, target, name, sources, targets in (
        ("trust", "vpn", "to-vpc", site, vpc),
        ("vpn", "trust", "from-vpc", vpc, site),
    ):
        policy = f"set security policies from-zone {source} to-zone {target} policy {name}"
        yield f"{policy} match source-address {sources}"
        yield f"{policy} match destination-address {targets}"
        yield f"{policy} match application any"
        yield f"{policy} then permit"
    yield "# TCP in the tunnels agrees on segments that need no fragments."
    yield f"set security flow tcp-mss ipsec-vpn mss {it.mss}"


# ------------------------------------------------------------------------------------------ routing


def _statics(it: CustomerToWrite) -> Iterator[str]:
    yield "# The first tunnel's route is preferred. A route goes away with its interface, which is"
    yield "# down while its tunnel is."
    for network in it.vpc:
        for rank, tunnel in enumerate(it.tunnels, start=1):
            path = f"set routing-options static route {network} qualified-next-hop {_unit(tunnel)}"
            yield f"{path} preference {rank * _PREFERENCE}"


def _bgp(it: CustomerToWrite) -> Iterator[str]:
    yield f"set routing-options router-id {it.tunnels[0].inside.ip}"
    yield f"set routing-options autonomous-system {it.asn}"
    group = "set protocols bgp group vpn"
    hold = int(it.hold.total_seconds())
    yield "# Of routes that are equal otherwise, always the one of the lower router id, and not"
    yield "# the one that is older: the same states have the same way, whatever was before."
    yield "set protocols bgp path-selection external-router-id"
    yield f"{group} type external"
    yield f"{group} peer-as {it.gateway_asn}"
    yield f"# A neighbour that says nothing for {hold} s is gone; Junos sends thrice as often."
    yield f"{group} hold-time {hold}"
    yield f"{group} log-updown"
    if it.bfd is not None:
        interval = int(it.bfd.interval / timedelta(milliseconds=1))
        yield f"{group} bfd-liveness-detection minimum-interval {interval}"
        yield f"{group} bfd-liveness-detection multiplier {it.bfd.multiplier}"
    for tunnel in it.tunnels:
        neighbour = f"{group} neighbor {tunnel.gateway_inside}"
        yield f"{neighbour} description {command(tunnel.label)}"
        yield f"{neighbour} import {_from(tunnel)}"
        yield f"{neighbour} export {_to(tunnel)}"


def _from(tunnel: TunnelToWrite) -> str:
    return f"FROM-TUNNEL-{tunnel.number}"


def _to(tunnel: TunnelToWrite) -> str:
    return f"TO-TUNNEL-{tunnel.number}"


def _policies(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    yield f"# What is taken over tunnel {tunnel.number}."
    yield from _statement(it, _from(tunnel), normal(tunnel.imports).terms)
    yield f"# What is announced over tunnel {tunnel.number}: the site's networks and nothing else,"
    yield "# each while the routing table has a route to it (of an interface, or a static one)."
    own = tuple(
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in it.networks
    )
    terms = [one for one in normal(tunnel.exports).terms if _concerns(one, it.networks)]
    announced = [_only(one, own) for one in terms] if own else []
    rejected = Term(disposition=Disposition.REJECT)
    yield from _statement(it, _to(tunnel), (*announced, rejected))


def _concerns(term: Term, networks: tuple[IPv4Network, ...]) -> bool:
    matches = term.conditions.prefixes
    return not matches or any(one.matches(network) for one in matches for network in networks)


def _only(term: Term, own: tuple[PrefixMatch, ...]) -> Term:
    """A term for networks of the site alone."""
    matches = term.conditions.prefixes
    mine = tuple(
        one for one in own if not matches or any(each.matches(one.prefix) for each in matches)
    )
    return replace(term, conditions=replace(term.conditions, prefixes=mine))


def _statement(it: CustomerToWrite, name: str, terms: tuple[Term, ...]) -> Iterator[str]:
    if any(term.changes.weight is not None for term in terms):
        raise NotWritable("Junos has no weight: what it chooses by first is local-preference")
    made = Communities(draft=Draft(ledger=Ledger()), free=str)
    written: list[str] = []
    for number, term in enumerate(terms, start=1):
        last = number == len(terms) and term.conditions == Conditions()
        path = term_path(name, "" if last else f"T{number}")
        written += term_lines(path, term, it.asn, made)
    yield from made.lines()
    yield from written
