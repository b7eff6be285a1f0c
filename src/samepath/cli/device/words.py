"""The words in which a policy, a session and a tunnel are told to people."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.device.reading.configuration import Announced, Appears, Neighbour, StaticRoute
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.tunnels import Esp, Ike, Tunnel
from samepath.model.policy import Conditions, Disposition
from samepath.model.suites import spell_suites


def as_number(asn: int) -> str:
    """The AS of a speaker. One whose number was not understood has 0, which nobody has (RFC 7607)."""
    return f"AS {asn}" if asn else "no AS number"


def neighbour(one: Neighbour) -> str:
    """What a session is, on one line."""
    parts = [f"AS {one.remote_as.value}" if one.remote_as is not None else "no AS"]
    if one.local_as is not None:
        parts.append(f"as AS {one.local_as.value}")
    if one.description is not None:
        parts.append(one.description.value)
    if one.hold is not None:
        parts.append(f"hold time {one.hold.value} s")
    if one.bfd is not None:
        parts.append("BFD")
    if one.weight is not None:
        parts.append(f"weight {one.weight.value}")
    if one.multihop is not None:
        parts.append(f"up to {one.multihop.value} hops")
    if one.next_hop_self is not None:
        parts.append("next hop self")
    if one.allow_own_as is not None:
        parts.append(f"own AS allowed {one.allow_own_as.value} times")
    if one.signed is not None:
        parts.append("with a password")
    if one.shutdown is not None:
        parts.append("SHUT DOWN")
    if not one.activated:
        parts.append("NOT ACTIVATED for IPv4")
    return ", ".join(parts)


def policy(applied: AppliedPolicy) -> Iterator[str]:
    """What a policy does to a route, a line a clause."""
    if not applied.defined and not applied.clauses:
        yield "no route, since it is not defined" if _refuses(applied) else "not known"
        return
    for clause in applied.clauses:
        yield _clause(clause)
    if _refuses(applied) and not (applied.clauses and applied.clauses[-1].when == ()):
        yield "any other route: reject"


def _refuses(applied: AppliedPolicy) -> bool:
    last = applied.policy.terms[-1:]
    return any(
        one.disposition is Disposition.REJECT and one.conditions == Conditions() for one in last
    )


def _clause(clause: Clause) -> str:
    when = " and ".join(clause.when) or "every route"
    sets = f"set {', '.join(clause.sets)}, " if clause.sets else ""
    return f"{when}: {sets}{clause.then}"


def announced(one: Announced) -> str:
    """A network, and when it is announced."""
    when = "" if one.appears is Appears.ALWAYS else f" {one.appears.value}"
    only = ", its parts are kept back" if one.summary_only else ""
    through = f", through {one.policy.name}" if one.policy is not None else ""
    return f"{one.prefix}{when}{only}{through}"


def static_route(one: StaticRoute) -> str:
    """A static route."""
    to = " ".join(str(part) for part in (one.next_hop, one.interface) if part is not None)
    parts = [f"{one.prefix} to {to}" if to else f"{one.prefix} is dropped"]
    if one.distance is not None:
        parts.append(f"distance {one.distance}")
    if one.priority is not None:
        parts.append(f"priority {one.priority}")
    if one.track is not None:
        parts.append(f"while {one.track} is up")
    if one.vrf is not None:
        parts.append(f"in {one.vrf}")
    return ", ".join(parts)


def tunnel(one: Tunnel) -> Iterator[str]:
    """A tunnel, in a few lines."""
    source = one.source.value if one.source is not None else "?"
    destination = one.destination.value if one.destination is not None else "?"
    inside = f", inside {one.inside.value}" if one.inside is not None else ""
    mss = f", MSS {one.mss.value}" if one.mss is not None else ""
    mtu = f", MTU {one.mtu.value}" if one.mtu is not None else ""
    zone = f", zone {one.zone.value}" if one.zone is not None else ""
    shut = ", SHUT DOWN" if one.shutdown is not None and one.shutdown.value else ""
    waits = ", waits for the other end" if one.starts is not None and not one.starts.value else ""
    yield f"{source} to {destination}{inside}{mtu}{mss}{zone}{waits}{shut}"
    if one.protection is None:
        yield "without IPsec"
    if one.ike is not None:
        yield _ike(one.ike)
    if one.esp is not None:
        yield _esp(one.esp)


def _ike(one: Ike) -> str:
    version = f"IKEv{one.version.value}" if one.version is not None else "IKE"
    parts = [spell_suites(each.value for each in one.proposals) or "the platform's own proposals"]
    if one.lifetime is not None:
        parts.append(f"lifetime {one.lifetime.value} s")
    if one.remote_identity is not None:
        parts.append(f"expects {one.remote_identity.value}")
    if one.local_identity is not None:
        parts.append(f"is {one.local_identity.value}")
    if one.dead_peer is not None:
        parts.append(f"asks a silent peer after {one.dead_peer.value.delay} s")
    parts.append("a key is there" if one.secret is not None else "no key in these files")
    return f"{version}: {'; '.join(parts)}"


def _esp(one: Esp) -> str:
    parts = [spell_suites(each.value for each in one.proposals) or "the platform's own proposals"]
    if one.lifetime is not None:
        parts.append(f"lifetime {one.lifetime.value} s")
    if one.replay_window is not None:
        parts.append(f"replay window {one.replay_window.value}")
    return f"ESP: {'; '.join(parts)}"
