"""The command ``samepath config``: reads what AWS tells, and writes a device's configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated

import typer

from samepath.cli.check.sources import Account, read_sources
from samepath.cli.files import FileExists
from samepath.cli.output import CannotWrite
from samepath.device.writers import WRITERS, writer
from samepath.device.writing.customer import WrittenFile
from samepath.device.writing.patch import NotWritable
from samepath.model.topology import Platform
from samepath.pairing.devising import Choice, devise


def config(
    *,
    platform: Annotated[
        Platform,
        typer.Option(
            metavar="PLATFORM",
            help=f"Whose words: {', '.join(sorted(one.platform.value for one in WRITERS))}.",
        ),
    ],
    vpn: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE_OR_DIR",
            help="What AWS tells of the connection; as `samepath check` takes it.",
        ),
    ] = None,
    aws: Annotated[bool, typer.Option("--aws", help="Ask AWS itself (read-only calls).")] = False,
    region: Annotated[str | None, typer.Option(help="AWS's region.")] = None,
    profile: Annotated[str | None, typer.Option(help="The profile of AWS's settings.")] = None,
    connection: Annotated[
        str | None,
        typer.Option(metavar="VPN_ID", help="Which connection, where there are several."),
    ] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="A network of the site, which the device announces."),
    ] = None,
    vpc: Annotated[
        list[str] | None,
        typer.Option(metavar="CIDR", help="A network of the VPC, where no description tells it."),
    ] = None,
    prefer: Annotated[
        str,
        typer.Option(
            metavar="1|2|follow",
            help="The tunnel that both directions take while it is up; follow: the gateway's MED "
            "decides, for a device that takes packets on either tunnel.",
        ),
    ] = "1",
    name: Annotated[str | None, typer.Option(help="The device's host name.")] = None,
    address: Annotated[
        str | None,
        typer.Option(help="The device's own outside address, where it is behind a NAT."),
    ] = None,
    outside_interface: Annotated[
        str | None, typer.Option(metavar="NAME", help="The device's interface to the internet.")
    ] = None,
    lan_interface: Annotated[
        str | None, typer.Option(metavar="NAME", help="The device's interface to the site.")
    ] = None,
    keys: Annotated[
        bool,
        typer.Option(
            "--keys", help="Write the pre-shared keys, too; with --write, to files of root's alone."
        ),
    ] = False,
    write: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the files into this folder.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there already.")] = False,
) -> None:
    """Write a whole customer gateway for a connection of AWS's, for one of the platforms.

    Both tunnels, the strongest algorithms that AWS admits, policies in both directions, and a
    comment with every part that says why it is there. Pre-shared keys are left out, unless --keys.

    Examples: samepath config --vpn vpn-connections.json --platform frr --network 192.168.10.0/24

    samepath config --vpn vpn-connections.json --platform fortios --prefer 2 --write fw1 --keys
    """
    if not vpn and not aws:
        raise typer.BadParameter("say what AWS tells with --vpn, or ask it with --aws")
    if (region or profile) and not aws:
        raise typer.BadParameter("--region and --profile go with --aws")
    if keys and write is None:
        raise typer.BadParameter("--keys goes with --write: keys are not printed")
    if prefer not in {"1", "2", "follow"}:
        raise typer.BadParameter("--prefer is 1, 2 or follow")
    choice = Choice(
        connection=connection,
        prefer=None if prefer == "follow" else int(prefer),
        networks=_networks("--network", network or ()),
        vpc=_networks("--vpc", vpc or ()),
        name=name,
        address=None if address is None else _address(address),
        outside_interface=outside_interface,
        lan_interface=lan_interface,
        keys=keys,
    )
    account = Account(region=region, profile=profile) if aws else None
    platforms = writer(platform)
    (source,) = read_sources((), vpn or (), account)
    for warning in source.warnings:
        typer.echo(f"samepath: warning: {warning.render(source.file)}", err=True)
    understood = source.understood
    if understood is None:
        raise NotWritable(f"{source.file} is no description of AWS's")
    files = platforms.load().customer(devise(understood, choice))
    if write is not None:
        _write(write, files, force=force, secret=keys)
        return
    for number, one in enumerate(files):
        if len(files) > 1:
            print(f"{'' if number == 0 else os.linesep}==> {one.name} <==")
        print(one.text, end="")


def _networks(option: str, words: Iterable[str]) -> tuple[IPv4Network, ...]:
    found = []
    for word in words:
        try:
            found.append(IPv4Network(word))
        except ValueError as error:
            raise typer.BadParameter(f"{option} {word}: {error}") from error
    return tuple(found)


def _address(word: str) -> IPv4Address:
    try:
        return IPv4Address(word)
    except ValueError as error:
        raise typer.BadParameter(f"--address {word}: {error}") from error


def _write(folder: Path, files: Iterable[WrittenFile], *, force: bool, secret: bool) -> None:
    """Write the files, none of which is there yet, or all with ``force``.

    Raises :class:`CannotWrite`, :class:`FileExists`.
    """
    texts = {folder / one.name.lstrip("/"): one.text for one in files}
    there = [file for file in texts if file.exists()]
    if there and not force:
        raise FileExists(f"{there[0]} is there already: choose another folder, or say --force")
    for file, text in texts.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            mode = 0o600 if secret else 0o644
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        except OSError as error:
            raise CannotWrite(f"{file} cannot be written: {error.strerror}") from error
        typer.echo(f"samepath: {file} is written", err=True)
