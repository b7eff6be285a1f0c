"""What FortiOS's blocks and their attributes are, as far as they bear on a VPN.

Names as in Fortinet's CLI references of FortiOS 5.2 to 7.4. Blocks that are not here and whose
first word is one of FortiOS's own decide nothing that is predicted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from samepath.device.fortios.node import Path, Schema
from samepath.device.reading.support import (
    ALL_PARTS,
    BOTH_WAYS,
    Mark,
    Part,
    irrelevant,
    not_modelled,
)

TO_AWS = frozenset({Part.TO_AWS})
FROM_AWS = frozenset({Part.FROM_AWS})
TUNNEL = frozenset({Part.TUNNEL})
DROPS = frozenset({Part.DROPS})
TIME = frozenset({Part.TIME})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CATEGORIES = _words(
    """
    alertemail antivirus application arrp-profile authentication automation aws azure casb
    certificate cloud credential-store devicebw diameter-filter dlp dnsfilter dpdk emailfilter
    endpoint-control ethernet-oam extender-controller extension-controller file-filter
    firewall ftp-proxy gtp hardware icap ips log monitoring netscan nsxt pfcp report router
    rule sctp-filter spamfilter ssh-filter switch-controller system telemetry-controller user
    videofilter virtual-patch voip vpn waf wanopt web-proxy webfilter wireless-controller ztna
    """
)
"""The first words of FortiOS's blocks."""


def _odd(text: str, reason: str, parts: Iterable[Part]) -> dict[str, Mark]:
    return dict.fromkeys(text.split(), not_modelled(reason, parts))


def _table(
    parts: frozenset[Part],
    reads: str,
    ignored: str = "comments?|comment",
    marks: Mapping[str, Mark] | None = None,
    blocks: Mapping[Path, Schema] | None = None,
) -> Schema:
    return Schema(
        parts=parts,
        is_table=True,
        reads=_words(reads),
        marks=marks or {},
        ignored=re.compile(ignored),
        blocks=blocks or {},
    )


def _block(
    parts: frozenset[Part],
    reads: str,
    ignored: str,
    marks: Mapping[str, Mark] | None = None,
    blocks: Mapping[Path, Schema] | None = None,
) -> Schema:
    return Schema(
        parts=parts,
        reads=_words(reads),
        marks=marks or {},
        ignored=re.compile(ignored),
        blocks=blocks or {},
    )


def _unread(mark: Mark, *counts: str, is_table: bool = True) -> Schema:
    return Schema(mark=mark, counts=frozenset(counts), is_table=is_table)


def _harmless(*paths: str) -> dict[Path, Schema]:
    mark = irrelevant("it changes nothing that is predicted")
    return {tuple(path.split()): _unread(mark, is_table=False) for path in paths}


def _protocol(*counts: str) -> Schema:
    return _unread(not_modelled("its routes are not modelled", TO_AWS), *counts)


# ------------------------------------------------------------------------------------------ routing

