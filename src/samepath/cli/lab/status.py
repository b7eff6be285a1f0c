"""``samepath lab status``: the tunnels and the tunnel of each direction."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated, Any, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from samepath.cli.lab.common import (
    LONGEST,
    AsJson,
    LabName,
    number,
    print_json,
    the_lab,
)
from samepath.control.part_diagnosis import FirewallEvidence
from samepath.lab.clusters import ClusterStatus
from samepath.lab.lab import NoSuchLab
from samepath.lab.status import EndStatus, LabStatus, MasterStatus, StatusReader, TunnelStatus


def status(
    lab: LabName = None,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Keep it live.")] = False,
    sample: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=LONGEST,
            callback=number,
            help="Seconds between the two counter readings that tell 'used'.",
        ),
    ] = 0.5,
    as_json: AsJson = False,
) -> None:
    """Show each tunnel's IKE, CHILD_SA and BGP, and the tunnel that each direction uses now.

    With --watch and --json, each reading is one line of JSON.

    Example: samepath lab status --watch
    """
    with the_lab(lab) as running:
        reader = StatusReader(running)
        reader.read()
        _pause(sample)
        if watch:
            _watch(reader, sample, as_json=as_json)
        found = reader.read()
    if as_json:
        _print(found, one_line=False)
    else:
        Console().print(status_table(found))


def _watch(reader: StatusReader, sample: float, *, as_json: bool) -> NoReturn:
    """Show each reading until the lab goes. Raises :class:`NoSuchLab` then."""
    if as_json:
        while reader.lab.exists():
            _print(reader.read(), one_line=True)
            _pause(sample)
    else:
        with Live(status_table(reader.read()), auto_refresh=False) as live:
            while reader.lab.exists():
                live.update(status_table(reader.read()), refresh=True)
                _pause(sample)
    raise NoSuchLab(f"the lab {reader.lab.name!r} has been taken down")


def _print(found: LabStatus, *, one_line: bool) -> None:
    print_json("samepath.lab.status/1", one_line=one_line, **asdict(found))


def _pause(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - two readings of a counter need time between them


def status_table(status: LabStatus) -> Table:
    """The tunnels and directions of a lab, for a terminal."""
    outer = Table.grid(padding=(0, 0))
    usable = sum(tunnel.usable for tunnel in status.tunnels)
    title = f"lab {status.name}: {usable} of {len(status.tunnels)} tunnels can carry traffic"
    tunnels = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)
    for column in ("tunnel", "end", "IKE", "CHILD_SA", "BGP", "BFD", "routes", "in", "out"):
        numbers = column in {"routes", "in", "out"}
        tunnels.add_column(column, justify="right" if numbers else "left", no_wrap=True)
    for tunnel in status.tunnels:
        label = f"{tunnel.connection}/tunnel{tunnel.number}"
        for index, (side, end) in enumerate(
            (("gateway", tunnel.gateway), ("customer", tunnel.customer))
        ):
            tunnels.add_row(
                Text(label if index == 0 else f"  {_part(tunnel)}"),
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
    for element in status.self_configured:
        outer.add_row(Text(told_self_configured(element)))
    for master in status.masters:
        outer.add_row(Text(_held(master), style="" if len(master.holders) == 1 else "red"))
    for cluster in status.clusters:
        outer.add_row(Text(_acts(cluster), style="" if len(cluster.holders) == 1 else "red"))
    for router in status.routers:
        if router.error:
            outer.add_row(Text(f"{router.element}: {router.error}", style="red"))
    for firewall in status.firewalls:
        outer.add_row(Text(_dropped(firewall), style="red" if firewall.apart else ""))
    for fault in status.faults:
        outer.add_row(Text(f"broken on purpose: {fault}", style="yellow"))
    return outer


def told_self_configured(element: str) -> str:
    """What is said of a customer gateway whose strongSwan configures itself."""
    return f"{element}: a real strongSwan with its own swanctl.conf; samepath only looks at it"


def _dropped(firewall: FirewallEvidence) -> str:
    """What a firewall has dropped; that it is about to where nothing has come as yet."""
    total, now = sum(firewall.dropped.values()), sum(firewall.now.values())
    warned = " (the two directions take different tunnels: it drops)" if firewall.apart else ""
    return (
        f"{firewall.element}: its firewall has dropped {total} packets, {now} of them now{warned}"
    )


def _held(master: MasterStatus) -> str:
    """Who holds the address of a site's router, and who is sent to where that is another one."""
    addresses = ", ".join(map(str, master.addresses))
    who = " and ".join(master.holders) or "nobody"
    verb = "hold" if len(master.holders) > 1 else "holds"
    other = master.used is not None and (master.used,) != master.holders
    sent = f"; its hosts send to {master.used}" if other else ""
    if master.used is None:
        what = "heard neither as yet" if master.holders else "no router"
        sent = f"; its hosts have {what}"
    return f"site:{master.site}: {who} {verb} {addresses} (VRRP){sent}"


def _acts(cluster: ClusterStatus) -> str:
    """Which machine of a cluster acts, and which takes itself for the active one beside it."""
    if cluster.used is None:
        return f"cgw:{cluster.customer}: no machine acts"
    others = [str(one) for one in cluster.holders if one != cluster.used]
    beside = f"; member{others[0]} holds its address, too, and is cut off" if others else ""
    return f"cgw:{cluster.customer}: member{cluster.used} acts{beside}"


def _part(tunnel: TunnelStatus) -> str:
    """What a tunnel is meant for, and whether it can do it: the standby may carry everything."""
    part = "active" if tunnel.active else "standby"
    return part if tunnel.usable else f"{part}, down"


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
        state(session.state, "Established") if session else _static_route(end),
        state(session.bfd, "Up") if session and session.bfd else Text("-"),
        str(session.routes) if session else "",
        _bytes(end.bytes_in),
        _bytes(end.bytes_out),
    )


def _static_route(end: EndStatus) -> Text:
    return Text("static") if end.usable else Text("withdrawn", style="red")


def _bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError
