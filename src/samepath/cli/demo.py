"""``samepath demo``: the whole thing, shown in under three minutes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.resources import files
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table

from samepath.cli.exit_codes import ExitCode
from samepath.cli.fix.lines import statement
from samepath.cli.lab.why import told
from samepath.cli.passing import passing
from samepath.lab.demo.asymmetry import CURED, DROP, look, predicted
from samepath.lab.demo.failover import tell
from samepath.lab.demo.scene import Act, Direction, NotSettled, Scene
from samepath.lab.evidence import diagnose_parts
from samepath.lab.lab import Lab
from samepath.lab.preflight import check_machine
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.amend import amend
from samepath.model.change import Change
from samepath.model.document import parse
from samepath.routing.repair import repair

NAME = "samepath-demo"
SPOILT = "? The machine was too busy to send in time: this says more of it than of the tunnels."
ROUTED = "-> Nothing came out of it: the firewall drops what is routed into it."
FAILOVER, ASYMMETRIC, REPAIRED = "failover.yaml", "asymmetric-drop.yaml", "repaired.yaml"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A lab, and what is shown on it once it is up."""

    text: str
    says: str
    play: Callable[[Lab, Console], list[Scene]]


def chapters() -> tuple[Chapter, ...]:
    """The demo's three labs, one after the other."""
    failover, asymmetric = (
        files("samepath.lab.demo").joinpath(name).read_text() for name in (FAILOVER, ASYMMETRIC)
    )
    changes = repair(parse(asymmetric).topology).changes
    topology = parse(failover).topology
    vpc, site = next(iter(topology.vpcs.values())), next(iter(topology.sites.values()))
    return (
        Chapter(
            failover,
            f"[bold]A VPC ({vpc.cidr}) and a data centre ({site.networks[0]}), joined by two IPsec "
            "tunnels with BGP over them.[/]\n"
            "Both ends are being built on this machine, in network namespaces: real IPsec "
            "(strongSwan), real BGP and BFD (BIRD).\n",
            _failover,
        ),
        Chapter(
            asymmetric,
            "\n[bold]The same VPN, and two settings more.[/]\n"
            "Somebody lets the data centre prefer tunnel 2 (local preference on import), of which "
            "the gateway hears nothing; and a firewall there binds each session to the interface "
            "that it began on.\n",
            partial(_asymmetric, changes),
        ),
        Chapter(
            amend(asymmetric, changes),
            "The repaired file is built.\n",
            _repaired,
        ),
    )


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Leave the last lab running afterwards, to look around."),
    ] = False,
    name: Annotated[
        str, typer.Option("--name", help="The lab's name; an earlier demo goes.")
    ] = NAME,
) -> None:
    """Build a two-tunnel VPN here, and show the way of every packet, in under three minutes.

    Its active tunnel is cut and mended. Then both directions take different tunnels, and a firewall
    drops what it sees half of; samepath lab why says so, samepath fix repairs it, and traffic flows.

    Example: samepath demo
    """
    console = Console(quiet=as_json, highlight=False)
    told_of = chapters()
    check_machine(parse(told_of[0].text).topology)
    scenes: list[Scene] = []
    for number, chapter in enumerate(told_of, start=1):
        lab = Lab(name, parse(chapter.text).topology)
        stays = keep and number == len(told_of)
        with passing(lab, *(one.text for one in told_of), keep=stays):
            console.print(chapter.says)
            _up(lab, chapter.text, console)
            scenes += chapter.play(lab, console)
    if as_json:
        print(json.dumps({"schema": "samepath.demo/1", "scenes": [_scene_json(s) for s in scenes]}))
    else:
        console.print(demo_table(scenes))
        console.print(
            f"\nThe lab is still up: samepath lab status --lab {name}"
            if keep
            else "\nEverything that this made is gone again."
        )
    findings = [finding for scene in scenes for finding in scene.findings]
    for finding in findings:
        typer.echo(f"samepath: not as it should be: {finding}", err=True)
    if findings:
        raise typer.Exit(ExitCode.FINDINGS)


def _up(lab: Lab, text: str, console: Console) -> None:
    """Build it, and wait until both tunnels are usable."""
    started = time.monotonic()
    lab.up(text)
    if not wait_usable(StatusReader(lab), 30.0).ready:
        raise NotSettled("the tunnels did not come up within 30 s")
    console.print(f"Both tunnels are up after {time.monotonic() - started:.1f} s.\n")