_NEIGHBOUR_READS = (
    "remote-as activate bfd route-map-in route-map-out prefix-list-in prefix-list-out "
    "distribute-list-in distribute-list-out filter-list-in filter-list-out description shutdown "
    "capability-default-originate default-originate-routemap ebgp-enforce-multihop "
    "ebgp-multihop-ttl keep-alive-timer holdtime-timer connect-timer weight next-hop-self "
    "allowas-in-enable allowas-in local-as update-source interface maximum-prefix "
    "route-reflector-client password"
)
_NEIGHBOUR_IGNORED = (
    r".*6(-vpnv\d)?|.*-vpnv[46]|.*-evpn|soft-reconfiguration|comments?|passive|strict-capability-match"
    r"|override-capability|dont-capability-negotiate|capability-(?!default-originate|graceful).*"
    r"|maximum-prefix-.*|send-community6?|remove-private-as|adv-additional-path|advertisement-interval"
    r"|restart-time|retain-stale-time|additional-path|route-server-client|attribute-unchanged"
    r"|next-hop-self-rr|local-as-no-prepend|local-as-replace-as|ip"
)
_NEIGHBOUR_MARKS = {
    **_odd("link-down-failover", "the session ends with its interface", TIME),
    **_odd("stale-route capability-graceful-restart", "routes stay without their session", TIME),
    **_odd(
        "unsuppress-map route-map-out-preferable as-override neighbor-group",
        "known, and not modelled",
        BOTH_WAYS,
    ),
    **_odd("next-hop-self-vpnv4 rr-attr-allow-change", "known, and not modelled", FROM_AWS),
}
_BGP = _block(
    BOTH_WAYS,
    "as router-id ebgp-multipath ibgp-multipath network-import-check keepalive-timer "
    "holdtime-timer always-compare-med deterministic-med bestpath-med-missing-as-worst "
    "bestpath-cmp-routerid bestpath-as-path-ignore default-local-preference",
    r"log-neighbou?r-changes|scan-time|client-to-client-reflection|cluster-id"
    r"|graceful-end-on-timer|ignore-optional-capability|synchronization|tag-resolve-mode"
    r"|recursive-inherit-priority|bestpath-(med|cmp)-confed.*|.*6|enforce-first-as|dampening-.*"
    r"|additional-path-select.*|recursive-next-hop|fast-external-failover|vpnv[46].*|route-limit",
    {
        **_odd(
            "distance-external distance-internal distance-local",
            "the distance of BGP's routes is not modelled",
            TO_AWS,
        ),
        **_odd(
            "graceful-restart graceful-restart-time graceful-stalepath-time "
            "graceful-update-delay graceful-restart-time",
            "routes stay without their session",
            TIME,
        ),
        **_odd(
            "confederation-identifier confederation-peers dampening multipath-recursive-distance cross-family-conditional-adv additional-path "
            "bestpath-med-confed",
            "known, and not modelled",
            BOTH_WAYS,
        ),
    },
    {
        ("neighbor",): _table(
            BOTH_WAYS,
            _NEIGHBOUR_READS,
            _NEIGHBOUR_IGNORED,
            _NEIGHBOUR_MARKS,
            {
                ("conditional-advertise",): _unread(
                    not_modelled("what is announced depends on other routes", FROM_AWS)
                ),
                **_harmless("conditional-advertise6"),
            },
        ),
        ("network",): _table(
            FROM_AWS,
            "prefix route-map network-import-check",
            "comments?",
            _odd("backdoor", "known, and not modelled", BOTH_WAYS),
        ),
        ("aggregate-address",): _table(
            FROM_AWS, "prefix summary-only", "comments?", _odd("as-set", "not modelled", FROM_AWS)
        ),
        **{
            ("redistribute", source): _block(FROM_AWS, "status route-map", "comments?")
            for source in ("connected", "static", "rip", "ospf", "isis")
        },
        **_harmless(
            *(f"redistribute6 {one}" for one in ("connected", "static", "rip", "ospf", "isis")),
            "network6",
            "aggregate-address6",
            "vrf6",
            "vrf-leak6",
        ),
        ("neighbor-group",): _unread(irrelevant("no neighbour of ours is of a group")),
        ("neighbor-range",): _unread(not_modelled("neighbours that nobody names", BOTH_WAYS)),
        **_harmless("neighbor-range6"),
        ("admin-distance",): _unread(not_modelled("distances by neighbour", TO_AWS)),
        ("vrf",): _unread(not_modelled("routing tables within the device", BOTH_WAYS)),
        ("vrf-leak",): _unread(not_modelled("routing tables within the device", BOTH_WAYS)),
    },
)
_RULE_SETS = (
    "set-aspath set-aspath-action set-community set-community-additive set-local-preference "
    "set-metric set-weight"
)
_RULE_MATCHES = "match-ip-address match-as-path match-community match-community-exact"
OPAQUE_MATCHES = _words(
    "match-interface match-ip-nexthop match-metric match-origin match-route-type match-tag "
    "match-flags match-vrf match-suppress match-extcommunity match-extcommunity-exact"
)
OPAQUE_SETS = _words(
    "set-aggregator-as set-aggregator-ip set-atomic-aggregate set-community-delete set-ip-nexthop "
    "set-ip-prefsrc set-metric-type set-origin set-originator-id set-priority set-dampening-max-suppress "
    "set-dampening-reuse set-dampening-suppress set-dampening-reachability-half-life "
    "set-dampening-unreachability-half-life set-vpnv4-nexthop"
)
_RULE = _table(
    BOTH_WAYS,
    f"action {_RULE_MATCHES} {_RULE_SETS} {' '.join(OPAQUE_MATCHES | OPAQUE_SETS)}",
    r"(match|set)-(ip|vpnv)6-.*|set-vpnv6-nexthop|set-tag|set-route-tag|set-flags?|set-extcommunity-.*"
    r"|comments?",
)
_PREFIX_RULES = "action prefix ge le flags"
_STATIC = _table(
    TO_AWS,
    "dst gateway device distance priority blackhole status dstaddr comment vrf tag",
    r"seq-num|weight|bfd|dynamic-gateway|link-monitor-exempt|preferred-source|src",
    _odd(
        "sdwan sdwan-zone virtual-wan-link internet-service internet-service-custom",
        "a route by SD-WAN or to a service",
        TO_AWS,
    ),
)
_POLICY_ROUTE = _unread(not_modelled("policy routes go past the routing table", BOTH_WAYS))
_SDWAN = _unread(not_modelled("SD-WAN goes past the routing table", BOTH_WAYS), "members")

