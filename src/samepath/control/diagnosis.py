"""Why a tunnel does not carry traffic: the first failed layer, and what shows it.

The layers are tried in the order in which a packet needs them. The first one that fails is the
answer, since what lies above it cannot work. Each end tells only what it can know: an initiator
that is refused learns no more than ``AUTHENTICATION_FAILED``, and the reason stands in the other
end's log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from samepath.control.situation import Side


class Layer(Enum):
    """What a tunnel needs, lowest first."""

    DAEMON = "IKE daemon"
    PATH = "outside path"
    IKE = "IKE"
    AUTHENTICATION = "authentication"
    CHILD = "CHILD_SA"
    ESP = "ESP"
    BGP = "BGP"
    ROUTES = "routes"
    POLICY = "policy"
    MTU = "packet size"


class IkeFailure(Enum):
    """Why IKE says that it failed, as the end that says it knows it."""

    NO_PROPOSAL_CHOSEN = "no proposal in common"
    AUTHENTICATION_FAILED = "authentication failed"
    TS_UNACCEPTABLE = "traffic selectors not accepted"
    NO_CHILD_PROPOSAL = "no ESP proposal in common"
    PEER_NOT_RESPONDING = "the peer does not answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndEvidence:
    """What one end of a tunnel sees. Counts are since its daemon started."""

    side: Side
    daemon: bool
    ike_up: bool
    child_up: bool
    failure: IkeFailure | None
    failure_text: str
    """The daemon's own last words on the failure, without secrets; empty if there are none."""
    bytes_in: int
    bytes_out: int
    bgp: str | None
    """The state of the BGP session; None with static routing."""
    bgp_error: str
    routes: int
    """Routes accepted from the peer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelEvidence:
    """What is known of a tunnel: one end's view, or in a lab both."""

    element: str
    ends: tuple[EndEvidence, ...]
    inside_answers: bool | None
    """Whether the far inside address answers a ping; None where it was not tried."""
    full_size_answers: bool | None
    """Whether it answers a full-size ping with DF set; None where it was not tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """The first layer that fails; ``layer`` is None where nothing does."""

    element: str
    layer: Layer | None
    seen_by: Side | None
    """The end whose evidence this is."""
    what: str
    evidence: str
    next_command: str | None


def diagnose(tunnel: TunnelEvidence) -> Diagnosis:
    """The first failed layer of a tunnel."""
    for check in (_daemon, _ike, _child, _esp, _bgp, _routes, _size):
        found = check(tunnel)
        if found is not None:
            return found
    return Diagnosis(
        element=tunnel.element,
        layer=None,
        seen_by=None,
        what="every layer works",
        evidence="; ".join(_summary(end) for end in tunnel.ends),
        next_command=None,
    )


def _summary(end: EndEvidence) -> str:
    session = "static routing" if end.bgp is None else f"BGP {end.bgp}, {end.routes} routes"
    return f"{end.side.value}: IKE and CHILD_SA up, {session}"


def _daemon(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if not end.daemon:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.DAEMON,
                seen_by=end.side,
                what=f"the {end.side.value}'s IKE daemon does not run",
                evidence="its control socket does not answer",
                next_command="samepath lab events",
            )
    return None


_BLAME = {
    IkeFailure.NO_PROPOSAL_CHOSEN: (
        Layer.IKE,
        "the two ends' IKE proposals have nothing in common",
    ),
    IkeFailure.AUTHENTICATION_FAILED: (
        Layer.AUTHENTICATION,
        "the ends do not accept each other's identity or pre-shared key",
    ),
    IkeFailure.PEER_NOT_RESPONDING: (
        Layer.PATH,
        "IKE gets no answer from the peer's outside address",
    ),
    IkeFailure.NO_CHILD_PROPOSAL: (
        Layer.CHILD,
        "the two ends' ESP proposals (or their PFS groups) have nothing in common",
    ),
    IkeFailure.TS_UNACCEPTABLE: (
        Layer.CHILD,
        "one end does not accept the other's traffic selectors",
    ),
}
_TELLS_MOST = (
    IkeFailure.NO_PROPOSAL_CHOSEN,
    IkeFailure.NO_CHILD_PROPOSAL,
    IkeFailure.TS_UNACCEPTABLE,
    IkeFailure.AUTHENTICATION_FAILED,
    IkeFailure.PEER_NOT_RESPONDING,
)


def _blamed(tunnel: TunnelEvidence, ends: Iterable[EndEvidence]) -> Diagnosis | None:
    """The failure of the end that knows most of it."""
    known = [end for end in ends if end.failure is not None]
    if not known:
        return None
    end = min(known, key=lambda end: _TELLS_MOST.index(end.failure or _TELLS_MOST[-1]))
    layer, what = _BLAME[end.failure or _TELLS_MOST[-1]]
    return Diagnosis(
        element=tunnel.element,
        layer=layer,
        seen_by=end.side,
        what=what,
        evidence=end.failure_text,
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )


def _ike(tunnel: TunnelEvidence) -> Diagnosis | None:
    down = [end for end in tunnel.ends if not end.ike_up]
    if not down:
        return None
    return _blamed(tunnel, tunnel.ends) or Diagnosis(
        element=tunnel.element,
        layer=Layer.PATH,
        seen_by=down[0].side,
        what="no IKE_SA, and no end has been refused: packets get lost, or nobody has asked yet",
        evidence=f"no IKE_SA at the {down[0].side.value}",
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )


def _child(tunnel: TunnelEvidence) -> Diagnosis | None:
    down = [end for end in tunnel.ends if not end.child_up]
    if not down:
        return None
    return _blamed(tunnel, tunnel.ends) or Diagnosis(
        element=tunnel.element,
        layer=Layer.CHILD,
        seen_by=down[0].side,
        what="IKE is up, but there is no CHILD_SA to carry packets",
        evidence=f"no installed CHILD_SA at the {down[0].side.value}",
        next_command="samepath lab events",
    )


def _esp(tunnel: TunnelEvidence) -> Diagnosis | None:
    if tunnel.inside_answers is not False:
        return None
    deaf = [end for end in tunnel.ends if end.bytes_in == 0]
    end = deaf[0] if deaf else tunnel.ends[0]
    return Diagnosis(
        element=tunnel.element,
        layer=Layer.ESP,
        seen_by=end.side,
        what="the CHILD_SA is up, but no packet comes out of the tunnel: the path drops ESP "
        "(UDP 4500) one way or both, or the outside path has just been cut and IKE has not "
        "noticed yet",
        evidence=f"the far inside address does not answer; {end.side.value} received "
        f"{end.bytes_in} and sent {end.bytes_out} bytes",
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )


def _bgp(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.bgp is not None and end.bgp != "Established":
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.BGP,
                seen_by=end.side,
                what="packets pass through the tunnel, but the BGP session is not established",
                evidence=f"{end.side.value}'s session: {end.bgp}"
                + (f" ({end.bgp_error})" if end.bgp_error else ""),
                next_command=f"samepath lab capture {tunnel.element} --inside",
            )
    return None


def _routes(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.bgp == "Established" and end.routes == 0:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.ROUTES,
                seen_by=end.side,
                what="the BGP session is up, but the other end announces nothing that is accepted",
                evidence=f"{end.side.value} accepted 0 routes",
                next_command="samepath lab status",
            )
    return None


def _size(tunnel: TunnelEvidence) -> Diagnosis | None:
    if tunnel.full_size_answers is not False:
        return None
    return Diagnosis(
        element=tunnel.element,
        layer=Layer.MTU,
        seen_by=tunnel.ends[0].side,
        what="small packets pass, full-size ones do not: the outside path takes less than 1500 "
        "bytes and does not say so",
        evidence="a full-size ping of the far inside address gets no answer",
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )
