"""Whether a machine can run a lab depends on what the lab's file asks for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.control.test_readiness import WHOLE
from tests.control.topologies import topology

from samepath.control.readiness import FRR
from samepath.lab import preflight
from samepath.lab.preflight import MachineNotReady, check_machine
from samepath.linux.facts import Program

BIRDS = topology({"seoul": "mode: pinned"})
FRRS = topology({"seoul": "mode: pinned"}, dc="platform: frr")


def test_without_frr_only_a_file_with_an_frr_is_refused_with_the_command_that_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without = replace(WHOLE, programs=frozenset(Program) - set(FRR))
    monkeypatch.setattr(preflight, "observe_machine", lambda: without)

    check_machine(BIRDS)
    with pytest.raises(MachineNotReady) as refused:
        check_machine(FRRS)
    assert "FRR is not installed" in str(refused.value)
    assert "mend: systemctl mask frr.service && apt-get install " in str(refused.value)


def test_a_whole_machine_runs_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "observe_machine", lambda: WHOLE)

    check_machine(BIRDS)
    check_machine(FRRS)
