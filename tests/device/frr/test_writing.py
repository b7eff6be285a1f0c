"""Writing FRR and Quagga: the fewest lines, which their reader takes as they were meant."""

from __future__ import annotations

from dataclasses import replace
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

from samepath.device.reading.source import Source
from samepath.device.writers import writer
from samepath.device.writing.patch import NotWritable
from samepath.model.change import Direction
from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Bfd, Platform

GOLDEN = Path(__file__).parent / "golden-site"
DEVICE = """\
frr version 8.4.4
frr defaults traditional
ip prefix-list VPC seq 5 permit 10.0.0.0/16
bgp community-list standard RED seq 5 permit 65000:1
router bgp 65000
 neighbor AWS peer-group
 neighbor AWS remote-as 64512
 neighbor 169.254.1.1 remote-as 64512
 neighbor 169.254.2.1 remote-as 64512
 neighbor 169.254.3.1 peer-group AWS
 neighbor 169.254.4.1 peer-group AWS
 neighbor 169.254.5.1 remote-as 64512
 neighbor 169.254.6.1 remote-as 64512
 address-family ipv4 unicast
  network 192.168.10.0/24
  neighbor AWS route-map SHARED in
  neighbor 169.254.1.1 route-map OWN in
  neighbor 169.254.1.1 route-map OUT out
  neighbor 169.254.2.1 route-map SHARED in
  neighbor 169.254.5.1 prefix-list VPC in
  neighbor 169.254.6.1 route-map ODD in
  neighbor 169.254.6.1 route-map NOT-THERE out
 exit-address-family
exit
router bgp 65000 vrf BLUE
 neighbor 169.254.7.1 remote-as 64512
 address-family ipv4 unicast
  neighbor 169.254.7.1 route-map BLUE in
 exit-address-family
exit
route-map OWN permit 10
 match ip address prefix-list VPC
 set local-pref 150
 set metric 30
exit
route-map OWN permit 20
exit
route-map OUT permit 10
 match community RED
exit
route-map SHARED permit 10
 match ip address prefix-list VPC
exit
route-map SHARED deny 20
exit
route-map ODD permit 10
 match tag 7
 set tag 9
 set metric 5
exit
route-map ODD permit 11
 match ip address prefix-list VPC
 on-match next
exit
route-map ODD permit 12
exit
route-map BLUE deny 10
 match ip address prefix-list VPC
exit
route-map BLUE permit 20
exit
end
"""
FRR = (Source(name="frr.conf", text=DEVICE),)
QUAGGA = (
    Source(
        name="bgpd.conf",
        text="""\
! Zebra configuration saved from vty
router bgp 65000
 neighbor 169.254.1.1 remote-as 64512
 neighbor 169.254.2.1 remote-as 64512
 neighbor 169.254.2.1 route-map LOW out
route-map LOW permit 10
 set as-path prepend 65000 65000
line vty
""",
    ),
    Source(name="zebra.conf", text="hostname gw\nline vty\n"),
)
NEIGHBOURS = [f"169.254.{number}.1" for number in range(1, 8)]
PREFER, LENGTHEN = Changes(local_preference=200), Changes(prepend=2)


def now(address: str, direction: Direction, sources: tuple[Source, ...] = FRR) -> Policy:
    return policy_now(Platform.FRR, sources, address, direction)


# ---------------------------------------------------------------------------------------- the laws


@settings(max_examples=40)
@given(address=st.sampled_from(NEIGHBOURS), imports=st.booleans(), data=st.data())
def test_what_is_typed_is_read_as_what_was_meant(
    address: str, imports: bool, data: st.DataObject
) -> None:
    direction = Direction.IMPORT if imports else Direction.EXPORT
    first, then = data.draw(policies(direction)), data.draw(policies(direction))

    holds_twice(Platform.FRR, FRR, address, (direction, first, then))


@settings(max_examples=20)
@given(address=st.sampled_from(NEIGHBOURS[:2]), imports=st.booleans(), data=st.data())
def test_a_quagga_is_told_in_its_own_words(
    address: str, imports: bool, data: st.DataObject
) -> None:
    direction = Direction.IMPORT if imports else Direction.EXPORT
    holds(Platform.QUAGGA, QUAGGA, address, direction, data.draw(policies(direction)))


