"""A lab's world for any topology: whatever an object refers to is there, and made before it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st

from samepath.control.names import INTERFACE_LIMIT, Names
from samepath.control.plan import Create, outcome, plan
from samepath.control.situation import Situation
from samepath.control.tunnel_state import ends_of
from samepath.lab.world import outside_ports, world
from samepath.linux.marks import digest
from samepath.linux.objects import (
    Address,
    BirdConfig,
    Bridge,
    ConfigFile,
    Daemon,
    DaemonKind,
    IkeConfig,
    MovingAddress,
    Namespace,
    Object,
    Route,
    Ruleset,
    Shaper,
    Sysctl,
    Tun,
    Veth,
)
from samepath.model.document import parse

NAMES = Names("test", "/run/samepath/test")
odd_names = st.sampled_from(("a", "lan", "gw", "vpc", "edge", "wan", "router", "eth0", "a-1", "x-"))
long_names = st.from_regex(r"branch-office-number-[0-9]{1,4}", fullmatch=True)
names = odd_names | long_names


def some_names(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(names, min_size=1, max_size=most, unique=True)


def vrrp(members: list[str]) -> st.SearchStrategy[dict[str, object]]:
    """A site's key, or none: one customer gateway has nobody to share with."""
    keys = {"preempt": st.booleans(), "tracks": st.sampled_from(("nothing", "tunnels"))}
    with_it = st.fixed_dictionaries({"vrrp": st.fixed_dictionaries({}, optional=keys)})
    return st.one_of(st.just({}), with_it) if len(members) > 1 else st.just({})


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Any number of VPCs, devices, sites and connections, by names that make trouble."""
    hosts = iter(draw(st.lists(names, min_size=12, max_size=12, unique=True)))
    vpcs = draw(some_names(2))
    gateways = dict(zip(draw(some_names(2)), vpcs, strict=False))
    customers = draw(some_names(3))
    document = {
        "samepath": 1,
        "vpcs": {
            name: {
                "cidr": f"10.{index}.0.0/16",
                "subnets": {"first": f"10.{index}.0.0/24", "lan": f"10.{index}.1.0/24"},
                "hosts": {next(hosts): f"10.{index}.{subnet}.10" for subnet in (0, 1)},
            }
            for index, name in enumerate(vpcs)
        },
        "gateways": {
            name: {"vpc": vpc, "asn": 64512 + index}
            for index, (name, vpc) in enumerate(gateways.items())
        },
        "customer_gateways": {
            name: {"address": f"198.51.100.{index + 1}", "asn": 65000 + index}
            for index, name in enumerate(customers)
        },
        "sites": {
            name: {
                "networks": [f"192.168.{index}.0/24", f"172.16.{index}.0/24"],
                "customer_gateways": (
                    members := draw(st.lists(st.sampled_from(customers), min_size=1, unique=True))
                ),
                **draw(vrrp(members)),
                "hosts": {next(hosts): f"192.168.{index}.10", next(hosts): f"172.16.{index}.10"},
            }
            for index, name in enumerate(draw(some_names(3)))
        },
        "connections": {
            name: {
                "gateway": draw(st.sampled_from([*gateways])),
                "customer_gateway": draw(st.sampled_from(customers)),
                "routing": draw(st.sampled_from(("bgp", "static"))),
                "mode": draw(st.sampled_from(("follow", "pinned"))),
                "active": draw(st.sampled_from((1, 2))),
                "preemption": draw(st.sampled_from(("auto", "manual"))),
            }
            for name in draw(some_names(4))
        },
    }
    return json.dumps(_with_clusters(document, draw(st.sets(st.sampled_from(customers)))))


def _with_clusters(document: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    """A document in which those of these are clusters that share no site."""
    shared = [one["customer_gateways"] for one in document["sites"].values()]
    beside = {name for some in shared if len(some) > 1 for name in some}
    for name in wanted - beside:
        document["customer_gateways"][name]["cluster"] = {"state_sync": name != "lan"}
    for one in document["connections"].values():
        if one["customer_gateway"] in wanted - beside:
            del one["preemption"]
    return document


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A topology and what has happened to it; its world is too long to be shown."""

    document: str
    situation: Situation

    @property
    def there(self) -> frozenset[Object]:
        """The lab's objects."""
        return world(parse(self.document).topology, NAMES, self.situation)


@st.composite
def worlds(draw: st.DrawFn) -> Drawn:
    """A world in which any of what follows from events may have happened."""
    document = draw(documents())
    of = parse(document).topology
    ends = ends_of(of)
    situation = Situation(
        usable=draw(st.frozensets(st.sampled_from(ends))) if ends else frozenset(),
        active={name: draw(st.sampled_from((1, 2))) for name in of.connections},
    )
    return Drawn(document=document, situation=situation)


Device = tuple[str, str]
Kind = TypeVar("Kind")


def provided(item: Object) -> list[Device]:
    """The interfaces that an object brings, by namespace and name."""
    match item:
        case Veth():
            return [(end.namespace, end.name) for end in item.ends]
        case Bridge() | Tun():
            return [(item.namespace, item.name)]
        case _:
            return []


