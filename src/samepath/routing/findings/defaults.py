"""Causes in a default route that a device announces of itself: its export policy does not see it."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.policy import Changes, Disposition, Policy
from samepath.model.preference import customer_policies
from samepath.model.topology import Connection, Tunnel
from samepath.routing.compile import tunnel_name
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, policy_path, tunnel_at
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.forwarding import Path
from samepath.routing.network import DEFAULT

DEFAULT_PAST_EXPORT = Kind(
    code="default-past-export",
    severity=Severity.WARNING,
    means="an export policy would prepend, set a MED or filter, and the default route goes past it",
    because="What default_originate announces is made for the neighbour and not taken from the "
    "table: no export policy applies to it (IOS, ASA, FortiOS, FRR). The gateway hears the same "
    "default over every tunnel, however different the policies of the tunnels look.",
    advice="Announce the site's networks by the export policy, and leave default_originate out. Or "
    "set the preference in a map of the default's own, where the device has one.",
)


def _past_export(it: Evidence) -> Iterator[Finding]:
    for connection, tunnel in it.bgp_tunnels:
        if told := past_export(connection, tunnel):
            yield DEFAULT_PAST_EXPORT.at(
                tunnel_name(connection, tunnel),
                f"the customer's export policy would {' and '.join(told)}, and does not see "
                f"{DEFAULT}: default_originate announces it past the policy",
                "announce the site's networks by the export policy, without default_originate; or "
                "set this in the default's own map on the device",
                path=policy_path(connection, tunnel, "customer", "default_originate"),
            )


def past_export(connection: Connection, tunnel: Tunnel) -> tuple[str, ...]:
    """What a tunnel's export policy would do to the default route that goes past it."""
    if not tunnel.customer_policy.default_originate:
        return ()
    policies = customer_policies(connection, tunnel.number, connection.active)
    return tuple(_done_to_default(policies.exports))


def follows_default(it: Evidence, way: Path) -> bool:
    """Whether a packet takes its tunnel by a default route that was announced past the policy."""
    hop = next((hop for hop in way.hops if hop.route.session == way.tunnel), None)
    if hop is None or hop.route.prefix != DEFAULT:
        return False
    _, tunnel = tunnel_at(it, hop.route.session)
    return tunnel.customer_policy.default_originate


def _done_to_default(policy: Policy) -> Iterator[str]:
    """What a policy does to the default route, in words.

    A term that rejects whatever is left is no filter against it: that is how a device announces the
    default alone.
    """
    for term in policy.terms:
        asked = term.conditions
        named = any(one.matches(DEFAULT) for one in asked.prefixes)
        if asked.communities or (asked.prefixes and not named):
            continue
        if term.disposition is Disposition.REJECT:
            if named:
                yield "reject it"
            return
        yield from _changes(term.changes)
        if term.disposition is Disposition.ACCEPT:
            return


def _changes(changes: Changes) -> Iterator[str]:
    if changes.prepend:
        yield f"prepend {changes.prepend}"
    if changes.med is not None:
        yield f"set the MED to {changes.med}"


DETECTORS = (Detector(kinds=(DEFAULT_PAST_EXPORT,), find=_past_export),)
