"""What ``status`` makes of counters, with a kernel that is told them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.control.names import tunnel_device
from samepath.control.rulesets import TABLE, counter
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader
from samepath.linux.objects import Namespace


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
