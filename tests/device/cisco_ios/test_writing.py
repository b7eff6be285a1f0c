"""Writing IOS: the fewest lines, which their reader takes as they were meant."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.device.writing_laws import (
    customer,
    holds,
    holds_twice,
    in_front,
    neighbour_of,
    policies,
    reads_back,
    with_term,
)
from tests.device.writing_laws import now as policy_now
from tests.model import golden

from samepath.device.reading.secret import Secret as ReadSecret
from samepath.device.reading.source import Source
from samepath.device.writers import writer
from samepath.device.writing.customer import CustomerToWrite
from samepath.device.writing.patch import NotWritable
from samepath.model.change import Direction
from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.secret import Secret
from samepath.model.topology import Bfd, IkeProposal, Platform

GOLDEN = Path(__file__).parent / "golden" / "site"
DEVICE = """\
version 17.9
hostname r1
ip prefix-list VPC seq 5 permit 10.0.0.0/16
ip community-list standard RED permit 65000:1
router bgp 65000
 neighbor AWS peer-group
 neighbor AWS remote-as 64512
 neighbor ALONE peer-group
 neighbor ALONE remote-as 64512
 nei 169.254.1.1 remote-as 64512
 neighbor 169.254.2.1 remote-as 64512
 neighbor 169.254.3.1 peer-group AWS
 neighbor 169.254.4.1 peer-group AWS
 neighbor 169.254.5.1 peer-group ALONE
 neighbor 169.254.6.1 remote-as 64512
 !
 address-family ipv4
  network 192.168.10.0 mask 255.255.255.0
  neighbor AWS route-map SHARED out
  neighbor ALONE route-map ALONE out
  neighbor 169.254.1.1 activate
  neighbor 169.254.1.1 route-map Own in
  neighbor 169.254.2.1 activate
  neighbor 169.254.2.1 route-map SHARED out
  neighbor 169.254.6.1 activate
  neighbor 169.254.6.1 route-map ODD in
 exit-address-family
 !
 address-family ipv4 vrf BLUE
  neighbor 169.254.7.1 remote-as 64513
  neighbor 169.254.7.1 activate
 exit-address-family
!
route-map Own permit 10
 match ip addr prefix-list VPC
 set local-pref 150
 set metric 30
route-map Own permit 20
 set as-path prepend 65000
route-map SHARED permit 10
 match ip address prefix-list VPC
route-map ALONE permit 10
 set metric 5
route-map ODD permit 10
 match tag 7
 set metric 5
route-map ODD deny 20
end
"""
IOS = (Source(name="r1.cfg", text=DEVICE),)
PLAIN = (
    Source(
        name="r2.cfg",
        text="""\
version 12.4
router bgp 65000
 neighbor 169.254.1.1 remote-as 64512
 neighbor 169.254.1.1 route-map OUT out
route-map OUT permit 10
 set as-path prepend 65000 65000
