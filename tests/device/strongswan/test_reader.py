"""strongSwan's files, read beside those of a daemon that routes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.model import golden

from samepath.cli.device.lines import lines
from samepath.device.readers import UnknownPlatform, read
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Source
from samepath.device.reading.support import Ledger, State
from samepath.device.strongswan import reader
from samepath.device.strongswan.proposals import UnknownAlgorithm, proposals
from samepath.model.suites import spell_suites
from samepath.model.topology import Platform

GOLDEN = Path(__file__).parent / "golden"
BGPD = Source(name="bgpd.conf", text="frr defaults traditional\nrouter bgp 65000\n")


def source(name: str) -> Source:
    return Source(name=name, text=(GOLDEN / name).read_text())


def device(*names: str) -> DeviceConfiguration:
    return read([BGPD, *map(source, names)])


@pytest.mark.parametrize("names", [("ipsec.conf", "ipsec.secrets"), ("swanctl.conf",)])
def test_what_is_understood(names: tuple[str, ...]) -> None:
    shown = "\n".join(line.plain.rstrip() for line in lines(device(*names), "machine"))

    golden.check(GOLDEN / f"{names[0]}.txt", shown + "\n")


def test_a_connection_takes_over_what_it_does_not_say() -> None:
    first, second = device("ipsec.conf", "ipsec.secrets").tunnels

    assert first.esp is not None
    assert second.esp is not None
    assert (first.esp.lifetime and first.esp.lifetime.value) == 3600
    assert (second.esp.lifetime and second.esp.lifetime.value) == 1800
    assert first.ike is not None
    assert second.ike is not None
    assert first.ike.dead_peer is not None
    assert second.ike.dead_peer is None
    assert second.interface == "t2 (mark 200)"


def test_each_tunnel_has_its_own_key() -> None:
    tunnels = (*device("ipsec.conf", "ipsec.secrets").tunnels, *device("swanctl.conf").tunnels)
    keys = [one.ike.secret.value for one in tunnels if one.ike and one.ike.secret]

    assert keys == [
        Secret("plantedkey60"),
        Secret("plantedkey61"),
        Secret("plantedkey62 # not a remark"),
    ]


def test_no_secret_is_shown() -> None:
    for names in (("ipsec.conf", "ipsec.secrets"), ("swanctl.conf",)):
        found = device(*names)
        shown = "".join(line.plain for line in lines(found, "x"))
        remarks = "".join(one.text for one in found.support.remarks)
        assert "plantedkey" not in repr(found) + shown + remarks


@pytest.mark.parametrize(
    ("text", "is_esp", "suites"),
    [
        ("aes128-sha1-modp1024!", False, "aes128-sha1-2"),
        (
            "aes256-sha256-modp2048s256,aes128-sha1-modp1024",
            False,
            "aes256-sha256-24, aes128-sha1-2",
        ),
        ("aes256gcm16-modp2048-sha256", True, "aes256gcm16-14"),
        ("aes256gcm16-prfsha384-ecp384", False, "aes256gcm16-sha384-20"),
        ("aes128-aes256-sha256-ecp256", False, "aes128-sha256-19, aes256-sha256-19"),
        ("aes256-sha256", True, "aes256-sha256"),
        ("default", True, ""),
    ],
)
def test_a_proposal(text: str, *, is_esp: bool, suites: str) -> None:
    assert spell_suites(proposals(text, is_esp=is_esp)) == suites


def test_a_word_that_is_no_algorithm() -> None:
    with pytest.raises(UnknownAlgorithm, match="frob"):
        list(proposals("aes256-frob", is_esp=True))


def test_strongswan_alone_does_not_tell_who_routes() -> None:
    with pytest.raises(UnknownPlatform, match="--platform"):
        read([source("swanctl.conf")])

    assert len(read([source("swanctl.conf")], Platform.BIRD).tunnels) == 1


_LINES = [
    line
    for name in ("ipsec.conf", "ipsec.secrets", "swanctl.conf")
    for line in (GOLDEN / name).read_text().splitlines()
]


@given(
    some=st.lists(st.sampled_from(_LINES) | st.text(max_size=30), max_size=40),
    first=st.sampled_from(["conn a", "connections {", "a : PSK b"]),
)
def test_any_lines_can_be_read(some: list[str], first: str) -> None:
    ledger = Ledger()
    reader.read([Source(name="x", text="\n".join([first, *some]))], ledger)

    for one in ledger.close().doubts():
        assert one.mark.state in State
        assert "plantedkey" not in one.text
