"""BFD is offered to a peer that has none: BGP comes up, and stays for as long as anybody looks."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.drivers.daemons.worlds import ADDRESSES, Standing, World, undisturbed, until, wire, world

from samepath.device.bird.speakers import customer, protocol
from samepath.device.customer import Customer, CustomerTunnel
from samepath.drivers.bird import Bird
from samepath.drivers.errors import Refused
from samepath.model.topology import Bfd, BgpTimers

OFFERS = BgpTimers(hold=timedelta(seconds=3), keepalive=timedelta(seconds=1), bfd=Bfd())
HAS_NONE = replace(OFFERS, bfd=None)
STAYS = 5.0
"""Seconds, longer than BFD's detection time and than the hold time together."""
NETWORKS = (IPv4Network("10.60.0.0/16"), IPv4Network("10.61.0.0/16"))
ASNS = (65001, 65002)


def text(side: int, timers: BgpTimers) -> str:
    """A customer gateway's configuration, with a session over the wire in a tunnel's place."""
    here, there = side, 1 - side
    tunnel = CustomerTunnel(
        name="peer",
        device=f"v{1 + here}",
        local=IPv4Address(ADDRESSES[here]),
        gateway=IPv4Address(ADDRESSES[there]),
        gateway_asn=ASNS[there],
        timers=timers,
    )
    return customer(
        Customer(
            router_id=tunnel.local, asn=ASNS[here], networks=(NETWORKS[here],), tunnels=(tunnel,)
        )
    )


@contextmanager
def speakers(*timers: BgpTimers) -> Iterator[tuple[World, Bird, Bird]]:
    """Two BIRDs with these timers, BGP established."""
    with ExitStack() as stack:
        made = stack.enter_context(world())
        namespaces = stack.enter_context(wire())
        left, right = (
            stack.enter_context(Bird(made.bird(name, namespace, text(side, timers[side]))))
            for side, (name, namespace) in enumerate(zip(("l", "r"), namespaces, strict=True))
        )
        until(lambda: {state for state, _ in sessions(left, right)} == {"Established"})
        yield made, left, right


def sessions(*birds: Bird) -> list[Standing]:
    """The state of each speaker's BGP session, and since when it has been so."""
    return [
        (one.bgp_state, one.since)
        for bird in birds
        for one in bird.protocols()
        if one.name == protocol("peer")
    ]


def bfd(bird: Bird) -> list[str]:
    """The states of a speaker's BFD sessions."""
    return [one.state for one in bird.bfd_sessions()]


def heard(bird: Bird) -> set[IPv4Network]:
    """What a speaker has from its peer."""
    return {IPv4Network(one.prefix) for one in bird.routes() if one.protocol == protocol("peer")}


def always(true: Callable[[], bool], seconds: float) -> None:
    """See that something is so, and goes on being so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert true()
        time.sleep(0.1)  # noqa: TID251 - that nothing happens has no event


def test_bgp_comes_up_and_stays_where_bfd_is_offered_and_the_peer_has_none() -> None:
    with speakers(OFFERS, HAS_NONE) as (_, left, right):
        before = sessions(left, right)
        assert bfd(left) == ["Down"]
        with pytest.raises(Refused, match="no BFD protocol"):
            right.bfd_sessions()

        always(lambda: undisturbed(before, sessions(left, right)), STAYS)
        assert bfd(left) == ["Down"]
        assert (heard(left), heard(right)) == ({NETWORKS[1]}, {NETWORKS[0]})


def test_where_the_peer_has_it_too_it_ends_bgp_when_the_peer_falls_silent() -> None:
    """So that the offer is one: what is harmless above is what acts here."""
    with speakers(OFFERS, OFFERS) as (made, left, right):
        until(lambda: (bfd(left), bfd(right)) == (["Up"], ["Up"]))
        before = sessions(left)

        made.signal("r", signal.SIGSTOP)
        stopped = time.monotonic()
        until(lambda: not undisturbed(before, sessions(left)))

        assert time.monotonic() - stopped < OFFERS.hold.total_seconds() - 1.0
