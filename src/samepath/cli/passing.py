"""A lab that lasts as long as a command needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from samepath.cli.lab.common import say_waiting
from samepath.cli.stopping import held
from samepath.cli.unfinished import half_removed
from samepath.lab.lab import Lab, take_down
from samepath.node.home import WorldBusy


@contextmanager
def passing(lab: Lab, *texts: str, keep: bool) -> Iterator[None]:
    """For as long as a command needs it, a lab.

    One that an earlier run of the command has left is taken away first, and in the end this one,
    unless it is to stay (``keep``). Building it is the caller's. ``texts`` are those of the files
    that the command builds under this name.
    Raises :class:`~samepath.lab.lab.NameTaken` where another topology runs under its name.
    """
    with lab, half_removed(lab.home):
        lab.home.on_wait = say_waiting
        lab.refuse_another(*texts)
        ours = True
        try:
            try:
                take_down(lab.machine)  # An earlier run's, of which anything may be left.
            except WorldBusy:
                ours = False
                raise
            yield
        finally:
            if ours and not keep:
                with held(
                    f"samepath: taking the lab {lab.name} down first; another stop leaves it"
                ):
                    take_down(lab.machine)
