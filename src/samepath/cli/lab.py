"""``samepath lab``: both ends of a VPN on this machine, to look at and to break."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Self

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from samepath.cli.files import read_topology
from samepath.cli.unfinished import half_built
from samepath.control.plan import Step, describe
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab, machine_of, running_labs, take_down
from samepath.lab.preflight import check_machine
from samepath.lab.status import EndStatus, LabStatus, StatusReader, wait_usable
from samepath.model.topology import Site, Vpc

app = typer.Typer(
    help="Build both ends of a VPN here, with real IPsec and BGP; break things; measure.",
    no_args_is_help=True,
)

USABLE_WITHIN = 30.0
"""Seconds that ``up`` waits for the tunnels before it says which are missing."""

LabName = Annotated[
    str | None,
    typer.Option("--lab", "-l", help="Which lab; needed only where several run."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def _the_lab(name: str | None) -> Lab:
    """The lab called ``name``, or the only one."""
    if name is None:
        there = running_labs()
        if len(there) != 1:
            hint = "start one with: samepath lab up FILE" if not there else "name one with --lab"
            listed = ", ".join(there) or "none"
            raise typer.BadParameter(f"which lab? Running here: {listed}; {hint}")
        name = there[0]
    return Lab.running(name)


def _plain(value: object) -> object:
    """Values as JSON has them."""
    match value:
        case Enum():
            return value.value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case str() | int() | float() | bool() | None:
            return value
        case _:
            return str(value)


def _print_json(schema: str, **content: object) -> None:
    print(json.dumps({"schema": schema, **{k: _plain(v) for k, v in content.items()}}, indent=2))


class _Bar:
    """Progress of a plan on a terminal; silent elsewhere."""

    def __init__(self, title: str, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn(title),
            BarColumn(bar_width=30),
            TextColumn("{task.completed}/{task.total}"),
            TextColumn("{task.fields[step]}", style="dim"),
            transient=True,
            console=Console(stderr=True),
            disable=quiet or not sys.stderr.isatty(),
        )
        self._task = self._progress.add_task(title, total=None, step="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, total: int, step: Step) -> None:
        self._progress.update(self._task, completed=done, total=total, step=describe(step)[:60])


@app.command()
def up(
    file: Annotated[Path, typer.Argument(help="The topology file.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Run it under another name than the file's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring up the VPN of a topology file, both ends, and wait until its tunnels carry traffic.

    Example: samepath lab up examples/active-standby.yaml
    """
    text, document = read_topology(file)
    topology = document.topology
    check_machine()
    started = time.monotonic()
    lab = Lab(name or topology.name, topology)
    option = f" --name {name}" if name else ""
    with half_built(lab.name, f"samepath lab up {shlex.quote(str(file))}{option}"):
        with _Bar("building", quiet=as_json) as bar:
            steps = lab.up(text, bar)
        status = wait_usable(StatusReader(lab), USABLE_WITHIN)
    seconds = time.monotonic() - started
    ready = status.ready
    if as_json:
        _print_json(
            "samepath.lab.up/1",
            name=lab.name,
            steps=len(steps),
            ready=ready,
            seconds=round(seconds, 2),
            status=asdict(status),
        )
    else:
        console = Console()
        console.print(_table(status))
        word = "up" if ready else "built, but not every tunnel is usable"
        console.print(f"lab [bold]{lab.name}[/] is {word} after {seconds:.1f} s.")
        if not ready:
            console.print(f"Next: samepath lab why ELEMENT --lab {lab.name}")
    if not ready:
        raise typer.Exit(3)


@app.command()
def down(
    name: Annotated[str | None, typer.Argument(help="Which lab; needed only with several.")] = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Every lab of this machine.")] = False,
) -> None:
    """Take a lab down and leave nothing behind; also a half-built one, also twice.

    Example: samepath lab down
    """
    if name is not None:
        names = [name]
    else:
        names = list(running_labs())
        if len(names) > 1 and not all_labs:
            raise typer.BadParameter(f"which lab? Running here: {', '.join(names)}; or --all")
    if not names:
        print("no lab is running here; nothing to do")
    for one in names:
        with _Bar(f"taking down {one}", quiet=False) as bar, machine_of(one) as machine:
            take_down(machine, bar)
        print(f"lab {one} is down; nothing of it is left")


@app.command("list")
def list_labs(as_json: AsJson = False) -> None:
    """Name the labs that run here.

    Example: samepath lab list
    """
    there = running_labs()
    if as_json:
        _print_json("samepath.lab.list/1", labs=list(there))
    else:
        print("\n".join(there) or "no lab is running here")


@app.command()
def status(
    lab: LabName = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep it live.")] = False,
    sample: Annotated[
        float, typer.Option(help="Seconds between the two counter readings that tell 'used'.")
    ] = 0.5,
    as_json: AsJson = False,
) -> None:
    """Show each tunnel's IKE, CHILD_SA and BGP, and the tunnel that each direction uses now.

    Example: samepath lab status --watch
    """
    reader = StatusReader(_the_lab(lab))
    reader.read()
    _pause(sample)
    if as_json:
        _print_json("samepath.lab.status/1", **asdict(reader.read()))
        return
    console = Console()
    if not watch:
        console.print(_table(reader.read()))
        return
    with Live(_table(reader.read()), console=console, auto_refresh=False) as live:
        while True:
            _pause(sample)
            live.update(_table(reader.read()), refresh=True)


