"""The contract of a kernel: one suite for the live one and for the fake of the pure tests.

Each kind of object is made, made again, seen, changed, removed and removed again; and what cannot
be is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest
from tests.drivers.kernels import Bench, fake, live

from samepath.drivers.kernel import KernelRefused, NextHop
from samepath.drivers.rulesets import DIGEST_OF_OTHER
from samepath.linux.objects import (
    Address,
    Bridge,
    End,
    MarkRule,
    MovingAddress,
    Namespace,
    Object,
    Route,
    Ruleset,
    Shaper,
    Sysctl,
    Tun,
    Veth,
    veth,
)

RULES = """\
counter passed {
}
chain look {
type filter hook prerouting priority raw; policy accept;
iifname "lo" counter name passed
}"""
OTHER_RULES = "chain look {\ntype filter hook prerouting priority raw; policy drop;\n}"


@pytest.fixture(params=["fake", pytest.param("live", marks=pytest.mark.packet)])
def on(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with {"fake": fake, "live": live}[request.param]() as bench:
        yield bench


def wire(on: Bench, name: str = "x", mtu: int = 1500) -> Veth:
    """A pair between the two namespaces: ``x`` in the first, ``x`` in the second."""
    return veth(End(namespace=on.a, name=name), End(namespace=on.b, name=name), mtu)


def address(on: Bench) -> Address:
    return Address(namespace=on.a, device="x", interface=IPv4Interface("192.0.2.1/30"))


def route(on: Bench) -> Route:
    return Route(
        namespace=on.a,
        destination=IPv4Network("10.0.0.0/8"),
        device="x",
        via=IPv4Address("192.0.2.2"),
    )


def tun(on: Bench) -> Tun:
    return Tun(namespace=on.a, name="t1", origin=on.b, made_as="ipsec0", daemon="c", mtu=1400)


# ------------------------------------------------------------------------------- one after another

Needs = Callable[[Bench], list[Object]]
KINDS: dict[str, tuple[Needs, Callable[[Bench], Object], Callable[[Bench], Object]]] = {
    "veth": (lambda _: [], wire, lambda on: wire(on, mtu=1400)),
    "unplugged veth": (
        lambda _: [],
        wire,
        lambda on: replace(wire(on), down=End(namespace=on.b, name="x")),
    ),
    "bridge": (
        lambda on: [wire(on, "x"), wire(on, "y")],
        lambda on: Bridge(namespace=on.a, name="br", ports=("x",)),
        lambda on: Bridge(namespace=on.a, name="br", ports=("y",)),
    ),
    "tun": (lambda _: [], tun, lambda on: replace(tun(on), mtu=1300)),
    "address": (lambda on: [wire(on)], address, address),
    "route": (
        lambda on: [wire(on), address(on)],
        route,
        lambda on: replace(route(on), via=None, mtu=1300),
    ),
    "onlink route": (
        lambda on: [wire(on)],
        lambda on: replace(route(on), onlink=True),
        lambda on: replace(route(on), onlink=True, via=IPv4Address("192.0.2.9")),
    ),
    "route in a table of its own": (
        lambda on: [wire(on), address(on), route(on)],
        lambda on: replace(route(on), table=1001),
        lambda on: replace(route(on), table=1001, via=None),
    ),
    "rule": (
        lambda on: [MarkRule(namespace=on.a, mark=0x2000, mask=0xFFF000, table=1002)],
        lambda on: MarkRule(namespace=on.a, mark=0x1000, mask=0xFFF000, table=1001),
        lambda on: MarkRule(namespace=on.a, mark=0x1000, mask=0xF000, table=1003),
    ),
    "ruleset": (
        lambda _: [],
        lambda on: Ruleset(namespace=on.a, table="samepath", text=RULES),
        lambda on: Ruleset(namespace=on.a, table="samepath", text=OTHER_RULES),
    ),
    "shaper": (
        lambda on: [wire(on)],
        lambda on: Shaper(namespace=on.a, device="x", rate=20_000_000),
        lambda on: Shaper(namespace=on.a, device="x", rate=300_000_000),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_is_made_changed_and_removed_and_each_time_that_is_seen(
    on: Bench, kind: str
) -> None:
    needs, one, other = KINDS[kind]
    before = needs(on)
    on.open_tun(on.b, "ipsec0")
    for item in before:
        on.kernel.create(item)
    made, changed = one(on), other(on)

    assert on.seen(made) == frozenset(before)
    for _ in range(2):
        on.kernel.create(made)
        assert on.seen(made) == frozenset({*before, made})
    for _ in range(2):
        on.kernel.change(changed)
        assert on.seen(changed) == frozenset({*before, changed})
    for _ in range(2):
        on.kernel.delete(changed)
        assert on.seen(changed) == frozenset(before)


def test_a_namespace_comes_and_goes_with_all_that_is_in_it(on: Bench) -> None:
    for item in (wire(on), address(on), route(on)):
        on.kernel.create(item)
    for _ in range(2):
        on.kernel.delete(Namespace(name=on.a))
        assert on.a not in on.kernel.namespaces()
    on.wait_seen()  # The wire's other end, too.

    for _ in range(2):
        on.kernel.create(Namespace(name=on.a))
        assert {on.a, on.b} <= on.kernel.namespaces()
    assert on.seen() == frozenset()


def test_a_sysctl_is_set_again_and_again_and_never_removed(on: Bench) -> None:
    name = "net.ipv4.ip_forward"
    off, one = (Sysctl(namespace=on.a, name=name, value=value) for value in "01")
    assert on.seen(one) == {off}
    for item in (one, one, off, one):
        on.kernel.create(item)
        assert on.seen(one) == {item}

    on.kernel.delete(one)
    assert on.seen(off) == {one}
    assert on.seen() == frozenset(), "it is looked at only where somebody wants it"


# ------------------------------------------------------------------------------ what goes together


def test_with_a_wire_goes_all_that_stands_on_it(on: Bench) -> None:
    shaper = Shaper(namespace=on.a, device="x", rate=20_000_000)
    switch = Bridge(namespace=on.b, name="br", ports=("x",))
    everything = (wire(on), address(on), route(on), shaper, switch)
    for item in everything:
        on.kernel.create(item)
    assert on.seen() == frozenset(everything)

    on.kernel.delete(wire(on))
    assert on.seen() == {replace(switch, ports=())}


def test_a_wire_that_is_changed_is_a_new_one_with_nothing_on_it(on: Bench) -> None:
    for item in (wire(on), address(on), route(on)):
        on.kernel.create(item)
    on.kernel.change(wire(on, mtu=9000))

    assert on.seen() == {wire(on, mtu=9000)}


def test_a_bridge_goes_alone_and_lets_its_ports_go(on: Bench) -> None:
    switch = Bridge(namespace=on.a, name="br", ports=("x",))
    on.kernel.create(wire(on))
    on.kernel.create(switch)
    on.kernel.delete(switch)

    assert on.seen() == {wire(on)}


def test_a_bridge_has_the_ports_that_are_there(on: Bench) -> None:
    on.kernel.create(Bridge(namespace=on.a, name="br", ports=("x",)))

    assert on.seen() == {Bridge(namespace=on.a, name="br", ports=())}


def test_a_daemons_device_moves_leaves_a_placeholder_and_may_come_again(on: Bench) -> None:
    for _ in range(2):
        on.kernel.clear_placeholder(on.b, "ipsec0")
        on.open_tun(on.b, "ipsec0")
        on.kernel.create(tun(on))
        assert on.seen() == {tun(on)}
        with pytest.raises(KernelRefused):
            on.kernel.create(replace(tun(on), name="t2"))  # A placeholder is no device.
        on.kernel.delete(tun(on))
    for _ in range(2):
        on.kernel.clear_placeholder(on.b, "ipsec0")
    assert on.seen() == frozenset()


def test_a_daemons_device_is_there_until_it_is_moved(on: Bench) -> None:
    assert not on.kernel.has_tun(on.b, "ipsec0")
    assert not on.kernel.has_tun(f"{on.b}-gone", "ipsec0")
    on.open_tun(on.b, "ipsec0")
    assert on.kernel.has_tun(on.b, "ipsec0")
    on.kernel.create(tun(on))

    assert not on.kernel.has_tun(on.b, "ipsec0"), "a placeholder is no device"


def test_what_others_have_made_is_not_seen(on: Bench) -> None:
    on.plug(on.a, "theirs", IPv4Interface("198.51.100.1/24"))

    assert on.seen() == frozenset()


def test_another_ruleset_than_the_wanted_one_is_seen_as_another(on: Bench) -> None:
    made = Ruleset(namespace=on.a, table="samepath", text=RULES)
    on.kernel.create(made)

    other = replace(made, text=DIGEST_OF_OTHER)
    assert on.seen(made) == {made}
    assert on.seen(replace(made, text=OTHER_RULES)) == {other}
    assert on.seen() == {other}


# ------------------------------------------------------------------------------------ what is asked


def test_the_way_to_a_destination_is_told(on: Bench) -> None:
    inside, outside = IPv4Address("10.1.2.3"), IPv4Address("203.0.113.9")
    assert on.kernel.lookup(on.a, inside) is None
    for item in (wire(on), address(on), route(on)):
        on.kernel.create(item)

    assert on.kernel.lookup(on.a, inside) == NextHop(device="x", via=route(on).via)
    assert on.kernel.lookup(on.a, IPv4Address("192.0.2.2")) == NextHop(device="x", via=None)
    assert on.kernel.lookup(on.a, outside) is None


def test_there_is_no_way_out_of_a_namespace_that_is_not_there(on: Bench) -> None:
    assert on.kernel.lookup(f"{on.a}-gone", IPv4Address("192.0.2.2")) is None
    assert f"{on.a}-gone" not in on.kernel.namespaces()


MOVING = IPv4Interface("192.0.2.3/29")


def test_an_address_that_a_daemon_moves_is_there_with_its_interface_and_is_left_alone(
    on: Bench,
) -> None:
    moving = MovingAddress(namespace=on.a, device="x", interface=MOVING)
    assert on.seen(moving) == frozenset()
    whole: list[Object] = [wire(on), replace(address(on), interface=IPv4Interface("192.0.2.1/29"))]
    for item in whole:
        on.kernel.create(item)
    for act in (on.kernel.create, on.kernel.delete):
        act(moving)
        assert on.seen(moving) == {*whole, moving}
        assert not on.kernel.has_address(on.a, "x", MOVING.ip)

    given = Address(namespace=on.a, device="x", interface=MOVING)
    on.kernel.create(given)  # As a daemon does.
    assert on.kernel.has_address(on.a, "x", MOVING.ip)
    assert on.seen(moving) == {*whole, moving}
    assert on.seen() == {*whole, given}, "one that nobody wants to move is in the way"


def test_nothing_has_an_address_where_its_interface_is_not_there(on: Bench) -> None:
    assert not on.kernel.has_address(on.a, "x", MOVING.ip)
    assert not on.kernel.has_address(f"{on.a}-gone", "x", MOVING.ip)


def test_who_is_sent_to_on_a_lan_is_told_by_the_mac_address(on: Bench) -> None:
    other = IPv4Address("192.0.2.2")
    assert on.kernel.mac_address(on.b, "x") is None
    assert on.kernel.neighbour(on.a, "x", other) is None
    assert on.kernel.neighbour(f"{on.a}-gone", "x", other) is None
    for item in (wire(on), address(on)):
        on.kernel.create(item)
    assert on.kernel.neighbour(on.a, "x", other) is None, "nobody has told"

    mac = on.kernel.mac_address(on.b, "x")
    assert mac is not None
    on.meet(on.a, "x", other, mac)
    assert on.kernel.neighbour(on.a, "x", other) == mac != on.kernel.mac_address(on.a, "x")


def test_counters_are_told_by_name_and_none_where_there_is_no_table(on: Bench) -> None:
    assert on.kernel.counters(on.a, "samepath") == {}
    assert on.kernel.counters(f"{on.a}-gone", "samepath") == {}
    on.kernel.create(Ruleset(namespace=on.a, table="samepath", text=RULES))

    assert on.kernel.counters(on.a, "samepath") == {"passed": (0, 0)}


# ---------------------------------------------------------------------------------- what cannot be

IMPOSSIBLE: dict[str, Callable[[Bench], Object]] = {
    "an address on no device": lambda on: replace(address(on), device="none"),
    "a route by no device": lambda on: replace(route(on), device="none", onlink=True),
    "a route by a gateway that nothing reaches": route,
    "a shaper on no device": lambda on: Shaper(namespace=on.a, device="none", rate=20_000_000),
    "a device that no daemon has made": tun,
    "a sysctl that there is not": lambda on: Sysctl(namespace=on.a, name="net.x.y", value="1"),
    "rules that cannot be read": lambda on: Ruleset(
        namespace=on.a, table="samepath", text="chain x {"
    ),
    "rules that name what is not there": lambda on: Ruleset(
        namespace=on.a, table="samepath", text="chain x {\njump none\n}"
    ),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_what_cannot_be_is_refused_and_is_not_there(on: Bench, what: str) -> None:
    on.kernel.create(wire(on))
    item = IMPOSSIBLE[what](on)
    for operation in (on.kernel.create, on.kernel.change):
        with pytest.raises(KernelRefused, match=r"cannot (create|change) .*: ."):
            operation(item)
    assert on.seen() == {wire(on)}


def test_a_ruleset_that_is_refused_leaves_the_old_one_in_force(on: Bench) -> None:
    made = Ruleset(namespace=on.a, table="samepath", text=RULES)
    on.kernel.create(made)
    for text in ("chain x {", "chain x {\njump none\n}"):
        with pytest.raises(KernelRefused):
            on.kernel.change(replace(made, text=text))
    assert on.seen(made) == {made}


HOMELESS: dict[str, Callable[[Bench, str], Object]] = {
    "veth": lambda on, gone: veth(End(namespace=on.a, name="x"), End(namespace=gone, name="x")),
    "bridge": lambda _, gone: Bridge(namespace=gone, name="br"),
    "tun": lambda on, gone: replace(tun(on), namespace=gone),
    "address": lambda on, gone: replace(address(on), namespace=gone),
    "route": lambda on, gone: replace(route(on), namespace=gone),
    "sysctl": lambda _, gone: Sysctl(namespace=gone, name="net.ipv4.ip_forward", value="1"),
    "ruleset": lambda _, gone: Ruleset(namespace=gone, table="samepath", text=RULES),
    "shaper": lambda _, gone: Shaper(namespace=gone, device="x", rate=20_000_000),
}


@pytest.mark.parametrize("kind", HOMELESS)
def test_in_a_namespace_that_is_not_there_nothing_is_made_and_all_is_removed(
    on: Bench, kind: str
) -> None:
    on.open_tun(on.b, "ipsec0")
    item = HOMELESS[kind](on, f"{on.a}-gone")
    for operation in (on.kernel.create, on.kernel.change):
        with pytest.raises(KernelRefused):
            operation(item)
    on.kernel.delete(item)
    assert on.seen() == frozenset()
