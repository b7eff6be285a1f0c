"""The first failed layer: each layer alone, and the lowest of several."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samepath.control.diagnosis import (
    NO_SPEAKER,
    EndEvidence,
    Layer,
    Pings,
    TunnelEvidence,
    diagnose,
    refused_for_good,
)
from samepath.control.situation import Side
from samepath.device.swanctl.failures import FailureReason, IkeFailure

GATEWAY = EndEvidence(
    side=Side.GATEWAY,
    daemon=True,
    ike_up=True,
    child_up=True,
    failure=None,
    bytes_in=100,
    bytes_out=100,
    bgp="Established",
    bgp_error="",
    speaker="seoul/tunnel1/endpoint/speaker",
    routes=1,
    refused=0,
    usable=None,
)
CUSTOMER = replace(GATEWAY, side=Side.CUSTOMER, speaker="cgw:dc/router")
ALL, SOME, NONE = (Pings(sent=200, answered=answered) for answered in (200, 192, 0))
GOOD = TunnelEvidence(
    element="seoul/tunnel1",
    ends=(GATEWAY, CUSTOMER),
    outside=ALL,
    inside=ALL,
    full_size_answers=True,
)


def failure(reason: FailureReason, *, by_peer: bool = False) -> IkeFailure:
    return IkeFailure(reason=reason, by_peer=by_peer, detail=f"{reason.value}, {by_peer}")


def gateway(**changes: object) -> TunnelEvidence:
    return replace(GOOD, ends=(replace(GATEWAY, **changes), CUSTOMER))  # type: ignore[arg-type]


def test_a_daemon_that_does_not_answer_may_run_and_be_stopped() -> None:
    found = diagnose(FAULTS[Layer.DAEMON])

    assert found.what == "the gateway's IKE daemon does not run, or is stopped"


def test_where_nothing_fails_no_layer_is_named() -> None:
    found = diagnose(GOOD)

    assert (found.layer, found.next_command) == (None, None)


FAULTS = {
    Layer.DAEMON: gateway(daemon=False),
    Layer.PATH: replace(GOOD, outside=NONE),
    Layer.IKE: gateway(ike_up=False, failure=failure(FailureReason.IKE_PROPOSAL)),
    Layer.AUTHENTICATION: gateway(ike_up=False, failure=failure(FailureReason.WRONG_KEY)),
    Layer.CHILD: gateway(child_up=False, failure=failure(FailureReason.CHILD_PROPOSAL)),
    Layer.ESP: replace(GOOD, inside=NONE),
    Layer.SPEAKER: gateway(bgp=NO_SPEAKER, bgp_error="no BIRD answers"),
    Layer.BGP: gateway(bgp="Active"),
    Layer.POLICY: gateway(routes=0, refused=2),
    Layer.ROUTES: gateway(routes=0),
    Layer.MTU: replace(GOOD, full_size_answers=False),
    Layer.LOSS: replace(GOOD, inside=SOME),
}


@pytest.mark.parametrize("layer", FAULTS)
def test_each_layer_is_named_by_its_own_failure(layer: Layer) -> None:
    found = diagnose(FAULTS[layer])

    assert found.layer is layer
    assert found.evidence
    assert found.next_command


def test_every_layer_of_a_tunnel_can_be_named() -> None:
    assert set(FAULTS) == set(Layer) - {Layer.LAN, Layer.TAKEOVER, Layer.FIREWALL}


def test_a_speaker_that_does_not_answer_is_named_before_the_session_that_the_other_end_lacks() -> (
    None
):
    silent = replace(CUSTOMER, bgp=NO_SPEAKER, bgp_error="no BIRD answers at x: Connection refused")
    found = diagnose(replace(GOOD, ends=(replace(GATEWAY, bgp="Active"), silent)))

    assert (found.layer, found.seen_by) == (Layer.SPEAKER, Side.CUSTOMER)
    assert "the customer's BGP daemon (cgw:dc/router) does not answer" in found.what
    assert found.evidence == "no BIRD answers at x: Connection refused"
    assert found.next_command == "samepath lab events cgw:dc/router"


def test_the_lowest_failed_layer_is_the_answer() -> None:
    ends = (replace(GATEWAY, bgp="Active"), replace(CUSTOMER, daemon=False))
    found = diagnose(replace(GOOD, ends=ends, full_size_answers=False))

    assert (found.layer, found.seen_by) == (Layer.DAEMON, Side.CUSTOMER)


@pytest.mark.parametrize(("usable", "layer"), [(True, None), (False, Layer.ROUTES)])
def test_a_withdrawn_static_route_is_no_working_layer(usable: bool, layer: Layer | None) -> None:
    static = replace(GATEWAY, bgp=None, routes=0, usable=True)
    other = replace(static, side=Side.CUSTOMER, usable=usable)
    found = diagnose(replace(GOOD, ends=(static, other)))

    assert found.layer is layer
    assert found.seen_by is (Side.CUSTOMER if layer else None)


def test_the_end_that_refused_is_believed_before_the_one_that_was_told() -> None:
    told = replace(
        CUSTOMER,
        ike_up=False,
        failure=failure(FailureReason.AUTHENTICATION_FAILED, by_peer=True),
    )
    refused = replace(GATEWAY, ike_up=False, failure=failure(FailureReason.WRONG_KEY))

    for ends in ((told, refused), (refused, told)):
        found = diagnose(replace(GOOD, ends=ends))
        assert (found.layer, found.seen_by) == (Layer.AUTHENTICATION, Side.GATEWAY)
        assert "pre-shared key" in found.what


def test_an_initiator_alone_claims_no_more_than_it_was_told() -> None:
    told = replace(
        CUSTOMER,
        ike_up=False,
        failure=failure(FailureReason.AUTHENTICATION_FAILED, by_peer=True),
    )
    found = diagnose(replace(GOOD, ends=(told,)))

    assert found.layer is Layer.AUTHENTICATION
    assert "identity or pre-shared key" in found.what


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_has_its_layer(reason: FailureReason) -> None:
    found = diagnose(gateway(ike_up=False, failure=failure(reason)))

    assert found.layer is not None
    assert found.evidence == failure(reason).detail


def test_a_tunnel_that_cannot_be_rekeyed_is_told_while_it_works() -> None:
    found = diagnose(gateway(failure=failure(FailureReason.PFS)))

    assert found.layer is Layer.CHILD
    assert "packets still pass" in found.what


def test_of_a_lossy_tunnel_it_is_told_whether_the_outside_path_loses_as_well() -> None:
    both = diagnose(replace(GOOD, inside=SOME, outside=SOME))
    inside = diagnose(replace(GOOD, inside=SOME))

    assert "the outside path loses them" in both.what
    assert "8 of 200 pings of the far inside address got no answer, and 8 of 200" in both.evidence
    assert "not on the outside path" in inside.what
    assert "and 0 of 200 of the outside address at the same time" in inside.evidence


@pytest.mark.parametrize(
    ("inside", "outside", "at_an_end"), [(197, 200, 0), (192, 199, 0), (179, 200, 21)]
)
def test_a_few_more_lost_inside_or_some_at_an_end_do_not_clear_the_outside_path(
    inside: int, outside: int, at_an_end: int
) -> None:
    found = diagnose(
        replace(
            GOOD,
            inside=Pings(sent=200, answered=inside, at_an_end=at_an_end),
            outside=Pings(sent=200, answered=outside),
        )
    )

    assert found.layer is Layer.LOSS
    assert "not on the outside path" not in found.what
    assert "ask again" in found.what


def test_of_an_outside_path_that_was_not_looked_at_nothing_is_told() -> None:
    found = diagnose(replace(GOOD, inside=SOME, outside=None))

    assert "on the outside path or not is unknown" in found.what
    assert "none was sent outside" in found.evidence


def test_where_many_packets_get_lost_neither_the_session_that_ends_nor_a_large_one_is_blamed() -> (
    None
):
    heavy = Pings(sent=200, answered=140)
    ends = (replace(GATEWAY, bgp="Active", bgp_error="BFD session down"), CUSTOMER)
    both = replace(GOOD, ends=ends, inside=heavy, outside=heavy, full_size_answers=False)

    found = diagnose(both)
    assert found.layer is Layer.LOSS
    assert "packets get lost, and BGP's session has ended" in found.what
    assert "the outside path loses them" in found.what
    assert diagnose(replace(both, ends=GOOD.ends)).layer is Layer.LOSS


def test_a_few_lost_pings_excuse_neither_a_session_nor_the_packet_size() -> None:
    ends = (replace(GATEWAY, bgp="Active"), CUSTOMER)
    assert diagnose(replace(GOOD, ends=ends, inside=SOME)).layer is Layer.BGP
    assert diagnose(replace(GOOD, inside=SOME, full_size_answers=False)).layer is Layer.MTU


@pytest.mark.parametrize("answered", [199, 200])
def test_a_single_ping_that_gets_lost_is_chance(answered: int) -> None:
    seen = Pings(sent=200, answered=answered)

    assert diagnose(replace(GOOD, inside=seen, outside=seen)).layer is None


@pytest.mark.parametrize(
    ("gateway", "customer", "for_good"),
    [
        (("WRONG_KEY", False), ("AUTHENTICATION_FAILED", True), True),
        (("IKE_PROPOSAL", False), ("NO_PROPOSAL_CHOSEN", True), True),
        (("CHILD_PROPOSAL", False), ("CHILD_PROPOSAL", True), True),
        (("CHILD_PROPOSAL", True), ("CHILD_PROPOSAL", False), True),
        (("WRONG_KEY", False), ("WRONG_KEY", False), True),
        (("WRONG_KEY", False), None, False),
        (None, ("AUTHENTICATION_FAILED", True), False),
        (None, None, False),
        (("NO_KEY", False), ("AUTHENTICATION_FAILED", True), False),
        (("NO_CONNECTION", False), ("NO_PROPOSAL_CHOSEN", True), False),
        (("UNKNOWN_IDENTITY", False), ("AUTHENTICATION_FAILED", True), False),
        (("PEER_SILENT", False), ("PEER_SILENT", False), False),
        (("AUTHENTICATION_FAILED", True), ("AUTHENTICATION_FAILED", True), False),
        (("CHILD_PROPOSAL", False), ("REKEY_REFUSED", True), False),
    ],
)
def test_a_tunnel_is_refused_for_good_where_one_end_refuses_and_the_other_knows(
    gateway: tuple[str, bool] | None, customer: tuple[str, bool] | None, for_good: bool
) -> None:
    failures = [
        told and failure(FailureReason[told[0]], by_peer=told[1]) for told in (gateway, customer)
    ]

    assert refused_for_good(failures) is for_good
