"""Warnings on a topology: what can be built, but will not come up, or not well, or not for long.

Pure, like the rules in :mod:`samepath.model.validation`, and of the same form. What this
version does not build whatever the topology asks is told by :mod:`samepath.control.unbuilt`.
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.problems import Places, Problem, at, placed
from samepath.model.suites import differ_in_pfs_only, share_a_suite, spell_suites, weaknesses
from samepath.model.topology import (
    BgpTimers,
    Connection,
    DpdAction,
    GatewayKind,
    GatewayPrefers,
    Mode,
    Policies,
    Preemption,
    Routing,
    Topology,
    Tunnel,
)
from samepath.model.topology_view import tunnels_of
from samepath.model.validation import tunnel_path

_NOWHERE: Places = {}


def warnings(topology: Topology, places: Places = _NOWHERE) -> tuple[Problem, ...]:
    """What can be built, but will not come up, or not well, or not for long."""
    found: list[Problem] = []
    for connection, tunnel in tunnels_of(topology):
        found.extend(tunnel_warnings(connection, tunnel))
    for connection in topology.connections.values():
        found.extend(_without_effect(connection))
    found.extend(_of_transit(topology))
    return tuple(placed(problem, places) for problem in found)


def tunnel_warnings(connection: Connection, tunnel: Tunnel) -> tuple[Problem, ...]:
    """Those of :func:`warnings` that are about one tunnel, without their places."""
    return (
        *_mismatches(connection, tunnel),
        *_weak(connection, tunnel),
        *_routing(connection, tunnel),
    )


def _mismatches(connection: Connection, tunnel: Tunnel) -> Iterator[Problem]:
    """The ends of one tunnel that will not agree."""
    if tunnel.gateway_secret != tunnel.customer_secret:
        yield Problem(
            path=tunnel_path(connection, tunnel, "customer_pre_shared_key"),
            message="the ends take their pre-shared keys from different places",
            advice="unless the keys are equal, authentication fails; give one key to both",
        )
    if tunnel.customer_crypto is None:
        return
    ours, theirs = tunnel.crypto, tunnel.customer_crypto
    if not share_a_suite(ours.ike, theirs.ike):
        yield Problem(
            path=tunnel_path(connection, tunnel, "customer", "ike"),
            message=f"no common IKE proposal: the gateway has {spell_suites(ours.ike)}, the "
            f"customer gateway {spell_suites(theirs.ike)}",
            advice="the tunnel will not come up; give both ends one suite in common",
        )
    if differ_in_pfs_only(ours.esp, theirs.esp):
        yield Problem(
            path=tunnel_path(connection, tunnel, "customer", "esp", "groups"),
            message=f"no common PFS group: the gateway has {spell_suites(ours.esp)}, the "
            f"customer gateway {spell_suites(theirs.esp)}",
            advice="the tunnel comes up and fails at its first rekey; give both ends one group "
            "in common",
        )
    elif not share_a_suite(ours.esp, theirs.esp):
        yield Problem(
            path=tunnel_path(connection, tunnel, "customer", "esp"),
            message=f"no common ESP proposal: the gateway has {spell_suites(ours.esp)}, the "
            f"customer gateway {spell_suites(theirs.esp)}",
            advice="the tunnel will carry nothing; give both ends one suite in common",
        )


def _weak(connection: Connection, tunnel: Tunnel) -> Iterator[Problem]:
    """The weak algorithms that either end would agree to."""
    for end, crypto in (("", tunnel.crypto), ("customer", tunnel.customer_crypto)):
        if crypto is None:
            continue
        steps = (end,) if end else ()
        for phase, suites in (("ike", crypto.ike), ("esp", crypto.esp)):
            for reason in weaknesses(suites):
                yield Problem(
                    path=tunnel_path(connection, tunnel, *steps, phase),
                    message=f"weak: {reason}",
                    advice="choose aes256gcm16, sha384 and group 20",
                )


def _without_effect(connection: Connection) -> Iterator[Problem]:
    """What belongs to the other kind of routing."""
    if connection.routing is Routing.STATIC:
        if connection.bgp != BgpTimers():
            yield Problem(
                path=at("connections", connection.name, "bgp"),
                message="has no effect with static routing",
                advice="leave it out, or choose routing: bgp",
            )
    elif connection.probe_inside:
        yield Problem(
            path=at("connections", connection.name, "probe_inside"),
            message="has no effect with BGP, which notices a dead tunnel by itself",
            advice="leave it out, or choose routing: static",
        )


def _of_transit(topology: Topology) -> Iterator[Problem]:
    """What a transit gateway does not look at: it has no active tunnel to come back to."""
    for connection in topology.connections.values():
        gateway = topology.gateways[connection.gateway]
        if gateway.kind is not GatewayKind.TRANSIT or connection.mode is Mode.PINNED:
            continue
        for key, usual in (
            ("active", connection.active == 1),
            ("preemption", connection.preemption is Preemption.AUTO),
            ("gateway_prefers", connection.gateway_prefers is GatewayPrefers.ACTIVE),
        ):
            if not usual:
                yield Problem(
                    path=at("connections", connection.name, key),
                    message="has no effect with a transit gateway, which favours no tunnel",
                    advice="leave it out, or write mode: pinned",
                )


def _routing(connection: Connection, tunnel: Tunnel) -> Iterator[Problem]:
    """What static routes make of a tunnel's values."""
    if connection.routing is not Routing.STATIC:
        return
    for end, policies in (
        ("gateway", tunnel.gateway_policy),
        ("customer", tunnel.customer_policy),
    ):
        if policies != Policies():
            yield Problem(
                path=tunnel_path(connection, tunnel, "policy", end),
                message="has no effect with static routing, which announces nothing",
                advice="leave it out, or choose routing: bgp",
            )
    if tunnel.dpd.action is DpdAction.NONE and not connection.probe_inside:
        yield Problem(
            path=tunnel_path(connection, tunnel, "dpd", "action"),
            message="nothing notices that this tunnel is dead: its static routes stay, and what "
            "they carry is lost",
            advice="choose the action clear or restart, or probe_inside: true",
        )
