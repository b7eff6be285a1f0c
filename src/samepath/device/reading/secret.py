"""Secrets in configurations: they are compared, and never shown.

A pre-shared key stands in many configurations in clear text. :class:`Secret` holds one so that two
ends can be compared, and shows it nowhere; :func:`redacted` takes secrets out of a line that is to
be shown, also of one that no grammar has understood.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

MASK = "<secret>"
_WORD = re.compile(r"[\w-]+")
_TELLING = frozenset({"key", "psk", "community", "passcode", "password", "passwd"})
_TELLING_PARTS = (
    *("secret", "password", "passwd", "passphrase", "shared-key", "sharedkey", "psk"),
    *("key-string", "private-key", "auth-key", "authentication-key", "-key"),
)
_DOUBTFUL = frozenset(
    {"authentication", "pass", "pwd", "pswd", "pw", "token", "credential", "credentials", "xauth"}
    | {"eap", "ky", "ke", "keyy", "keey", "preshared", "pre-shared", "presharedkey", "ascii-text"}
)
"""Words behind which a secret may stand, too, where a line was not understood."""
_PARTS = ("secret", "password", "passwd", "passcode", "passphrase", "key", "psk")
_MISSPELT = (
    *_PARTS,
    *("community", "authentication", "ascii-text", "psksecret", "preshared", "pre-shared"),
)
"""What may be misspelt: the first ones also as a part of a word that has hyphens."""
_LIKE = 0.83
"""How much of two words has to agree: of ``sekret`` and ``secret`` five letters of six do."""
_NOT_MISSPELT = frozenset({"secure"})
_LONGEST = 40
"""Letters of a word that are compared with others, and that a reason quotes."""
_SPACED_COLON = re.compile(
    r"(?:(?:^|\s):\s*(?:[A-Za-z]\w*\s+)?|(?<!inactive)(?<!protect):\s+[A-Za-z]\w*\s+(?=[\"']))"
    r"(?=\S)"
)
"""How ``ipsec.secrets`` parts ends from their secret: ``: PSK "..."``, whatever kind it names."""
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
            self._text.encode(errors="surrogatepass"), other._text.encode(errors="surrogatepass")
        )

    def __hash__(self) -> int:
        """All secrets have one hash: a hash of a short key would tell it."""
        return hash(Secret)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


HIDDEN = Secret("redacted")
"""A key that is there, and that the configuration holds encrypted: it is compared with nothing."""


def from_hexadecimal(digits: str) -> Secret:
    """A key written in hexadecimal; one that is no text is compared with nothing."""
    try:
        return Secret(bytes.fromhex(digits).decode("ascii"))
    except ValueError:
        return HIDDEN


def from_base64(text: str) -> Secret:
    """A key written in base64; one that is no text is compared with nothing."""
    try:
        return Secret(b64decode(text, validate=True).decode("ascii"))
    except ValueError:
        return HIDDEN


def redacted(text: str) -> str:
    """A line as it may be shown: what stands after a word that announces a secret is masked.

    Too much is masked rather than too little: it was not understood, so that words count that
    announce a secret now and then, and those that are misspelt.
    """
    shown = text.strip()
    if _HARMLESS.match(shown):
        return shown
    rest = _behind(shown)
    if rest:
        kept = _OPEN.match(rest)
        shown = shown[: -len(rest)] + (kept["kept"] if kept is not None else "") + MASK
    return _BLOBS.sub(lambda blob: blob[0] if _is_name(blob[0]) else MASK, shown)


def redacted_reason(reason: str, text: str) -> str:
    """Why a line was not understood, without the words of it that are not shown."""
    shown = set(redacted(text).split())
    return without_words(reason, (word for word in text.split() if word not in shown))


def without_words(reason: str, words: Iterable[str]) -> str:
    """A reason with these words masked, also where it quotes only the beginning of one."""
    for word in sorted({_bare(one) for one in words}, key=len, reverse=True):
        if word and word not in _TELLING and word in reason:
            reason = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MASK, reason)
    return reason


def _bare(word: str) -> str:
    return word.strip("\"';`")[:_LONGEST]


def continues_secret(text: str, before: str) -> bool:
    """Whether a line may be the secret that the line before it announces, and does not end."""
    above, here = before.strip(), text.strip()
    if not above or not here or above[-1] in ";{}" or _HARMLESS.match(above):
        return False
    told = [announces(one[0]) for one in _WORD.finditer(above)]
    is_word = len(here.split()) == 1 and (here[-1] == ";" or told[-1:] == [True])
    return any(told) and (here[0] in "\"'" or is_word or above.count('"') % 2 == 1)


def first_announcing(words: Sequence[str]) -> int | None:
    """Which of these words is the first behind which a secret may stand; None: none is."""
    if _HARMLESS.match(" ".join(words[:4])):
        return None
    return next(
        (
            at
            for at, word in enumerate(words)
            if any(announces(one[0]) for one in _WORD.finditer(word))
        ),
        None,
    )


@lru_cache(maxsize=10_000)
def announces(word: str) -> bool:
    """Whether a secret may stand behind a word of a line that was not understood."""
    word = word.lower()
    if _tells(word) or word in _DOUBTFUL:
        return True
    if word in _NOT_MISSPELT or len(word) > _LONGEST:
        return False
    pieces = re.split(r"[-_]", word)
    return _is_misspelt(word, _MISSPELT) or (
        len(pieces) > 1
        and any(_is_misspelt(one, _PARTS) for one in pieces if one not in _NOT_MISSPELT)
    )


def _is_misspelt(word: str, known: Sequence[str]) -> bool:
    """Whether it is like one of these, or has its letters in another order."""
    letters = sorted(word)
    if any(len(one) == len(word) and sorted(one) == letters for one in known):
        return True
    return len(word) > 4 and bool(get_close_matches(word, known, n=1, cutoff=_LIKE))


def _behind(shown: str) -> str:
    """What of a line stands behind the first word that announces a secret."""
    ends = [one.end() for one in _WORD.finditer(shown) if announces(one[0])][:1]
    colon = _SPACED_COLON.search(shown)
    if colon is not None:
        ends.append(colon.end())
    return shown[min(ends) :].lstrip(" \t=:\"'") if ends else ""


def _tells(word: str) -> bool:
    """Whether what stands after a word may be a secret."""
    return word in _TELLING or any(part in word for part in _TELLING_PARTS)


def _is_name(word: str) -> bool:
    """Whether a long word is a name that somebody chose, and no key: it has words in it."""
    return "-" in word or "_" in word or "." in word
