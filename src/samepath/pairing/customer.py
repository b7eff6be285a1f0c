"""The customer gateway that a device is: its platform with what its files turn, and its firewall."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from samepath.device.reading.configuration import Bgp, Interface, Knobs
from samepath.device.reading.source import Said
from samepath.device.reading.support import Part
from samepath.model import limits
from samepath.model.topology import (
    BestPath,
    BgpTimers,
    CustomerGateway,
    Platform,
    ReversePath,
    SessionBinding,
    Topology,
    Tunnel,
)
from samepath.pairing.announcing import speakers
from samepath.pairing.device import Doubt
from samepath.pairing.matching import Match, Matched
from samepath.routing.compile import RULES_OF

_STRICTNESS = (ReversePath.OFF, ReversePath.LOOSE, ReversePath.FEASIBLE, ReversePath.STRICT)
_BINDS_TO_ZONES = frozenset({Platform.CISCO_IOS})
"""Platforms that keep no sessions by themselves, and whose firewall binds them to zones."""
_KEEPALIVES = 3


def customer_gateway(found: Matched, known: CustomerGateway) -> CustomerGateway:
    """The customer gateway; ``known`` is what AWS tells of it."""
    configuration = found.device.configuration
    knobs = knobs_of(found)
    return replace(
        known,
        asn=own_asn(found, known.asn),
        platform=configuration.platform,
        binding=_binding(found),
        reverse_path=_reverse_path(found),
        best_path=BestPath(
            always_compare_med=_value(knobs.always_compare_med),
            deterministic_med=_value(knobs.deterministic_med),
            missing_med_as_worst=_value(knobs.missing_med_as_worst),
            compare_router_id=_value(knobs.compare_router_id),
            maximum_paths=_paths(knobs),
        ),
        requires_policy=_value(knobs.requires_policy),
    )


def own_asn(found: Matched, otherwise: int) -> int:
    """The AS number that the device says to AWS."""
    for one in found.matches:
        if one.neighbour is not None and one.bgp is not None:
            return (one.neighbour.local_as or one.bgp.asn).value
    return otherwise


def knobs_of(found: Matched) -> Knobs:
    """What is turned of the choice of routes, by the speaker that has the sessions."""
    return next((bgp.knobs for bgp in speakers(found)), Knobs())


def requires_policy(found: Matched) -> bool:
    """Whether the device exchanges nothing in a direction without a policy (RFC 8212)."""
    said = knobs_of(found).requires_policy
    if said is not None:
        return said.value
    return RULES_OF[found.device.configuration.platform].needs_policy


def _value(said: Said[bool] | None) -> bool | None:
    return None if said is None else said.value


def _paths(knobs: Knobs) -> int | None:
    if knobs.maximum_paths is None:
        return None
    least, most = limits.MAXIMUM_PATHS
    return min(max(knobs.maximum_paths.value, least), most)


def timers(matches: tuple[Match, ...], aws: BgpTimers) -> BgpTimers:
    """The lower hold time of the two ends counts (RFC 4271, 4.2); AWS has no BFD on a VPN."""
    least, _ = limits.BGP_HOLD
    holds = [
        timedelta(seconds=one.neighbour.hold.value)
        for one in matches
        if one.neighbour is not None and one.neighbour.hold is not None
    ]
    hold = max(min((aws.hold, *(one for one in holds if one))), least)
    # In whole seconds, as both ends have it (RFC 4271, 4.4).
    keepalive = max(hold // _KEEPALIVES // limits.SECOND, 1) * limits.SECOND
    return BgpTimers(hold=hold, keepalive=keepalive, bfd=None)


# -------------------------------------------------------------------------------- its firewall


def _binding(found: Matched) -> SessionBinding | None:
    configuration = found.device.configuration
    if configuration.session_binding is not None:
        return configuration.session_binding.value
    in_zones = len(zones(found)) == len(found.matches) > 0
    return SessionBinding.ZONE if in_zones and configuration.platform in _BINDS_TO_ZONES else None


def zones(found: Matched) -> dict[str, str]:
    """The firewall zone of each tunnel that is in one, by the tunnel's name."""
    interfaces = {one.name: one for one in found.device.configuration.interfaces}
    told: dict[str, str] = {}
    for one in found.matches:
        if one.own is None:
            continue
        interface = interfaces.get(one.own.interface)
        said = one.own.zone or (interface.zone if interface is not None else None)
        if said is not None:
            told[one.name] = said.value
    return told


def zoned(tunnel: Tunnel, zone: str | None) -> Tunnel:
    """A tunnel in its zone."""
    return tunnel if zone is None else replace(tunnel, zone=zone)


def _tunnel_interfaces(found: Matched) -> Iterator[Interface]:
    for one in found.matches:
        for interface in found.device.configuration.interfaces:
            inside = any(each.value.network == one.tunnel.inside for each in interface.addresses)
            if inside or (one.own is not None and interface.name == one.own.interface):
                yield interface


def _reverse_path(found: Matched) -> ReversePath | None:
    """The check of sources at the tunnels, the strictest where they differ."""
    said = [one.reverse_path for one in _tunnel_interfaces(found)]
    values = [one.value for one in said if one is not None]
    return max(values, key=_STRICTNESS.index, default=None)


# ------------------------------------------------------------------------- what nothing can hold


def not_held(found: Matched, topology: Topology) -> Iterator[Doubt]:
    """What was understood of a device, and no topology can hold."""
    knobs = knobs_of(found)
    if knobs.ignore_as_path is not None and knobs.ignore_as_path.value:
        why = "it ignores the length of AS paths, which is not modelled"
        yield _doubt(found, knobs.ignore_as_path, why, Part.TO_AWS)
    gateways = {topology.gateways[one.connection.gateway].asn for one in found.matches}
    relax = knobs.multipath_relax
    if relax is not None and relax.value and len(gateways) > 1:
        why = "it uses paths of different ASes together, which is not modelled"
        yield _doubt(found, relax, why, Part.TO_AWS)
    tables = {bgp.vrf for bgp in speakers(found)}
    if len(tables) > 1:
        yield Doubt(
            device=found.device.name,
            place=speakers(found)[1].asn.place,
            text="",
            reason="its sessions with AWS are in several routing tables, which are taken for one",
            parts=frozenset({Part.TO_AWS, Part.FROM_AWS}),
        )
    checks = {
        None if one.reverse_path is None else one.reverse_path.value
        for one in _tunnel_interfaces(found)
    }
    if len(checks) > 1:
        yield Doubt(
            device=found.device.name,
            place=None,
            text="",
            reason="its tunnels check sources differently; the strictest check is taken for both",
            parts=frozenset({Part.DROPS}),
        )
    in_zones = zones(found)
    if 0 < len(in_zones) < len(found.matches):
        yield Doubt(
            device=found.device.name,
            place=None,
            text="",
            reason="one tunnel is in a firewall zone and the other in none, which is not modelled",
            parts=frozenset({Part.DROPS}),
        )


def _doubt(found: Matched, said: Said[bool], reason: str, part: Part) -> Doubt:
    return Doubt(
        device=found.device.name,
        place=said.place,
        text="",
        reason=reason,
        parts=frozenset({part}),
    )


def bgp_of(found: Matched) -> Bgp | None:
    """The speaker that has the sessions with AWS."""
    return next(iter(speakers(found)), None)
