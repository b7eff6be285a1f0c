"""The compiled VPN: everything that an object needs is there, and BIRD takes what is rendered."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from samepath.control.names import Names, short
from samepath.control.plan import Create, plan
from samepath.control.situation import Side, Situation, TunnelEnd
from samepath.control.vpn import vpn
from samepath.lab.world import world
from samepath.linux.objects import (
    Address,
    ConfigFile,
    Daemon,
    DaemonKind,
    IkeConfig,
    Namespace,
    Object,
    Route,
    SecretFile,
    Shaper,
    Tun,
    Veth,
)
from samepath.model.document import parse
from samepath.model.topology import Topology

MINIMAL = """\
samepath: 1
vpcs:
  cloud: {cidr: 10.0.0.0/16}
customer_gateways:
  dc: {address: 198.51.100.1}
sites:
  office: {networks: [192.168.10.0/24]}
connections:
  seoul: {customer_gateway: dc}
"""
NAMES = Names("t", "/run/samepath/t")
BOTH_USABLE = frozenset(TunnelEnd.of("seoul", number, side) for number in (1, 2) for side in Side)


def topology(text: str = MINIMAL) -> Topology:
    return parse(text, filename="test.yaml").topology


def files(items: frozenset[Object]) -> dict[str, str]:
    return {item.path: item.text for item in items if isinstance(item, ConfigFile)}


def test_no_two_objects_have_one_key() -> None:
    items = [*vpn(topology(), NAMES, Situation())]

    assert len({item.key for item in items}) == len(items)


def test_every_object_finds_what_it_needs() -> None:
    """Namespaces, devices and daemons that are referred to are made, and made before."""
    namespaces: set[str] = {""}
    devices: set[tuple[str, str]] = set()
    daemons: set[str] = set()
    for step in plan(world(topology(), NAMES, Situation()), frozenset()):
        assert isinstance(step, Create)
        match step.object:
            case Namespace(name=name):
                namespaces.add(name)
            case Veth(ends=ends):
                assert {end.namespace for end in ends} <= namespaces
                devices.update((end.namespace, end.name) for end in ends)
            case Tun() as tun:
                assert tun.daemon in daemons
                assert {tun.namespace, tun.origin} <= namespaces
                devices.add((tun.namespace, tun.name))
            case Address() | Route() as item:
                known = (item.namespace, item.device) in devices
                assert known or item.device.startswith("br-") or item.device == "lan"
            case Daemon() as daemon:
                assert daemon.namespace in namespaces
                daemons.add(daemon.name)
            case IkeConfig() as ike:
                assert ike.daemon in daemons
            case _:
                continue


def test_no_secret_stands_in_any_object() -> None:
    """An object names the secret; only the driver sees it."""
    ike = [item for item in vpn(topology(), NAMES, Situation()) if isinstance(item, IkeConfig)]

    assert [4, {"generated"}] == [len(ike), {item.secret.split(":")[0] for item in ike}]


def test_a_customer_that_configures_itself_is_given_files_and_is_told_nothing() -> None:
    text = MINIMAL.replace("198.51.100.1}", "198.51.100.1, ipsec: swanctl}")
    items = [*vpn(topology(text), NAMES, Situation())]
    charons = {
        item.name: item for item in items if isinstance(item, Daemon) and "charon" in item.name
    }
    own = {name for name, item in charons.items() if item.kind is DaemonKind.STRONGSWAN}
    assert own == {"charon-cgw-seoul-1", "charon-cgw-seoul-2"}

    told = {item.daemon for item in items if isinstance(item, IkeConfig)}
    assert told == set(charons) - own == {"charon-ep-seoul-1", "charon-ep-seoul-2"}
    keys = {item.daemon: item for item in items if isinstance(item, SecretFile)}
    assert set(keys) == own
    assert all(item.text.count(SecretFile.PLACE) == 1 for item in keys.values())
    configs = files(frozenset(items))
    for name, item in keys.items():
        assert f"include {NAMES.directory}/{item.path}\n" in configs[f"etc/{name}.swanctl.conf"]
        assert f"--file {NAMES.directory}/etc/{name}.swanctl.conf" in configs[f"etc/{name}.conf"]


def test_what_stands_in_its_file_is_what_its_charon_is_started_anew_for() -> None:
    text = MINIMAL.replace("198.51.100.1}", "198.51.100.1, ipsec: swanctl}")
    other = text.replace(
        "{customer_gateway: dc}", "{customer_gateway: dc, tunnels: [{}, {outside: 203.0.113.77}]}"
    )

    def started(of: str) -> dict[str, str]:
        items = vpn(topology(of), NAMES, Situation())
        return {item.name: item.restart_on for item in items if isinstance(item, Daemon)}

    before, after = started(text), started(other)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"charon-cgw-seoul-2"}


def test_interface_names_fit_and_differ() -> None:
    long = "a-connection-with-a-long-name"

    names = [short(long, f"-t{number}") for number in (1, 2)] + [short(long + "x", "-t1")]

    assert all(len(name) <= 15 for name in names)
    assert len(set(names)) == 3


@pytest.mark.parametrize(
    ("mode", "active", "expected"),
    [
        ("follow", 1, ["med 100", "med 200"]),
        ("follow", 2, ["med 200", "med 100"]),
        ("pinned", 1, ["preference 200", "prepend"]),
        ("pinned", 2, ["prepend", "preference 200"]),
    ],
)
def test_the_customer_prefers_the_active_tunnel_both_ways(
    mode: str, active: int, expected: list[str]
) -> None:
    text = MINIMAL.replace(
        "{customer_gateway: dc}", f"{{customer_gateway: dc, mode: {mode}, active: {active}}}"
    )
    config = files(world(topology(text), NAMES, Situation()))["etc/bird-cgw-dc.conf"]
    parts = config.split("protocol bgp ")[1:]

    found = []
    for part in parts:
        if "bgp_local_pref = 200" in part:
            found.append("preference 200")
        elif "prepend" in part:
            found.append("prepend")
        else:
            found.append("med " + part.split("bgp_med = ")[1].split(";")[0])
    assert found == expected


def test_the_gateway_tells_its_choice_by_med_and_router_id() -> None:
    configs = files(world(topology(), NAMES, Situation()))
    first, second = (configs[f"etc/bird-ep-seoul-{number}.conf"] for number in (1, 2))

    assert "bgp_med = 100;\n      accept" in first
    assert "bgp_med = 200;\n      accept" in second
    ids = [int(text.split("router id 192.0.0.")[1].split(";")[0]) for text in (first, second)]
    assert all(a < b for a, b in pairwise(ids))


def test_a_static_route_stands_only_while_its_tunnel_is_usable() -> None:
    text = MINIMAL.replace("{customer_gateway: dc}", "{customer_gateway: dc, routing: static}")
    usable = BOTH_USABLE - {TunnelEnd.of("seoul", 1, Side.CUSTOMER)}

    config = files(world(topology(text), NAMES, Situation(usable=usable)))["etc/bird-cgw-dc.conf"]

    assert 'route 10.0.0.0/16 via "seoul-t2"' in config
    assert 'via "seoul-t1"' not in config


def test_a_tunnels_both_ends_limit_what_is_not_tcp_as_the_file_says() -> None:
    text = MINIMAL.replace(
        "{customer_gateway: dc}",
        "{customer_gateway: dc, tunnels: [{unresponsive_mbit: 250}, {}]}",
    )
    shapers = {
        (item.namespace, item.device): item.rate
        for item in vpn(topology(text), NAMES, Situation())
        if isinstance(item, Shaper)
    }

    assert shapers == {
        (NAMES.endpoint_inside("seoul", 1), "seoul-t1"): 250_000_000,
        (NAMES.customer("dc"), "seoul-t1"): 250_000_000,
        (NAMES.endpoint_inside("seoul", 2), "seoul-t2"): 100_000_000,
        (NAMES.customer("dc"), "seoul-t2"): 100_000_000,
    }


def test_an_example_of_the_tree_compiles() -> None:
    for path in sorted((Path(__file__).parents[2] / "examples").glob("*.yaml")):
        assert world(topology(path.read_text()), NAMES, Situation())
