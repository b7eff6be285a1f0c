"""What a pair makes of a station that answers, and of one that falls silent."""

from __future__ import annotations

import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from samepath.lab.probe import HostRef, ProbeFailed, ProbePair, Run, pair, process
from samepath.lab.probe.wire import Notes

HOST = HostRef("sp-nowhere", "192.0.2.1")
NOTES = Notes(1, 2, array("q", range(30_000)), array("q", [7]), array("q", [8]), 0)
"""Of more bytes than a pipe holds at once."""
STATION = """
import sys, time
first, notes, written = sys.argv[1:]
notes = open(notes, "rb").read()
print(first, flush=True)
for line in sys.stdin:
    if line.strip() == "notes":
        print(len(notes), flush=True)
        sys.stdout.buffer.write(notes[: int(written)])
        sys.stdout.flush()
"""
WHOLE = len(NOTES.pack())


def measured(monkeypatch: pytest.MonkeyPatch, folder: Path, first: str, written: int) -> Run:
    """A run with stations that say a word, and later so many bytes of their notes."""
    notes = folder / "notes"
    notes.write_bytes(NOTES.pack())

    def start(*_: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", STATION, first, str(notes), str(written)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    monkeypatch.setattr(process, "start", start)
    monkeypatch.setattr(pair, "DRAIN", 0.0)
    with ProbePair(a=HOST, b=HOST) as measuring:
        return measuring.finish()


def test_notes_of_more_than_a_pipe_holds_come_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run = measured(monkeypatch, tmp_path, "ready", WHOLE)

    assert (run.a, run.b) == (NOTES, NOTES)


@pytest.mark.parametrize("written", [0, 100, WHOLE - 1])
def test_a_station_that_falls_silent_in_its_notes_is_named_and_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: int
) -> None:
    monkeypatch.setattr(process, "ANSWER_WITHIN", 1.0)

    with pytest.raises(ProbeFailed, match="station in sp-nowhere has not answered within 1 s"):
        measured(monkeypatch, tmp_path, "ready", written)


def test_a_station_that_says_another_word_has_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ProbeFailed, match="the station in sp-nowhere said 'no', not 'ready'"):
        measured(monkeypatch, tmp_path, "no", WHOLE)
