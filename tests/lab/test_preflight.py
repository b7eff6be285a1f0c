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


@pytest.mark.parametrize(
    ("program", "device", "refused"),
    [
        (Program.KEEPALIVED, "cluster: {}", True),
        (Program.CONNTRACKD, "cluster: {}", False),
        (Program.CONNTRACKD, "cluster: {state_sync: true}", True),
        (Program.CONNTRACKD, "platform: bird", False),
    ],
)
def test_a_cluster_asks_for_the_daemons_that_it_has(
    monkeypatch: pytest.MonkeyPatch,
    program: Program,
    device: str,
    refused: bool,
) -> None:
    without = replace(WHOLE, programs=frozenset(Program) - {program})
    monkeypatch.setattr(preflight, "observe_machine", lambda: without)
    of = topology({"seoul": "mode: pinned"}, dc=device)

    if refused:
        with pytest.raises(MachineNotReady, match=f"The program {program.value} is not installed"):
            check_machine(of)
    else:
        check_machine(of)
