"""The networks behind devices, and which devices are one site, as their files tell it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from samepath.aws.gateway_end import host
from samepath.aws.networks import SITE_POOL, judged, stand_ins
from samepath.aws.understood import Assumption
from samepath.device.reading.configuration import Neighbour
from samepath.model.topology import Site, Topology
from samepath.pairing.announcing import Announcing, exports_of, named_by
from samepath.pairing.customer import bgp_of
from samepath.pairing.matching import Matched
from samepath.routing.network import DEFAULT

_LONGEST = 30
"""A longer prefix is an address of the device itself, and no network of hosts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The sites as they are judged, and what of that is assumed.

    ``unannounced`` are, of each customer gateway with a device, the networks of its site that it
    does not announce as they are.
    """

    sites: Mapping[str, Site]
    unannounced: Mapping[str, tuple[IPv4Network, ...]]
    known: frozenset[str]
    """The sites whose networks devices tell."""
    assumed: tuple[Assumption, ...]


def judge(
    topology: Topology, found: Mapping[str, Matched], announced: Mapping[str, Announcing]
) -> Judged:
    """The sites of a topology whose customer gateways are known; ``found`` has their devices."""
    assumed: list[Assumption] = []
    sites: dict[str, Site] = {}
    unannounced: dict[str, tuple[IPv4Network, ...]] = {}
    known: set[str] = set()
    speaking = _together(topology, found, assumed)
    for site in _of_one_network(speaking, found, announced, assumed):
        mine = {name: found[name] for name in site.customer_gateways if name in found}
        told = [*_known(mine, announced)]
        networks = _networks(topology, site, told, assumed)
        assumed += _unnamed(site, mine, announced, networks[0] if not told else None)
        if told:
            known.add(site.name)
        if networks != site.networks:
            hosts = host(f"{site.name}-host", networks[0], len(site.customer_gateways))
            site = replace(site, networks=networks, hosts=hosts)  # noqa: PLW2901 - what it is now
        sites[site.name] = site
        for name in mine:
            it = announced[name]
            if [*_hostable(it)] or not it.unknown:
                unannounced[name] = tuple(one for one in networks if one not in it.places)
    return Judged(
        sites=sites,
        unannounced=unannounced,
        known=frozenset(known),
        assumed=tuple(assumed),
    )


# ------------------------------------------------------------------------------- their networks


def _unnamed(
    site: Site,
    mine: Mapping[str, Matched],
    announced: Mapping[str, Announcing],
    stand_in: IPv4Network | None,
) -> Iterator[Assumption]:
    """What is taken for the routes that no file names."""
    for name, device in mine.items():
        sources = [one.what for one in announced[name].unknown if not (one.internal and site.ibgp)]
        if sources:
            told = "are left out" if stand_in is None else f"are taken for {stand_in}"
            what = f"routes of {', '.join(sources)}, which its files do not name, {told}"
            yield Assumption(subject=device.device.name, what=what)


def _networks(
    topology: Topology,
    site: Site,
    known: list[IPv4Network],
    assumed: list[Assumption],
) -> tuple[IPv4Network, ...]:
    if not known:
        return site.networks
    gateways = {
        one.gateway
        for one in topology.connections.values()
        if one.customer_gateway in site.customer_gateways
    }
    vpcs = [topology.vpcs[topology.gateways[name].vpc].cidr for name in sorted(gateways)]
    position = [*topology.sites].index(site.name)
    stand_in = [*_first(stand_ins(SITE_POOL, len(topology.sites)), position + 1)][-1]
    chosen = judged(known, vpcs, stand_in, len(site.customer_gateways))
    assumed += [Assumption(subject=site.name, what=told) for told in chosen.told]
    return chosen.networks or (stand_in,)


def _first(some: Iterable[IPv4Network], count: int) -> Iterator[IPv4Network]:
    yield from (one for one, _ in zip(some, range(count), strict=False))


def _hostable(it: Announcing) -> Iterator[IPv4Network]:
    """The prefixes in which there can be hosts."""
    return (one for one in it.places if one.prefixlen <= _LONGEST and not one.is_link_local)


def _known(
    mine: Mapping[str, Matched], announced: Mapping[str, Announcing]
) -> Iterator[IPv4Network]:
    """What the devices announce that hosts can live in; what their policies name, if nothing is."""
    for name, device in mine.items():
        it = announced[name]
        own = [*_hostable(it)]
        if any(
            one.neighbour is not None and one.neighbour.default_originate is not None
            for one in device.matches
        ):
            own.append(DEFAULT)
        if it.unknown and not own:
            own = [*named_by(exports_of(device.matches))]
        yield from own


# ----------------------------------------------------------------------------- who is one site


def _together(
    topology: Topology, found: Mapping[str, Matched], assumed: list[Assumption]
) -> list[Site]:
    """The sites, those joined whose devices speak iBGP with each other."""
    sites = [*topology.sites.values()]
    devices = list({one.device.name: one for one in found.values()}.values())
    for one, other in combinations(devices, 2):
        joint = _joint(one, other, devices, assumed)
        if joint is None:
            continue
        both = [
            site
            for site in sites
            if {one.customer, other.customer}.intersection(site.customer_gateways)
        ]
        first = both[0]
        names = tuple(dict.fromkeys(name for site in both for name in site.customer_gateways))
        keeping = (*first.keeps_next_hop, *joint)
        merged = replace(
            first,
            customer_gateways=names,
            ibgp=True,
            keeps_next_hop=tuple(dict.fromkeys(keeping)),
            hosts=host(f"{first.name}-host", first.networks[0], len(names)),
        )
        sites = [merged if site is first else site for site in sites if site not in both[1:]]
    return sites


def _of_one_network(
    sites: Iterable[Site],
    found: Mapping[str, Matched],
    announced: Mapping[str, Announcing],
    assumed: list[Assumption],
) -> list[Site]:
    """The sites, those joined whose devices announce networks of one another."""
    done: list[Site] = []
    for site in sites:
        one = site
        for other in [*done]:
            if _share(one, other, found, announced):
                done.remove(other)
                names = tuple(dict.fromkeys((*other.customer_gateways, *one.customer_gateways)))
                what = (
                    f"{' and '.join(names)} announce the same network, and are taken for one site, "
                    f"whose hosts send to {names[0]}"
                )
                assumed.append(Assumption(subject=other.name, what=what))
                hosts = host(f"{other.name}-host", other.networks[0], len(names))
                one = replace(other, customer_gateways=names, hosts=hosts)
        done.append(one)
    return done


def _share(
    one: Site, other: Site, found: Mapping[str, Matched], announced: Mapping[str, Announcing]
) -> bool:
    networks = []
    for site in (one, other):
        mine = {name: found[name] for name in site.customer_gateways if name in found}
        alone = len(mine) < len(site.customer_gateways)
        told = [*_known(mine, announced), *(site.networks if alone else ())]
        networks.append([network for network in told if network != DEFAULT])
    return any(first.overlaps(second) for first in networks[0] for second in networks[1])


def _joint(
    one: Matched, other: Matched, devices: list[Matched], assumed: list[Assumption]
) -> tuple[str, ...] | None:
    """The devices that keep the next hop in the iBGP between two; None: there is none."""
    sessions = _internal(one), _internal(other)
    if not all(sessions):
        return None
    mine = [each for each in sessions[0] if _is_of(other, each)]
    theirs = [each for each in sessions[1] if _is_of(one, each)]
    if not (mine and theirs):
        alone = len(devices) == len(sessions) and all(len(each) == 1 for each in sessions)
        if not alone:
            return None
        what = f"its iBGP neighbour {sessions[0][0].address} is {other.device.name}"
        assumed.append(Assumption(subject=one.device.name, what=what))
        mine, theirs = list(sessions[0]), list(sessions[1])
    return tuple(
        device.customer
        for device, neighbour in ((one, mine[0]), (other, theirs[0]))
        if neighbour.next_hop_self is None or not neighbour.next_hop_self.value
    )


def _internal(device: Matched) -> list[Neighbour]:
    bgp = bgp_of(device)
    return [
        neighbour
        for speaker, neighbour in device.strangers
        if bgp is not None
        and speaker is bgp
        and neighbour.remote_as is not None
        and neighbour.remote_as.value in {bgp.asn.value, "internal"}
        and (neighbour.shutdown is None or not neighbour.shutdown.value)
    ]


def _is_of(device: Matched, neighbour: Neighbour) -> bool:
    """Whether a neighbour is a device: one of its addresses, or its router id."""
    bgp = bgp_of(device)
    addresses: set[IPv4Address] = {
        address.value.ip
        for interface in device.device.configuration.interfaces
        for address in interface.addresses
    }
    if bgp is not None and bgp.router_id is not None:
        addresses.add(bgp.router_id.value)
    return neighbour.address in addresses


def internal_neighbours(device: Matched) -> tuple[Neighbour, ...]:
    """The neighbours of its own AS."""
    return tuple(_internal(device))
