"""A deep run: as many random networks as asked for, through real daemons (root).

Its progress is kept in a file, so that it goes on where it was ended.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from dataclasses import fields
from pathlib import Path

from tests.differential.arena import arena
from tests.differential.daemons import DAEMONS, NETWORKS, reached
from tests.differential.run import Tally, batches, run

from samepath.routing.rules import Platform


def main() -> int:
    """Run; the exit code is 1 where something differs, or a step decided nothing."""
    # Ended from outside, it still takes its namespaces away.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--daemon", choices=[one.value for one in DAEMONS], default="bird")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first network")
    parser.add_argument("--networks", type=int, default=1000, help="how many")
    parser.add_argument("--seconds", type=float, help="end after this time, to go on another day")
    parser.add_argument("--progress", type=Path, help="file to go on from, and to write to")
    words = parser.parse_args()
    platform = Platform(words.daemon)
    tally, first = Tally(), words.first
    settings = {"daemon": words.daemon, "seed": words.seed, "first": words.first}
    if words.progress and words.progress.exists():
        kept = json.loads(words.progress.read_text())
        if kept["settings"] != settings:
            parser.error(f"{words.progress} is of another run: {kept['settings']}")
        tally = Tally(**{**kept["tally"], "steps": Counter(kept["tally"]["steps"])})
        first = words.first + tally.networks
    began = time.monotonic()
    with arena() as made:
        for numbers in batches(first, words.first + words.networks - first):
            told = len(tally.differences)
            run(made, platform, DAEMONS[platform], words.seed, numbers, tally)
            for name, found in list(tally.differences.items())[told:]:
                print(f"{name}\n  " + "\n  ".join(found), flush=True)
            took = time.monotonic() - began
            print(
                f"{tally.networks} networks, {len(tally.differences)} differ, {took:.0f} s",
                flush=True,
            )
            if words.progress:
                counts = {one.name: getattr(tally, one.name) for one in fields(tally)}
                text = json.dumps({"settings": settings, "tally": counts}, indent=1)
                part = words.progress.with_suffix(".part")
                part.write_text(text)
                part.replace(words.progress)
            if words.seconds is not None and took > words.seconds:
                break
    print(tally.summary())
    undecided = tally.undecided(reached(platform)) if tally.networks >= NETWORKS else []
    if undecided:
        print(f"the networks are at fault, since these steps decided nothing: {undecided}")
    return 1 if tally.differences or undecided else 0


if __name__ == "__main__":
    sys.exit(main())
