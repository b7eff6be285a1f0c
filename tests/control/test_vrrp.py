"""The VRRP of customer gateways, as it is compiled: who takes part, with what, and who is sent to."""

from __future__ import annotations

import pytest

from samepath.control.names import Names
from samepath.control.plan import plan
from samepath.control.situation import Situation
from samepath.lab.world import world
from samepath.linux.objects import ConfigFile, Daemon, DaemonKind, MovingAddress, Object, Route
from samepath.model.document import parse

FILE = """\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{fw1: {{address: 198.51.100.1}}, fw2: {{address: 198.51.100.2}}}}
sites:
  office:
    networks: [192.168.10.0/24, 172.16.0.0/24]
    customer_gateways: [fw1, fw2]
    hosts: {{desk: 192.168.10.10, till: 172.16.0.10}}
    {site}
connections: {{one: {{customer_gateway: fw1}}, two: {{customer_gateway: fw2}}}}
"""
NAMES = Names("t", "/run/samepath/t")


FRR = ("198.51.100.2", "198.51.100.2, platform: frr")


def made(site: str, *replaced: tuple[str, str]) -> frozenset[Object]:
    text = FILE.format(site=site)
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new)
    return world(parse(text).topology, NAMES, Situation())


def daemons(there: frozenset[Object]) -> dict[str, Daemon]:
    return {
        item.name: item
        for item in there
        if isinstance(item, Daemon) and item.kind is DaemonKind.PLAIN
    }


def text(there: frozenset[Object], path: str) -> str:
    (found,) = (item.text for item in there if isinstance(item, ConfigFile) and item.path == path)
    return found


def routers(there: frozenset[Object]) -> dict[str, str]:
    """Where each host sends what is for elsewhere."""
    return {
        item.namespace.rpartition("-")[2]: str(item.via)
        for item in there
        if isinstance(item, Route) and "--host-" in item.namespace
    }


def test_without_vrrp_there_is_none_and_hosts_send_to_the_device_that_is_named() -> None:
    there = made("first_hop: fw2")
    assert daemons(there) == {}
    assert not any(isinstance(item, MovingAddress) for item in there)
    assert {key: routers(there)[key] for key in ("desk", "till")} == {
        "desk": "192.168.10.2",
        "till": "172.16.0.2",
    }


def test_hosts_send_to_the_address_that_moves_which_every_device_may_get() -> None:
    there = made("vrrp: {}")
    assert {key: routers(there)[key] for key in ("desk", "till")} == {
        "desk": "192.168.10.3",
        "till": "172.16.0.3",
    }
    moving = {
        (item.namespace, str(item.interface)) for item in there if isinstance(item, MovingAddress)
    }
    assert moving == {
        (NAMES.customer(name), address)
        for name in ("fw1", "fw2")
        for address in ("192.168.10.3/24", "172.16.0.3/24")
    }


@pytest.mark.parametrize(
    ("site", "words"),
    [
        ("vrrp: {}", ("priority 200", "priority 190")),
        ("vrrp: {priorities: {fw1: 50}}", ("priority 50", "priority 190")),
    ],
)
def test_each_device_has_its_priority(site: str, words: tuple[str, str]) -> None:
    there = made(site)
    for name, word in zip(("fw1", "fw2"), words, strict=True):
        assert f"  {word}\n" in text(there, f"etc/keepalived-cgw-{name}.conf")


@pytest.mark.parametrize(("preempt", "stays"), [("true", False), ("false", True)])
def test_a_master_is_left_alone_where_the_file_says_so(preempt: str, stays: bool) -> None:
    config = text(made(f"vrrp: {{preempt: {preempt}}}"), "etc/keepalived-cgw-fw1.conf")
    assert ("nopreempt" in config) == stays


def test_tunnels_are_tracked_by_a_process_that_asks_the_devices_own_bird() -> None:
    there = made("vrrp: {tracks: tunnels}")
    found = daemons(there)
    assert sorted(found) == [
        "keepalived-cgw-fw1",
        "keepalived-cgw-fw2",
        "tracker-cgw-fw1",
        "tracker-cgw-fw2",
    ]
    assert all(daemon.again for daemon in found.values())
    _, _, _, file, program, socket, names = found["tracker-cgw-fw2"].argv
    assert (program, socket) == ("bird", "{world}/run/bird-cgw-fw2.ctl")
    protocols = names.split(",")
    assert protocols == ["p_two_1", "p_two_2"]
    assert file.replace("{world}", NAMES.directory) in text(there, "etc/keepalived-cgw-fw2.conf")
    for protocol in protocols:
        assert f"protocol bgp {protocol} {{" in text(there, "etc/bird-cgw-fw2.conf")


@pytest.mark.parametrize(
    ("routing", "asked"),
    [
        ("bgp", [("bgpd", "169.254.10.9,169.254.10.13")]),
        ("static", [("zebra", "two-t1,two-t2")]),
    ],
)
def test_of_an_frr_the_daemon_is_asked_that_knows_its_tunnels_routes(
    routing: str, asked: list[tuple[str, str]]
) -> None:
    second = "{customer_gateway: fw2}"
    of_it = (second, second.replace("}", f", routing: {routing}}}"))
    there = made("vrrp: {tracks: tunnels}", FRR, of_it)
    _, _, _, _, *words = daemons(there)["tracker-cgw-fw2"].argv
    expected = [
        word
        for program, names in asked
        for word in (program, f"{{world}}/run/frr-cgw-fw2/{program}.vty", names)
    ]
    assert words == expected
    sockets = {item.socket for item in there if isinstance(item, Daemon)}
    assert {word.removeprefix("{world}/") for word in words[1::3]} <= sockets


def test_nothing_is_tracked_where_the_file_does_not_say_so() -> None:
    there = made("vrrp: {}")
    assert sorted(daemons(there)) == ["keepalived-cgw-fw1", "keepalived-cgw-fw2"]
    assert "track" not in text(there, "etc/keepalived-cgw-fw1.conf")


def test_no_daemon_of_vrrp_comes_before_the_birds_and_the_agent_comes_last() -> None:
    agent = Daemon(name="agent", kind=DaemonKind.AGENT, namespace="", argv=("agent",))
    kinds = [
        step.object.kind
        for step in plan({*made("vrrp: {tracks: tunnels}"), agent}, ())
        if isinstance(step.object, Daemon)
    ]
    birds, plain = kinds.count(DaemonKind.BIRD), kinds.count(DaemonKind.PLAIN)
    assert kinds[-birds - plain - 1 :] == [
        *[DaemonKind.BIRD] * birds,
        *[DaemonKind.PLAIN] * plain,
        DaemonKind.AGENT,
    ]
