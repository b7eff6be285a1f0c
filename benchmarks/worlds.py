"""The labs that are measured, and how to wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from samepath.lab.lab import Lab, machine_of, take_down
from samepath.lab.probe import DirectionReport, HostRef, ProbePair
from samepath.lab.settling import wait_usable
from samepath.lab.status import LabStatus, StatusReader
from samepath.model.document import parse

CONNECTION = "seoul"
ACTIVE = f"{CONNECTION}/tunnel1"
WITHIN = 90.0
"""Seconds in which a lab settles, or it is counted as one that does not."""
BEHIND = 0.01
"""Seconds: a sender that was further behind its schedule spoils a gap."""


class NotSettled(RuntimeError):
    """A lab did not come into the state that is measured."""


def topology(name: str, connection: str = "") -> str:
    """A topology file: one connection, with more keys of it as a YAML flow mapping's inside."""
    return f"""\
samepath: 1
name: {name}
vpcs:
  cloud:
    cidr: 10.0.0.0/16
    hosts: {{app: 10.0.0.10}}
customer_gateways:
  dc: {{address: 198.51.100.1, asn: 65000}}
sites:
  office:
    networks: [192.168.10.0/24]
    hosts: {{desk: 192.168.10.10}}
connections:
  {CONNECTION}: {{customer_gateway: dc{", " if connection else ""}{connection}}}
"""


def remove(name: str) -> None:
    """Take a lab away, whatever there is of it."""
    with machine_of(name) as machine:
        take_down(machine)


@contextmanager
def running(name: str, connection: str = "") -> Iterator[Lab]:
    """A lab that is up and carries traffic; nothing is left of it afterwards."""
    with built(name, topology(name, connection)) as lab:
        settled(lab)
        yield lab


@contextmanager
def built(name: str, text: str) -> Iterator[Lab]:
    """A lab of a topology file's text, which may not carry traffic yet; it goes at the end."""
    remove(name)
    try:
        with Lab(name, parse(text).topology) as lab:
            lab.up(text)
            yield lab
    finally:
        remove(name)


def hosts(lab: Lab) -> tuple[HostRef, HostRef]:
    """The VPC's host and the site's."""
    return (
        lab.host("app"),
        lab.host("desk"),
    )


def pause(seconds: float) -> None:
    """Let the time pass that a measurement is about."""
    time.sleep(seconds)  # noqa: TID251 - what is measured is what happens meanwhile


def until(true: Callable[[], bool], what: str, within: float = WITHIN) -> None:
    """Wait; :class:`NotSettled` if ``what`` does not come within so many seconds."""
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            raise NotSettled(f"{what}: not within {within:g} s")
        pause(0.05)


def settled(lab: Lab) -> LabStatus:
    """Wait until both tunnels are usable, BFD and all, and the active one carries both ways."""
    reader = StatusReader(lab)
    found = wait_usable(reader, WITHIN)

    def so() -> bool:
        nonlocal found
        found = reader.read()
        return found.ready and routed(found) == {1} and sessions_up(found)

    until(so, f"{lab.name}: both tunnels up, both directions on tunnel 1")
    return found


def routed(status: LabStatus) -> set[int | None]:
    """The tunnels that the directions are routed into."""
    return {direction.routed and direction.routed[1] for direction in status.directions}


def sessions_up(status: LabStatus) -> bool:
    """Whether BFD is up wherever it is used."""
    sessions = [
        end.session for tunnel in status.tunnels for end in (tunnel.gateway, tunnel.customer)
    ]
    return all(session is None or session.bfd in {None, "Up"} for session in sessions)


def carried(lab: Lab, seconds: float = 0.3) -> set[int]:
    """The tunnels that user packets come out of, either way, while so many seconds pass."""
    return carried_during(lab, lambda: pause(seconds))


def carried_during(lab: Lab, act: Callable[[], None]) -> set[int]:
    """The tunnels that user packets come out of, either way, during ``act``."""
    reader = StatusReader(lab)
    before = reader.counters()
    act()
    after = reader.counters()
    return {key[1] for key in after if after[key] > before[key]}


def spoilt(reports: Mapping[str, DirectionReport], behind: float = BEHIND) -> str:
    """How the machine spoilt a probe's run, in words; empty if it did not."""
    for way, report in reports.items():
        if not report.valid:
            return (
                f"{way}: {report.not_sent} of {report.due} not sent, {report.overflowed} overflowed"
            )
        if report.behind > behind:
            return f"{way}: the sender was {report.behind * 1000:.0f} ms behind"
    return ""


def probe(a: HostRef, b: HostRef, rate: int) -> ProbePair:
    """A probe that flows."""
    pair = ProbePair(a=a, b=b, rate=rate, sizes=(64,))
    try:
        pair.wait_flowing(WITHIN)
    except BaseException:
        pair.close()
        raise
    return pair
