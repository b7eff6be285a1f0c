"""strongSwan's files, read beside those of a daemon that routes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device import told

from samepath.cli.device.lines import lines
from samepath.device.readers import UnknownPlatform, read
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.secret import HIDDEN, Secret
from samepath.device.reading.source import Source
from samepath.device.reading.support import Ledger, State
from samepath.device.reading.tunnels import Tunnel
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

    told.check(device(*names), "machine", GOLDEN / f"{names[0]}.txt")


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


CONN = "conn t\n right=203.0.113.5\n keyexchange=ikev2\n"
SWANCTL = (
    "connections {\n t {\n remote_addrs = 203.0.113.5\n %s\n children {\n n {\n %s\n }\n }\n }\n}\n"
)


def tunnel(text: str, secrets: str = "") -> Tunnel:
    more = [Source(name="ipsec.secrets", text=secrets)] if secrets else []
    (found,) = read([BGPD, Source(name="x.conf", text=text), *more]).tunnels
    return found


def groups(text: str) -> list[int | None]:
    esp = tunnel(text).esp
    assert esp is not None
    return [one.value.group for one in esp.proposals]


@pytest.mark.parametrize(
    ("text", "ike", "esp"),
    [
        (f"{CONN} ike=aes256-sha256-modp2048\n esp=aes256-sha256\n", True, True),
        (f"{CONN} ike=aes256-sha256-modp2048!\n esp=aes256-sha256!\n", False, False),
        (
            SWANCTL % ("proposals = aes256-sha256-modp2048", "esp_proposals = aes256-sha256"),
            False,
            False,
        ),
        (
            SWANCTL
            % (
                "proposals = aes256-sha256-modp2048, default",
                "esp_proposals = default,aes256-sha256",
            ),
            True,
            True,
        ),
    ],
)
def test_the_daemons_own_proposals_may_be_there_too(text: str, *, ike: bool, esp: bool) -> None:
    found = tunnel(text)

    assert found.ike is not None
    assert found.esp is not None
    assert (found.ike.more, found.esp.more) == (ike, esp)


@pytest.mark.parametrize(
    ("key", "is_"),
    [
        ("0sc2VjcmV0LmtleQ==", Secret("secret.key")),
        ("0x7365637265742e6b6579", Secret("secret.key")),
        ("0snot*base64", HIDDEN),
        ("0xabc", HIDDEN),
        ("0xff", HIDDEN),
        ('"secret.key"', Secret("secret.key")),
    ],
)
def test_a_key_may_be_encoded(key: str, is_: Secret) -> None:
    of_conn = tunnel(CONN, f"203.0.113.5 : PSK {key}\n").ike
    of_swanctl = tunnel(
        SWANCTL % ("", "") + f"secrets {{\n ike-1 {{\n secret = {key}\n }}\n}}\n"
    ).ike

    assert of_conn is not None
    assert of_conn.secret is not None
    assert of_conn.secret.value == is_
    assert of_swanctl is not None
    assert of_swanctl.secret is not None
    assert of_swanctl.secret.value == is_


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (" pfs=yes\n phase2alg=aes256-sha2_256\n", [14, 19]),
        (" phase2alg=aes256-sha2_256\n", [14, 19]),
        (" pfs=no\n phase2alg=aes256-sha2_256\n", [None]),
        (" phase2alg=aes256-sha2_256;modp4096\n", [16]),
        (" pfs=yes\n esp=aes256-sha256!\n", [None]),
    ],
)
def test_the_pfs_of_libreswan_has_the_group_of_ike(lines: str, found: list[int | None]) -> None:
    assert groups(f"{CONN} ike=aes256-sha2_256;modp2048,aes256-sha2_256;dh19\n{lines}") == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{CONN} type=transport\n", "type=transport"),
        (f"{CONN} aggressive=yes\n", "aggressive=yes"),
        (f"{CONN} leftsubnet=10.9.9.9/32\n", "leftsubnet=10.9.9.9/32"),
        (SWANCTL % ("", "mode = transport"), "mode = transport"),
        (SWANCTL % ("aggressive = yes", ""), "aggressive = yes"),
        (SWANCTL % ("", "local_ts = 10.9.9.9/32"), "local_ts = 10.9.9.9/32"),
        (f"{CONN} type=tunnel\n aggressive=no\n leftsubnet=0.0.0.0/0\n", ""),
        (SWANCTL % ("aggressive = no", "mode = tunnel\n local_ts = 0.0.0.0/0,::/0"), ""),
    ],
)
def test_what_aws_does_not_take_is_told(text: str, line: str) -> None:
    remarks = read([BGPD, Source(name="x.conf", text=text)]).support.doubts()

    assert [one.text for one in remarks if one.place.file == "x.conf"] == ([line] if line else [])


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        (f"{CONN} auto=start\n", True),
        (f"{CONN} auto=route\n", True),
        (f"{CONN} auto=add\n", False),
        (SWANCTL % ("", ""), False),
        (SWANCTL % ("", "start_action = none"), False),
        (SWANCTL % ("", "start_action = trap|start"), True),
    ],
)
def test_who_begins(text: str, *, starts: bool) -> None:
    found = tunnel(text).starts

    assert found is not None
    assert found.value is starts
