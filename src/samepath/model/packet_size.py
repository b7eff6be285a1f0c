"""How large a packet fits through a tunnel.

ESP in tunnel mode (RFC 4303) puts around an IP packet: the outer IP header (20 bytes), with NAT
traversal a UDP header (8; RFC 3948), the ESP header (SPI and sequence number, 8), the cipher's
initialisation vector, the padding with its length and next header (2), and the integrity check
value. What is encrypted is padded to the cipher's block, at least to 4 bytes.

AWS publishes a table of the results (Site-to-Site VPN guide, "Best practices for a customer
gateway device"); a test holds the formula against it.
"""

from __future__ import annotations

from samepath.model.topology import IkeProposal

IPV4_HEADER = 20
TCP_HEADER = 20
UDP_HEADER = 8
ESP_HEADER = 8
ESP_TRAILER = 2
ETHERNET_MTU = 1500

_AEAD_IV, _AEAD_BLOCK = 8, 4
_CBC_IV, _CBC_BLOCK = 16, 16
_AEAD_ICV = 16
_HMAC_ICV = {"sha1": 12, "sha256": 16, "sha384": 24, "sha512": 32}
"""Truncated HMACs: RFC 2404 (SHA-1) and RFC 4868 (SHA-2)."""


def tunnel_mtu(esp: IkeProposal, *, nat: bool, path_mtu: int = ETHERNET_MTU) -> int:
    """The largest IPv4 packet, in bytes, that one outer packet of ``path_mtu`` can carry.

    ``nat`` says that ESP travels in UDP (always so in the user-space data plane).
    Raises ``ValueError`` for a path too small to carry anything.
    """
    outer = IPV4_HEADER + (UDP_HEADER if nat else 0)
    aead = "gcm" in esp.encryption
    vector, block = (_AEAD_IV, _AEAD_BLOCK) if aead else (_CBC_IV, _CBC_BLOCK)
    check = _AEAD_ICV if aead else _HMAC_ICV[esp.integrity or "sha256"]
    encrypted = path_mtu - outer - ESP_HEADER - vector - check
    size = encrypted - encrypted % block - ESP_TRAILER
    if size <= IPV4_HEADER:
        msg = f"a path of {path_mtu} bytes is too small for this tunnel"
        raise ValueError(msg)
    return size


def mss(mtu: int) -> int:
    """The TCP segment that fits ``mtu`` with headers without options."""
    return mtu - IPV4_HEADER - TCP_HEADER
