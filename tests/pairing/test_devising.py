"""A customer gateway from what AWS tells: what is taken, what is chosen, and what is asked for."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from tests.pairing.ends import NAME, aws

from samepath.model.preference import PINNED_LOCAL_PREFERENCE, PINNED_PREPENDS
from samepath.model.topology import STRONG_ESP, STRONG_IKE, IkeProposal
from samepath.pairing.devising import CannotDevise, Choice, devise

SITE = (IPv4Network("192.168.10.0/24"),)


def test_both_tunnels_are_aws_and_the_strongest_of_its_algorithms_are_taken() -> None:
    understood = aws()
    it = devise(understood, Choice(networks=SITE))
    (told,) = understood.connections
    assert [one.outside for one in it.tunnels] == [one.outside for one in told.tunnels]
    assert {(one.ike, one.esp) for one in it.tunnels} == {(STRONG_IKE[0], STRONG_ESP[0])}
    assert {one.ike_version for one in it.tunnels} == {2}
    for one in it.tunnels:
        assert one.gateway_inside in one.inside.network
        assert one.gateway_inside != one.inside.ip
    assert (it.mtu, it.mss) == (1438, 1398)


@pytest.mark.parametrize("preferred", [1, 2])
def test_the_tunnel_that_is_preferred_is_so_in_both_directions(preferred: int) -> None:
    it = devise(aws(), Choice(networks=SITE, prefer=preferred))
    found = {
        one.number: (
            [term.changes.local_preference for term in one.imports.terms],
            [term.changes.prepend for term in one.exports.terms],
        )
        for one in it.tunnels
    }
    assert found == {
        preferred: ([PINNED_LOCAL_PREFERENCE], [0]),
        3 - preferred: ([None], [PINNED_PREPENDS]),
    }


def test_without_a_preference_both_tunnels_are_alike_and_have_a_policy() -> None:
    it = devise(aws(), Choice(networks=SITE, prefer=None))
    one, other = it.tunnels
    assert (one.imports, one.exports) == (other.imports, other.exports)
    assert one.imports.terms
    assert one.exports.terms


def test_keys_are_left_out_unless_they_are_asked_for() -> None:
    understood = aws()
    without = devise(understood, Choice(networks=SITE))
    assert {one.key_or_placeholder for one in without.tunnels} == {
        "PRE-SHARED-KEY-OF-TUNNEL-1",
        "PRE-SHARED-KEY-OF-TUNNEL-2",
    }
    key = understood.connections[0].tunnels[0].key
    assert key is not None
    withs = devise(understood, Choice(networks=SITE, keys=True))
    assert withs.tunnels[0].key == key
    assert key.reveal() not in repr(withs)


def test_networks_that_nobody_tells_are_asked_for() -> None:
    with pytest.raises(CannotDevise, match="--network CIDR"):
        devise(aws(), Choice())


def test_a_connection_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(CannotDevise, match="--connection vpn-0: the description holds vpn-"):
        devise(aws(), Choice(connection="vpn-0", networks=SITE))


def test_addresses_that_aws_has_not_chosen_yet_are_said() -> None:
    understood = aws()
    (told,) = understood.connections
    first, second = told.tunnels
    planned = replace(told, tunnels=(first, replace(second, outside_told=False)))
    with pytest.raises(CannotDevise, match="not chosen the addresses of tunnel 2 yet"):
        devise(replace(understood, connections=(planned,)), Choice(networks=SITE))


def test_ikev1_gets_no_combined_cipher() -> None:
    understood = aws()
    (told,) = understood.connections
    old = tuple(replace(one, ike_versions=("ikev1",)) for one in told.tunnels)
    by_old = replace(understood, connections=(replace(told, tunnels=old),))
    with pytest.raises(CannotDevise, match="IKEv1 alone, and combined ciphers alone"):
        devise(by_old, Choice(networks=SITE))
    plain = IkeProposal(encryption="aes256", integrity="sha256", group=14)
    connection = understood.topology.connections[NAME]
    crypto = replace(connection.tunnels[0].crypto, ike=(*STRONG_IKE, plain))
    tunnels = tuple(replace(one, crypto=crypto) for one in connection.tunnels)
    connections = {NAME: replace(connection, tunnels=tunnels)}
    topology = replace(understood.topology, connections=connections)
    it = devise(replace(by_old, topology=topology), Choice(networks=SITE))
    assert {(one.ike_version, one.ike) for one in it.tunnels} == {(1, plain)}
