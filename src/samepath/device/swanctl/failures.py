"""Why a tunnel does not come up, or does not rekey, as far as one end can know.

IKEv2 tells the two ends unlike things (RFC 7296, 2.21): the one that refuses knows why, the other
gets a bare notify. A responder that checks a wrong pre-shared key knows that the key is wrong; the
initiator only learns AUTHENTICATION_FAILED, which an unknown identity earns as well. And a
responder that has no connection for the peer's address answers NO_PROPOSAL_CHOSEN, as it does to
algorithms it does not want. So a failure carries who refused, and a reason no finer than what that
end was told.

VICI has no event for any of this: it is read from charon's log, whose wording is that of strongSwan
5.9.8 (``src/libcharon/sa``), each provoked by a test. The two proposal lists that a responder logs
before it refuses are held, because only they tell a perfect forward secrecy mismatch from one of
ciphers. One charon has one tunnel here, so a log is one tunnel's.

A PFS mismatch shows at the first rekeying at the earliest: IKE_AUTH's CHILD_SA never has a key
exchange of its own. Until then both ends are content, and after it the old SA goes on until its
life ends. strongSwan tries the rekeying again every ten seconds or so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class FailureReason(Enum):
    """Why; the value is its name in JSON."""

    IKE_PROPOSAL = "ike-proposal"
    """The responder wants none of the initiator's IKE proposals."""
    NO_CONNECTION = "no-connection"
    """The responder has no connection between these addresses (it answers as above)."""
    NO_PROPOSAL_CHOSEN = "no-proposal-chosen"
    """The peer said so to IKE_SA_INIT: one of the two above, and we cannot tell which."""
    WRONG_KEY = "wrong-key"
    """The peer proved itself with another pre-shared key than ours."""
    NO_KEY = "no-key"
    """We have no pre-shared key for these identities."""
    UNKNOWN_IDENTITY = "unknown-identity"
    """No connection admits the identities that the peer claims."""
    AUTHENTICATION_FAILED = "authentication-failed"
    """The peer said so: it may be the key, the identity, or the method."""
    CHILD_PROPOSAL = "child-proposal"
    """No ESP proposal in common."""
    PFS = "pfs"
    """The ESP proposals differ in their DH group only."""
    REKEY_REFUSED = "rekey-refused"
    """A CHILD_SA that works could not be rekeyed; since the same ciphers were good before, it is
    almost always PFS. The tunnel stops at the end of the SA's life."""
    TRAFFIC_SELECTORS = "traffic-selectors"
    """No traffic selectors in common."""
    PEER_SILENT = "peer-silent"
    """The peer does not answer: path, port, or daemon."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeFailure:
    """A failure as one end sees it.

    ``by_peer``: the peer refused and told us no more than ``reason``. Otherwise we refused, or
    heard nothing. ``detail`` holds what both sides offered, if known, else the log's line.
    """

    reason: FailureReason
    by_peer: bool
    detail: str


_RULES: tuple[tuple[re.Pattern[str], FailureReason, bool], ...] = tuple(
    (re.compile(pattern), reason, by_peer)
    for pattern, reason, by_peer in (
        (r"received proposals unacceptable$", FailureReason.IKE_PROPOSAL, False),
        (r"no IKE config found for ", FailureReason.NO_CONNECTION, False),
        (
            r"received NO_PROPOSAL_CHOSEN notify error$",
            FailureReason.NO_PROPOSAL_CHOSEN,
            True,
        ),
        (r"tried \d+ shared keys? for .*MAC mismatched$", FailureReason.WRONG_KEY, False),
        (r"no shared key found for ", FailureReason.NO_KEY, False),
        (r"no matching peer config found$", FailureReason.UNKNOWN_IDENTITY, False),
        (
            r"received AUTHENTICATION_FAILED notify error$",
            FailureReason.AUTHENTICATION_FAILED,
            True,
        ),
        (
            r"received NO_PROPOSAL_CHOSEN notify, no CHILD_SA built$",
            FailureReason.CHILD_PROPOSAL,
            True,
        ),
        (r"no acceptable proposal found$", FailureReason.CHILD_PROPOSAL, False),
        (r"CHILD_SA rekeying failed, ", FailureReason.REKEY_REFUSED, True),
        (r"traffic selectors .* unacceptable$", FailureReason.TRAFFIC_SELECTORS, False),
        (
            r"received TS_UNACCEPTABLE notify, no CHILD_SA built$",
            FailureReason.TRAFFIC_SELECTORS,
            True,
        ),
        (r"giving up after \d+ retransmits$", FailureReason.PEER_SILENT, False),
    )
)

_OFFER = re.compile(r"(received|configured) proposals: (.*)$")

_DH_GROUP = re.compile(r"MODP_|ECP_|CURVE_|NTRU_|NEWHOPE|MODPCUST|FFDHE")
"""How the names of key exchange methods begin (``ECP_384``, ``MODP_2048``, ``CURVE_25519``)."""


_LINE = re.compile(r"\S+ \S+ \d+\[[A-Z]{3}\] (?:<[^>]*> )?(?P<text>.*)")
_IKE_UP = re.compile(r"IKE_SA \S+ established between ")
_CHILD_UP = re.compile(r"(?:inbound |outbound )?CHILD_SA \S+ established ")
_BEFORE_IKE = frozenset(
    {
        FailureReason.IKE_PROPOSAL,
        FailureReason.NO_CONNECTION,
        FailureReason.NO_PROPOSAL_CHOSEN,
        FailureReason.WRONG_KEY,
        FailureReason.NO_KEY,
        FailureReason.UNKNOWN_IDENTITY,
        FailureReason.AUTHENTICATION_FAILED,
        FailureReason.PEER_SILENT,
    }
)
"""What cannot be true any more once an IKE_SA is established."""
_TELLS_LESS = frozenset({FailureReason.REKEY_REFUSED})
"""What is logged right after a line that told more of the same failure."""


def standing_failure(log: Iterable[str]) -> IkeFailure | None:
    """The last failure that a charon's log tells of, unless what failed has worked since."""
    standing: IkeFailure | None = None
    offers: dict[str, str] = {}
    for line in log:
        told = _LINE.match(line.rstrip("\n"))
        if told is None:
            continue
        text = told["text"]
        offer = _OFFER.match(text)
        if offer:
            offers[offer[1]] = offer[2]
        elif _CHILD_UP.match(text) or (
            standing and standing.reason in _BEFORE_IKE and _IKE_UP.match(text)
        ):
            standing = None
        else:
            found = _failure(text, offers)
            if found and not (standing and found.reason in _TELLS_LESS and not standing.by_peer):
                standing = found
    return standing


def _failure(text: str, offers: dict[str, str]) -> IkeFailure | None:
    for pattern, reason, by_peer in _RULES:
        if not pattern.match(text):
            continue
        detail = text
        proposals = {FailureReason.IKE_PROPOSAL, FailureReason.CHILD_PROPOSAL}
        if reason in proposals and not by_peer and len(offers) == 2:
            detail = f"the peer offers {offers['received']}; we want {offers['configured']}"
            if reason is FailureReason.CHILD_PROPOSAL and _only_groups_differ(offers):
                reason = FailureReason.PFS  # noqa: PLW2901 - the same failure, known better
            offers.clear()
        return IkeFailure(reason=reason, by_peer=by_peer, detail=detail)
    return None


def _only_groups_differ(offers: dict[str, str]) -> bool:
    """Whether some proposal of each side would fit, were it not for the DH groups."""
    received, configured = (
        [_without_groups(proposal) for proposal in offers[side].split(", ")]
        for side in ("received", "configured")
    )
    return any(ours <= theirs or theirs <= ours for ours in configured for theirs in received)


def _without_groups(proposal: str) -> frozenset[str]:
    return frozenset(part for part in proposal.split("/") if not _DH_GROUP.match(part))
