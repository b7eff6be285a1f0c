"""Whether this machine can run a lab, before anything is touched."""

from __future__ import annotations

from samepath.control.readiness import Finding, Use, assess
from samepath.control.speakers import frr_customers
from samepath.drivers.machine import observe_machine
from samepath.model.topology import Topology
from samepath.model.topology_view import clusters, vrrp_sites


class MachineNotReady(RuntimeError):
    """Something that a lab needs is missing; the text says what, and the command that mends it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        listed = "\n".join(
            f"  {finding.what}" + (f"\n    mend: {finding.mend}" if finding.mend else "")
            for finding in findings
        )
        super().__init__(f"this machine cannot run a lab:\n{listed}")


def check_machine(topology: Topology) -> None:
    """Look at the machine. Raises :class:`MachineNotReady` if a lab of ``topology`` cannot run here."""
    assessment = assess(observe_machine())
    blocking = assessment.blocking(_use(topology))
    if frr_customers(topology):
        blocking += assessment.frr_missing()
    if blocking:
        raise MachineNotReady(blocking)


def _use(topology: Topology) -> Use:
    """What a lab of ``topology`` asks of the machine, beside an FRR."""
    if any(one.shares_sessions for one in topology.customer_gateways.values()):
        return Use.SHARED_SESSIONS
    return Use.VRRP if vrrp_sites(topology) or clusters(topology) else Use.USERSPACE
