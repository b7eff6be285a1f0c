"""``samepath lab prefer``: the tunnel that is to carry traffic when both can."""

from __future__ import annotations

from typing import Annotated

import typer

from samepath.cli.lab.common import (
    AsJson,
    LabName,
    complete_tunnel,
    naming,
    print_json,
    the_lab,
)
from samepath.lab.status import StatusReader
from samepath.model.elements import tunnel_called


class CarriesNothing(RuntimeError):
    """A tunnel that cannot carry traffic as it is, and is not made the active one."""


def prefer(
    tunnel: Annotated[
        str, typer.Argument(autocompletion=complete_tunnel, help="Such as seoul/tunnel1.")
    ],
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Make a tunnel the active one, for both ends: the way back after a failover.

    A tunnel that cannot carry traffic now is refused, and the other one goes on.

    Example: samepath lab prefer seoul/tunnel1
    """
    with the_lab(lab) as running:
        connection, wanted = tunnel_called(running.topology, tunnel)
        if not StatusReader(running).tunnel(connection, wanted).usable:
            raise CarriesNothing(
                f"{tunnel} cannot carry traffic now, so it does not become the active tunnel; mend "
                f"or heal it first: samepath lab why {tunnel}{naming(running, lab)}"
            )
        changed = running.prefer(connection.name, wanted.number)
    if as_json:
        print_json("samepath.lab.prefer/1", lab=running.name, tunnel=tunnel, changed=changed)
    else:
        print(f"{tunnel} is the active tunnel {'now' if changed else 'already'}")
