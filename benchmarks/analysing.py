"""An analysis in a process of its own, so that its memory is its own, and its first call the first.

``python -m benchmarks.analysing fleet CONNECTIONS`` builds a fleet in memory and analyses it;
``python -m benchmarks.analysing file FILE`` reads a topology file and analyses it;
``python -m benchmarks.analysing device KIND`` reads a device's configuration of a kind of
:mod:`benchmarks.devices`. All print what they took as JSON.
"""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks import devices
from benchmarks.fleets import fleet
from samepath.device import readers
from samepath.device.reading.source import Source
from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.evaluator import analyse
from samepath.routing.prevalence import prevalences
from samepath.routing.repair import repair
from samepath.routing.states import ALL_UP

T = TypeVar("T")
NETWORKS = 100
"""Networks behind each connection of a fleet."""


class AnalysisFailed(RuntimeError):
    """An analysis did not come to its end; the text is what it said last."""


def measured(*words: str) -> dict[str, float]:
    """What an analysis took, in a process of its own. Raises :class:`AnalysisFailed`."""
    command = [sys.executable, "-m", "benchmarks.analysing", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise AnalysisFailed(done.stderr.strip())
    return {str(name): float(value) for name, value in json.loads(done.stdout).items()}


def _timed(what: Callable[[], T]) -> tuple[T, float]:
    """What it gives, and the processor's seconds that it took: it has one thread."""
    started = time.process_time()
    found = what()
    return found, time.process_time() - started


def peak_of_untrusted(text: str) -> float:
    """MB of the ``VmHWM`` line of ``/proc/PID/status``. ValueError if there is none."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise ValueError("no VmHWM line")
    return int(found[1]) * 1024 / 1e6


def _peak() -> float:
    """The most memory that this process has had, in MB: its parent's is none of it."""
    return peak_of_untrusted(Path("/proc/self/status").read_text())


def _loaded(connections: int) -> Topology:
    """A fleet in memory, looked through by the garbage collector as what has just been made is."""
    made = fleet(connections, NETWORKS)
    gc.collect()  # Else it is due in the midst of the analysis, for what loading has left.
    return made


def _of_fleet(connections: int) -> dict[str, float]:
    topology, loading = _timed(lambda: _loaded(connections))
    loaded = _peak()
    found, analysis = _timed(lambda: analyse(topology))
    told, findings = _timed(lambda: list(prevalences(found)))
    peak = _peak()
    mended, repairing = _timed(lambda: repair(topology))
    return {
        "loading": loading,
        "loaded": loaded,
        "analysis": analysis,
        "findings": findings,
        "repair": repairing,
        "changes": len(mended.changes),
        "pairs": sum(one.count for one in found.told() if one.state == ALL_UP),
        "found": sum(one.parts for one in told),
        "kinds": len(found.kinds),
        "peak": peak,
        "peak with repair": _peak(),
    }


def _of_file(path: Path) -> dict[str, float]:
    topology = parse(path.read_text(), filename=str(path)).topology
    return {"analysis": _timed(lambda: tuple(analyse(topology)))[1]}


def _of_device(kind: str) -> dict[str, float]:
    sources = [Source(name="device", text=devices.text(kind))]
    return {"reading": _timed(lambda: readers.read(sources))[1], "peak": _peak()}


def main(words: list[str]) -> None:
    """Analyse, and print what it took."""
    kind, what = words
    took = {
        "fleet": lambda: _of_fleet(int(what)),
        "file": lambda: _of_file(Path(what)),
        "device": lambda: _of_device(what),
    }
    print(json.dumps(took[kind]()))


if __name__ == "__main__":
    main(sys.argv[1:])
