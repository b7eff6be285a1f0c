"""What a command prints, written out while an error can still be told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


class CannotWrite(RuntimeError):
    """Standard output takes no more; the text says why."""


@contextmanager
def written_out() -> Iterator[None]:
    """Write out what is printed within, instead of leaving it to the interpreter's end.

    Raises :class:`CannotWrite`. Where the reader has gone it ends with 1, as the command line's
    library does: that is nobody's mistake.
    """
    try:
        yield
    except (OSError, SystemExit):
        # What could not be written stays in the buffer: the same error comes again, and tells that
        # it was standard output's.
        _write_out()
        raise
    _write_out()


def _write_out() -> None:
    try:
        sys.stdout.flush()
    except OSError as error:
        # The interpreter would try once more at its end, and print a traceback.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        raise CannotWrite(f"cannot write to standard output: {error.strerror}") from error
