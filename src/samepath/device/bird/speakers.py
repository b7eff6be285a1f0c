"""The three BIRDs of a VPN, rendered.

An **endpoint** speaks eBGP with the customer and hands what it hears to the gateway's **router**
over iBGP; the router reflects between its endpoints and chooses as AWS does. The **customer**
gateway speaks eBGP with each endpoint.

Who survives what is decided here:

* The router restarts gracefully (RFC 4724): its kernel routes persist, and its endpoints keep what
  they heard from it (``graceful restart aware``), so a router that dies loses no packet.
* An endpoint's routes go at once when the endpoint goes: a stale one would point into a tunnel
  that the customer has left. So its sessions never restart gracefully.
* With BGP, what the router hands an endpoint goes into that endpoint's tunnel, also after BGP with the
  customer has ended there: until the router has moved its route, it has no better way, and the
  tunnel's IPsec may well live.
* The router's sessions follow BFD; the endpoint's session towards the router does not, since it
  must outlive the router's restart. BIRD opens a BFD session only where somebody asks for one, so
  the endpoint names the router as a static BFD neighbour.

The gateway's choice is AWS's: shortest AS_PATH, then lowest MED among paths of one first AS, then
its own stored decision. BIRD compares ORIGIN in between and ends on the router id, so ORIGIN and
local preference are made equal on import. The stored decision must be able to change while the
sessions stand, which a router id cannot: it is the lowest bit of the MED that the endpoint tells
the router, below the customer's own MED (``docs/lab-notes/0001-gateway-shape.md``). Among paths of
unlike first ASes, where MEDs are not compared, the router id decides: the lower one belongs to the
endpoint of the tunnel that the intent calls active.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.device.bird.policy import filter_lines
from samepath.device.customer import Customer, CustomerTunnel, Neighbour, StaticTunnel
from samepath.model.policy import Policy
from samepath.model.preference import ACTIVE_MED, STANDBY_MED
from samepath.model.topology import Bfd, BgpTimers

MISSING_MED = 100
"""What AWS takes for a missing MED on a transit gateway's VPN; assumed of a VGW too."""
MOST_MED = 2**31 - 1
"""The highest received MED that is still told from others: one bit goes to the stored decision."""
ROUTER_BFD = Bfd()
RESTART_TIME = 30
"""Seconds for which endpoints keep a restarting router's routes."""
ROUTER_PREFERENCE = 90
"""BIRD preference of what the router tells an endpoint; below eBGP's 100."""
LAST_RESORT = 1
"""BIRD preference of an endpoint's way into its own tunnel, for what it has no other way for."""
STATIC_ACTIVE, STATIC_STANDBY = 210, 200
"""BIRD preferences of static routes: the higher one wins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """One endpoint's speaker. ``static`` takes the place of BGP with the customer."""

    router_id: IPv4Address
    asn: int
    router: IPv4Address
    router_local: IPv4Address
    tunnel: str
    local: IPv4Address
    customer: IPv4Address
    customer_asn: int
    active: bool
    timers: BgpTimers
    imports: Policy = field(default_factory=Policy)
    exports: Policy = field(default_factory=Policy)
    static: StaticTunnel | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RouterLink:
    """The router's link to one endpoint."""

    name: str
    local: IPv4Address
    endpoint: IPv4Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Router:
    """A gateway's router: the VPC behind it and its endpoints."""

    router_id: IPv4Address
    asn: int
    vpc: IPv4Network
    vpc_hop: IPv4Address
    links: tuple[RouterLink, ...]


def protocol(name: str) -> str:
    """A name that BIRD takes for a protocol: letters, digits, underscores, and no keyword."""
    return "p_" + "".join(c if c.isalnum() else "_" for c in name)


def _text(lines: Iterable[str]) -> str:
    """Lines with their blocks indented."""
    depth, out = 0, []
    for line in lines:
        if line.startswith("}"):
            depth -= 1
        out.append("  " * depth + line if line else "")
        if line.endswith("{"):
            depth += 1
    return "\n".join(out) + "\n"


