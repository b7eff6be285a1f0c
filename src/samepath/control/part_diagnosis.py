"""Why traffic stops where every tunnel works: the parts beside the tunnels, and what shows it.

A gateway's router chooses the tunnel of what its VPC sends, a customer's router that of what its
sites send, the LAN leg joins a customer gateway to a site, the machines of a cluster stand in for each
other, and the customer gateway's firewall lets pass what fits its sessions. Each is judged by its own evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from samepath.control.diagnosis import Diagnosis, Layer
from samepath.control.firewall import Drop
from samepath.control.situation import Side
from samepath.model.topology import SessionBinding


@dataclass(frozen=True, kw_only=True, slots=True)
class RouterEvidence:
    """What is seen of a router's daemons. ``error`` is why one could not be asked; empty: all answer."""

    element: str
    side: Side
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LanEvidence:
    """What a customer gateway sees of the hosts of one site.

    ``taken`` is the interface by which it would send to them (None: it has no route), ``leg`` the
    one that leads there. ``masters`` are the customer gateways that hold the address of the hosts'
    router; None where there is no VRRP.
    """

    element: str
    site: str
    hosts: tuple[str, ...]
    leg: str
    taken: str | None
    answered: bool
    masters: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FirewallEvidence:
    """What is seen of a customer gateway's firewall.

    ``apart`` names directions that take tunnels of which a session cannot use both, each with its
    tunnel. ``dropped`` are the packets that it has dropped by their reason, ``now`` those of them
    while it was looked at. ``file`` is the topology's.
    """

    element: str
    file: str
    binding: SessionBinding
    apart: tuple[str, ...]
    dropped: Mapping[Drop, int]
    now: Mapping[Drop, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberEvidence:
    """What is seen of a machine of a cluster.

    ``active`` is the element of the one that acts; None: neither does. ``holds`` says whether this
    one has the outside address, ``answered`` whether it answers the one that acts over the link
    between them.
    """

    element: str
    active: str | None
    holds: bool
    answered: bool


_DROPS = {
    Drop.UNSEEN: "packets of sessions that it has not seen begin",
    Drop.UNBOUND: "packets that take another tunnel than the one their session began on",
    Drop.SOURCE: "packets that come by another tunnel than the one that leads back",
}


def diagnose_firewall(firewall: FirewallEvidence) -> Diagnosis:
    """Whether a customer gateway's firewall lets pass what comes now."""
    total = sum(firewall.dropped.values())
    counted = f"{total} packets dropped so far, {sum(firewall.now.values())} just now"
    # Who sends in a session that was cut is told so: nothing hangs there.
    dropping = [words for reason, words in _DROPS.items() if firewall.now.get(reason)]
    if firewall.apart:
        what = (
            f"its firewall binds a session to the {firewall.binding.value}, and the two directions "
            "take different ones: connections hang although both tunnels are up"
        )
        evidence = f"{', '.join(firewall.apart)}; {counted}"
    elif dropping:
        what, evidence = f"its firewall drops {' and '.join(dropping)}", counted
    else:
        return _works(firewall.element, counted)
    return Diagnosis(
        element=firewall.element,
        layer=Layer.FIREWALL,
        seen_by=Side.CUSTOMER,
        what=what,
        evidence=evidence,
        next_command=f"samepath fix {firewall.file}",
    )


def diagnose_router(router: RouterEvidence) -> Diagnosis:
    """Whether the daemons of a router work."""
    if not router.error:
        return _works(router.element, "it answers")
    return Diagnosis(
        element=router.element,
        layer=Layer.SPEAKER,
        seen_by=router.side,
        what=f"a BGP daemon of the {router.side.value}'s router does not answer, so that no new route "
        "reaches its forwarding table",
        evidence=router.error,
        next_command=f"samepath lab events {router.element}",
    )


def diagnose_lan(lan: LanEvidence) -> Diagnosis:
    """Whether a customer gateway reaches the hosts of a site."""
    hosts = ", ".join(lan.hosts)
    if lan.taken == lan.leg and lan.answered:
        if lan.masters is not None and len(lan.masters) != 1:
            return _no_one_master(lan, lan.masters)
        master = f", {lan.masters[0]} is its VRRP's master" if lan.masters else ""
        return _works(lan.element, f"the site {lan.site} is reached by {lan.leg}{master}")
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


def diagnose_member(member: MemberEvidence) -> Diagnosis:
    """Whether a machine of a cluster acts, or could take over from the one that does."""
    if member.active == member.element:
        return _works(member.element, "it acts")
    if member.active is None:
        what = (
            "neither machine is the customer gateway: nobody has been told of the outside address"
        )
        evidence = "VRRP has given it to no machine that the internet has heard"
    elif member.holds:
        what = "it takes itself for the active machine, and the other one acts: it is cut off"
        evidence = f"both have the outside address, and the internet sends to {member.active}"
    elif not member.answered:
        what = "it could not take over: it does not answer"
        evidence = f"nothing comes from it to {member.active} over the link between them"
    else:
        return _works(member.element, f"it stands by, {member.active} acts")
    return Diagnosis(
        element=member.element,
        layer=Layer.TAKEOVER,
        seen_by=Side.CUSTOMER,
        what=what,
        evidence=evidence,
        next_command=f"samepath lab events {member.element}",
    )


def _no_one_master(lan: LanEvidence, masters: tuple[str, ...]) -> Diagnosis:
    if masters:
        what = (
            f"{' and '.join(masters)} hold the address of the hosts' router in {lan.site} at once "
            "(VRRP): hosts send to the one that they heard last"
        )
        evidence = "the address is on the LAN leg of each of them: they do not hear each other"
    else:
        what = f"nobody holds the address of the hosts' router in {lan.site} (VRRP)"
        evidence = "the address is on no customer gateway's LAN leg"
    return Diagnosis(
        element=lan.element,
        layer=Layer.LAN,
        seen_by=Side.CUSTOMER,
        what=what,
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
