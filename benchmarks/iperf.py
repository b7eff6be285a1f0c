"""iperf3 between two network namespaces: how much arrives, of TCP or of UDP.

The control connection of iperf3 takes the same path as its load; it speaks before and after it.
"""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from samepath.lab.probe import HostRef

PORT = 50_508
GRACE = 60.0
"""Seconds over its load in which iperf3 has to come to its end."""
UDP_BYTES = 1200
"""Bytes in a datagram: with its headers it fits every tunnel's MTU."""


class LoadFailed(RuntimeError):
    """iperf3 could not carry its load; the text is its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What iperf3 offered, and what of it arrived; payload, bit/s, both ways together."""

    offered: float
    delivered: float


def tcp(source: HostRef, destination: HostRef, seconds: float) -> Load:
    """As much TCP as goes through, one way."""
    return tcp_untrusted(_run(source, destination, seconds))


def tcp_both(one: HostRef, other: HostRef, seconds: float) -> Load:
    """As much TCP as goes through both ways at once, by an iperf3 for each.

    ``--bidir`` would be one process at each end that writes and reads by turns: when both happen to
    write into full buffers, neither reads, and after two minutes iperf3 gives up (esnet/iperf#2029).
    """
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(tcp, *way, seconds) for way in ((one, other), (other, one))]
        loads = [load.result() for load in running]
    return Load(
        offered=sum(load.offered for load in loads),
        delivered=sum(load.delivered for load in loads),
    )


def udp(source: HostRef, destination: HostRef, seconds: float, rate: float) -> Load:
    """Offer UDP at ``rate`` (bit/s of payload), one way."""
    text = _run(
        source,
        destination,
        seconds,
        "--udp",
        "--bitrate",
        f"{rate:.0f}",
        "--length",
        f"{UDP_BYTES}",
    )
    return udp_untrusted(text)


def tcp_untrusted(text: str) -> Load:
    """A client's JSON of a TCP load. Raises :class:`LoadFailed` if it tells of an error."""
    end = _end(text)
    return Load(
        offered=_number(end, "sum_sent", "bits_per_second"),
        delivered=_number(end, "sum_received", "bits_per_second"),
    )


def udp_untrusted(text: str) -> Load:
    """A client's JSON of a UDP load. Raises :class:`LoadFailed` if it tells of an error.

    The receiver counts a datagram as lost when a later one has arrived; those that the end of the
    load cut off are in neither of its numbers, so what it has is set against what was sent.
    """
    end = _end(text)
    packets, lost = (_number(end, "sum", name) for name in ("packets", "lost_packets"))
    offered = _number(end, "sum", "bits_per_second")
    return Load(offered=offered, delivered=offered * (packets - lost) / packets if packets else 0)


def _end(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise LoadFailed(f"iperf3 gave no JSON: {text[:200]!r}") from error
    match found:
        case {"error": str(words)}:
            raise LoadFailed(f"iperf3: {words}")
        case {"end": dict(end)}:
            return end
        case _:
            raise LoadFailed("iperf3 told no end")


def _number(end: dict[str, object], group: str, name: str) -> float:
    match end.get(group):
        case dict(values) if isinstance(number := values.get(name), int | float):
            return float(number)
        case _:
            raise LoadFailed(f"iperf3 told no {group}.{name}")


def _command(namespace: str, *arguments: str) -> list[str]:
    # Whatever becomes of us, it ends with us.
    return [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "nsenter",
        f"--net=/run/netns/{namespace}",
        "iperf3",
        "--port",
        str(PORT),
        *arguments,
    ]


def _run(source: HostRef, destination: HostRef, seconds: float, *arguments: str) -> str:
    server = subprocess.Popen(
        _command(
            destination.namespace,
            "--server",
            "--one-off",
            "--forceflush",
            "--bind",
            destination.address,
        ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None  # noqa: S101 - it is a pipe
        # A line of dashes, then the word.
        if not any("listening" in server.stdout.readline() for _ in range(2)):
            raise LoadFailed(f"no iperf3 server in {destination.namespace}")
        return subprocess.run(
            _command(
                source.namespace,
                "--client",
                destination.address,
                "--bind",
                source.address,
                "--time",
                f"{seconds:.0f}",
                "--interval",
                "0",
                "--json",
                *arguments,
            ),
            check=False,
            capture_output=True,
            text=True,
            timeout=seconds + GRACE,
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise LoadFailed(f"iperf3 did not end within {GRACE:g} s of its load") from error
    finally:
        server.kill()
        server.communicate()