def namespaces_of(item: Object) -> set[str]:
    """The namespaces that an object refers to."""
    match item:
        case Veth():
            return {end.namespace for end in item.ends}
        case Tun():
            return {item.namespace, item.origin}
        case Bridge() | Address() | MovingAddress() | Route() | Ruleset() | Shaper() | Sysctl():
            return {item.namespace}
        case Daemon():
            return {item.namespace} - {""}
        case _:
            return set()


def devices_of(item: Object) -> set[Device]:
    """The interfaces that an object refers to."""
    match item:
        case Address() | MovingAddress() | Route() | Shaper():
            return {(item.namespace, item.device)}
        case Bridge():
            return {(item.namespace, port) for port in item.ports}
        case Ruleset():
            return {(item.namespace, name) for name in re.findall(r'"([^"]+)"', item.text)}
        case _:
            return set()


def kind(there: frozenset[Object], of: type[Kind]) -> Iterator[Kind]:
    return (item for item in there if isinstance(item, of))


@given(drawn=worlds())
def test_no_two_objects_are_one(drawn: Drawn) -> None:
    """Neither by their keys nor by an interface's name, which the kernel has once a namespace."""
    there = drawn.there
    assert len({item.key for item in there}) == len(there)
    interfaces = Counter(device for item in there for device in provided(item))
    assert set(interfaces.values()) <= {1}
    assert all(0 < len(name) <= INTERFACE_LIMIT for _, name in interfaces)


@given(drawn=worlds())
def test_each_step_finds_the_namespaces_and_interfaces_that_it_refers_to(
    drawn: Drawn,
) -> None:
    there = drawn.there
    made: set[str] = set()
    devices: set[Device] = set()
    for step in plan(there, frozenset()):
        assert isinstance(step, Create)
        assert namespaces_of(step.object) <= made
        # A ruleset is loaded before the daemons make their devices; it knows them by name only.
        if not isinstance(step.object, Ruleset):
            assert devices_of(step.object) <= devices
        if isinstance(step.object, Namespace):
            made.add(step.object.name)
        devices.update(provided(step.object))
    assert {device for item in there for device in devices_of(item)} <= devices


@given(drawn=worlds())
def test_every_name_in_a_birds_text_is_an_interface_where_that_bird_runs(
    drawn: Drawn,
) -> None:
    there = drawn.there
    devices = {device for item in there for device in provided(item)}
    texts = {item.path: item.text for item in kind(there, ConfigFile)}
    birds = [item for item in kind(there, Daemon) if item.kind is DaemonKind.BIRD]

    for bird in birds:
        assert bird.config is not None
        named = re.findall(r'(?:via|interface|dev) "([^"*]+)"', texts[bird.config])
        assert {(bird.namespace, name) for name in named} <= devices
        assert BirdConfig(daemon=bird.name, digest=digest(texts[bird.config])) in there


@given(drawn=worlds())
def test_every_keepalived_moves_addresses_that_are_told_on_interfaces_that_are_there(
    drawn: Drawn,
) -> None:
    there = drawn.there
    texts = {item.path: item.text for item in kind(there, ConfigFile)}
    of = {item.name: item for item in kind(there, Daemon) if item.name.startswith("keepalived")}
    moved = {
        (daemon.namespace, device, address)
        for daemon in of.values()
        for address, device in re.findall(
            r"^    (\S+/(?:24|32)) dev (\S+)$", texts[daemon.config or ""], re.MULTILINE
        )
    }

    told = {
        (item.namespace, item.device, str(item.interface)) for item in kind(there, MovingAddress)
    }
    assert moved == told
    local = {(item.namespace, str(item.interface.ip)) for item in kind(there, Address)}
    for daemon in of.values():
        froms = re.findall(r"mcast_src_ip (\S+)", texts[daemon.config or ""])
        assert {(daemon.namespace, address) for address in froms} <= local


@given(drawn=worlds())
def test_every_charon_has_its_text_one_connection_one_device_and_its_address(
    drawn: Drawn,
) -> None:
    there = drawn.there
    charons = {item.name: item for item in kind(there, Daemon) if item.kind is DaemonKind.CHARON}
    paths = {item.path for item in kind(there, ConfigFile)}
    addresses = {(item.namespace, item.interface.ip) for item in kind(there, Address)}

    assert {item.config for item in charons.values()} <= paths
    for items in (kind(there, IkeConfig), kind(there, Tun)):
        assert Counter(item.daemon for item in items) == Counter([*charons])
    for tun in kind(there, Tun):
        assert tun.origin == charons[tun.daemon].namespace
    for ike in kind(there, IkeConfig):
        (local,) = json.loads(ike.section)["local_addrs"]
        assert (charons[ike.daemon].namespace, ip_address(local)) in addresses


@given(document=documents())
def test_every_outside_address_has_a_port_of_the_internet_of_its_own(document: str) -> None:
    of = parse(document).topology
    ports = outside_ports(of, NAMES)

    assert len(ports) == len(of.customer_gateways) + 2 * len(of.connections)
    assert len({namespace for namespace, _ in ports.values()}) == len(ports)
    assert len({address for _, address in ports.values()}) == len(ports)


@given(desired=worlds(), observed=worlds())
def test_any_lab_becomes_any_other_by_one_plan(desired: Drawn, observed: Drawn) -> None:
    """As when a file is edited and applied to what runs."""
    steps = plan(desired.there, observed.there)

    assert outcome(observed.there, steps) == desired.there
