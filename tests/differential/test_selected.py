"""FRR keeps the route that it has selected when another comes back that would win by router id.

The random networks cannot show it: they compare router ids, since nobody notes which route came
first. Here one session goes and comes back at a time, so that it is known.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.differential.arena import Arena, arena
from tests.differential.frr import PLATFORM, Frrs
from tests.differential.generator import Case, net_of
from tests.differential.run import DEADLINE, PAUSE
from tests.routing.routes import never

from samepath.routing.network import Network, Origination, Router, Session, SessionEnd
from samepath.routing.platforms import PLATFORMS
from samepath.routing.propagation import propagate
from samepath.routing.route import LATE
from samepath.routing.steps import Step

pytestmark = pytest.mark.packet

PREFIX = IPv4Network("10.0.0.0/16")
TUNNELS = ("s0", "s1")


def two_tunnels() -> Network:
    """A gateway, and a customer gateway that uses one of its two equal routes."""
    rules = PLATFORMS[PLATFORM]
    rules = replace(rules, multipath=replace(rules.multipath, ebgp=1, ibgp=1))
    gateway = Router(
        name="gw1",
        asn=64512,
        rules=rules,
        router_id=IPv4Address("192.0.2.1"),
        originates=(Origination(prefix=PREFIX),),
    )
    customer = Router(name="cgw1", asn=65000, rules=rules, router_id=IPv4Address("192.0.2.2"))
    sessions = {}
    for number, name in enumerate(TUNNELS):
        one, other = net_of(0, number).hosts()
        ends = SessionEnd(router="cgw1", address=one), SessionEnd(router="gw1", address=other)
        sessions[name] = Session(name=name, ends=ends)
    return Network(routers={"cgw1": customer, "gw1": gateway}, sessions=sessions)


@pytest.fixture
def namespaces() -> Iterator[Arena]:
    with arena() as made:
        yield made


def used(daemons: Frrs, up: frozenset[str]) -> str:
    """The session in use, twice in a row, once ``up`` stand and each has brought its route."""
    pause, deadline = threading.Event(), time.monotonic() + DEADLINE
    seen: str | None = None
    while True:
        established = daemons.established()
        held = daemons.view().get(("cgw1", PREFIX), frozenset()) if established == up else ()
        chosen = next((one.session for one in held if one.used), None)
        if {one.session for one in held} == up and chosen is not None and chosen == seen:
            return chosen
        seen = chosen
        assert time.monotonic() < deadline, f"established are {sorted(established)}: {held}"
        pause.wait(PAUSE)


def predicted(network: Network, last: str) -> str:
    """The session in use where ``last`` has come up last."""
    youngest = replace(network.sessions[last], age=LATE)
    network = replace(network, sessions={**network.sessions, last: youngest})
    decision = propagate(network, never).decide("cgw1", PREFIX, never)
    assert decision is not None
    assert decision.step is Step.SELECTED
    (route,) = decision.chosen
    return route.session


def test_frr_keeps_the_route_that_it_has_selected_whichever_comes_back(namespaces: Arena) -> None:
    network = two_tunnels()
    case = Case(number=0, network=network, down=frozenset())
    daemons = Frrs(namespaces, case)
    namespaces.address([case])
    daemons.start()
    both = frozenset(TUNNELS)
    used(daemons, both)
    for gone, left in (TUNNELS, TUNNELS[::-1]):
        daemons.take_down(gone)
        assert used(daemons, frozenset({left})) == left
        daemons.bring_up(gone)
        assert used(daemons, both) == left == predicted(network, gone)
    daemons.close()
