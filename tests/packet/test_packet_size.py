"""Packets of every size come through, whatever the outside path takes, and whether it says so."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from tests.packet.labs import running, text_of

from samepath.control.vpn import mtu_of
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import HostRef, transfer

MEGABYTE = 1_000_000
WITHIN = 15.0
TIMESTAMPS = 12
"""Bytes of TCP's timestamp option (RFC 7323), which every segment here carries."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("test-size", text_of()) as lab:
        yield lab


def ends(lab: Lab) -> tuple[HostRef, HostRef]:
    return (
        HostRef(lab.names.host("app"), "10.0.0.10"),
        HostRef(lab.names.host("desk"), "192.168.10.10"),
    )


def passes(lab: Lab, size: int, *, df: bool) -> bool:
    """Whether an IP packet of ``size`` bytes from a host is answered in the same size."""
    here, there = ends(lab)
    done = subprocess.run(
        [
            "nsenter", f"--net=/run/netns/{here.namespace}", "ping", "-n", "-q", "-c", "3",
            "-i", "0.2", "-W", "2", "-M", "do" if df else "dont", "-s", str(size - 28),
            there.address,
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return "3 received" in done.stdout


@pytest.mark.parametrize("size", [1000, 1399, 1400, 1401, 1450, 1500])
@pytest.mark.parametrize("df", [True, False], ids=["with DF", "without DF"])
def test_a_packet_of_any_size_passes(lab: Lab, size: int, df: bool) -> None:
    assert passes(lab, size, df=df)


def test_a_packet_larger_than_any_link_passes_in_fragments(lab: Lab) -> None:
    assert passes(lab, 4000, df=False)


@pytest.mark.parametrize("path", [1500, 1492, 1400, 1280])
@pytest.mark.parametrize("fault", [Fault.MTU, Fault.MTU_SILENT], ids=["told", "ICMP filtered"])
def test_a_megabyte_passes_each_way_over_a_smaller_path(lab: Lab, path: int, fault: Fault) -> None:
    lab.break_element("seoul/tunnel1", fault, path)
    try:
        for here, there in (ends(lab), ends(lab)[::-1]):
            done = transfer(source=here, destination=there, size=MEGABYTE, timeout=WITHIN)
            assert done.complete, done
            assert not done.error
        assert passes(lab, 1500, df=True)
    finally:
        lab.heal(None)


def test_tcp_s_segments_are_clamped_to_the_tunnel_both_ways(lab: Lab) -> None:
    mtu = mtu_of(lab.topology.connections["seoul"].tunnels[0])
    for here, there in (ends(lab), ends(lab)[::-1]):
        done = transfer(source=here, destination=there, size=MEGABYTE, timeout=WITHIN)
        assert done.mss == mtu - 40 - TIMESTAMPS
