"""From tunnel interfaces and crypto blocks to tunnels: each with the keys and suites that it has.

IKEv1 finds its profile by the peer's identity, and its key in the profile's keyring, in any other
one that has the peer's address, or among the global ones. IKEv2 is used where the IPsec profile
names an IKEv2 profile.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from samepath.device.cisco_ios import proposals
from samepath.device.cisco_ios.crypto import TUNNEL
from samepath.device.cisco_ios.draft import Block, BlockKind, IosDraft
from samepath.device.ios_family.build import said
from samepath.device.ios_family.draft import InterfaceDraft, Setting
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Said
from samepath.device.reading.support import contradictory, not_modelled
from samepath.device.reading.tunnels import DeadPeer, Esp, Ike, Tunnel
from samepath.model.topology import IkeProposal

T = TypeVar("T")


def tunnels(draft: IosDraft) -> Iterator[Tunnel]:
    """Every tunnel that has an interface."""
    for interface in draft.interfaces.values():
        if interface.name.startswith("Tunnel"):
            yield _tunnel(draft, interface)


def _tunnel(draft: IosDraft, interface: InterfaceDraft) -> Tunnel:
    settings = interface.settings
    destination = settings.get("destination")
    protection = settings.get("protection")
    profile = None
    if protection is not None:
        profile = _block(draft, BlockKind.IPSEC_PROFILE, protection, "IPsec profile")
        mode = settings.get("mode")
        if mode is None or not str(mode.value).startswith("ipsec"):
            why = (
                "without `tunnel mode ipsec ipv4` it wraps packets in GRE, which AWS does not take"
            )
            draft.ledger.mark(protection.line, not_modelled(why, TUNNEL))
    peer = destination.value if destination is not None else None
    address = peer if isinstance(peer, IPv4Address) else None
    return Tunnel(
        interface=interface.name,
        place=interface.line.place,
        source=_end(settings.get("source")),
        destination=_end(destination),
        inside=interface.addresses[0] if interface.addresses else None,
        mtu=said(settings.get("mtu"), int),
        mss=said(settings.get("mss"), int),
        shutdown=said(settings.get("shutdown"), bool),
        vrf=said(settings.get("vrf"), str),
        zone=said(settings.get("zone"), str),
        mode=said(settings.get("mode"), str),
        protection=said(protection, str),
        ike=None if profile is None else _ike(draft, profile, address),
        esp=None if profile is None else _esp(draft, profile),
    )


def _end(setting: Setting | None) -> Said[IPv4Address] | Said[str] | None:
    return said(setting, IPv4Address) or said(setting, str)


def _block(draft: IosDraft, kind: BlockKind, setting: Setting, what: str) -> Block | None:
    """The block that a line names; the line is marked where there is none."""
    found = draft.blocks.get((kind, str(setting.value)))
    if found is None:
        why = f"there is no {what} {setting.value}"
        draft.ledger.mark(setting.line, contradictory(why, TUNNEL))
    return found


# ----------------------------------------------------------------------------------------------- IKE


def _ike(draft: IosDraft, profile: Block, peer: IPv4Address | None) -> Ike:
    named = profile.last("ikev2_profile")
    if named is not None:
        found = _block(draft, BlockKind.IKEV2_PROFILE, named, "IKEv2 profile")
        return Ike() if found is None else _ikev2(draft, found, named, peer)
    named = profile.last("isakmp_profile")
    if named is not None:
        of_peer = _block(draft, BlockKind.ISAKMP_PROFILE, named, "ISAKMP profile")
    else:
        of_peer = next(
            (one for one in draft.of_kind(BlockKind.ISAKMP_PROFILE) if _is_for(one, peer)), None
        )
    policies = sorted(draft.of_kind(BlockKind.ISAKMP_POLICY), key=lambda one: int(one.name))
    lifetimes = [one.last("lifetime") for one in policies]
    return Ike(
        version=Said(value=1, place=profile.line.place),
        proposals=tuple(_isakmp_proposals(draft, policies)),
        lifetime=said(lifetimes[0], int) if lifetimes else None,
        local_identity=None if of_peer is None else _text(of_peer.last("local_identity")),
        remote_identity=None if of_peer is None else _identity(of_peer, peer),
        dead_peer=_dead_peer(draft, of_peer),
        nat_traversal=_common(draft, "nat_traversal", bool),
        secret=_isakmp_key(draft, of_peer, peer),
    )


def _isakmp_proposals(draft: IosDraft, policies: list[Block]) -> Iterator[Said[IkeProposal]]:
    told: set[IkeProposal] = set()
    for policy in policies:
        cipher, group, hash_ = (policy.last(one) for one in ("encryption", "group", "hash"))
        if cipher is None or group is None:
            why = "its cipher or its group is the release's default, which is not modelled"
            draft.ledger.mark(policy.line, not_modelled(why, TUNNEL))
            continue
        assert isinstance(cipher.value, tuple)  # noqa: S101 - the command says so
        name, bits = cipher.value
        number = group.value if isinstance(group.value, int) else None
        suite = proposals.isakmp(name, bits, str(hash_.value) if hash_ else "sha", number)
        if suite not in told:
            told.add(suite)
            yield Said(value=suite, place=policy.line.place)


def _is_for(block: Block, peer: IPv4Address | None) -> bool:
    return peer is not None and any(
        isinstance(one.value, IPv4Network) and peer in one.value for one in block.every("identity")
    )


def _isakmp_key(
    draft: IosDraft, profile: Block | None, peer: IPv4Address | None
) -> Said[Secret] | None:
    keyrings = draft.of_kind(BlockKind.KEYRING)
    named = None if profile is None else profile.last("keyring")
    if named is not None:
        own = _block(draft, BlockKind.KEYRING, named, "keyring")
        keyrings = [] if own is None else [own]
    places = [*keyrings, *([draft.everywhere] if draft.everywhere is not None else [])]
    best: tuple[int, Said[Secret]] | None = None
    for block in places:
        for one in block.every("key"):
            assert isinstance(one.value, tuple)  # noqa: S101 - the command says so
            network, secret = one.value
            if peer is None or peer not in network:
                continue
            if best is None or network.prefixlen > best[0]:
                best = (network.prefixlen, Said(value=secret, place=one.line.place))
    return None if best is None else best[1]


def _ikev2(draft: IosDraft, profile: Block, named: Setting, peer: IPv4Address | None) -> Ike:
    return Ike(
        version=Said(value=2, place=named.line.place),
        proposals=tuple(_ikev2_proposals(draft)),
        lifetime=said(profile.last("lifetime"), int),
        local_identity=_text(profile.last("local_identity")),
        remote_identity=_identity(profile, peer),
        dead_peer=_dead_peer(draft, profile),
        nat_traversal=_common(draft, "nat_traversal", bool),
        secret=_ikev2_key(draft, profile, peer),
    )


def _ikev2_proposals(draft: IosDraft) -> Iterator[Said[IkeProposal]]:
    """The suites of the policies' proposals; without a policy IOS offers its own list."""
    names = [
        setting
        for policy in draft.of_kind(BlockKind.IKEV2_POLICY)
        for setting in policy.every("proposal")
    ]
    for named in names:
        block = _block(draft, BlockKind.IKEV2_PROPOSAL, named, "IKEv2 proposal")
        if block is None:
            continue
        ciphers, hashes, prfs, groups = (
            [word for one in block.every(key) for word in str(one.value).split()]
            for key in ("encryption", "integrity", "prf", "group")
        )
        for suite in proposals.ikev2(ciphers, hashes, prfs, groups):
            yield Said(value=suite, place=block.line.place)


