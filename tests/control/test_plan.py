"""Laws of the plan: it reaches what is desired, from anywhere, in an order that works."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from samepath.control.plan import Create, Delete, Step, describe, outcome, plan
from samepath.linux.objects import (
    Address,
    BirdConfig,
    ConfigFile,
    Daemon,
    DaemonKind,
    End,
    IkeConfig,
    Namespace,
    Object,
    Route,
    Sysctl,
    Tun,
    veth,
)

A, B, C = (Namespace(name=name) for name in "abc")
WIRE = veth(End(namespace="a", name="x"), End(namespace="b", name="y"))
LAN = veth(End(namespace="b", name="lan"), End(namespace="c", name="eth0"))
ADDRESS = Address(namespace="a", device="x", interface=IPv4Interface("192.0.0.0/31"))
ROUTE = Route(
    namespace="a",
    destination=IPv4Network("10.0.0.0/8"),
    device="x",
    via=IPv4Address("192.0.0.1"),
)
FILE = ConfigFile(path="etc/charon.conf", text="one")
CHARON = Daemon(name="charon", kind=DaemonKind.CHARON, namespace="b", argv=("charon",))
TUN = Tun(namespace="a", name="t1", origin="b", made_as="ipsec0", daemon="charon", mtu=1400)
TUN_ADDRESS = Address(namespace="a", device="t1", interface=IPv4Interface("169.254.10.1/30"))
BIRD = Daemon(name="bird", kind=DaemonKind.BIRD, namespace="a", argv=("bird",))

NEEDS: dict[Object, tuple[Object, ...]] = {
    A: (),
    B: (),
    C: (),
    WIRE: (A, B),
    LAN: (B, C),
    ADDRESS: (WIRE,),
    ROUTE: (ADDRESS,),
    Sysctl(namespace="b", name="net.ipv4.ip_forward", value="1"): (B,),
    FILE: (),
    CHARON: (B, FILE),
    TUN: (A, CHARON),
    TUN_ADDRESS: (TUN,),
    BIRD: (A,),
    IkeConfig(daemon="charon", name="t", section="{}", secret="s", identities=()): (CHARON,),
    BirdConfig(daemon="bird", digest="d"): (BIRD,),
}


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


worlds = st.frozensets(st.sampled_from(list(NEEDS))).map(closed)


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


@given(desired=worlds)
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
