"""What ``status`` makes of counters and decisions, with a kernel that is told the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from rich.console import Console
from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.cli.lab.status import status_table
from samepath.control.names import tunnel_device
from samepath.control.part_diagnosis import RouterEvidence
from samepath.control.rulesets import TABLE, counter
from samepath.control.situation import Side, TunnelEnd
from samepath.lab.lab import Lab
from samepath.lab.settling import REFUSED_FOR, SETTLE_WITHIN, STEADY, GivingUp, Settling
from samepath.lab.status import (
    DirectionStatus,
    EndStatus,
    LabStatus,
    MasterStatus,
    Session,
    StatusReader,
    TunnelStatus,
)
from samepath.linux.objects import Address, Namespace, Route
from samepath.model.document import parse
from samepath.node.decisions import Decisions


class Told(FakeKernel):
    """A kernel whose counters are given."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: dict[tuple[str, str, str], int] = {}

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        return {
            name: (packets, 0)
            for (*where, name), packets in self.packets.items()
            if where == [namespace, table]
        }


def test_a_direction_has_used_no_tunnel_of_another_site(tmp_path: Path) -> None:
    kernel = Told()
    lab = Lab("test", topology({"seoul": "", "osaka": ""}), kernel, tmp_path)
    routers = [
        *(lab.names.gateway(gateway) for gateway in lab.topology.gateways),
        *(lab.names.customer(customer) for customer in lab.topology.customer_gateways),
    ]
    for namespace in routers:
        kernel.create(Namespace(name=namespace))
    reader = StatusReader(lab)
    reader.read()
    came_out = counter(tunnel_device("seoul", 1), "in")
    for namespace in (lab.names.customer("dc"), lab.names.endpoint_inside("seoul", 1)):
        kernel.packets[namespace, TABLE, came_out] = 1

    status = reader.read()

    assert {
        (direction.source, direction.destination): direction.used for direction in status.directions
    } == {
        ("cloud", "office"): (("seoul", 1),),
        ("office", "cloud"): (("seoul", 1),),
        ("cloud", "shop"): (),
        ("shop", "cloud"): (),
    }


VRRP = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {fw1: {address: 198.51.100.1}, fw2: {address: 198.51.100.2}}
sites:
  office:
    networks: [192.168.10.0/24]
    customer_gateways: [fw1, fw2]
    hosts: {desk: 192.168.10.10, till: 192.168.10.11}
    vrrp: {}
