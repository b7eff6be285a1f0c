"""Whether this machine can run a lab, before anything is touched."""

from __future__ import annotations

from samepath.control.readiness import Finding, Use, assess
from samepath.drivers.machine import observe_machine


class MachineNotReady(RuntimeError):
    """Something that a lab needs is missing; the text says what, and the command that mends it."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        listed = "\n".join(
            f"  {finding.what}" + (f"\n    mend: {finding.mend}" if finding.mend else "")
            for finding in findings
        )
        super().__init__(f"this machine cannot run a lab:\n{listed}")


def check_machine() -> None:
    """Look at the machine. Raises :class:`MachineNotReady` if a lab cannot run here."""
    blocking = assess(observe_machine()).blocking(Use.USERSPACE)
    if blocking:
        raise MachineNotReady(blocking)
