"""systemd-networkd's files: written for a customer gateway's tunnels, and read beside strongSwan's."""

from __future__ import annotations

from ipaddress import IPv4Interface
from pathlib import Path

import pytest
from tests.device.writing_laws import customer
from tests.model import golden

from samepath.device.networkd import site
from samepath.device.readers import read
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.device.reading.support import State
from samepath.device.swanctl.site import tunnels
from samepath.device.writing.customer import WrittenFile

GOLDEN = Path(__file__).parent / "golden"
FRR = Source(name="frr.conf", text="frr defaults traditional\nrouter bgp 65000\n")
NETDEV = "[NetDev]\nName=x\nKind=xfrm\n[Xfrm]\nInterfaceId=1\n"


def device(*texts: str) -> DeviceConfiguration:
    swanctl = Source(name="fw1.conf", text=tunnels(customer()))
    others = (Source(name=f"file{number}", text=text) for number, text in enumerate(texts))
    return read([FRR, swanctl, *others])


@pytest.mark.parametrize("file", site.files(customer()), ids=lambda one: Path(one.name).name)
def test_the_files(file: WrittenFile) -> None:
    golden.check(GOLDEN / Path(file.name).name, file.text)


def test_they_give_the_tunnels_their_names_and_their_inside_addresses() -> None:
    it = customer()
    found = device(*(one.text for one in site.files(it)))

    assert not found.support.doubts()
    assert [one.interface for one in found.tunnels] == ["vpn1", "vpn2"]
    assert [one.inside and one.inside.value for one in found.tunnels] == [
        one.inside for one in it.tunnels
    ]
    assert {one.mtu and one.mtu.value for one in found.tunnels} == {it.mtu}
    assert [one.name for one in found.interfaces] == ["vpn1", "vpn2"]


def test_a_tunnel_of_another_id_keeps_what_strongswan_calls_it() -> None:
    found = device(NETDEV.replace("InterfaceId=1", "InterfaceId=7"))

    assert [one.interface for one in found.tunnels] == [
        "vpn1 (if_id_out 1)",
        "vpn2 (if_id_out 2)",
    ]


def test_files_of_one_interface_are_one_whatever_their_order() -> None:
    network = "[Match]\nName=x\n[Network]\nAddress=169.254.1.2/30\n[Link]\nMTUBytes=1400\n"
    first, second = device(network, NETDEV), device(NETDEV, network)

    for found in (first, second):
        assert found.tunnels[0].interface == "x"
        assert found.tunnels[0].inside is not None
        assert found.tunnels[0].inside.value == IPv4Interface("169.254.1.2/30")


@pytest.mark.parametrize(
    ("line", "state"),
    [
        ("[Xfrm]\nInterfaceId=0", State.UNKNOWN),
        ("[Network]\nAddress=169.254.1", State.UNKNOWN),
        ("[Network]\nAddress=fe80::1/64", State.IRRELEVANT),
        ("[Network]\nVRF=blue", State.NOT_MODELLED),
        ("[Route]\nDestination=10.0.0.0/8", State.NOT_MODELLED),
        ("[Link]\nMTUBytes=1K", State.NOT_MODELLED),
        ("[Network]\nIPv6AcceptRA=no", State.IRRELEVANT),
    ],
)
def test_each_line_has_its_state(line: str, state: State) -> None:
    found = device(f"[Match]\nName=x\n{line}\n")

    *_, last = (one for one in found.support.remarks if one.place.file == "file0")
    assert last.mark.state is state