""",
    ),
)
NEIGHBOURS = [f"169.254.{number}.1" for number in range(1, 8)]
PREFER, LENGTHEN = Changes(local_preference=200), Changes(prepend=2)


def now(address: str, direction: Direction, sources: tuple[Source, ...] = IOS) -> Policy:
    return policy_now(Platform.CISCO_IOS, sources, address, direction)


def lines(
    address: str, direction: Direction, after: Policy, sources: tuple[Source, ...] = IOS
) -> list[str]:
    return list(holds(Platform.CISCO_IOS, sources, address, direction, after).lines)


# ---------------------------------------------------------------------------------------- the laws


@settings(max_examples=40)
@given(
    address=st.sampled_from(["169.254.1.1", "169.254.2.1", "169.254.6.1", "169.254.7.1"]),
    imports=st.booleans(),
    data=st.data(),
)
def test_what_is_typed_is_read_as_what_was_meant(
    address: str, imports: bool, data: st.DataObject
) -> None:
    direction = Direction.IMPORT if imports else Direction.EXPORT
    drawn = policies(direction, goes_on=False)
    first, then = data.draw(drawn), data.draw(drawn)

    holds_twice(Platform.CISCO_IOS, IOS, address, (direction, first, then))


@pytest.mark.parametrize("address", NEIGHBOURS)
@pytest.mark.parametrize(
    ("direction", "changes"),
    [
        (Direction.IMPORT, PREFER),
        (Direction.IMPORT, Changes(weight=7)),
        (Direction.EXPORT, Changes(med=50)),
        (Direction.EXPORT, LENGTHEN),
    ],
)
def test_what_a_repair_wants_has_lines_or_a_reason(
    address: str, direction: Direction, changes: Changes
) -> None:
    after = in_front(now(address, direction), changes)
    if direction is Direction.EXPORT and address in {"169.254.3.1", "169.254.4.1"}:
        with pytest.raises(NotWritable, match="for one member of the peer group AWS: take "):
            holds(Platform.CISCO_IOS, IOS, address, direction, after)
    else:
        holds(Platform.CISCO_IOS, IOS, address, direction, after)


# --------------------------------------------------------------------------------- the fewest lines


def test_a_value_is_one_line_in_its_clause_whatever_the_file_abbreviates() -> None:
    after = with_term(now("169.254.1.1", Direction.IMPORT), 0, replace(PREFER, med=30))
    patch = holds(Platform.CISCO_IOS, IOS, "169.254.1.1", Direction.IMPORT, after)

    assert patch.lines == ("route-map Own permit 10", " set local-preference 200", "exit")
    assert patch.reverts == ("route-map Own permit 10", " set local-preference 150", "exit")
    assert patch.resets == ("clear ip bgp 169.254.1.1 soft in",)


def test_a_prepending_is_taken_back_before_another_one_is_set() -> None:
    after = with_term(now("169.254.1.1", Direction.EXPORT, PLAIN), 0, Changes(prepend=3))

    assert lines("169.254.1.1", Direction.EXPORT, after, PLAIN) == [
        "route-map OUT permit 10",
        " no set as-path prepend 65000 65000",
        " set as-path prepend 65000 65000 65000",
        "exit",
    ]


def test_a_change_for_every_route_goes_on_where_a_later_clause_takes_all() -> None:
    after = in_front(now("169.254.1.1", Direction.IMPORT), Changes(weight=7))

    assert lines("169.254.1.1", Direction.IMPORT, after) == [
        "route-map Own permit 5",
        " set weight 7",
        " continue",
        "exit",
    ]


def test_a_map_that_others_have_is_copied_with_its_lists() -> None:
    after = in_front(now("169.254.2.1", Direction.EXPORT), LENGTHEN)

    assert lines("169.254.2.1", Direction.EXPORT, after) == [
        "route-map SAMEPATH-169.254.2.1-OUT permit 10",
        " match ip address prefix-list VPC",
        " set as-path prepend 65000 65000",
        "exit",
        "router bgp 65000",
        " address-family ipv4",
        "  neighbor 169.254.2.1 route-map SAMEPATH-169.254.2.1-OUT out",
        " exit-address-family",
        "exit",
    ]


def test_the_only_member_of_a_group_has_the_groups_map() -> None:
    after = with_term(now("169.254.5.1", Direction.EXPORT), 0, Changes(med=9))

    assert lines("169.254.5.1", Direction.EXPORT, after) == [
        "route-map ALONE permit 10",
        " set metric 9",
        "exit",
    ]


def test_a_neighbour_of_another_table_gets_its_map_in_the_tables_family() -> None:
    patch = holds(
        Platform.CISCO_IOS,
        IOS,
        "169.254.7.1",
        Direction.EXPORT,
        Policy(terms=(Term(changes=LENGTHEN),)),
    )

    assert patch.lines[3:] == (
        "router bgp 65000",
        " address-family ipv4 vrf BLUE",
        "  neighbor 169.254.7.1 route-map SAMEPATH-169.254.7.1-OUT out",
        " exit-address-family",
        "exit",
    )
    assert patch.resets == ("clear ip bgp vrf BLUE ipv4 unicast 64513 soft out",)


def test_a_configuration_without_families_stays_without() -> None:
    after = Policy(terms=(Term(changes=PREFER),))

    assert lines("169.254.1.1", Direction.IMPORT, after, PLAIN)[3:] == [
        "router bgp 65000",
        " neighbor 169.254.1.1 route-map SAMEPATH-169.254.1.1-IN in",
        "exit",
    ]


def test_a_policy_that_goes_again_leaves_a_session_that_needs_none() -> None:
    assert lines("169.254.1.1", Direction.EXPORT, Policy(), PLAIN) == [
        "router bgp 65000",
        " no neighbor 169.254.1.1 route-map OUT out",
        "exit",
    ]


def test_a_list_that_filters_a_session_goes_with_the_policy() -> None:
    filtered = PLAIN[0].text.replace(
        " neighbor 169.254.1.1 route-map OUT out\n",
        " neighbor 169.254.1.1 prefix-list P in\nip prefix-list P permit 10.0.0.0/8\n",
    )
    sources = (Source(name="r2.cfg", text=filtered),)

    assert lines("169.254.1.1", Direction.IMPORT, Policy(), sources) == [
        "router bgp 65000",
        " no neighbor 169.254.1.1 prefix-list P in",
        "exit",
    ]


def test_going_on_without_a_clause_that_takes_all_is_not_relied_on() -> None:
    first = Term(changes=Changes(med=9), disposition=Disposition.NEXT)
    red = now("169.254.2.1", Direction.EXPORT).terms[0].conditions
    after = Policy(terms=(replace(first, conditions=red), Term()))

    assert " continue" in lines("169.254.2.1", Direction.EXPORT, after)
    assert lines("169.254.2.1", Direction.EXPORT, after).count("exit") == 3


# ------------------------------------------------------------------------ a whole customer gateway


def another(**more: bool) -> CustomerToWrite:
    """One behind a NAT, with IKEv1 and older suites for its second tunnel."""
    before = customer(
        imports=(Policy(terms=(Term(changes=PREFER),)), Policy()),
        exports=(Policy(), Policy(terms=(Term(changes=LENGTHEN),))),
        **more,
    )
    first, second = before.tunnels
    older = replace(
        second,
        ike_version=1,
        ike=IkeProposal(encryption="aes256", integrity="sha384", group=14),
        esp=IkeProposal(encryption="aes128", integrity="sha256", group=None),
        key=None,
    )
    nat = IPv4Address("10.1.1.2")
    return replace(before, address=nat, tunnels=(first, older), outside_interface="Gi1")


@pytest.mark.parametrize(
    ("name", "it"),
    [
        ("bgp", customer(exports=(Policy(), Policy(terms=(Term(changes=LENGTHEN),))))),
        ("static", customer(bgp=False)),
        ("older", another()),
    ],
)
def test_its_lines(name: str, it: CustomerToWrite) -> None:
    reads_back(Platform.CISCO_IOS, it)
    (file,) = writer(Platform.CISCO_IOS).load().customer(it)

    assert file.name == "fw1.cfg"
    golden.check(GOLDEN / f"{name}.cfg", file.text)


@settings(max_examples=20)
@given(
    imports=st.tuples(*[policies(Direction.IMPORT, goes_on=False)] * 2),
    exports=st.tuples(*[policies(Direction.EXPORT, goes_on=False)] * 2),
)
def test_it_reads_back_with_whatever_policies(
    imports: tuple[Policy, Policy], exports: tuple[Policy, Policy]
) -> None:
    reads_back(Platform.CISCO_IOS, customer(imports=imports, exports=exports))


@pytest.mark.parametrize("it", [customer(), another()])
def test_each_tunnel_has_its_own_suites_and_its_own_key(it: CustomerToWrite) -> None:
    for own, meant in zip(reads_back(Platform.CISCO_IOS, it).tunnels, it.tunnels, strict=True):
        assert own.ike is not None
        assert own.ike.version is not None
        assert own.ike.version.value == meant.ike_version
        assert [one.value for one in own.ike.proposals] == [meant.ike]
        assert own.ike.secret is not None
        assert own.ike.secret.value == ReadSecret(meant.key_or_placeholder)
        assert own.esp is not None
        assert [one.value for one in own.esp.proposals] == [meant.esp]
        assert own.mtu is not None
        assert own.mtu.value == it.mtu


def test_bfd_where_both_ends_have_it() -> None:
    it = replace(customer(), bfd=Bfd())
    _, one = neighbour_of(reads_back(Platform.CISCO_IOS, it), "169.254.1.1")

    assert one.bfd is not None
    assert one.bfd.value == Bfd()


@pytest.mark.parametrize(
    ("ike", "esp", "key", "why"),
    [
        ("chacha20poly1305", "aes256gcm16", "k", "no words for chacha20poly1305"),
        ("aes256gcm16", "chacha20poly1305", "k", "no words for chacha20poly1305"),
        ("aes256gcm16", "aes256gcm16", "a b", "the key of tunnel 1 has a blank"),
    ],
)
def test_what_ios_has_no_words_for_is_said(ike: str, esp: str, key: str, why: str) -> None:
    before = customer()
    first, second = before.tunnels
    odd = replace(
        first,
        ike=replace(first.ike, encryption=ike),
        esp=replace(first.esp, encryption=esp),
        key=Secret(key),
    )

    with pytest.raises(NotWritable, match=why):
        reads_back(Platform.CISCO_IOS, replace(before, tunnels=(odd, second)))


def test_a_group_that_ios_does_not_have_is_said() -> None:
    before = customer()
    first, second = before.tunnels
    odd = replace(first, ike=replace(first.ike, group=18))

    with pytest.raises(NotWritable, match="IOS has no Diffie-Hellman group 18"):
        reads_back(Platform.CISCO_IOS, replace(before, tunnels=(odd, second)))
