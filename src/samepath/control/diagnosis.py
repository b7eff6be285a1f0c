"""Why a tunnel does not carry traffic: the first failed layer, and what shows it.

The layers are tried in the order in which a packet needs them. The first one that fails is the
answer, since what lies above it cannot work. Each end tells only what it can know: an initiator
that is refused learns no more than ``AUTHENTICATION_FAILED``, and the reason stands in the other
end's log.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from samepath.control.situation import Side
from samepath.device.swanctl.failures import FailureReason, IkeFailure

NO_SPEAKER = "no speaker"
"""The state of a session whose speaker does not answer."""


class Layer(Enum):
    """What a tunnel needs, lowest first, and at last what traffic needs beside it."""

    DAEMON = "IKE daemon"
    PATH = "outside path"
    IKE = "IKE"
    AUTHENTICATION = "authentication"
    CHILD = "CHILD_SA"
    ESP = "ESP"
    SPEAKER = "BGP daemon"
    BGP = "BGP"
    ROUTES = "routes"
    POLICY = "policy"
    MTU = "packet size"
    LOSS = "delivery"
    LAN = "LAN"
    TAKEOVER = "takeover"
    FIREWALL = "firewall"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndEvidence:
    """What one end of a tunnel sees. Bytes are those that came and went while it was looked at."""

    side: Side
    daemon: bool
    ike_up: bool
    child_up: bool
    failure: IkeFailure | None
    """The last failure that stands in its log."""
    bytes_in: int
    bytes_out: int
    bgp: str | None
    """The state of the BGP session; None with static routing."""
    bgp_error: str
    speaker: str
    """The element that holds this end's BGP sessions."""
    routes: int
    """Routes accepted from the peer."""
    refused: int
    """Routes from the peer that this end's import policy has refused."""
    usable: bool | None
    """Whether its static route into the tunnel stands; None with BGP."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pings:
    """How many pings of an address were sent, and how many answered."""

    sent: int
    answered: int
    at_an_end: int = 0
    """Of those that got lost, those in a row at the beginning or the end: what took them may have
    missed other pings by a moment, though these were asked at the same time."""

    @property
    def lost(self) -> int:
        """How many got no answer."""
        return self.sent - self.answered

    @property
    def lossy(self) -> bool:
        """Whether more than one got lost, and not all: a single one may be chance."""
        return 0 < self.answered < self.sent - 1

    @property
    def heavy(self) -> bool:
        """Whether so many got lost that a session, or a single ping of any size, may go with them."""
        return 0 < self.answered <= self.sent * 0.95

    def __str__(self) -> str:
        return f"{self.lost} of {self.sent}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelEvidence:
    """What is known of a tunnel: one end's view, or in a lab both."""

    element: str
    ends: tuple[EndEvidence, ...]
    outside: Pings | None
    """Of the gateway's outside address from the customer's; None: not tried.

    All of them are asked at the same time: a path that comes and goes is the same for each."""
    inside: Pings | None
    """Of the far inside address, by the tunnel; None where it was not tried."""
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
    for check in (
        _daemon,
        _path,
        _ike,
        _child,
        _esp,
        _speaker,
        _bgp,
        _policy,
        _routes,
        _size,
        _loss,
        _rekey,
    ):
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
                what=f"the {end.side.value}'s IKE daemon does not run, or is stopped",
                evidence="its control socket does not answer",
                next_command=f"samepath lab events {tunnel.element}",
            )
    return None


def _path(tunnel: TunnelEvidence) -> Diagnosis | None:
    if tunnel.outside is None or tunnel.outside.answered:
        return None
    return Diagnosis(
        element=tunnel.element,
        layer=Layer.PATH,
        seen_by=Side.CUSTOMER,
        what="packets between the two outside addresses get lost, one way or both",
        evidence="a ping from the customer's outside address to the gateway's gets no answer"
        + "".join(
            f"; IKE of the {end.side.value}: {end.failure.detail}"
            for end in tunnel.ends
            if end.failure and end.failure.reason is FailureReason.PEER_SILENT
        ),
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )


