"""How a command's end is told to the shell; the codes never change their meaning."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What became of a command."""

    FINE = 0
    FINDINGS = 1
    """It ran, and found something of severity error."""
    INPUT = 2
    """What it was given could not be used: an argument, a file, a name."""
    WORLD = 3
    """The machine, a daemon or the network said no."""
    BUG = 70
    """A mistake of ours; ``EX_SOFTWARE`` in sysexits.h."""
    INTERRUPTED = 130
    """Ctrl-C, SIGTERM or SIGHUP; what shells report for SIGINT."""
    READER_GONE = 141
    """Nobody reads the output any more (``| head``); what shells report for SIGPIPE."""
