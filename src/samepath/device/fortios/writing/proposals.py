"""IKE and ESP suites in FortiOS's words.

Source: Fortinet's CLI reference, ``config vpn ipsec phase1-interface`` and ``phase2-interface``,
``proposal`` (https://docs.fortinet.com/document/fortigate/7.4.0/cli-reference).
"""

from __future__ import annotations

from samepath.device.writing.patch import NotWritable
from samepath.model.topology import IkeProposal

_CIPHERS = {
    "3des": "3des",
    **{f"aes{bits}": f"aes{bits}" for bits in (128, 192, 256)},
}
_AEAD = {
    "aes128gcm16": "aes128gcm",
    "aes256gcm16": "aes256gcm",
    "chacha20poly1305": "chacha20poly1305",
}


def ike(it: IkeProposal, *, version: int) -> str:
    """A suite of phase 1. Raises :class:`NotWritable`."""
    if it.encryption in _AEAD and version != 1 and it.integrity is not None:
        return f"{_AEAD[it.encryption]}-prf{it.integrity}"
    return _with_hash(it)


def esp(it: IkeProposal) -> str:
    """A suite of phase 2. Raises :class:`NotWritable`."""
    return _AEAD[it.encryption] if it.encryption in _AEAD else _with_hash(it)


def _with_hash(it: IkeProposal) -> str:
    if it.encryption not in _CIPHERS or it.integrity is None:
        raise NotWritable(
            f"FortiOS has no proposal for {it.encryption} with {it.integrity or 'no hash'} here"
        )
    return f"{_CIPHERS[it.encryption]}-{it.integrity}"
