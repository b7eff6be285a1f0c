"""A lab that is only half there: whoever leaves it so is told what to type next."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from samepath.lab.lab import NameTaken


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
