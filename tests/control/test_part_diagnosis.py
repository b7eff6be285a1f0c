"""What is told of the parts beside the tunnels: routers, LAN legs and firewalls."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samepath.control.diagnosis import Layer
from samepath.control.firewall import Drop
from samepath.control.part_diagnosis import (
    FirewallEvidence,
    LanEvidence,
    MemberEvidence,
    RouterEvidence,
    diagnose_firewall,
    diagnose_lan,
    diagnose_member,
    diagnose_router,
)
from samepath.control.situation import Side
from samepath.model.topology import SessionBinding

ROUTER = RouterEvidence(element="gw:vgw/router", side=Side.GATEWAY, error="")
LAN = LanEvidence(
    element="cgw:dc/lan",
    site="office",
    hosts=("desk", "printer"),
    leg="office-lan",
    taken="office-lan",
    answered=True,
)
NONE = dict.fromkeys(Drop, 0)
FIREWALL = FirewallEvidence(
    element="cgw:dc",
    file="/run/samepath/x/intent.yaml",
    binding=SessionBinding.INTERFACE,
    apart=(),
    dropped={**NONE, Drop.UNBOUND: 13},
    now=NONE,
)


def test_a_part_that_works_has_no_failed_layer() -> None:
    cuts = replace(FIREWALL, now={**NONE, Drop.CUT: 2})  # Who is cut off so is told.
    works = (diagnose_firewall(FIREWALL), diagnose_firewall(cuts))
    for found in (diagnose_router(ROUTER), diagnose_lan(LAN), *works):
        assert (found.layer, found.seen_by, found.next_command) == (None, None, None)


def test_a_router_whose_bird_does_not_answer_is_named_with_what_the_driver_says() -> None:
    found = diagnose_router(replace(ROUTER, error="no BIRD answers at x: Connection refused"))

    assert (found.element, found.layer) == ("gw:vgw/router", Layer.SPEAKER)
    assert found.seen_by is Side.GATEWAY
    assert found.evidence == "no BIRD answers at x: Connection refused"
    assert found.next_command == "samepath lab events gw:vgw/router"


@pytest.mark.parametrize(
    ("lan", "shown"),
    [
        (replace(LAN, answered=False), "none of desk, printer answers"),
        (replace(LAN, answered=False, taken=None), "has no route to them"),
        (replace(LAN, taken="seoul-1"), "would send to them by seoul-1"),
    ],
    ids=["silent", "no route", "another route"],
)
def test_a_site_that_its_customer_gateway_does_not_reach_is_named(
    lan: LanEvidence, shown: str
) -> None:
    found = diagnose_lan(lan)

    assert (found.element, found.layer, found.seen_by) == ("cgw:dc/lan", Layer.LAN, Side.CUSTOMER)
    assert "does not reach the site office (desk, printer)" in found.what
    assert shown in found.evidence
    assert found.next_command == "samepath lab events cgw:dc/lan"


@pytest.mark.parametrize(
    ("masters", "what", "evidence"),
    [
        ((), "nobody holds the address", "on no customer gateway's LAN leg"),
        (("fw1", "fw2"), "fw1 and fw2 hold the address", "they do not hear each other"),
    ],
)
def test_a_site_whose_vrrp_has_no_master_or_two_is_named(
    masters: tuple[str, ...], what: str, evidence: str
) -> None:
    found = diagnose_lan(replace(LAN, masters=masters))

    assert (found.element, found.layer) == ("cgw:dc/lan", Layer.LAN)
    assert what in found.what
    assert evidence in found.evidence
    assert found.next_command == "samepath lab events cgw:dc/lan"


def test_a_site_with_one_master_works_and_says_who_it_is() -> None:
    found = diagnose_lan(replace(LAN, masters=("fw2",)))

    assert found.layer is None
    assert found.evidence.endswith("fw2 is its VRRP's master")


def test_a_device_that_does_not_reach_its_site_is_told_before_what_that_makes_of_vrrp() -> None:
    found = diagnose_lan(replace(LAN, answered=False, masters=("fw1", "fw2")))

    assert "does not reach the site" in found.what


@pytest.mark.parametrize(
    ("firewall", "what", "evidence"),
    [
        pytest.param(
            replace(FIREWALL, apart=("a -> b takes seoul/tunnel1", "b -> a takes seoul/tunnel2")),
            "binds a session to the interface, and the two directions take different ones",
            "a -> b takes seoul/tunnel1, b -> a takes seoul/tunnel2; 13 packets dropped so far",
            id="before a packet has come",
        ),
        pytest.param(
            replace(FIREWALL, now={**NONE, Drop.UNBOUND: 2, Drop.UNSEEN: 1}),
            "drops packets of sessions that it has not seen begin and packets that take another",
            "13 packets dropped so far, 3 just now",
            id="while it drops",
        ),
    ],
)
def test_a_firewall_that_drops_is_named_with_the_ways_and_the_count(
    firewall: FirewallEvidence, what: str, evidence: str
) -> None:
    found = diagnose_firewall(firewall)

    assert (found.element, found.layer, found.seen_by) == ("cgw:dc", Layer.FIREWALL, Side.CUSTOMER)
    assert what in found.what
    assert evidence in found.evidence
    assert found.next_command == "samepath fix /run/samepath/x/intent.yaml"


FIRST, SECOND = "cgw:dc/member1", "cgw:dc/member2"
STANDBY = MemberEvidence(element=SECOND, active=FIRST, holds=False, answered=True)


@pytest.mark.parametrize(
    ("member", "shown"),
    [
        (replace(STANDBY, element=FIRST, holds=True, answered=False), "it acts"),
        (STANDBY, f"it stands by, {FIRST} acts"),
    ],
)
def test_a_machine_that_acts_or_could_take_over_works(member: MemberEvidence, shown: str) -> None:
    found = diagnose_member(member)
    assert (found.element, found.layer, found.evidence) == (member.element, None, shown)


@pytest.mark.parametrize(
    ("member", "shown"),
    [
        (replace(STANDBY, holds=True, answered=False), "cut off"),
        (replace(STANDBY, answered=False), "could not take over"),
        (replace(STANDBY, active=None), "neither machine is the customer gateway"),
    ],
)
def test_a_machine_that_could_not_take_over_is_told(member: MemberEvidence, shown: str) -> None:
    found = diagnose_member(member)
    assert (found.element, found.layer) == (SECOND, Layer.TAKEOVER)
    assert shown in found.what
    assert found.next_command == f"samepath lab events {SECOND}"
