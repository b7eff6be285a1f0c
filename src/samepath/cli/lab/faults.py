"""``samepath lab break`` and ``heal``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from samepath.cli.lab.common import AsJson, LabName, complete_element, naming, print_json, the_lab
from samepath.lab.faults import USUAL, Fault, covering


class BrokenByAnother(ValueError):
    """Something that stays broken after it was healed, by a fault on what it is a part of."""


def break_element(
    element: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_element, help="Such as seoul/tunnel1 or gw:vgw/router."
        ),
    ],
    fault: Annotated[
        Fault | None,
        typer.Option("--fault", "-f", help="How; without it, in the element's usual way."),
    ] = None,
    value: Annotated[
        int | None,
        typer.Option(
            help="Per cent lost, path MTU in bytes, or seconds a turn; without it "
            f"{USUAL[Fault.LOSS]} %, {USUAL[Fault.MTU]} bytes, {USUAL[Fault.FLAP]} s."
        ),
    ] = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep a killed daemon down until it is healed.")
    ] = False,
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Break an element of the lab; a killed daemon is repaired unless it is held.

    Example: samepath lab break seoul/tunnel1
    """
    with the_lab(lab) as running:
        before = running.faults()
        broken = running.break_element(element, fault, value, hold=hold)
    if as_json:
        print_json("samepath.lab.break/1", broken=asdict(broken), changed=broken not in before)
        return
    word = "already broken" if broken in before else "broken"
    print(f"{word}: {broken.element} ({broken.how})")


def heal(
    element: Annotated[
        str | None,
        typer.Argument(
            autocompletion=complete_element, help="What to heal, with its parts; all without it."
        ),
    ] = None,
    fault: Annotated[
        Fault | None,
        typer.Option("--fault", "-f", help="Only what is broken in this way."),
    ] = None,
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Take faults away.

    It is an error if the element stays broken by a fault on what it is a part of.

    Example: samepath lab heal
    """
    with the_lab(lab) as running:
        healed = running.heal(element, fault)
        left = element and covering(running.topology, running.faults(), element)
        end = naming(running, lab)
    if as_json:
        print_json("samepath.lab.heal/1", healed=[asdict(fault) for fault in healed])
    for one in () if as_json else healed:
        print(f"healed: {one.element} ({one.how})")
    if left:
        raise BrokenByAnother(
            f"{element} is broken with {left.element} ({left.how}), which stays; heal that: "
            f"samepath lab heal {left.element}{end}"
        )
    if not healed and not as_json:
        print("nothing was broken" if element is None else f"{element} was not broken")
