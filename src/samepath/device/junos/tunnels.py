"""Junos's tunnels: ``security ipsec vpn`` with its gateway, its policies and its interface."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from samepath.device.junos.draft import Draft, Setting, Settings, address
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Said
from samepath.device.reading.support import Part, contradictory, irrelevant, not_modelled
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.model.topology import IkeProposal

_TUNNEL = frozenset({Part.TUNNEL})
_ASKS_AFTER = 10
"""Seconds of ``dead-peer-detection interval`` by default (Juniper's CLI reference)."""
CIPHERS = {
    "des-cbc": "des",
    "3des-cbc": "3des",
    **{f"aes-{bits}-cbc": f"aes{bits}" for bits in (128, 192, 256)},
    **{f"aes-{bits}-gcm": f"aes{bits}gcm16" for bits in (128, 192, 256)},
}
_HASHES = {
    "md5": "md5",
    "sha1": "sha1",
    "sha-256": "sha256",
    "sha-384": "sha384",
    "sha-512": "sha512",
    "hmac-md5-96": "md5",
    "hmac-sha1-96": "sha1",
    "hmac-sha-256-128": "sha256",
    "hmac-sha-256-96": "sha256_96",
    "hmac-sha-384": "sha384",
    "hmac-sha-512": "sha512",
}


def tunnels(draft: Draft) -> Iterator[Tunnel]:
    """Every VPN that is bound to an interface; the objects that none uses are irrelevant."""
    used: set[tuple[str, str]] = set()
    for (kind, name), settings in draft.ipsec.items():
        if kind == "vpn":
            used.add((kind, name))
            yield from _tunnel(draft, name, settings, used)
    for key, settings in draft.ipsec.items():
        if key not in used:
            draft.ledger.mark(settings.line, irrelevant(f"no VPN uses this {key[0]}"))


def _tunnel(draft: Draft, name: str, vpn: Settings, used: set[tuple[str, str]]) -> Iterator[Tunnel]:
    bound = vpn.said("interface", str)
    if bound is None:
        why = "it is bound to no interface: a tunnel by policy"
        draft.ledger.mark(vpn.line, not_modelled(why, _TUNNEL))
        return
    gateway = _named(draft, vpn, "gateway", "gateway", used)
    interface = draft.interfaces.get(bound.value)
    settings = None if interface is None else interface.settings
    flow = draft.flow
    mss = None if flow is None else flow.said("ipsec_mss", int) or flow.said("all_mss", int)
    yield Tunnel(
        interface=bound.value,
        place=vpn.line.place,
        source=None
        if gateway is None
        else gateway.said("local", IPv4Address) or gateway.said("interface", str),
        destination=_destination(gateway),
        inside=interface.addresses[0] if interface is not None and interface.addresses else None,
        mtu=None
        if settings is None
        else settings.said("inet_mtu", int) or settings.said("mtu", int),
        mss=(settings.said("mss", int) if settings is not None else None) or mss,
        shutdown=None if settings is None else settings.said("disable", bool),
        vrf=draft.instance_of.get(bound.value),
        zone=draft.zone_of.get(bound.value),
        mode=Said(value="ipsec", place=vpn.line.place),
        protection=Said(value=name, place=vpn.line.place),
        starts=vpn.said("starts", bool),
        ike=None if gateway is None else _ike(draft, gateway, used),
        esp=_esp(draft, vpn, used),
    )


def _destination(gateway: Settings | None) -> Said[IPv4Address] | Said[str] | None:
    said = None if gateway is None else gateway.said("address", str)
    if said is None:
        return None
    found = address(said.value)
    return said if found is None else Said(value=found, place=said.place)


def _named(
    draft: Draft, settings: Settings, attribute: str, kind: str, used: set[tuple[str, str]]
) -> Settings | None:
    """The object that an attribute names."""
    setting = settings.get(attribute)
    return None if setting is None else _object(draft, setting, kind, used)


def _object(
    draft: Draft, setting: Setting, kind: str, used: set[tuple[str, str]]
) -> Settings | None:
    key = (kind, str(setting.value))
    found = draft.ipsec.get(key)
    if found is None:
        why = f"there is no {kind} {setting.value}, and Junos does not take the configuration"
        draft.ledger.mark(setting.line, contradictory(why, _TUNNEL))
        return None
    used.add(key)
    return found


def _ike(draft: Draft, gateway: Settings, used: set[tuple[str, str]]) -> Ike:
    policy = _named(draft, gateway, "policy", "ike policy", used)
    version = gateway.said("version", str)
    off = gateway.said("no_traversal", bool)
    mode = None if policy is None else policy.get("mode")
    if mode is not None and mode.value != "main":
        draft.ledger.mark(mode.line, not_modelled("AWS has main mode only", _TUNNEL))
    proposals = [] if policy is None else _proposals(draft, policy, "ike proposal", used)
    for one in proposals:
        method = one.get("method")
        if method is not None and method.value != "pre-shared-keys":
            draft.ledger.mark(method.line, not_modelled("it has no pre-shared key", _TUNNEL))
    return Ike(
        version=None
        if version is None
        else Said(value=2 if version.value == "v2-only" else 1, place=version.place),
        proposals=tuple(
            said
            for one in proposals
            if (said := _suite(draft, one, one.get("group"), is_ike=True)) is not None
        ),
        lifetime=_first(proposals, "lifetime"),
        local_identity=gateway.said("local_identity", str),
        remote_identity=gateway.said("remote_identity", str),
        dead_peer=_dead_peer(gateway),
        nat_traversal=None if off is None else Said(value=False, place=off.place),
        secret=None if policy is None else policy.said("secret", Secret),
    )


def _first(settings: list[Settings], name: str) -> Said[int] | None:
    return next((said for one in settings if (said := one.said(name, int)) is not None), None)


def _proposals(
    draft: Draft, policy: Settings, kind: str, used: set[tuple[str, str]]
) -> list[Settings]:
    """The proposals that a policy names; a set of the platform's own is not modelled."""
    ready = policy.get("set")
    if ready is not None:
        why = f"what the set `{ready.value}` has is not modelled"
        draft.ledger.mark(ready.line, not_modelled(why, _TUNNEL))
    found = [_object(draft, one, kind, used) for one in policy.lists.get("proposals", ())]
    return [one for one in found if one is not None]


def _suite(
    draft: Draft, proposal: Settings, group: Setting | None, *, is_ike: bool
) -> Said[IkeProposal] | None:
    """The suite of a proposal; None where it says no cipher, or one that is not known."""
    cipher, hash_ = proposal.get("cipher"), proposal.get("hash")
    if cipher is None:
        why = "it says no cipher, and which one it takes depends on the release"
        draft.ledger.mark(proposal.line, not_modelled(why, _TUNNEL))
        return None
    encryption = CIPHERS.get(str(cipher.value))
    if encryption is None:
        why = f"there is no cipher `{str(cipher.value)[:40]}`"
        draft.ledger.mark(cipher.line, contradictory(why, _TUNNEL))
        return None
    integrity = None if hash_ is None else _HASHES.get(str(hash_.value))
    if hash_ is not None and integrity is None:
        why = f"there is no hash `{str(hash_.value)[:40]}`"
        draft.ledger.mark(hash_.line, contradictory(why, _TUNNEL))
        return None
    if "gcm" in encryption and not is_ike:
        integrity = None
    number = None if group is None else group.value
    if is_ike and number is None:
        why = "it says no group, and which one it takes depends on the release"
        draft.ledger.mark(proposal.line, not_modelled(why, _TUNNEL))
    value = IkeProposal(
        encryption=encryption,
        integrity=integrity,
        group=number if isinstance(number, int) else None,
    )
    return Said(value=value, place=proposal.line.place)


def _dead_peer(gateway: Settings) -> Said[DeadPeer] | None:
    names = ("dpd", "dpd_interval", "dpd_threshold", "dpd_mode")
    told = next((one for name in names if (one := gateway.get(name)) is not None), None)
    if told is None:
        return None
    interval = gateway.said("dpd_interval", int)
    seconds = _ASKS_AFTER if interval is None else interval.value
    mode = gateway.said("dpd_mode", str)
    peer = DeadPeer(
        delay=seconds,
        retry=seconds,
        periodic=mode is not None and mode.value == "always-send",
    )
    place = told.line.place if interval is None else interval.place
    return Said(value=peer, place=place)


def _esp(draft: Draft, vpn: Settings, used: set[tuple[str, str]]) -> Esp:
    policy = _named(draft, vpn, "policy", "esp policy", used)
    proposals = [] if policy is None else _proposals(draft, policy, "esp proposal", used)
    group = None if policy is None else policy.get("group")
    off, window = vpn.said("no_replay", bool), vpn.said("window", int)
    for one in proposals:
        protocol = one.get("protocol")
        if protocol is not None and protocol.value != "esp":
            draft.ledger.mark(protocol.line, not_modelled("AWS has ESP only", _TUNNEL))
    return Esp(
        proposals=tuple(
            said
            for one in proposals
            if (said := _suite(draft, one, group, is_ike=False)) is not None
        ),
        lifetime=_first(proposals, "lifetime"),
        lifetime_kilobytes=_first(proposals, "kilobytes"),
        replay_window=Said(value=0, place=off.place) if off is not None else window,
    )
