"""What was found of two ends and of their topology as one list: each cause before what it causes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from samepath.model import elements
from samepath.model.elements import ElementKind, InvalidElement
from samepath.pairing.kinds import (
    ASN_DIFFERS,
    NO_NEIGHBOUR,
    SESSION_CLOSED,
    TUNNEL_FAILS,
    UNDEFINED_POLICY,
)
from samepath.pairing.paired import Paired
from samepath.routing.compile import gateway_name
from samepath.routing.findings import Finding, Severity, worst_first
from samepath.routing.findings.verdicts import UNREACHABLE

_EXCHANGE_NOTHING = {
    kind.code: why
    for kind, why in (
        (ASN_DIFFERS, "has no session"),
        (NO_NEIGHBOUR, "has no session"),
        (SESSION_CLOSED, "has no session"),
        (TUNNEL_FAILS, "does not come up"),
        (UNDEFINED_POLICY, "refuses every route"),
    )
}
"""Findings on a tunnel that carries nothing, at least in one direction, and what is said of it."""


def together(paired: Paired, own: Iterable[Finding]) -> tuple[Finding, ...]:
    """``own``, which was found of the topology, and what was found of its ends, the worst first.

    Where packets are lost because another tunnel carries nothing, what keeps that one down is an
    error, stands first, and is named as the cause.
    """
    broken = {
        one.place: _EXCHANGE_NOTHING[one.code]
        for one in paired.findings
        if one.code in _EXCHANGE_NOTHING
    }
    caused: list[Finding] = []
    causes: set[str] = set()
    for one in own:
        if paired.follows(one):
            continue
        because = [*_because(paired, one, broken)] if one.code == UNREACHABLE.code else []
        causes.update(because)
        caused.append(_after(one, {place: broken[place] for place in because}))
    first = [
        one for one in paired.findings if one.place in causes and one.code in _EXCHANGE_NOTHING
    ]
    rest = [one for one in paired.findings if one not in first]
    return (
        *worst_first(replace(one, severity=Severity.ERROR) for one in first),
        *worst_first((*caused, *rest)),
    )


def _after(one: Finding, because: dict[str, str]) -> Finding:
    """A finding with its causes, which are told before it."""
    if not because:
        return one
    told = " and ".join(f"{place} {why}" for place, why in because.items())
    return replace(
        one,
        what=f"{one.what}, because {told} (see above)",
        advice=f"what is said of {' and '.join(because)} above",
    )


def _because(paired: Paired, one: Finding, broken: dict[str, str]) -> Iterator[str]:
    """The tunnels that carry nothing, where a connection is left with these alone."""
    try:
        element = elements.parse(one.place)
    except InvalidElement:
        return
    for connection in paired.understood.topology.connections.values():
        tunnels = [f"{connection.name}/tunnel{each.number}" for each in connection.tunnels]
        if element.tunnel is not None and element.name == connection.name:
            tunnels.remove(f"{connection.name}/tunnel{element.tunnel}")
        elif element.kind is not ElementKind.GATEWAY or one.place != gateway_name(
            connection.gateway
        ):
            continue
        if tunnels and all(name in broken for name in tunnels):
            yield from tunnels
