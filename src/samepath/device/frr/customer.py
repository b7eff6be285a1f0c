"""A customer gateway's FRR, rendered: bgpd with its policies, bfdd, and staticd.

It is the device as somebody would configure it by hand: where a BIRD of ours has filters that keep
to the site's own networks, an FRR announces what FRR announces, and takes what FRR takes. What a
file says of the device is written (``requires_policy``, ``best_path``); where it says nothing,
nothing is written, and FRR's own defaults hold, among them RFC 8212 and multipath.

Each text is in the words and the order in which FRR shows its running configuration, so that a
daemon can be asked what of it is in force already.

``follow`` is rendered, too: its MED is that of the tunnel. It is the file's reader who refuses it of
an FRR, since no FRR changes its MED by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from samepath.device.customer import Customer, CustomerTunnel
from samepath.device.frr.policy import RouteMap, route_map
from samepath.device.policy import NotRenderable
from samepath.model.policy import Changes
from samepath.model.topology import BestPath, Bfd, BgpTimers

NEIGHBOUR_BFD = Bfd()
"""BFD between customer gateways on a LAN."""
LEAST_MULTIPLIER = 2
"""bfdd refuses a multiplier of 1."""
STATIC_ACTIVE, STATIC_STANDBY = 1, 2
"""Distances of static routes: the lower one wins, and 1 is FRR's own."""

BASE = """\
! A daemon of a customer gateway. Written by samepath; changes by hand are lost.
log timestamp precision 3
log stdout debugging
"""
"""What every daemon reads as it starts. It writes no more than the events that are asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Texts:
    """The configuration of each daemon; None where that one is not needed."""

    bgpd: str
    bfdd: str | None
    staticd: str | None


def customer(it: Customer) -> Texts:
    """The texts of a customer gateway. Raises :class:`~samepath.device.policy.NotRenderable`."""
    return Texts(
        bgpd=_text("BGP", _bgpd(it)),
        bfdd=_text("BFD", _bfdd(it)) if _profiles(it) else None,
        staticd=_text("Static routes", _staticd(it)) if any(_statics(it)) else None,
    )


def _text(what: str, lines: Iterable[str]) -> str:
    head = f"! {what} of a customer gateway. Written by samepath; changes by hand are lost."
    return "\n".join((head, *lines)) + "\n"


def _statics(it: Customer) -> Iterator[CustomerTunnel]:
    return (tunnel for tunnel in it.tunnels if tunnel.static is not None)


def _sessions(it: Customer) -> Iterator[CustomerTunnel]:
    return (tunnel for tunnel in it.tunnels if tunnel.static is None)


# ------------------------------------------------------------------------------------------- bgpd


@dataclass(frozen=True, kw_only=True, slots=True)
class _Maps:
    """The maps of a session; None where a direction has no policy."""

    imports: RouteMap | None
    exports: RouteMap | None


def _maps(it: Customer, tunnel: CustomerTunnel) -> _Maps:
    imports = Changes(local_preference=tunnel.local_preference)
    exports = Changes(med=tunnel.med, prepend=tunnel.prepend)
    # By RFC 8212 a direction without a policy is closed, so that an empty map is not the same as none.
    taken = tunnel.pinned or imports != Changes() or tunnel.imports.terms
    announced = tunnel.pinned or exports != Changes() or tunnel.exports.terms
    return _Maps(
        imports=route_map(f"{tunnel.name}-in", imports, tunnel.imports, it.asn) if taken else None,
        exports=route_map(f"{tunnel.name}-out", exports, tunnel.exports, it.asn)
        if announced
        else None,
    )


def _bgpd(it: Customer) -> Iterator[str]:
    maps = {tunnel.name: _maps(it, tunnel) for tunnel in _sessions(it)}
    for of in maps.values():
        for each in (of.imports, of.exports):
            if each is not None:
                yield from each.lines
    yield f"router bgp {it.asn}"
    yield f" bgp router-id {it.router_id}"
    yield " bgp log-neighbor-changes"
    if not it.requires_policy:
        yield " no bgp ebgp-requires-policy"
    yield from _choice(it.best_path)
    for tunnel in _sessions(it):
        bfd = tunnel.name if tunnel.timers.bfd else None
        yield from _neighbour(
            tunnel.gateway, tunnel.gateway_asn, tunnel.local, tunnel.timers, bfd=bfd
        )
    for one in it.neighbours:
        yield from _neighbour(one.address, it.asn, one.local, BgpTimers(), bfd=one.name)
    yield " address-family ipv4 unicast"
    for network in it.networks:
        yield f"  network {network}"
    for tunnel in _sessions(it):
        yield from _policies(tunnel.gateway, maps[tunnel.name])
    for one in it.neighbours:
        # The other one knows no way to this one's tunnels.
        yield f"  neighbor {one.address} next-hop-self"
        yield f"  neighbor {one.address} soft-reconfiguration inbound"
    if it.best_path.maximum_paths is not None:
        yield f"  maximum-paths {it.best_path.maximum_paths}"
        yield f"  maximum-paths ibgp {it.best_path.maximum_paths}"
    yield " exit-address-family"
    yield "exit"


def _choice(best_path: BestPath) -> Iterator[str]:
    """What is switched on of FRR's choice; all of it is off by default."""
    knobs = {
        " bgp always-compare-med": best_path.always_compare_med,
        " bgp deterministic-med": best_path.deterministic_med,
        " bgp bestpath compare-routerid": best_path.compare_router_id,
        " bgp bestpath med missing-as-worst": best_path.missing_med_as_worst,
    }
    yield from (words for words, on in knobs.items() if on)


