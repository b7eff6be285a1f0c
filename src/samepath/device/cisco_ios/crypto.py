"""Crypto commands: IKE policies and profiles, keys, transform sets, IPsec profiles."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network

from samepath.device.cisco_ios.draft import Block, BlockKind, IosDraft
from samepath.device.reading.modes import (
    Enter,
    Entry,
    Mode,
    Outcome,
    Told,
    ignored,
    leaving,
    opens,
    recognised,
    understood,
)
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.support import Part, not_modelled
from samepath.device.reading.tunnels import DeadPeer

TUNNEL = frozenset({Part.TUNNEL})
MAP = "crypto map"


def _open(kind: BlockKind, pattern: str) -> Entry[IosDraft]:
    def handler(draft: IosDraft, told: Told) -> Outcome:
        name = str(told.get("name", object))
        block = draft.blocks.get((kind, name))
        if block is None:
            block = draft.blocks[kind, name] = Block(name=name, line=told.line)
        draft.in_block = block
        if kind is BlockKind.IKEV2_KEYRING:
            draft.in_keyring = name
        if told.has("transforms"):
            block.put("transforms", told.get("transforms", str), told.line)
        return Enter(mode=kind.value)

    return opens(pattern, handler)


def _peer(draft: IosDraft, told: Told) -> Outcome:
    name = f"{draft.in_keyring}/{told.get('name', str)}"
    draft.in_block = Block(name=name, line=told.line, within=draft.in_keyring)
    draft.blocks[BlockKind.IKEV2_PEER, name] = draft.in_block
    return Enter(mode=BlockKind.IKEV2_PEER.value)


def _says(pattern: str, name: str, value: Callable[[Told], object]) -> Entry[IosDraft]:
    """A line of a block that says something."""

    def handler(draft: IosDraft, told: Told) -> Outcome:
        draft.block.put(name, value(told), told.line)
        return None

    return understood(pattern, handler)


def _everywhere(pattern: str, name: str, value: Callable[[Told], object]) -> Entry[IosDraft]:
    """A line that holds for all tunnels."""

    def handler(draft: IosDraft, told: Told) -> Outcome:
        draft.common(told.line).put(name, value(told), told.line)
        return None

    return understood(pattern, handler, no=True)


def word(name: str) -> Callable[[Told], object]:
    """What the line keeps by a name."""
    return lambda told: told.get(name, object)


def _network(told: Told) -> object:
    """An address and its mask; without one it is a single address."""
    length = told.maybe("mask", int)
    address = told.get("address", IPv4Address)
    return IPv4Network((address, 32 if length is None else length), strict=False)


def _key(told: Told) -> object:
    return _network(told), _secret(told)


def _secret(told: Told) -> object:
    """A key, unless it stands there encrypted (types 6 and 7)."""
    return HIDDEN if told.has("encrypted") else Secret(told.get("secret", str))


def _dead_peer(told: Told) -> object:
    return DeadPeer(
        delay=told.get("delay", int), retry=told.maybe("retry", int), periodic=told.has("periodic")
    )


_MAP = not_modelled(
    "a crypto map: tunnels without an interface of their own are not modelled",
    {Part.TUNNEL, Part.TO_AWS, Part.DROPS},
)
_ADDRESS = "address=ADDRESS [mask=MASK]"
_DPDS = ("delay=10..3600 [retry=2..60]", "delay=10..3600 [retry=2..60] on-demand")
TOP: list[Entry[IosDraft]] = [
    _open(BlockKind.ISAKMP_POLICY, "crypto isakmp policy name=1..65535"),
    _open(BlockKind.ISAKMP_PROFILE, "crypto isakmp profile name=WORD [accounting WORD]"),
    _open(BlockKind.KEYRING, "crypto keyring name=WORD [vrf WORD]"),
    _open(BlockKind.IKEV2_PROPOSAL, "crypto ikev2 proposal name=WORD"),
    _open(BlockKind.IKEV2_POLICY, "crypto ikev2 policy name=WORD"),
    _open(BlockKind.IKEV2_PROFILE, "crypto ikev2 profile name=WORD"),
    _open(BlockKind.IKEV2_KEYRING, "crypto ikev2 keyring name=WORD"),
    _open(BlockKind.TRANSFORM_SET, "crypto ipsec transform-set name=WORD transforms=*"),
    _open(BlockKind.IPSEC_PROFILE, "crypto ipsec profile name=WORD"),
    _everywhere(f"crypto isakmp key [0] secret=WORD address {_ADDRESS} [no-xauth]", "key", _key),
    _everywhere(
        f"crypto isakmp key encrypted=6|7 secret=WORD address {_ADDRESS} [no-xauth]", "key", _key
    ),
    *(
        _everywhere(f"crypto {ike} {pattern}", "dead_peer", _dead_peer)
        for ike in ("isakmp keepalive", "ikev2 dpd")
        for pattern in (*_DPDS, "delay=10..3600 [retry=2..60] periodic=periodic")
    ),
    _everywhere(
        "crypto ipsec security-association replay window-size size=64..1024", "replay", word("size")
    ),
    _everywhere(
        "crypto ipsec security-association lifetime seconds seconds=120..2592000",
        "lifetime",
        word("seconds"),
    ),
    _everywhere(
        "crypto ipsec security-association lifetime kilobytes size=2560..4294967295",
        "kilobytes",
        word("size"),
    ),
    _everywhere(
        "crypto ipsec nat-transparency udp-encapsulation",
        "nat_traversal",
        lambda told: not told.negated,
    ),
    opens("crypto map *", lambda _draft, _told: Enter(mode=MAP, mark=_MAP)),
    *recognised(
        (
            *("crypto gdoi *", "crypto dynamic-map *", "crypto isakmp client *", "crypto engine *"),
            *("crypto isakmp aggressive-mode *", "crypto isakmp peer *", "crypto ikev2 redirect *"),
            *(
                "crypto ipsec transform-set default",
                "crypto isakmp default policy",
                "crypto isakmp enable",
            ),
            *(
                "crypto ikev2 authorization *",
                "crypto ikev2 name-mangler *",
                "crypto ikev2 limit *",
            ),
            *(
                "crypto isakmp key *",
                "crypto call *",
                "crypto ikev2 http-url *",
                "crypto ikev2 cookie-challenge *",
            ),
        ),
        "known, and not modelled",
        TUNNEL,
    ),
    *ignored(
        (
            *(
                "crypto ipsec df-bit *",
                "crypto ipsec fragmentation *",
                "crypto isakmp invalid-spi-recovery",
            ),
            *("crypto logging *", "crypto isakmp nat keepalive *", "crypto ikev2 nat keepalive *"),
            *(
                "crypto pki *",
                "crypto key *",
                "crypto ca *",
                "crypto ikev2 diagnose *",
                "crypto mib *",
            ),
            *(
                "crypto ikev2 fragmentation [*]",
                "crypto isakmp fragmentation",
                "crypto isakmp identity *",
            ),
            *("crypto ipsec security-association idle-time *", "crypto isakmp diagnose *"),
            *("crypto provisioning *", "crypto xauth *", "crypto vpn *"),
        ),
        "it does not decide whether the tunnels to AWS come up",
    ),
]
_LIFETIME = _says("lifetime seconds=60..86400", "lifetime", word("seconds"))
_DESCRIPTION = ignored(("description *",), "it is for people")
_PROFILE_NOISE = ignored(
    (
        "description *",
        "virtual-template *",
        "nat keepalive *",
        "config-exchange *",
        "redirect *",
        "no-op",
    ),
    "it does not decide whether the tunnel comes up",
)
_BLOCKS: dict[BlockKind, list[Entry[IosDraft]]] = {
    BlockKind.ISAKMP_POLICY: [
        _says(
            "encryption|encr cipher=aes|3des|des [bits=128|192|256]",
            "encryption",
            lambda told: (told.get("cipher", str), told.maybe("bits", str)),
        ),
        _says("hash hash=sha|sha256|sha384|sha512|md5", "hash", word("hash")),
        _says("authentication how=pre-share", "authentication", word("how")),
        *recognised(("authentication *",), "it takes no pre-shared key", TUNNEL),
        _says("group group=1..24", "group", word("group")),
        _LIFETIME,
    ],
    BlockKind.ISAKMP_PROFILE: [
        _says("keyring keyring=WORD", "keyring", word("keyring")),
        _says(f"match identity address {_ADDRESS} [WORD]", "identity", _network),
        _says("self-identity address [ipv6]", "local_identity", lambda _told: "address"),
        _says("self-identity fqdn identity=WORD", "local_identity", word("identity")),
        _says("local-address address=ADDRESS|WORD", "local", word("address")),
        _says("keepalive delay=10..3600 retry retry=2..60", "dead_peer", _dead_peer),
        *recognised(
            (
                "match identity *",
                "initiate mode *",
                "vrf *",
                "client *",
                "isakmp *",
                "ca *",
                "self-identity *",
                "match certificate *",
            ),
            "known, and not modelled",
            TUNNEL,
        ),
        *_PROFILE_NOISE,
    ],
    BlockKind.KEYRING: [
        _says(f"pre-shared-key address {_ADDRESS} key [0] secret=WORD", "key", _key),
        _says(f"pre-shared-key address {_ADDRESS} key encrypted=6|7 secret=WORD", "key", _key),
        _says("local-address address=ADDRESS|WORD [WORD]", "local", word("address")),
        *recognised(("pre-shared-key *", "rsa-pubkey *"), "a key of another kind", TUNNEL),
        *_DESCRIPTION,
    ],
    BlockKind.IKEV2_PROPOSAL: [
        _says("encryption ciphers=*", "encryption", word("ciphers")),
        _says("integrity hashes=*", "integrity", word("hashes")),
        _says("prf hashes=*", "prf", word("hashes")),
        _says("group groups=*", "group", word("groups")),
    ],
    BlockKind.IKEV2_POLICY: [
        _says("proposal name=WORD", "proposal", word("name")),
        _says("match address local address=ADDRESS", "local", word("address")),
        *ignored(("match fvrf any",), "it holds everywhere"),
        *recognised(("match *",), "a policy for some addresses", TUNNEL),
    ],
    BlockKind.IKEV2_PROFILE: [
        _says(f"match identity remote address {_ADDRESS}", "identity", _network),
        _says("match identity remote fqdn identity=WORD", "identity", word("identity")),
        _says("identity local address identity=ADDRESS", "local_identity", word("identity")),
        _says("identity local fqdn|email|key-id identity=WORD", "local_identity", word("identity")),
        _says("authentication local|remote how=pre-share", "authentication", word("how")),
        _says(
            "authentication local|remote how=pre-share key [0] secret=WORD",
            "secret",
            _secret,
        ),
        _says(
            "authentication local|remote how=pre-share key encrypted=6|7 secret=WORD",
            "secret",
            _secret,
        ),
        _says("keyring [local] keyring=WORD", "keyring", word("keyring")),
        _says("lifetime seconds=120..86400", "lifetime", word("seconds")),
        _says("dpd delay=10..3600 retry=2..60 periodic=periodic", "dead_peer", _dead_peer),
        _says("dpd delay=10..3600 retry=2..60 on-demand", "dead_peer", _dead_peer),
        _says("match address local address=ADDRESS", "local", word("address")),
        *ignored(("match fvrf any", "match address local interface *"), "it holds for the tunnels"),
        *recognised(
            (
                "match *",
                "authentication *",
                "aaa *",
                "ivrf *",
                "initiate *",
                "pki *",
                "keyring aaa *",
                "identity *",
            ),
            "known, and not modelled",
            TUNNEL,
        ),
        *_PROFILE_NOISE,
    ],
    BlockKind.IKEV2_KEYRING: [understood("peer name=WORD", _peer), *_DESCRIPTION],
    BlockKind.IKEV2_PEER: [
        _says(f"address {_ADDRESS}", "address", _network),
        _says(
            "pre-shared-key [local|remote] [0] secret=WORD",
            "secret",
            _secret,
        ),
        _says(
            "pre-shared-key [local|remote] encrypted=6|7 secret=WORD",
            "secret",
            _secret,
        ),
        *recognised(("pre-shared-key *", "hostname *"), "a key of another kind", TUNNEL),
        *ignored(("identity *", "description *"), "the address tells the peer"),
    ],
    BlockKind.TRANSFORM_SET: [
        _says("mode mode=tunnel|transport [require]", "mode", word("mode")),
        *recognised(("esn",), "extended sequence numbers", TUNNEL),
    ],
    BlockKind.IPSEC_PROFILE: [
        _says("set transform-set names=*", "transforms", word("names")),
        _says(
            "set pfs group=group1|group2|group5|group14|group15|group16|group19|group20|group21|group24",
            "pfs",
            word("group"),
        ),
        _says("set pfs", "pfs", lambda _told: "group1"),
        _says(
            "set security-association lifetime seconds seconds=120..2592000",
            "lifetime",
            word("seconds"),
        ),
        _says(
            "set security-association lifetime kilobytes size=2560..4294967295",
            "kilobytes",
            word("size"),
        ),
        _says("set security-association lifetime kilobytes disable", "kilobytes", lambda _told: 0),
        _says("set security-association replay window-size size=64..1024", "replay", word("size")),
        _says("set isakmp-profile profile=WORD", "isakmp_profile", word("profile")),
        _says("set ikev2-profile profile=WORD", "ikev2_profile", word("profile")),
        *recognised(
            (
                "set security-association *",
                "responder-only",
                "set identity *",
                "set reverse-route *",
                "reverse-route",
            ),
            "known, and not modelled",
            TUNNEL,
        ),
        *ignored(
            ("description *", "set mixed-mode"), "it does not decide whether the tunnel comes up"
        ),
    ],
}


def modes(around: str) -> list[Mode[IosDraft]]:
    """The modes of crypto blocks."""
    ends: list[Entry[IosDraft]] = [*leaving("exit")]
    found = [
        Mode(
            name=kind.value,
            commands=[*commands, *ends],
            around=BlockKind.IKEV2_KEYRING.value if kind is BlockKind.IKEV2_PEER else around,
            parts=TUNNEL,
        )
        for kind, commands in _BLOCKS.items()
    ]
    in_map = not_modelled("it belongs to a crypto map", {Part.TUNNEL, Part.TO_AWS, Part.DROPS})
    return [
        *found,
        Mode(name=MAP, commands=ends, around=around, parts=TUNNEL, otherwise=in_map),
    ]
