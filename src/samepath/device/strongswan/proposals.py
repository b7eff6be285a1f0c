"""strongSwan's proposals (``aes256-sha256-modp2048``) as suites of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samepath.model.topology import IkeProposal

GROUPS = {
    "modp768": 1,
    "modp1024": 2,
    "modp1536": 5,
    "modp2048": 14,
    "modp3072": 15,
    "modp4096": 16,
    "modp6144": 17,
    "modp8192": 18,
    "ecp256": 19,
    "ecp384": 20,
    "ecp521": 21,
    "modp1024s160": 22,
    "modp2048s224": 23,
    "modp2048s256": 24,
    "ecp192": 25,
    "ecp224": 26,
    "curve25519": 31,
    "x25519": 31,
    "curve448": 32,
    "x448": 32,
    **{f"dh{number}": number for number in (2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 31)},
}
"""IANA's numbers of Diffie-Hellman groups (strongSwan: ``proposal_keywords_static.txt``)."""
_HASHES = {"sha": "sha1", "sha1": "sha1", "sha256": "sha256", "sha2_256": "sha256"}
_HASHES |= {"sha384": "sha384", "sha2_384": "sha384", "sha512": "sha512", "sha2_512": "sha512"}
_HASHES |= {"md5": "md5", "aesxcbc": "aesxcbc", "sha2": "sha256"}
_CIPHER = re.compile(
    r"(?:aes(?:128|192|256)?(?:ctr|gcm\d*|ccm\d*)?|3des|camellia\d*|chacha20poly1305|null|des|blowfish\d*|aes_(?:cbc|gcm)\w*)"
)
_ALIASES = {"aes": "aes128", "aes128gcm128": "aes128gcm16", "aes256gcm128": "aes256gcm16"}


class UnknownAlgorithm(ValueError):
    """A word of a proposal that is no algorithm; the text is the word."""


def proposals(text: str, *, is_esp: bool) -> Iterator[IkeProposal]:
    """The suites of a list, which may end in ``!``. Raises :class:`UnknownAlgorithm`."""
    for one in text.replace(" ", "").rstrip("!").split(","):
        if one and one != "default":
            yield from _suites(one, is_esp=is_esp)


def _suites(text: str, *, is_esp: bool) -> Iterator[IkeProposal]:
    """A proposal may name more than one algorithm of a kind; libreswan puts a ``;`` or ``_`` in."""
    ciphers: list[str] = []
    hashes: list[str] = []
    groups: list[int] = []
    for word in re.split(r"[-;]", text.lower()):
        if word in GROUPS:
            groups.append(GROUPS[word])
        elif word in _HASHES:
            hashes.append(_HASHES[word])
        elif word.startswith("prf") and word[3:] in _HASHES:
            hashes.append(_HASHES[word[3:]])
        elif _CIPHER.fullmatch(word):
            ciphers.append(_ALIASES.get(word, word))
        elif word not in {"esn", "noesn", "modpnone", "none"}:
            raise UnknownAlgorithm(word)
    for cipher in ciphers:
        aead = "gcm" in cipher or "ccm" in cipher or "poly1305" in cipher
        integrities: list[str | None] = [None] if aead and is_esp else [*hashes] or [None]
        numbers: list[int | None] = [*groups] or [None]
        for integrity in integrities:
            for group in numbers:
                yield IkeProposal(encryption=cipher, integrity=integrity, group=group)
