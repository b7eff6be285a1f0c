"""What a command prints, written out while an error can still be told.

Where standard output takes no more, whoever prints learns it as an error of standard output: an
:class:`OSError` of a print could be any file's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from samepath.cli.exit_codes import ExitCode


class CannotWrite(RuntimeError):
    """Standard output takes no more; the text says why."""


class _ReaderGone(BrokenPipeError):
    """Nobody reads standard output any more."""


class _Output:
    """Standard output whose errors say that they are its own.

    Once it has failed it fails for ever: a library swallows the error of a write that only tries.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._failed: CannotWrite | _ReaderGone | None = None

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """As of any text stream. Raises :class:`CannotWrite` and :class:`_ReaderGone`."""
        with self._told():
            return self._stream.write(text)

    def flush(self) -> None:
        """As of any text stream. Raises :class:`CannotWrite` and :class:`_ReaderGone`."""
        with self._told():
            self._stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        if self._failed is not None:
            raise self._failed
        try:
            yield
        except OSError as error:
            # What is left in the buffer would be tried once more at the interpreter's end, which
            # would print a traceback.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
            self._failed = (
                _ReaderGone(error.errno, error.strerror)
                if isinstance(error, BrokenPipeError)
                else CannotWrite(f"cannot write to standard output: {error.strerror}")
            )
            raise self._failed from error


@contextmanager
def written_out() -> Iterator[None]:
    """Write out what is printed within, instead of leaving it to the interpreter's end.

    Raises :class:`CannotWrite`. Where the reader has gone it ends as a program that SIGPIPE ends:
    that is nobody's mistake, and the 1 of the command line's library would be told as findings.
    """
    stream: TextIO | None = sys.stdout
    if stream is None:  # It was closed by whoever started us, and nothing is printed.
        yield
        return
    output = _Output(stream)
    sys.stdout = cast("TextIO", output)
    try:
        try:
            yield
        except SystemExit:
            output.flush()
            raise
        output.flush()
    except _ReaderGone:
        sys.exit(ExitCode.READER_GONE)
    finally:
        sys.stdout = stream
