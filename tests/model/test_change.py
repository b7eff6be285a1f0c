"""Changes of a topology: what each makes of it, and that their order does not matter."""

from __future__ import annotations

from itertools import permutations

import pytest

from samepath.model.change import (
    Attribute,
    Direction,
    DropTerm,
    End,
    Key,
    PolicyPlace,
    SetAttribute,
    SetKey,
    amended,
    changed,
    policy_at,
)
from samepath.model.document import parse
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Mode, SessionBinding

TOPOLOGY = parse("""\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways: {dc: {address: 198.51.100.1, firewall: interface}}
sites: {office: {networks: [192.168.10.0/24]}}
connections:
  seoul:
    tunnels:
      - policy: {customer: {import: [{set: {local_preference: 200}}]}}
      - {}
""").topology
PLACE = PolicyPlace(connection="seoul", tunnel=1, end=End.CUSTOMER, direction=Direction.IMPORT)
VPC_ONLY = Conditions(
    prefixes=(PrefixMatch(prefix=TOPOLOGY.vpcs["cloud"].cidr, minimum=16, maximum=16),)
)


def setting(term: int | None, before: int | None, after: int | None) -> SetAttribute:
    return SetAttribute(
        place=PLACE, term=term, attribute=Attribute.LOCAL_PREFERENCE, before=before, after=after
    )


def terms(policy: Policy, *changes: SetAttribute | DropTerm) -> list[Term]:
    return [term for _, term in amended(policy, changes)]


def test_keys_of_connections_and_of_customer_gateways_get_their_values() -> None:
    after = changed(
        TOPOLOGY,
        (
            SetKey(key=Key.MODE, name="seoul", before=Mode.FOLLOW, after=Mode.PINNED),
            SetKey(key=Key.ACTIVE, name="seoul", before=1, after=2),
            SetKey(key=Key.PROBE_INSIDE, name="seoul", before=False, after=True),
            SetKey(
                key=Key.FIREWALL,
                name="dc",
                before=SessionBinding.INTERFACE,
                after=SessionBinding.ZONE,
            ),
            SetKey(key=Key.REQUIRES_POLICY, name="dc", before=True, after=False),
        ),
    )
    seoul = after.connections["seoul"]

    assert (seoul.mode, seoul.active, seoul.probe_inside) == (Mode.PINNED, 2, True)
    assert after.customer_gateways["dc"].binding is SessionBinding.ZONE
    assert after.customer_gateways["dc"].requires_policy is False


@pytest.mark.parametrize(
    "change",
    [
        setting(0, 200, None),
        DropTerm(place=PLACE, term=0),
    ],
)
def test_an_emptied_policy_of_a_device_is_one_still(change: SetAttribute | DropTerm) -> None:
    policy = policy_at(TOPOLOGY.connections["seoul"], PLACE)
    assert terms(policy, change) == []
    assert [term for _, term in amended(policy, [change], stays=True)] == [Term()]


def test_a_term_that_is_left_with_nothing_to_do_goes() -> None:
    after = changed(TOPOLOGY, (setting(0, 200, None),))

    assert after.connections["seoul"].tunnels[0].customer_policy.imports == Policy()


def test_a_term_that_ends_a_policy_early_stays_where_others_follow() -> None:
    policy = Policy(
        terms=(
            Term(conditions=VPC_ONLY, changes=Changes(local_preference=200)),
            Term(disposition=Disposition.REJECT),
        )
    )

    assert terms(policy, setting(0, 200, None)) == [
        Term(conditions=VPC_ONLY),
        Term(disposition=Disposition.REJECT),
    ]


def test_a_term_in_front_goes_on_to_those_that_are_there() -> None:
    policy = Policy(terms=(Term(conditions=VPC_ONLY, changes=Changes(med=1)),))
    front = Term(changes=Changes(local_preference=300), disposition=Disposition.NEXT)

    assert terms(policy, setting(None, None, 300)) == [front, *policy.terms]
    assert terms(Policy(), setting(None, None, 300)) == [
        Term(changes=Changes(local_preference=300))
    ]


def test_changes_mean_the_same_in_whatever_order_they_are_made() -> None:
    policy = Policy(
        terms=(
            Term(conditions=VPC_ONLY, disposition=Disposition.REJECT),
            Term(changes=Changes(local_preference=50), disposition=Disposition.NEXT),
            Term(changes=Changes(local_preference=60, med=7)),
        )
    )
    changes: tuple[SetAttribute | DropTerm, ...] = (
        DropTerm(place=PLACE, term=0),
        setting(1, 50, None),
        setting(2, 60, None),
        setting(None, None, 200),
    )
    made = {amended(policy, order) for order in permutations(changes)}

    assert made == {
        (
            (None, Term(changes=Changes(local_preference=200), disposition=Disposition.NEXT)),
            (2, Term(changes=Changes(med=7))),
        )
    }
