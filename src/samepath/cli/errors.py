"""From an exception to one sentence and an exit code: the one table.

The classes are named by their text, so that saying how they end does not import them:
``samepath doctor`` must not load the netlink library to know what its errors would mean.
A class that is not here, nor any of its bases, is a mistake of ours and ends as such.
A test holds the table and the tree together: every name exists, and every exception class of
samepath is covered.
"""

from __future__ import annotations

from samepath.cli.exit_codes import ExitCode

ERRORS: dict[str, ExitCode] = {
    "samepath.aws.configuration.InvalidConfiguration": ExitCode.INPUT,
    "samepath.aws.reading.InvalidDescription": ExitCode.INPUT,
    "samepath.aws.xml_tree.NotXml": ExitCode.INPUT,
    "samepath.cli.availability.command.NoFigures": ExitCode.INPUT,
    "samepath.cli.availability.command.NothingToLeaveOut": ExitCode.INPUT,
    "samepath.cli.availability.drill_file.NotADrill": ExitCode.INPUT,
    "samepath.cli.check.observed.WhoseTable": ExitCode.INPUT,
    "samepath.cli.check.sources.UnusableFiles": ExitCode.INPUT,
    "samepath.cli.files.CannotRead": ExitCode.INPUT,
    "samepath.cli.files.FileExists": ExitCode.INPUT,
    "samepath.cli.fix.command.MendFirst": ExitCode.FINDINGS,
    "samepath.cli.lab.common.Unusable": ExitCode.INPUT,
    "samepath.cli.lab.faults.BrokenByAnother": ExitCode.INPUT,
    "samepath.cli.lab.preference.CarriesNothing": ExitCode.WORLD,
    "samepath.cli.output.CannotWrite": ExitCode.WORLD,
    "samepath.cli.page.UnusableFolder": ExitCode.INPUT,
    "samepath.control.addressing.TooManyLinks": ExitCode.INPUT,
    "samepath.device.bgp_table.NotABgpTable": ExitCode.INPUT,
    "samepath.device.policy.NotRenderable": ExitCode.INPUT,
    "samepath.device.junos.groups.TooMuchInherited": ExitCode.INPUT,
    "samepath.device.junos.rearranging.Refused": ExitCode.INPUT,
    "samepath.device.junos.rearranging.TooMuch": ExitCode.INPUT,
    "samepath.device.readers.UnknownPlatform": ExitCode.INPUT,
    "samepath.device.reading.prefix_sets.TooManyPatterns": ExitCode.INPUT,
    "samepath.device.strongswan.proposals.UnknownAlgorithm": ExitCode.INPUT,
    "samepath.device.writing.patch.NotWritable": ExitCode.INPUT,
    "samepath.drivers.errors.DriverError": ExitCode.WORLD,
    "samepath.drivers.supervisor.CannotSpawn": ExitCode.WORLD,
    "samepath.lab.capture.CannotCapture": ExitCode.WORLD,
    "samepath.lab.capture.NoTcpdump": ExitCode.WORLD,
    "samepath.lab.demo.scene.NotSettled": ExitCode.WORLD,
    "samepath.lab.drill.drill.NotReady": ExitCode.WORLD,
    "samepath.lab.drill.drill.NothingToDrill": ExitCode.INPUT,
    "samepath.lab.drill.staging.CannotStage": ExitCode.INPUT,
    "samepath.lab.faults.CannotBreak": ExitCode.INPUT,
    "samepath.lab.lab.CannotBuild": ExitCode.INPUT,
    "samepath.lab.lab.HalfBuilt": ExitCode.WORLD,
    "samepath.lab.lab.NameTaken": ExitCode.WORLD,
    "samepath.lab.lab.NoSuchLab": ExitCode.INPUT,
    "samepath.lab.ping.CannotPing": ExitCode.WORLD,
    "samepath.lab.preflight.MachineNotReady": ExitCode.WORLD,
    "samepath.lab.probe.process.ProbeFailed": ExitCode.WORLD,
    "samepath.model.elements.InvalidElement": ExitCode.INPUT,
    "samepath.model.fields.Refused": ExitCode.INPUT,
    "samepath.model.problems.InvalidDocument": ExitCode.INPUT,
    "samepath.model.writing.CannotSay": ExitCode.INPUT,
    "samepath.node.home.CannotKeep": ExitCode.WORLD,
    "samepath.node.home.InvalidWorldName": ExitCode.INPUT,
    "samepath.node.home.NotAllowed": ExitCode.WORLD,
    "samepath.node.home.WorldBusy": ExitCode.WORLD,
    "samepath.node.reconcile.NotConverging": ExitCode.WORLD,
    "samepath.node.secrets.SecretUnavailable": ExitCode.INPUT,
    "samepath.pairing.device.CannotPair": ExitCode.INPUT,
    "samepath.pairing.devising.CannotDevise": ExitCode.INPUT,
    "samepath.pairing.rehearsal.CannotRehearse": ExitCode.INPUT,
    "samepath.routing.assumption.TooManyOutcomes": ExitCode.INPUT,
    "samepath.routing.availability.expectation.TooMuchWork": ExitCode.INPUT,
    "samepath.routing.availability.figures_file.InvalidFigures": ExitCode.INPUT,
    "samepath.routing.network.InvalidNetwork": ExitCode.INPUT,
    "samepath.routing.states.NotModelled": ExitCode.INPUT,
}


def exit_code(error: type[BaseException]) -> ExitCode:
    """How a command ends that raised ``error``: by the nearest class that the table knows."""
    for cls in error.__mro__:
        code = ERRORS.get(f"{cls.__module__}.{cls.__qualname__}")
        if code is not None:
            return code
    return ExitCode.BUG


def sentence(error: BaseException) -> str:
    """What went wrong, in the error's own words; more than one line where it tells of many.

    The error's notes follow: what to do next, from whoever knows.
    """
    # A KeyError's str() is the repr of its argument.
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return "\n".join((text or type(error).__name__, *getattr(error, "__notes__", ())))
