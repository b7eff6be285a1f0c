"""Why a tunnel does not come up, read from lines that a charon 5.9.8 wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.device.swanctl.failures import FailureReason, standing_failure


def log(*texts: str) -> list[str]:
    return [f"2026-11-24 21:39:36.795 07[IKE] {text}\n" for text in texts]


IKE_UP = (
    "IKE_SA seoul-1[1] established between 203.0.113.1[203.0.113.1]...198.51.100.1[198.51.100.1]"
)
CHILD_UP = (
    "CHILD_SA seoul-1{1} established with SPIs ce6e3ccb_i cd5d4bc4_o and TS 0.0.0.0/0 === 0.0.0.0/0"
)
OFFERS = (
    "received proposals: ESP:AES_GCM_16_256/NO_EXT_SEQ",
    "configured proposals: ESP:AES_GCM_16_256/ECP_384/NO_EXT_SEQ",
)


@pytest.mark.parametrize(
    ("texts", "reason", "by_peer"),
    [
        (
            ("tried 1 shared key for '203.0.113.1' - '198.51.100.1', but MAC mismatched",),
            FailureReason.WRONG_KEY,
            False,
        ),
        (
            ("received AUTHENTICATION_FAILED notify error",),
            FailureReason.AUTHENTICATION_FAILED,
            True,
        ),
        (("no matching peer config found",), FailureReason.UNKNOWN_IDENTITY, False),
        (("received proposals unacceptable",), FailureReason.IKE_PROPOSAL, False),
        (("received NO_PROPOSAL_CHOSEN notify error",), FailureReason.NO_PROPOSAL_CHOSEN, True),
        (("giving up after 9 retransmits",), FailureReason.PEER_SILENT, False),
        ((*OFFERS, "no acceptable proposal found"), FailureReason.PFS, False),
        (
            ("CHILD_SA rekeying failed, trying again in 11 seconds",),
            FailureReason.REKEY_REFUSED,
            True,
        ),
    ],
)
def test_a_line_is_understood(texts: tuple[str, ...], reason: FailureReason, by_peer: bool) -> None:
    found = standing_failure(log(*texts))

    assert found is not None
    assert (found.reason, found.by_peer) == (reason, by_peer)


def test_proposals_that_differ_in_more_than_their_groups_are_no_pfs_mismatch() -> None:
    found = standing_failure(
        log(
            "received proposals: ESP:AES_GCM_16_128/ECP_384/NO_EXT_SEQ",
            "configured proposals: ESP:AES_GCM_16_256/ECP_384/NO_EXT_SEQ",
            "no acceptable proposal found",
        )
    )

    assert found is not None
    assert found.reason is FailureReason.CHILD_PROPOSAL
    assert "AES_GCM_16_128" in found.detail


def test_what_has_worked_since_stands_no_longer() -> None:
    wrong_key = "tried 1 shared key for 'a' - 'b', but MAC mismatched"

    assert standing_failure(log(wrong_key, IKE_UP)) is None
    assert standing_failure(log(wrong_key, CHILD_UP)) is None


def test_an_ike_sa_says_nothing_of_a_child_that_was_refused() -> None:
    found = standing_failure(log(*OFFERS, "no acceptable proposal found", IKE_UP))

    assert found is not None
    assert found.reason is FailureReason.PFS


def test_whoever_refused_a_rekeying_is_not_overruled_by_the_line_that_follows() -> None:
    found = standing_failure(
        log(*OFFERS, "no acceptable proposal found", "CHILD_SA rekeying failed, trying again")
    )

    assert found is not None
    assert found.reason is FailureReason.PFS


@given(st.lists(st.text()))
def test_any_log_is_read(lines: list[str]) -> None:
    assert standing_failure(lines) is None or lines
