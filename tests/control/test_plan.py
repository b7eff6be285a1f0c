"""Laws of the plan: it reaches what is desired, from anywhere, in an order that works."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from samepath.control.plan import Change, Create, Delete, Step, describe, outcome, plan
from samepath.linux.objects import (
    Address,
    BirdConfig,
    Bridge,
    ConfigFile,
    Daemon,
    DaemonKind,
    End,
    FrrConfig,
    IkeConfig,
    MarkRule,
    MovingAddress,
    Namespace,
    Object,
    ReceiveBuffer,
    Route,
    SecretFile,
    Shaper,
    Sysctl,
    Tun,
    Veth,
    veth,
)

A, B, C = (Namespace(name=name) for name in "abc")
WIRE = veth(End(namespace="a", name="x"), End(namespace="b", name="y"))
OTHER_WIRE = veth(End(namespace="a", name="x"), End(namespace="c", name="z"))
LAN = veth(End(namespace="b", name="lan"), End(namespace="c", name="eth0"))
ADDRESS = Address(namespace="a", device="x", interface=IPv4Interface("192.0.0.0/31"))
ROUTE = Route(
    namespace="a",
    destination=IPv4Network("10.0.0.0/8"),
    device="x",
    via=IPv4Address("192.0.0.1"),
)
SHAPER = Shaper(namespace="a", device="x", rate=1_000_000)
SWITCH = Bridge(namespace="b", name="br", ports=("lan", "y"))
FILE = ConfigFile(path="etc/charon.conf", text="one")
CHARON = Daemon(name="charon", kind=DaemonKind.CHARON, namespace="b", argv=("charon",))
TUN = Tun(namespace="a", name="t1", origin="b", made_as="ipsec0", daemon="charon", mtu=1400)
TUN_ADDRESS = Address(namespace="a", device="t1", interface=IPv4Interface("169.254.10.1/30"))
# Whom it calls has everything ready before.
IKE = IkeConfig(daemon="charon", name="t", section="{}", secret="s", identities=())
KEY = SecretFile(path="keys/own.conf", text="{secret}", secret="s", daemon="a-strongswan")
OWN = Daemon(name="a-strongswan", kind=DaemonKind.STRONGSWAN, namespace="c", argv=("charon",))
OWN_TUN = Tun(namespace="a", name="a1", origin="c", made_as="ipsec0", daemon=OWN.name, mtu=1400)
OWN_ADDRESS = Address(namespace="a", device="a1", interface=IPv4Interface("169.254.10.5/30"))
MOVING = MovingAddress(namespace="a", device="x", interface=IPv4Interface("192.0.2.3/24"))
BIRD = Daemon(name="bird", kind=DaemonKind.BIRD, namespace="a", argv=("bird",))
# By its name zebra is the last of them, and the others need it.
ZEBRA = Daemon(name="frr-zebra", kind=DaemonKind.ZEBRA, namespace="a", argv=("zebra",))
BGPD = Daemon(name="frr-bgpd", kind=DaemonKind.FRR, namespace="a", argv=("bgpd",))

NEEDS: dict[Object, tuple[Object, ...]] = {
    A: (),
    B: (),
    C: (),
    WIRE: (A, B),
    LAN: (B, C),
    ADDRESS: (WIRE,),
    MOVING: (WIRE,),
    ROUTE: (ADDRESS,),
    replace(ROUTE, table=1001): (ADDRESS,),
    MarkRule(namespace="a", mark=1, mask=1, table=1001): (A,),
    SHAPER: (WIRE,),
    SWITCH: (WIRE, LAN),
    Sysctl(namespace="b", name="net.ipv4.ip_forward", value="1"): (B,),
    FILE: (),
    CHARON: (B, FILE),
    TUN: (A, CHARON),
    TUN_ADDRESS: (TUN,),
    BIRD: (A,),
    IKE: (CHARON, TUN),
    KEY: (),
    OWN: (C, KEY, IKE),
    OWN_TUN: (A, OWN),
    OWN_ADDRESS: (OWN_TUN,),
    ReceiveBuffer(daemon=OWN.name, size=1): (OWN,),
    BirdConfig(daemon="bird", digest="d"): (BIRD,),
    ZEBRA: (A,),
    BGPD: (ZEBRA,),
    FrrConfig(daemon="frr-bgpd", socket="s", config="c", digest="d"): (BGPD,),
}


WIRES: dict[Object, Object] = {WIRE: OTHER_WIRE}
"""What may stand in the place of another, with the same interface at one end."""


def rewired(items: frozenset[Object]) -> frozenset[Object]:
    """A world of the same addresses and routes whose wire leads elsewhere."""
    needed = {C} if WIRE in items else set[Object]()
    return frozenset({WIRES.get(item, item) for item in items} | needed) - {SWITCH}


def stretched(items: frozenset[Object]) -> frozenset[Object]:
    """A world whose wires carry larger packets: other values under the same keys."""
    return frozenset(replace(item, mtu=9000) if isinstance(item, Veth) else item for item in items)


def closed(items: frozenset[Object]) -> frozenset[Object]:
    """``items`` with everything they need."""
    whole: set[Object] = set()
    todo = list(items)
    while todo:
        item = todo.pop()
        if item not in whole:
            whole.add(item)
            todo.extend(NEEDS[item])
    return frozenset(whole)


plain = st.frozensets(st.sampled_from(list(NEEDS))).map(closed)
worlds = plain | plain.map(rewired) | plain.map(stretched)


@given(desired=worlds, observed=worlds)
def test_a_plan_reaches_what_is_desired(
    desired: frozenset[Object], observed: frozenset[Object]
) -> None:
    """The law of the two functions, from any world to any world."""
    assert desired == outcome(observed, plan(desired, observed))


@given(desired=worlds)
def test_nothing_is_to_do_where_all_is_well(desired: frozenset[Object]) -> None:
    """A second run changes nothing."""
    assert plan(desired, desired) == ()


@given(desired=worlds, observed=worlds, cut=st.integers(min_value=0, max_value=40))
def test_a_plan_may_be_cut_anywhere_and_made_anew(
    desired: frozenset[Object], observed: frozenset[Object], cut: int
) -> None:
    """A crash after any step is healed by the next plan."""
    half = outcome(observed, plan(desired, observed)[:cut])

    assert desired == outcome(half, plan(desired, half))


@given(desired=plain)
def test_each_step_finds_what_it_needs(desired: frozenset[Object]) -> None:
    """Making goes in an order in which nothing is missed."""
    there: frozenset[Object] = frozenset()
    for step in plan(desired, frozenset()):
        assert isinstance(step, Create)
        assert set(NEEDS[step.object]) <= there
        there = outcome(there, [step])


@given(desired=worlds, observed=worlds)
def test_the_order_of_the_inputs_does_not_matter(
    desired: frozenset[Object], observed: frozenset[Object]
) -> None:
    """Two runs print the same plan."""
    forwards = plan(sorted(desired, key=lambda item: item.key), observed)
    backwards = plan(sorted(desired, key=lambda item: item.key, reverse=True), observed)

    assert forwards == backwards


def test_removing_everything_removes_daemons_before_their_namespaces() -> None:
    """A process keeps a nameless namespace alive, so it goes first, by a step of its own."""
    steps = plan(frozenset(), closed(frozenset({TUN_ADDRESS, BIRD})))

    assert _deleted(steps) == [
        "delete daemon bird",
        "delete daemon charon",
        "delete file etc/charon.conf",
        "delete namespace b",
        "delete namespace a",
    ]


def _deleted(steps: tuple[Step, ...]) -> list[str]:
    assert all(isinstance(step, Delete) for step in steps)
    return [describe(step) for step in steps]


def test_a_changed_value_is_a_change_of_the_same_object() -> None:
    """Not a removal and a making."""
    new = ConfigFile(path=FILE.path, text="two")

    assert [describe(step) for step in plan([new], [FILE])] == ["change file etc/charon.conf"]


def test_what_stands_on_an_interface_that_is_replaced_is_made_again_in_the_same_round() -> None:
    """The name of the interface and the address stay, but the kernel's address goes with it."""
    before: set[Object] = {A, B, C, WIRE, ADDRESS, ROUTE, SHAPER}
    after: set[Object] = {A, B, C, OTHER_WIRE, ADDRESS, ROUTE, SHAPER}

    assert [describe(step) for step in plan(after, before)] == [
        "delete veth a/x/b/y",
        "create veth a/x/c/z",
        "create address a/x/192.0.0.0/31",
        "create route a/10.0.0.0/8",
        "create shaper a/x",
    ]


def test_a_wire_that_changes_is_a_new_one_with_everything_on_it() -> None:
    """The kernel's driver makes the pair anew, so its switch has to be given the port again."""
    larger = replace(WIRE, mtu=9000)
    rest: set[Object] = {A, B, C, LAN, ADDRESS, SWITCH}

    assert plan({*rest, larger}, {*rest, WIRE}) == (
        Change(object=larger, was=WIRE),
        Change(object=SWITCH, was=replace(SWITCH, ports=("lan",))),
        Create(object=ADDRESS),
    )