@pytest.mark.parametrize("address", NEIGHBOURS)
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("changes", [PREFER, LENGTHEN, Changes(med=50), Changes(weight=7)])
def test_what_a_repair_wants_has_lines_in_every_place(
    address: str, direction: Direction, changes: Changes
) -> None:
    before = now(address, direction)
    holds(Platform.FRR, FRR, address, direction, in_front(before, changes))
    for place, term in enumerate(before.terms):
        if term.disposition is not Disposition.REJECT:
            holds(Platform.FRR, FRR, address, direction, with_term(before, place, changes))


# --------------------------------------------------------------------------------- the fewest lines


def lines(address: str, direction: Direction, after: Policy) -> list[str]:
    return list(holds(Platform.FRR, FRR, address, direction, after).lines)


def test_a_value_of_a_map_of_ones_own_is_one_line_in_its_clause() -> None:
    preferred = replace(PREFER, med=30)
    after = with_term(now("169.254.1.1", Direction.IMPORT), 0, preferred)
    patch = holds(Platform.FRR, FRR, "169.254.1.1", Direction.IMPORT, after)

    assert patch.lines == ("route-map OWN permit 10", " set local-preference 200", "exit")
    assert patch.reverts == ("route-map OWN permit 10", " set local-preference 150", "exit")
    assert patch.resets == ("clear bgp ipv4 unicast 169.254.1.1 soft in",)


def test_what_goes_is_taken_back() -> None:
    after = with_term(now("169.254.1.1", Direction.IMPORT), 0, Changes(med=30))

    assert lines("169.254.1.1", Direction.IMPORT, after) == [
        "route-map OWN permit 10",
        " no set local-preference 150",
        "exit",
    ]


def test_a_clause_that_goes_is_one_line() -> None:
    before = now("169.254.1.1", Direction.IMPORT)

    assert lines("169.254.1.1", Direction.IMPORT, Policy(terms=before.terms[1:])) == [
        "no route-map OWN permit 10"
    ]


def test_a_change_for_every_route_stands_in_front_if_that_is_less_than_in_each_clause() -> None:
    assert lines(
        "169.254.1.1",
        Direction.IMPORT,
        in_front(now("169.254.1.1", Direction.IMPORT), Changes(weight=5)),
    ) == ["route-map OWN permit 5", " set weight 5", " on-match next", "exit"]
    assert lines(
        "169.254.1.1",
        Direction.EXPORT,
        in_front(now("169.254.1.1", Direction.EXPORT), LENGTHEN),
    ) == ["route-map OUT permit 10", " set as-path prepend 65000 65000", "exit"]


def test_a_map_that_others_have_is_copied_with_its_lists_and_left_alone() -> None:
    after = in_front(now("169.254.2.1", Direction.IMPORT), PREFER)
    patch = holds(Platform.FRR, FRR, "169.254.2.1", Direction.IMPORT, after)

    assert patch.lines == (
        "route-map SAMEPATH-169.254.2.1-IN permit 10",
        " match ip address prefix-list VPC",
        " set local-preference 200",
        "exit",
        "router bgp 65000",
        " address-family ipv4 unicast",
        "  neighbor 169.254.2.1 route-map SAMEPATH-169.254.2.1-IN in",
        " exit-address-family",
        "exit",
    )
    assert patch.reverts == (
        "router bgp 65000",
        " address-family ipv4 unicast",
        "  neighbor 169.254.2.1 route-map SHARED in",
        " exit-address-family",
        "exit",
        "no route-map SAMEPATH-169.254.2.1-IN",
    )


def test_a_member_of_a_group_gets_its_own_and_goes_back_to_the_groups() -> None:
    after = in_front(now("169.254.3.1", Direction.IMPORT), PREFER)
    patch = holds(Platform.FRR, FRR, "169.254.3.1", Direction.IMPORT, after)

    assert "  neighbor 169.254.3.1 route-map SAMEPATH-169.254.3.1-IN in" in patch.lines
    assert "  no neighbor 169.254.3.1 route-map SAMEPATH-169.254.3.1-IN in" in patch.reverts


