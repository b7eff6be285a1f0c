"""``samepath lab why``: what fails, what shows it, and what to type next."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, replace
from typing import Annotated

import typer

from samepath.cli.exit_codes import ExitCode
from samepath.cli.lab.common import AsJson, LabName, complete_element, naming, print_json, the_lab
from samepath.cli.lab.status import told_self_configured
from samepath.control.diagnosis import Diagnosis
from samepath.control.swanctl_endpoint import self_configured
from samepath.lab.evidence import diagnose_all, diagnose_parts
from samepath.lab.faults import behind
from samepath.lab.lab import HalfBuilt, Lab
from samepath.lab.status import StatusReader
from samepath.model.cautions import tunnel_warnings
from samepath.model.elements import tunnel_called
from samepath.model.topology import Topology


def why(
    element: Annotated[
        str | None,
        typer.Argument(
            autocompletion=complete_element,
            help="A tunnel, a connection, gw:NAME, cgw:NAME or a part; everything without it.",
        ),
    ] = None,
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Tell why a tunnel carries no traffic: the first layer that fails, and what shows it.

    It asks both ends' daemons, reads their logs and sends a few pings outside and inside the
    tunnel. With each tunnel stand the topology file's warnings about it: what may yet stop it.
    After the tunnels come the gateway's router, the customer's and its LAN leg, where one fails.
    Ends with 0 if every layer works and with 1 if one fails, or if it was asked of everything and
    a direction has no route.

    Example: samepath lab why seoul/tunnel1
    """
    with the_lab(lab) as running:
        end = naming(running, lab)
        found = [_with_next(running, one, end) for one in diagnose_all(running, element)]
        parts = [_with_next(running, one, end) for one in diagnose_parts(running, element)]
        reader = StatusReader(running)
        directions = reader.directions({one.element.partition("/")[0] for one in found})
        faults = reader.faults()
        own = _self_configured(running.topology, {one.element.partition("/")[0] for one in found})
        try:
            running.require_built()
        except HalfBuilt as half:
            typer.echo(f"samepath: {half}", err=True)
    if as_json:
        print_json(
            "samepath.lab.why/1",
            lab=running.name,
            tunnels=[
                {**asdict(one), "warnings": _warnings(running.topology, one)} for one in found
            ],
            parts=[asdict(part) for part in parts],
            directions=[asdict(direction) for direction in directions],
            faults=list(faults),
            self_configured=own,
        )
    else:
        for one in found:
            print(*told(one), sep="\n")
            for warning in _warnings(running.topology, one):
                print(f"  warning   {warning}")
        for customer in own:
            print(told_self_configured(customer))
        for part in parts:
            print(*told(part), sep="\n")
        for direction in directions:
            print(
                f"{direction.source} -> {direction.destination}: next packet takes "
                f"{direction.taken}"
            )
        for fault in faults:
            print(f"broken on purpose: {fault}")
    cut_off = element is None and any(each.routed is None for each in directions)
    if cut_off or any(one.layer is not None for one in (*found, *parts)):
        raise typer.Exit(ExitCode.FINDINGS)


def _self_configured(topology: Topology, connections: Collection[str]) -> list[str]:
    """The customer gateways of these connections whose strongSwan configures itself."""
    concerned = {topology.connections[name].customer_gateway for name in connections}
    return [f"cgw:{name}" for name in self_configured(topology) if name in concerned]


def _with_next(lab: Lab, found: Diagnosis, end: str) -> Diagnosis:
    """The diagnosis with the command that helps here: what was broken on purpose is healed.

    A half-built lab is brought up to its end before anything else.

    ``end`` is what each command to a lab needs at its end.
    """
    if found.next_command and lab.half_built:
        return replace(found, next_command=lab.up_again)
    fault = behind(lab.topology, lab.faults(), found)
    command = found.next_command if fault is None else f"samepath lab heal {fault.element}"
    if command is not None and command.startswith("samepath lab "):
        command += end
    return replace(found, next_command=command)


def _warnings(topology: Topology, found: Diagnosis) -> list[str]:
    """What the topology says that may yet stop the tunnel, though it works now."""
    connection, tunnel = tunnel_called(topology, found.element)
    return [warning.render("") for warning in tunnel_warnings(connection, tunnel)]


def told(found: Diagnosis) -> Iterator[str]:
    """A diagnosis as lines for people."""
    if found.layer is None:
        yield f"{found.element}: {found.what} ({found.evidence})"
        return
    yield f"{found.element}: {found.layer.value} fails: {found.what}"
    if found.seen_by is not None:
        yield f"  seen by   {found.seen_by.value}"
    yield f"  evidence  {found.evidence}"
    if found.next_command:
        yield f"  next      {found.next_command}"
