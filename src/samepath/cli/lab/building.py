"""``samepath lab up``, ``down`` and ``list``."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from samepath.cli.check.devices import DeviceOption, PlatformOption, VpnOption
from samepath.cli.exit_codes import ExitCode
from samepath.cli.lab.common import (
    AsJson,
    Bar,
    Unusable,
    complete_lab,
    print_json,
    say_waiting,
)
from samepath.cli.lab.status import status_table
from samepath.cli.rehearsal import document, show, wanted
from samepath.cli.unfinished import half_built
from samepath.lab.evidence import diagnose_all, diagnose_parts
from samepath.lab.lab import Lab, machine_of, no_such_lab, running_labs, take_down
from samepath.lab.preflight import check_machine
from samepath.lab.refusals import Refusals
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.node.home import worlds

USABLE_WITHIN = 30.0
"""Seconds that ``up`` waits for the tunnels before it says which are missing.

It knows sooner where their ends have refused each other."""


def up(
    file: Annotated[
        Path | None, typer.Argument(help="The topology file.", show_default=False)
    ] = None,
    vpn: VpnOption = None,
    device: DeviceOption = None,
    platform: PlatformOption = None,
    name: Annotated[
        str | None, typer.Option("--name", help="Run it under another name than the file's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring up the VPN of a topology file, both ends, and wait until its tunnels carry traffic.

    Or rehearse one that you have: what AWS and your devices tell, with an FRR or a BIRD for each
    device; everything that stands for something else is listed.

    Example: samepath lab up examples/active-standby.yaml

    Rehearsal: samepath lab up --vpn vpn-connections.json --device fw1=fw1.conf
    """
    asked = wanted(file, vpn, device, platform)
    topology = asked.topology
    check_machine(topology)
    console = Console()
    if not as_json:
        show(Console(highlight=False), asked.rehearsed)
    started = time.monotonic()
    lab = Lab(name or topology.name, topology)
    lab.home.on_wait = say_waiting
    among_ends = Refusals(lab)
    option = f" --name {name}" if name else ""
    with half_built(lab.name, f"samepath lab up {asked.words}{option}"), lab:
        with Bar("building", quiet=as_json) as bar:
            steps = lab.up(asked.text, bar)
        status = wait_usable(StatusReader(lab), USABLE_WITHIN, among_ends.of)
    seconds = time.monotonic() - started
    ready = status.ready
    if as_json:
        print_json(
            "samepath.lab.up/1",
            name=lab.name,
            steps=len(steps),
            ready=ready,
            warnings=asked.warnings,
            seconds=round(seconds, 2),
            rehearsal=document(asked.rehearsed),
            status=asdict(status),
        )
    else:
        console.print(status_table(status))
        word = "up" if ready else "built, but not every tunnel is usable"
        console.print(f"lab [bold]{lab.name}[/] is {word} after {seconds:.1f} s.")
    if not ready:
        with lab:
            causes = (*diagnose_all(lab), *diagnose_parts(lab))
        for found in causes:
            if found.layer is not None:
                typer.echo(
                    f"samepath: {found.element}: {found.layer.value} fails, as the "
                    f"{found.seen_by.value if found.seen_by else 'lab'} sees it: {found.what}",
                    err=True,
                )
        typer.echo(f"The lab stays up; next: samepath lab why --lab {lab.name}", err=True)
        raise typer.Exit(ExitCode.WORLD)


def down(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            envvar="SAMEPATH_LAB",
            autocompletion=complete_lab,
            help="Which lab; needed only with several.",
        ),
    ] = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Every lab of this machine.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a lab down and leave nothing behind; also a half-built one, also twice.

    A lab that SAMEPATH_LAB names must be there.

    Example: samepath lab down
    """
    source = context.get_parameter_source("name")
    typed = source is None or source.name != "ENVIRONMENT"
    if name is not None and (typed or not all_labs):
        names = [name]
    else:
        names = list(running_labs())
        if len(names) > 1 and not all_labs:
            raise Unusable(f"which lab? Running here: {', '.join(names)}; name one, or say --all")
    if not names and not as_json:
        print("no lab is running here; nothing to do")
    for one in names:
        with Bar(f"taking down {one}", quiet=as_json) as bar, machine_of(one) as machine:
            there = one in worlds()
            if not there and not typed:
                raise no_such_lab(one)
            machine.home.on_wait = say_waiting
            there = bool(take_down(machine, bar)) or there
        if not as_json:
            print(
                f"lab {one} is down; nothing of it is left"
                if there
                else f"{no_such_lab(one)}; nothing to do"
            )
    if as_json:
        print_json("samepath.lab.down/1", labs=names)


def list_labs(as_json: AsJson = False) -> None:
    """Name the labs that run here.

    Example: samepath lab list
    """
    there = running_labs()
    if as_json:
        print_json("samepath.lab.list/1", labs=list(there))
    else:
        print("\n".join(there) or "no lab is running here")
