"""A firewall in the lab drops what ``samepath check`` says that it drops, and counts it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.labs import running

from samepath.control.diagnosis import Layer
from samepath.control.firewall import Drop, devices_of, firewall
from samepath.drivers import rulesets
from samepath.lab.evidence import diagnose_parts
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import transfer
from samepath.lab.status import StatusReader
from samepath.model.document import parse
from samepath.model.topology import ReversePath, SessionBinding, Topology
from samepath.routing.fate import Initiator
from samepath.routing.states import ALL_UP
from samepath.routing.verdict import Verdict, analyse_naively

EXAMPLE = Path(__file__).parents[2] / "examples" / "asymmetric-drop.yaml"
PASSES = {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_TOLERATED}
FIREWALLS = {
    "stateless": "",
    "device": "firewall: device",
    "one zone": "firewall: zone",
    "two zones": "firewall: zone",
    "interface": "firewall: interface",
    "strict": "firewall: {binding: stateless, reverse_path: strict}",
    "feasible": "firewall: {binding: stateless, reverse_path: feasible}",
    "loose": "firewall: {binding: stateless, reverse_path: loose}",
}
WAIT = 1.5
"""Seconds for a connection of one byte: what is dropped never opens."""


ZONES = {"two zones": ("zone: a, ", "zone: b, "), "one zone": ("zone: a, ", "zone: a, ")}
TEXT = """\
samepath: 1
vpcs: {{cloud: {{cidr: 10.0.0.0/16, hosts: {{app: 10.0.0.10}}}}}}
customer_gateways: {{dc: {{address: 198.51.100.1{firewall}}}}}
sites: {{office: {{networks: [192.168.10.0/24], hosts: {{desk: 192.168.10.10}}}}}}
connections:
  seoul:
    tunnels:
      - {{{zones[0]}policy: {{customer: {{export: [{{set: {{med: 100}}}}]}}}}}}
      - {{{zones[1]}policy: {{customer: {{import: [{{set: {{local_preference: 200}}}}],
          export: [{{set: {{med: 100}}}}]}}}}}}
"""
"""The two directions take different tunnels with all up."""


def text_of(name: str) -> str:
    """The topology with a firewall."""
    said = f", {FIREWALLS[name]}" if FIREWALLS[name] else ""
    return TEXT.format(firewall=said, zones=ZONES.get(name, ("", "")))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running("firewall", text_of("stateless")) as lab:
        yield lab


def opens(lab: Lab, initiator: Initiator) -> bool:
    """Whether a TCP connection of one byte opens, carries it and closes."""
    vpc, site = lab.host("app"), lab.host("desk")
    here, there = (vpc, site) if initiator is Initiator.VPC else (site, vpc)
    return transfer(source=here, destination=there, size=1, timeout=WAIT).complete


def predicted(topology: Topology) -> dict[Initiator, bool]:
    """Whether what each end opens passes, with all up."""
    (found,) = analyse_naively(topology, [ALL_UP])
    (outcome,) = found.outcomes
    return {end: fate.verdict in PASSES for end, fate in outcome.result.fates}


@pytest.mark.parametrize("name", FIREWALLS)
def test_connections_open_where_it_was_predicted(lab: Lab, name: str) -> None:
    topology = parse(text_of(name)).topology
    customer = topology.customer_gateways["dc"]
    namespace = lab.names.customer("dc")
    rules = tuple(
        replace(one, table="test_firewall")  # One of the lab's own that it did not want would go.
        for one in firewall(
            namespace,
            customer.binding or SessionBinding.STATELESS,
            customer.reverse_path or ReversePath.OFF,
            devices_of(topology, "dc").values(),
        )
    )
    try:
        for one in rules:
            rulesets.load(one)
        found = {end: opens(lab, end) for end in Initiator}
        dropped = sum(
            rulesets.counters(namespace, one.table)[reason.value][0]
            for one in rules
            for reason in Drop
        )
    finally:
        for one in rules:
            rulesets.remove(one)

    assert found == predicted(topology)
    assert bool(dropped) is not all(found.values()), "what does not pass is counted"


def test_the_cases_hold_firewalls_that_drop_and_such_that_do_not() -> None:
    found = {name: set(predicted(parse(text_of(name)).topology).values()) for name in FIREWALLS}

    assert {name for name, passes in found.items() if passes == {False}} == {
        "two zones",
        "interface",
        "strict",
        "feasible",
    }
    assert all(found[name] == {True} for name in ("stateless", "device", "one zone", "loose"))


def test_the_example_hangs_with_both_tunnels_up_is_explained_and_works_with_either_down() -> None:
    with running("asymmetric", EXAMPLE.read_text()) as lab:
        reader = StatusReader(lab)
        reader.read()
        assert not opens(lab, Initiator.VPC)
        assert not opens(lab, Initiator.SITE)

        (found,) = reader.read().firewalls
        assert found.now[Drop.UNBOUND] > 0
        assert found.now == {**found.now, Drop.UNSEEN: 0, Drop.SOURCE: 0}
        assert found.apart == (
            "cloud -> office takes seoul/tunnel1",
            "office -> cloud takes seoul/tunnel2",
        )
        (why,) = diagnose_parts(lab)
        assert (why.element, why.layer) == ("cgw:dc", Layer.FIREWALL)

        for cut, left in ((1, 2), (2, 1)):
            lab.break_element(f"seoul/tunnel{cut}", Fault.CUT, None)
            wait_routed(reader, left)
            assert opens(lab, Initiator.VPC)
            assert opens(lab, Initiator.SITE)
            assert diagnose_parts(lab) == ()
            lab.heal(None)


def wait_routed(reader: StatusReader, tunnel: int) -> None:
    """Wait until the next packets of both directions take this tunnel.

    Packets of a probe from before would be a session that is bound to what has been cut.
    """
    way = {("seoul", tunnel)}
    until(lambda: {direction.routed for direction in reader.directions(["seoul"])} == way)