_KEYS = "the ends do not accept each other's identity or pre-shared key"
_BLAME: dict[FailureReason, tuple[Layer, str]] = {
    FailureReason.IKE_PROPOSAL: (Layer.IKE, "the two ends' IKE proposals have nothing in common"),
    FailureReason.NO_CONNECTION: (
        Layer.IKE,
        "the peer calls from, or to, an address for which this end has no connection",
    ),
    FailureReason.NO_PROPOSAL_CHOSEN: (
        Layer.IKE,
        "the peer wants none of this end's IKE proposals, or has no connection for it",
    ),
    FailureReason.WRONG_KEY: (
        Layer.AUTHENTICATION,
        "the peer proves itself with another pre-shared key than this end's",
    ),
    FailureReason.NO_KEY: (
        Layer.AUTHENTICATION,
        "this end has no pre-shared key for the identities of the two",
    ),
    FailureReason.UNKNOWN_IDENTITY: (
        Layer.AUTHENTICATION,
        "no connection of this end admits the identities that the peer claims",
    ),
    FailureReason.AUTHENTICATION_FAILED: (Layer.AUTHENTICATION, _KEYS),
    FailureReason.CHILD_PROPOSAL: (Layer.CHILD, "the two ends' ESP proposals differ"),
    FailureReason.PFS: (
        Layer.CHILD,
        "the two ends' ESP proposals differ in their Diffie-Hellman groups (PFS) only",
    ),
    FailureReason.REKEY_REFUSED: (
        Layer.CHILD,
        "the peer refuses to rekey a CHILD_SA that works, most likely because of PFS",
    ),
    FailureReason.TRAFFIC_SELECTORS: (
        Layer.CHILD,
        "the two ends' traffic selectors have nothing in common",
    ),
    FailureReason.PEER_SILENT: (
        Layer.PATH,
        "IKE gets no answer: the peer's daemon, or UDP 500 or 4500 on the way to it",
    ),
}


def _blamed(tunnel: TunnelEvidence, ends: Iterable[EndEvidence]) -> Diagnosis | None:
    """The failure of the end that knows most of it: who refused knows why."""
    known = [(end, end.failure) for end in ends if end.failure is not None]
    if not known:
        return None
    end, failure = min(
        known,
        key=lambda pair: (pair[1].reason is FailureReason.PEER_SILENT, pair[1].by_peer),
    )
    layer, what = _BLAME[failure.reason]
    return Diagnosis(
        element=tunnel.element,
        layer=layer,
        seen_by=end.side,
        what=what,
        evidence=failure.detail,
        next_command=f"samepath lab events {tunnel.element}",
    )


_REFUSES = frozenset(
    {FailureReason.IKE_PROPOSAL, FailureReason.WRONG_KEY, FailureReason.CHILD_PROPOSAL}
)
"""What an end refuses by its configuration: as often as it is asked."""
_REFUSED = frozenset(
    {
        FailureReason.NO_PROPOSAL_CHOSEN,
        FailureReason.AUTHENTICATION_FAILED,
        FailureReason.CHILD_PROPOSAL,
    }
)
"""What the other end learns of it."""


def refused_for_good(failures: Iterable[IkeFailure | None]) -> bool:
    """Whether a tunnel whose ends' logs tell of these failures cannot come up as it is configured.

    An end must have refused the other for its key or its proposals, and the other must know. Any
    other failure may pass: an end that has no connection or key yet is about to be given them.
    """
    knows = False
    for failure in failures:
        if failure is None:
            return False
        if failure.reason not in (_REFUSED if failure.by_peer else _REFUSES):
            return False
        knows = knows or not failure.by_peer
    return knows


def _ike(tunnel: TunnelEvidence) -> Diagnosis | None:
    down = [end for end in tunnel.ends if not end.ike_up]
    if not down:
        return None
    return _blamed(tunnel, tunnel.ends) or Diagnosis(
        element=tunnel.element,
        layer=Layer.IKE,
        seen_by=down[0].side,
        what="no IKE_SA, and no end has been refused: nobody has asked yet, or nobody was heard",
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
        next_command=f"samepath lab events {tunnel.element}",
    )


def _esp(tunnel: TunnelEvidence) -> Diagnosis | None:
    if tunnel.inside is None or tunnel.inside.answered:
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
        evidence="the far inside address does not answer; meanwhile "
        + ", ".join(
            f"the {end.side.value} received {end.bytes_in} and sent {end.bytes_out} bytes"
            for end in tunnel.ends
        ),
        next_command=f"samepath lab capture {tunnel.element} --outside",
    )


