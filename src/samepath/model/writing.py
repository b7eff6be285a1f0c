"""The text of a topology file that means a given topology: the way back from :func:`parse`.

The keys stand in the order of the reference page (``docs/reference/topology-file.md``), and what is
a default is left out, but for the addresses of the tunnels: those that reading chooses depend on the
rest of the file, and whoever reads the text looks for them. What both tunnels of a connection share
stands once, in ``tunnel_defaults``.

The text is read again before it is returned. So whatever a file cannot say is found here, and never
lost in silence: a line of a device that was recognised and not modelled
(:class:`~samepath.model.policy.Opaque`), suites that are not all of some ciphers with all of some
hashes and groups, a generated secret of another name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from samepath.model import intent, keys, limits, policy_keys, tunnel_keys
from samepath.model.address_plan import default_host
from samepath.model.amend import Value, term_value
from samepath.model.document import parse
from samepath.model.fields import Field
from samepath.model.policy import Policy
from samepath.model.problems import InvalidDocument, below, printable, spell_duration
from samepath.model.topology import (
    UNRESPONSIVE_MBIT,
    BestPath,
    Bfd,
    BgpTimers,
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

Written = dict[str, Value]

_WIDEST = 90
"""Characters of a mapping or list that stands on one line."""


class CannotSay(ValueError):
    """A topology that no file says; the text names the values."""


def render(topology: Topology, comments: Iterable[str] = ()) -> str:
    """The text of a topology file, with ``comments`` as its first lines.

    Raises :class:`CannotSay` where no file means exactly this topology.
    """
    head = "".join(f"# {printable(line)}\n" for line in comments)
    text = head + _yaml(_file(topology))
    try:
        said = parse(text).topology
    except InvalidDocument as error:
        raise CannotSay(f"a topology file cannot say this:\n{error}") from error
    different = tuple(_differences(topology, said, ""))
    if different:
        raise CannotSay(f"a topology file cannot say this: {', '.join(different)}")
    return text


def _differences(one: object, other: object, path: str) -> Iterator[str]:
    """The paths of what differs between two values."""
    if one == other:
        return
    if is_dataclass(one) and type(one) is type(other):
        for field in fields(one):
            mine, its = getattr(one, field.name), getattr(other, field.name)
            yield from _differences(mine, its, below(path, field.name) if path else field.name)
    elif isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() == other.keys():
        for key in one:
            yield from _differences(one[key], other[key], below(path, key))
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for position, (mine, its) in enumerate(zip(one, other, strict=True)):
            yield from _differences(mine, its, below(path, position))
    else:
        yield path


# ---------------------------------------------------------------------------------- the whole file


def _file(topology: Topology) -> Written:
    written: Written = {keys.VERSION.key: keys.VERSION_NUMBER}
    if topology.name != intent.DEFAULT_NAME:
        written[keys.FILE_NAME.key] = topology.name
    written[keys.VPCS.key] = {name: _vpc(one) for name, one in topology.vpcs.items()}
    gateways: Written = {name: _gateway(one, topology) for name, one in topology.gateways.items()}
    if gateways != {intent.DEFAULT_GATEWAY: {}}:
        written[keys.GATEWAYS.key] = gateways
    written[keys.CUSTOMER_GATEWAYS.key] = {
        name: _customer(one) for name, one in topology.customer_gateways.items()
    }
    written[keys.SITES.key] = {name: _site(one, topology) for name, one in topology.sites.items()}
    written[keys.CONNECTIONS.key] = {
        name: _connection(one, topology) for name, one in topology.connections.items()
    }
    return written


def _put(
    written: Written, field: Field[object], value: Value | None, default: Value | None
) -> None:
    """A value under its key, unless it is the default, or there is none."""
    if value is not None and value != default:
        written[field.key] = value


def _only(names: Iterable[str]) -> str | None:
    """The name that a file need not say: that of the only one."""
    names = tuple(names)
    return names[0] if len(names) == 1 else None


# ------------------------------------------------------------------------------------- the ends


def _vpc(vpc: Vpc) -> Written:
    written: Written = {keys.VPC_CIDR.key: str(vpc.cidr)}
    longest = max(intent.DEFAULT_SUBNET_LENGTH, vpc.cidr.prefixlen)
    first = next(vpc.cidr.subnets(new_prefix=longest))
    subnets: Written = {name: str(one) for name, one in vpc.subnets.items()}
    _put(written, keys.SUBNETS, subnets, {"main": str(first)})
    usual = default_host(next(iter(vpc.subnets.values()), first), 1)
    default: Value | None = None if usual is None else {f"{vpc.name}-host": str(usual)}
    _put(written, keys.VPC_HOSTS, _hosts(vpc.hosts), default)
    return written


def _hosts(hosts: Mapping[str, Host]) -> Written:
    return {name: str(one.address) for name, one in hosts.items()}


def _gateway(gateway: Gateway, topology: Topology) -> Written:
    written: Written = {}
    transit = gateway.kind is GatewayKind.TRANSIT
    usual = Gateway(name="", vpc="")
    _put(written, keys.GATEWAY_VPC, gateway.vpc, _only(topology.vpcs))
    _put(written, keys.GATEWAY_ASN, gateway.asn, usual.asn)
    _put(written, keys.GATEWAY_KIND, gateway.kind.value, usual.kind.value)
    _put(written, keys.ECMP, gateway.ecmp, True if transit else None)
    return written


def _customer(customer: CustomerGateway) -> Written:
    written: Written = {keys.CUSTOMER_ADDRESS.key: str(customer.address)}
    usual = CustomerGateway(name="", address=customer.address)
    _put(written, keys.CUSTOMER_ASN, customer.asn, usual.asn)
    _put(written, keys.PLATFORM, customer.platform.value, usual.platform.value)
    _put(written, keys.IPSEC, customer.ipsec.value, Ipsec.SAMEPATH.value)
    firewall: Written = {
        field.key: value.value
        for field, value in (
            (keys.BINDING, customer.binding),
            (keys.REVERSE_PATH, customer.reverse_path),
            (keys.ESTABLISHED, customer.established),
        )
        if value is not None
    }
    alone = firewall.keys() == {keys.BINDING.key}
    _put(written, keys.FIREWALL, firewall[keys.BINDING.key] if alone else firewall, {})
    _put(written, keys.BEST_PATH, _best_path(customer.best_path), {})
    _put(written, keys.REQUIRES_POLICY, customer.requires_policy, None)
    _put(written, keys.AGGREGATES, [str(one) for one in customer.aggregates], [])
    if customer.cluster is not None:
        written[keys.CLUSTER.key] = {keys.CLUSTER_STATE_SYNC.key: customer.cluster.state_sync}
    return written


def _best_path(knobs: BestPath) -> Written:
    given: dict[str, bool | int | None] = {
        keys.ALWAYS_COMPARE_MED.key: knobs.always_compare_med,
        keys.DETERMINISTIC_MED.key: knobs.deterministic_med,
        keys.MISSING_MED_AS_WORST.key: knobs.missing_med_as_worst,
        keys.COMPARE_ROUTER_ID.key: knobs.compare_router_id,
        keys.MAXIMUM_PATHS.key: knobs.maximum_paths,
    }
    return {key: value for key, value in given.items() if value is not None}


def _site(site: Site, topology: Topology) -> Written:
    written: Written = {keys.NETWORKS.key: [str(one) for one in site.networks]}
    only = _only(topology.customer_gateways)
    devices: Value = [*site.customer_gateways]
    _put(written, keys.SITE_CUSTOMER_GATEWAYS, devices, None if only is None else [only])
    routers = len(set(site.customer_gateways)) + (site.vrrp is not None)
    usual = default_host(site.networks[0], routers) if site.networks else None
    default: Value | None = None if usual is None else {f"{site.name}-host": str(usual)}
    _put(written, keys.SITE_HOSTS, _hosts(site.hosts), default)
    _put(written, keys.FIRST_HOP, site.first_hop, None)
    if site.vrrp is not None:
        written[keys.VRRP.key] = _vrrp(site.vrrp, site.customer_gateways)
    _put(written, keys.IBGP, site.ibgp, default=False)
    _put(written, keys.KEEPS_NEXT_HOP, [*site.keeps_next_hop], [])
    _put(written, keys.STATE_SYNC, site.state_sync, default=False)
    return written


def _vrrp(vrrp: Vrrp, names: Iterable[str]) -> Written:
    written: Written = {}
    priorities: Written = dict(zip(names, vrrp.priorities, strict=False))
    usual: Written = {
        name: max(intent.FIRST_PRIORITY - intent.PRIORITY_STEP * i, limits.VRRP_PRIORITY[0])
        for i, name in enumerate(priorities)
    }
    _put(written, keys.VRRP_PRIORITIES, priorities, usual)
    _put(written, keys.VRRP_PREEMPT, vrrp.preempt, default=True)
    _put(written, keys.VRRP_TRACKS, vrrp.tracks.value, Tracking.NOTHING.value)
    return written


# ------------------------------------------------------------------------------------ connections


def _connection(connection: Connection, topology: Topology) -> Written:
    written: Written = {}
    customer = topology.customer_gateways.get(connection.customer_gateway)
    mode = None if customer is None else unpinned(customer.platform).value
    _put(written, keys.CONNECTION_GATEWAY, connection.gateway, _only(topology.gateways))
    only = _only(topology.customer_gateways)
    _put(written, keys.CONNECTION_CUSTOMER, connection.customer_gateway, only)
    _put(written, keys.ROUTING, connection.routing.value, Routing.BGP.value)
    _put(written, keys.MODE, connection.mode.value, mode)
    _put(written, keys.ACTIVE, connection.active, 1)
    prefers = connection.gateway_prefers.value
    _put(written, keys.GATEWAY_PREFERS, prefers, GatewayPrefers.ACTIVE.value)
    _put(written, keys.PREEMPTION, connection.preemption.value, Preemption.AUTO.value)
    _put(written, keys.PROBE_INSIDE, connection.probe_inside, default=False)
    _put(written, keys.BGP, _timers(connection.bgp), {})
    own = [_tunnel(tunnel, connection.name) for tunnel in connection.tunnels]
    shared = _in_common([options for _, options in own])
    _put(written, keys.TUNNEL_DEFAULTS, shared, {})
    written[keys.TUNNELS.key] = [
        {**addresses, **{key: value for key, value in options.items() if key not in shared}}
        for addresses, options in own
    ]
    return written


def _in_common(options: list[Written]) -> Written:
    """What all of them say alike."""
    first, *others = options or [{}]
    return {
        key: value for key, value in first.items() if all(one.get(key) == value for one in others)
    }


def _timers(timers: BgpTimers) -> Written:
    if timers == intent.AWS_TIMERS:
        return {keys.TIMERS.key: "aws"}
    written: Written = {}
    third = max(timers.hold // 3 // limits.SECOND, 1) * limits.SECOND
    _put(written, keys.HOLD, spell_duration(timers.hold), spell_duration(BgpTimers().hold))
    _put(written, keys.KEEPALIVE, spell_duration(timers.keepalive), spell_duration(third))
    if timers.bfd is None:
        written[keys.BFD.key] = False
    elif timers.bfd != Bfd():
        bfd: Written = {}
        interval = spell_duration(timers.bfd.interval)
        _put(bfd, keys.BFD_INTERVAL, interval, spell_duration(Bfd().interval))
        _put(bfd, keys.BFD_MULTIPLIER, timers.bfd.multiplier, Bfd().multiplier)
        written[keys.BFD.key] = bfd
    return written


def _tunnel(tunnel: Tunnel, connection: str) -> tuple[Written, Written]:
    """The addresses of a tunnel, and its other keys."""
    element = f"{connection}/tunnel{tunnel.number}"
    written: Written = {}
    _put(written, tunnel_keys.PRE_SHARED_KEY, _secret(tunnel.gateway_secret), _GENERATED)
    if tunnel.customer_secret != tunnel.gateway_secret:
        written[tunnel_keys.CUSTOMER_PRE_SHARED_KEY.key] = _secret(tunnel.customer_secret)
    ours = _Said.of(tunnel.crypto, element)
    written |= ours.beside(_Said.of(Crypto(), element))
    if tunnel.customer_crypto is not None:
        theirs = _Said.of(tunnel.customer_crypto, element).beside(ours)
        _put(written, tunnel_keys.CUSTOMER, theirs, {})
    rekey: Written = {}
    usual = Crypto()
    margin = spell_duration(tunnel.crypto.rekey_margin)
    _put(rekey, tunnel_keys.REKEY_MARGIN, margin, spell_duration(usual.rekey_margin))
    fuzz = tunnel.crypto.rekey_fuzz_percent
    _put(rekey, tunnel_keys.REKEY_FUZZ, fuzz, usual.rekey_fuzz_percent)
    _put(written, tunnel_keys.REKEY, rekey, {})
    _put(written, tunnel_keys.REPLAY_WINDOW, tunnel.crypto.replay_window, usual.replay_window)
    _put(written, tunnel_keys.DPD, _dpd(tunnel.dpd), {})
    _put(written, tunnel_keys.STARTUP, tunnel.startup.value, StartupAction.ADD.value)
    _put(written, tunnel_keys.ZONE, tunnel.zone, None)
    _put(written, tunnel_keys.UNRESPONSIVE_MBIT, tunnel.unresponsive_mbit, UNRESPONSIVE_MBIT)
    policy: Written = {}
    _put(policy, policy_keys.GATEWAY_POLICY, _policies(tunnel.gateway_policy), {})
    _put(policy, policy_keys.CUSTOMER_POLICY, _policies(tunnel.customer_policy), {})
    _put(written, tunnel_keys.POLICY, policy, {})
    addresses: Written = {
        tunnel_keys.OUTSIDE.key: str(tunnel.outside),
        tunnel_keys.INSIDE.key: str(tunnel.inside),
    }
    return addresses, written


_GENERATED = "generated"


def _secret(reference: SecretRef) -> Value:
    if reference.source is SecretSource.GENERATED:
        return _GENERATED
    return {reference.source.value: reference.locator}


def _dpd(dpd: Dpd) -> Written:
    written: Written = {}
    usual = Dpd()
    timeout = usual.timeout if dpd.delay < usual.timeout else 4 * dpd.delay
    _put(written, tunnel_keys.DPD_DELAY, spell_duration(dpd.delay), spell_duration(usual.delay))
    _put(written, tunnel_keys.DPD_TIMEOUT, spell_duration(dpd.timeout), spell_duration(timeout))
    _put(written, tunnel_keys.DPD_ACTION, dpd.action.value, usual.action.value)
    return written


class _Said:
    """What a file says of the algorithms and lifetimes of both phases, nothing left out."""

    def __init__(self, ike: Written, esp: Written) -> None:
        self.ike = ike
        self.esp = esp

    @classmethod
    def of(cls, crypto: Crypto, element: str) -> _Said:
        """Raises :class:`CannotSay` where a phase has no suite."""
        if not crypto.ike or not crypto.esp:
            raise CannotSay(f"{element}: no file says that a tunnel has no suite at all")
        return cls(
            {
                tunnel_keys.ENCRYPTION.key: _each(one.encryption for one in crypto.ike),
                tunnel_keys.IKE_INTEGRITY.key: _each(one.integrity for one in crypto.ike),
                tunnel_keys.IKE_GROUPS.key: _groups(crypto.ike),
                tunnel_keys.IKE_LIFETIME.key: spell_duration(crypto.ike_lifetime),
            },
            {
                tunnel_keys.ENCRYPTION.key: _each(one.encryption for one in crypto.esp),
                tunnel_keys.ESP_INTEGRITY.key: _each(one.integrity for one in crypto.esp),
                tunnel_keys.ESP_GROUPS.key: _groups(crypto.esp),
                tunnel_keys.ESP_LIFETIME.key: spell_duration(crypto.esp_lifetime),
            },
        )

    def beside(self, other: _Said) -> Written:
        """What has to be said where ``other`` holds unless something is said."""
        written: Written = {}
        for field, mine, its in (
            (tunnel_keys.IKE, self.ike, other.ike),
            (tunnel_keys.ESP, self.esp, other.esp),
        ):
            own: Written = {key: value for key, value in mine.items() if value != its[key]}
            if own:
                written[field.key] = own
        return written


def _each(words: Iterable[str | None]) -> list[Value]:
    return [word for word in dict.fromkeys(words) if word is not None]


def _groups(suites: Iterable[IkeProposal]) -> list[Value]:
    return [group for group in dict.fromkeys(one.group for one in suites) if group is not None]


def _policies(policies: Policies) -> Written:
    written: Written = {}
    _put(written, policy_keys.IMPORT, _terms(policies.imports), [])
    _put(written, policy_keys.EXPORT, _terms(policies.exports), [])
    _put(written, policy_keys.DEFAULT_ORIGINATE, policies.default_originate, default=False)
    return written


def _terms(policy: Policy) -> list[Value]:
    return [{**term_value(term)} for term in policy.terms]


# -------------------------------------------------------------------------------------- the layout


class _Text:
    """What the library writes to, which takes streams only: no file, and nothing of ``io``."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, part: str) -> None:
        self.parts.append(part)


def _yaml(written: Written) -> str:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 100
    yaml.encoding = None  # type: ignore[assignment]  # It writes text then, and no bytes.
    text = _Text()
    top = CommentedMap({key: _laid_out(value, section=True) for key, value in written.items()})
    yaml.dump(top, text)
    return "".join(text.parts)


def _laid_out(value: Value, *, section: bool = False) -> object:
    """A value as the library takes it: on one line where nothing in it holds anything.

    A section stands in block style, one element below the other.
    """
    if isinstance(value, dict):
        mapping = CommentedMap({key: _laid_out(one) for key, one in value.items()})
        if _is_small(value.values()) and not section:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list):
        sequence = CommentedSeq(_laid_out(one) for one in value)
        if _is_small(value):
            sequence.fa.set_flow_style()
        return sequence
    return value


def _is_small(values: Iterable[Value]) -> bool:
    values = tuple(values)
    nested = any(isinstance(one, dict | list) and one for one in values)
    return not nested and sum(len(str(one)) + 2 for one in values) <= _WIDEST
