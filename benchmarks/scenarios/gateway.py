"""Two customer gateways that share the hosts' router by VRRP: the first goes, silently.

``gateway-gone`` makes every packet of it vanish; all carriers stay up, and nobody tells anybody. To
the site the gap is BFD's in the tunnels, to the VPC it is VRRP's missed adverts and the gratuitous
ARP. ``idle-moves`` loads both directions and counts what moves though nothing has happened: masters,
BFD sessions, BGP sessions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.iperf import Load, tcp_both
from benchmarks.samples import (
    Measured,
    Sample,
    Verdict,
    failures,
    largest,
    percentile,
    values_of,
)
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.scenarios.cut import WAYS, gap
from benchmarks.scenarios.stability import downs, log_sizes, of_load, read_since
from benchmarks.worlds import WITHIN, built, hosts, sessions_up, until
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader

FIRST, SECOND = "fw1", "fw2"
FILE = f"""\
samepath: 1
name: {{name}}
vpcs:
  cloud:
    cidr: 10.0.0.0/16
    hosts: {{{{app: 10.0.0.10}}}}
customer_gateways:
  {FIRST}: {{{{address: 198.51.100.1, asn: 65000}}}}
  {SECOND}: {{{{address: 198.51.100.2, asn: 65000}}}}
sites:
  office:
    networks: [192.168.10.0/24]
    customer_gateways: [{FIRST}, {SECOND}]
    vrrp: {{{{tracks: tunnels}}}}
    ibgp: true
    hosts: {{{{desk: 192.168.10.10}}}}
connections:
  first: {{{{customer_gateway: {FIRST}}}}}
  second:
    customer_gateway: {SECOND}
    tunnel_defaults:
      policy:
        customer:
          import: [{{{{set: {{{{local_preference: 50}}}}, then: next}}}}]
          export: [{{{{set: {{{{prepend: 3}}}}, then: next}}}}]
"""
GONE = f"{FIRST} gone"
AIM_MS = 500.0
"""Milliseconds: the most that the other one may take to carry both directions."""
ROUNDS = 20
RATE = 500
WINDOW = 2.0
"""Seconds after the loss for which the probe goes on."""
LOADED = "TCP both ways"

_MOVED = re.compile(r" VRRP \S+ [A-Z]+$", re.MULTILINE)


def moves_untrusted(log: str) -> int:
    """How often a customer gateway's part in VRRP has changed, by its keepalived's log."""
    return len(_MOVED.findall(log))


def judge_gone(samples: Sequence[Sample]) -> list[Verdict]:
    """The longest gap of each direction against the aim; the middle and the 95th are told."""
    found = [failures(samples, ROUNDS)]
    for way in WAYS:
        gaps = values_of(samples, GONE, way)
        found += [
            Verdict(
                figure=f"{way}: gap p{percent}",
                value=percentile(gaps, percent),
                unit="ms",
                samples=len(gaps),
            )
            for percent in (50, 95)
        ]
        found.append(
            Verdict(
                figure=f"{way}: longest gap",
                value=largest(gaps),
                unit="ms",
                samples=len(gaps),
                most=AIM_MS,
                enough=ROUNDS,
            )
        )
    return found


def judge_idle(samples: Sequence[Sample]) -> list[Verdict]:
    """What moved under load; the aim is nothing."""
    return [failures(samples), *of_load(samples, LOADED, ("VRRP moves", "BFD downs", "BGP resets"))]


def _connections(reader: StatusReader) -> set[str | None]:
    """The connections that the directions are routed into."""
    return {
        way.routed and way.routed[0] for way in reader.directions(reader.lab.topology.connections)
    }


def _master(reader: StatusReader) -> tuple[str, ...]:
    (found,) = reader.masters(reader.lab.topology.sites.values())
    return found.holders if found.used in found.holders else ()


def _settled(lab: Lab) -> None:
    """Wait until all tunnels are usable, BFD and all, and the first one has everything."""
    reader = StatusReader(lab)
    wait_usable(reader, WITHIN)

    def so() -> bool:
        status = reader.read()
        return (
            status.ready
            and sessions_up(status)
            and _connections(reader) == {"first"}
            and _master(reader) == (FIRST,)
        )

    until(so, f"{lab.name}: all tunnels up, {FIRST} the only master, both directions by it")


@contextmanager
def _running(name: str) -> Iterator[Lab]:
    with built(name, FILE.format(name=name)) as lab:
        _settled(lab)
        yield lab


def _gone(lab: Lab) -> Measured:
    reader = StatusReader(lab)

    def act() -> None:
        lab.break_element(f"cgw:{FIRST}", Fault.CUT, None)

    measured = gap(hosts(lab), RATE, WINDOW, act, lambda: _connections(reader) == {"second"})
    lab.heal(None)
    _settled(lab)
    return measured


@contextmanager
def _build_gone(_options: Options) -> Iterator[Measure]:
    with _running("bench-gateway-gone") as lab:
        yield lambda _: _gone(lab)


def _moves(before: dict[Path, int]) -> float:
    return float(sum(map(moves_untrusted, read_since(before, "keepalived-"))))


def _loaded(lab: Lab, load: Callable[[], Load], seconds: float) -> Measured:
    before = log_sizes(lab)
    carried = load()
    values = {
        "VRRP moves": _moves(before),
        **downs(before),
        "delivered": carried.delivered / 1e6,
        "seconds": seconds,
    }
    _settled(lab)
    return Measured(values=values)


@contextmanager
def _build_idle(options: Options) -> Iterator[Measure]:
    with _running("bench-idle-moves") as lab:
        ends = hosts(lab)
        yield lambda _: _loaded(lab, lambda: tcp_both(*ends, options.seconds), options.seconds)


SCENARIOS = (
    Scenario(
        name="gateway-gone",
        tells="the first of two customer gateways gone silently: VRRP and BFD",
        arms=(GONE,),
        rounds=ROUNDS,
        open=_build_gone,
        judge=judge_gone,
    ),
    Scenario(
        name="idle-moves",
        tells="two customer gateways with VRRP under load: no master and no session moves",
        arms=(LOADED,),
        rounds=1,
        open=_build_idle,
        judge=judge_idle,
    ),
)
