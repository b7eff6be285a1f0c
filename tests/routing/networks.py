"""Small networks for the tests of propagation."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.routing.network import Network, Origination, Router, Session, SessionEnd
from samepath.routing.platforms import PLATFORMS
from samepath.routing.rules import Platform

VPC = IPv4Network("10.0.0.0/16")
SITE = IPv4Network("192.168.10.0/24")


def policy(**changes: object) -> Policy:
    """A policy that changes every route so."""
    return Policy(terms=(Term(changes=Changes(**changes)),))  # type: ignore[arg-type]


def only(*prefixes: str) -> Policy:
    """A policy that accepts these prefixes exactly, and no other."""
    matches = tuple(
        PrefixMatch(prefix=net, minimum=net.prefixlen, maximum=net.prefixlen)
        for net in map(IPv4Network, prefixes)
    )
    return Policy(
        terms=(
            Term(conditions=Conditions(prefixes=matches)),
            Term(disposition=Disposition.REJECT),
        )
    )


def router(
    name: str, asn: int, *prefixes: IPv4Network, platform: Platform = Platform.BIRD, **more: object
) -> Router:
    """A router that announces ``prefixes``."""
    number = sum(map(ord, name)) % 250
    return Router(
        name=name,
        asn=asn,
        rules=PLATFORMS[platform],
        router_id=IPv4Address(f"192.0.2.{number}"),
        originates=tuple(Origination(prefix=prefix) for prefix in prefixes),
        **more,  # type: ignore[arg-type]
    )


def session(
    name: str,
    one: str,
    other: str,
    *,
    number: int = 1,
    one_end: Mapping[str, Any] | None = None,
    other_end: Mapping[str, Any] | None = None,
) -> Session:
    """A session between two routers; ``one_end`` and ``other_end`` are more fields of the ends."""
    return Session(
        name=name,
        connection=name.split("/", maxsplit=1)[0],
        ends=(
            SessionEnd(
                router=one,
                address=IPv4Address(f"169.254.{number}.1"),
                **(one_end or {}),
            ),
            SessionEnd(
                router=other,
                address=IPv4Address(f"169.254.{number}.2"),
                **(other_end or {}),
            ),
        ),
    )


def network(routers: list[Router], sessions: list[Session]) -> Network:
    """A network of these, each connection's sessions a pair."""
    pairs: dict[str, list[str]] = {}
    for each in sessions:
        pairs.setdefault(each.connection, []).append(each.name)
    return Network(
        routers={each.name: each for each in routers},
        sessions={each.name: each for each in sessions},
        pairs={name: tuple(names) for name, names in pairs.items()},
    )
