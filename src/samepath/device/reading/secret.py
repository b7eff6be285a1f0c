"""Secrets in configurations: they are compared, and never shown.

A pre-shared key stands in many configurations in clear text. :class:`Secret` holds one so that two
ends can be compared, and shows it nowhere; :func:`redacted` takes secrets out of a line that is to
be shown, also of one that no grammar has understood.
"""

from __future__ import annotations

import hmac
import re

MASK = "<secret>"
_WORD = re.compile(r"[\w-]+")
_TELLING = frozenset({"key", "psk", "community", "passcode", "password", "passwd"})
_TELLING_PARTS = (
    *("secret", "password", "passwd", "passphrase", "shared-key", "sharedkey", "psk"),
    *("key-string", "private-key", "auth-key", "authentication-key", "-key"),
)
_OPEN = re.compile(
    r"(?P<kept>(?:(?:address|ipv4|hostname|local|remote|peer|any|hex|ascii|ascii-text|encrypted|"
    r"host|prefix|email|secret|password|key|ENC|[0-9]"
    r"|\d+\.\d+\.\d+\.\d+(?:/\d+)?)[\s\"']+)*)(?P<secret>\S.*)$",
    re.IGNORECASE,
)
_HARMLESS = re.compile(
    r"(?:no\s+)?(?:crypto\s+keyring|crypto\s+key\s|crypto\s+ikev2\s+keyring|"
    r"(?:set\s+)?policy-options|match\s+community|set\s+community|(?:ip|bgp)\s+community-list)\b",
    re.IGNORECASE,
)
_BLOBS = re.compile(r"[0-9A-Za-z+/_=.-]{33,}")


class Secret:
    """A secret out of a configuration. It compares equal to its like, and tells nothing."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(
            self._text.encode(), other._text.encode()
        )

    def __hash__(self) -> int:
        """All secrets have one hash: a hash of a short key would tell it."""
        return hash(Secret)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


HIDDEN = Secret("redacted")
"""A key that is there, and that the configuration holds encrypted: it is compared with nothing."""


def redacted(text: str) -> str:
    """A line as it may be shown: what stands after a word that announces a secret is masked.

    Too much is masked rather than too little.
    """
    shown = text.strip()
    if _HARMLESS.match(shown):
        return shown
    told = next((one.end() for one in _WORD.finditer(shown) if _tells(one[0].lower())), None)
    rest = "" if told is None else shown[told:].lstrip(" \t=:\"'")
    if rest:
        kept = _OPEN.match(rest)
        shown = shown[: -len(rest)] + (kept["kept"] if kept is not None else "") + MASK
    return _BLOBS.sub(lambda blob: blob[0] if _is_name(blob[0]) else MASK, shown)


def _tells(word: str) -> bool:
    """Whether what stands after a word may be a secret."""
    return word in _TELLING or any(part in word for part in _TELLING_PARTS)


def _is_name(word: str) -> bool:
    """Whether a long word is a name that somebody chose, and no key: it has words in it."""
    return "-" in word or "_" in word or "." in word