def _head(router_id: IPv4Address, what: str) -> Iterator[str]:
    yield f"# {what}. Written by samepath; changes by hand are lost."
    yield f"router id {router_id};"
    yield "log stderr all;"
    yield "debug protocols { states, events };"
    yield "timeformat log iso long ms;"
    yield "timeformat protocol iso long ms;"
    yield ""
    yield "protocol device {"
    yield "# What a timer of BIRD 2.0 sets off waits for the next timer or packet (up to 3 s): a session"
    yield "# whose hold time is over would keep its routes. So there is a timer every second."
    yield "scan time 1;"
    yield "debug off;"
    yield "}"


def _timers(timers: BgpTimers) -> Iterator[str]:
    yield f"hold time {int(timers.hold.total_seconds())};"
    yield f"keepalive time {int(timers.keepalive.total_seconds())};"
    yield "# BIRD waits up to two minutes before it tries again; a tunnel that is back wants a second."
    yield "connect delay time 1;"
    yield "connect retry time 2;"
    yield "# It waits longer each time, and forgets that after five minutes: a tunnel that dies every"
    yield "# minute would come back later than one that died once."
    yield "error wait time 1, 4;"
    yield "error forget time 10;"


def _bfd_times(bfd: Bfd) -> str:
    milliseconds = round(bfd.interval.total_seconds() * 1000)
    return f"interval {milliseconds} ms; multiplier {bfd.multiplier};"


def _kernel(*, condition: str, persist: bool = False, paths: int = 1) -> Iterator[str]:
    yield "protocol kernel {"
    if persist:
        yield "# A dead router's routes stay in the kernel until it is back."
        yield "persist;"
        yield "graceful restart on;"
    yield "scan time 30;"
    if paths > 1:
        yield f"merge paths on limit {paths};"
    yield "ipv4 {"
    yield "import none;"
    yield f"export where {condition};"
    yield "};"
    yield "}"


_TO_ROUTER = BgpTimers(hold=timedelta(seconds=90), keepalive=timedelta(seconds=30))
"""Between router and endpoint. The router hears of a dead endpoint by BFD; an endpoint has no other
way than its router, and one that hangs still forwards what its kernel knows."""


def endpoint(it: Endpoint) -> str:
    """The configuration of an endpoint's speaker."""
    return _text(_endpoint(it))


def _endpoint(it: Endpoint) -> Iterator[str]:
    yield from _head(it.router_id, "An endpoint of a gateway")
    yield ""
    yield "protocol bfd {"
    yield f'interface "router" {{ {_bfd_times(ROUTER_BFD)} }};'
    if it.timers.bfd and it.static is None:
        yield f'interface "{it.tunnel}" {{ {_bfd_times(it.timers.bfd)} }};'
    yield "# The router's session here must outlive the router, so it does not follow BFD; the"
    yield "# router's own does, and BIRD answers only where it was told of the neighbour."
    yield f'neighbor {it.router} dev "router";'
    yield "}"
    yield ""
    learned = f'proto = "{protocol("customer")}"'
    shown = [f'proto = "{protocol("router")}"', learned]
    if it.static is None:
        yield "# The router goes on sending here until it has heard that the customer's routes are gone."
        yield f"protocol static {protocol('last_resort')} {{"
        yield "ipv4 {"
        yield f"preference {LAST_RESORT};"
        yield "};"
        yield f'route 0.0.0.0/0 via "{it.tunnel}";'
        yield "}"
        yield ""
        shown.append(f'proto = "{protocol("last_resort")}"')
    yield from _kernel(condition=" || ".join(shown))
    yield ""
    yield f"protocol bgp {protocol('router')} {{"
    yield f"local {it.router_local} as {it.asn};"
    yield f"neighbor {it.router} as {it.asn};"
    yield "direct;"
    yield "graceful restart aware;"
    yield from _timers(_TO_ROUTER)
    yield "ipv4 {"
    yield "# An endpoint's own tunnel comes first, so that the router always hears of it, also while"
    yield "# it prefers another: when that one goes, the choice is made without asking again."
    yield f"preference {ROUTER_PREFERENCE};"
    yield "next hop self;"
    yield "import all;"
    yield "export filter {"
    yield f"if ! ({learned}) then reject;"
    yield from _stored_decision(it)
    yield "accept;"
    yield "};"
    yield "};"
    yield "}"
    yield ""
    if it.static is not None:
        yield from _static(protocol("customer"), it.static, it.tunnel, preference=STATIC_ACTIVE)
    else:
        yield from _endpoint_to_customer(it)