def test_a_neighbour_without_a_policy_gets_one_in_its_own_table() -> None:
    patch = holds(
        Platform.FRR, FRR, "169.254.7.1", Direction.EXPORT, Policy(terms=(Term(changes=LENGTHEN),))
    )

    assert patch.lines == (
        "route-map SAMEPATH-169.254.7.1-OUT permit 10",
        " set as-path prepend 65000 65000",
        "exit",
        "router bgp 65000 vrf BLUE",
        " address-family ipv4 unicast",
        "  neighbor 169.254.7.1 route-map SAMEPATH-169.254.7.1-OUT out",
        " exit-address-family",
        "exit",
    )
    assert patch.resets == ("clear bgp vrf BLUE ipv4 unicast 169.254.7.1 soft out",)


def test_a_list_on_the_session_goes_on_filtering_before_the_map() -> None:
    after = in_front(now("169.254.5.1", Direction.IMPORT), PREFER)

    assert lines("169.254.5.1", Direction.IMPORT, after)[:3] == [
        "route-map SAMEPATH-169.254.5.1-IN permit 10",
        " set local-preference 200",
        "exit",
    ]


def test_what_is_not_modelled_stays_where_it_is() -> None:
    after = with_term(now("169.254.6.1", Direction.IMPORT), 0, Changes(med=9))

    assert lines("169.254.6.1", Direction.IMPORT, after) == [
        "route-map ODD permit 10",
        " set metric 9",
        "exit",
    ]


def test_what_changes_nothing_here_is_copied_with_its_clause() -> None:
    tagged = DEVICE.replace("SHARED permit 10", "SHARED permit 10\n set tag 9")
    sources = (Source(name="frr.conf", text=tagged),)
    after = in_front(now("169.254.2.1", Direction.IMPORT), PREFER)

    assert (
        " set tag 9" in holds(Platform.FRR, sources, "169.254.2.1", Direction.IMPORT, after).lines
    )


def test_a_policy_with_parts_that_are_not_modelled_is_not_written_elsewhere() -> None:
    odd = now("169.254.6.1", Direction.IMPORT)
    shared = (Source(name="frr.conf", text=DEVICE.replace("OWN in", "ODD in")),)

    with pytest.raises(NotWritable, match=r"the import policy of 169\.254\.1\.1 has parts that"):
        holds(Platform.FRR, FRR, "169.254.1.1", Direction.IMPORT, odd)
    with pytest.raises(NotWritable, match="its map ODD serves others as well"):
        holds(Platform.FRR, shared, "169.254.1.1", Direction.IMPORT, with_term(odd, 0, PREFER))


def test_a_map_that_is_not_there_is_made_where_it_is_named() -> None:
    after = Policy(terms=(Term(changes=LENGTHEN),))

    assert lines("169.254.6.1", Direction.EXPORT, after) == [
        "route-map NOT-THERE permit 10",
        " set as-path prepend 65000 65000",
        "exit",
    ]


def test_a_session_that_needs_a_policy_gets_one_that_lets_everything_pass() -> None:
    free = (Source(name="frr.conf", text=DEVICE.replace("traditional", "datacenter")),)
    everything = Policy(terms=(Term(),))

    assert lines("169.254.7.1", Direction.EXPORT, everything)[:1] == [
        "route-map SAMEPATH-169.254.7.1-OUT permit 10"
    ]
    assert holds(Platform.FRR, free, "169.254.7.1", Direction.EXPORT, everything).lines == ()


def test_a_policy_that_is_so_already_has_no_lines() -> None:
    before = now("169.254.1.1", Direction.IMPORT)

    assert lines("169.254.1.1", Direction.IMPORT, before) == []


def test_what_is_typed_into_a_quagga_stands_in_no_family() -> None:
    patch = holds(
        Platform.QUAGGA,
        QUAGGA,
        "169.254.1.1",
        Direction.IMPORT,
        Policy(terms=(Term(changes=PREFER),)),
    )

    assert patch.lines[-3:] == (
        "router bgp 65000",
        " neighbor 169.254.1.1 route-map SAMEPATH-169.254.1.1-IN in",
        "exit",
    )
    assert patch.resets == ("clear ip bgp 169.254.1.1 soft in",)


# ------------------------------------------------------------------------ a whole customer gateway

PREFERRED = (Policy(terms=(Term(changes=PREFER),)), Policy())
LENGTHENED = (Policy(), Policy(terms=(Term(changes=LENGTHEN),)))


