"""Whatever a device's file holds, both ends become one topology, or one sentence says why not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.aws.descriptions import Sketch, connection
from tests.pairing.ends import aws, device

from samepath.aws.understood import Understood
from samepath.model import validation
from samepath.pairing.device import CannotPair
from samepath.pairing.paired import Paired
from samepath.pairing.topology import pair
from samepath.routing.report import check
from samepath.routing.states import ALL_UP

ADDRESSES = ("169.254.10.1", "169.254.11.1", "169.254.12.1", "169.254.13.1", "192.168.10.2")
MAPS = ("IN", "OUT", "NONE", "MISSING")
_address = st.sampled_from(ADDRESSES)
_map = st.sampled_from(MAPS)
_asn = st.sampled_from(["64512", "65000", "65001"])
_prefix = st.sampled_from(
    [
        "0.0.0.0/0",
        "10.0.0.0/8",
        "198.18.0.0/24",
        "192.168.10.0/24",
        "169.254.10.0/30",
        "10.9.9.9/32",
    ]
)
_neighbour = st.one_of(
    st.builds("neighbor {} remote-as {}".format, _address, _asn),
    st.builds("neighbor {} local-as {}".format, _address, _asn),
    st.builds("neighbor {} timers 5 {}".format, _address, st.integers(0, 200)),
    st.builds(
        "neighbor {} {}".format, _address, st.sampled_from(["shutdown", "bfd", "frobnicate"])
    ),
)
_family = st.one_of(
    st.builds("network {}".format, _prefix),
    st.builds("network {} route-map {}".format, _prefix, _map),
    st.builds("aggregate-address {} summary-only".format, _prefix),
    st.builds("redistribute {} route-map {}".format, st.sampled_from(["connected", "ospf"]), _map),
    st.just("redistribute static"),
    st.builds("maximum-paths {}".format, st.integers(1, 300)),
    st.builds("neighbor {} route-map {} {}".format, _address, _map, st.sampled_from(["in", "out"])),
    st.builds("neighbor {} default-originate".format, _address),
    st.builds("neighbor {} default-originate route-map {}".format, _address, _map),
    st.builds("neighbor {} weight {}".format, _address, st.integers(0, 65535)),
    st.builds("neighbor {} next-hop-self".format, _address),
)
_route = st.builds(
    "ip route {} {} {}".format, _prefix, st.sampled_from([*ADDRESSES, "Null0"]), st.integers(1, 255)
)
AFTER = """\
route-map IN permit 10
 set local-preference 200
route-map OUT permit 10
 set as-path prepend 65000 65000
route-map NONE deny 10
interface eth1
 ip address 192.168.10.1/24
"""


@st.composite
def configs(draw: st.DrawFn) -> str:
    lines = [
        "frr version 8.4.4",
        f"router bgp {draw(_asn)}",
        *(f" {one}" for one in draw(st.lists(_neighbour, max_size=8))),
        " address-family ipv4 unicast",
        *(f"  {one}" for one in draw(st.lists(_family, max_size=8))),
        " exit-address-family",
        "exit",
        AFTER,
        *draw(st.lists(_route, max_size=3)),
    ]
    return "\n".join(lines)


def _paired(described: Understood, config: str) -> Paired | str:
    """Both ends, or why they do not go together."""
    try:
        return pair(described, [device(config)])
    except CannotPair as refused:
        return str(refused)


@settings(max_examples=60)
@given(config=configs(), static=st.booleans(), two=st.booleans())
def test_any_device_is_paired_or_refused_in_a_sentence(
    config: str, *, static: bool, two: bool
) -> None:
    other = connection(Sketch(number=1), vpn="vpn-0b0b0b0b", cgw="cgw-0b0b0b0b")
    described = aws(connection(Sketch(static=static)), *([other] if two else []))
    found = _paired(described, config)
    if isinstance(found, str):
        assert "nothing of it is a tunnel of this VPN" in found
        return
    topology = found.understood.topology
    lines = config.split("\n")
    report = check(topology, [ALL_UP])

    assert validation.problems(topology) == ()
    assert all(0 < place.line <= len(lines) for place in found.places.values())
    for finding in (*report.findings, *found.findings):
        place = found.place_of(finding)
        assert place is None or lines[place.line - 1].strip()