# ---------------------------------------------------------------------------------------- the tunnel

_PHASE_1 = _table(
    TUNNEL,
    "interface ike-version remote-gw local-gw psksecret proposal dhgrp keylife dpd "
    "dpd-retryinterval nattraversal localid localid-type peerid peertype type authmethod mode "
    "passive-mode",
    r"comments?|npu-offload|net-device|add-route|add-gw-route|auto-negotiate|wizard-type"
    r"|ip-fragmentation|fragmentation.*|negotiate-timeout|keepalive|idle-timeout.*|monitor.*"
    r"|exchange-interface-ip|exchange-ip-.*|tunnel-search|priority|distance|color"
    r"|default-gw.*|network-.*|rekey|inbound-dscp-copy|cert-.*|signature-hash-alg|mode-cfg.*"
    r"|acct-verify|ppk|childless-ike|encapsulation|vni|nattraversal|enforce-unique-id|reauth"
    r"|include-local-lan|ip-version|aggregate-.*|link-cost|esn|suite-b|digital-signature-auth"
    r"|send-cert-chain|dev-id.*|packet-redistribution|exchange-fgt-device-id|unity-support"
    r"|group-authentication.*|xauthtype|authusrgrp|fallback-tcp-threshold|loopback-asymroute"
    r"|kms|transport|remote-gw-.*|local-gw6|remote-gw6|shared-idle-timeout|domain|banner",
    {
        **_odd("dpd-retrycount", "how often it asks is not modelled", TIME),
        **_odd(
            "fec-base fec-egress fec-ingress fec-send-timeout fec-receive-timeout fec-redundant "
            "fec-codec fec-health-check fec-mapping-profile",
            "no other vendor's end can take it",
            TUNNEL,
        ),
        **_odd(
            "certificate peer peergrp eap eap-identity remotegw-ddns aggregate-member forticlient-enforcement",
            "known, and not modelled",
            TUNNEL,
        ),
    },
)
_SELECTORS = (
    "src-subnet dst-subnet src-name dst-name src-addr-type dst-addr-type src-start-ip "
    "dst-start-ip src-end-ip dst-end-ip protocol src-port dst-port"
)
_PHASE_2 = _table(
    TUNNEL,
    f"phase1name proposal dhgrp pfs keylifeseconds keylifekbs keylife-type replay {_SELECTORS}",
    r"comments?|auto-negotiate|keepalive|add-route|ipv4-df|inbound-dscp-copy|dhcp-ipsec"
    r"|l2tp|encapsulation|single-source|route-overlap|use-natip|selector-match|initiator-ts-narrow"
    r"|diffserv.*|(src|dst)-.*6|auto-discovery-.*|copy-dscp",
)

# --------------------------------------------------------------------- interfaces and the firewall

