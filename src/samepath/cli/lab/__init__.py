"""``samepath lab``: both ends of a VPN on this machine, to look at and to break.

A module holds the commands of one noun; this one puts them in the order in which they are needed.
"""

from __future__ import annotations

import typer

from samepath.cli.lab import building, capture, events, faults, hosts, preference, status, why

app = typer.Typer(
    help="Build both ends of a VPN here, with real IPsec and BGP; break things; measure.",
    no_args_is_help=True,
)
app.command()(building.up)
app.command()(building.down)
app.command("list")(building.list_labs)
app.command()(status.status)
app.command()(why.why)
app.command()(events.events)
app.command()(capture.capture)
app.command("exec", context_settings={"ignore_unknown_options": True})(hosts.execute)
app.command()(hosts.ping)
app.command("break")(faults.break_element)
app.command()(faults.heal)
app.command()(preference.prefer)
