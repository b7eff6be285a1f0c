"""What BIRD says, read: real output of 2.0.12, cut, and rubbish."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samepath.drivers.bird_output import (
    Line,
    NextHop,
    Reply,
    ReplyReader,
    parse_bfd_sessions,
    parse_protocols,
    parse_routes,
    parse_status,
)
from samepath.drivers.errors import NotUnderstood

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(path.name for path in GOLDEN.glob("*.txt"))
PARSERS: tuple[Callable[[Reply], object], ...] = (
    parse_status,
    parse_protocols,
    parse_routes,
    parse_bfd_sessions,
)


def reply(name: str) -> Reply:
    (whole,) = ReplyReader().feed((GOLDEN / name).read_bytes())
    return whole


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("piece", [1, 7])
def test_a_reply_may_come_in_any_pieces(name: str, piece: int) -> None:
    raw = (GOLDEN / name).read_bytes()
    reader = ReplyReader()
    found = [x for at in range(0, len(raw), piece) for x in reader.feed(raw[at : at + piece])]

    assert found == [reply(name)]


def test_status() -> None:
    status = parse_status(reply("status.txt"))

    assert status.version == "2.0.12"
    assert status.router_id == IPv4Address("10.1.0.1")
    assert status.uptime == timedelta(seconds=8, milliseconds=131)
    assert status.reconfigured == status.started
    assert status.state == "Daemon is up and running"


@pytest.mark.parametrize("name", ["protocols.txt", "protocols-iso-long.txt"])
def test_protocols_in_either_form_of_time(name: str) -> None:
    found = {protocol.name: protocol for protocol in parse_protocols(reply(name))}

    assert found["device1"].table is None
    assert found["nets2"].table == "t2"
    assert (found["nets"].kind, found["nets"].state) == ("Static", "up")
    assert found["nets"].since.endswith("09:33:41.770")
    assert found["nets"].imported in {3, 5}
    assert found["nets"].bgp_state is None


def test_the_best_route_of_a_prefix_comes_first_and_the_others_are_its_own() -> None:
    routes = parse_routes(reply("routes-iso-long.txt"))
    of_one = [route for route in routes if route.prefix == IPv4Network("10.50.0.0/16")]

    assert [(route.kind, route.primary) for route in of_one] == [
        ("blackhole", True),
        ("unicast", False),
    ]
    assert {route.table for route in routes} == {"master4"}


def test_routes_have_their_next_hops_source_and_path() -> None:
    found = {route.prefix: route for route in parse_routes(reply("routes-iso-long.txt"))}

    several = found[IPv4Network("10.71.0.0/16")]
    assert several.next_hops == tuple(
        NextHop(via=IPv4Address(f"10.1.0.{last}"), device="v1") for last in (2, 3)
    )
    assert several.bgp is None
    assert found[IPv4Network("10.70.0.0/16")].next_hops == (NextHop(via=None, device="v1"),)
    assert found[IPv4Network("10.63.0.0/24")].source == IPv4Address("10.1.0.2")
    told = found[IPv4Network("10.61.0.0/24")].bgp
    assert told is not None
    assert (told.origin, told.as_path) == ("Incomplete", (65000, 65000, 65101, 65100))


def test_bgp_attributes() -> None:
    route = next(
        route
        for route in parse_routes(reply("routes.txt"))
        if route.prefix == IPv4Network("10.70.0.0/16")
    )

    assert route.bgp is not None
    assert (route.bgp.med, route.bgp.local_pref) == (100, 200)
    assert route.bgp.communities == ((64512, 7224),)
    assert route.bgp.large_communities == ((1, 2, 3),)


def test_bfd_sessions() -> None:
    sessions = parse_bfd_sessions(reply("bfd-sessions.txt"))

    assert [(s.state, s.interval, s.timeout) for s in sessions] == [
        ("Down", 1.0, 0.0),
        ("Up", 0.05, 0.15),
    ]
    assert {session.protocol for session in sessions} == {"bfd1"}


def test_a_refusal_is_told_by_its_code() -> None:
    (refused,) = ReplyReader().feed(b"8002 /run/x.conf:3:7 syntax error\n")
    (taken,) = ReplyReader().feed(b"0003 Reconfigured\n")

    assert refused.refusal == "/run/x.conf:3:7 syntax error"
    assert taken.refusal is None


def read_or_refused(whole: Reply) -> None:
    """Every parser reads it or says that it does not understand, and nothing else."""
    outcomes = 0
    for parse in PARSERS:
        with suppress(NotUnderstood):
            parse(whole)
        outcomes += 1
    assert outcomes == len(PARSERS)


@pytest.mark.parametrize("name", FILES)
def test_a_reply_cut_at_any_line_and_character_breaks_nothing(name: str) -> None:
    lines = reply(name).lines
    for at, line in enumerate(lines):
        for cut in range(0, len(line.text) + 1, 3):
            read_or_refused(Reply(lines=(*lines[:at], Line(code=line.code, text=line.text[:cut]))))


codes = st.sampled_from((0, 1000, 1002, 1006, 1007, 1008, 1011, 1012, 1020, 2002, 8001, 9001))
pieces = st.sampled_from(
    sorted({word for name in FILES for word in (GOLDEN / name).read_text().split()})
)
soup = st.lists(st.one_of(pieces, st.sampled_from("\t :()[]{}*/-."), st.text(max_size=4)))
lines_of = st.builds(Line, code=codes, text=st.one_of(st.text(), soup.map(" ".join)))
replies = st.lists(lines_of, min_size=1, max_size=12).map(lambda it: Reply(lines=tuple(it)))
HUGE = "9" * 5000


@given(whole=replies)
@example(
    whole=Reply(
        lines=(
            Line(code=1002, text="a BGP --- up 1 "),
            Line(code=1006, text=f"Neighbor AS: {HUGE}"),
        )
    )
)
@example(
    whole=Reply(
        lines=(
            Line(code=1002, text="a BGP --- up 1 "),
            Line(code=1006, text=f"Routes: {HUGE} imported"),
        )
    )
)
@example(
    whole=Reply(
        lines=(
            Line(code=1007, text="1.0.0.0/8 unicast [a 1] * (1)"),
            Line(code=1012, text=f"\tBGP.as_path: {HUGE}"),
        )
    )
)
def test_rubbish_is_read_or_refused(whole: Reply) -> None:
    read_or_refused(whole)


@given(raw=st.one_of(st.binary(), soup.map(lambda it: "\n".join(it).encode(errors="replace"))))
def test_any_bytes_are_replies_or_refused(raw: bytes) -> None:
    try:
        found = ReplyReader().feed(raw)
    except NotUnderstood as error:
        assert "no line of a reply" in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert len(found) <= raw.count(b"\n")
