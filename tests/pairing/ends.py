"""Invented ends of a VPN: AWS's by a sketch, the device's as a short FRR."""

from __future__ import annotations

from tests.aws.descriptions import Json, Sketch, connection, text

from samepath.aws.gathering import gather
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.device.readers import read
from samepath.device.reading.source import Source
from samepath.model.topology import Platform, Tunnel
from samepath.pairing.device import Device
from samepath.pairing.paired import Paired
from samepath.pairing.topology import pair

NAME = "vpn-0a0a0a0a"
CUSTOMER = "cgw-0a0a0a0a"


def aws(*connections: Json) -> Understood:
    """What is understood of AWS's connections; of one invented one if none is given."""
    return understand(gather([("vpn.json", text(*(connections or (connection(),))))]))


def frr(
    *lines: str,
    family: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    asn: int = 65000,
    neighbours: tuple[str, ...] = ("169.254.10.1", "169.254.11.1"),
    remote: int = 64512,
) -> str:
    """An FRR with a neighbour in each tunnel, and no demand for a policy."""
    return "\n".join(
        (
            "frr version 8.4.4",
            "frr defaults traditional",
            f"router bgp {asn}",
            " no bgp ebgp-requires-policy",
            *(f" neighbor {one} remote-as {remote}" for one in neighbours),
            *(f" {line}" for line in lines),
            " address-family ipv4 unicast",
            *(f"  {line}" for line in family),
            " exit-address-family",
            "exit",
            *after,
            "",
        )
    )


def device(config: str, name: str = "fw1", platform: Platform = Platform.FRR) -> Device:
    """A device whose file is called after it."""
    source = Source(name=f"{name}.conf", text=config)
    return Device(name=name, sources=(source,), configuration=read([source], platform))


def paired(config: str, *connections: Json, platform: Platform = Platform.FRR) -> Paired:
    """AWS's end and one device."""
    return pair(aws(*connections), [device(config, platform=platform)])


def tunnel(found: Paired, number: int) -> Tunnel:
    """A tunnel of the first connection."""
    return found.understood.topology.connections[NAME].tunnels[number - 1]


def codes(found: Paired) -> list[str]:
    """The findings in short: code, place and line."""
    return [
        f"{one.code} {one.place} {found.lines[one].line if one in found.lines else '-'}"
        for one in found.findings
    ]


def second() -> Json:
    """Another connection of the same gateway, to another customer gateway of the same AS."""
    return connection(Sketch(number=1), vpn="vpn-0b0b0b0b", cgw="cgw-0b0b0b0b")
