"""A rehearsal: a VPN that somebody has, as one that a lab on this machine can run.

The input is what ``samepath check`` judges: AWS's end from its descriptions, the devices' from their
configurations, or assumed. What comes out is a topology that a lab builds, and a list of everything
that it has in another shape than the real VPN, or not at all (:class:`Substitution`). What the lab
does then says something of the real VPN as far as that list allows, and as far as the two are
predicted alike (:mod:`samepath.pairing.rehearsal_difference`).

No pre-shared key of a file gets here: a topology refers to keys, and those of a rehearsal are made
by the lab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from samepath.aws.understood import Understood
from samepath.device.reading.source import Said
from samepath.model.problems import spell_duration
from samepath.model.suites import spell_suites, strongest
from samepath.model.topology import (
    STRONG_ESP,
    STRONG_IKE,
    Connection,
    CustomerGateway,
    GatewayKind,
    GatewayPrefers,
    IkeProposal,
    Routing,
    Topology,
    Tunnel,
)
from samepath.pairing.device import Doubt
from samepath.pairing.handshake import Answer
from samepath.pairing.paired import Paired, PairedTunnel
from samepath.pairing.stand_in import stand_in
from samepath.pairing.stand_in_prefixes import without_prefixes
from samepath.pairing.substitution import (
    Substitution,
    as_told,
    assumed,
    left_out,
    stands_in,
)
from samepath.pairing.usable_values import with_usable_values
from samepath.routing.compile import customer_name, gateway_name

EVERYWHERE = "everywhere"
"""The element of what holds for the whole rehearsal."""


class CannotRehearse(ValueError):
    """A VPN for which nothing here can stand in; the text says of each part why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """``real`` is what is predicted of the VPN, ``lab`` what a lab runs for it."""

    real: Topology
    lab: Topology
    substitutions: tuple[Substitution, ...]


def rehearse(understood: Understood, paired: Paired | None = None) -> Rehearsal:
    """What a lab can run of a VPN; ``paired`` has its devices, where their files are known.

    Raises :class:`CannotRehearse`.
    """
    real = understood.topology if paired is None else paired.understood.topology
    _refuse(real)
    told: list[Substitution] = [*_everywhere()]
    customers: dict[str, CustomerGateway] = {}
    for customer in real.customer_gateways.values():
        customers[customer.name], of_device = stand_in(real, customer)
        told += of_device
    lab, of_prefixes = without_prefixes(real)
    told += of_prefixes
    lab = replace(
        lab,
        customer_gateways={name: replace(one, aggregates=()) for name, one in customers.items()},
    )
    tunnels = _paired_tunnels(paired)
    connections: dict[str, Connection] = {}
    for connection in lab.connections.values():
        connections[connection.name], of_connection = _connection(connection, tunnels)
        told += of_connection
    lab, of_sites = _sites(replace(lab, connections=connections))
    lab, of_numbers = with_usable_values(lab)
    told += (*of_sites, *of_numbers)
    told += untold(understood, paired)
    return Rehearsal(real=real, lab=lab, substitutions=tuple(dict.fromkeys(told)))


def _refuse(real: Topology) -> None:
    transit = [
        gateway_name(one.name)
        for one in real.gateways.values()
        if one.kind is not GatewayKind.VIRTUAL_PRIVATE
    ]
    if transit:
        raise CannotRehearse(
            "\n".join(
                f"{one} is a transit gateway, which is predicted here, and which no lab has: ask "
                "samepath check"
                for one in transit
            )
        )


def _everywhere() -> Iterator[Substitution]:
    yield stands_in(
        EVERYWHERE,
        "outside addresses are those of namespaces on this machine; no packet leaves it, and nothing "
        "between the ends (a NAT, a provider) is there",
    )
    yield stands_in(
        EVERYWHERE,
        "strongSwan stands for the IPsec of both ends, with IKEv2, one pair of suites a tunnel, and "
        "AWS's lifetimes and dead peer detection",
    )
    yield stands_in(
        EVERYWHERE,
        "samepath's own gateway stands for AWS's: it prefers the shortest AS path, then the lowest "
        "MED, announces its lower MED on one tunnel, and sends by one tunnel",
    )
    yield stands_in(
        EVERYWHERE,
        "pre-shared keys are made for the lab; none of a file is used, kept or shown",
    )


# ------------------------------------------------------------------------------------------ sites


def _sites(lab: Topology) -> tuple[Topology, list[Substitution]]:
    """Without what devices of one site share and no lab has."""
    told: list[Substitution] = []
    sites = {}
    for site in lab.sites.values():
        told += (
            stands_in(
                customer_name(name),
                "it names itself as next hop by iBGP, which the device does not",
            )
            for name in site.keeps_next_hop
        )
        if site.state_sync:
            told.append(left_out(site.name, "its firewalls' knowledge of one another's sessions"))
        sites[site.name] = replace(site, keeps_next_hop=(), state_sync=False)
    return replace(lab, sites=sites), told


# ------------------------------------------------------------------------------------ connections


