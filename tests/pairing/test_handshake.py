"""Whether a tunnel comes up and survives its first rekey, by both ends' IPsec."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from typing import TypeVar

import pytest
from tests.aws.descriptions import KEY, connection
from tests.pairing.ends import aws

from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Place, Said
from samepath.device.reading.tunnels import Esp, Ike, Tunnel
from samepath.device.writing.customer import placeholder
from samepath.model.topology import IkeProposal
from samepath.pairing.handshake import Answer, Handshake, handshake

OTHER = IkeProposal(encryption="aes256", integrity="sha256", group=14)
PLACE = Place(file="fw1.cfg", line=7)
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
GCM = IkeProposal(encryption="aes256gcm16", integrity="sha384", group=20)
ESP = replace(GCM, integrity=None)
T = TypeVar("T")


def said(value: T) -> Said[T]:
    return Said(value=value, place=PLACE)


def own(
    *,
    ike: IkeProposal = GCM,
    esp: IkeProposal = ESP,
    version: int | None = 2,
    key: str | None = KEY,
) -> Tunnel:
    """A tunnel that agrees with AWS's, but for what is said."""
    return Tunnel(
        interface="Tunnel1",
        place=PLACE,
        destination=said(IPv4Address("203.0.113.5")),
        inside=said(IPv4Interface("169.254.10.2/30")),
        protection=said("PROFILE"),
        ike=Ike(
            version=None if version is None else said(version),
            proposals=(said(ike),),
            secret=None if key is None else said(Secret(key)),
        ),
        esp=Esp(proposals=(said(esp),)),
    )


def judged(
    tunnel: Tunnel | None,
    *,
    options: bool = True,
    unread: bool = False,
    startup: str | None = "start",
) -> Handshake:
    described = connection(options=options)
    for one in described["Options"].get("TunnelOptions", ()):
        one["StartupAction"] = startup
    understood = aws(described)
    (made,) = understood.topology.connections.values()
    return handshake(made.tunnels[0], understood.connections[0].tunnels[0], tunnel, unread=unread)


def told(found: Handshake) -> str:
    return "; ".join(one.what for one in (*found.reasons, *found.rekeying))


def test_two_ends_that_agree_come_up_and_stay_up() -> None:
    found = judged(own())

    assert (found.comes_up, found.survives) == (YES, YES)
    assert (found.reasons, found.rekeying, found.notes) == ((), (), ())


def test_what_is_in_no_file_is_not_guessed() -> None:
    found = judged(None)

    assert (found.comes_up, found.survives) == (UNKNOWN, UNKNOWN)
    assert told(found) == "its IPsec is not in this file"


@pytest.mark.parametrize(
    ("tunnel", "why"),
    [
        (own(ike=replace(GCM, group=14)), "no common IKE proposal"),
        (own(ike=replace(GCM, encryption="aes256")), "no common IKE proposal"),
        (own(esp=replace(GCM, encryption="aes256")), "no common ESP proposal"),
        (own(version=1), "the device speaks ikev1, and AWS ikev2 alone"),
        (own(key="another.key"), "the two pre-shared keys are not the same"),
        (replace(own(), protection=None), "Tunnel1 has no IPsec"),
        (replace(own(), shutdown=said(value=True)), "Tunnel1 is shut down"),
        (
            replace(own(), destination=said(IPv4Address("203.0.113.77"))),
            "Tunnel1 leads to 203.0.113.77, and AWS's end is 203.0.113.5",
        ),
        (
            replace(own(), inside=said(IPv4Interface("169.254.10.1/30"))),
            "its inside address is 169.254.10.1, and AWS has given it 169.254.10.2",
        ),
        (
            replace(own(), ike=replace(own().ike or Ike(), remote_identity=said("203.0.113.77"))),
            "it expects the identity 203.0.113.77",
        ),
    ],
)
def test_what_the_ends_do_not_agree_on_keeps_a_tunnel_down(tunnel: Tunnel, why: str) -> None:
    found = judged(tunnel)

    assert (found.comes_up, found.survives) == (NO, NO)
    assert why in told(found)
    assert KEY not in told(found)
    assert {one.place for one in found.reasons if one.answer is NO} == {PLACE}


