"""The answer of ``samepath fix`` as JSON has it."""

from __future__ import annotations

from samepath.cli.fix.device_lines import document
from samepath.cli.fix.statements import lines, path, place, subject
from samepath.model.change import Change
from samepath.model.topology import Topology
from samepath.pairing.mending import Mending
from samepath.pairing.paired import Paired
from samepath.routing.compile import tunnel_of
from samepath.routing.repair import GroupRepair, Repair
from samepath.routing.repair.goal import Fault
from samepath.routing.repair.steps import Step
from samepath.routing.verdict import PairInState

SCHEMA = "samepath.fix/1"


def document_of(
    it: Repair, topology: Topology, paired: Paired | None = None, mending: Mending | None = None
) -> dict[str, object]:
    """The answer as JSON has it.

    ``paired`` has the lines of devices that it is about, ``mending`` those that are typed there.
    """
    return {
        "schema": SCHEMA,
        "result": it.result.name.lower(),
        "groups": [_group(group, topology, paired, mending) for group in it.groups],
        "states": [
            {
                "vpc": str(after.pair.vpc),
                "site": str(after.pair.site),
                "state": after.state.name,
                "before": _outcomes(it.before[key]),
                "after": _outcomes(after),
            }
            for key, after in it.after.items()
        ],
    }


def _group(
    group: GroupRepair, topology: Topology, paired: Paired | None, mending: Mending | None
) -> dict[str, object]:
    return {
        "gateway": group.group.gateway,
        "connections": list(group.group.connections),
        "mode": group.chosen.mode.value,
        "why": group.chosen.why,
        "result": group.result.name.lower(),
        "steps": [_step_document(step, topology, paired, mending) for step in group.steps],
        "price": list(group.price),
        "left": [_fault(fault) for fault in group.left],
        "nearest": [_fault(fault) for fault in group.nearest],
        "alike": [
            {
                "connections": list(one.group.connections),
                "steps": [_statement(change, topology, paired, mending) for change in one.changes],
            }
            for one in group.alike
        ],
    }


def _statement(
    change: Change, topology: Topology, paired: Paired | None, mending: Mending | None
) -> dict[str, object]:
    told = tuple(lines(change, topology))
    where = None if paired is None else place(change, paired)
    return {
        "subject": subject(change, topology),
        "path": path(change),
        "file": where and where.file,
        "line": where and where.line,
        "removed": [line for sign, line in told if sign == "-"],
        "added": [line for sign, line in told if sign == "+"],
        **({} if mending is None else document(change, mending)),
    }


def _step_document(
    step: Step, topology: Topology, paired: Paired | None, mending: Mending | None
) -> dict[str, object]:
    return {
        **_statement(step.change, topology, paired, mending),
        "losing": [
            {"vpc": str(one.pair.vpc), "site": str(one.pair.site), "state": one.state.name}
            for one in step.faults
        ],
        "open_flows": [
            {
                "vpc": str(cut.pair.vpc),
                "site": str(cut.pair.site),
                "may": sorted(one.name.lower() for one in cut.transitions),
            }
            for cut in step.cuts
        ],
    }


def _fault(fault: Fault) -> dict[str, object]:
    return {
        "vpc": str(fault.one.pair.vpc),
        "site": str(fault.one.pair.site),
        "state": fault.one.state.name,
        "what": fault.what,
    }


def _outcomes(one: PairInState) -> list[dict[str, object]]:
    found = {
        (*outcome.result.ways.tunnels, outcome.result.verdict): None for outcome in one.outcomes
    }
    return [
        {
            "to_site": to_site and tunnel_of(to_site),
            "to_vpc": to_vpc and tunnel_of(to_vpc),
            "verdict": verdict.value,
        }
        for to_site, to_vpc, verdict in found
    ]
