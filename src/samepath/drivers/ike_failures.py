"""Why a tunnel does not come up, or does not rekey, as far as one end can know.

IKEv2 tells the two ends unlike things (RFC 7296, 2.21): the one that refuses knows why, the other
gets a bare notify. A responder that checks a wrong pre-shared key knows that the key is wrong; the
initiator only learns AUTHENTICATION_FAILED, which an unknown identity earns as well. And a
responder that has no connection for the peer's address answers NO_PROPOSAL_CHOSEN, as it does to
algorithms it does not want. So a failure carries who refused, and a reason no finer than what that
end was told.

VICI has no event for any of this: it is read from log lines, whose wording is that of strongSwan
5.9.8 (``src/libcharon/sa``), each provoked by a test. A :class:`FailureReader` holds the two
proposal lists that a responder logs before it refuses, because only they tell a perfect forward
secrecy mismatch from one of ciphers.

A PFS mismatch shows at the first rekeying at the earliest: IKE_AUTH's CHILD_SA never has a key
exchange of its own. Until then both ends are content, and after it the old SA goes on until its
life ends. strongSwan tries the rekeying again every ten seconds or so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from samepath.drivers.ike import LogLine


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
    heard nothing. ``ike`` is the connection, None or "(unnamed)" as long as a responder cannot
    know it. ``detail`` holds what both sides offered, if known, else the log line.
    """

    reason: FailureReason
    by_peer: bool
    ike: str | None
    unique_id: int | None
    detail: str
    line: LogLine


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


class FailureReader:
    """Reads one charon's log lines in their order."""

    def __init__(self) -> None:
        self._offers: dict[int | None, dict[str, str]] = {}

    def read(self, line: LogLine) -> IkeFailure | None:
        """The failure that ``line`` tells, if it does."""
        offer = _OFFER.match(line.text)
        if offer:
            self._offers.setdefault(line.unique_id, {})[offer[1]] = offer[2]
            return None
        for pattern, reason, by_peer in _RULES:
            if pattern.match(line.text):
                return self._failure(line, reason, by_peer=by_peer)
        return None

    def _failure(self, line: LogLine, reason: FailureReason, *, by_peer: bool) -> IkeFailure:
        detail = line.text
        offers = {} if by_peer else self._offers.pop(line.unique_id, {})
        proposals = {FailureReason.IKE_PROPOSAL, FailureReason.CHILD_PROPOSAL}
        if reason in proposals and len(offers) == 2:
            detail = f"the peer offers {offers['received']}; we want {offers['configured']}"
            if reason is FailureReason.CHILD_PROPOSAL and _only_groups_differ(offers):
                reason = FailureReason.PFS
        return IkeFailure(
            reason=reason,
            by_peer=by_peer,
            ike=line.ike,
            unique_id=line.unique_id,
            detail=detail,
            line=line,
        )


def _only_groups_differ(offers: dict[str, str]) -> bool:
    """Whether some proposal of each side would fit, were it not for the DH groups."""
    received, configured = (
        [_without_groups(proposal) for proposal in offers[side].split(", ")]
        for side in ("received", "configured")
    )
    return any(ours <= theirs or theirs <= ours for ours in configured for theirs in received)


def _without_groups(proposal: str) -> frozenset[str]:
    return frozenset(part for part in proposal.split("/") if not _DH_GROUP.match(part))
