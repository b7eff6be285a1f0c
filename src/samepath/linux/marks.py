"""Marks by which a text is known again where the text itself cannot be read back."""

from __future__ import annotations

from hashlib import blake2s


def digest(text: str) -> str:
    """A short digest: equal exactly when the text is."""
    return blake2s(text.encode(), digest_size=8).hexdigest()
