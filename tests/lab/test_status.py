"""What ``status`` makes of counters and decisions, with a kernel that is told the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.cli.lab.status import status_table
from samepath.control.names import tunnel_device
from samepath.control.rulesets import TABLE, counter
from samepath.control.situation import Side, TunnelEnd
from samepath.lab.lab import Lab
from samepath.lab.status import LabStatus, StatusReader
from samepath.linux.objects import Namespace
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