@pytest.mark.parametrize("bgp", [True, False], ids=["bgp", "static"])
@pytest.mark.parametrize("platform", [Platform.FRR, Platform.QUAGGA])
def test_the_routing_daemons_files(platform: Platform, bgp: bool) -> None:
    it = customer(imports=PREFERRED, exports=LENGTHENED, bgp=bgp)
    reads_back(platform, it)

    files = writer(platform).load().customer(it)
    ours = [one for one in files if one.name.startswith(f"/etc/{platform.value}/")]
    names = [Path(one.name).name for one in ours]
    assert (
        names
        == {
            (Platform.FRR, True): ["frr.conf"],
            (Platform.FRR, False): ["frr.conf"],
            (Platform.QUAGGA, True): ["bgpd.conf", "zebra.conf"],
            (Platform.QUAGGA, False): ["zebra.conf"],
        }[platform, bgp]
    )
    for one, name in zip(ours, names, strict=True):
        golden.check(GOLDEN / f"{'bgp' if bgp else 'static'}-{name}", one.text)


def test_its_routes_lead_into_its_tunnels_and_else_nowhere() -> None:
    device = reads_back(Platform.FRR, customer(bgp=False))

    assert {one.interface for one in device.tunnels} == {"vpn1", "vpn2"}
    assert [(one.interface, one.distance, one.drops) for one in device.static_routes] == [
        ("vpn1", None, False),
        ("vpn2", 10, False),
        (None, 250, True),
    ]


@settings(max_examples=20)
@given(
    imports=st.tuples(policies(Direction.IMPORT), policies(Direction.IMPORT)),
    exports=st.tuples(policies(Direction.EXPORT), policies(Direction.EXPORT)),
    platform=st.sampled_from((Platform.FRR, Platform.QUAGGA)),
)
def test_it_reads_back_with_whatever_policies(
    imports: tuple[Policy, Policy], exports: tuple[Policy, Policy], platform: Platform
) -> None:
    reads_back(platform, customer(imports=imports, exports=exports))


def test_bfd_where_both_ends_have_it() -> None:
    it = replace(customer(), bfd=Bfd())
    (_, one), *_ = [
        neighbour_of(reads_back(Platform.FRR, it), str(each.gateway_inside)) for each in it.tunnels
    ]

    assert one.bfd is not None
    assert one.bfd.value == Bfd()
    assert "bfdd=yes" in writer(Platform.FRR).load().customer(it)[0].text
    assert "bfd" not in writer(Platform.QUAGGA).load().customer(it)[0].text


@pytest.mark.parametrize(
    "line",
    [
        "router bgp 65000\n redistribute static route-map OWN",
        "router bgp 65000\n address-family ipv4 unicast\n  network 10.9.0.0/16 route-map OWN",
        "router bgp 65000\n neighbor 169.254.2.1 default-originate route-map OWN",
        "router bgp 65000\n neighbor 169.254.2.1 unsuppress-map OWN",
        "router bgp 65000\n neighbor 169.254.2.1 route-map OWN out",
        "route-map OTHER permit 10\n call OWN",
        "ip protocol bgp route-map OWN",
        "router bgp 65000\n address-family ipv6 unicast\n  neighbor 169.254.1.1 route-map OWN in",
    ],
)
def test_a_map_that_anything_else_uses_is_not_touched(line: str) -> None:
    sources = (Source(name="frr.conf", text=DEVICE.removesuffix("end\n") + f"{line}\n"),)
    after = in_front(now("169.254.1.1", Direction.IMPORT, sources), Changes(weight=7))
    patch = holds(Platform.FRR, sources, "169.254.1.1", Direction.IMPORT, after)

    assert not [one for one in patch.lines if one.startswith("route-map OWN ")]


@pytest.mark.parametrize("line", ["! OWN in", "ip prefix-list OWN seq 5 permit 10.0.0.0/8"])
def test_a_name_that_stands_elsewhere_is_no_use_of_it(line: str) -> None:
    sources = (Source(name="frr.conf", text=DEVICE.removesuffix("end\n") + f"{line}\n"),)
    after = in_front(now("169.254.1.1", Direction.IMPORT, sources), Changes(weight=7))
    patch = holds(Platform.FRR, sources, "169.254.1.1", Direction.IMPORT, after)

    assert patch.lines[0] == "route-map OWN permit 5"
