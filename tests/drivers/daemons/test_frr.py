"""The contract of the FRR driver, against a real FRR (left, AS 65001) and a real BIRD (right)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import ADDRESSES, World, until, wire, world

from samepath.control.frr import BFDD, BGPD, ZEBRA, frr, socket_of
from samepath.device.customer import Customer, CustomerTunnel
from samepath.device.frr.customer import customer
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import RibRoute
from samepath.drivers.errors import DaemonUnreachable, Refused
from samepath.drivers.files import WorldFiles
from samepath.drivers.frr import Frr
from samepath.drivers.frr_output import Neighbour
from samepath.linux.objects import ConfigFile, Daemon, FrrConfig
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import BgpTimers

pytestmark = pytest.mark.packet

LEFT, RIGHT = (IPv4Address(address) for address in ADDRESSES)
OWN, HEARD, FAR = (
    IPv4Network(prefix) for prefix in ("10.1.0.0/24", "10.61.0.0/16", "10.62.0.0/16")
)
NAME = "frr"
OUTSIDE = (Path("/var/tmp/frr"), Path("/run/frr"), Path("/etc/frr"))  # noqa: S108 - FRR's own
"""Where an FRR of the machine has its files, and none of ours."""
TUNNEL = CustomerTunnel(
    name="seoul-1",
    device="v1",
    local=LEFT,
    gateway=RIGHT,
    gateway_asn=65002,
    timers=BgpTimers(),
    pinned=True,
)
CUSTOMER = Customer(
    router_id=LEFT, asn=65001, networks=(OWN,), tunnels=(TUNNEL,), requires_policy=True
)
BIRD = f"""
log stderr all;
router id {RIGHT};
protocol device {{ scan time 1; }}
protocol bfd {{ interface "*" {{ interval 50 ms; multiplier 3; }}; }}
protocol static s_own {{
  ipv4;
  route {HEARD} blackhole;
  route {FAR} blackhole;
}}
protocol bgp peer {{
  local {RIGHT} as 65002;
  neighbor {LEFT} as 65001;
  bfd on;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv4 {{ import all; export all; }};
}}
"""


def files(*folders: Path) -> set[Path]:
    return {path for folder in folders if folder.exists() for path in folder.rglob("*")}


def text_of(**tunnel: object) -> str:
    """The text of bgpd with another tunnel."""
    changed = replace(TUNNEL, **tunnel)  # type: ignore[arg-type]
    return customer(replace(CUSTOMER, tunnels=(changed,))).bgpd


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """An FRR and a BIRD in namespaces of their own."""

    world: World
    namespace: str
    bgpd: Frr
    bird: Bird

    def start(self) -> None:
        """Start the FRR and tell it its texts, as a machine does."""
        files = WorldFiles(self.world.directory)
        objects = list(frr(NAME, self.namespace, customer(CUSTOMER)))
        for item in objects:
            if isinstance(item, ConfigFile):
                files.write(item)
        for item in objects:
            if isinstance(item, Daemon):
                self.world.processes.start(item)
        for item in objects:
            if isinstance(item, FrrConfig):
                with Frr(self.world.directory / item.socket) as daemon:
                    daemon.configure(files.read(item.config))

    def neighbour(self) -> Neighbour:
        (found,) = self.bgpd.neighbours()
        return found

    def announced(self) -> RibRoute | None:
        """The FRR's own route as the BIRD has it."""
        return next((route for route in self.bird.routes() if route.prefix == OWN), None)

    def established(self) -> bool:
        found = self.neighbour()
        return (found.state, found.accepted, found.bfd) == ("Established", 2, "Up")


@contextmanager
def pairs() -> Iterator[Pair]:
    with wire() as namespaces, world() as made:
        right = made.bird("right", namespaces[1], BIRD)
        left = made.directory / socket_of(NAME, BGPD)
        with Frr(left) as bgpd, Bird(right) as bird:
            pair = Pair(world=made, namespace=namespaces[0], bgpd=bgpd, bird=bird)
            pair.start()
            yield pair


@pytest.fixture(scope="module")
def shared() -> Iterator[Pair]:
    before = files(*OUTSIDE)
    with pairs() as made:
        yield made
    assert files(*OUTSIDE) == before


@pytest.fixture
def pair(shared: Pair) -> Iterator[Pair]:
    """The two with their session up, and the FRR as it was started."""
    until(shared.established)
    yield shared
    shared.bgpd.configure(text_of())