def _stored_decision(it: Endpoint) -> Iterator[str]:
    """What the router compares: the customer's MED, and below it the gateway's own choice."""
    bit = 0 if it.active else 1
    if it.static is not None:
        yield f"bgp_med = {bit};"
        return
    yield f"if bgp_med > {MOST_MED} then bgp_med = {MOST_MED};"
    yield f"bgp_med = bgp_med * 2 + {bit};"


def _endpoint_to_customer(it: Endpoint) -> Iterator[str]:
    yield f"protocol bgp {protocol('customer')} {{"
    yield f"local {it.local} as {it.asn};"
    yield f"neighbor {it.customer} as {it.customer_asn};"
    yield "graceful restart off;"
    if it.timers.bfd:
        yield "bfd on;"
    yield from _timers(it.timers)
    yield "ipv4 {"
    yield "import filter {"
    yield "# AWS ignores ORIGIN; so that BIRD does, all routes get the same one."
    yield "bgp_origin = ORIGIN_IGP;"
    yield "bgp_local_pref = 100;"
    yield f"if ! defined(bgp_med) then bgp_med = {MISSING_MED};"
    yield from filter_lines(it.imports, it.asn)
    yield "accept;"
    yield "};"
    yield "export filter {"
    yield f'if proto != "{protocol("router")}" then reject;'
    yield "bgp_origin = ORIGIN_IGP;"
    yield f"bgp_med = {ACTIVE_MED if it.active else STANDBY_MED};"
    yield from filter_lines(it.exports, it.asn)
    yield "accept;"
    yield "};"
    yield "};"
    yield "}"


def _static(name: str, it: StaticTunnel, tunnel: str, *, preference: int) -> Iterator[str]:
    yield "# Static routes stand only while the tunnel is usable: the TUN device outlives its SA."
    yield f"protocol static {name} {{"
    yield "ipv4 {"
    yield f"preference {preference};"
    yield "};"
    if it.usable:
        for network in it.networks:
            yield f'route {network} via "{tunnel}";'
    yield "}"


def router(it: Router) -> str:
    """The configuration of a gateway's router."""
    return _text(_router(it))


def _router(it: Router) -> Iterator[str]:
    yield from _head(it.router_id, "The router of a gateway")
    yield ""
    yield "protocol bfd {"
    yield f'interface "*" {{ {_bfd_times(ROUTER_BFD)} }};'
    yield "}"
    yield ""
    yield "protocol static p_vpc {"
    yield "ipv4;"
    yield f"route {it.vpc} via {it.vpc_hop};"
    yield "}"
    yield ""
    yield from _kernel(condition="source = RTS_BGP", persist=True)
    yield ""
    yield "template bgp t_endpoint {"
    yield f"local as {it.asn};"
    yield "direct;"
    yield "rr client;"
    yield "bfd on;"
    yield "graceful restart on;"
    yield f"graceful restart time {RESTART_TIME};"
    yield from _timers(_TO_ROUTER)
    yield "ipv4 {"
    yield "next hop self;"
    yield "import all;"
    yield "export all;"
    yield "};"
    yield "}"
    for link in it.links:
        yield ""
        yield f"protocol bgp {protocol(link.name)} from t_endpoint {{"
        yield f"source address {link.local};"
        yield f"neighbor {link.endpoint} as {it.asn};"
        yield "}"


