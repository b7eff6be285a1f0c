"""Drill the examples many times over, each time in another order of their states (root).

Its progress is kept in a file, so that it goes on where it was ended.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tests.drills.record import EXAMPLES, Done, names, order, read, table, wrong
from tests.packet.commands import SAMEPATH
from tests.packet.own import clear, own


def main() -> int:
    """Drill; the exit code is 1 where anything differs, or a drill did not end."""
    parser = argparse.ArgumentParser(prog="python -m tests.drills", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="drills of each example")
    parser.add_argument("--seed", type=int, default=1, help="of the order of states")
    parser.add_argument("--only", action="append", choices=names(), help="only this example")
    parser.add_argument("--at-once", type=int, default=1, help="labs that run at the same time")
    parser.add_argument("--progress", type=Path, required=True, help="where drills are kept")
    words = parser.parse_args()
    done = list(read(words.progress))
    there = {(one.example, one.number) for one in done}
    left = [
        (example, number)
        for number in range(words.times)
        for example in words.only or names()
        if (example, number) not in there
    ]
    running = _Running(words.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ThreadPoolExecutor(words.at_once) as pool:
        try:
            for future in as_completed([pool.submit(running.drill, one) for one in left]):
                if (one := future.result()) is None:
                    continue
                done.append(one)
                with words.progress.open("a") as file:
                    file.write(f"{one.line}\n")
                print(f"{len(done)} of {len(there) + len(left)}: {_short(one)}", flush=True)
        finally:
            running.end()
    print("\n".join(table(done)))
    found = list(wrong(done))
    print("\n".join([*found, f"{len(done)} drills, {len(found)} differences"]))
    return 1 if found else 0


def _short(one: Done) -> str:
    if one.told is None:
        return f"{one.example} did not end: {one.failed}"
    states = one.told["states"]
    differ = sum(bool(row["differences"]) for row in states)
    return f"{one.example}: {len(states)} rows, {differ} differ, {one.told['seconds']:.0f} s"


class _Running:
    """The drills that run now; once they are ended, none begins any more."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._lock = threading.Lock()
        self._ended = False
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def drill(self, what: tuple[str, int]) -> Done | None:
        """One drill, as a user's command; None if it was ended from outside."""
        example, number = what
        name = own(f"d{names().index(example)}")
        command = [SAMEPATH, "drill", str(EXAMPLES / f"{example}.yaml"), "--name", name, "--json"]
        for state in order(example, self._seed, number):
            command += ["--state", state]
        with self._lock:
            if self._ended:
                return None
            self._processes[name] = process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        out, complaints = process.communicate()
        with self._lock:
            self._processes.pop(name)
            if self._ended:
                return None
        if process.returncode in {0, 1} and out:
            return Done(example=example, number=number, told=json.loads(out))
        clear(name)
        failed = f"ended with {process.returncode}: {complaints.strip()}"
        return Done(example=example, number=number, told=None, failed=failed)

    def end(self) -> None:
        """Stop what runs; each takes its lab down."""
        with self._lock:
            self._ended = True
            for process in self._processes.values():
                process.terminate()


if __name__ == "__main__":
    sys.exit(main())
