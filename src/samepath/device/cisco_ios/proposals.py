"""IOS's words for algorithms, as suites of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samepath.device.reading.grammar import number_of
from samepath.model.topology import IkeProposal

_HASHES = {"sha": "sha1", "sha1": "sha1", "sha256": "sha256", "sha384": "sha384"}
_HASHES |= {"sha512": "sha512", "md5": "md5"}
_ESP_HASHES = {
    "esp-sha-hmac": "sha1",
    "esp-sha256-hmac": "sha256",
    "esp-sha384-hmac": "sha384",
    "esp-sha512-hmac": "sha512",
    "esp-md5-hmac": "md5",
}
_ICV = 16
"""Octets of the integrity value of GCM."""


def isakmp(cipher: str, bits: str | None, hash_: str, group: int | None) -> IkeProposal:
    """The suite of an ISAKMP policy; ``aes`` alone has 128 bits."""
    encryption = f"aes{bits or '128'}" if cipher == "aes" else cipher
    return IkeProposal(encryption=encryption, integrity=_HASHES[hash_], group=group)


def ikev2(
    ciphers: Sequence[str], hashes: Sequence[str], prfs: Sequence[str], groups: Sequence[str]
) -> Iterator[IkeProposal]:
    """The suites of an IKEv2 proposal: each of its algorithms with each other."""
    for cipher in ciphers:
        kind, _, bits = cipher.removeprefix("aes-").partition("-")
        aead = kind == "gcm"
        encryption = f"aes{bits}gcm{_ICV}" if aead else f"aes{bits}" if kind == "cbc" else cipher
        for hash_ in (prfs if aead else hashes) or ("sha256",):
            for group in map(number_of, groups):
                if hash_ in _HASHES and group is not None:
                    yield IkeProposal(encryption=encryption, integrity=_HASHES[hash_], group=group)


def esp(transforms: Sequence[str], group: int | None) -> IkeProposal | None:
    """The suite of a transform set; None where it encrypts nothing, or in an odd way."""
    integrity = next((_ESP_HASHES[one] for one in transforms if one in _ESP_HASHES), None)
    for number, one in enumerate(transforms):
        following = transforms[number + 1 : number + 2]
        bits = following[0] if following and following[0].isdigit() else "128"
        match one:
            case "esp-aes":
                return IkeProposal(encryption=f"aes{bits}", integrity=integrity, group=group)
            case "esp-gcm":
                return IkeProposal(encryption=f"aes{bits}gcm{_ICV}", integrity=None, group=group)
            case "esp-3des" | "esp-des":
                cipher = one.removeprefix("esp-")
                return IkeProposal(encryption=cipher, integrity=integrity, group=group)
            case _:
                pass
    return None
