"""Reconciling on a strict kernel: from any world to any other, nothing that is done is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st
from tests.drivers.kernels import FakeKernel

from samepath.control.plan import Create, Delete, Step
from samepath.linux.objects import (
    Address,
    Bridge,
    End,
    Namespace,
    Object,
    Route,
    Ruleset,
    Shaper,
    Sysctl,
    Veth,
    veth,
)
from samepath.node.reconcile import reconcile

A, B, C = (Namespace(name=name) for name in "abc")
WIRE = veth(End(namespace="a", name="x"), End(namespace="b", name="y"))
ELSEWHERE = veth(End(namespace="a", name="x"), End(namespace="c", name="z"))
LAN = veth(End(namespace="b", name="lan"), End(namespace="c", name="eth0"))
ADDRESS = Address(namespace="a", device="x", interface=IPv4Interface("192.0.2.1/30"))
ROUTE = Route(
    namespace="a", destination=IPv4Network("10.0.0.0/8"), device="x", via=IPv4Address("192.0.2.2")
)
NEEDS: dict[Object, tuple[Object, ...]] = {
    A: (),
    B: (),
    C: (),
    WIRE: (A, B),
    LAN: (B, C),
    ADDRESS: (WIRE,),
    ROUTE: (ADDRESS,),
    Shaper(namespace="a", device="x", rate=20_000_000): (WIRE,),
    Bridge(namespace="b", name="br", ports=("lan", "y")): (WIRE, LAN),
    Sysctl(namespace="b", name="net.ipv4.ip_forward", value="1"): (B,),
    Ruleset(namespace="b", table="samepath", text="chain x {}"): (B,),
}
OTHER_VALUES: dict[Object, Object] = {
    ROUTE: replace(ROUTE, via=None, mtu=1400),
    **{
        item: replace(item, rate=300_000_000)
        if isinstance(item, Shaper)
        else replace(item, ports=())
        for item in NEEDS
        if isinstance(item, Shaper | Bridge)
    },
}


def closed(items: frozenset[Object]) -> frozenset[Object]:
    """``items`` with everything that they need."""
    needed = frozenset(need for item in items for need in NEEDS[item])
    return items if needed <= items else closed(items | needed)


def stretched(items: frozenset[Object]) -> frozenset[Object]:
    return frozenset(replace(item, mtu=9000) if isinstance(item, Veth) else item for item in items)


def rewired(items: frozenset[Object]) -> frozenset[Object]:
    """The same addresses and routes on a wire that leads elsewhere, without the switch."""
    moved = {ELSEWHERE if item == WIRE else item for item in items}
    return frozenset(item for item in moved | {C} if not isinstance(item, Bridge))


def changed(items: frozenset[Object]) -> frozenset[Object]:
    return frozenset(OTHER_VALUES.get(item, item) for item in items)


plain = st.frozensets(st.sampled_from(list(NEEDS))).map(closed)
worlds = plain | plain.map(stretched) | plain.map(rewired) | plain.map(changed)


class KilledHere(Exception):
    """Stands for kill -9 between two steps."""


class OnKernel:
    """A world that is its kernel's part only; ``left`` counts the steps until it is killed."""

    def __init__(self) -> None:
        self.kernel = FakeKernel()
        self.left = -1
        self.looks = 0

    def observe(self, desired: Iterable[Object] = ()) -> frozenset[Object]:
        self.looks += 1
        return self.kernel.observe(self.kernel.namespaces(), frozenset(desired))

    def apply(self, step: Step, desired: Iterable[Object]) -> None:
        assert desired is not None
        if self.left == 0:
            raise KilledHere
        self.left -= 1
        match step:
            case Create(object=item):
                self.kernel.create(item)
            case Delete(object=item):
                self.kernel.delete(item)
            case _:
                self.kernel.change(step.object)


@given(before=worlds, after=worlds)
def test_any_world_becomes_any_other_in_one_round(
    before: frozenset[Object], after: frozenset[Object]
) -> None:
    world = OnKernel()
    for wanted in (before, after, frozenset[Object]()):
        world.looks = 0
        reconcile(world, wanted)
        assert world.looks <= 2, "it found something to do a second time"
        assert world.observe(wanted) == wanted, world.kernel


@given(before=worlds, after=worlds, steps=st.integers(0, 20))
def test_killed_between_any_two_steps_the_next_one_goes_on(
    before: frozenset[Object], after: frozenset[Object], steps: int
) -> None:
    world = OnKernel()
    reconcile(world, before)
    world.left = steps
    try:
        reconcile(world, after)
    except KilledHere:
        world.left = -1
        reconcile(world, after)
    assert world.observe(after) == after, world.kernel
