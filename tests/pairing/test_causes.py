"""What keeps a session down stands before the loss that follows from it."""

from __future__ import annotations

import pytest
from tests.aws.descriptions import connection
from tests.pairing.ends import NAME, frr, paired, second

from samepath.pairing.causes import together
from samepath.pairing.paired import Paired
from samepath.routing.findings import Finding, Severity
from samepath.routing.report import check

ANNOUNCES = ("network 192.168.10.0/24",)


def _told(found: Paired) -> tuple[Finding, ...]:
    return together(found, check(found.understood.topology).findings)


@pytest.mark.parametrize(
    ("config", "code"),
    [
        (frr(family=ANNOUNCES, neighbours=("169.254.10.1",)), "tunnel-without-neighbour"),
        (frr("neighbor 169.254.11.1 shutdown", family=ANNOUNCES), "session-closed"),
        (frr("neighbor 169.254.11.1 password k", family=ANNOUNCES), "session-closed"),
        (frr("neighbor 169.254.11.1 remote-as 64999", family=ANNOUNCES), "asn-differs"),
        (
            frr(family=(*ANNOUNCES, "neighbor 169.254.11.1 route-map SLIP out")),
            "undefined-policy",
        ),
    ],
)
def test_what_leaves_a_vpn_without_its_second_tunnel_is_an_error_and_comes_first(
    config: str, code: str
) -> None:
    found = paired(config)
    cause, loss, *_ = _told(found)

    assert (cause.code, cause.severity) == (code, Severity.ERROR)
    assert cause.place == f"{NAME}/tunnel2"
    assert (loss.code, loss.place) == ("unreachable", f"{NAME}/tunnel1")
    assert f"because {NAME}/tunnel2 " in loss.what
    assert loss.what.endswith("(see above)")
    assert f"{NAME}/tunnel2" in loss.advice


def test_a_cause_that_became_an_error_keeps_its_line() -> None:
    found = paired(frr("neighbor 169.254.11.1 shutdown", family=ANNOUNCES))
    place = found.place_of(_told(found)[0])

    assert place is not None
    assert place.line == 7


def test_without_any_session_each_tunnel_is_a_cause() -> None:
    shut = ("neighbor 169.254.10.1 shutdown", "neighbor 169.254.11.1 shutdown")
    one, two, loss, *_ = _told(paired(frr(*shut, family=ANNOUNCES)))

    assert [one.code, two.code, loss.code] == ["session-closed", "session-closed", "unreachable"]
    assert f"{NAME}/tunnel1 has no session and {NAME}/tunnel2 has no session" in loss.what


def test_a_session_that_is_down_and_loses_nothing_stays_a_warning() -> None:
    told = _told(
        paired(
            frr(
                "neighbor 169.254.11.1 shutdown",
                family=ANNOUNCES,
                neighbours=("169.254.10.1", "169.254.11.1", "169.254.12.1", "169.254.13.1"),
            ),
            connection(),
            second(),
        )
    )

    (closed,) = [one for one in told if one.code == "session-closed"]
    assert closed.severity is Severity.WARNING
    assert all("see above" not in one.what for one in told)


def test_a_loss_with_another_cause_is_told_as_it_was_found() -> None:
    found = paired(
        frr(
            family=(*ANNOUNCES, "neighbor 169.254.11.1 route-map NO out"),
            after=("route-map NO deny 10",),
        )
    )
    told = _told(found)

    assert "unreachable" in {one.code for one in told}
    assert all("see above" not in one.what for one in told)
