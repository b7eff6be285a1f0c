"""A whole VyOS as customer gateway, written for VyOS 1.4.

Source: VyOS's documentation, "IPsec Site-to-Site VPN" and "BGP"
(https://docs.vyos.io/en/latest/configuration/vpn/ipsec/site2site_ipsec.html,
https://docs.vyos.io/en/latest/configuration/protocols/bgp.html), and vyos-1x's templates for
strongSwan and FRR (``data/templates/ipsec/swanctl/peer.j2``, ``data/templates/frr/bgpd.frr.j2``).
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.device.vyos.paths import Words, shown
from samepath.device.vyos.writing.rules import new_rule, prefix_list, sets
from samepath.device.vyos.writing.style import Style
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
from samepath.model.topology import IkeProposal

_STYLE = Style()
_SITE_LIST = "SITE"
_BFD_PROFILE = "VPN"
_OUTSIDE = "eth0"
_REPLAY_WINDOW = 1024
"""Packets. strongSwan's 32 are few where packets of a fast line overtake one another."""
_LAST_DISTANCE = 254
_CIPHERS = {
    "aes128gcm16": "aes128gcm128",
    "aes192gcm16": "aes192gcm128",
    "aes256gcm16": "aes256gcm128",
    "chacha20poly1305": "chacha20poly1305",
    **{one: one for one in ("3des", "aes128", "aes192", "aes256")},
}
_HASHES = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})
_AEAD_HASH = "sha256"
"""VyOS wants a hash beside every cipher; strongSwan takes none where the cipher has its own."""


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """Commands that make a VyOS a customer gateway. Raises :class:`NotWritable`."""
    parts = [*_head(it), *_tunnels(it), *_ipsec(it), *(_bgp(it) if it.bgp else _static(it))]
    return (WrittenFile(name=f"{it.name}.set", text="\n".join(parts) + "\n"),)


def _set(*words: str) -> str:
    return f"set {shown(words)}"


def _name(tunnel: TunnelToWrite) -> str:
    return f"TUNNEL-{tunnel.number}"


def _vti(tunnel: TunnelToWrite) -> str:
    return f"vti{tunnel.number}"


def _head(it: CustomerToWrite) -> Iterator[str]:
    yield f"# {it.name}: a VyOS as customer gateway. For VyOS 1.4; type it in configuration mode,"
    yield "# then commit and save. VyOS keeps no remarks."
    if it.outside_interface is None:
        yield f"# Change {_OUTSIDE} to the interface that has {it.address}."
    yield from keys_to_change(it)


# --------------------------------------------------------------------------------------- the tunnels


def _tunnels(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "The inside. A packet of this MTU fits the wire with IPsec around it, and TCP is told to",
        "send no larger segments. Nothing checks sources (ip source-validation): a packet that",
        "comes by the other tunnel, while the two ends change, is taken.",
    )
    for tunnel in it.tunnels:
        path = ("interfaces", "vti", _vti(tunnel))
        yield _set(*path, "address", str(tunnel.inside))
        yield _set(*path, "description", tunnel.label)
        yield _set(*path, "mtu", str(it.mtu))
        yield _set(*path, "ip", "adjust-mss", str(it.mss))


def _ipsec(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "IKE and ESP. A peer that is silent is asked, and its tunnel set up again when it does not",
        "answer (dead-peer-detection), or when the peer closes it (close-action): nothing else",
        "would. Keys have perfect forward secrecy. Routes are the business of routing alone",
        "(disable-route-autoinstall). A cipher that has its own check (gcm) uses no hash, though",
        "VyOS wants one to be said.",
    )
    yield _set("vpn", "ipsec", "interface", it.outside_interface or _OUTSIDE)
    yield _set("vpn", "ipsec", "options", "disable-route-autoinstall")
    for tunnel in it.tunnels:
        yield from _groups(tunnel)
    yield from remark(
        "The peers. Each key is for the two names that the ends have in IKE; the replay window is",
        "wide enough for packets that overtake one another.",
    )
    for tunnel in it.tunnels:
        yield from _peer(it, tunnel)


def _groups(tunnel: TunnelToWrite) -> Iterator[str]:
    dh_group = ike_group(tunnel)
    ike, esp = (("vpn", "ipsec", f"{kind}-group", _name(tunnel)) for kind in ("ike", "esp"))
    delay = int(tunnel.dpd_delay.total_seconds())
    yield _set(*ike, "key-exchange", f"ikev{tunnel.ike_version}")
    yield _set(*ike, "lifetime", str(int(tunnel.ike_lifetime.total_seconds())))
    yield from sets((*ike, "proposal", "1"), _suite(tunnel.ike))
    yield _set(*ike, "proposal", "1", "prf", f"prf{tunnel.ike.integrity or _AEAD_HASH}")
    yield _set(*ike, "proposal", "1", "dh-group", str(dh_group))
    yield _set(*ike, "dead-peer-detection", "action", "restart")
    yield _set(*ike, "dead-peer-detection", "interval", str(delay))
    yield _set(*ike, "dead-peer-detection", "timeout", str(delay * tunnel.dpd_retries))
    yield _set(*ike, "close-action", "start")
    group = tunnel.esp.group
    yield _set(*esp, "lifetime", str(int(tunnel.esp_lifetime.total_seconds())))
    yield _set(*esp, "pfs", "disable" if group is None else f"dh-group{group}")
    yield from sets((*esp, "proposal", "1"), _suite(tunnel.esp))


