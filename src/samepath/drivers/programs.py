"""The programs of the system: where they are looked for, whoever looks.

``samepath doctor`` says of a program that it is there exactly where the supervisor, which starts the
daemons, and everything else that runs a program finds it.
"""

from __future__ import annotations

import os
import shutil

from samepath.drivers import supervisor
from samepath.linux.environment import small

SEARCH = supervisor.PATH
"""Where programs lie; a user's own PATH often lacks the sbin folders."""


def find(name: str) -> str | None:
    """Where the program ``name`` is, or None if there is none."""
    return shutil.which(name, path=SEARCH)


def environment() -> dict[str, str]:
    """What a program that we run gets of our environment; it finds what :func:`find` finds."""
    own = os.environ.get("PATH", "")
    return {**small(os.environ), "PATH": os.pathsep.join(filter(None, (own, SEARCH)))}
