"""What is real in a drill and what is imitated, as a whole and row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.lab.drill.test_comparison import as_said

from samepath.lab.drill.comparison import Compared, compare
from samepath.lab.drill.record import Basis, Footing, firewall_words, footing_of, parts_of
from samepath.lab.versions import Versions
from samepath.model.document import parse
from samepath.model.topology import Established, Topology
from samepath.routing.evaluator import analyse
from samepath.routing.states import single_states

EXAMPLES = Path(__file__).parents[3] / "examples"
VERSIONS = Versions(samepath="0.1.0", strongswan="5.9.8", bird="2.0.12", kernel="6.1.0")


def topology_of(name: str, old: str = "", new: str = "") -> Topology:
    text = (EXAMPLES / f"{name}.yaml").read_text()
    assert old in text
    return parse(text.replace(old, new) if old else text).topology


def rows_of(topology: Topology) -> dict[str, Compared]:
    rows = analyse(topology, tuple(single_states(topology)))
    return {row.state.name: compare(row, as_said(row.outcomes[0].result)) for row in rows}


def bases(topology: Topology) -> dict[str, Basis]:
    states = tuple(single_states(topology))
    return {part.what: part.basis for part in parts_of(topology, VERSIONS, states)}


def test_the_daemons_are_real_and_aws_and_the_firewall_are_imitated() -> None:
    assert bases(topology_of("asymmetric-drop")) == {
        "IKE, both ends": Basis.DAEMON,
        "ESP": Basis.DAEMON,
        "BGP and BFD, both ends": Basis.DAEMON,
        "routes, forwarding, TCP and UDP of the hosts": Basis.KERNEL,
        "AWS's gateway and its choice": Basis.IMITATED,
        "AWS's endpoint maintenance": Basis.IMITATED,
        "the internet between the ends, and its faults": Basis.IMITATED,
        "router of cgw:dc": Basis.DAEMON,
        "firewall of cgw:dc": Basis.IMITATED,
    }


def test_what_a_topology_does_not_have_is_not_told_of() -> None:
    static = bases(topology_of("active-standby", "{customer_gateway: dc}", STATIC))
    assert static["static routes that follow a tunnel's health"] is Basis.IMITATED
    assert "BGP and BFD, both ends" not in static
    assert "firewall of cgw:dc" not in static
    assert "AWS's endpoint maintenance" not in static


STATIC = "{customer_gateway: dc, routing: static}"


def test_an_frr_and_a_keepalived_are_real_daemons_and_no_bird_is_said_to_be_there() -> None:
    told = {
        part.what: part
        for part in parts_of(topology_of("frr-customer"), replace(VERSIONS, frr="8.4.4"), ())
    }
    assert told["router of cgw:dc, frr"].basis is Basis.DAEMON
    assert told["router of cgw:dc, frr"].by == "FRR 8.4.4, as the file says"
    assert told["BGP and BFD, both ends"].by.startswith("BIRD 2.0.12, a daemon for each endpoint")
    assert "customer gateway" not in told["BGP and BFD, both ends"].by.partition(";")[0]
    assert not any(what.startswith("VRRP") for what in told)

    by_vrrp = bases(topology_of("two-customer-gateways-vrrp"))
    assert by_vrrp["VRRP of site:office"] is Basis.DAEMON


def test_a_strongswan_with_its_own_configuration_is_told_by_itself() -> None:
    told = {part.what: part for part in parts_of(topology_of("strongswan-customer"), VERSIONS, ())}
    own = told["IKE of cgw:dc"]
    assert own.basis is Basis.DAEMON
    assert own.by.endswith("with its own swanctl.conf, which samepath only looks at")
    assert "the gateways' end of each tunnel" in told["IKE, both ends"].by

    (both,) = (
        part.by
        for part in parts_of(topology_of("frr-customer"), VERSIONS, ())
        if part.what == "IKE, both ends"
    )
    assert both.endswith("a daemon for each end of each tunnel")


def test_a_row_that_a_firewall_decides_rests_on_what_is_imitated_and_no_other_does() -> None:
    topology = topology_of("asymmetric-drop")
    rows = rows_of(topology)
    by_firewall = Footing(basis=Basis.IMITATED, of="firewall of cgw:dc")
    assert footing_of(rows["all up"], topology) == by_firewall
    assert footing_of(rows["seoul/tunnel1 returned"], topology) == by_firewall
    assert footing_of(rows["seoul/tunnel1 down"], topology) == Footing(basis=Basis.DAEMON)


def test_a_row_in_which_a_firewall_ends_sessions_rests_on_what_is_imitated() -> None:
    firewall = "198.51.100.1, firewall: {binding: device, established: cut}"
    topology = topology_of("active-standby", "198.51.100.1", firewall)
    rows = rows_of(topology)
    by_firewall = Footing(basis=Basis.IMITATED, of="firewall of cgw:dc")
    assert footing_of(rows["seoul/tunnel1 down"], topology) == by_firewall
    assert footing_of(rows["seoul/tunnel2 down"], topology) == Footing(basis=Basis.DAEMON)


@pytest.mark.parametrize(
    ("established", "said"),
    [
        (None, "sessions bound to the device"),
        (Established.STAYS, "sessions bound to the device, open ones stay on their tunnel"),
        (Established.CUT, "sessions bound to the device, cut when their route moves"),
    ],
)
def test_what_a_firewall_does_with_open_sessions_is_told(
    established: Established | None, said: str
) -> None:
    customer = topology_of("frr-customer").customer_gateways["dc"]
    assert firewall_words(replace(customer, established=established)) == said


def test_a_row_of_static_routes_rests_on_the_agent() -> None:
    topology = topology_of("active-standby", "{customer_gateway: dc}", STATIC)
    assert footing_of(rows_of(topology)["all up"], topology).basis is Basis.IMITATED