def _ikev2_key(draft: IosDraft, profile: Block, peer: IPv4Address | None) -> Said[Secret] | None:
    own = profile.last("secret")
    if own is not None:
        return said(own, Secret)
    named = profile.last("keyring")
    if named is None or _block(draft, BlockKind.IKEV2_KEYRING, named, "keyring") is None:
        return None
    for block in draft.of_kind(BlockKind.IKEV2_PEER):
        address = block.last("address")
        if block.within == named.value and address is not None and peer is not None:
            assert isinstance(address.value, IPv4Network)  # noqa: S101 - the command says so
            if peer in address.value:
                return said(block.last("secret"), Secret)
    return None


def _dead_peer(draft: IosDraft, profile: Block | None) -> Said[DeadPeer] | None:
    own = None if profile is None else said(profile.last("dead_peer"), DeadPeer)
    return own or _common(draft, "dead_peer", DeadPeer)


def _identity(profile: Block, peer: IPv4Address | None) -> Said[str] | None:
    """Whom a profile expects at an address; a profile may be for more than one peer."""
    all_of = profile.every("identity")
    own = [
        one for one in all_of if isinstance(one.value, IPv4Network) and peer and peer in one.value
    ]
    chosen = own or all_of
    return _text(chosen[-1] if chosen else None)


def _text(setting: Setting | None) -> Said[str] | None:
    if setting is None:
        return None
    value = setting.value
    if isinstance(value, IPv4Network) and value.prefixlen == 32:
        value = value.network_address
    return Said(value=str(value), place=setting.line.place)


# ----------------------------------------------------------------------------------------------- ESP


def _esp(draft: IosDraft, profile: Block) -> Esp:
    return Esp(
        proposals=tuple(_esp_proposals(draft, profile)),
        lifetime=said(profile.last("lifetime"), int) or _common(draft, "lifetime", int),
        lifetime_kilobytes=said(profile.last("kilobytes"), int) or _common(draft, "kilobytes", int),
        replay_window=said(profile.last("replay"), int) or _common(draft, "replay", int),
    )


def _esp_proposals(draft: IosDraft, profile: Block) -> Iterator[Said[IkeProposal]]:
    pfs, named = profile.last("pfs"), profile.last("transforms")
    group = None if pfs is None else int(str(pfs.value).removeprefix("group"))
    for name in str(named.value).split() if named is not None else ():
        setting = Setting(value=name, line=named.line if named is not None else profile.line)
        block = _block(draft, BlockKind.TRANSFORM_SET, setting, "transform set")
        transforms = None if block is None else block.last("transforms")
        if block is None or transforms is None:
            continue
        suite = proposals.esp(str(transforms.value).split(), group)
        if suite is None:
            why = "what it does to packets is not modelled"
            draft.ledger.mark(block.line, not_modelled(why, TUNNEL))
        else:
            yield Said(value=suite, place=block.line.place)


def _common(draft: IosDraft, name: str, kind: type[T]) -> Said[T] | None:
    """What holds for all tunnels."""
    setting = None if draft.everywhere is None else draft.everywhere.last(name)
    return said(setting, kind)
