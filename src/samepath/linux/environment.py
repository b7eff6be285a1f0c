"""What a program gets of the environment of whoever runs samepath.

A variable may hold a pre-shared key (a topology file may name one that does), and an environment is
read by whoever may read ``/proc/PID/environ``, goes on to every child, and ends up in core dumps
and bug reports. So a program that samepath needs for itself gets only what it needs; daemons get
even less (:mod:`samepath.drivers.supervisor`). A command that the user wants run gets what he has,
but no variable with a key.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

NEEDED = frozenset(
    {
        "HOME",
        "LANG",
        "LANGUAGE",
        "LC_ALL",
        "LC_COLLATE",
        "LC_CTYPE",
        "LC_MESSAGES",
        "LC_MONETARY",
        "LC_NUMERIC",
        "LC_TIME",
        "LD_LIBRARY_PATH",
        "LOGNAME",
        "PATH",
        "PYTHONPATH",  # Where it is set, samepath itself may lie there, and stations are samepath's.
        "TERM",
        "TMPDIR",
        "TZ",
        "USER",
    }
)
"""The variables that a program of ours gets. None of them may hold a key."""


def small(environment: Mapping[str, str]) -> dict[str, str]:
    """What of ``environment`` a program of ours gets."""
    return {name: value for name, value in environment.items() if name in NEEDED}


def without(environment: Mapping[str, str], names: Container[str]) -> dict[str, str]:
    """What of ``environment`` a command of the user's gets; ``names`` are of variables with keys."""
    return {name: value for name, value in environment.items() if name not in names}