_INTERFACE = _table(
    TO_AWS,
    "vdom ip remote-ip type interface mtu mtu-override tcp-mss alias description status "
    "src-check secondary-IP mode vlanid",
    r"allowaccess|role|snmp-index|explicit-.*|device-identification.*|lldp-.*|color|speed|"
    r"estimated-.*|monitor-bandwidth|inbandwidth|outbandwidth|defaultgw|dns-.*|macaddr|fail-.*|"
    r"detect.*|dhcp-.*|dedicated-to|trust-.*|weight|member|lacp-.*|min-links.*|algorithm|"
    r"ingress-.*|egress-.*|spillover-.*|sflow-.*|sample-.*|polling-.*|security-.*|switch.*|"
    r"auto-auth-.*|ap-discover|arpforward|ndiscforward|broadcast-forward|l2forward|icmp-.*|"
    r"stpforward.*|vlanforward|netbios-forward|wins-ip|devindex|external|forward-domain|"
    r"password|username|pppoe-.*|lcp-.*|ipunnumbered|disc-.*|padt-.*|fortilink.*|"
    r"priority|distance|swc-.*|vrrp-virtual-mac|alias|cli-conn-status|phy-mode|gwdetect|"
    r"bandwidth-measure-time|replacemsg-override-group|ident-accept|ipmac|subst.*|drop-.*|"
    r"eap-.*|stp.*|ip-managed-by-fortiipam|auth-.*|system-id.*|interconnect-profile|"
    r"defaultgw|aggregate.*|redundant-interface|measured-.*|managed-.*|management-ip|"
    r"tcp-mss6?|ike-saml-server|http-redirect.*|fortiheartbeat|vindex|internal|proxy-captive-portal|"
    r"secondary-IP|scan-botnet-connections|ping-serv-status|ha-priority|gi-gk",
    {
        **_odd("bfd bfd-desired-min-tx bfd-required-min-rx bfd-detect-mult", "BFD's times", TIME),
        **_odd("vrf", "a routing table within the device", BOTH_WAYS),
        **_odd("preserve-session-route", "its sessions keep their way", BOTH_WAYS),
    },
    {
        ("secondaryip",): _table(TO_AWS, "ip", "allowaccess|gwdetect|ping.*|detect.*|ha-priority"),
        **_harmless("ipv6", "vrrp", "egress-queues", "tagging", "client-options"),
        ("l2tp-client-settings",): _unread(irrelevant("no way to AWS")),
    },
)
_SETTINGS = _block(
    DROPS | TO_AWS,
    "asymroute strict-src-check",
    r"gui-.*|allow-.*|comments?|inspection-mode|ngfw-mode|sip-.*|h323-.*|default-.*|lldp-.*|"
    r"location-id|http-external-dest|firewall-session-dirty|manageip.*|gateway6?|ip6?|device|"
    r"dhcp-.*|deny-tcp-with-icmp|discovered-device-timeout|ecmp-max-paths|.*6|ike-.*|implicit-.*|"
    r"mac-ttl|multicast-.*|prp-.*|ses-denied-.*|status|utf8-.*|vdom-.*|wccp-cache-engine|"
    r"central-nat|consolidated-firewall-mode|dyn-addr-.*|email-portal-.*|ext-resource-.*|"
    r"fw-session-hairpin|internet-service-.*|intree-.*|link-down-access|opmode|vpn-stats-.*|"
    r"application-bandwidth-tracking|block-land-attack|asymroute6?-icmp|nat46-.*|nat64-.*|"
    r"tcp-session-without-syn-log|fqdn-session-check|hyperscale-.*|policy-offload-level|"
    r"detect-unknown-esp|auxiliary-session-log|delay-tcp-npu-session|npu-session-accounting",
    {
        **_odd("auxiliary-session", "a session has a way for each of its interfaces", DROPS),
        **_odd("tcp-session-without-syn", "a session may begin in the middle", DROPS),
        **_odd("v4-ecmp-mode", "how packets are shared among equal routes", BOTH_WAYS),
        **_odd(
            "bfd bfd-desired-min-tx bfd-required-min-rx bfd-detect-mult bfd-dont-enforce-src-port",
            "BFD's times",
            TIME,
        ),
    },
)
_GLOBAL_SETTINGS = _block(
    frozenset(),
    "hostname",
    r"(?!anti-replay$|check-protocol-header$|check-reset-range$|strict-dirty-session-check$).*",
    _odd(
        "anti-replay check-protocol-header check-reset-range strict-dirty-session-check",
        "what packets of a session are dropped is not modelled",
        DROPS,
    ),
)
_POLICY = _table(
    DROPS,
    "srcintf dstintf action status",
    r"(?!anti-replay$|tcp-session-without-syn$|srcintf$|dstintf$|action$|status$)[a-z0-9-]*",
    _odd(
        "anti-replay tcp-session-without-syn",
        "what packets of a session are dropped is not modelled",
        DROPS,
    ),
)

