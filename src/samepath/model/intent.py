"""From what a file's keys hold to a Topology: defaults, references to the only one, allocation.

What the file leaves out gets the default that :mod:`samepath.model.keys` states. What could not be
read gets a stand-in, so that the rest can be checked as well: its path is in ``reading.unread``,
and problems that follow from it are dropped later.

Allocation is deterministic: it follows the file's order and keeps clear of what the file says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from samepath.model import keys, limits, policy_keys, tunnel_keys
from samepath.model.address_plan import default_host, room
from samepath.model.fields import Field, Off, Reading, Values
from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term
from samepath.model.problems import Place, at, below, parent, place_of
from samepath.model.topology import (
    STRONG_ESP,
    STRONG_IKE,
    UNRESPONSIVE_MBIT,
    BestPath,
    Bfd,
    BgpTimers,
    Cluster,
    Connection,
    Crypto,
    CustomerGateway,
    Dpd,
    Gateway,
    GatewayKind,
    GatewayPrefers,
    Host,
    IkeProposal,
    Ipsec,
    Mode,
    Platform,
    Policies,
    Preemption,
    Routing,
    Site,
    StartupAction,
    Topology,
    Tracking,
    Tunnel,
    Vpc,
    Vrrp,
    unpinned,
)
from samepath.model.unknown import SecretRef, SecretSource

T = TypeVar("T")

OUTSIDE_POOL = IPv4Network("203.0.113.0/24")
"""Documentation addresses (RFC 5737, TEST-NET-3): the gateway's ends in a lab."""
INSIDE_POOL = (IPv4Network("169.254.10.0/23"), IPv4Network("169.254.12.0/22"))
DEFAULT_NAME = "vpn"
DEFAULT_GATEWAY = "vgw"
DEFAULT_SUBNET_LENGTH = 24
FIRST_PRIORITY, PRIORITY_STEP = 200, 10
BY_VRRP = "vrrp"
"""What ``first_hop`` names where it is no customer gateway."""
CBC_INTEGRITY = ("sha384",)
AWS_TIMERS = BgpTimers(hold=30 * limits.SECOND, keepalive=10 * limits.SECOND, bfd=None)

_STAND_IN_CIDR = IPv4Network("10.0.0.0/16")
_STAND_IN_ADDRESS = IPv4Address("198.51.100.1")


def topology(file: Values, reading: Reading) -> Topology:
    """The topology that the file's values mean, with every default filled in."""
    return _Filling(file, reading).topology()


def _or(value: T | None, default: T) -> T:
    return default if value is None else value


def _platform(customer: Values) -> Platform:
    return _or(customer.get(keys.PLATFORM), Platform.BIRD)


def _cluster(customer: Values) -> Cluster | None:
    if customer.get(keys.CLUSTER) is None:
        return None
    given = customer.part(keys.CLUSTER).get(keys.CLUSTER_STATE_SYNC)
    return Cluster(state_sync=_or(given, False))