def customer(it: Customer) -> str:
    """The configuration of a customer gateway's router."""
    return _text(_customer(it))


def _customer(it: Customer) -> Iterator[str]:
    yield from _head(it.router_id, "A customer gateway")
    yield ""
    with_bfd = [tunnel for tunnel in it.tunnels if tunnel.timers.bfd and tunnel.static is None]
    if with_bfd or it.neighbours:
        yield "protocol bfd {"
        for neighbour in it.neighbours:
            yield f'interface "{neighbour.device}" {{ {_bfd_times(ROUTER_BFD)} }};'
        for tunnel in with_bfd:
            if tunnel.timers.bfd:
                yield f'interface "{tunnel.device}" {{ {_bfd_times(tunnel.timers.bfd)} }};'
        yield "}"
        yield ""
    yield "# What this site announces; the kernel has the connected routes."
    yield "protocol static p_site {"
    yield "ipv4;"
    for network in it.networks:
        yield f"route {network} blackhole;"
    yield "}"
    yield ""
    yield from _kernel(condition='proto != "p_site"', paths=it.best_path.maximum_paths or 1)
    for tunnel in it.tunnels:
        yield ""
        yield from _customer_tunnel(it, tunnel)
    for neighbour in it.neighbours:
        yield ""
        yield from _neighbour(it, neighbour)


def _neighbour(it: Customer, neighbour: Neighbour) -> Iterator[str]:
    yield "# Whoever has no tunnel sends over the other one, which knows no way to this one's tunnels."
    yield f"protocol bgp {protocol(neighbour.name)} {{"
    yield f"local {neighbour.local} as {it.asn};"
    yield f"neighbor {neighbour.address} as {it.asn};"
    yield "direct;"
    yield "graceful restart off;"
    yield "bfd on;"
    yield from _timers(BgpTimers())
    yield "ipv4 {"
    yield "next hop self;"
    yield "import all;"
    yield 'export where source = RTS_BGP || proto = "p_site";'
    yield "};"
    yield "}"


def _customer_tunnel(it: Customer, tunnel: CustomerTunnel) -> Iterator[str]:
    name = protocol(tunnel.name)
    if tunnel.static is not None:
        preference = STATIC_ACTIVE if tunnel.preferred else STATIC_STANDBY
        yield from _static(name, tunnel.static, tunnel.device, preference=preference)
        return
    yield f"protocol bgp {name} {{"
    yield f"local {tunnel.local} as {it.asn};"
    yield f"neighbor {tunnel.gateway} as {tunnel.gateway_asn};"
    yield "graceful restart off;"
    if tunnel.timers.bfd:
        yield "bfd on;"
    yield from _timers(tunnel.timers)
    yield "ipv4 {"
    yield "import filter {"
    if tunnel.local_preference is not None:
        yield "# Pinned: this side always sends by the tunnel with the highest local preference."
        yield f"bgp_local_pref = {tunnel.local_preference};"
    yield from filter_lines(tunnel.imports, it.asn)
    yield "accept;"
    yield "};"
    yield "export filter {"
    yield 'if proto != "p_site" then reject;'
    if tunnel.med is not None:
        yield "# The order in which we choose, so that the gateway comes back the same way."
        yield f"bgp_med = {tunnel.med};"
    if tunnel.prepend:
        yield "# Pinned: a longer AS_PATH keeps the gateway off this tunnel while the other lives."
        yield from [f"bgp_path.prepend({it.asn});"] * tunnel.prepend
    yield from filter_lines(tunnel.exports, it.asn)
    yield "accept;"
    yield "};"
    yield "};"
    yield "}"
