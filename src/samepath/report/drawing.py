"""What a drawing is made of: texts of a known width, boxes and lines, in units of one pixel.

All texts are in a monospaced typeface, so that their extent is known without one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ADVANCE = 0.62
"""Width of a character by the size of its type; the usual monospaced faces have 0.55 to 0.61."""
ASCENT, DESCENT = 0.95, 0.25
"""What a line of type takes above its baseline and below it, by its size."""
LONGEST = 32
"""Characters of a text; what is longer loses its middle."""


class Role(StrEnum):
    """What something in a drawing is; its class in the style sheet."""

    HEADING = "heading"
    NAME = "name"
    DETAIL = "detail"
    BOX = "box"
    ENDPOINT = "endpoint"
    ACTIVE = "active"
    STANDBY = "standby"
    LINK = "link"


SIZES = {Role.HEADING: 11.0, Role.NAME: 13.0, Role.DETAIL: 12.0}
"""The size of the type of each role of a text; the style sheet has the same."""


class Anchor(StrEnum):
    """Which part of a text stands at its place."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rectangle:
    """Where something is; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half way down."""
        return (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def overlaps(self, other: Rectangle) -> bool:
        """Whether the two have an inner point in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: Rectangle) -> bool:
        """Whether ``other`` lies within."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A text with its baseline at ``y``."""

    x: float
    y: float
    text: str
    role: Role
    anchor: Anchor = Anchor.START
    whole: str = ""
    """The text before it was cut; empty where it was not."""

    @property
    def extent(self) -> Rectangle:
        """What the text takes, at most."""
        width, size = width_of(self.text, self.role), SIZES[self.role]
        left = {
            Anchor.START: self.x,
            Anchor.MIDDLE: self.x - width / 2,
            Anchor.END: self.x - width,
        }[self.anchor]
        return Rectangle(
            left=left,
            top=self.y - ASCENT * size,
            right=left + width,
            bottom=self.y + DESCENT * size,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A frame around something."""

    place: Rectangle
    role: Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line through some points."""

    points: tuple[tuple[float, float], ...]
    role: Role

    @property
    def path(self) -> str:
        """As SVG has it."""
        return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


def width_of(text: str, role: Role) -> float:
    """What a text of this role takes in width, at most."""
    return len(text) * ADVANCE * SIZES[role]


def cut(text: str) -> str:
    """A text of no more than :data:`LONGEST` characters, with an ellipsis for what it lost."""
    if len(text) <= LONGEST:
        return text
    head = LONGEST // 2
    return f"{text[:head]}…{text[head + 1 - LONGEST :]}"
