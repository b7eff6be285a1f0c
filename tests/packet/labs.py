"""Labs for tests of faults: brought up, watched with a probe, waited for, and taken down."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.packet.own import clear, own

from samepath.lab.lab import Lab
from samepath.lab.probe import ProbePair
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse

FILE = Path(__file__).parent / "two-tunnels.yaml"
PLAIN = "{customer_gateway: dc}"
RATE = 200
WITHIN = 90.0
"""Seconds for whatever takes far less: AWS's dead peer detection alone is 40."""

QUIET = 0.5
"""Seconds without a packet after which a probe has left a tunnel: a hundred were due each way."""

Ways = dict[str, tuple[int, ...]]
"""For each direction the numbers of the tunnels that packets came out of."""


def text_of(connection: str = PLAIN) -> str:
    """The two-tunnel topology with another connection."""
    text = FILE.read_text()
    assert PLAIN in text
    return text.replace(PLAIN, connection)


@contextmanager
def running(name: str, text: str) -> Iterator[Lab]:
    """A lab of our own that is up and usable; it goes at the end."""
    name = own(name)
    try:
        with Lab(name, parse(text).topology) as lab:
            lab.up(text)
            wait_healthy(StatusReader(lab))
            yield lab
    finally:
        clear(name)


def probe(lab: Lab) -> ProbePair:
    """Numbered packets both ways between the VPC's host (a) and the site's (b)."""
    return ProbePair(
        a=lab.host("app"),
        b=lab.host("desk"),
        rate=RATE,
    )


def used(reader: StatusReader) -> Ways:
    """The tunnels that packets come out of now, each way."""
    before = reader.counters()
    time.sleep(0.25)  # noqa: TID251 - packets need their time to be counted
    after = reader.counters()
    return {
        way: tuple(
            sorted(
                number
                for (name, number, direction), packets in after.items()
                if direction == way and packets > before[name, number, direction]
            )
        )
        for way in ("to-site", "to-vpc")
    }


def last_packet(reader: StatusReader, *, tunnel: int) -> float:
    """When (monotonic) a probe's last packet came out of a tunnel that both directions leave.

    It is the time at which it was counted, which may be up to a tenth of a second later. Returns
    when none has come for :data:`QUIET`.
    """
    deadline = time.monotonic() + WITHIN
    last, before = time.monotonic(), reader.counters()
    while time.monotonic() < last + QUIET:
        assert time.monotonic() < deadline, f"packets still come out of tunnel {tunnel}"
        time.sleep(0.05)  # noqa: TID251 - packets need their time to be counted
        after = reader.counters()
        if any(after[key] > before[key] for key in after if key[1] == tunnel):
            last = time.monotonic()
        before = after
    return last


def both(*tunnels: int) -> Ways:
    """Both directions on these tunnels."""
    return {"to-site": tunnels, "to-vpc": tunnels}


def wait_used(reader: StatusReader, expected: Ways, *, readings: int = 2) -> None:
    """Wait until packets take just these tunnels, several readings long."""
    deadline = time.monotonic() + WITHIN
    seen: list[Ways] = []
    while seen[-readings:] != [expected] * readings:
        assert time.monotonic() < deadline, f"expected {expected}, seen {seen[-10:]}"
        seen.append(used(reader))


def wait_healthy(reader: StatusReader) -> None:
    """Wait until every tunnel is usable."""
    status = wait_usable(reader, WITHIN)
    assert status.ready, status