def _neighbour(
    address: IPv4Address, asn: int, local: IPv4Address, timers: BgpTimers, *, bfd: str | None
) -> Iterator[str]:
    """A session; ``bfd`` is the name of its profile in bfdd."""
    neighbour = f" neighbor {address}"
    yield f"{neighbour} remote-as {asn}"
    if bfd is not None:
        yield f"{neighbour} bfd"
        yield f"{neighbour} bfd profile {bfd}"
    keepalive, hold = (int(each.total_seconds()) for each in (timers.keepalive, timers.hold))
    yield f"{neighbour} timers {keepalive} {hold}"
    # FRR waits up to two minutes before it tries again; a tunnel that is back wants a second.
    yield f"{neighbour} timers connect 1"
    yield f"{neighbour} update-source {local}"


def _policies(address: IPv4Address, maps: _Maps) -> Iterator[str]:
    # What is refused is kept, so that it can be told.
    yield f"  neighbor {address} soft-reconfiguration inbound"
    for each, way in ((maps.imports, "in"), (maps.exports, "out")):
        if each is not None:
            yield f"  neighbor {address} route-map {each.name} {way}"


# ------------------------------------------------------------------------------------------- bfdd


def _profiles(it: Customer) -> dict[str, Bfd]:
    """The intervals of each session with BFD, by the session's name."""
    profiles = {each.name: each.timers.bfd for each in _sessions(it) if each.timers.bfd}
    return profiles | {each.name: NEIGHBOUR_BFD for each in it.neighbours}


def _bfdd(it: Customer) -> Iterator[str]:
    yield "debug bfd peer"
    yield "bfd"
    for name, bfd in _profiles(it).items():
        if bfd.multiplier < LEAST_MULTIPLIER:
            least = LEAST_MULTIPLIER
            raise NotRenderable(f"FRR takes BFD multipliers from {least}, not {bfd.multiplier}")
        milliseconds = round(bfd.interval.total_seconds() * 1000)
        yield f" profile {name}"
        yield f"  detect-multiplier {bfd.multiplier}"
        yield f"  transmit-interval {milliseconds}"
        yield f"  receive-interval {milliseconds}"
        yield " exit"
    yield "exit"


# ---------------------------------------------------------------------------------------- staticd


def _staticd(it: Customer) -> Iterator[str]:
    yield "! Static routes stand only while the tunnel is usable: the TUN device outlives its SA."
    for tunnel in _statics(it):
        distance = STATIC_ACTIVE if tunnel.preferred else STATIC_STANDBY
        of_distance = "" if distance == STATIC_ACTIVE else f" {distance}"
        if tunnel.static is not None and tunnel.static.usable:
            for network in tunnel.static.networks:
                yield f"ip route {network} {tunnel.device}{of_distance}"
