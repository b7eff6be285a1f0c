"""What an FRR is told so that it has another text in force: tables, and laws of any two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from tests.device.frr.test_customer import routers

from samepath.device.frr.customer import Texts
from samepath.drivers.frr_config import changes, places

RUNNING = """\
Building configuration...

Current configuration:
!
frr version 8.4.4
frr defaults traditional
hostname somewhere
log stdout
!
router bgp 65000
 bgp router-id 198.51.100.1
 neighbor 192.0.2.1 remote-as 64512
 !
 address-family ipv4 unicast
  network 10.0.0.0/8
  neighbor 192.0.2.1 route-map in-a in
  neighbor 192.0.2.1 route-map out-a out
 exit-address-family
exit
!
ip prefix-list in-a-1 seq 5 permit 10.0.0.0/8
!
route-map in-a permit 1
 match ip address prefix-list in-a-1
exit
!
route-map out-a permit 1
exit
!
end
"""
NEIGHBOUR = ("router bgp 65000", "address-family ipv4 unicast")
TEXT = """\
! A text.
route-map in-a permit 1
 match ip address prefix-list in-a-1
exit
route-map out-a permit 1
exit
ip prefix-list in-a-1 seq 5 permit 10.0.0.0/8
router bgp 65000
 bgp router-id 198.51.100.1
 neighbor 192.0.2.1 remote-as 64512
 address-family ipv4 unicast
  network 10.0.0.0/8
  neighbor 192.0.2.1 route-map in-a in
  neighbor 192.0.2.1 route-map out-a out
 exit-address-family
exit
"""


def test_a_line_is_known_with_what_it_belongs_to() -> None:
    found = places(RUNNING)

    assert ("router bgp 65000", "bgp router-id 198.51.100.1") in found
    assert (*NEIGHBOUR, "neighbor 192.0.2.1 route-map in-a in") in found
    assert ("route-map out-a permit 1",) in found
    assert not any("exit" in place[-1] or "!" in place[-1] for place in found)


def test_what_is_in_force_is_not_told_again() -> None:
    assert changes(RUNNING, TEXT) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("  network 10.0.0.0/8\n", "  network 10.0.0.0/8\n  network 10.1.0.0/16\n"),
            (*NEIGHBOUR, "network 10.1.0.0/16", "exit", "exit"),
        ),
        (
            ("route-map out-a permit 1\n", "route-map out-a permit 1\n set metric 5\n"),
            ("route-map out-a permit 1", "set metric 5", "exit"),
        ),
        (
            (" neighbor 192.0.2.1 remote-as 64512\n", " neighbor 192.0.2.1 remote-as 64513\n"),
            ("router bgp 65000", "neighbor 192.0.2.1 remote-as 64513", "exit"),
        ),
    ],
)
def test_what_is_not_in_force_is_told_in_its_place(
    change: tuple[str, str], told: tuple[str, ...]
) -> None:
    assert change[0] in TEXT
    assert changes(RUNNING, TEXT.replace(*change)) == told


def test_a_neighbour_goes_over_to_another_map_before_the_old_one_and_its_list_go() -> None:
    wanted = (
        TEXT.replace("in-a-1", "in-b-1").replace("in-a", "in-b").replace("10.0.0.0/8\nr", "any\nr")
    )

    assert changes(RUNNING, wanted) == (
        "route-map in-b permit 1",
        "match ip address prefix-list in-b-1",
        "exit",
        "ip prefix-list in-b-1 seq 5 permit any",
        *NEIGHBOUR,
        "neighbor 192.0.2.1 route-map in-b in",
        "exit",
        "exit",
        "no route-map in-a",
        "no ip prefix-list in-a-1",
    )


def test_a_neighbour_that_is_to_have_no_map_loses_its_own_before_that_goes() -> None:
    wanted = TEXT.replace("  neighbor 192.0.2.1 route-map out-a out\n", "").replace(
        "route-map out-a permit 1\nexit\n", ""
    )

    assert changes(RUNNING, wanted) == (
        *NEIGHBOUR,
        "no neighbor 192.0.2.1 route-map out-a out",
        "exit",
        "exit",
        "no route-map out-a",
    )


def test_a_static_route_comes_and_goes() -> None:
    route = "ip route 10.0.0.0/16 seoul-t1\n"

    assert changes("", route) == ("ip route 10.0.0.0/16 seoul-t1",)
    assert changes(route, "! nothing\n") == ("no ip route 10.0.0.0/16 seoul-t1",)


def told_to(lines: tuple[str, ...]) -> str:
    """The lines as somebody would indent them."""
    depth, out = 0, []
    for line in lines:
        if line == "exit":
            depth -= 1
            continue
        out.append(" " * depth + line)
        heads = ("route-map ", "router ", "address-family ", "profile ")
        depth += line.startswith(heads) or line == "bfd"
    assert depth == 0
    return "\n".join(out)


@given(texts=routers)
def test_an_empty_daemon_is_told_all_of_a_text_in_its_order(texts: Texts) -> None:
    for text in (texts.bgpd, texts.bfdd, texts.staticd):
        if text is not None:
            assert places(told_to(changes("", text))) == places(text)
            assert changes(text, text) == ()
