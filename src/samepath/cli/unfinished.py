"""A lab that is only half there: whoever leaves it so is told what to type next."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from samepath.lab.lab import NameTaken
from samepath.node.home import Home, WorldBusy


@contextmanager
def half_built(name: str, again: str) -> Iterator[None]:
    """Whoever leaves this early is told how to go on with the lab ``name``, and how not to.

    ``again`` is the command that goes on.
    """
    advice = (
        "What was built until now stays.\n"
        f"Go on: {again}\n"
        f"Or take it away: samepath lab down {name}"
    )
    try:
        yield
    except (typer.Exit, NameTaken):
        raise  # It came to an end, or never began.
    except Exception as error:
        error.add_note(advice)
        raise
    except KeyboardInterrupt:
        sys.stderr.write(f"samepath: stopped while the lab {name} was being brought up. {advice}\n")
        raise


@contextmanager
def half_removed(home: Home) -> Iterator[None]:
    """Whoever leaves this early while there is something of the lab is told how to remove it."""
    advice = (
        f"Something of the lab {home.name} is left. Take it away: samepath lab down {home.name}"
    )
    try:
        yield
    except (typer.Exit, NameTaken, WorldBusy):
        raise  # It came to an end, or the lab is somebody else's.
    except Exception as error:
        if home.exists():
            error.add_note(advice)
        raise
    except KeyboardInterrupt:
        if home.exists():
            sys.stderr.write(f"samepath: stopped. {advice}\n")
        raise
