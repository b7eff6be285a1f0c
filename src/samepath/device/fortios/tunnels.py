"""FortiOS's tunnels: ``phase1-interface`` and ``phase2-interface`` with the interface of that name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Interface

from samepath.device.fortios.node import Node
from samepath.device.reading.grammar import between
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.source import Said
from samepath.device.reading.support import Part, contradictory, irrelevant, not_modelled
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.model.topology import IkeProposal

_TUNNEL = frozenset({Part.TUNNEL})
_MOST = 2**32 - 1
_ASKS_AFTER = 20
"""Seconds of ``dpd-retryinterval`` by default (Fortinet's CLI reference)."""
_ASKS_TIMES = "3"
"""``dpd-retrycount`` by default, of the same source."""
_CIPHERS = {
    "des": "des",
    "3des": "3des",
    **{f"aes{bits}": f"aes{bits}" for bits in (128, 192, 256)},
    **{f"aes{bits}gcm": f"aes{bits}gcm16" for bits in (128, 256)},
    "chacha20poly1305": "chacha20poly1305",
    **{f"aria{bits}": f"aria{bits}" for bits in (128, 192, 256)},
    "seed": "seed",
    "null": "null",
}
_AEAD = frozenset({"aes128gcm", "aes256gcm", "chacha20poly1305"})
_HASHES = frozenset({"md5", "sha1", "sha256", "sha384", "sha512"})


def tunnels(scope: Node, vrf: str | None, interfaces: Node | None) -> Iterator[Tunnel]:
    """The tunnels of a domain, each with its second phases."""
    phases = [*scope.table("vpn", "ipsec", "phase2-interface")]
    of: dict[str, list[Node]] = {}
    names = {one.name for one in scope.table("vpn", "ipsec", "phase1-interface")}
    for phase in phases:
        said = phase.text("phase1name")
        if said is None or said.value not in names:
            why = "it belongs to no first phase" if said is None else f"there is no {said.value}"
            phase.mark_opening(contradictory(why, _TUNNEL))
        else:
            of.setdefault(said.value, []).append(phase)
    for node in scope.table("vpn", "ipsec", "phase1-interface"):
        interface = None if interfaces is None else interfaces.entries.get(node.name)
        yield _tunnel(node, of.get(node.name, []), interface, vrf)


def _tunnel(node: Node, phases: Sequence[Node], interface: Node | None, vrf: str | None) -> Tunnel:
    if not phases:
        why = "it has no second phase, so that nothing passes"
        node.mark_opening(contradictory(why, _TUNNEL))
    for extra in phases[1:]:
        why = "another second phase of the same tunnel"
        extra.mark_opening(not_modelled(why, _TUNNEL))
    kind = node.one_of("type", "static", "dynamic", "ddns")
    if kind is not None and kind.value != "static":
        node.mark("type", not_modelled("its other end has no address", _TUNNEL))
    return Tunnel(
        interface=node.name,
        place=node.place,
        source=node.address("local-gw") or node.text("interface"),
        destination=node.address("remote-gw"),
        inside=None if interface is None else inside(interface),
        mtu=None if interface is None else interface.number("mtu", 68, 65535),
        mss=None if interface is None else interface.number("tcp-mss", 48, 65535),
        shutdown=None if interface is None else is_down(interface),
        vrf=None if vrf is None else Said(value=vrf, place=node.place),
        mode=Said(value="ipsec", place=node.place),
        protection=Said(value=node.name, place=node.place),
        starts=_starts(node),
        ike=_ike(node),
        esp=_esp(phases[0]) if phases else None,
    )


def inside(interface: Node) -> Said[IPv4Interface] | None:
    """The inside address of a tunnel's interface; the remote one tells its network."""
    own, remote = interface.interface_address("ip"), interface.interface_address("remote-ip")
    if own is None or remote is None or own.value.network.prefixlen < 32:
        return own
    address: IPv4Address = own.value.ip
    length = min(remote.value.network.prefixlen, 32)
    return Said(value=IPv4Interface((address, length)), place=own.place)


def is_down(interface: Node) -> Said[bool] | None:
    """Whether an interface is said to be down."""
    said = interface.one_of("status", "up", "down")
    return None if said is None or said.value == "up" else Said(value=True, place=said.place)


_IKE_VERSION = 1
"""What a phase 1 has that does not say it (FortiOS's CLI reference, ``ike-version``)."""


def _starts(node: Node) -> Said[bool] | None:
    """Whether it begins: not where it is told to wait for the other end."""
    passive = node.one_of("passive-mode", "enable", "disable")
    return None if passive is None else Said(value=passive.value != "enable", place=passive.place)


def _ike(node: Node) -> Ike:
    secret = node.settings.get("psksecret")
    _mark_identities(node)
    traversal = node.one_of("nattraversal", "enable", "disable", "forced")
    return Ike(
        version=node.number("ike-version", 1, 2) or Said(value=_IKE_VERSION, place=node.place),
        proposals=tuple(_proposals(node, is_ike=True)),
        lifetime=node.number("keylife", 120, 172800),
        local_identity=node.text("localid"),
        remote_identity=node.text("peerid"),
        dead_peer=_dead_peer(node),
        nat_traversal=None
        if traversal is None
        else Said(value=traversal.value != "disable", place=traversal.place),
        secret=None if secret is None else Said(value=_key(secret.values), place=secret.place),
    )


def _key(values: Sequence[str]) -> Secret:
    """A key, unless it stands there encrypted."""
    return HIDDEN if values[0] == "ENC" else Secret(" ".join(values))


def _mark_identities(node: Node) -> None:
    method = node.text("authmethod")
    if method is not None and method.value != "psk":
        node.mark("authmethod", not_modelled("it has no pre-shared key", _TUNNEL))
    kind = node.text("peertype")
    if kind is not None and kind.value not in {"any", "one"}:
        node.mark("peertype", not_modelled("whom it takes is not modelled", _TUNNEL))
    mode = node.text("mode")
    version = node.number("ike-version", 1, 2)
    if mode is not None and version is not None and version.value == 2:
        node.mark("mode", irrelevant("IKEv2 has no modes"))
    elif mode is not None and mode.value != "main":
        node.mark("mode", not_modelled("AWS has main mode only", _TUNNEL))


def _dead_peer(node: Node) -> Said[DeadPeer] | None:
    said = node.one_of("dpd", "enable", "disable", "on-idle", "on-demand")
    delay = node.number("dpd-retryinterval", 0, 3600)
    place = said or delay
    if place is None or (said is not None and said.value == "disable"):
        return None
    if node.words("dpd-retrycount") == (_ASKS_TIMES,):
        node.mark("dpd-retrycount", irrelevant("it is so by default"))
    seconds = _ASKS_AFTER if delay is None else delay.value
    peer = DeadPeer(delay=seconds, retry=seconds, periodic=False)
    return Said(value=peer, place=place.place)


def _esp(node: Node) -> Esp:
    replay = node.flag("replay")
    unit = node.one_of("keylife-type", "seconds", "kbs", "both")
    kilobytes = node.number("keylifekbs", 5120, _MOST)
    if unit is None or unit.value == "seconds":
        if kilobytes is not None:
            node.mark("keylifekbs", irrelevant("its lifetime is told in seconds"))
        kilobytes = None
    elif unit.value == "kbs" and kilobytes is not None:
        node.mark("keylife-type", not_modelled("its lifetime has no seconds", _TUNNEL))
    _mark_selectors(node)
    return Esp(
        proposals=tuple(_proposals(node, is_ike=False)),
        lifetime=node.number("keylifeseconds", 120, 172800),
        lifetime_kilobytes=kilobytes,
        replay_window=None if replay is None or replay.value else Said(value=0, place=replay.place),
    )


def _mark_selectors(node: Node) -> None:
    """Selectors that are not everything: AWS's are."""
    for name in ("src-subnet", "dst-subnet"):
        said = node.network(name)
        if said is not None and said.value.prefixlen:
            node.mark(
                name, not_modelled("only a part of the traffic passes", _TUNNEL | {Part.DROPS})
            )
    for name in ("src-name", "dst-name"):
        said_name = node.text(name)
        if said_name is not None and said_name.value != "all":
            why = "which traffic passes stands in an address object"
            node.mark(name, not_modelled(why, _TUNNEL | {Part.DROPS}))
    for name in ("protocol", "src-port", "dst-port"):
        number = node.number(name, 0, 65535)
        if number is not None and number.value:
            node.mark(
                name, not_modelled("only a part of the traffic passes", _TUNNEL | {Part.DROPS})
            )


def _proposals(node: Node, *, is_ike: bool) -> Iterator[Said[IkeProposal]]:
    """Each cipher with each group; without groups, those of the release, which is not known."""
    setting = node.settings.get("proposal")
    groups: tuple[int | None, ...] = node.each("dhgrp", between(1, 32))
    perfect = node.flag("pfs")
    if not is_ike and perfect is not None and not perfect.value:
        if "dhgrp" in node.settings:
            node.mark("dhgrp", irrelevant("there is no PFS"))
        groups = ()
    elif not groups and setting is not None:
        why = "it says no `dhgrp`, and which groups it takes depends on the release"
        node.mark("proposal", not_modelled(why, _TUNNEL))
    if setting is None:
        if groups:
            why = "it says no `proposal`, and which ones it takes depends on the release"
            node.mark("dhgrp", not_modelled(why, _TUNNEL))
        return
    for encryption, integrity in node.each("proposal", lambda word: _suite(word, is_ike=is_ike)):
        for group in groups or (None,):
            value = IkeProposal(encryption=encryption, integrity=integrity, group=group)
            yield Said(value=value, place=setting.place)


def _suite(word: str, *, is_ike: bool) -> tuple[str, str | None]:
    """Cipher and hash of a proposal. Raises ValueError."""
    cipher, _, rest = word.partition("-")
    if cipher in _AEAD:
        hashed = rest.removeprefix("prf")
        if hashed in _HASHES and rest.startswith("prf") if is_ike else not rest:
            return _CIPHERS[cipher], hashed if is_ike else None
    elif cipher in _CIPHERS and rest in _HASHES:
        return _CIPHERS[cipher], rest
    elif cipher in _CIPHERS and rest == "null" and not is_ike:
        return _CIPHERS[cipher], None
    raise ValueError(f"there is no `{word[:40]}`")
