"""A customer gateway that is two machines, as it is compiled."""

from __future__ import annotations

import json

import pytest
from tests.control.test_vrrp import daemons, text

from samepath.control.names import Names
from samepath.control.situation import Situation
from samepath.lab.world import world
from samepath.linux.objects import (
    Address,
    Bridge,
    ConfigFile,
    IkeConfig,
    MovingAddress,
    Object,
    Route,
    Ruleset,
)
from samepath.model.document import parse

FILE = """\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16}}}}
customer_gateways: {{dc: {{address: 198.51.100.1, firewall: device{cluster}}}}}
sites:
  office: {{networks: [192.168.10.0/24, 172.16.0.0/24], hosts: {{desk: 192.168.10.10}}}}
connections: {{seoul: {{customer_gateway: dc}}}}
"""
NAMES = Names("t", "/run/samepath/t")
MEMBERS = (1, 2)


def made(cluster: str = ", cluster: {state_sync: true}") -> frozenset[Object]:
    return world(parse(FILE.format(cluster=cluster)).topology, NAMES, Situation())


def namespaces() -> set[str]:
    return {NAMES.customer("dc", member) for member in MEMBERS}


def test_what_makes_the_device_is_at_both_machines_only_to_be_given_to_one() -> None:
    there = made()
    moving = {
        (item.namespace, item.device, str(item.interface))
        for item in there
        if isinstance(item, MovingAddress)
    }
    assert moving == {
        (namespace, device, address)
        for namespace in namespaces()
        for device, address in (
            ("wan", "198.51.100.1/32"),
            ("office-lan", "192.168.10.1/24"),
            ("office-lan", "172.16.0.1/24"),
        )
    }
    fixed = {str(item.interface.ip) for item in there if isinstance(item, Address)}
    assert not fixed & {"198.51.100.1", "192.168.10.1", "172.16.0.1"}


def test_nobody_but_the_active_machine_has_a_way_out() -> None:
    there = made()
    assert not [
        item for item in there if isinstance(item, Route) and item.namespace in namespaces()
    ]
    for name in ("keepalived-cgw-dc", "keepalived-cgw2-dc"):
        config = text(there, f"etc/{name}.conf")
        assert "203.0.113.1/32 via 192.0.2.1 dev wan onlink" in config
        assert "vrrp_sync_group dc {" in config
        assert config.count("nopreempt") == 2


def test_no_address_is_at_both_machines_on_a_wire_that_they_share() -> None:
    there = made()
    shared = [
        (item.device, str(item.interface.ip))
        for item in there
        if isinstance(item, Address)
        and item.namespace in namespaces()
        and item.device in {"wan", "office-lan", "sync"}
    ]
    assert len(shared) == 6
    assert len({address for _, address in shared}) == 6


def test_a_machine_starts_its_own_tunnels_and_no_agent_does() -> None:
    there = made()
    ours = [item for item in there if isinstance(item, IkeConfig) and "cgw" in item.daemon]
    assert {item.daemon for item in ours} == {
        "charon-cgw-seoul-1",
        "charon-cgw-seoul-2",
        "charon-cgw2-seoul-1",
        "charon-cgw2-seoul-2",
    }
    assert not any(item.starts for item in ours)
    # It tries for ever once it was asked.
    assert {json.loads(item.section)["keyingtries"] for item in ours} == {"0"}
    _, _, _, address, bird, *words = daemons(there)["starter-cgw2-dc"].argv
    assert (address, bird) == ("198.51.100.1", "{world}/run/bird-cgw2-dc.ctl")
    assert words == [
        *("{world}/run/charon-cgw2-seoul-1.vici", "seoul-1", "p_seoul_1"),
        *("{world}/run/charon-cgw2-seoul-2.vici", "seoul-2", "p_seoul_2"),
    ]


def test_both_machines_have_one_configuration_of_bgp() -> None:
    there = made()
    assert text(there, "etc/bird-cgw-dc.conf") == text(there, "etc/bird-cgw2-dc.conf")


@pytest.mark.parametrize("shared", [True, False])
def test_sessions_are_shared_where_the_file_says_so(shared: bool) -> None:
    there = made(f", cluster: {{state_sync: {str(shared).lower()}}}")
    names = {f"conntrackd-{family}-dc" for family in ("cgw", "cgw2")}
    assert names & daemons(there).keys() == (names if shared else set())
    scripts = [
        item.text for item in there if isinstance(item, ConfigFile) and item.path.endswith(".sh")
    ]
    assert len(scripts) == 2
    assert all(("conntrackd" in script) == shared for script in scripts)


def test_connection_tracking_stays_out_of_the_tunnels_outside() -> None:
    rules = {
        item.table: item.text
        for item in made()
        if isinstance(item, Ruleset)
        if item.namespace == NAMES.customer("dc", 2)
    }
    assert set(rules) == {"samepath", "samepath_outside", "samepath_firewall"}
    assert rules["samepath_outside"].count("notrack") == 4
    alone = [item for item in made("") if isinstance(item, Ruleset)]
    assert not any("notrack" in item.text for item in alone)


def test_the_machines_are_joined_outside_and_on_the_lan_by_switches() -> None:
    bridges = {item.namespace: item.ports for item in made() if isinstance(item, Bridge)}
    assert set(bridges[NAMES.outside_switch("dc")]) == {"wan", "member1", "member2"}
    assert set(bridges[NAMES.site("office")]) == {"c-dc", "c2-dc", "h-desk"}


def test_one_machine_is_made_as_ever() -> None:
    assert NAMES.customer("dc", 2) not in {getattr(item, "namespace", "") for item in made("")}
    assert daemons(made("")) == {}
