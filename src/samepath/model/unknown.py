"""A value that the input does not hold, and secrets that it only refers to.

Intent may come from sources that do not tell everything: a vendor's configuration does not say
which tunnel AWS prefers. Such a value is :class:`Unknown`; it carries the reason and, where they
can be enumerated, the candidates. Prediction enumerates them; the compiler for a running VPN
refuses them.

A secret never stands in a model. A :class:`SecretRef` says where it is; drivers and the API edge
resolve it at the last moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown(Generic[T]):
    """A value that no input holds: why, and what it could be."""

    reason: str
    candidates: tuple[T, ...] = ()


class SecretSource(Enum):
    """Where a secret is to be found when it is needed."""

    GENERATED = "generated"
    """Made on first use and kept root-only beside the running VPN."""
    FILE = "file"
    """The first line of a file."""
    ENVIRONMENT = "environment"
    """An environment variable of the process that applies the intent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretRef:
    """A reference to a secret; never the secret itself.

    ``locator`` is a path for ``FILE``, a variable's name for ``ENVIRONMENT``, and the element that
    the secret belongs to for ``GENERATED``.
    """

    source: SecretSource
    locator: str