connections: {one: {customer_gateway: fw1}, two: {customer_gateway: fw2}}
"""
MOVING = IPv4Interface("192.168.10.3/24")


class Lan:
    """A site with VRRP: two customer gateways and two hosts, each with its interface only."""

    def __init__(self, folder: Path) -> None:
        self.kernel = Told()
        self.lab = Lab("test", parse(VRRP).topology, self.kernel, folder)
        names = self.lab.names
        for namespace, device in (
            (names.customer("fw1"), "office-lan"),
            (names.customer("fw2"), "office-lan"),
            (names.host("desk"), "eth0"),
            (names.host("till"), "eth0"),
        ):
            self.kernel.create(Namespace(name=namespace))
            self.kernel.plug(namespace, device, "veth")

    def hold(self, *names: str) -> None:
        for name in names:
            self.kernel.create(
                Address(
                    namespace=self.lab.names.customer(name), device="office-lan", interface=MOVING
                )
            )

    def hear(self, host: str, name: str) -> None:
        mac = self.kernel.mac_address(self.lab.names.customer(name), "office-lan")
        assert mac is not None
        self.kernel.meet(self.lab.names.host(host), "eth0", MOVING.ip, mac)

    def master(self) -> MasterStatus:
        (found,) = StatusReader(self.lab).masters(self.lab.topology.sites.values())
        return found


@pytest.mark.parametrize(
    ("holders", "heard", "used"),
    [
        ((), {}, None),
        (("fw1",), {}, "fw1"),
        (("fw1", "fw2"), {}, None),
        (("fw1", "fw2"), {"till": "fw2"}, "fw2"),
        (("fw2",), {"desk": "fw1"}, "fw1"),
        ((), {"desk": "fw1"}, "fw1"),
    ],
    ids=["nobody", "one", "two", "two, one heard", "another heard", "nobody, one heard"],
)
def test_hosts_send_to_whom_they_have_heard_and_else_to_the_only_one_that_holds_the_address(
    tmp_path: Path, holders: tuple[str, ...], heard: dict[str, str], used: str | None
) -> None:
    lan = Lan(tmp_path)
    lan.hold(*holders)
    for host, name in heard.items():
        lan.hear(host, name)

    assert lan.master() == MasterStatus(
        site="office", addresses=(MOVING.ip,), holders=holders, used=used
    )


@pytest.mark.parametrize(
    ("holders", "used", "told"),
    [
        (("fw1",), "fw1", "site:office: fw1 holds 192.168.10.3 (VRRP)"),
        (("fw2",), "fw1", "fw2 holds 192.168.10.3 (VRRP); its hosts send to fw1"),
        (("fw1", "fw2"), "fw2", "fw1 and fw2 hold 192.168.10.3 (VRRP); its hosts send to fw2"),
        ((), None, "nobody holds 192.168.10.3 (VRRP); its hosts have no router"),
        ((), "fw1", "nobody holds 192.168.10.3 (VRRP); its hosts send to fw1"),
        (("fw1", "fw2"), None, "hold 192.168.10.3 (VRRP); its hosts have heard neither as yet"),
    ],
)
def test_who_is_master_is_shown(holders: tuple[str, ...], used: str | None, told: str) -> None:
    master = MasterStatus(site="office", addresses=(MOVING.ip,), holders=holders, used=used)
    console = Console(width=120)

    with console.capture() as captured:
        console.print(
            status_table(
                LabStatus(name="test", tunnels=(), directions=(), faults=(), masters=(master,))
            )
        )

    (line,) = (line for line in captured.get().splitlines() if "VRRP" in line)
    assert line.rstrip().endswith(told)


def test_a_sites_way_out_begins_at_the_device_that_its_hosts_send_to(tmp_path: Path) -> None:
    lan = Lan(tmp_path)
    names = lan.lab.names
    for customer, device in (("fw1", "one-t1"), ("fw2", "two-t1")):
        lan.kernel.plug(names.customer(customer), device, "tun")
        lan.kernel.create(
            Route(
                namespace=names.customer(customer),
                destination=IPv4Network("10.0.0.0/16"),
                device=device,
            )
        )
    found = []
    for customer in ("fw1", "fw2"):
        lan.hear("desk", customer)
        directions = StatusReader(lan.lab).directions(["one", "two"])
        found += [one.routed for one in directions if one.source == "office"]

    assert found == [("one", 1), ("two", 1)]


def test_a_static_tunnel_whose_route_is_withdrawn_at_one_end_is_not_usable(tmp_path: Path) -> None:
    lab = Lab("test", topology({"seoul": "routing: static"}), Told(), tmp_path)
    connection = lab.topology.connections["seoul"]
    lab.home.path.mkdir()
    lab.decisions.write(Decisions(usable=frozenset({TunnelEnd.of("seoul", 1, Side.GATEWAY)})))

    found = StatusReader(lab).tunnel(connection, connection.tunnels[0])

    assert (found.gateway.usable, found.customer.usable) == (True, False)
    gateway, customer = (replace(end, child="INSTALLED") for end in (found.gateway, found.customer))
    assert not replace(found, gateway=gateway, customer=customer).usable
    assert replace(found, gateway=gateway, customer=replace(customer, usable=True)).usable


def test_no_static_route_is_told_of_where_bgp_decides(tmp_path: Path) -> None:
    lab = Lab("test", topology({"seoul": ""}), Told(), tmp_path)
    connection = lab.topology.connections["seoul"]

    found = StatusReader(lab).tunnel(connection, connection.tunnels[0])

    assert (found.gateway.usable, found.customer.usable) == (None, None)


@pytest.mark.parametrize(("usable", "shown"), [(True, "static"), (False, "withdrawn")])
def test_a_withdrawn_static_route_is_shown(tmp_path: Path, usable: bool, shown: str) -> None:
    lab = Lab("test", topology({"seoul": "routing: static"}), Told(), tmp_path)
    connection = lab.topology.connections["seoul"]
    found = StatusReader(lab).tunnel(connection, connection.tunnels[0])
    customer = replace(found.customer, usable=usable)
    tunnel = replace(found, gateway=replace(found.gateway, usable=True), customer=customer)
    console = Console(width=120)

    with console.capture() as captured:
        console.print(
            status_table(LabStatus(name="test", tunnels=(tunnel,), directions=(), faults=()))
        )

    (line,) = (line for line in captured.get().splitlines() if "customer" in line)
    assert shown in line.split()


def test_the_first_line_counts_the_tunnels_that_can_carry_and_a_dead_active_one_is_named(
    tmp_path: Path,
) -> None:
    lab = Lab("test", topology({"seoul": "routing: static"}), Told(), tmp_path)
    connection = lab.topology.connections["seoul"]
    found = StatusReader(lab).tunnel(connection, connection.tunnels[0])
    up = replace(found.gateway, child="INSTALLED", usable=True)
    works = replace(found, number=2, active=False, gateway=up, customer=up)
    console = Console(width=120)

    with console.capture() as captured:
        console.print(
            status_table(LabStatus(name="test", tunnels=(found, works), directions=(), faults=()))
        )

    told = captured.get()
    assert told.lstrip().startswith("lab test: 1 of 2 tunnels can carry traffic")
    assert "active, down" in told
    assert "standby, down" not in told


def test_a_router_that_does_not_answer_is_shown_and_one_that_does_is_not() -> None:
    routers = (
        RouterEvidence(element="gw:vgw/router", side=Side.GATEWAY, error="no BIRD answers"),
        RouterEvidence(element="cgw:dc/router", side=Side.CUSTOMER, error=""),
    )
    console = Console(width=120)

    with console.capture() as captured:
        console.print(
            status_table(
                LabStatus(name="test", tunnels=(), directions=(), faults=(), routers=routers)
            )
        )

    assert "gw:vgw/router: no BIRD answers" in captured.get()
    assert "cgw:dc/router" not in captured.get()


def test_routers_without_a_daemon_are_read_with_what_the_driver_says(tmp_path: Path) -> None:
    lab = Lab("test", topology({"seoul": ""}), Told(), tmp_path)

    found = StatusReader(lab).routers(lab.topology.connections.values())

    assert [router.side for router in found] == [Side.GATEWAY, Side.CUSTOMER]
    assert all("no BIRD answers at" in router.error for router in found)


def test_only_routers_and_directions_of_the_connections_that_are_meant_are_read(
    tmp_path: Path,
) -> None:
    lab = Lab("test", topology({"seoul": "", "osaka": ""}), Told(), tmp_path)
    reader = StatusReader(lab)
    osaka = lab.topology.connections["osaka"]

    routers, directions = reader.routers([osaka]), reader.directions(["osaka"])

    assert [router.element for router in routers] == [
        "gw:vgw/router",
        f"cgw:{osaka.customer_gateway}/router",
    ]
    assert [(one.source, one.destination) for one in directions] == [
        ("cloud", "shop"),
        ("shop", "cloud"),
    ]


def session(routes: int, *, refused: int = 0) -> Session:
    return Session(
        state="Established",
        routes=routes,
        bfd="Up",
        detail="",
        refused=refused,
    )


def seen(
    gateway: Session, customer: Session, *, child: str = "INSTALLED", to: int = 1
) -> LabStatus:
    """A lab of one tunnel with these sessions, whose one direction takes tunnel ``to``."""
    end = EndStatus(
        daemon=True,
        ike="ESTABLISHED",
        child=child,
        suite="",
        bytes_in=0,
        bytes_out=0,
        session=gateway,
        usable=None,
    )
    tunnel = TunnelStatus(
        connection="seoul",
        number=1,
        active=True,
        mtu=1400,
        gateway=end,
        customer=replace(end, session=customer),
    )
    direction = DirectionStatus(
        source="cloud",
        destination="office",
        network=IPv4Network("192.168.10.0/24"),
        routed=("seoul", to),
        used=(),
    )
    return LabStatus(name="test", tunnels=(tunnel,), directions=(direction,), faults=())


AT_REST = seen(session(1), session(1))


def rests_at(*readings: tuple[float, LabStatus]) -> list[float]:
    """The times at which a lab that is read so counts as at rest."""
    settling = Settling()
    return [at for at, status in readings if settling.done(at, status)]


def test_a_lab_is_up_when_its_routes_have_not_changed_for_a_moment() -> None:
    assert rests_at((10.0, AT_REST), (10.0 + STEADY / 2, AT_REST), (10.0 + STEADY, AT_REST)) == [
        10.0 + STEADY
    ]


@pytest.mark.parametrize(
    "other",
    [
        seen(session(1), session(1), to=2),
        seen(session(1), session(2)),
        seen(session(1), session(1), child="down"),
    ],
    ids=["direction", "routes", "tunnel"],
)
def test_a_change_on_the_way_up_is_waited_for(other: LabStatus) -> None:
    changed = STEADY - 0.1

    assert rests_at((0.0, AT_REST), (changed, other), (STEADY, AT_REST), (STEADY * 2, AT_REST)) == [
        STEADY * 2
    ]


@pytest.mark.parametrize(
    "waits", [seen(session(0), session(1)), seen(session(1), session(0))], ids=["gateway", "site"]
)
def test_routes_that_are_missing_are_waited_for_and_not_for_long(waits: LabStatus) -> None:
    assert rests_at((0.0, waits), (SETTLE_WITHIN - 0.1, waits), (SETTLE_WITHIN, waits)) == [
        SETTLE_WITHIN
    ]


def test_routes_that_are_refused_are_not_waited_for() -> None:
    refused = seen(session(0, refused=1), session(1))

    assert rests_at((0.0, refused), (STEADY, refused)) == [STEADY]


def gives_up_at(*readings: tuple[float, LabStatus, bool]) -> list[float]:
    """The times at which waiting for a lab is in vain; the last of each: its tunnel is refused."""
    answers = iter([refused for _, status, refused in readings if not status.ready])
    giving_up = GivingUp(lambda _: next(answers))
    return [at for at, status, _ in readings if giving_up.done(at, status)]


DOWN = seen(session(1), session(1), child="down")


def test_where_all_that_does_not_work_stays_refused_it_is_waited_for_in_vain() -> None:
    assert gives_up_at((5.0, DOWN, True), (5.0 + REFUSED_FOR, DOWN, True)) == [5.0 + REFUSED_FOR]


@pytest.mark.parametrize(("between", "refused"), [(DOWN, False), (AT_REST, True)])
def test_a_refusal_that_has_passed_begins_anew(between: LabStatus, refused: bool) -> None:
    end = REFUSED_FOR

    assert gives_up_at((0.0, DOWN, True), (1.0, between, refused), (end, DOWN, True)) == []


def test_a_lab_that_works_is_not_given_up() -> None:
    assert gives_up_at((0.0, AT_REST, True), (REFUSED_FOR, AT_REST, True)) == []


def test_one_tunnel_that_may_yet_come_up_is_waited_for() -> None:
    two = replace(DOWN, tunnels=(DOWN.tunnels[0], replace(DOWN.tunnels[0], number=2)))
    giving_up = GivingUp(lambda tunnel: tunnel.number == 1)

    assert not any(giving_up.done(now, two) for now in (0.0, REFUSED_FOR))


CLUSTER = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, cluster: {}}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {seoul: {customer_gateway: dc}}
"""


