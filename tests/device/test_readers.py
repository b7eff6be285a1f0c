"""Whose configuration a text is."""

from __future__ import annotations

import time
import tracemalloc
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


SIGNED = {
    Platform.FRR: (
        "frr version 8.4\nrouter bgp 65000\n neighbor 169.254.10.1 remote-as 64512\n"
        " neighbor 169.254.10.1 password k\n"
    ),
    Platform.CISCO_IOS: (
        "version 17.9\nrouter bgp 65000\n neighbor 169.254.10.1 remote-as 64512\n"
        " neighbor 169.254.10.1 password 7 k\n"
    ),
    Platform.VYOS: (
        "set protocols bgp system-as '65000'\n"
        "set protocols bgp neighbor 169.254.10.1 remote-as '64512'\n"
        "set protocols bgp neighbor 169.254.10.1 password 'k'\n"
    ),
    Platform.JUNOS: (
        "set routing-options autonomous-system 65000\n"
        "set protocols bgp group aws neighbor 169.254.10.1 peer-as 64512\n"
        'set protocols bgp group aws authentication-key "k"\n'
    ),
    Platform.FORTIOS: (
        'config router bgp\nset as 65000\nconfig neighbor\nedit "169.254.10.1"\n'
        "set remote-as 64512\nset password ENC k\nnext\nend\nend\n"
    ),
    Platform.BIRD: (
        'protocol bgp a {\n local as 65000;\n password "k";\n'
        " neighbor 169.254.10.1 as 64512;\n ipv4 { };\n}\n"
    ),
}
"""A session with a password, in the words of each platform."""


@pytest.mark.parametrize("platform", SIGNED, ids=lambda one: one.value)
def test_a_password_of_a_session_is_told_and_not_kept(platform: Platform) -> None:
    lines = SIGNED[platform].splitlines(keepends=True)
    (number,) = (
        at for at, line in enumerate(lines, start=1) if "password" in line or "key" in line
    )
    (signed,) = read([source("".join(lines))], platform).bgps[0].neighbours
    without = "".join(lines[: number - 1] + lines[number:])
    (plain,) = read([source(without)], platform).bgps[0].neighbours

    assert signed.signed is not None
    assert (signed.signed.value, signed.signed.place.line) == (True, number)
    assert plain.signed is None


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


LONG = "9" * 5000
_FILTER = (
    "protocol bgp x {{ local as 1; neighbor 10.0.0.1 as 2; ipv4 {{ import filter {{"
    " if bgp_community ~ [({0},1)] then {{ bgp_path.prepend({0});"
    " bgp_community.add(({0},1)); accept; }}"
    " if net ~ [10.0.0.0/8{{{0},{0}}}] then accept; }}; }}; }}\n"
)
_PFS = (
    "set vpn ipsec esp-group E pfs dh-group{0}\n"
    "set vpn ipsec esp-group E proposal 1 encryption aes256\n"
    "set vpn ipsec site-to-site peer p default-esp-group E\n"
    "set vpn ipsec site-to-site peer p remote-address 10.0.0.1\n"
    "set vpn ipsec site-to-site peer p vti bind vti1\n"
)


@pytest.mark.parametrize("number", ["²", LONG])
@pytest.mark.parametrize(
    ("platform", "text"),
    [
        (Platform.FRR, "ip route 10.0.0.0/8 10.0.0.1 {}\n"),
        (Platform.FRR, "ip route 10.0.0.0/8 10.0.0.1 tag {}\n"),
        (Platform.FRR, "router bgp 65000\n redistribute static metric {}\n"),
        (Platform.FRR, "bgp community-list {} permit 65000:1\n"),
        (Platform.CISCO_IOS, "ip route 10.0.0.0 255.0.0.0 10.0.0.1 {}\n"),
        (Platform.CISCO_IOS, "ip route 10.0.0.0 255.0.0.0 10.0.0.1 tag {}\n"),
        (Platform.CISCO_IOS, "router bgp 65000\n redistribute static metric {}\n"),
        (Platform.CISCO_IOS, "crypto ikev2 proposal p\n group {}\n integrity sha1\n"),
        (Platform.BIRD, "protocol kernel {{ merge paths on limit {}; }}\n"),
        (Platform.BIRD, "protocol bgp x {{ local as {0}; neighbor 10.0.0.1 as {0}; }}\n"),
        (Platform.BIRD, _FILTER),
        (Platform.VYOS, _PFS),
    ],
)
def test_what_is_no_number_of_use_is_no_number(platform: Platform, text: str, number: str) -> None:
    read([Source(name="x", text=text.format(number))], platform)