def test_an_frr_tells_what_it_is_and_writes_nothing_outside_of_its_directory(pair: Pair) -> None:
    assert pair.bgpd.version().startswith("FRRouting 8.")
    home = pair.world.directory / "run" / NAME

    assert {path.name for path in home.iterdir()} >= {"zebra.vty", "bgpd.vty", "zserv.api", "frr"}


def test_a_session_is_told_with_its_age_its_routes_and_its_bfd(pair: Pair) -> None:
    one = pair.neighbour()

    assert (one.address, one.state, one.accepted, one.bfd) == (RIGHT, "Established", 2, "Up")
    assert one.uptime is not None
    assert pair.bgpd.received(RIGHT) == 2
    assert until_older(pair, one.uptime) > one.uptime


def until_older(pair: Pair, uptime: int) -> int:
    """The uptime once it is another one."""
    until(lambda: pair.neighbour().uptime != uptime)
    found = pair.neighbour().uptime
    assert found is not None
    return found


def test_a_text_that_is_in_force_is_not_told_again(pair: Pair) -> None:
    assert pair.bgpd.configure(text_of()) is False


def test_another_policy_is_taken_without_the_session_noticing(pair: Pair) -> None:
    before = pair.neighbour().uptime
    assert before is not None
    until(pair.announced)

    assert pair.bgpd.configure(text_of(prepend=3))
    until(lambda: (found := pair.announced()) and found.bgp and len(found.bgp.as_path) == 4)
    after = pair.neighbour().uptime

    assert after is not None
    assert after >= before
    assert pair.bgpd.running().count("route-map seoul-1-out") == 3, "the old map has gone"


def test_what_an_import_refuses_is_received_and_not_accepted(pair: Pair) -> None:
    """And the routes that it lets in never go meanwhile."""
    match = PrefixMatch(prefix=FAR, minimum=FAR.prefixlen, maximum=FAR.prefixlen)
    refusing = Policy(
        terms=(Term(conditions=Conditions(prefixes=(match,)), disposition=Disposition.REJECT),)
    )
    pair.bgpd.configure(text_of(imports=refusing))
    until(lambda: pair.neighbour().accepted == 1)
    assert pair.bgpd.received(RIGHT) == 2

    pair.bgpd.configure(text_of(imports=Policy(terms=(Term(changes=Changes(med=7)),))))
    until(lambda: pair.neighbour().accepted == 2)
    assert "prefix-list" not in pair.bgpd.running()


def test_a_direction_without_a_policy_is_closed_and_open_again(pair: Pair) -> None:
    """RFC 8212, which FRR keeps by itself."""
    pair.bgpd.configure(text_of(pinned=False))
    until(lambda: pair.neighbour().accepted == 0 and pair.announced() is None)
    assert pair.neighbour().state == "Established"

    pair.bgpd.configure(text_of())
    until(lambda: pair.established() and pair.announced())


def test_a_line_that_is_no_good_is_refused_with_its_words_and_the_next_text_is_taken(
    pair: Pair,
) -> None:
    bad = text_of().replace(
        " bgp log-neighbor", f" neighbor {RIGHT} weather sunny\n bgp log-neighbor"
    )
    with pytest.raises(Refused, match=f"FRR refuses 'neighbor {RIGHT} weather sunny': .*Unknown"):
        pair.bgpd.configure(bad)

    assert pair.established()
    assert pair.bgpd.configure(text_of()) is False


def test_a_dead_frr_is_unreachable_and_the_next_one_is_found() -> None:
    with pairs() as made:
        until(made.established)
        for program in (BGPD, BFDD, ZEBRA):
            made.world.signal(f"{NAME}-{program}", signal.SIGKILL)
        for call in (made.bgpd.version, made.bgpd.neighbours, made.bgpd.running):
            with pytest.raises(DaemonUnreachable, match=r"no FRR answers at .*bgpd\.vty"):
                call()

        made.start()
        until(made.established)


def test_a_stopped_frr_is_given_up_in_time_and_answers_the_next_question_right(
    pair: Pair,
) -> None:
    assert pair.established()
    with Frr(pair.world.directory / socket_of(NAME, BGPD), patience=0.2) as impatient:
        pair.world.signal(f"{NAME}-{BGPD}", signal.SIGSTOP)
        try:
            with pytest.raises(DaemonUnreachable, match="not in time"):
                impatient.neighbours()
        finally:
            pair.world.signal(f"{NAME}-{BGPD}", signal.SIGCONT)
    assert [one.address for one in pair.bgpd.neighbours()] == [RIGHT]
