"""Secrets are resolved here, at the last moment before a driver needs them.

Generated pre-shared keys live in ``secrets.json`` of the world's directory, root-only. AWS's rule
for a key, from whatever source: 8 to 64 characters of letters, digits, ``.`` and ``_``, not
starting with 0 (VpnTunnelOptionsSpecification). A generated one has 32 letters and digits: about
190 bits.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import string
from collections.abc import Callable
from pathlib import Path

from samepath.linux.environment import NEEDED
from samepath.model.unknown import SecretRef, SecretSource
from samepath.node.home import write_private

ALPHABET = string.ascii_letters + string.digits
LENGTH = 32
SHORTEST, LONGEST = 8, 64
ADMITTED = frozenset(ALPHABET + "._")
LINE_LIMIT = 4096
"""Bytes of a key file's first line, at most; nothing behind them is read."""
MARKS = "marks"
"""The name under which the random number that marks are keyed with is kept."""


class SecretUnavailable(LookupError):
    """A secret that the intent refers to cannot be read or used; the text never holds the secret."""


class Secret:
    """A secret's value that does not show itself in a repr, a log or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The value, for the one who must send it on."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"


def generate() -> str:
    """A fresh pre-shared key that AWS's rule admits."""
    while True:
        key = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if not key.startswith("0"):
            return key


def _fault(key: str) -> str | None:
    """What of AWS's rule ``key`` breaks, in words that do not hold it; None if it keeps it."""
    if not SHORTEST <= len(key) <= LONGEST:
        return f"has {len(key)} characters; give {SHORTEST} to {LONGEST}"
    if not ADMITTED.issuperset(key):
        return "has characters other than letters, digits, '.' and '_'"
    if key.startswith("0"):
        return "begins with 0"
    return None


def _checked(key: str, place: str) -> str:
    fault = _fault(key)
    if fault is not None:
        raise SecretUnavailable(f"the pre-shared key in {place} {fault} (AWS's rule)")
    return key


class SecretStore:
    """The secrets of one world."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "secrets.json"

    def resolve(self, reference: SecretRef) -> Secret:
        """The secret that ``reference`` points to. Raises :class:`SecretUnavailable`."""
        match reference.source:
            case SecretSource.GENERATED:
                return Secret(self._kept(f"generated:{reference.locator}", generate).encode())
            case SecretSource.FILE:
                return Secret(self._of_file(Path(reference.locator)).encode())
            case SecretSource.ENVIRONMENT:
                return Secret(self._of_environment(reference.locator).encode())

    @staticmethod
    def _of_file(path: Path) -> str:
        try:
            with path.open("rb") as stream:
                begins = stream.read(LINE_LIMIT + 1)
        except OSError as error:
            msg = f"the pre-shared key file {path} cannot be read: {error.strerror}"
            raise SecretUnavailable(msg) from error
        lines = begins.splitlines()
        if lines and len(lines[0]) > LINE_LIMIT:
            msg = (
                f"the pre-shared key file {path} has more than {LINE_LIMIT} bytes in its first line"
            )
            raise SecretUnavailable(msg)
        if not lines or not lines[0].strip():
            msg = f"the pre-shared key file {path} is empty"
            raise SecretUnavailable(msg)
        return _checked(lines[0].strip().decode(errors="replace"), f"the file {path}")

    def mark(self, secret: Secret) -> str:
        """A text that is another one for another value, and tells nothing of the value.

        It is keyed with a random number of this world's own, which lies where the keys do.
        """
        key = self._kept(
            MARKS, lambda: secrets.token_hex(hashlib.blake2s.MAX_KEY_SIZE // 2)
        ).encode()
        return hashlib.blake2s(secret.reveal(), key=key).hexdigest()

    def _known(self) -> dict[str, str]:
        try:
            known = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        except ValueError:
            known = None  # Neither the error nor what it stems from is shown: it holds the text.
        if not isinstance(known, dict) or not all(isinstance(one, str) for one in known.values()):
            msg = (
                f"{self._path} does not hold the keys that were kept there; "
                f"new ones come with a new lab: samepath lab down {self._path.parent.name}"
            )
            raise SecretUnavailable(msg)
        return known

    def _keep(self, name: str, value: str) -> str:
        known = self._known()
        if known.get(name) != value:
            write_private(self._path, json.dumps({**known, name: value}))
        return value

    def _of_environment(self, variable: str) -> str:
        """The variable's value, kept for the agent, whose environment is not the caller's."""
        if variable in NEEDED:
            msg = f"the environment variable {variable} is given to every program; name another one"
            raise SecretUnavailable(msg)
        name = f"environment:{variable}"
        value = os.environ.get(variable) or self._known().get(name)
        if not value:
            msg = f"the environment variable {variable} is not set"
            raise SecretUnavailable(msg)
        return self._keep(name, _checked(value, f"the environment variable {variable}"))

    def _kept(self, name: str, make: Callable[[], str]) -> str:
        known = self._known()
        return known[name] if name in known else self._keep(name, make())