def _pause(seconds: float) -> None:
    time.sleep(seconds)  # noqa: TID251 - traffic flows meanwhile; that is the point


def _begin(console: Console, act: Act, where: str) -> None:
    console.print(f"[bold]{act.mark:<11}[/] {act.happens}")
    console.print(Padding(f"[dim]{act.means}[/] ({where})", (0, 0, 0, 12)))


def _failover(lab: Lab, console: Console) -> list[Scene]:
    def begin(act: Act, expected: int) -> None:
        _begin(console, act, f"tunnel {expected}")

    return list(tell(lab, begin, _pause))


def _asymmetric(changes: Iterable[Change], lab: Lab, console: Console) -> list[Scene]:
    out, back = predicted(lab.topology)
    _begin(console, DROP, f"out by tunnel {out}, back by tunnel {back}")
    customer = f"cgw:{next(iter(lab.topology.customer_gateways))}"
    lines: list[str] = []

    def diagnose() -> None:
        for found in diagnose_parts(lab, customer):
            lines.extend(told(found))

    scene = look(lab, DROP, (out, back), diagnose, _pause)
    _tell_connections(console, scene)
    console.print(f"\n[bold]$ samepath lab why {customer}[/]")
    for line in lines:
        console.print(line, soft_wrap=True)
    console.print(f"\n[bold]$ samepath fix {ASYMMETRIC} --write {REPAIRED}[/]")
    for change in changes:
        for text in statement("-", change, lab.topology):
            console.print(text, soft_wrap=True)
    console.print()
    return [scene]


def _repaired(lab: Lab, console: Console) -> list[Scene]:
    out, back = predicted(lab.topology)
    _begin(console, CURED, f"tunnel {out}")
    scene = look(lab, CURED, (out, back), lambda: None, _pause)
    _tell_connections(console, scene)
    return [scene]


def _tell_connections(console: Console, scene: Scene) -> None:
    opened = [direction.connects for _, direction in scene.directions]
    lost = sum(direction.report.lost for _, direction in scene.directions)
    sent = sum(direction.report.sent for _, direction in scene.directions)
    console.print(
        f"            new TCP connections that open: {opened.count(True)} of {len(opened)}; "
        f"packets lost: {lost} of {sent}"
    )


def demo_table(scenes: Iterable[Scene]) -> Group:
    """What both directions went through in each scene, for a terminal."""
    scenes = tuple(scenes)
    table = Table(title="\nWhat the packets did", title_justify="left")
    for column in ("step", "direction", "tunnel", "sent", "lost", "longest gap", "new TCP"):
        right = column in {"sent", "lost", "longest gap"}
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    for scene in scenes:
        for name, direction in scene.directions:
            spoilt = "" if direction.report.valid else "?"
            table.add_row(
                scene.act.mark if direction is scene.to_site else "",
                name,
                _tunnel(direction),
                str(direction.report.sent),
                f"{direction.report.lost}{spoilt}",
                f"{direction.report.longest_gap * 1000:.0f}{spoilt} ms",
                {True: "opens", False: "HANGS", None: ""}[direction.connects],
            )
        table.add_section()
    directions = [direction for scene in scenes for _, direction in scene.directions]
    notes = []
    if not all(direction.counted for direction in directions):
        notes.append(ROUTED)
    if not all(direction.report.valid for direction in directions):
        notes.append(SPOILT)
    return Group(table, *notes)


def _tunnel(direction: Direction) -> str:
    if direction.tunnel is None:
        return "several"
    return f"{'' if direction.counted else '-> '}tunnel {direction.tunnel}"


def _scene_json(scene: Scene) -> dict[str, object]:
    def way(direction: Direction) -> dict[str, object]:
        report = direction.report
        return {
            "tunnel": direction.tunnel,
            "expected_tunnel": direction.expected,
            "counted": direction.counted,
            "sent": report.sent,
            "received": report.received,
            "lost": report.lost,
            "longest_gap_ms": round(report.longest_gap * 1000, 1),
            "valid": report.valid,
            "tcp_opens": direction.connects,
        }

    return {
        "step": scene.act.mark,
        "as_told": scene.as_told,
        "findings": scene.findings,
        "seconds": round(scene.seconds, 2),
        "vpc_to_site": way(scene.to_site),
        "site_to_vpc": way(scene.to_vpc),
        "act": asdict(scene.act),
    }
