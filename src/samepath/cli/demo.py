"""``samepath demo``: the whole thing, shown in under two minutes."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from importlib.resources import files
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.table import Table

from samepath.cli.exit_codes import ExitCode
from samepath.cli.passing import passing
from samepath.lab.demo import Act, Direction, NotSettled, Scene, tell
from samepath.lab.lab import Lab
from samepath.lab.preflight import check_machine
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse

NAME = "samepath-demo"
SPOILT = "? The machine was too busy to send in time: this says more of it than of the tunnels."


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the lab running afterwards, to look around.")
    ] = False,
    name: Annotated[
        str, typer.Option("--name", help="The lab's name; an earlier demo goes.")
    ] = NAME,
) -> None:
    """Build a two-tunnel VPN here, cut its active tunnel, mend it, and show every packet's way.

    Example: samepath demo
    """
    console = Console(quiet=as_json, highlight=False)
    check_machine()
    text = files("samepath.lab").joinpath("demo.yaml").read_text()
    topology = parse(text, filename="demo.yaml").topology
    lab = Lab(name, topology)
    with passing(lab, text, keep=keep):
        scenes = _play(lab, text, console)
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


def _play(lab: Lab, text: str, console: Console) -> list[Scene]:
    vpc = next(iter(lab.topology.vpcs.values()))
    site = next(iter(lab.topology.sites.values()))
    console.print(
        f"[bold]A VPC ({vpc.cidr}) and a data centre ({site.networks[0]}), joined by two IPsec "
        "tunnels with BGP over them.[/]\n"
        "Both ends are being built on this machine, in network namespaces: real IPsec\n"
        "(strongSwan), real BGP and BFD (BIRD).\n"
    )
    started = time.monotonic()
    lab.up(text)
    status = wait_usable(StatusReader(lab), 30.0)
    if not status.ready:
        raise NotSettled("the tunnels did not come up within 30 s")
    console.print(f"Both tunnels are up after {time.monotonic() - started:.1f} s.\n")

    def begin(act: Act, expected: int) -> None:
        console.print(f"[bold]{act.mark:<9}[/] {act.happens}")
        console.print(f"          [dim]{act.means}[/] (tunnel {expected})")

    def pause(seconds: float) -> None:
        time.sleep(seconds)  # noqa: TID251 - traffic flows meanwhile; that is the point

    return list(tell(lab, begin, pause))


def demo_table(scenes: list[Scene]) -> Group:
    """What both directions went through in each scene, for a terminal."""
    table = Table(title="\nWhat the packets did", title_justify="left")
    for column, side in (
        ("step", "left"),
        ("direction", "left"),
        ("tunnel", "left"),
        ("sent", "right"),
        ("lost", "right"),
        ("longest gap", "right"),
    ):
        table.add_column(column, justify="right" if side == "right" else "left")
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
            )
        table.add_section()
    spoilt_any = not all(
        direction.report.valid for scene in scenes for _, direction in scene.directions
    )
    return Group(table, SPOILT) if spoilt_any else Group(table)


def _tunnel(direction: Direction) -> str:
    return "several" if direction.tunnel is None else f"tunnel {direction.tunnel}"


def _scene_json(scene: Scene) -> dict[str, object]:
    def way(direction: Direction) -> dict[str, object]:
        report = direction.report
        return {
            "tunnel": direction.tunnel,
            "sent": report.sent,
            "received": report.received,
            "lost": report.lost,
            "longest_gap_ms": round(report.longest_gap * 1000, 1),
            "valid": report.valid,
        }

    return {
        "step": scene.act.mark,
        "expected_tunnel": scene.expected,
        "as_told": scene.as_told,
        "findings": scene.findings,
        "seconds": round(scene.seconds, 2),
        "vpc_to_site": way(scene.to_site),
        "site_to_vpc": way(scene.to_vpc),
        "act": asdict(scene.act),
    }
