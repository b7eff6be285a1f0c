"""What AWS says of its tunnels now stands beside what is predicted."""

from __future__ import annotations

from tests.aws.descriptions import Json, Sketch, connection
from tests.pairing.ends import NAME, aws, frr, paired, second

from samepath.pairing.present import present, with_present
from samepath.routing.findings import Kind, Severity

TUNNELS = [f"{NAME}/tunnel1", f"{NAME}/tunnel2"]


def _down_since(when: object) -> Json:
    described = connection(accepted=(3, None))
    for one in described["VgwTelemetry"]:
        one["LastStatusChange"] = when
    return described


def test_a_tunnel_that_is_down_is_a_warning_with_the_time_and_what_it_means() -> None:
    (told,) = present(aws(_down_since("2026-11-20T02:11:00+00:00")))

    assert (told.code, told.severity) == ("tunnel-down-now", Severity.WARNING)
    assert told.place == TUNNELS[1]
    assert "is DOWN (IPSEC IS DOWN) since 2026-11-20T02:11:00+00:00: " in told.what
    assert told.what.endswith("a failure of tunnel 1 loses packets")


def test_a_time_that_is_no_text_is_left_out() -> None:
    (told,) = present(aws(_down_since(1763604660)))

    assert "since" not in told.what


def test_a_session_without_a_route_is_one_unless_routes_are_static() -> None:
    (told,) = present(aws(connection(accepted=(0, 3))))

    assert told.place == TUNNELS[0]
    assert "is UP, and that it has no route by it" in told.what
    assert [*present(aws(connection(Sketch(static=True), accepted=(0, 0))))] == []


def test_without_any_tunnel_nothing_is_said_of_the_other_one() -> None:
    told = [*present(aws(connection(accepted=(None, None))))]

    assert [one.place for one in told] == TUNNELS
    assert all("names no tunnel of this connection" in one.what for one in told)


def test_beside_another_connection_it_is_the_connection_that_is_left_without_a_tunnel() -> None:
    (told,) = present(aws(connection(accepted=(3, None)), second()))

    assert told.what.endswith("a failure of tunnel 1 leaves this connection without any")


def test_with_both_up_nothing_is_said() -> None:
    assert [*present(aws())] == []


def test_it_comes_after_the_errors_and_before_all_else_and_has_no_line_of_a_device() -> None:
    found = paired(frr("neighbor 169.254.10.1 bfd"), connection(accepted=(3, None)))
    worse = Kind(code="worse", severity=Severity.ERROR, means="", because="", advice="").at(
        TUNNELS[0], "", ""
    )
    told = with_present(found.understood, (worse, *found.findings))

    assert [one.code for one in told] == ["worse", "tunnel-down-now", "bfd-alone"]
    assert found.place_of(told[1]) is None
