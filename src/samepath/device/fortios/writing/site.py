"""A whole FortiGate as customer gateway, written for FortiOS 7.2 and later.

Sources, Fortinet's technical tips under https://community.fortinet.com/t5/FortiGate: what is dropped
for where it comes from, ``ta-p/190100`` and ``ta-p/230015``; a route of distance 254 that drops what
has no tunnel, and the session that would stay without it, ``ta-p/192526``.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from samepath.device.fortios.writing import proposals
from samepath.device.fortios.writing.rules import new_rule, prefix_list
from samepath.device.fortios.writing.text import Lines, config, edit, settings
from samepath.device.writing.customer import (
    CustomerToWrite,
    TunnelToWrite,
    WrittenFile,
    ike_group,
    keys_to_change,
    remark,
)
from samepath.device.writing.forms import Form, fewest_lines
from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Policy, PrefixMatch

_ZONE = "vpn"
_SITE_LIST = "site-networks"
_OUTSIDE, _LAN = "wan1", "internal"
_NEW = "0"
"""``edit 0`` takes the next number that is free."""
_LAST_DISTANCE = 254
_STATIC_DISTANCE = 10


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """Commands that make a FortiGate a customer gateway. Raises :class:`NotWritable`."""
    parts = [
        *_head(it),
        *_phases(it),
        *_interfaces(it),
        *_firewall(it),
        *(_bgp(it) if it.bgp else _static(it)),
    ]
    return (WrittenFile(name=f"{it.name}.conf", text="\n".join(parts) + "\n"),)


def _name(tunnel: TunnelToWrite) -> str:
    return f"vpn-tunnel{tunnel.number}"


def _outside(it: CustomerToWrite) -> str:
    return it.outside_interface or _OUTSIDE


def _lan(it: CustomerToWrite) -> str:
    return it.lan_interface or _LAN


def _head(it: CustomerToWrite) -> Iterator[str]:
    yield f"# {it.name}: a FortiGate as customer gateway. For FortiOS 7.2 and later; paste into the CLI."
    yield "# FortiOS drops these remarks as it reads them."
    if it.outside_interface is None:
        yield f'# Change "{_OUTSIDE}" to the interface that has {it.address}.'
    if it.lan_interface is None:
        yield f'# Change "{_LAN}" to the interface of the site.'
    yield from keys_to_change(it)


# --------------------------------------------------------------------------------------- the tunnels


def _phases(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "IKE. A peer that is silent is asked, and given up when it does not answer, so that the",
        "tunnel goes down and its routes with it. Without a device of its own for each peer",
        "(net-device), the tunnel is one interface, which routing needs.",
        *(
            ("Behind a translation the peer knows this device by another address: localid.",)
            if it.identity != it.address
            else ()
        ),
    )
    yield from config(
        "vpn ipsec phase1-interface",
        [line for one in it.tunnels for line in edit(_name(one), _phase_1(it, one))],
    )
    yield from remark(
        "ESP. Keys have perfect forward secrecy; what was replayed is dropped; the tunnel is",
        "set up and rekeyed without traffic. Which networks pass is for routing to say.",
    )
    yield from config(
        "vpn ipsec phase2-interface",
        [line for one in it.tunnels for line in edit(_name(one), _phase_2(one))],
    )


def _phase_1(it: CustomerToWrite, tunnel: TunnelToWrite) -> Lines:
    dh_group = ike_group(tunnel)
    identity = {"localid-type": ("address",), "localid": (str(it.identity),)}
    return settings(
        {
            "comments": (tunnel.label,),
            "interface": (_outside(it),),
            "local-gw": (str(it.address),),
            "remote-gw": (str(tunnel.outside),),
            "ike-version": (str(tunnel.ike_version),),
            **({"mode": ("main",)} if tunnel.ike_version == 1 else {}),
            **(identity if it.identity != it.address else {}),
            "peertype": ("any",),
            "net-device": ("disable",),
            "proposal": (proposals.ike(tunnel.ike, version=tunnel.ike_version),),
            "dhgrp": (str(dh_group),),
            "keylife": (_seconds(tunnel.ike_lifetime.total_seconds()),),
            "dpd": ("on-idle",),
            "dpd-retrycount": (str(tunnel.dpd_retries),),
            "dpd-retryinterval": (_seconds(tunnel.dpd_delay.total_seconds()),),
            "psksecret": (tunnel.key_or_placeholder,),
        }
    )


def _phase_2(tunnel: TunnelToWrite) -> Lines:
    group = tunnel.esp.group
    secrecy = (
        {"pfs": ("disable",)} if group is None else {"pfs": ("enable",), "dhgrp": (f"{group}",)}
    )
    return settings(
        {
            "phase1name": (_name(tunnel),),
            "proposal": (proposals.esp(tunnel.esp),),
            **secrecy,
            "replay": ("enable",),
            "auto-negotiate": ("enable",),
            "keylifeseconds": (_seconds(tunnel.esp_lifetime.total_seconds()),),
        }
    )


def _seconds(value: float) -> str:
    return str(int(value))


def _interfaces(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        f"The inside. FortiOS works the MTU out by itself; TCP keeps to segments of {it.mss} bytes,",
        "which fit with IPsec around them. The check of sources (src-check) would drop what comes",
        "by the tunnel that this device does not send into, as it does for a moment when one end",
        "has changed tunnels and the other has not; the firewall's policies hold the sources.",
    )
    yield from config(
        "system interface",
        [line for one in it.tunnels for line in edit(_name(one), _interface(it, one))],
    )


def _interface(it: CustomerToWrite, tunnel: TunnelToWrite) -> Lines:
    bfd = (
        {}
        if it.bfd is None
        else {
            "bfd": ("enable",),
            "bfd-desired-min-tx": (_seconds(it.bfd.interval.total_seconds() * 1000),),
            "bfd-required-min-rx": (_seconds(it.bfd.interval.total_seconds() * 1000),),
            "bfd-detect-mult": (str(it.bfd.multiplier),),
        }
    )
    return settings(
        {
            "vdom": ("root",),
            "ip": (str(tunnel.inside.ip), "255.255.255.255"),
            "allowaccess": ("ping",),
            "type": ("tunnel",),
            "tcp-mss": (str(it.mss),),
            "remote-ip": (str(tunnel.gateway_inside), str(tunnel.inside.netmask)),
            "src-check": ("disable",),
            **bfd,
            "interface": (_outside(it),),
        }
    )


# -------------------------------------------------------------------------------------- the firewall


def _firewall(it: CustomerToWrite) -> Iterator[str]:
    site = [(f"site-{one}", one) for one in it.networks]
    vpc = [(f"vpc-{one}", one) for one in it.vpc]
    yield from remark(
        "One zone for both tunnels, and policies that name the zone: a session that moves to the",
        "other tunnel meets the policy that it was opened by, and goes on.",
    )
    names = tuple(_name(one) for one in it.tunnels)
    zone = settings({"intrazone": ("deny",), "interface": names})
    yield from config("system zone", edit(_ZONE, zone))
    yield from config(
        "firewall address",
        [line for name, network in (*site, *vpc) for line in edit(name, _subnet(network))],
    )
    ends = (_lan(it), tuple(name for name, _ in site)), (_ZONE, tuple(name for name, _ in vpc))
    yield from config(
        "firewall policy",
        (*_policy("site-to-vpc", *ends), *_policy("vpc-to-site", *reversed(ends))),
    )


def _subnet(network: IPv4Network) -> Lines:
    return (f"set subnet {network.network_address} {network.netmask}",)


def _policy(
    name: str, source: tuple[str, tuple[str, ...]], target: tuple[str, tuple[str, ...]]
) -> Lines:
    said = {
        "name": (name,),
        "srcintf": (source[0],),
        "dstintf": (target[0],),
        "action": ("accept",),
        "srcaddr": source[1],
        "dstaddr": target[1],
        "schedule": ("always",),
        "service": ("ALL",),
    }
    return edit(_NEW, settings(said))


# ----------------------------------------------------------------------------------------- the routes


def _static(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "Routes of one distance stand beside one another, so that packets are taken from both",
        "tunnels; the one of the lowest priority sends. A tunnel that is down has no route.",
        *_why_dropped(),
    )
    routes = [
        edit(
            _NEW,
            settings(
                {
                    **_dst(network),
                    "device": (_name(one),),
                    "distance": (str(_STATIC_DISTANCE),),
                    "priority": (str(_STATIC_DISTANCE * one.number),),
                }
            ),
        )
        for network in it.vpc
        for one in it.tunnels
    ]
    yield from config("router static", [line for one in (*routes, *_dropped(it)) for line in one])


def _why_dropped() -> Lines:
    return (
        "Without a tunnel, what is for the VPC is dropped: it must not leave by the default route,",
        "where a session would stay that was opened there.",
    )


def _dropped(it: CustomerToWrite) -> Iterator[Lines]:
    for network in it.vpc:
        last = {"blackhole": ("enable",), "distance": (str(_LAST_DISTANCE),)}
        yield edit(_NEW, settings({**_dst(network), **last}))


def _dst(network: IPv4Network) -> dict[str, tuple[str, ...]]:
    return {"dst": (str(network.network_address), str(network.netmask))}


def _bgp(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(*_why_dropped())
    yield from config("router static", [line for one in _dropped(it) for line in one])
    yield from remark(
        "What each neighbour is told, and what is made of what it tells. The list lets the",
        "site's networks out, and nothing else; each map has the tunnel's own policy.",
    )
    own = tuple(
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in it.networks
    )
    yield from prefix_list(_SITE_LIST, own).lines
    for tunnel in it.tunnels:
        for way, policy in (("in", tunnel.imports), ("out", tunnel.exports)):
            yield from _map(f"{_name(tunnel)}-{way}", policy, it.asn)
    yield from remark(
        "One route at a time sends (no ebgp-multipath): the answer takes the way of the question.",
        "Among equal routes the lower router id decides, and not which came first, so that the",
        "choice is the same after every failure. The networks are announced whether or not the",
        "routing table has just these prefixes (network-import-check). Nothing is redistributed.",
    )
    yield from config("router bgp", _speaker(it))


def _map(name: str, policy: Policy, asn: int) -> Lines:
    """The shortest map that says a policy."""
    found = fewest_lines(policy, lambda form: _rules(name, form, asn))
    if found is None:
        raise NotWritable(
            f"{name}: FortiOS's route maps have no rule that changes a route and goes on"
        )
    return found


def _rules(name: str, form: Form, asn: int) -> Lines | None:
    lists: list[str] = []
    rules: list[str] = []
    for number, term in enumerate(form, 1):
        made = new_rule(term, asn, f"{name}-{10 * number}")
        if made is None:
            return None
        lists += (line for one in made.lists for line in one.lines)
        rules += edit(str(10 * number), settings(made.told))
    return (*lists, *config("router route-map", edit(name, config("rule", rules))))


def _speaker(it: CustomerToWrite) -> Iterator[str]:
    yield from settings(
        {
            "as": (str(it.asn),),
            "router-id": (str(it.address),),
            "keepalive-timer": (_seconds(it.keepalive.total_seconds()),),
            "holdtime-timer": (_seconds(it.hold.total_seconds()),),
            "bestpath-cmp-routerid": ("enable",),
            "network-import-check": ("disable",),
        }
    )
    neighbours = [edit(str(one.gateway_inside), _neighbour(it, one)) for one in it.tunnels]
    yield from config("neighbor", [line for one in neighbours for line in one])
    networks = [
        edit(
            str(number),
            settings({"prefix": (str(one.network_address), str(one.netmask))}),
        )
        for number, one in enumerate(it.networks, 1)
    ]
    yield from config("network", [line for one in networks for line in one])


def _neighbour(it: CustomerToWrite, tunnel: TunnelToWrite) -> Lines:
    return settings(
        {
            "description": (tunnel.label,),
            "remote-as": (str(it.gateway_asn),),
            **({} if it.bfd is None else {"bfd": ("enable",)}),
            "prefix-list-out": (_SITE_LIST,),
            "route-map-in": (f"{_name(tunnel)}-in",),
            "route-map-out": (f"{_name(tunnel)}-out",),
        }
    )
