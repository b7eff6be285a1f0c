"""``samepath lab exec`` and ``ping``: from a host of the lab."""

from __future__ import annotations

import os
import re
import subprocess
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

import typer

from samepath.cli.lab.common import (
    AsJson,
    LabName,
    Unusable,
    built_lab,
    complete_host,
    print_json,
)
from samepath.lab.lab import Lab
from samepath.lab.ping import require_ping
from samepath.linux.environment import without
from samepath.model.topology_view import key_variables

_COUNTS = re.compile(r"(\d+) packets transmitted, (\d+) received")
_TIME = re.compile(r"time=([\d.]+) ms")


def execute(
    host: Annotated[
        str, typer.Argument(autocompletion=complete_host, help="A host of the topology.")
    ],
    command: Annotated[list[str], typer.Argument(help="What to run there.")],
    lab: LabName = None,
) -> None:
    """Run a command on a host of the lab.

    It gets your environment without the variables that the lab's topology takes keys from.

    Example: samepath lab exec app -- ip route
    """
    with built_lab(lab) as running:
        kept = without(os.environ, key_variables(running.topology))
        _enter_host(running, host, command, running.machine.processes.adopting(kept))


def ping(
    source: Annotated[str, typer.Argument(autocompletion=complete_host, help="A host.")],
    target: Annotated[
        str, typer.Argument(autocompletion=complete_host, help="Another host, or an IPv4 address.")
    ],
    count: Annotated[int, typer.Option("--count", "-c", min=1, help="How many.")] = 4,
    lab: LabName = None,
    as_json: AsJson = False,
) -> None:
    """Ping from one host of the lab to another.

    Example: samepath lab ping app desk
    """
    with built_lab(lab) as running:
        _require_host(running, source)
        address = _address(running, target)
        require_ping()
        environment = running.machine.processes.adopting()
        command = ["ping", "-n", "-c", str(count), "-i", "0.2", address]
        if not as_json:
            _enter_host(running, source, command, environment)
        done = subprocess.run(
            _inside(running, source, command),
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
    counts = _COUNTS.search(done.stdout)
    if counts is None:
        raise Unusable(done.stderr.strip() or f"cannot ping {target!r}")
    times = [float(time) for time in _TIME.findall(done.stdout)]
    print_json(
        "samepath.lab.ping/1",
        source=source,
        target=address,
        sent=int(counts[1]),
        received=int(counts[2]),
        milliseconds=times,
    )
    raise typer.Exit(0 if done.returncode == 0 else 1)


def _require_host(lab: Lab, name: str, more: str = "") -> None:
    """Raises :class:`Unusable` for what is no host of the lab; ``more`` is what else may be named."""
    if name not in lab.hosts:
        listed = ", ".join(sorted(lab.hosts))
        raise Unusable(f"no host called {name!r} in lab {lab.name}; there are: {listed}{more}")


def _address(lab: Lab, target: str) -> str:
    """The address of a host, or what is one. Raises :class:`Unusable` for anything else."""
    try:
        return str(IPv4Address(target))
    except AddressValueError:
        _require_host(lab, target, "; or give an IPv4 address of four numbers")
        return lab.hosts[target]


def _inside(lab: Lab, host: str, command: list[str]) -> list[str]:
    """``command`` as it is run on a host."""
    _require_host(lab, host)
    return ["nsenter", f"--net=/run/netns/{lab.names.host(host)}", "--", *command]


def _enter_host(lab: Lab, host: str, command: list[str], environment: dict[str, str]) -> None:
    """Become ``command`` on a host; what it leaves running there ends with the lab."""
    os.execvpe("nsenter", _inside(lab, host, command), environment)  # noqa: S606 - no shell is meant