def _paired_tunnels(paired: Paired | None) -> Mapping[str, PairedTunnel]:
    if paired is None:
        return {}
    return {tunnel.name: tunnel for one in paired.devices for tunnel in one.tunnels}


def _connection(
    connection: Connection, paired: Mapping[str, PairedTunnel]
) -> tuple[Connection, list[Substitution]]:
    told: list[Substitution] = []
    if connection.gateway_prefers is GatewayPrefers.UNKNOWN:
        other = next(each.number for each in connection.tunnels if each.number != connection.active)
        told.append(
            stands_in(
                connection.name,
                f"nobody says which tunnel AWS prefers: in the lab it is tunnel {connection.active} "
                f"(`samepath lab prefer {connection.name}/tunnel{other}` makes it the other one)",
            )
        )
    timers = connection.bgp
    if connection.routing is Routing.BGP:
        bfd = "no BFD" if timers.bfd is None else "BFD"
        told.append(
            as_told(
                connection.name,
                f"BGP with a hold time of {spell_duration(timers.hold)}, keepalives every "
                f"{spell_duration(timers.keepalive)}, {bfd}",
            )
        )
    else:
        told.append(
            as_told(
                connection.name,
                f"static routes at both ends; the device's go into tunnel {connection.active} while "
                "that is up",
            )
        )
    tunnels = []
    for tunnel in connection.tunnels:
        made, mine = _tunnel(
            connection, tunnel, paired.get(f"{connection.name}/tunnel{tunnel.number}")
        )
        tunnels.append(made)
        told += mine
    made_of_all = replace(connection, tunnels=tuple(tunnels), gateway_prefers=GatewayPrefers.ACTIVE)
    return made_of_all, told


def _tunnel(
    connection: Connection, tunnel: Tunnel, paired: PairedTunnel | None
) -> tuple[Tunnel, list[Substitution]]:
    name = f"{connection.name}/tunnel{tunnel.number}"
    own = None if paired is None else paired.match.own
    ike = _agreed(
        tunnel.crypto.ike or STRONG_IKE,
        () if own is None or own.ike is None else own.ike.proposals,
    )
    esp = _agreed(
        tunnel.crypto.esp or STRONG_ESP,
        () if own is None or own.esp is None else own.esp.proposals,
    )
    told = [
        stands_in(
            name,
            f"IKE by {spell_suites([ike.suite])}, ESP by {spell_suites([esp.suite])}: the strongest "
            f"that {_whose(ike, esp)}",
        )
    ]
    told += _of_device(name, connection, paired)
    crypto = replace(tunnel.crypto, ike=(ike.suite,), esp=(esp.suite,))
    return replace(tunnel, crypto=crypto, customer_crypto=None), told


@dataclass(frozen=True, kw_only=True, slots=True)
class _Agreed:
    """The suite of a phase in the lab. ``common``: whether both ends have it; None: nobody says."""

    suite: IkeProposal
    common: bool | None


def _agreed(admitted: tuple[IkeProposal, ...], own: tuple[Said[IkeProposal], ...]) -> _Agreed:
    """The strongest suite of both ends; of AWS's where the device names none that AWS admits."""
    theirs = {one.value for one in own}
    common = [one for one in admitted if one in theirs]
    return _Agreed(suite=strongest(common or admitted), common=bool(common) if theirs else None)


def _whose(*phases: _Agreed) -> str:
    if all(one.common for one in phases):
        return "both ends admit"
    if any(one.common is False for one in phases):
        return "AWS admits, since the two ends have none in common"
    return "AWS admits, since the device's files do not tell its own"


def _of_device(
    name: str, connection: Connection, paired: PairedTunnel | None
) -> Iterator[Substitution]:
    """What the device's own end of a tunnel is, and the lab's is not."""
    if paired is None:
        return
    if paired.is_silent:
        reasons = [one.what for one in paired.closed]
        reasons += [one.what for one in paired.handshake.reasons if one.answer is Answer.NO]
        does = (
            "in the lab it stands, and no route is exchanged in it"
            if connection.routing is Routing.BGP
            else "in the lab it stands"
        )
        yield stands_in(name, f"it has no session ({'; '.join(reasons)}): {does}")
    source = None if paired.match.own is None else paired.match.own.source
    if source is not None and isinstance(source.value, IPv4Address) and source.value.is_private:
        yield left_out(name, f"the NAT in front of {source.value}")


# ---------------------------------------------------------------------- what nobody understood


def untold(understood: Understood, paired: Paired | None) -> Iterator[Substitution]:
    """What is assumed of a VPN since nobody tells it, and what of its devices was not understood."""
    whole = understood if paired is None else paired.understood
    yield from (assumed(one.subject, one.what) for one in whole.assumed)
    if paired is None:
        return
    for device in paired.devices:
        for doubt in device.doubts:
            yield left_out(customer_name(device.customer), _told(doubt))


def _told(doubt: Doubt) -> str:
    place = "" if doubt.place is None else f"{doubt.place}: "
    line = f"`{doubt.text}`: " if doubt.text else ""
    return f"{place}{line}{doubt.reason}"
