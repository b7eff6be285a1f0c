"""The statements of ``security``: tunnels, zones, and what the firewall keeps sessions by."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

from samepath.device.junos.draft import Draft, Settings
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.secret import HIDDEN, Secret, from_hexadecimal
from samepath.device.reading.source import Said
from samepath.device.reading.support import BOTH_WAYS, Part

_TUNNEL = frozenset({Part.TUNNEL})
_DROPS = frozenset({Part.DROPS})
_NO_EFFECT = "it changes nothing that is predicted"


def _object(pattern: str, kind: str, name: str, value: Callable[[Told], object]) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        settings = draft.object(kind, told.get("name", str), told.line)
        draft.put(settings, name, value(told), told.line, _TUNNEL)
        return None

    return understood(pattern, handler)


def _opened_object(pattern: str, kind: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        draft.object(kind, told.get("name", str), told.line)
        return None

    return understood(pattern, handler)


def _listed(pattern: str, kind: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        settings = draft.object(kind, told.get("name", str), told.line)
        draft.append(settings, "proposals", told.get("value", str), told.line)
        return None

    return understood(pattern, handler)


def _word(told: Told) -> object:
    return told.get("value", str)


def _count(told: Told) -> object:
    return told.get("value", int)


def _yes(_told: Told) -> object:
    return True


def _group(told: Told) -> object:
    return int(told.get("value", str).removeprefix("group"))


def _key(told: Told) -> object:
    """A key, unless it stands there encrypted (``$9$``, or ``$8$`` with a master password)."""
    text = told.get("value", str)
    return HIDDEN if text.startswith(("$9$", "$8$")) else Secret(text)


def _hex_key(told: Told) -> object:
    """A key in hexadecimal digits, unless it stands there encrypted."""
    text = told.get("value", str)
    return HIDDEN if text.startswith("$") else from_hexadecimal(text.strip('"'))


_IKE, _IPSEC = "security ike", "security ipsec"
_PROPOSAL, _POLICY = f"{_IKE} proposal name=WORD", f"{_IKE} policy name=WORD"
_GATEWAY, _VPN = f"{_IKE} gateway name=WORD", f"{_IPSEC} vpn name=WORD"
_ESP, _ESP_POLICY = f"{_IPSEC} proposal name=WORD", f"{_IPSEC} policy name=WORD"
_GROUPS = "|".join(f"group{number}" for number in (1, 2, 5, *range(14, 33)))
_STARTS = "immediately|on-traffic|responder-only|responder-only-no-rekey"
_DPD = f"{_GATEWAY} dead-peer-detection"
TUNNELS: list[Entry[Draft]] = [
    *(
        _opened_object(pattern, kind)
        for pattern, kind in (
            *((_PROPOSAL, "ike proposal"), (_POLICY, "ike policy"), (_GATEWAY, "gateway")),
            *((_ESP, "esp proposal"), (_ESP_POLICY, "esp policy"), (_VPN, "vpn")),
        )
    ),
    _object(f"{_PROPOSAL} authentication-method value=WORD", "ike proposal", "method", _word),
    _object(f"{_PROPOSAL} authentication-algorithm value=WORD", "ike proposal", "hash", _word),
    _object(f"{_PROPOSAL} encryption-algorithm value=WORD", "ike proposal", "cipher", _word),
    _object(f"{_PROPOSAL} dh-group value={_GROUPS}", "ike proposal", "group", _group),
    _object(f"{_PROPOSAL} lifetime-seconds value=180..86400", "ike proposal", "lifetime", _count),
    _object(f"{_POLICY} mode value=main|aggressive", "ike policy", "mode", _word),
    _listed(f"{_POLICY} proposals value=WORD", "ike policy"),
    _object(f"{_POLICY} proposal-set value=WORD", "ike policy", "set", _word),
    _object(f"{_POLICY} pre-shared-key ascii-text value=*", "ike policy", "secret", _key),
    _object(f"{_POLICY} pre-shared-key hexadecimal value=*", "ike policy", "secret", _hex_key),
    _object(f"{_GATEWAY} ike-policy value=WORD", "gateway", "policy", _word),
    _object(f"{_GATEWAY} address value=WORD", "gateway", "address", _word),
    _object(f"{_GATEWAY} external-interface value=WORD", "gateway", "interface", _word),
    _object(
        f"{_GATEWAY} local-address value=ADDRESS",
        "gateway",
        "local",
        lambda told: told.get("value", IPv4Address),
    ),
    _object(f"{_GATEWAY} no-nat-traversal", "gateway", "no_traversal", _yes),
    _object(f"{_GATEWAY} version value=v1-only|v2-only", "gateway", "version", _word),
    _object(
        f"{_GATEWAY} local-identity inet|hostname|user-at-hostname|key-id value=WORD",
        "gateway",
        "local_identity",
        _word,
    ),
    _object(
        f"{_GATEWAY} remote-identity inet|hostname|user-at-hostname|key-id value=WORD",
        "gateway",
        "remote_identity",
        _word,
    ),
    _object(f"{_DPD}", "gateway", "dpd", _yes),
    _object(f"{_DPD} interval value=2..60", "gateway", "dpd_interval", _count),
    _object(f"{_DPD} threshold value=1..5", "gateway", "dpd_threshold", _count),
    _object(f"{_DPD} value=always-send|optimized|probe-idle-tunnel", "gateway", "dpd_mode", _word),
    _object(f"{_ESP} protocol value=esp|ah", "esp proposal", "protocol", _word),
    _object(f"{_ESP} authentication-algorithm value=WORD", "esp proposal", "hash", _word),
    _object(f"{_ESP} encryption-algorithm value=WORD", "esp proposal", "cipher", _word),
    _object(f"{_ESP} lifetime-seconds value=180..86400", "esp proposal", "lifetime", _count),
    _object(f"{_ESP} lifetime-kilobytes value=64..4294967295", "esp proposal", "kilobytes", _count),
    _object(
        f"{_ESP_POLICY} perfect-forward-secrecy keys value={_GROUPS}", "esp policy", "group", _group
    ),
    _listed(f"{_ESP_POLICY} proposals value=WORD", "esp policy"),
    _object(f"{_ESP_POLICY} proposal-set value=WORD", "esp policy", "set", _word),
    _object(
        f"{_VPN} establish-tunnels how={_STARTS}",
        "vpn",
        "starts",
        lambda told: not told.get("how", str).startswith("responder"),
    ),
    _object(f"{_VPN} bind-interface value=WORD", "vpn", "interface", _word),
    _object(f"{_VPN} ike gateway value=WORD", "vpn", "gateway", _word),
    _object(f"{_VPN} ike ipsec-policy value=WORD", "vpn", "policy", _word),
    _object(f"{_VPN} ike no-anti-replay", "vpn", "no_replay", _yes),
    _object(f"{_VPN} ike anti-replay-window-size value=64..8192", "vpn", "window", _count),
    *ignored(
        (
            *(f"{_VPN} {one}" for one in ("df-bit *", "ike idle-time *")),
            *(
                f"{_VPN} {one}"
                for one in ("ike install-interval *", "match-direction *", "copy-outer-dscp")
            ),
            *(
                f"{_GATEWAY} {one}"
                for one in ("nat-keepalive *", "general-ikeid", "fragmentation *")
            ),
            *(f"{_GATEWAY} {one}" for one in ("tcp-encap-profile *", "advpn *", "traceoptions *")),
            *(f"{one} description *" for one in (_PROPOSAL, _POLICY, _ESP, _ESP_POLICY)),
            *(f"{_IKE} traceoptions *", f"{_IPSEC} traceoptions *", f"{_IKE} respond-bad-spi *"),
            *(f"{_POLICY} reauth-frequency *", f"{_IPSEC} vpn-monitor-options [*]"),
        ),
        _NO_EFFECT,
    ),
    *recognised(
        (f"{_VPN} ike proxy-identity *", f"{_VPN} traffic-selector *", f"{_VPN} multi-sa *"),
        "only a part of the traffic passes",
        (Part.TUNNEL, Part.DROPS),
    ),
    *recognised(
        (f"{_VPN} vpn-monitor [*]",), "the interface goes down where nothing answers", (Part.TIME,)
    ),
    *recognised(
        (
            *(
                f"{_VPN} manual *",
                f"{_GATEWAY} dynamic *",
                f"{_GATEWAY} aaa *",
                f"{_GATEWAY} xauth *",
            ),
            *(f"{_POLICY} certificate *", f"{_ESP_POLICY} description *"),
        ),
        "known, and not modelled",
        _TUNNEL,
    ),
]


def _zone(draft: Draft, told: Told) -> Outcome:
    draft.zones.setdefault(told.get("zone", str), told.line)
    return None


def _zone_interface(draft: Draft, told: Told) -> Outcome:
    zone = told.get("zone", str)
    draft.zones.setdefault(zone, told.line)
    draft.zone_of[told.get("interface", str)] = Said(value=zone, place=told.place)
    return None


def _packet_based(draft: Draft, told: Told) -> Outcome:
    """``family mpls`` is how Junos turns sessions off, for IPv4, too (CLI reference)."""
    draft.packet_based = told.line
    return None


def _flow(words: str, name: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        draft.flow = draft.flow or Settings(line=told.line)
        draft.put(draft.flow, name, told.get("value", int), told.line, _DROPS)
        return None

    return understood(f"security flow {words}", handler)


_ZONE = "security zones security-zone zone=WORD"
SECURITY: list[Entry[Draft]] = [
    understood(_ZONE, _zone),
    understood(f"{_ZONE} interfaces interface=WORD", _zone_interface),
    understood(f"{_ZONE} interfaces interface=WORD host-inbound-traffic *", _zone_interface),
    _flow("tcp-mss ipsec-vpn mss value=64..65535", "ipsec_mss"),
    _flow("tcp-mss all-tcp mss value=64..65535", "all_mss"),
    *recognised(
        tuple(
            f"security flow tcp-session {one} [*]"
            for one in (
                "no-syn-check",
                "no-syn-check-in-tunnel",
                "no-sequence-check",
                "strict-syn-check",
            )
        ),
        "which packets begin or belong to a session is not modelled",
        _DROPS,
    ),
    *(
        understood(f"security forwarding-options family {family} mode packet-based", _packet_based)
        for family in ("inet", "mpls")
    ),
    *ignored(
        (
            *(
                f"security forwarding-options family {family} mode flow-based"
                for family in ("inet", "mpls")
            ),
            "security forwarding-options family inet6|iso mode *",
        ),
        "it changes nothing of IPv4",
    ),
    *recognised(("security forwarding-options *",), "whether packets have sessions", _DROPS),
    *recognised(("security flow *",), "what packets have sessions is not modelled", _DROPS),
    *ignored(
        (
            *("security policies *", "security nat *", "security screen *", "security log *"),
            *("security address-book *", "security alg *", "security utm *", "security idp *"),
            *("security pki *", "security certificates *", "security ssh-known-hosts *"),
            *(
                "security application-tracking [*]",
                "security user-identification *",
                "security dynamic-address *",
            ),
            *(
                "security flow traceoptions *",
                "security flow tcp-mss gre-in *",
                "security flow tcp-mss gre-out *",
            ),
            *(
                "security flow tcp-session time-wait-state *",
                "security flow aging *",
                "security analysis *",
            ),
            *(
                "security intelligence *",
                "security authentication-key-chains *",
                "security traceoptions *",
            ),
            *(
                "security application-firewall *",
                "security advance-policy-based-routing-x *",
                "security key-protection",
            ),
            *(
                f"{_ZONE} {one} [*]"
                for one in ("host-inbound-traffic", "screen", "address-book", "tcp-rst")
            ),
            *(
                f"{_ZONE} {one} [*]"
                for one in ("application-tracking", "description", "source-identity-log")
            ),
            *(
                "security zones functional-zone *",
                "security policy-stats [*]",
                "security remote-access *",
            ),
        ),
        "which flows are let pass is not predicted",
    ),
    *recognised(
        ("security advance-policy-based-routing *",), "it goes past the routing table", BOTH_WAYS
    ),
]