def _pause(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - two readings of a counter need time between them


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(
    host: Annotated[str, typer.Argument(help="A host of the topology.")],
    command: Annotated[list[str], typer.Argument(help="What to run there.")],
    lab: LabName = None,
) -> None:
    """Run a command on a host of the lab.

    Example: samepath lab exec main-host -- ip route
    """
    _enter_host(_the_lab(lab), host, command)


@app.command()
def ping(
    source: Annotated[str, typer.Argument(help="A host.")],
    target: Annotated[str, typer.Argument(help="Another host, or an address.")],
    count: Annotated[int, typer.Option("--count", "-c", help="How many.")] = 4,
    lab: LabName = None,
) -> None:
    """Ping from one host of the lab to another.

    Example: samepath lab ping main-host office-host
    """
    running = _the_lab(lab)
    hosts = hosts_of(running)
    address = hosts.get(target, target)
    _enter_host(running, source, ["ping", "-n", "-c", str(count), "-i", "0.2", address])


def hosts_of(lab: Lab) -> dict[str, str]:
    """The lab's hosts and their addresses."""
    parts: list[Vpc | Site] = [*lab.topology.vpcs.values(), *lab.topology.sites.values()]
    return {host.name: str(host.address) for part in parts for host in part.hosts.values()}


def _enter_host(lab: Lab, host: str, command: list[str]) -> None:
    if host not in hosts_of(lab):
        listed = ", ".join(sorted(hosts_of(lab)))
        raise typer.BadParameter(f"no host called {host!r} in lab {lab.name}; there are: {listed}")
    namespace = f"/run/netns/{lab.names.host(host)}"
    os.execvp("nsenter", ["nsenter", f"--net={namespace}", "--", *command])  # noqa: S606 - no shell is meant


@app.command("break")
def break_element(
    element: Annotated[str, typer.Argument(help="Such as seoul/tunnel1 or gw:vgw/router.")],
    fault: Annotated[
        Fault | None,
        typer.Option("--fault", "-f", help="How; without it, in the element's usual way."),
    ] = None,
    value: Annotated[
        int | None, typer.Option(help="Per cent lost, path MTU in bytes, or seconds a turn.")
    ] = None,
    hold: Annotated[
        bool, typer.Option("--hold", help="Keep a killed daemon down until it is healed.")
    ] = False,
    lab: LabName = None,
) -> None:
    """Break an element of the lab; a killed daemon is repaired unless it is held.

    Example: samepath lab break seoul/tunnel1
    """
    broken = _the_lab(lab).break_element(element, fault, value, hold=hold)
    print(f"broken: {broken.element} ({broken.fault.value})")


@app.command()
def heal(
    element: Annotated[str | None, typer.Argument(help="What to heal; all without it.")] = None,
    lab: LabName = None,
) -> None:
    """Take faults away.

    Example: samepath lab heal
    """
    healed = _the_lab(lab).heal(element)
    for fault in healed:
        print(f"healed: {fault.element} ({fault.fault.value})")
    if not healed:
        print("nothing was broken" if element is None else f"{element} was not broken")


def _table(status: LabStatus) -> Table:
    """The tunnels and directions of a lab, for a terminal."""
    outer = Table.grid(padding=(0, 0))
    tunnels = Table(title=f"lab {status.name}", title_justify="left", box=SIMPLE_HEAD, padding=0)
    for column in ("tunnel", "end", "IKE", "CHILD_SA", "BGP", "BFD", "routes", "in", "out"):
        numbers = column in {"routes", "in", "out"}
        tunnels.add_column(column, justify="right" if numbers else "left", no_wrap=True)
    for tunnel in status.tunnels:
        label = f"{tunnel.connection}/tunnel{tunnel.number}"
        for index, (side, end) in enumerate(
            (("gateway", tunnel.gateway), ("customer", tunnel.customer))
        ):
            tunnels.add_row(
                Text(label if index == 0 else ("  active" if tunnel.active else "  standby")),
                side,
                *_end_cells(end),
            )
    outer.add_row(tunnels)
    directions = Table(box=None, padding=(0, 2))
    for column in ("direction", "next packet", "used now"):
        directions.add_column(column)
    for direction in status.directions:
        directions.add_row(
            f"{direction.source} -> {direction.destination} {direction.network}",
            _tunnel_text(direction.routed),
            ", ".join(_tunnel_text(used) for used in direction.used) or "idle",
        )
    outer.add_row(directions)
    for fault in status.faults:
        outer.add_row(Text(f"broken on purpose: {fault}", style="yellow"))
    return outer


def _tunnel_text(tunnel: tuple[str, int] | None) -> str:
    return f"{tunnel[0]}/tunnel{tunnel[1]}" if tunnel else "no route"


def _end_cells(end: EndStatus) -> tuple[Any, ...]:
    def state(value: str, good: str) -> Text:
        """Up, or the daemon's own word for what it is instead."""
        if value == good:
            return Text("up", style="green")
        return Text(value.lower(), style="red")

    session = end.session
    return (
        state(end.ike, "ESTABLISHED"),
        state(end.child, "INSTALLED"),
        state(session.state, "Established") if session else Text("static"),
        state(session.bfd, "Up") if session and session.bfd else Text("-"),
        str(session.routes) if session else "",
        _bytes(end.bytes_in),
        _bytes(end.bytes_out),
    )


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError
