"""Whose configuration a text is."""

from __future__ import annotations

from pathlib import Path

import pytest

from samepath.device.readers import READERS, UnknownPlatform, detect, platforms, read, title
from samepath.device.reading.source import Source
from samepath.model.topology import Platform

GOLDEN = Path(__file__).parent


def source(text: str, name: str = "fw1.cfg") -> Source:
    return Source(name=name, text=text)


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("frr version 8.4\nhostname x\n", Platform.FRR),
        ("router bgp 65000\n network 10.0.0.0/16\n", Platform.FRR),
        ("! Zebra configuration saved from vty\nrouter bgp 65000\n", Platform.QUAGGA),
        ("version 17.9\nhostname r1\nrouter bgp 65000\n", Platform.CISCO_IOS),
        ("interface Tunnel1\n ip address 10.0.0.1 255.255.255.252\n", Platform.CISCO_IOS),
        ("crypto isakmp policy 10\nexit\nrouter bgp 65000\n", Platform.CISCO_IOS),
        ("config router bgp\n    set as 65000\nend\n", Platform.FORTIOS),
        ("#config-version=FGVM64-7.2.8-FW\nconfig vdom\n", Platform.FORTIOS),
        ("set protocols bgp system-as '65000'\n", Platform.VYOS),
        ("interfaces {\n    ethernet eth0 {\n        address dhcp\n    }\n}\n", Platform.VYOS),
        ("router id 10.0.0.1;\nprotocol bgp x {\n neighbor 10.0.0.2 as 1;\n}\n", Platform.BIRD),
        ("set protocols bgp group aws peer-as 64512\n", Platform.JUNOS),
        ("protocols {\n    bgp {\n        group aws {\n        }\n    }\n}\n", Platform.JUNOS),
        ("log file /var/log/quagga/bgpd.log\nrouter bgp 65000\n", Platform.QUAGGA),
    ],
)
def test_a_text_tells_its_platform(text: str, platform: Platform) -> None:
    assert detect([source(text)]) is platform


@pytest.mark.parametrize("text", ["", "hello\n", "router bgp 65000\n"])
def test_a_text_that_does_not_tell_is_asked_for(text: str) -> None:
    with pytest.raises(
        UnknownPlatform,
        match=r"fw1\.cfg: .*--platform \(.*bird, cisco-ios, fortios, frr, junos, quagga, vyos.*\)",
    ):
        detect([source(text)])


def test_a_platform_that_is_named_is_believed() -> None:
    found = read([source("router bgp 65000\n")], Platform.QUAGGA)

    assert (found.platform, found.bgps[0].asn.value) == (Platform.QUAGGA, 65000)


def test_a_platform_that_is_not_read_yet_is_refused() -> None:
    with pytest.raises(UnknownPlatform, match="routeros are not read yet"):
        read([source("")], Platform.ROUTEROS)


def test_each_platform_has_one_reader_and_a_name() -> None:
    assert len(set(platforms())) == len(READERS)
    assert all(title(platform) for platform in platforms())


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("interface Tunnel1\n nameif aws-1\n ip address 10.0.0.1 255.255.255.252\n", "a Cisco ASA"),
        ("ASA Version 9.16(1)\nrouter bgp 65000\n", "a Cisco ASA"),
        ('<entry name="tunnel.1">\n', "PAN-OS"),
        ("/routing bgp connection\nadd as=65000\n", "RouterOS"),
    ],
)
def test_what_has_no_reader_is_not_taken_for_what_has_one(text: str, whose: str) -> None:
    with pytest.raises(UnknownPlatform, match=f"it is of {whose}, which is not read"):
        detect([source(text)])