def _suite(it: IkeProposal) -> tuple[Words, ...]:
    cipher, hashed = _CIPHERS.get(it.encryption), it.integrity
    if hashed is None and ("gcm" in it.encryption or "poly" in it.encryption):
        hashed = _AEAD_HASH
    if cipher is None or hashed not in _HASHES:
        raise NotWritable(
            f"VyOS has no proposal for {it.encryption} with {hashed or 'no hash'} here"
        )
    return (("encryption", cipher), ("hash", hashed))


def _peer(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    secret = ("vpn", "ipsec", "authentication", "psk", _name(tunnel))
    yield _set(*secret, "id", str(it.identity))
    yield _set(*secret, "id", str(tunnel.outside))
    yield _set(*secret, "secret", tunnel.key_or_placeholder)
    path = ("vpn", "ipsec", "site-to-site", "peer", _name(tunnel))
    yield _set(*path, "description", tunnel.label)
    yield _set(*path, "authentication", "mode", "pre-shared-secret")
    yield _set(*path, "authentication", "local-id", str(it.identity))
    yield _set(*path, "authentication", "remote-id", str(tunnel.outside))
    yield _set(*path, "connection-type", "initiate")
    yield _set(*path, "ike-group", _name(tunnel))
    yield _set(*path, "local-address", str(it.address))
    yield _set(*path, "remote-address", str(tunnel.outside))
    yield _set(*path, "replay-window", str(_REPLAY_WINDOW))
    yield _set(*path, "vti", "bind", _vti(tunnel))
    yield _set(*path, "vti", "esp-group", _name(tunnel))


# ----------------------------------------------------------------------------------------- the routes


def _static(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "The first tunnel's routes before the second's. A tunnel that is down takes its interface",
        "down, and the route with it. Without a tunnel, what is for the VPC is dropped, and does",
        "not leave by the default route.",
    )
    for network in it.vpc:
        path = ("protocols", "static", "route", str(network))
        for tunnel in it.tunnels:
            yield _set(*path, "interface", _vti(tunnel), "distance", str(10 * tunnel.number))
        yield _set(*path, "blackhole", "distance", str(_LAST_DISTANCE))


def _bgp(it: CustomerToWrite) -> Iterator[str]:
    yield from remark(
        "Without a tunnel, what is for the VPC is dropped, and does not leave by the default route."
    )
    for network in it.vpc:
        route = ("protocols", "static", "route", str(network))
        yield _set(*route, "blackhole", "distance", str(_LAST_DISTANCE))
    yield from remark(
        "What each neighbour is told, and what is made of what it tells. The list lets the",
        "site's networks out, and nothing else; each map has the tunnel's own policy.",
    )
    own = [
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in it.networks
    ]
    yield from prefix_list(_SITE_LIST, own).lines
    for tunnel in it.tunnels:
        for way, policy in (("IN", tunnel.imports), ("OUT", tunnel.exports)):
            yield from _map(f"{_name(tunnel)}-{way}", policy, it.asn)
    yield from remark(
        "One route at a time sends (maximum-paths): the answer takes the way of the question.",
        "Among equal routes the lower router id decides, and not which came first, so that the",
        "choice is the same after every failure. The networks are announced whether or not there",
        "is a route to them. Nothing is redistributed.",
    )
    yield from _speaker(it)


def _map(name: str, policy: Policy, asn: int) -> tuple[str, ...]:
    """The shortest map that says a policy."""
    found = fewest_lines(policy, lambda form: _rules(name, form, asn))
    if found is None:
        raise NotWritable(f"{name}: it has parts that are not understood")
    return found


def _rules(name: str, form: Form, asn: int) -> tuple[str, ...] | None:
    lines: list[str] = []
    for number, term in enumerate(form, 1):
        made = new_rule(term, asn, f"{name}-{10 * number}", _STYLE)
        if made is None:
            return None
        lines += (line for one in made.lists for line in one.lines)
        lines += sets(("policy", "route-map", name, "rule", str(10 * number)), made.told)
    return tuple(lines)


def _speaker(it: CustomerToWrite) -> Iterator[str]:
    path = ("protocols", "bgp")
    yield _set(*path, "system-as", str(it.asn))
    yield _set(*path, "parameters", "router-id", str(it.address))
    yield _set(*path, "parameters", "bestpath", "compare-routerid")
    yield _set(*path, "parameters", "log-neighbor-changes")
    yield _set(*path, "address-family", "ipv4-unicast", "maximum-paths", "ebgp", "1")
    for network in it.networks:
        yield _set(*path, "address-family", "ipv4-unicast", "network", str(network))
    if it.bfd is not None:
        times = ("protocols", "bfd", "profile", _BFD_PROFILE, "interval")
        interval = str(int(it.bfd.interval.total_seconds() * 1000))
        yield _set(*times, "transmit", interval)
        yield _set(*times, "receive", interval)
        yield _set(*times, "multiplier", str(it.bfd.multiplier))
    for tunnel in it.tunnels:
        yield from _neighbour(it, tunnel)


def _neighbour(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    path = ("protocols", "bgp", "neighbor", str(tunnel.gateway_inside))
    yield _set(*path, "description", tunnel.label)
    yield _set(*path, "remote-as", str(it.gateway_asn))
    yield _set(*path, "timers", "keepalive", str(int(it.keepalive.total_seconds())))
    yield _set(*path, "timers", "holdtime", str(int(it.hold.total_seconds())))
    if it.bfd is not None:
        yield _set(*path, "bfd", "profile", _BFD_PROFILE)
    for words in (
        ("prefix-list", "export", _SITE_LIST),
        ("route-map", "import", f"{_name(tunnel)}-IN"),
        ("route-map", "export", f"{_name(tunnel)}-OUT"),
    ):
        yield _set(*_STYLE.of_neighbour(path, *words))
