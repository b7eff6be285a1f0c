"""What AWS admits for a Site-to-Site VPN, and the few limits that are ours: the numbers alone.

AWS's stand in the EC2 API reference (``VpnTunnelOptionsSpecification``, ``CreateVpnGateway``,
``CreateCustomerGateway``) and in the Site-to-Site VPN User Guide ("Tunnel options", "Quotas").
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network

SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)

INSIDE_RANGE = IPv4Network("169.254.0.0/16")
INSIDE_LENGTH = 30
INSIDE_RESERVED = tuple(
    IPv4Network(text)
    for text in (
        "169.254.0.0/30",
        "169.254.1.0/30",
        "169.254.2.0/30",
        "169.254.3.0/30",
        "169.254.4.0/30",
        "169.254.5.0/30",
        "169.254.169.252/30",
    )
)

IKE_LIFETIME = (900 * SECOND, 28800 * SECOND)
ESP_LIFETIME = (900 * SECOND, 3600 * SECOND)
LEAST_REKEY_MARGIN = 60 * SECOND
REKEY_FUZZ_PERCENT = (0, 100)
REPLAY_WINDOW = (64, 2048)

UNRESPONSIVE_MBIT = (1, 65535)
"""The shaper keeps it in 16 bits."""

DPD_DELAY = (1 * SECOND, 3600 * SECOND)
DPD_TIMEOUT = (3 * SECOND, 86400 * SECOND)
"""AWS starts at 30 s. Less is an option of ours: a data centre's path is often quick and quiet."""

BGP_HOLD = (3 * SECOND, 65535 * SECOND)
"""RFC 4271, 4.2: zero or at least three seconds, in 16 bits. Zero would never notice a death."""
BGP_KEEPALIVE = (1 * SECOND, 21845 * SECOND)
BFD_INTERVAL = (10 * MILLISECOND, 60 * SECOND)
BFD_MULTIPLIER = (1, 255)

MAXIMUM_PATHS = (1, 256)
"""256 is the limit that Debian's FRR is compiled with; others take less."""
VRRP_PRIORITY = (1, 254)
"""RFC 9568, 5.2.4: 0 gives the address up, and 255 is its owner's."""

GATEWAY_ASNS = ((64512, 65534), (4200000000, 4294967294))
"""CreateVpnGateway admits the private ranges only (RFC 6996)."""
CUSTOMER_ASNS = ((1, 4294967295),)
RESERVED_ASNS = {
    7224: "reserved by AWS in every Region",
    9059: "reserved by AWS in eu-west-1",
    10124: "reserved by AWS in ap-northeast-1",
    17493: "reserved by AWS in ap-southeast-1",
    23456: "AS_TRANS, which stands for ASNs of four bytes (RFC 6793)",
}
"""The guide's "17943" for ap-southeast-1 is taken for a misprint of 17493, Amazon's ASN there."""

VPC_LENGTH = (16, 28)
CONNECTIONS_PER_GATEWAY = 10
ROUTES_FROM_CUSTOMER = 100
"""Prefixes that a virtual private gateway takes of a customer gateway; above, the session ends."""
ROUTES_FROM_CUSTOMER_OF_TRANSIT = 1000
"""The same of a transit gateway (AWS Site-to-Site VPN quotas)."""
STATIC_ROUTES = 100
PROPAGATED_ROUTES = 100
"""In a VPC's route table (Amazon VPC User Guide, "Quotas")."""
TUNNELS = 2

MODP_AND_ECP = frozenset(range(14, 25))
IKE_GROUPS = MODP_AND_ECP | {2}
ESP_GROUPS = MODP_AND_ECP | {2, 5}
ML_KEM_GROUPS = frozenset({35, 36, 37})
"""AWS admits ML-KEM (35 for IKE, 35 to 37 for ESP); strongSwan before 6.0 does not know it."""

WEAK_GROUPS = {
    2: "MODP-1024 can be broken by a state (RFC 8247: SHOULD NOT)",
    5: "MODP-1536 is too short (RFC 8247: SHOULD NOT)",
    22: "its 160-bit subgroup is too short (RFC 8247: MUST NOT)",
    23: "its 224-bit subgroup is too short (RFC 8247: SHOULD NOT)",
    24: "its subgroup cannot be verified (RFC 8247: SHOULD NOT)",
}

ENCRYPTION = {
    "aes128": "aes128",
    "aes256": "aes256",
    "aes128gcm16": "aes128gcm16",
    "aes256gcm16": "aes256gcm16",
    "AES128": "aes128",
    "AES256": "aes256",
    "AES128-GCM-16": "aes128gcm16",
    "AES256-GCM-16": "aes256gcm16",
}
"""strongSwan's spelling and AWS's, to strongSwan's."""
INTEGRITY = {
    "sha1": "sha1",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "SHA1": "sha1",
    "SHA2-256": "sha256",
    "SHA2-384": "sha384",
    "SHA2-512": "sha512",
}


def is_aead(encryption: str) -> bool:
    """Whether the cipher brings its own integrity (GCM), so that ESP takes none beside it."""
    return "gcm" in encryption