class _Filling:
    """One file's values, the reading to report to, and the pools to allocate from."""

    def __init__(self, file: Values, reading: Reading) -> None:
        self.reading = reading
        self.file = file
        self.vpcs = file.get(keys.VPCS) or {}
        self.customers = file.get(keys.CUSTOMER_GATEWAYS) or {}
        self.connections = file.get(keys.CONNECTIONS) or {}
        self.gateways = self._gateways()
        self.outsides = self._free_outsides()
        self.insides = self._free_insides()

    def topology(self) -> Topology:
        sites = self.file.get(keys.SITES) or {}
        return Topology(
            name=_or(self.file.get(keys.FILE_NAME), DEFAULT_NAME),
            vpcs={name: self._vpc(name, values) for name, values in self.vpcs.items()},
            gateways=self.gateways,
            customer_gateways={
                name: CustomerGateway(
                    name=name,
                    address=_or(values.get(keys.CUSTOMER_ADDRESS), _STAND_IN_ADDRESS),
                    asn=_or(values.get(keys.CUSTOMER_ASN), 65000),
                    platform=_platform(values),
                    ipsec=_or(values.get(keys.IPSEC), Ipsec.SAMEPATH),
                    binding=(firewall := values.part(keys.FIREWALL)).get(keys.BINDING),
                    reverse_path=firewall.get(keys.REVERSE_PATH),
                    established=firewall.get(keys.ESTABLISHED),
                    best_path=_best_path(values.part(keys.BEST_PATH)),
                    requires_policy=values.get(keys.REQUIRES_POLICY),
                    aggregates=tuple(values.get(keys.AGGREGATES) or ()),
                    cluster=_cluster(values),
                )
                for name, values in self.customers.items()
            },
            sites={name: self._site(name, values) for name, values in sites.items()},
            connections={
                name: self._connection(name, values) for name, values in self.connections.items()
            },
        )

    # ------------------------------------------------------------------------------ the ends

    def _vpc(self, name: str, values: Values) -> Vpc:
        cidr = _or(values.get(keys.VPC_CIDR), _STAND_IN_CIDR)
        first = next(cidr.subnets(new_prefix=max(DEFAULT_SUBNET_LENGTH, cidr.prefixlen)))
        subnets = _or(values.get(keys.SUBNETS), {"main": first})
        hosts = self._hosts(values, keys.VPC_HOSTS, f"{name}-host", subnets.values(), routers=1)
        return Vpc(name=name, cidr=cidr, subnets=subnets, hosts=hosts)

    def _site(self, name: str, values: Values) -> Site:
        networks = _or(values.get(keys.NETWORKS), ())
        customers = values.get(keys.SITE_CUSTOMER_GATEWAYS)
        if customers is None:
            path = values.path_of(keys.SITE_CUSTOMER_GATEWAYS)
            what = "customer gateway"
            customers = (self._the_only(path, what, self.customers),)
        first_hop = values.get(keys.FIRST_HOP)
        by_vrrp = first_hop == BY_VRRP and BY_VRRP not in customers
        written = values.get(keys.VRRP)
        vrrp = self._vrrp(values, customers) if by_vrrp or written is not None else None
        routers = len(set(customers)) + (vrrp is not None)
        return Site(
            name=name,
            networks=networks,
            customer_gateways=customers,
            hosts=self._hosts(values, keys.SITE_HOSTS, f"{name}-host", networks, routers=routers),
            first_hop=None if by_vrrp else first_hop,
            vrrp=vrrp,
            ibgp=_or(values.get(keys.IBGP), False),
            keeps_next_hop=_or(values.get(keys.KEEPS_NEXT_HOP), ()),
            state_sync=_or(values.get(keys.STATE_SYNC), False),
        )

    def _vrrp(self, site: Values, customers: tuple[str, ...]) -> Vrrp:
        values = site.part(keys.VRRP)
        given = values.get(keys.VRRP_PRIORITIES) or {}
        for name in given:
            if name not in customers:
                path = below(values.path_of(keys.VRRP_PRIORITIES), name)
                message = f"{name} is no customer gateway of this site"
                self.reading.refuse(
                    path, self.reading.places[path], message, f"name one of {', '.join(customers)}"
                )
        return Vrrp(
            priorities=tuple(
                given.get(name, max(FIRST_PRIORITY - PRIORITY_STEP * i, limits.VRRP_PRIORITY[0]))
                for i, name in enumerate(customers)
            ),
            preempt=_or(values.get(keys.VRRP_PREEMPT), True),
            tracks=_or(values.get(keys.VRRP_TRACKS), Tracking.NOTHING),
        )

    def _hosts(
        self,
        values: Values,
        field: Field[dict[str, IPv4Address]],
        default: str,
        networks: Iterable[IPv4Network],
        *,
        routers: int,
    ) -> dict[str, Host]:
        first = next(iter(networks), None)
        given = values.get(field)
        if given is None and first is not None:
            free = default_host(first, routers)
            given = {} if free is None else {default: free}
            if free is None and routers <= room(first):
                self._no_room(values.path_of(field), first)
        given = given or {}
        return {name: Host(name=name, address=address) for name, address in given.items()}

    def _no_room(self, path: str, network: IPv4Network) -> None:
        """For the host that is a site's default; a mistake in its networks may be the reason."""
        networks = below(parent(path), keys.NETWORKS.key)
        if not self.reading.is_unread(path) and not self.reading.is_unread(networks):
            place = place_of(self.reading.places, path) or Place(line=1, column=1)
            message = f"is missing, and the site's routers leave no address of {network}"
            self.reading.refuse(path, place, message, "choose a larger network, or write hosts: {}")

    def _gateways(self) -> dict[str, Gateway]:
        given = self.file.get(keys.GATEWAYS)
        path = self.file.path_of(keys.GATEWAYS)
        if given is None and len(self.vpcs) > 1 and not self.reading.is_unread(path):
            self._ambiguous(path, "VPC", self.vpcs, self.reading.places[keys.VPCS.key])
        if given is None:
            given = {DEFAULT_GATEWAY: Values(path=at("gateways", DEFAULT_GATEWAY))}
        return {
            name: Gateway(
                name=name,
                vpc=values.get(keys.GATEWAY_VPC)
                or self._the_only(values.path_of(keys.GATEWAY_VPC), "VPC", self.vpcs),
                asn=_or(values.get(keys.GATEWAY_ASN), 64512),
                kind=(kind := _or(values.get(keys.GATEWAY_KIND), GatewayKind.VIRTUAL_PRIVATE)),
                ecmp=_or(values.get(keys.ECMP), True if kind is GatewayKind.TRANSIT else None),
            )
            for name, values in given.items()
        }

    def _the_only(self, path: str, what: str, known: Iterable[str]) -> str:
        """The name of the only element of a kind, as the default of the reference at ``path``."""
        names = sorted(known)
        if len(names) == 1:
            return names[0]
        if names and not self.reading.is_unread(path):
            place = place_of(self.reading.places, path) or Place(line=1, column=1)
            self._ambiguous(path, what, names, place)
        # Without any name there is a problem already: their mapping is missing or unreadable.
        self.reading.unread.add(path)
        return ""

    def _ambiguous(self, path: str, what: str, names: Iterable[str], place: Place) -> None:
        self.reading.refuse(
            path,
            place,
            f"is missing, and there is more than one {what}",
            f"choose from {', '.join(sorted(names))}",
        )

    # ---------------------------------------------------------------------------- connections

    def _connection(self, name: str, values: Values) -> Connection:
        gateway = values.get(keys.CONNECTION_GATEWAY) or self._the_only(
            values.path_of(keys.CONNECTION_GATEWAY), "gateway", self.gateways
        )
        customer = values.get(keys.CONNECTION_CUSTOMER) or self._the_only(
            values.path_of(keys.CONNECTION_CUSTOMER),
            "customer gateway",
            self.customers,
        )
        return Connection(
            name=name,
            gateway=gateway,
            customer_gateway=customer,
            tunnels=tuple(
                self._tunnel(name, number, own.over(values.part(keys.TUNNEL_DEFAULTS)))
                for number, own in self._own_tunnels(values)
            ),
            routing=_or(values.get(keys.ROUTING), Routing.BGP),
            mode=_or(values.get(keys.MODE), self._unpinned(customer)),
            active=_or(values.get(keys.ACTIVE), 1),
            gateway_prefers=_or(values.get(keys.GATEWAY_PREFERS), GatewayPrefers.ACTIVE),
            preemption=_or(values.get(keys.PREEMPTION), Preemption.AUTO),
            bgp=_timers(values.part(keys.BGP)),
            probe_inside=_or(values.get(keys.PROBE_INSIDE), False),
        )

    def _unpinned(self, customer: str) -> Mode:
        values = self.customers.get(customer)
        return unpinned(Platform.BIRD if values is None else _platform(values))

    @staticmethod
    def _own_tunnels(values: Values) -> Iterator[tuple[int, Values]]:
        """Number and own values of both tunnels, written or not."""
        base = values.path_of(keys.TUNNELS)
        written = {own.path: own for own in values.get(keys.TUNNELS) or ()}
        for position in range(limits.TUNNELS):
            path = below(base, position)
            yield position + 1, written.get(path, Values(path=path))

    def _tunnel(self, connection: str, number: int, values: Values) -> Tunnel:
        element = f"{connection}/tunnel{number}"
        gateway_secret = _secret(values.get(tunnel_keys.PRE_SHARED_KEY), element)
        other_secret = values.get(tunnel_keys.CUSTOMER_PRE_SHARED_KEY)
        crypto = _crypto(values)
        customer = values.part(tunnel_keys.CUSTOMER)
        customer_crypto = _crypto(customer.over(values))
        dpd = values.part(tunnel_keys.DPD)
        delay = _or(dpd.get(tunnel_keys.DPD_DELAY), Dpd().delay)
        timeout = Dpd().timeout if delay < Dpd().timeout else 4 * delay
        policy = values.part(tunnel_keys.POLICY)
        of_customer = policy.part(policy_keys.CUSTOMER_POLICY)
        return Tunnel(
            number=number,
            outside=values.get(tunnel_keys.OUTSIDE) or self._next_outside(values),
            inside=values.get(tunnel_keys.INSIDE) or self._next_inside(values),
            gateway_secret=gateway_secret,
            customer_secret=gateway_secret
            if other_secret is None
            else _secret(other_secret, f"{element}/customer"),
            crypto=crypto,
            customer_crypto=None if customer_crypto == crypto else customer_crypto,
            dpd=Dpd(
                delay=delay,
                timeout=_or(dpd.get(tunnel_keys.DPD_TIMEOUT), timeout),
                action=_or(dpd.get(tunnel_keys.DPD_ACTION), Dpd().action),
            ),
            startup=_or(values.get(tunnel_keys.STARTUP), StartupAction.ADD),
            zone=values.get(tunnel_keys.ZONE),
            unresponsive_mbit=_or(values.get(tunnel_keys.UNRESPONSIVE_MBIT), UNRESPONSIVE_MBIT),
            gateway_policy=_policies(policy.part(policy_keys.GATEWAY_POLICY)),
            customer_policy=replace(
                _policies(of_customer),
                default_originate=_or(of_customer.get(policy_keys.DEFAULT_ORIGINATE), False),
            ),
        )

    # ----------------------------------------------------------------------------- allocation

    def _written(self, field: Field[T]) -> set[T]:
        """The values of a tunnel's field that stand anywhere in the file."""
        return {
            value
            for connection in self.connections.values()
            for own in connection.get(keys.TUNNELS) or ()
            if (value := own.get(field)) is not None
        }

    def _free_outsides(self) -> Iterator[IPv4Address]:
        taken = self._written(tunnel_keys.OUTSIDE)
        taken.update(
            address
            for values in self.customers.values()
            if (address := values.get(keys.CUSTOMER_ADDRESS)) is not None
        )
        return (address for address in OUTSIDE_POOL.hosts() if address not in taken)

    def _free_insides(self) -> Iterator[IPv4Network]:
        taken = self._written(tunnel_keys.INSIDE)
        return (
            network
            for pool in INSIDE_POOL
            for network in pool.subnets(new_prefix=limits.INSIDE_LENGTH)
            if network not in taken
        )

    def _next_outside(self, values: Values) -> IPv4Address:
        free = next(self.outsides, None)
        if free is None:
            self._exhausted(values.path_of(tunnel_keys.OUTSIDE), str(OUTSIDE_POOL))
        return free or _STAND_IN_ADDRESS

    def _next_inside(self, values: Values) -> IPv4Network:
        free = next(self.insides, None)
        if free is None:
            self._exhausted(values.path_of(tunnel_keys.INSIDE), ", ".join(map(str, INSIDE_POOL)))
        return free or limits.INSIDE_RESERVED[0]

    def _exhausted(self, path: str, pool: str) -> None:
        if not self.reading.is_unread(path):
            place = place_of(self.reading.places, path) or Place(line=1, column=1)
            self.reading.refuse(
                path, place, f"is missing, and nothing is free in {pool}", "give it"
            )


