"""The crypto blocks of a whole customer gateway: IKE, keys and IPsec, a profile for each tunnel.

Cisco's guides: "Configuring Internet Key Exchange Version 2", "IPsec Virtual Tunnel Interfaces"
(https://www.cisco.com/c/en/us/td/docs/ios-xml/ios/sec_conn_ike2vpn/configuration/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite
from samepath.device.writing.patch import NotWritable
from samepath.model.topology import IkeProposal

_GROUPS = frozenset({1, 2, 5, 14, 15, 16, 19, 20, 21, 24})
_REPLAY_WINDOW = 1024
_LEAST_DELAY, _LEAST_RETRY = 10, 2
"""Seconds between two probes, and their number: IOS takes no less."""
_KEY = re.compile(r"[^\s?]+")
_AES = re.compile(r"aes(128|192|256)(gcm16)?")
_ESP_HASHES = {
    "sha1": "esp-sha-hmac",
    "sha256": "esp-sha256-hmac",
    "sha384": "esp-sha384-hmac",
    "sha512": "esp-sha512-hmac",
}
_IKE_HASHES = {"sha1": "sha", **{one: one for one in ("sha256", "sha384", "sha512")}}


def profile(tunnel: TunnelToWrite) -> str:
    """The name of all blocks of a tunnel."""
    return f"VPN-{tunnel.number}"


def crypto(it: CustomerToWrite) -> Iterator[str]:
    """All of it. Raises :class:`NotWritable` at what IOS has no words for."""
    newer = [one for one in it.tunnels if one.ike_version != 1]
    if newer:
        yield from _ikev2(it, newer)
    older = [one for one in it.tunnels if one.ike_version == 1]
    for number, tunnel in enumerate(older, start=1):
        yield from _ikev1(it, tunnel, number * 10)
    for tunnel in it.tunnels:
        yield from _ipsec(tunnel)


def _key(tunnel: TunnelToWrite) -> str:
    key = tunnel.key_or_placeholder
    if not _KEY.fullmatch(key):
        raise NotWritable(
            f"the key of tunnel {tunnel.number} has a blank or a question mark in it, which IOS "
            "cannot be told: take another key"
        )
    return key


def _group(suite: IkeProposal) -> int:
    number = suite.group or 14
    if number not in _GROUPS:
        raise NotWritable(f"IOS has no Diffie-Hellman group {number}: admit another one")
    return number


def _hash(suite: IkeProposal) -> str:
    return suite.integrity or "sha256"


def _no_cipher(suite: IkeProposal) -> NotWritable:
    return NotWritable(f"IOS has no words for {suite.encryption} here: admit another cipher")


# ------------------------------------------------------------------------------------------- IKEv2


def _ikev2(it: CustomerToWrite, tunnels: list[TunnelToWrite]) -> Iterator[str]:
    suites = list(dict.fromkeys(tunnel.ike for tunnel in tunnels))
    yield "!"
    yield "! One suite, which both ends have: a weaker one cannot be agreed on."
    for number, suite in enumerate(suites, start=1):
        yield f"crypto ikev2 proposal VPN-{number}"
        yield from (f" {line}" for line in _ikev2_suite(suite))
        yield "exit"
    yield "crypto ikev2 policy VPN"
    yield f" match address local {it.address}"
    for number in range(1, len(suites) + 1):
        yield f" proposal VPN-{number}"
    yield "exit"
    yield "!"
    yield "crypto ikev2 keyring VPN"
    for tunnel in tunnels:
        yield f" peer {profile(tunnel)}"
        yield f"  address {tunnel.outside}"
        yield f"  pre-shared-key {_key(tunnel)}"
        yield " exit"
    yield "exit"
    for tunnel in tunnels:
        yield "!"
        yield f"! {tunnel.label}. A peer that is gone is noticed also while nothing is sent."
        yield f"crypto ikev2 profile {profile(tunnel)}"
        yield f" match identity remote address {tunnel.outside} 255.255.255.255"
        yield f" identity local address {it.identity}"
        yield " authentication remote pre-share"
        yield " authentication local pre-share"
        yield " keyring local VPN"
        yield f" lifetime {_seconds(tunnel)}"
        delay, retries = _probes(tunnel)
        yield f" dpd {delay} {retries} periodic"
        yield "exit"


def _seconds(tunnel: TunnelToWrite) -> int:
    return int(tunnel.ike_lifetime.total_seconds())


def _probes(tunnel: TunnelToWrite) -> tuple[int, int]:
    delay = max(_LEAST_DELAY, int(tunnel.dpd_delay.total_seconds()))
    return delay, max(_LEAST_RETRY, tunnel.dpd_retries)


def _ikev2_suite(suite: IkeProposal) -> Iterator[str]:
    found = _AES.fullmatch(suite.encryption)
    if suite.encryption == "3des":
        yield "encryption 3des"
    elif found is None:
        raise _no_cipher(suite)
    else:
        yield f"encryption aes-{'gcm' if found[2] else 'cbc'}-{found[1]}"
    yield f"{'prf' if found is not None and found[2] else 'integrity'} {_hash(suite)}"
    yield f"group {_group(suite)}"


# ------------------------------------------------------------------------------------------- IKEv1


def _ikev1(it: CustomerToWrite, tunnel: TunnelToWrite, number: int) -> Iterator[str]:
    name = profile(tunnel)
    found = _AES.fullmatch(tunnel.ike.encryption)
    if tunnel.ike.encryption == "3des":
        cipher = "3des"
    elif found is None or found[2]:
        raise _no_cipher(tunnel.ike)
    else:
        cipher = f"aes {found[1]}"
    yield "!"
    yield f"! {tunnel.label}: IKEv1, since the gateway admits no IKEv2."
    yield f"crypto isakmp policy {number}"
    yield f" encryption {cipher}"
    yield f" hash {_IKE_HASHES[_hash(tunnel.ike)]}"
    yield " authentication pre-share"
    yield f" group {_group(tunnel.ike)}"
    yield f" lifetime {_seconds(tunnel)}"
    yield "exit"
    yield f"crypto keyring {name}"
    yield f" local-address {it.address}"
    yield f" pre-shared-key address {tunnel.outside} key {_key(tunnel)}"
    yield "exit"
    yield f"crypto isakmp profile {name}"
    yield f" keyring {name}"
    yield f" match identity address {tunnel.outside} 255.255.255.255"
    yield f" local-address {it.address}"
    delay, retries = _probes(tunnel)
    yield f" keepalive {delay} retry {retries}"
    yield "exit"


# ------------------------------------------------------------------------------------------- IPsec


def _ipsec(tunnel: TunnelToWrite) -> Iterator[str]:
    name = profile(tunnel)
    kind = "isakmp" if tunnel.ike_version == 1 else "ikev2"
    yield "!"
    yield f"crypto ipsec transform-set {name} {_transforms(tunnel.esp)}"
    yield " mode tunnel"
    yield "exit"
    yield f"crypto ipsec profile {name}"
    yield f" set transform-set {name}"
    if tunnel.esp.group is not None:
        yield f" set pfs group{_group(tunnel.esp)}"
    yield f" set security-association lifetime seconds {int(tunnel.esp_lifetime.total_seconds())}"
    yield " ! The time decides when to rekey, and not how much was sent."
    yield " set security-association lifetime kilobytes disable"
    yield " ! Packets that arrive late, but not this late, are no replay."
    yield f" set security-association replay window-size {_REPLAY_WINDOW}"
    yield f" set {kind}-profile {name}"
    yield "exit"


def _transforms(suite: IkeProposal) -> str:
    found = _AES.fullmatch(suite.encryption)
    if found is not None and found[2]:
        return f"esp-gcm {found[1]}"
    if found is None and suite.encryption != "3des":
        raise _no_cipher(suite)
    cipher = "esp-3des" if found is None else f"esp-aes {found[1]}"
    return f"{cipher} {_ESP_HASHES[_hash(suite)]}"
