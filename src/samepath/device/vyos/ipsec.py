"""IPsec of VyOS: IKE and ESP groups, peers, keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

from samepath.device.ios_family.build import said
from samepath.device.ios_family.draft import InterfaceDraft, Setting
from samepath.device.reading.grammar import number_of
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Said
from samepath.device.reading.support import Part, contradictory
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.device.vyos.draft import Group, VyosDraft
from samepath.model.topology import IkeProposal

TUNNEL = frozenset({Part.TUNNEL})
Groups = Callable[[VyosDraft], dict[str, Group]]
_GROUPS: dict[str, Groups] = {
    "ike-group": lambda draft: draft.ike_groups,
    "esp-group": lambda draft: draft.esp_groups,
    "site-to-site peer": lambda draft: draft.site_peers,
    "authentication psk": lambda draft: draft.secrets,
}


def _says(kind: str, pattern: str, name: str, value: Callable[[Told], object]) -> Entry[VyosDraft]:
    def handler(draft: VyosDraft, told: Told) -> Outcome:
        key = told.get("name", str)
        group = _GROUPS[kind](draft).setdefault(key, Group(name=key, line=told.line))
        number = told.maybe("proposal", int)
        setting = Setting(value=value(told), line=told.line)
        if number is not None:
            group.proposals.setdefault(number, {})[name] = setting
        elif name == "id":
            group.ids.append(told.get("id", str))
        elif name:
            group.said[name] = setting
        return None

    return understood(f"vpn ipsec {kind} name=WORD {pattern}".rstrip(), handler)


def _word(name: str) -> Callable[[Told], object]:
    return lambda told: told.get(name, object)


def _yes(_told: Told) -> object:
    return True


def _secret(told: Told) -> object:
    return Secret(told.get("secret", str))


_HASH, _GROUP = "sha1", 2
"""What a proposal has that does not say it."""
_PEER = "site-to-site peer"
_PROPOSAL = "proposal proposal=1..65535"
COMMANDS: list[Entry[VyosDraft]] = [
    _says("ike-group", "", "", _yes),
    _says("ike-group", f"{_PROPOSAL} encryption cipher=WORD", "encryption", _word("cipher")),
    _says("ike-group", f"{_PROPOSAL} hash hash=WORD", "hash", _word("hash")),
    _says("ike-group", f"{_PROPOSAL} dh-group group=1..32", "group", _word("group")),
    _says("ike-group", f"{_PROPOSAL} prf prf=WORD", "prf", _word("prf")),
    _says("ike-group", "lifetime seconds=0..86400", "lifetime", _word("seconds")),
    _says("ike-group", "key-exchange version=ikev1|ikev2", "version", _word("version")),
    _says("ike-group", "dead-peer-detection action action=WORD", "dpd_action", _word("action")),
    _says("ike-group", "dead-peer-detection interval n=1..86400", "dpd_interval", _word("n")),
    _says("ike-group", "dead-peer-detection timeout n=1..86400", "dpd_timeout", _word("n")),
    _says("esp-group", "", "", _yes),
    _says("esp-group", f"{_PROPOSAL} encryption cipher=WORD", "encryption", _word("cipher")),
    _says("esp-group", f"{_PROPOSAL} hash hash=WORD", "hash", _word("hash")),
    _says("esp-group", "lifetime seconds=30..86400", "lifetime", _word("seconds")),
    _says("esp-group", "pfs pfs=WORD", "pfs", _word("pfs")),
    _says("esp-group", "mode mode=tunnel", "mode", _word("mode")),
    _says(_PEER, "", "", _yes),
    _says(_PEER, "description text=*", "description", _word("text")),
    _says(_PEER, "local-address address=ADDRESS|WORD", "local", _word("address")),
    _says(_PEER, "remote-address address=ADDRESS|WORD", "remote", _word("address")),
    _says(_PEER, "ike-group group=WORD", "ike", _word("group")),
    _says(_PEER, "default-esp-group group=WORD", "esp_default", _word("group")),
    _says(_PEER, "vti bind vti=WORD", "vti", _word("vti")),
    _says(_PEER, "vti esp-group group=WORD", "esp", _word("group")),
    _says(_PEER, "authentication mode mode=pre-shared-secret", "mode", _word("mode")),
    _says(_PEER, "authentication pre-shared-secret secret=*", "secret", _secret),
    _says(_PEER, "authentication local-id|id id=WORD", "local_id", _word("id")),
    _says(_PEER, "authentication remote-id id=WORD", "remote_id", _word("id")),
    _says(_PEER, "disable", "disabled", _yes),
    _says(_PEER, "replay-window packets=0..2040", "replay", _word("packets")),
    _says(
        _PEER,
        "connection-type type=initiate|trap|respond|none",
        "starts",
        lambda told: told.get("type", str) in {"initiate", "trap"},
    ),
    _says("authentication psk", "id id=WORD", "id", _word("id")),
    _says("authentication psk", "secret secret=*", "secret", _secret),
    *recognised(
        (
            *(
                "vpn ipsec site-to-site peer WORD tunnel *",
                "vpn ipsec site-to-site peer WORD vti *",
            ),
            *("vpn ipsec site-to-site peer WORD authentication *", "vpn ipsec profile *"),
            *("vpn ipsec site-to-site peer WORD force-udp-encapsulation [*]",),
            *("vpn ipsec site-to-site peer WORD dhcp-interface *", "vpn ipsec nat-networks *"),
            *("vpn ipsec site-to-site peer WORD virtual-address *", "vpn ipsec remote-access *"),
            *("vpn ipsec site-to-site peer WORD force-encapsulation [*]", "vpn ipsec options *"),
            *(
                "vpn ipsec ike-group WORD mode aggressive",
                "vpn ipsec esp-group WORD mode transport",
            ),
            *("vpn ipsec esp-group WORD life-*",),
        ),
        "known, and not modelled",
        TUNNEL,
    ),
    *ignored(
        (
            *("vpn ipsec ipsec-interfaces *", "vpn ipsec interface *", "vpn ipsec log *"),
            *("vpn ipsec nat-traversal enable", "vpn ipsec ike-group WORD mode main"),
            *("vpn ipsec ike-group WORD ikev2-reauth [*]", "vpn ipsec ike-group WORD mobike *"),
            *("vpn ipsec ike-group WORD close-action *", "vpn ipsec ike-group WORD disable-mobike"),
            *("vpn ipsec ike-group WORD disable-rekey", "vpn ipsec esp-group WORD compression *"),
            *("vpn ipsec disable-route-autoinstall", "vpn ipsec options disable-route-autoinstall"),
            *("vpn ipsec site-to-site peer WORD ikev2-reauth *", "vpn ipsec auto-update *"),
            *(
                "vpn ipsec allow-access-to-local-interface *",
                "vpn ipsec auto-firewall-nat-exclude *",
            ),
            *("vpn ipsec ike-group WORD proposal WORD", "vpn ipsec esp-group WORD proposal WORD"),
            *("vpn ipsec esp-group WORD life-bytes *", "vpn ipsec esp-group WORD life-packets *"),
        ),
        "it does not decide whether the tunnels to AWS come up",
    ),
    *ignored(
        ("vpn l2tp *", "vpn pptp *", "vpn openconnect *", "vpn sstp *", "vpn rsa-keys *"),
        "it is another VPN",
    ),
]


def tunnels(draft: VyosDraft) -> Iterator[Tunnel]:
    """Every peer that has an interface."""
    for peer in draft.site_peers.values():
        vti = peer.said.get("vti")
        if vti is None:
            continue
        interface = draft.interfaces.get(str(vti.value))
        if interface is None:
            why = f"there is no interface {vti.value}"
            draft.ledger.mark(vti.line, contradictory(why, TUNNEL))
        yield _tunnel(draft, peer, str(vti.value), interface)


def _tunnel(draft: VyosDraft, peer: Group, name: str, interface: InterfaceDraft | None) -> Tunnel:
    settings = interface.settings.get if interface is not None else lambda _name: None
    remote = peer.said.get("remote")
    if remote is None:
        remote = _of_name(peer)
    disabled = peer.said.get("disabled") or settings("shutdown")
    ike = _group(draft, draft.ike_groups, peer.said.get("ike"), "IKE group")
    esp = _group(
        draft, draft.esp_groups, peer.said.get("esp") or peer.said.get("esp_default"), "ESP group"
    )
    return Tunnel(
        interface=name,
        place=peer.line.place,
        source=_end(peer.said.get("local")),
        destination=_end(remote),
        inside=interface.addresses[0] if interface is not None and interface.addresses else None,
        mtu=said(settings("mtu"), int),
        mss=said(settings("mss"), int),
        shutdown=said(disabled, bool),
        vrf=said(settings("vrf"), str),
        starts=said(peer.said.get("starts"), bool),
        protection=Said(value=peer.name, place=peer.line.place),
        ike=_ike(draft, peer, ike, remote),
        esp=None if esp is None else _esp(esp, ike, peer),
    )


def _of_name(peer: Group) -> Setting | None:
    """Up to 1.3 a peer is called by its address."""
    try:
        return Setting(value=IPv4Address(peer.name), line=peer.line)
    except ValueError:
        return None


def _end(setting: Setting | None) -> Said[IPv4Address] | Said[str] | None:
    return said(setting, IPv4Address) or said(setting, str)


def _group(
    draft: VyosDraft, groups: dict[str, Group], named: Setting | None, what: str
) -> Group | None:
    if named is None:
        return None
    found = groups.get(str(named.value))
    if found is None:
        why = f"there is no {what} {named.value}"
        draft.ledger.mark(named.line, contradictory(why, TUNNEL))
    return found


def _ike(draft: VyosDraft, peer: Group, group: Group | None, remote: Setting | None) -> Ike:
    told = group.said if group is not None else {}
    version = told.get("version")
    return Ike(
        version=None
        if version is None
        else Said(value=int(str(version.value)[-1]), place=version.line.place),
        proposals=tuple(_proposals(group, _GROUP, is_esp=False)) if group is not None else (),
        lifetime=said(told.get("lifetime"), int),
        local_identity=said(peer.said.get("local_id"), str),
        remote_identity=said(peer.said.get("remote_id"), str),
        dead_peer=_dead_peer(told),
        secret=_secret_of(draft, peer, remote),
    )


def _dead_peer(told: dict[str, Setting]) -> Said[DeadPeer] | None:
    interval, timeout = (said(told.get(name), int) for name in ("dpd_interval", "dpd_timeout"))
    if interval is None:
        return None
    retry = timeout.value if timeout is not None else None
    return Said(value=DeadPeer(delay=interval.value, retry=retry), place=interval.place)


def _secret_of(draft: VyosDraft, peer: Group, remote: Setting | None) -> Said[Secret] | None:
    own = said(peer.said.get("secret"), Secret)
    if own is not None:
        return own
    names = {str(one.value) for one in (remote, peer.said.get("remote_id")) if one is not None}
    for group in draft.secrets.values():
        if names.intersection(group.ids):
            return said(group.said.get("secret"), Secret)
    return None


def _esp(group: Group, ike: Group | None, peer: Group) -> Esp:
    return Esp(
        proposals=tuple(_proposals(group, _pfs(group, ike), is_esp=True)),
        lifetime=said(group.said.get("lifetime"), int),
        replay_window=said(peer.said.get("replay"), int),
    )


def _pfs(group: Group, ike: Group | None) -> int | None:
    """The group of PFS: ``enable``, which is the default, takes that of IKE."""
    pfs = group.said.get("pfs")
    value = "enable" if pfs is None else str(pfs.value)
    if value == "disable":
        return None
    number = number_of(value.removeprefix("dh-group"))
    if number is not None:
        return number
    groups = [one.get("group") for one in ike.proposals.values()] if ike is not None else []
    first = next((one.value for one in groups if one is not None), _GROUP)
    return first if isinstance(first, int) else None


def _proposals(group: Group, default: int | None, *, is_esp: bool) -> Iterator[Said[IkeProposal]]:
    """The suites of a group, with VyOS's own of what they leave out; ``default`` is their group.

    Source: ``vpn_ipsec.xml.in`` and ``vpn-ipsec-hash.xml.i`` of vyos-1x.
    """
    for number in sorted(group.proposals):
        told = group.proposals[number]
        cipher, hash_, own = (told.get(name) for name in ("encryption", "hash", "group"))
        if cipher is None:
            continue
        name = str(cipher.value)
        aead = "gcm" in name
        name = f"{name.replace('gcm128', 'gcm16')}" if aead else name
        value = own.value if own is not None else default
        integrity = str(hash_.value) if hash_ is not None else None if aead else _HASH
        yield Said(
            value=IkeProposal(
                encryption=name,
                integrity=None if aead and is_esp else integrity,
                group=value if isinstance(value, int) else None,
            ),
            place=cipher.line.place,
        )
