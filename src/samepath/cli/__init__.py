"""The ``samepath`` command.

Each command lives in a module of its own, which is imported only when the command is called:
``samepath --help`` answers at once, and a command loads no library that another one needs.
:data:`COMMANDS` is the list; a new command is a module and a line there.

This package must not hold: anything that another front end would need too. A command reads its
arguments, calls what does the work, and prints.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer

from samepath.cli.errors import exit_code, sentence
from samepath.cli.exit_codes import ExitCode
from samepath.cli.output import written_out
from samepath.cli.stopping import stoppable


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """Where a command is: a ``typer.Typer`` (a group) or a function, by its module and name.

    ``help`` is its line in ``samepath --help``, which is printed without importing the module.
    """

    module: str
    attribute: str
    help: str


COMMANDS = {
    "check": Command(
        module="samepath.cli.check.command",
        attribute="check",
        help="Predict the path of each direction in every failure state, and what drops.",
    ),
    "fix": Command(
        module="samepath.cli.fix.command",
        attribute="fix",
        help="Find the smallest change after which nothing is dropped, and what it costs.",
    ),
    "device": Command(
        module="samepath.cli.device.command",
        attribute="device",
        help="Tell what is understood of a device's configuration, and what is not.",
    ),
    "config": Command(
        module="samepath.cli.config.command",
        attribute="config",
        help="Write a whole customer gateway for a connection of AWS's, in a platform's words.",
    ),
    "drill": Command(
        module="samepath.cli.drill.command",
        attribute="drill",
        help="Bring every failure state about in a lab, and compare packets with the prediction.",
    ),
    "availability": Command(
        module="samepath.cli.availability.command",
        attribute="availability",
        help="Tell how long a design is to be expected without a working way, and why.",
    ),
    "demo": Command(
        module="samepath.cli.demo",
        attribute="demo",
        help="Show a failover, an asymmetric drop and its repair, on real tunnels, in under three minutes.",
    ),
    "lab": Command(
        module="samepath.cli.lab",
        attribute="app",
        help="Build both ends of a VPN here; break things; watch.",
    ),
    "doctor": Command(
        module="samepath.cli.doctor",
        attribute="doctor",
        help="Tell what this machine can run, and how to mend what is missing.",
    ),
}


def _version(*, wanted: bool) -> None:
    if wanted:
        from importlib import metadata  # noqa: PLC0415 - slow to load, and rarely asked for

        typer.echo(f"samepath {metadata.version('samepath')}")
        raise typer.Exit


def _root(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            is_eager=True,
            callback=lambda value: _version(wanted=value),
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print a traceback with any error.")
    ] = False,
) -> None:
    """A highly available site-to-site VPN that keeps both directions of a flow on one tunnel.

    Exit codes: 0 fine, 1 findings, 2 input that cannot be used, 3 the machine or the network said
    no, 70 a bug in samepath.
    """


def application(words: Sequence[str]) -> typer.Typer:
    """The command line, with the module of the command that ``words`` call, and of no other."""
    app = typer.Typer(
        name="samepath",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    called = next((word for word in words if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        if name != called:
            # Only to be listed: had it been called, its module would have been loaded.
            app.command(name, help=command.help)(_listed)
            continue
        target = getattr(import_module(command.module), command.attribute)
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=name)
        else:
            app.command(name)(target)
    return app


def _listed() -> None:
    raise AssertionError("a command that was not loaded was called")


def _words(arguments: Sequence[str]) -> Sequence[str]:
    """The words typed so far: the arguments, or what a shell asks completions for."""
    if "_SAMEPATH_COMPLETE" not in os.environ:
        return arguments
    typed = os.environ.get("COMP_WORDS", os.environ.get("_TYPER_COMPLETE_ARGS", ""))
    return typed.split()[1:]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and end the process with one of the exit codes.

    Raises:
        SystemExit: always.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        with stoppable(), written_out():
            application(_words(arguments))(args=list(arguments), prog_name="samepath")
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the boundary: every error ends as a sentence
        debug = "--debug" in arguments or bool(os.environ.get("SAMEPATH_DEBUG"))
        sys.exit(_report(error, debug=debug))


def _report(error: Exception, *, debug: bool) -> ExitCode:
    """Say on stderr what went wrong, if anybody is there to read it; returns how to end."""
    code = exit_code(type(error))
    with suppress(OSError):  # The terminal has been closed.
        _tell(error, code, debug=debug)
    return code


def _tell(error: Exception, code: ExitCode, *, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    if code is ExitCode.BUG:
        words = "".join(traceback.format_exception_only(error)).strip()
        typer.echo(f"samepath: this is a bug in samepath: {words}", err=True)
        if not debug:
            typer.echo("Run it again with SAMEPATH_DEBUG=1 to see where.", err=True)
    else:
        typer.echo(f"samepath: {sentence(error)}", err=True)