@pytest.mark.parametrize(
    ("holders", "heard", "used", "told"),
    [
        ((1,), 1, 1, "cgw:dc: member1 acts"),
        ((1, 2), 2, 2, "cgw:dc: member2 acts; member1 holds its address, too, and is cut off"),
        ((2,), None, 2, "cgw:dc: member2 acts"),
        ((1, 2), None, None, "cgw:dc: no machine acts"),
        ((), None, None, "cgw:dc: no machine acts"),
    ],
)
def test_the_machine_that_acts_is_the_one_that_the_internet_has_heard(
    tmp_path: Path, holders: tuple[int, ...], heard: int | None, used: int | None, told: str
) -> None:
    kernel = Told()
    lab = Lab("test", parse(CLUSTER).topology, kernel, tmp_path)
    names, outside = lab.names, IPv4Interface("198.51.100.1/32")
    for namespace, device in (
        (names.customer("dc", 1), "wan"),
        (names.customer("dc", 2), "wan"),
        (names.internet(), "dc-edge"),
    ):
        kernel.create(Namespace(name=namespace))
        kernel.plug(namespace, device, "veth")
    for member in holders:
        address = Address(namespace=names.customer("dc", member), device="wan", interface=outside)
        kernel.create(address)
    if heard is not None:
        mac = kernel.mac_address(names.customer("dc", heard), "wan")
        assert mac is not None
        kernel.meet(names.internet(), "dc-edge", outside.ip, mac)

    (found,) = StatusReader(lab).clusters()

    assert (found.holders, found.used) == (holders, used)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(
            status_table(
                LabStatus(name="test", tunnels=(), directions=(), faults=(), clusters=(found,))
            )
        )
    (line,) = (line for line in captured.get().splitlines() if "cgw:dc" in line)
    assert line.rstrip() == told
