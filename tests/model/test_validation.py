"""Rules and warnings on topologies from any source, with and without a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.model.test_document import SMALLEST

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
from samepath.model.unknown import SecretRef, SecretSource
from samepath.model.validation import problems, warnings

NO_PFS = (replace(STRONG_ESP[0], group=None),)
OTHER_GROUP = (replace(STRONG_ESP[0], group=19),)
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


@pytest.mark.parametrize(
    ("customer", "path", "words"),
    [
        (Crypto(esp=NO_PFS), "customer.esp.groups", "first rekey"),
        (Crypto(esp=OTHER_GROUP), "customer.esp.groups", "first rekey"),
        (Crypto(esp=OTHER_CIPHER), "customer.esp", "carry nothing"),
        (Crypto(ike=OTHER_CIPHER), "customer.ike", "not come up"),
    ],
)
def test_ends_that_cannot_agree_are_no_mistake_but_warned_of(
    customer: Crypto, path: str, words: str
) -> None:
    mismatch = with_tunnel(replace(second(), customer_crypto=customer))
    assert problems(mismatch) == ()
    (warning,) = warnings(mismatch)
    assert warning.path == f"connections.seoul.tunnels[1].{path}"
    assert words in warning.advice


def test_one_suite_in_common_is_enough() -> None:
    both = Crypto(esp=(*OTHER_CIPHER, *STRONG_ESP), ike=(*OTHER_CIPHER, *STRONG_IKE))
    assert warnings(with_tunnel(replace(second(), customer_crypto=both))) == ()


def test_different_keys_are_warned_of() -> None:
    other = SecretRef(source=SecretSource.FILE, locator="/etc/psk")
    (warning,) = warnings(with_tunnel(replace(second(), customer_secret=other)))
    assert warning.path == "connections.seoul.tunnels[1].customer_pre_shared_key"


@pytest.mark.parametrize("group", [2, 5, 22, 23, 24])
def test_weak_groups_are_warned_of(group: int) -> None:
    weak = Crypto(esp=(replace(STRONG_ESP[0], group=group),))
    (warning,) = warnings(with_tunnel(replace(second(), crypto=weak)))
    assert f"group {group}" in warning.message


def test_sha1_is_warned_of_once_a_phase() -> None:
    weak = tuple(
        IkeProposal(encryption=cipher, integrity="sha1", group=20)
        for cipher in ("aes128", "aes256")
    )
    found = warnings(with_tunnel(replace(second(), crypto=Crypto(ike=weak))))
    assert [warning.path for warning in found] == ["connections.seoul.tunnels[1].ike"]


def test_an_inside_probe_without_static_routes_is_warned_of() -> None:
    base = topology()
    seoul = replace(base.connections["seoul"], probe_inside=True)
    (warning,) = warnings(replace(base, connections={"seoul": seoul}))
    assert warning.path == "connections.seoul.probe_inside"


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
