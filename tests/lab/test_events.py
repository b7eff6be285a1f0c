"""What happened, from the logs of all daemons, told once and in order."""

from __future__ import annotations

from pathlib import Path

from samepath.drivers.logs import trim
from samepath.lab.events import FAULT_LOG, EventReader
from samepath.model.document import parse

TOPOLOGY = parse((Path(__file__).parents[1] / "packet" / "two-tunnels.yaml").read_text()).topology


def note(folder: Path, source: str, *lines: str) -> None:
    with (folder / f"{source}.log").open("a") as log:
        log.writelines(f"2026-01-02 03:04:{line}\n" for line in lines)


def texts(reader: EventReader) -> list[str]:
    return [event.text for event in reader.read()]


def test_events_of_all_logs_are_in_order_of_time_and_each_is_told_once(tmp_path: Path) -> None:
    reader = EventReader(tmp_path, TOPOLOGY)
    assert texts(reader) == []
    note(tmp_path, FAULT_LOG, "05.000 broken: seoul/tunnel1 (cut)", "09.000 healed: seoul (cut)")
    note(tmp_path, "agent", "07.000 bird-gw-vgw ended: exit status 1")
    note(tmp_path, "charon-ep-seoul-1", "08.000 00[DMN] no event")
    assert texts(reader) == [
        "broken: seoul/tunnel1 (cut)",
        "bird-gw-vgw ended: exit status 1",
        "healed: seoul (cut)",
    ]
    assert texts(reader) == []
    note(tmp_path, FAULT_LOG, "10.000 broken: seoul (cut)")
    assert texts(reader) == ["broken: seoul (cut)"]


def test_a_log_that_is_cut_tells_nothing_twice_and_nothing_new_is_missed(tmp_path: Path) -> None:
    reader = EventReader(tmp_path, TOPOLOGY)
    lines = [f"{second:02}.000 broken: element{second} (cut)" for second in range(60)]
    note(tmp_path, FAULT_LOG, *lines)
    assert len(texts(reader)) == 60

    assert trim(tmp_path, most=600, kept=300)
    note(tmp_path, FAULT_LOG, "59.000 broken: same (cut)", "59.500 healed: all (cut)")
    assert texts(reader) == ["broken: same (cut)", "healed: all (cut)"]
