"""The command ``samepath availability``: reads the files, lets them be computed, and prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.availability.computed import Computed
from samepath.cli.availability.document import document
from samepath.cli.availability.drill_file import LARGEST, read_gaps
from samepath.cli.availability.lines import lines
from samepath.cli.exit_codes import ExitCode
from samepath.cli.files import read_text, read_topology
from samepath.model.elements import Element, ElementKind, element_called
from samepath.model.topology import Topology
from samepath.routing.availability.expectation import expect
from samepath.routing.availability.figures import Figures
from samepath.routing.availability.figures_file import read_figures
from samepath.routing.availability.template import TEMPLATE


class NoFigures(ValueError):
    """Nothing says how often anything fails; the text says how to give it."""


class NothingToLeaveOut(ValueError):
    """What a design is to lack is neither a tunnel nor a customer gateway."""


def _print_figures(*, wanted: bool) -> None:
    if wanted:
        typer.echo(TEMPLATE, nl=False)
        raise typer.Exit


def _percent(text: str) -> float:
    """A percentage, with its sign or without, as a share. Raises what tells it on the command line."""
    try:
        percent = float(text.strip().removesuffix("%"))
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no percentage such as 99.9") from error
    if not 0 <= percent <= 100:
        raise typer.BadParameter(f"{text!r} is no percentage from 0 to 100")
    return percent / 100


def availability(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The topology file.", show_default=False)
    ],
    figures: Annotated[
        Path | None,
        typer.Option(
            metavar="FIGURES", help="How often each kind of component fails, and for how long."
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KIND.KEY=VALUE",
            help="One figure, before what FIGURES says; may be given more than once.",
        ),
    ] = None,
    assume: Annotated[
        bool,
        typer.Option(
            "--assume",
            help="Take samepath's ASSUMED figures for every kind that is not given. They have no "
            "source, and serve to compare designs.",
        ),
    ] = False,
    drill: Annotated[
        Path | None,
        typer.Option(
            metavar="DRILL.json", help="What samepath drill FILE --json has printed: its gaps."
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ELEMENT",
            help="Leave a tunnel or a customer gateway out of the design; may be given more than "
            "once.",
        ),
    ] = None,
    at_least: Annotated[
        float | None,
        typer.Option(
            metavar="PERCENT",
            parser=_percent,
            help="End with 1 unless every pair certainly has so much, such as 99.9.",
        ),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything that contributes, however little.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    print_figures: Annotated[  # noqa: ARG001 - its callback does it
        bool,
        typer.Option(
            "--print-figures",
            help="Print a file of ASSUMED figures to edit, and end.",
            is_eager=True,
            callback=lambda value: _print_figures(wanted=value),
        ),
    ] = False,
) -> None:
    """Tell how long a design is to be expected without a working way, and why.

    It rests on your figures of the components, what check predicts of each state,
    and the gaps that drill has measured. What is shared counts by a beta factor.
    Exit code 0: computed; 1: --at-least is not certain; 2: a file cannot be used.

    Examples: samepath availability --print-figures > figures.yaml

    samepath availability vpn.yaml --figures figures.yaml --drill drill.json

    samepath availability vpn.yaml --assume --without seoul/tunnel2
    """
    _, read = read_topology(file)
    for warning in read.warnings():
        typer.echo(f"samepath: warning: {warning.render(str(file))}", err=True)
    topology = read.topology
    taken = _figures(figures, settings or (), assume=assume)
    missing = tuple(dict.fromkeys(_missing(topology, without or ())))
    measured = (
        None
        if drill is None
        else read_gaps(
            read_text(drill, what="drill", largest=LARGEST), topology, filename=str(drill)
        )
    )
    computed = Computed(
        file=str(file),
        topology=topology,
        figures=taken,
        expected=expect(topology, taken, None if measured is None else measured.gaps, missing),
        measured=measured,
        without=missing,
        at_least=at_least,
    )
    if as_json:
        print(json.dumps(document(computed), indent=2))
    else:
        console = Console(highlight=False)
        for line in lines(computed, everything=everything):
            console.print(line)
    if computed.reached is False:
        raise typer.Exit(ExitCode.FINDINGS)


def _figures(file: Path | None, settings: Iterable[str], *, assume: bool) -> Figures:
    text = None if file is None else read_text(file, what="file of figures")
    found = read_figures(text, tuple(settings), filename=str(file), assume=assume)
    if not found.kinds:
        raise NoFigures(
            "which figures? samepath has none of its own that have a source.\n"
            "Write yours: samepath availability --print-figures > figures.yaml\n"
            "and give them with --figures figures.yaml; or compare designs with --assume"
        )
    return found


def _missing(topology: Topology, names: Iterable[str]) -> Iterator[Element]:
    for name in names:
        element = element_called(topology, name)
        if element.kind is ElementKind.CONNECTION:
            for tunnel in topology.connections[element.name].tunnels:
                yield Element(kind=ElementKind.TUNNEL, name=element.name, tunnel=tunnel.number)
        elif element.kind in {ElementKind.TUNNEL, ElementKind.CUSTOMER_GATEWAY}:
            yield element
        else:
            raise NothingToLeaveOut(
                f"--without {name}: only a tunnel (seoul/tunnel2), a connection or a customer "
                "gateway (cgw:fw2) can be left out of a design"
            )
