"""``samepath lab prefer``: the tunnel that is to carry traffic when both can."""

from __future__ import annotations

from typing import Annotated

import typer

from samepath.cli.lab.common import (
    AsJson,
    LabName,
    Unusable,
    complete_tunnel,
    print_json,
    the_lab,
)
from samepath.lab.lab import Lab
from samepath.model.topology import Connection, Tunnel


def prefer(
    tunnel: Annotated[
        str, typer.Argument(autocompletion=complete_tunnel, help="Such as seoul/tunnel1.")
    ],
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Make a tunnel the active one, for both ends: the way back after a failover.

    Where the tunnel carries nothing, the other one goes on.

    Example: samepath lab prefer seoul/tunnel1
    """
    with the_lab(lab) as running:
        connection, wanted = tunnel_called(running, tunnel)
        changed = running.prefer(connection.name, wanted.number)
    if as_json:
        print_json("samepath.lab.prefer/1", lab=running.name, tunnel=tunnel, changed=changed)
    else:
        print(f"{tunnel} is the active tunnel {'now' if changed else 'already'}")


def tunnel_called(lab: Lab, name: str) -> tuple[Connection, Tunnel]:
    """The tunnel ``name``. Raises :class:`Unusable` with those that there are."""
    there = {
        f"{connection.name}/tunnel{tunnel.number}": (connection, tunnel)
        for connection in lab.topology.connections.values()
        for tunnel in connection.tunnels
    }
    if name not in there:
        raise Unusable(
            f"no tunnel called {name!r} in lab {lab.name}; there are: {', '.join(there)}"
        )
    return there[name]
