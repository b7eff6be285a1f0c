"""What an IKE endpoint carries, and that no compiler gives it more."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.control.topologies import topology

from samepath.control.ike_endpoint import USERSPACE_CAPACITY, CarriedTunnel, IkeEndpoint
from samepath.control.names import Names
from samepath.control.situation import Situation
from samepath.control.vpn import vpn
from samepath.linux.objects import Daemon, DaemonKind, IkeConfig, Namespace, Tun

IKE = IkeConfig(
    daemon="charon-a", name="seoul-1", section="{}", secret="generated:x", identities=()
)
DEVICE = Tun(
    namespace="inside", name="t1", origin="outside", made_as="ipsec0", daemon="charon-a", mtu=1400
)
FIRST = CarriedTunnel(ike=IKE, device=DEVICE)
SECOND = CarriedTunnel(ike=replace(IKE, name="seoul-2"), device=replace(DEVICE, name="t2"))


def endpoint(*tunnels: CarriedTunnel, capacity: int = USERSPACE_CAPACITY) -> IkeEndpoint:
    return IkeEndpoint(
        daemon="charon-a",
        namespace="outside",
        configuration="",
        tunnels=tunnels,
        capacity=capacity,
    )


def test_in_user_space_an_endpoint_carries_one_tunnel_and_elsewhere_as_many_as_it_says() -> None:
    assert USERSPACE_CAPACITY == 1
    assert endpoint(FIRST).tunnels == (FIRST,)
    with pytest.raises(AssertionError):
        endpoint(FIRST, SECOND)
    assert endpoint(FIRST, SECOND, capacity=2).tunnels == (FIRST, SECOND)


@pytest.mark.parametrize(
    "stray",
    [
        replace(FIRST, ike=replace(IKE, daemon="charon-b")),
        replace(FIRST, device=replace(DEVICE, daemon="charon-b")),
        replace(FIRST, device=replace(DEVICE, origin="elsewhere")),
    ],
)
def test_an_endpoint_carries_only_what_its_own_charon_has(stray: CarriedTunnel) -> None:
    with pytest.raises(AssertionError):
        endpoint(stray)


def test_an_endpoint_is_its_namespace_its_charon_and_its_tunnels() -> None:
    objects = [*endpoint(FIRST, SECOND, capacity=2).objects()]

    assert Namespace(name="outside") in objects
    (charon,) = (item for item in objects if isinstance(item, Daemon))
    assert (charon.name, charon.namespace) == ("charon-a", "outside")
    for tunnel in (FIRST, SECOND):
        assert {tunnel.ike, tunnel.device} <= {*objects}


def test_every_charon_of_a_compiled_vpn_keeps_to_its_capacity() -> None:
    two = topology({"seoul": "", "tokyo": ""})
    items = [*vpn(two, Names("t", "/run/samepath/t"), Situation())]
    charons = {
        item.name for item in items if isinstance(item, Daemon) and item.kind is DaemonKind.CHARON
    }

    for kind in (IkeConfig, Tun):
        carried = Counter(item.daemon for item in items if isinstance(item, kind))
        assert carried == dict.fromkeys(charons, USERSPACE_CAPACITY)
    assert len(charons) == 8
