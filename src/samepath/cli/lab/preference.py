"""``samepath lab prefer``: which tunnel of a connection is the active one."""

from __future__ import annotations

from typing import Annotated

import typer

from samepath.cli.lab.common import AsJson, LabName, complete_element, print_json, the_lab
from samepath.model import elements
from samepath.model.elements import ElementKind, InvalidElement


def prefer(
    tunnel: Annotated[
        str, typer.Argument(autocompletion=complete_element, help="Such as seoul/tunnel1.")
    ],
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Make a tunnel the active one, for both directions; the way back after a manual failover.

    Traffic moves to it at once if it can carry any, and without a loss.

    Example: samepath lab prefer seoul/tunnel2
    """
    running = the_lab(lab)
    named = elements.parse(tunnel)
    elements.resolve(running.topology, named)
    if named.kind is not ElementKind.TUNNEL or named.tunnel is None:
        raise InvalidElement(tunnel, "is no tunnel; a tunnel's name is like seoul/tunnel1")
    moved = running.prefer(named.name, named.tunnel)
    if as_json:
        print_json("samepath.lab.prefer/1", lab=running.name, active=tunnel, changed=moved)
    else:
        print(f"{tunnel} is the active tunnel" + ("" if moved else ", and was before"))
