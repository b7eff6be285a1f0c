"""Algorithm suites: which proposals two ends share, and which of them are weak.

Two ends without a common proposal are no mistake of a topology's form (a lab must be able to run
the mismatch), but whoever brings the VPN up wants to know before the peer says
NO_PROPOSAL_CHOSEN, which tells nothing (RFC 7296, 3.10.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from samepath.model import limits
from samepath.model.topology import STRONG_ESP, STRONG_IKE, IkeProposal


def spell_suites(suites: Iterable[IkeProposal]) -> str:
    """Suites as strongSwan writes them: ``aes256gcm16-sha384-20``, a comma between two."""
    return ", ".join(
        "-".join(
            str(part)
            for part in (suite.encryption, suite.integrity, suite.group)
            if part is not None
        )
        for suite in suites
    )


def share_a_suite(gateway: Iterable[IkeProposal], customer: Iterable[IkeProposal]) -> bool:
    """Whether the two ends can agree."""
    return not set(gateway).isdisjoint(customer)


def differ_in_pfs_only(gateway: Iterable[IkeProposal], customer: Iterable[IkeProposal]) -> bool:
    """Whether two ends without a common suite have one as soon as groups are left out.

    For ESP such a tunnel comes up all the same: the CHILD_SA of IKE_AUTH has no Diffie-Hellman
    exchange of its own (RFC 7296, 1.2), and only its first rekey fails.
    """
    gateway, customer = tuple(gateway), tuple(customer)
    return not share_a_suite(gateway, customer) and share_a_suite(
        (replace(suite, group=None) for suite in gateway),
        (replace(suite, group=None) for suite in customer),
    )


def weaknesses(suites: Iterable[IkeProposal]) -> Iterator[str]:
    """What is weak in these suites, each reason once."""
    told: set[str] = set()
    for suite in suites:
        reasons = []
        if suite.integrity == "sha1":
            reasons.append("sha1: out of use for new tunnels (RFC 8247: being phased out)")
        if suite.group in limits.WEAK_GROUPS:
            reasons.append(f"group {suite.group}: {limits.WEAK_GROUPS[suite.group]}")
        for reason in reasons:
            if reason not in told:
                told.add(reason)
                yield reason


_CIPHERS = ("aes128", "aes256", "aes128gcm16", "aes256gcm16")
_HASHES = (None, "sha1", "sha256", "sha384", "sha512")
_GROUPS = (2, 22, 5, 23, 24, 14, 15, 16, 17, 18, 19, 20, 21)
"""From the weakest to the strongest: the MODP groups of doubtful parts first (RFC 8247, 2.4), then
by their length, then the elliptic curves (RFC 5903; NIST SP 800-57 part 1, table 2)."""


def strongest(suites: Iterable[IkeProposal]) -> IkeProposal:
    """The suite that two ends should agree on, of those that one of them admits.

    What samepath itself takes (AES-256-GCM, SHA-384, group 20) is preferred to what is nominally
    stronger: every platform has it. Raises ValueError where there is none.
    """
    return max(suites, key=_strength)


def _strength(suite: IkeProposal) -> tuple[bool, int, int, int]:
    usual = replace(suite, integrity=None) in {
        replace(one, integrity=None) for one in (*STRONG_IKE, *STRONG_ESP)
    } and suite.integrity in {None, "sha384"}
    return (
        usual,
        _rank(_CIPHERS, suite.encryption),
        _rank(_GROUPS, suite.group),
        _rank(_HASHES, suite.integrity),
    )


def _rank(order: Sequence[object], value: object) -> int:
    return order.index(value) if value in order else -1