# ---------------------------------------------------------------------------------------- all of it

ROOT = Schema(
    parts=ALL_PARTS,
    blocks={
        ("router", "bgp"): _BGP,
        ("router", "route-map"): _table(BOTH_WAYS, "", "comments?", None, {("rule",): _RULE}),
        ("router", "prefix-list"): _table(
            BOTH_WAYS, "", "comments?", None, {("rule",): _table(BOTH_WAYS, _PREFIX_RULES)}
        ),
        ("router", "access-list"): _table(
            BOTH_WAYS,
            "",
            "comments?",
            None,
            {("rule",): _table(BOTH_WAYS, "action prefix wildcard exact-match", "flags|comments?")},
        ),
        ("router", "aspath-list"): _table(
            BOTH_WAYS, "", "comments?", None, {("rule",): _table(BOTH_WAYS, "action regexp")}
        ),
        ("router", "community-list"): _table(
            BOTH_WAYS,
            "type",
            "comments?",
            None,
            {("rule",): _table(BOTH_WAYS, "action match regexp")},
        ),
        ("router", "static"): _STATIC,
        ("router", "policy"): _POLICY_ROUTE,
        ("router", "ospf"): _protocol("area", "network", "ospf-interface"),
        ("router", "rip"): _protocol("network", "interface"),
        ("router", "isis"): _protocol("isis-net", "isis-interface"),
        ("router", "bfd"): _unread(not_modelled("BFD's times", TIME), "neighbor"),
        ("router", "setting"): _block(
            TO_AWS, "hostname", "comments?", _odd("show-filter", "not modelled", ())
        ),
        **_harmless(
            *("router multicast", "router multicast6", "router multicast-flow", "router ospf6"),
            *("router ripng", "router static6", "router policy6", "router prefix-list6"),
            *("router access-list6", "router auth-path", "router key-chain", "router bfd6"),
            *("router extcommunity-list",),
        ),
        ("vpn", "ipsec", "phase1-interface"): _PHASE_1,
        ("vpn", "ipsec", "phase2-interface"): _PHASE_2,
        ("vpn", "ipsec", "phase1"): _unread(not_modelled("a tunnel by policy", ALL_PARTS)),
        ("vpn", "ipsec", "phase2"): _unread(not_modelled("a tunnel by policy", ALL_PARTS)),
        ("vpn", "ipsec", "manualkey-interface"): _unread(
            not_modelled("a tunnel with keys by hand", ALL_PARTS)
        ),
        ("system", "interface"): _INTERFACE,
        ("system", "zone"): _table(
            DROPS, "interface", r"comments?|description|intrazone", None, _harmless("tagging")
        ),
        ("system", "settings"): _SETTINGS,
        ("system", "global"): _GLOBAL_SETTINGS,
        ("system", "sdwan"): _SDWAN,
        ("system", "virtual-wan-link"): _SDWAN,
        ("system", "link-monitor"): _unread(
            not_modelled("it takes routes away whose way does not answer", TO_AWS)
        ),
        ("system", "gre-tunnel"): _unread(not_modelled("other tunnels", BOTH_WAYS)),
        ("firewall", "policy"): _POLICY,
    },
)
GLOBAL = Schema(parts=ALL_PARTS, blocks=ROOT.blocks)
VDOMS = Schema(parts=ALL_PARTS, is_table=True, blocks=ROOT.blocks)
