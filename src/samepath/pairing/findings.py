"""Findings on two ends that do not go together, each with the line of the device that says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samepath.device.reading.source import Place
from samepath.device.reading.support import Part
from samepath.model.topology import Routing, Topology
from samepath.pairing.device import Doubt
from samepath.pairing.handshake import Answer
from samepath.pairing.kinds import (
    BFD_ALONE,
    NOT_UNDERSTOOD,
    OTHER_NEIGHBOUR,
    REKEY_FAILS,
    TUNNEL_FAILS,
    UNDEFINED_POLICY,
)
from samepath.pairing.matching import Match
from samepath.pairing.paired import PairedDevice, PairedTunnel
from samepath.routing.compile import customer_name
from samepath.routing.findings import Finding

Told = tuple[Finding, Place | None]
_MOST_NAMED = 4


def findings(topology: Topology, devices: Iterable[PairedDevice]) -> Iterator[Told]:
    """What was found of each device."""
    for device in devices:
        for tunnel in device.tunnels:
            yield from _tunnel(tunnel)
        yield from _strangers(topology, device)
        yield from _doubts(device)


def _tunnel(one: PairedTunnel) -> Iterator[Told]:
    for each in one.closed:
        yield each.kind.at(one.name, each.what, each.advice), each.place
    for reason in one.handshake.reasons:
        if reason.answer is Answer.NO:
            yield TUNNEL_FAILS.at(one.name, reason.what, reason.advice), reason.place
    if one.handshake.comes_up is not Answer.NO:
        for reason in one.handshake.rekeying:
            if reason.answer is Answer.NO:
                yield REKEY_FAILS.at(one.name, reason.what, reason.advice), reason.place
    yield from _undefined(one)
    yield from _bfd(one.match)


def _undefined(one: PairedTunnel) -> Iterator[Told]:
    neighbour = one.match.neighbour
    if neighbour is None or one.is_silent or one.match.connection.routing is not Routing.BGP:
        return
    for applied, what in (
        (neighbour.imports, "takes no route of AWS's"),
        (neighbour.exports, "announces nothing"),
    ):
        if applied is not None and applied.refuses_as_undefined:
            told = f"there is no policy {applied.name}: the device refuses every route, and {what} here"
            advice = "correct the name, or write the policy"
            yield UNDEFINED_POLICY.at(one.name, told, advice), applied.place


def _bfd(match: Match) -> Iterator[Told]:
    neighbour = match.neighbour
    if neighbour is not None and neighbour.bfd is not None:
        hold = int(match.connection.bgp.hold.total_seconds())
        yield (
            BFD_ALONE.at(
                match.name,
                "the device has BFD on this session, and AWS has none on a VPN: it is the hold time, "
                f"{hold} s, that notices a failure",
                "count on the hold time",
            ),
            neighbour.bfd.place,
        )


def _strangers(topology: Topology, device: PairedDevice) -> Iterator[Told]:
    taken = {id(one.match.neighbour) for one in device.tunnels if one.match.neighbour is not None}
    ibgp = {
        name for site in topology.sites.values() if site.ibgp for name in site.customer_gateways
    }
    own = {bgp.asn.value for bgp in device.device.configuration.bgps} | {"internal"}
    others = [
        neighbour
        for _, neighbour in device.device.neighbours()
        if id(neighbour) not in taken
        and not (
            device.customer in ibgp
            and neighbour.remote_as is not None
            and neighbour.remote_as.value in own
        )
    ]
    if others:
        named = ", ".join(
            f"{one.address}" + (f" (AS {one.remote_as.value})" if one.remote_as is not None else "")
            for one in others[:_MOST_NAMED]
        )
        more = len(others) - _MOST_NAMED
        one = len(others) == 1
        yield (
            OTHER_NEIGHBOUR.at(
                customer_name(device.customer),
                f"{named}{f' and {more} more' if more > 0 else ''} {'is' if one else 'are'} no tunnel"
                f"{'' if one else 's'} of this VPN, and what {'it announces' if one else 'they announce'}"
                " is not in the prediction",
                "if one is a tunnel to AWS, name the description of its connection with --vpn, too",
            ),
            others[0].place,
        )


def _doubts(device: PairedDevice) -> Iterator[Told]:
    """Each doubt once, with all of its lines."""
    alike: dict[tuple[str, str, frozenset[Part]], list[Doubt]] = {}
    for doubt in device.doubts:
        if doubt.parts:
            alike.setdefault((doubt.text, doubt.reason, doubt.parts), []).append(doubt)
    for (text, reason, parts), same in alike.items():
        could = " and ".join(sorted(part.value for part in parts))
        line = f"`{text}`: {reason}" if text else reason
        advice = (
            "correct the line, or show with --observed what the device does"
            if text
            else "show with --observed what the device does"
        )
        others = ", ".join(str(one.place) for one in same[1:])
        also = f" (also at {others})" if others else ""
        what = f"{line}; it could change {could}{also}"
        yield NOT_UNDERSTOOD.at(customer_name(device.customer), what, advice), same[0].place