def _speaker(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.bgp == NO_SPEAKER:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.SPEAKER,
                seen_by=end.side,
                what=f"packets pass through the tunnel, but the {end.side.value}'s BGP daemon "
                f"({end.speaker}) does not answer",
                evidence=end.bgp_error,
                next_command=f"samepath lab events {end.speaker}",
            )
    return None


def _bgp(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.bgp is not None and end.bgp != "Established":
            # Where many packets get lost, BFD or the hold time ends the session.
            if tunnel.inside is not None and tunnel.inside.heavy:
                return _loss(tunnel)
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


def _policy(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.bgp == "Established" and end.routes == 0 and end.refused > 0:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.POLICY,
                seen_by=end.side,
                what="the other end announces routes, and this end's import policy refuses them",
                evidence=f"{end.side.value} accepted 0 routes and refused {end.refused}",
                next_command="samepath lab status",
            )
    return None


def _routes(tunnel: TunnelEvidence) -> Diagnosis | None:
    for end in tunnel.ends:
        if end.usable is False:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.ROUTES,
                seen_by=end.side,
                what="packets pass through the tunnel, but this end's static route into it is "
                "withdrawn: a tunnel that has returned waits for two seconds, and longer only "
                "where no agent runs, or its inside probe has had no answer yet",
                evidence=f"the {end.side.value}'s route into the tunnel is withdrawn",
                next_command="samepath lab status --watch",
            )
        if end.bgp == "Established" and end.routes == 0:
            return Diagnosis(
                element=tunnel.element,
                layer=Layer.ROUTES,
                seen_by=end.side,
                what="the BGP session is up, but the other end announces nothing",
                evidence=f"{end.side.value} accepted 0 routes and refused none",
                next_command="samepath lab status",
            )
    return None


def _size(tunnel: TunnelEvidence) -> Diagnosis | None:
    heavy = tunnel.inside is not None and tunnel.inside.heavy
    if tunnel.full_size_answers is not False or heavy:
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


_CLEARLY_MORE = 8
"""Pings lost inside beyond those outside from which it is told that the outside path is not to
blame: where it loses both alike, that is seen once in a hundred times."""


def _place_of_loss(inside: Pings, outside: Pings | None) -> str:
    """Where a lossy tunnel loses packets, as far as pings at the same time tell."""
    if outside is None:
        return "on the outside path or not is unknown"
    if outside.lossy:
        return "the outside path loses them"
    if inside.lost - inside.at_an_end - outside.lost < _CLEARLY_MORE:
        return "on the outside path or not these pings do not tell: ask again"
    return (
        "not on the outside path, so the path drops ESP (UDP 4500) only, a queue at the "
        "tunnel is full, or an IKE daemon is too slow"
    )


def _loss(tunnel: TunnelEvidence) -> Diagnosis | None:
    """A tunnel that works and loses packets. On which of the two ways a ping does not tell."""
    inside, outside = tunnel.inside, tunnel.outside
    if inside is None or not inside.lossy:
        return None
    on_path = outside is not None and outside.lossy
    works = all(end.bgp in {None, "Established"} for end in tunnel.ends)
    return Diagnosis(
        element=tunnel.element,
        layer=Layer.LOSS,
        seen_by=tunnel.ends[0].side,
        what=(
            "every layer works, but packets get lost"
            if works
            else "packets get lost, and BGP's session has ended"
        )
        + ", one way or both: "
        + _place_of_loss(inside, outside),
        evidence=f"{inside} pings of the far inside address got no answer, and "
        + (
            f"{outside} of the outside address at the same time"
            if outside
            else "none was sent outside"
        ),
        next_command=f"samepath lab capture {tunnel.element} --outside"
        if on_path
        else f"samepath lab events {tunnel.element}",
    )


_CHILD_FAILURES = frozenset(
    {FailureReason.PFS, FailureReason.REKEY_REFUSED, FailureReason.CHILD_PROPOSAL}
)


def _rekey(tunnel: TunnelEvidence) -> Diagnosis | None:
    """A tunnel that works, and will not once its CHILD_SA's life ends."""
    failed = [end for end in tunnel.ends if end.failure and end.failure.reason in _CHILD_FAILURES]
    found = _blamed(tunnel, failed)
    if found is None:
        return None
    return replace(
        found,
        what=f"packets still pass, but the CHILD_SA cannot be rekeyed and its life will end: "
        f"{found.what}",
    )