@pytest.mark.parametrize("value", ["²", LONG])
def test_no_number_of_swanctl(value: str) -> None:
    text = f"connections {{\n c {{\n  version = {value}\n  remote_addrs = 10.0.0.1\n"
    text += "  children {\n   k {\n    mode = tunnel\n   }\n  }\n }\n}\n"
    frr = "router bgp 65000\n"
    found = read(
        [Source(name="frr.conf", text=frr), Source(name="swanctl.conf", text=text)], Platform.FRR
    )

    assert [one.ike.version for one in found.tunnels if one.ike is not None] == [None]


def bird_filter(body: str) -> Source:
    head = "protocol bgp x { local as 1; neighbor 10.0.0.1 as 2; ipv4 { import filter { "
    return Source(name="x", text=f"{head}{body} }}; }}; }}")


@pytest.mark.parametrize("condition", ["! " * 1200 + "true", "!(" * 1200 + "true" + ")" * 1200])
def test_a_condition_of_bird_that_is_nested_too_deep_is_not_modelled(condition: str) -> None:
    found = read([bird_filter(f"if {condition} then accept;")], Platform.BIRD)

    assert any("nested too deep" in one.reason for one in found.support.doubts())


def test_a_chain_of_ifs_of_bird_may_be_long() -> None:
    found = read([bird_filter("if true then " * 1200 + "accept;")], Platform.BIRD)

    assert not found.support.doubts()


@pytest.mark.parametrize("platform", [Platform.FRR, Platform.CISCO_IOS])
def test_members_of_a_group_lose_their_as_with_it(platform: Platform) -> None:
    text = (
        "router bgp 65000\n neighbor G peer-group\n neighbor G remote-as 64512\n"
        " neighbor 10.0.0.1 peer-group G\n no neighbor G remote-as 64512\n"
        " neighbor 10.0.0.2 remote-as 64513\n neighbor 10.0.0.2 peer-group G\n"
        " neighbor G weight 7\n"
    )
    found = read([Source(name="x", text=text)], platform)

    lost, other = found.bgps[0].neighbours
    assert (lost.remote_as, other.remote_as and other.remote_as.value) == (None, 64513)
    assert lost.weight is not None
    assert [one.place.line for one in found.support.doubts()] == [4]


_GAP = " " * 40_000
_FRR = Source(name="frr.conf", text="router bgp 65000\n")
_ROUTES = "".join(
    f"set protocols static route 10.{at // 256}.{at % 256}.0/24 next-hop 10.0.0.1\n"
    for at in range(8000)
)
_SECONDS = 4
"""Of the processor: what each of these took several times over when it grew with the square."""


@pytest.mark.parametrize(
    ("platform", "sources"),
    [
        (Platform.VYOS, [Source(name="x", text=_ROUTES)]),
        (
            Platform.FRR,
            [_FRR, Source(name="ipsec.conf", text=f"conn x\n left=10.0.0.1{_GAP}c{_GAP}c\n")],
        ),
        (
            Platform.FRR,
            [_FRR, Source(name="swanctl.conf", text=f"connections {{\n a = b{_GAP}c{_GAP}c\n}}\n")],
        ),
        (
            Platform.FRR,
            [_FRR, Source(name="ipsec.secrets", text=f': PSK "x"\n a{_GAP * 2}b : PSK x\n')],
        ),
    ],
)
def test_the_time_does_not_grow_with_the_square(platform: Platform, sources: list[Source]) -> None:
    begun = time.process_time()
    read(sources, platform)

    assert time.process_time() - begun < _SECONDS


def test_a_list_of_junos_is_not_written_out_behind_thousands_of_words() -> None:
    text = f"set {'a ' * 4000} [ {'b ' * 4000} ]\n"
    tracemalloc.start()
    try:
        read([Source(name="x", text=text)], Platform.JUNOS)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 30 << 20


def test_blank_lines_take_no_time() -> None:
    begun = time.process_time()
    with pytest.raises(UnknownPlatform):
        detect([Source(name="x", text="\n" * 20_000)])

    assert time.process_time() - begun < _SECONDS