# ------------------------------------------------------------------------------- parts of a tunnel


def _secret(given: SecretRef | None, element: str) -> SecretRef:
    if given is None or given.source is SecretSource.GENERATED:
        return SecretRef(source=SecretSource.GENERATED, locator=element)
    return given


def _crypto(values: Values) -> Crypto:
    ike, esp = values.part(tunnel_keys.IKE), values.part(tunnel_keys.ESP)
    rekey = values.part(tunnel_keys.REKEY)
    default = Crypto()
    return Crypto(
        ike=tuple(_ike_suites(ike)),
        esp=tuple(_esp_suites(esp)),
        ike_lifetime=_or(ike.get(tunnel_keys.IKE_LIFETIME), default.ike_lifetime),
        esp_lifetime=_or(esp.get(tunnel_keys.ESP_LIFETIME), default.esp_lifetime),
        rekey_margin=_or(rekey.get(tunnel_keys.REKEY_MARGIN), default.rekey_margin),
        rekey_fuzz_percent=_or(rekey.get(tunnel_keys.REKEY_FUZZ), default.rekey_fuzz_percent),
        replay_window=_or(values.get(tunnel_keys.REPLAY_WINDOW), default.replay_window),
    )


def _ike_suites(values: Values) -> dict[IkeProposal, None]:
    (strong,) = STRONG_IKE
    ciphers = _or(values.get(tunnel_keys.ENCRYPTION), (strong.encryption,))
    hashes = _or(values.get(tunnel_keys.IKE_INTEGRITY), (_or(strong.integrity, ""),))
    groups = _or(values.get(tunnel_keys.IKE_GROUPS), (_or(strong.group, 0),))
    return {
        IkeProposal(encryption=cipher, integrity=integrity, group=group): None
        for cipher in ciphers
        for integrity in hashes
        for group in groups
    }


