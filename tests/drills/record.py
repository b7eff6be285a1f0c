"""What many drills of the examples have shown: kept line by line, and told as one table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded: a number names its order
from typing import Any

from samepath.lab.drill.staging import in_order, stageable
from samepath.model.document import parse
from samepath.routing.states import single_states

EXAMPLES = Path(__file__).parents[2] / "examples"


def names() -> tuple[str, ...]:
    """Every example that a lab can be built of."""
    return tuple(sorted(path.stem for path in EXAMPLES.glob("*.yaml")))


def order(example: str, seed: int, number: int) -> tuple[str, ...]:
    """The states of an example as its run of this number goes through them.

    A state that follows from another one comes right after it.
    """
    topology = parse((EXAMPLES / f"{example}.yaml").read_text()).topology
    states = list(stageable(topology, single_states(topology))[0])
    Random(f"{seed} {number} {example}").shuffle(states)
    return tuple(state.name for state in in_order(states))


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """One drill of one example: the JSON that it printed, or how it ended without one."""

    example: str
    number: int
    told: Mapping[str, Any] | None
    failed: str = ""

    @property
    def line(self) -> str:
        """As a line of the progress file."""
        return json.dumps(
            {
                "example": self.example,
                "number": self.number,
                "told": self.told,
                "failed": self.failed,
            }
        )


def read(file: Path) -> tuple[Done, ...]:
    """The drills of a progress file; a last line that was not written to its end is none."""
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return tuple(Done(**json.loads(line)) for line in lines if line.endswith("\n"))


def wrong(done: Iterable[Done]) -> Iterator[str]:
    """Each row that was not as predicted, and each drill that did not end."""
    for one in done:
        where = f"{one.example}, run {one.number}"
        if one.told is None:
            yield f"{where}: {one.failed}"
            continue
        for row in one.told["states"]:
            for difference in row["differences"]:
                yield f"{where}, {row['state']}, {row['pair']}: {difference}"


def table(done: Iterable[Done]) -> Iterator[str]:
    """For each example and state: how often, how many rows differ, and loss and gap at the most.

    Loss and gap are of each direction, to the site and to the VPC, from before the state began
    until it was measured; of the pair whose packets are numbered. A run whose machine was too busy
    to send counts for the rows and not for loss and gap.
    """
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in done:
        for row in one.told["states"] if one.told else ():
            rows.setdefault((one.example, row["state"]), []).append(row)
    yield "| example | state | rows | differ | lost, most | gap, most (ms) |"
    yield "|---|---|---|---|---|---|"
    for (example, state), found in sorted(rows.items()):
        numbered = [row["measured"]["numbered"] for row in found]
        valid = [one for one in numbered if one and all(way["valid"] for way in one.values())]

        def most(key: str, valid: list[Mapping[str, Any]] = valid) -> str:
            if not valid:
                return ""
            return " + ".join(
                f"{max(one[way][key] for one in valid):g}" for way in ("to_site", "to_vpc")
            )

        differ = sum(bool(row["differences"]) for row in found)
        cells = example, state, len(found), differ, most("lost"), most("longest_gap_ms")
        yield f"| {' | '.join(map(str, cells))} |"
