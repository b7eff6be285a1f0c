"""Packets of every size come through, whatever the outside path takes, and whether it says so."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.packet.labs import running, text_of

from samepath.control.vpn import mtu_of
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import HostRef, transfer

MEGABYTE = 1_000_000
WITHIN = 60.0
"""Seconds for a transfer that takes less than one."""
TIMESTAMPS = 12
"""Bytes of TCP's timestamp option (RFC 7323), which every segment here carries."""


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("size", text_of()) as lab:
        yield lab


def ends(lab: Lab) -> tuple[HostRef, HostRef]:
    return (
        lab.host("app"),
        lab.host("desk"),
    )


def passes(lab: Lab, size: int, *, df: bool) -> bool:
    """Whether IP packets of ``size`` bytes from a host are answered in the same size.

    Three have to be, of however many: a busy machine may lose one, which says nothing of its size.
    """
    here, there = ends(lab)
    done = subprocess.run(
        [
            "nsenter", f"--net=/run/netns/{here.namespace}", "ping", "-n", "-q", "-c", "3",
            "-i", "0.2", "-w", "5", "-M", "do" if df else "dont", "-s", str(size - 28),
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


LISTEN = """
import socket, struct, sys
heard = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
heard.settimeout(10)
print("listening", flush=True)
try:
    for _ in range(int(sys.argv[1])):
        packet = heard.recv(65535)
        heard.settimeout(2)
        print(len(packet), struct.unpack("!H", packet[4:6])[0], flush=True)
except TimeoutError:
    pass
"""
SEND = """
import socket, sys
IP_MTU_DISCOVER, IP_PMTUDISC_DO = 10, 2
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
for _ in range(int(sys.argv[3])):
    sender.sendto(bytes(int(sys.argv[2])), (sys.argv[1], 9))
"""


def python(host: HostRef, code: str, *arguments: object) -> list[str]:
    """The command that runs ``code`` where a host is."""
    enter = ["nsenter", f"--net=/run/netns/{host.namespace}", sys.executable, "-c", code]
    return [*enter, *map(str, arguments)]


def test_datagrams_that_forbid_fragments_get_a_number_each_before_they_are_fragmented(
    lab: Lab,
) -> None:
    """A sender that is not connected leaves it 0, and fragments of two would fit together."""
    count, payload = 50, 1450
    for here, there in (ends(lab), ends(lab)[::-1]):
        with subprocess.Popen(
            python(there, LISTEN, count), stdout=subprocess.PIPE, text=True
        ) as listener:
            assert listener.stdout is not None
            assert listener.stdout.readline() == "listening\n"
            subprocess.run(python(here, SEND, there.address, payload, count), check=True)
            heard = [line.split() for line in listener.stdout]
        assert {size for size, _ in heard} == {str(payload + 28)}
        # A busy machine may lose some; those that came have a number each.
        assert count / 2 < len({number for _, number in heard}) == len(heard)
        assert "0" not in {number for _, number in heard}


def test_tcp_s_segments_are_clamped_to_the_tunnel_both_ways(lab: Lab) -> None:
    mtu = mtu_of(lab.topology.connections["seoul"].tunnels[0])
    for here, there in (ends(lab), ends(lab)[::-1]):
        done = transfer(source=here, destination=there, size=MEGABYTE, timeout=WITHIN)
        assert done.mss == mtu - 40 - TIMESTAMPS
