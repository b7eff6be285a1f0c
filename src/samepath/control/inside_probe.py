"""Whether the far inside address answers, judged from a row of probes.

For a static tunnel whose IKE lives and whose ESP is dead: dead peer detection speaks IKE, and sees
nothing. One lost probe is no verdict; three in a row are, in either direction.
"""

from __future__ import annotations

from dataclasses import dataclass

EVERY = 1.0
"""Seconds between two probes; one that is not answered until the next counts as lost."""
IN_A_ROW = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideProbe:
    """The verdict so far, and how many outcomes in a row speak against it."""

    answers: bool | None = None
    against: int = 0

    def after(self, *, answered: bool) -> InsideProbe:
        """The state after one more probe. The first answer ever is enough for a first verdict."""
        if self.answers is answered:
            return InsideProbe(answers=answered)
        if self.answers is None and answered:
            return InsideProbe(answers=True)
        if self.against + 1 >= IN_A_ROW:
            return InsideProbe(answers=answered)
        return InsideProbe(answers=self.answers, against=self.against + 1)
