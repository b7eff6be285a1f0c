"""Warnings on what can be built, each with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.model.test_validation import NO_PFS, OTHER_CIPHER, second, topology, with_tunnel

from samepath.model.cautions import warnings
from samepath.model.policy import Changes, Policy, Term
from samepath.model.topology import (
    STRONG_ESP,
    STRONG_IKE,
    BgpTimers,
    Crypto,
    Dpd,
    DpdAction,
    IkeProposal,
    Policies,
    Routing,
    Topology,
    Tunnel,
)
from samepath.model.unknown import SecretRef, SecretSource
from samepath.model.validation import problems

OTHER_GROUP = (replace(STRONG_ESP[0], group=19),)
SOME = Policies(exports=Policy(terms=(Term(changes=Changes(med=50)),)))


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


def static(change: Tunnel, *, probe: bool = False) -> Topology:
    """The smallest topology with static routing and ``change`` as its second tunnel."""
    base = with_tunnel(change)
    seoul = replace(base.connections["seoul"], routing=Routing.STATIC, probe_inside=probe)
    return replace(base, connections={"seoul": seoul})


def test_policies_have_no_effect_with_static_routing() -> None:
    for tunnel, end in (
        (replace(second(), gateway_policy=SOME), "gateway"),
        (replace(second(), customer_policy=SOME), "customer"),
    ):
        assert warnings(with_tunnel(tunnel)) == ()
        (warning,) = warnings(static(tunnel))
        assert warning.path == f"connections.seoul.tunnels[1].policy.{end}"
        assert "no effect with static routing" in warning.message


def test_bgp_timers_have_no_effect_with_static_routing() -> None:
    base = static(second())
    assert warnings(base) == ()
    seoul = replace(base.connections["seoul"], bgp=BgpTimers(bfd=None))
    (warning,) = warnings(replace(base, connections={"seoul": seoul}))
    assert warning.path == "connections.seoul.bgp"


def test_static_routes_that_nothing_ever_withdraws_are_warned_of() -> None:
    blind = replace(second(), dpd=Dpd(action=DpdAction.NONE))
    assert warnings(with_tunnel(blind)) == ()
    assert warnings(static(blind, probe=True)) == ()
    (warning,) = warnings(static(blind))
    assert warning.path == "connections.seoul.tunnels[1].dpd.action"
    assert "its static routes stay" in warning.message
