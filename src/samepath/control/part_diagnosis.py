"""Why traffic stops where every tunnel works: the parts beside the tunnels, and what shows it.

A gateway's router chooses the tunnel of what its VPC sends, a customer's router that of what its
sites send, and the LAN leg joins a customer gateway to a site. Each is judged by its own evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.situation import Side


@dataclass(frozen=True, kw_only=True, slots=True)
class RouterEvidence:
    """What is seen of a router's BIRD. ``error`` is why it could not be asked; empty: it answers."""

    element: str
    side: Side
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LanEvidence:
    """What a customer gateway sees of the hosts of one site.

    ``taken`` is the interface by which it would send to them (None: it has no route), ``leg`` the
    one that leads there.
    """

    element: str
    site: str
    hosts: tuple[str, ...]
    leg: str
    taken: str | None
    answered: bool


def diagnose_router(router: RouterEvidence) -> Diagnosis:
    """Whether the BIRD of a router works."""
    if not router.error:
        return _works(router.element, "its BIRD answers")
    return Diagnosis(
        element=router.element,
        layer=Layer.SPEAKER,
        seen_by=router.side,
        what=f"the BIRD of the {router.side.value}'s router does not answer, so that no new route "
        "reaches its forwarding table",
        evidence=router.error,
        next_command=f"samepath lab events {router.element}",
    )


def diagnose_lan(lan: LanEvidence) -> Diagnosis:
    """Whether a customer gateway reaches the hosts of a site."""
    hosts = ", ".join(lan.hosts)
    if lan.taken == lan.leg and lan.answered:
        return _works(lan.element, f"the site {lan.site} is reached by {lan.leg}")
    if lan.taken != lan.leg:
        way = f"would send to them by {lan.taken}" if lan.taken else "has no route to them"
        evidence = f"the customer gateway {way}, not by its LAN leg {lan.leg}"
    else:
        evidence = f"none of {hosts} answers the customer gateway's ping through {lan.leg}"
    return Diagnosis(
        element=lan.element,
        layer=Layer.LAN,
        seen_by=Side.CUSTOMER,
        what=f"the customer gateway does not reach the site {lan.site} ({hosts})",
        evidence=evidence,
        next_command=f"samepath lab events {lan.element}",
    )


def _works(element: str, evidence: str) -> Diagnosis:
    return Diagnosis(
        element=element,
        layer=None,
        seen_by=None,
        what="it works",
        evidence=evidence,
        next_command=None,
    )
