"""A secret that an input holds: compared, and never shown.

A topology refers to its secrets (:class:`~samepath.model.unknown.SecretRef`). What other people
have written down holds them in plain text: a description of AWS, a device's configuration. Whether
two of them agree is worth knowing; what they are is not.
"""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """A text that stands in no ``repr``, no message and no pickle.

    Two are equal if their texts are. :meth:`reveal` gives the text to whoever renders it.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for a renderer alone, never for a message."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, Secret) else NotImplemented

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")
