"""Rules on topologies from any source, with and without a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.model.test_document import SMALLEST

from samepath.model.cautions import warnings
from samepath.model.document import parse
from samepath.model.problems import Place, Problem, at, below, is_within, place_of
from samepath.model.suites import differ_in_pfs_only, share_a_suite, spell_suites
from samepath.model.topology import (
    STRONG_ESP,
    STRONG_IKE,
    Crypto,
    IkeProposal,
    Topology,
    Tunnel,
)
from samepath.model.validation import problems

NO_PFS = (replace(STRONG_ESP[0], group=None),)
OTHER_CIPHER = (IkeProposal(encryption="aes256", integrity="sha384", group=20),)


def topology() -> Topology:
    return parse(SMALLEST).topology


def with_tunnel(change: Tunnel) -> Topology:
    """The smallest topology with ``change`` as its tunnel of that number."""
    base = topology()
    seoul = base.connections["seoul"]
    tunnels = tuple(change if t.number == change.number else t for t in seoul.tunnels)
    return replace(base, connections={"seoul": replace(seoul, tunnels=tunnels)})


def second() -> Tunnel:
    return topology().connections["seoul"].tunnels[1]


def test_a_topology_from_elsewhere_has_problems_without_lines() -> None:
    first, _ = topology().connections["seoul"].tunnels
    clash = with_tunnel(replace(second(), inside=first.inside))
    (problem,) = problems(clash)
    assert problem.path == "connections.seoul.tunnels[1].inside"
    assert (problem.line, problem.column) == (None, None)
    assert problem.concerns == ("connections.seoul.tunnels[0].inside",)
    place = Place(line=7, column=3)
    (told,) = problems(clash, {"connections.seoul": place})
    assert (told.line, told.column) == (7, 3)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_connection_has_two_tunnels(count: int) -> None:
    base = topology()
    seoul = base.connections["seoul"]
    some = (*seoul.tunnels, *seoul.tunnels)[:count]
    broken = replace(base, connections={"seoul": replace(seoul, tunnels=some)})
    assert "connections.seoul.tunnels" in [problem.path for problem in problems(broken)]


def test_the_customers_lifetimes_follow_the_rule_too() -> None:
    short = Crypto(ike_lifetime=timedelta(seconds=1800), esp_lifetime=timedelta(seconds=1800))
    (problem,) = problems(with_tunnel(replace(second(), customer_crypto=short)))
    assert problem.path == "connections.seoul.tunnels[1].customer.esp.lifetime"


def test_a_good_topology_has_neither_problems_nor_warnings() -> None:
    assert problems(topology()) == ()
    assert warnings(topology()) == ()


def test_suites_are_compared_and_spelled() -> None:
    assert share_a_suite(STRONG_ESP, (*OTHER_CIPHER, *STRONG_ESP))
    assert not share_a_suite(STRONG_ESP, ())
    assert differ_in_pfs_only(STRONG_ESP, NO_PFS)
    assert not differ_in_pfs_only(STRONG_ESP, STRONG_ESP)
    assert not differ_in_pfs_only(STRONG_ESP, OTHER_CIPHER)
    assert spell_suites((*STRONG_IKE, *NO_PFS)) == "aes256gcm16-sha384-20, aes256gcm16"


def test_paths() -> None:
    assert at("vpcs", "main", "subnets", "app") == "vpcs.main.subnets.app"
    assert below("a", 'b."c') == 'a[b."c]'
    assert is_within("a.b[1].c", "a.b")
    assert is_within("a.b", "a.b")
    assert is_within("anything", "")
    assert not is_within("a.bc", "a.b")
    assert place_of({}, "a.b") is None
    assert Problem(path="a", message="is wrong").render("f") == "f: a: is wrong"
