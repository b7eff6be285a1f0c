"""The contract of the BIRD driver, against two real BIRDs on a wire.

One (left, AS 65001) announces what its configuration says; the other (right, AS 65002) hears it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pytest
from tests.drivers.daemons.worlds import (
    ADDRESSES,
    Standing,
    World,
    undisturbed,
    until,
    wire,
    world,
)

from samepath.drivers import bird
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import ProtocolState
from samepath.drivers.errors import DaemonUnreachable, Refused

pytestmark = pytest.mark.packet

LEFT, RIGHT = (IPv4Address(address) for address in ADDRESSES)
NEAR, FAR, NEW = (
    IPv4Network(prefix) for prefix in ("10.60.0.0/16", "10.61.0.0/16", "10.62.0.0/16")
)


def text(local: IPv4Address, remote: IPv4Address, number: int, *announced: IPv4Network) -> str:
    """A configuration: a session with the other, and routes to announce."""
    routes = "\n".join(f"  route {network} blackhole;" for network in announced)
    return f"""
log stderr all;
router id {local};
timeformat protocol iso long ms;
ipv4 table t_empty;
protocol device {{}}
protocol bfd {{ interface "*" {{ interval 50 ms; multiplier 3; }}; }}
protocol static s_own {{
  ipv4;
{routes}
}}
protocol bgp peer {{
  local {local} as {number};
  neighbor {remote} as {65003 - (number - 65000)};
  bfd on;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv4 {{ import all; export all; }};
}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two BIRDs in namespaces of their own."""

    world: World
    namespaces: tuple[str, str]
    left: Bird
    right: Bird

    def announce(self, *networks: IPv4Network) -> None:
        """Write another configuration of the left one; it is not told."""
        self.write(text(LEFT, RIGHT, 65001, *networks))

    def write(self, content: str) -> None:
        (self.world.directory / "left.conf").write_text(content)

    def established(self) -> bool:
        return all(session(each).bgp_state == "Established" for each in (self.left, self.right))

    def heard(self) -> set[IPv4Network]:
        """What the right one has from the left one."""
        return {IPv4Network(one.prefix) for one in self.right.routes() if one.protocol == "peer"}


def session(speaker: Bird) -> ProtocolState:
    (found,) = (one for one in speaker.protocols() if one.name == "peer")
    return found


def standing(speaker: Bird) -> Standing:
    now = session(speaker)
    return now.bgp_state, now.since


@contextmanager
def birds() -> Iterator[Pair]:
    with wire() as namespaces, world() as made:
        left = made.bird("left", namespaces[0], text(LEFT, RIGHT, 65001, NEAR))
        right = made.bird("right", namespaces[1], text(RIGHT, LEFT, 65002, FAR))
        with Bird(left) as one, Bird(right) as other:
            yield Pair(world=made, namespaces=namespaces, left=one, right=other)


@pytest.fixture(scope="module")
def shared() -> Iterator[Pair]:
    with birds() as made:
        yield made


@pytest.fixture
def pair(shared: Pair) -> Iterator[Pair]:
    """The two with their session up; so are they afterwards, and announce what they did."""
    until(lambda: shared.established() and shared.heard() == {NEAR})
    yield shared
    shared.announce(NEAR)
    shared.left.reconfigure()
    shared.left.enable("peer")


# -------------------------------------------------------------------------------------------- state


def test_a_bird_tells_who_it_is(pair: Pair) -> None:
    status = pair.left.status()

    assert status.version.startswith("2.")
    assert status.router_id == LEFT
    assert status.state == "Daemon is up and running"
    assert status.started <= status.reconfigured <= status.now


def test_a_session_is_told_alike_by_both_ends(pair: Pair) -> None:
    left, right = session(pair.left), session(pair.right)

    assert (left.kind, left.state, left.info) == ("BGP", "up", "Established")
    assert (left.local_as, left.neighbor_as, left.neighbor) == (65001, 65002, RIGHT)
    assert (right.local_as, right.neighbor_as, right.neighbor) == (65002, 65001, LEFT)
    assert left.hold_time == right.hold_time == 240.0
    assert right.imported >= 1


def test_a_route_is_told_with_its_way_and_its_attributes(pair: Pair) -> None:
    (here,) = (one for one in pair.left.routes() if one.prefix == NEAR)
    assert (here.protocol, here.kind, here.primary, here.bgp) == ("s_own", "blackhole", True, None)

    (there,) = (one for one in pair.right.routes() if one.prefix == NEAR)
    assert (there.protocol, there.kind, there.primary) == ("peer", "unicast", True)
    assert [(hop.via, hop.device) for hop in there.next_hops] == [(LEFT, "v2")]
    assert there.bgp is not None
    assert (there.bgp.as_path, there.bgp.next_hop) == ((65001,), LEFT)


def test_an_empty_table_has_no_routes_and_an_unknown_one_is_refused(pair: Pair) -> None:
    assert pair.left.routes("t_empty") == ()
    with pytest.raises(Refused, match="BIRD refuses 'show route table t_none all': "):
        pair.left.routes("t_none")


def test_a_bfd_session_is_told(pair: Pair) -> None:
    until(lambda: [one.state for one in pair.left.bfd_sessions()] == ["Up"])
    (found,) = pair.left.bfd_sessions()
    assert (found.neighbor, found.device) == (RIGHT, "v1")


# ----------------------------------------------------------------------------------- configuration


def test_another_configuration_is_taken_without_the_session_noticing(pair: Pair) -> None:
    before = standing(pair.right)
    pair.announce(NEAR, NEW)
    assert pair.heard() == {NEAR}, "a file alone changes nothing"
    pair.left.reconfigure()

    until(lambda: pair.heard() == {NEAR, NEW})
    assert undisturbed([before], [standing(pair.right)])
    assert pair.left.reconfigure()


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("protocol bgp {", r"left\.conf:\d+:\d+ "),
        ("weather sunny;", r"left\.conf:\d+:\d+ syntax error"),
        ("protocol static s_own { ipv4; }", r"left\.conf:\d+:\d+ .*s_own"),
    ],
)
def test_a_configuration_that_is_no_good_is_refused_with_its_place_and_changes_nothing(
    pair: Pair, addition: str, words: str
) -> None:
    before = pair.left.status().reconfigured
    pair.write(text(LEFT, RIGHT, 65001, NEW) + addition)
    with pytest.raises(Refused, match=f"BIRD refuses 'configure': .*{words}"):
        pair.left.reconfigure()

    assert pair.established()
    assert pair.heard() == {NEAR}
    assert pair.left.status().reconfigured == before


# ---------------------------------------------------------------------------------------- protocols


def test_a_protocol_is_taken_down_and_let_run_again(pair: Pair) -> None:
    for _ in range(2):
        pair.left.disable("peer")
        until(lambda: session(pair.left).state == "down")
        until(lambda: pair.heard() == set())
    pair.left.restart("peer")
    assert session(pair.left).state == "down", "one that is disabled stays so"

    for _ in range(2):
        pair.left.enable("peer")
        until(lambda: pair.heard() == {NEAR})


def test_a_protocol_is_restarted(pair: Pair) -> None:
    before = standing(pair.left)
    pair.left.restart("peer")
    until(lambda: pair.established() and not undisturbed([before], [standing(pair.left)]))


def test_an_unknown_protocol_is_refused(pair: Pair) -> None:
    for call in (pair.left.enable, pair.left.disable, pair.left.restart):
        with pytest.raises(Refused, match="BIRD refuses"):
            call("nobody")


def test_a_name_that_would_be_a_command_of_its_own_is_never_sent(pair: Pair) -> None:
    for name in ("peer\ndown", "peer all", "", "*"):
        with pytest.raises(Refused, match="cannot be a name"):
            pair.left.disable(name)
    assert pair.established()


# ---------------------------------------------------------------------------------- a dead daemon

CALLS: dict[str, Callable[[Bird], object]] = {
    "status": Bird.status,
    "protocols": Bird.protocols,
    "routes": Bird.routes,
    "bfd_sessions": Bird.bfd_sessions,
    "reconfigure": Bird.reconfigure,
    "enable": lambda speaker: speaker.enable("peer"),
    "disable": lambda speaker: speaker.disable("peer"),
    "restart": lambda speaker: speaker.restart("peer"),
}


def test_a_dead_bird_is_unreachable_by_every_call_and_the_next_one_is_found() -> None:
    with birds() as pair:
        until(pair.established)
        pair.world.signal("left", signal.SIGKILL)
        for call in CALLS.values():
            with pytest.raises(DaemonUnreachable, match=r"no BIRD answers at .*left\.ctl"):
                call(pair.left)

        pair.world.bird("left", pair.namespaces[0], text(LEFT, RIGHT, 65001, NEW))
        until(lambda: pair.established() and pair.heard() == {NEW})


def test_a_stopped_bird_is_given_up_in_time_and_answers_the_next_question_right(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pair.established()
    with monkeypatch.context() as patched:
        patched.setattr(bird, "ANSWER_LIMIT", 0.2)
        pair.world.signal("right", signal.SIGSTOP)
        try:
            pair.right.close()
            with pytest.raises(DaemonUnreachable, match="not in time"):
                pair.right.protocols()
        finally:
            pair.world.signal("right", signal.SIGCONT)
    assert pair.right.status().router_id == RIGHT