def _esp_suites(values: Values) -> dict[IkeProposal, None]:
    (strong,) = STRONG_ESP
    ciphers = _or(values.get(tunnel_keys.ENCRYPTION), (strong.encryption,))
    hashes = values.get(tunnel_keys.ESP_INTEGRITY) or CBC_INTEGRITY
    groups = _or(values.get(tunnel_keys.ESP_GROUPS), (_or(strong.group, 0),))
    return {
        IkeProposal(encryption=cipher, integrity=integrity, group=group): None
        for cipher in ciphers
        for integrity in ((None,) if limits.is_aead(cipher) else hashes)
        for group in groups or (None,)
    }


def _best_path(values: Values) -> BestPath:
    return BestPath(
        always_compare_med=values.get(keys.ALWAYS_COMPARE_MED),
        deterministic_med=values.get(keys.DETERMINISTIC_MED),
        missing_med_as_worst=values.get(keys.MISSING_MED_AS_WORST),
        compare_router_id=values.get(keys.COMPARE_ROUTER_ID),
        maximum_paths=values.get(keys.MAXIMUM_PATHS),
    )


def _timers(values: Values) -> BgpTimers:
    base = AWS_TIMERS if values.get(keys.TIMERS) == "aws" else BgpTimers()
    hold = _or(values.get(keys.HOLD), base.hold)
    third = max(hold // 3 // limits.SECOND, 1) * limits.SECOND
    bfd = values.get(keys.BFD)
    return BgpTimers(
        hold=hold,
        keepalive=_or(values.get(keys.KEEPALIVE), third),
        bfd=base.bfd if bfd is None else _bfd(bfd),
    )


def _bfd(given: Values | Off) -> Bfd | None:
    if isinstance(given, Off):
        return None
    return Bfd(
        interval=_or(given.get(keys.BFD_INTERVAL), Bfd().interval),
        multiplier=_or(given.get(keys.BFD_MULTIPLIER), Bfd().multiplier),
    )


def _policies(values: Values) -> Policies:
    return Policies(
        imports=_policy(values.get(policy_keys.IMPORT)),
        exports=_policy(values.get(policy_keys.EXPORT)),
    )


def _policy(terms: tuple[Values, ...] | None) -> Policy:
    return Policy(terms=tuple(_term(term) for term in terms or ()))


def _term(values: Values) -> Term:
    match, change = values.part(policy_keys.MATCH), values.part(policy_keys.SET)
    return Term(
        conditions=Conditions(
            prefixes=match.get(policy_keys.PREFIXES) or (),
            communities=match.get(policy_keys.COMMUNITIES) or (),
        ),
        changes=Changes(
            local_preference=change.get(policy_keys.LOCAL_PREFERENCE),
            weight=change.get(policy_keys.WEIGHT),
            med=change.get(policy_keys.MED),
            prepend=change.get(policy_keys.PREPEND) or 0,
            add_communities=change.get(policy_keys.ADD_COMMUNITIES) or (),
        ),
        disposition=_or(values.get(policy_keys.THEN), Disposition.ACCEPT),
    )
