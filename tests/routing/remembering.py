"""Networks in which a BIRD, ``cgw1``, uses one route or another, by what it used before."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from tests.routing.networks import VPC, network, policy, router, session

from samepath.routing.network import Network, Router


def _far(name: str, asn: int, number: int) -> Router:
    """One that announces the VPC's network, and whose router id ends with ``number``."""
    return replace(router(name, asn, VPC), router_id=IPv4Address(f"192.0.2.{number}"))


def between_two_meds() -> Network:
    """Of one AS a route with the lowest router id and one with the lower MED, and another AS's.

    The first beats the third by its router id, the third the second likewise, and the second the
    first by its MED.
    """
    return network(
        [
            router("cgw1", 65000),
            _far("cgw2", 64512, 9),
            _far("gw1", 64512, 36),
            _far("gw2", 64513, 31),
        ],
        [
            session("low_id", "cgw1", "cgw2", other_end={"exports": policy(med=20)}),
            session("low_med", "cgw1", "gw1", number=2, other_end={"exports": policy(med=10)}),
            session("between", "cgw1", "gw2", number=3),
        ],
    )


def alone_in_its_as() -> Network:
    """A neighbour of its own AS, with a route from either gateway, and a route of a third AS.

    From the neighbour comes the best route while ``nearer`` is up, and then one of another AS, as
    long as the third one's, which is eBGP.
    """
    here = router("cgw1", 65000)
    here = replace(here, rules=replace(here.rules, deterministic_med=True))
    longer = {"exports": policy(prepend=1)}
    return network(
        [
            here,
            router("cgw2", 65000),
            _far("cgw3", 65002, 9),
            _far("gw1", 64512, 36),
            _far("gw2", 64513, 31),
        ],
        [
            session("inside", "cgw1", "cgw2", other_end={"next_hop_self": True}),
            session("nearer", "cgw2", "gw1", number=2),
            session("farther", "cgw2", "gw2", number=3, other_end=longer),
            session("outside", "cgw1", "cgw3", number=4, other_end=longer),
        ],
    )