@pytest.mark.parametrize("group", [14, None])
def test_a_pfs_group_that_differs_breaks_the_first_rekey(group: int | None) -> None:
    found = judged(own(esp=replace(GCM, group=group)))

    assert (found.comes_up, found.survives) == (YES, NO)
    assert told(found) == f"no common PFS group: AWS admits 20, the device {group or 'none'}"


def test_with_ikev1_it_keeps_the_tunnel_down_at_once() -> None:
    found = judged(
        own(
            version=1,
            ike=IkeProposal(encryption="aes128", integrity="sha1", group=2),
            esp=IkeProposal(encryption="aes128", integrity="sha1", group=None),
        ),
        options=False,
    )

    assert (found.comes_up, found.survives) == (NO, NO)
    assert "no common PFS group" in told(found)


@pytest.mark.parametrize(
    ("tunnel", "why"),
    [
        (own(key=None), "no pre-shared key of it is in this file"),
        (own(key="redacted"), "whether the pre-shared keys agree is not to be seen"),
        (own(key=placeholder(1)), "whether the pre-shared keys agree is not to be seen"),
        (replace(own(), ike=None), "its IKE is not in this file"),
        (replace(own(), esp=None), "its ESP is not in this file"),
        (
            replace(own(), ike=replace(own().ike or Ike(), proposals=())),
            "its IKE proposals are the platform's own",
        ),
        (replace(own(), destination=None), "where Tunnel1 leads does not say"),
    ],
)
def test_what_a_file_leaves_open_is_told(tunnel: Tunnel, why: str) -> None:
    found = judged(tunnel)

    assert found.comes_up is UNKNOWN
    assert why in told(found)


@pytest.mark.parametrize(
    ("tunnel", "why"),
    [
        (
            replace(own(), ike=replace(own(ike=OTHER).ike or Ike(), more=True)),
            "its IKE proposals are the platform's own besides those of the file",
        ),
        (
            replace(own(), esp=replace(own(esp=OTHER).esp or Esp(), more=True)),
            "its ESP proposals are the platform's own besides those of the file",
        ),
        (own(version=None), "it does not say its version of IKE, and AWS speaks ikev2 alone"),
        (own(version=0), "it does not say its version of IKE, and AWS speaks ikev2 alone"),
    ],
)
def test_what_the_platform_adds_by_itself_is_not_known(tunnel: Tunnel, why: str) -> None:
    found = judged(tunnel)

    assert found.comes_up is UNKNOWN
    assert why in told(found)


def test_a_pfs_group_that_the_platform_may_add_is_not_known() -> None:
    esp = replace(own(esp=replace(GCM, group=14)).esp or Esp(), more=True)
    found = judged(replace(own(), esp=esp))

    assert (found.comes_up, found.survives) == (YES, UNKNOWN)


@pytest.mark.parametrize(
    ("starts", "startup", "answer"),
    [
        (False, "add", NO),
        (False, "start", YES),
        (False, None, UNKNOWN),
        (True, "add", YES),
        (None, "add", YES),
    ],
)
def test_one_of_the_two_has_to_begin(
    *, starts: bool | None, startup: str | None, answer: Answer
) -> None:
    tunnel = replace(own(), starts=None if starts is None else said(value=starts))

    assert judged(tunnel, startup=startup).comes_up is answer


def test_a_line_that_was_not_understood_makes_no_of_it_a_doubt() -> None:
    found = judged(own(ike=replace(GCM, group=14)), unread=True)

    assert (found.comes_up, found.survives) == (UNKNOWN, UNKNOWN)


def test_lifetimes_that_differ_hinder_nothing() -> None:
    tunnel = own()
    longer = replace(tunnel, ike=replace(tunnel.ike or Ike(), lifetime=said(86400)))
    found = judged(longer)

    assert found.comes_up is YES
    assert found.notes == ("the IKE lifetimes are 86400 s and, at AWS, 28800 s: AWS rekeys first",)
