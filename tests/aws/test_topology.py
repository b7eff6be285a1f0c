"""An inventory becomes a topology, and what had to be assumed is said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.descriptions import (
    CGW,
    KEY,
    VGW,
    VPN,
    Json,
    Sketch,
    configuration,
    connection,
    customer_gateways,
    route_tables,
    text,
    transit_gateways,
    virtual_gateways,
)

from samepath.aws.configuration import render
from samepath.aws.gathering import gather
from samepath.aws.names import short_names
from samepath.aws.reading import InvalidDescription
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.model import validation
from samepath.model.topology import (
    BgpTimers,
    DpdAction,
    GatewayKind,
    GatewayPrefers,
    IkeProposal,
    Mode,
    Policies,
    Routing,
    StartupAction,
)
from samepath.model.unknown import SecretSource

TGW = "tgw-0a0a0a0a"
OTHER_VPN, OTHER_CGW = "vpn-0b0b0b0b", "cgw-0b0a0a0a"
OTHER = connection(Sketch(number=1), vpn=OTHER_VPN, cgw=OTHER_CGW)


def understood(*answers: object) -> Understood:
    return understand(
        gather(
            (f"{number}.json", one if isinstance(one, str) else json.dumps(one))
            for number, one in enumerate(answers)
        )
    )


def assumed(found: Understood, subject: str) -> list[str]:
    return [one.what for one in found.assumed if one.subject == subject]


def test_a_virtual_private_gateways_connection() -> None:
    found = understood(text(connection()), virtual_gateways(), route_tables())
    topology = found.topology
    made = topology.connections[VPN]
    first, second = made.tunnels

    assert topology.name == VPN
    assert (made.gateway, made.customer_gateway) == (VGW, CGW)
    assert (made.routing, made.mode) == (Routing.BGP, Mode.PLAIN)
    assert made.gateway_prefers is GatewayPrefers.UNKNOWN
    assert made.bgp == BgpTimers(
        hold=timedelta(seconds=30), keepalive=timedelta(seconds=10), bfd=None
    )
    assert (first.outside, second.outside) == (
        IPv4Address("203.0.113.5"),
        IPv4Address("203.0.113.9"),
    )
    assert str(first.customer_inside) == "169.254.10.2/30"
    assert topology.gateways[VGW].kind is GatewayKind.VIRTUAL_PRIVATE
    assert topology.gateways[VGW].asn == 64512
    assert topology.customer_gateways[CGW].asn == 65000
    assert topology.customer_gateways[CGW].address == IPv4Address("198.51.100.1")
    assert topology.vpcs["vpc-0a0a0a0a"].cidr == IPv4Network("10.20.0.0/16")
    (site,) = topology.sites.values()
    assert site.networks == (IPv4Network("192.168.10.0/24"),)
    assert assumed(found, "vpc-0a0a0a0a") == []
    assert assumed(found, site.name) == []


def test_a_tunnels_options_are_aws_own() -> None:
    (first, _) = understood(text(connection())).topology.connections[VPN].tunnels

    assert first.crypto.ike == (
        IkeProposal(encryption="aes256gcm16", integrity="sha384", group=20),
    )
    assert first.crypto.esp == (IkeProposal(encryption="aes256gcm16", integrity=None, group=20),)
    assert first.crypto.ike_lifetime == timedelta(hours=8)
    assert first.crypto.rekey_margin == timedelta(seconds=270)
    assert first.dpd.timeout == timedelta(seconds=30)
    assert first.dpd.action is DpdAction.RESTART
    assert first.startup is StartupAction.START
    assert first.gateway_secret.source is SecretSource.GENERATED
    assert first.gateway_secret == first.customer_secret


def test_options_that_are_not_told_are_aws_defaults_and_weak() -> None:
    found = understood(text(connection(options=False)))
    (first, _) = found.topology.connections[VPN].tunnels

    assert first.crypto.ike[0] == IkeProposal(encryption="aes128", integrity="sha1", group=2)
    assert {one.group for one in first.crypto.ike} == {2, *range(14, 25)}
    assert {one.group for one in first.crypto.esp} == {2, 5, *range(14, 25)}
    assert first.dpd.timeout == timedelta(seconds=40)
    assert first.startup is StartupAction.ADD
    assert "it admits the algorithms of AWS's defaults" in assumed(found, VPN)
    (warning,) = found.warnings()
    assert "sha1, group 2, group 22" in warning.message
    assert understood(text(connection())).warnings() == ()


def test_a_transit_gateway_has_ecmp_unless_it_is_told_otherwise() -> None:
    one = connection(vgw=None, tgw=TGW)
    for answers, ecmp in (
        ([], True),
        ([transit_gateways()], True),
        ([transit_gateways(ecmp="disable")], False),
    ):
        found = understood(text(one), *answers)
        gateway = found.topology.gateways[TGW]
        assert (gateway.kind, gateway.ecmp) == (GatewayKind.TRANSIT, ecmp)
        made = found.topology.connections[VPN]
        assert made.gateway_prefers is GatewayPrefers.ACTIVE
        assert ("VpnEcmpSupport" in " ".join(assumed(found, TGW))) is not bool(answers)


def test_a_static_connection() -> None:
    found = understood(text(connection(Sketch(static=True), accepted=(None, None))))
    made = found.topology.connections[VPN]
    (site,) = found.topology.sites.values()

    assert made.routing is Routing.STATIC
    assert site.networks == (IPv4Network("192.168.10.0/24"),)
    assert made.gateway_prefers is GatewayPrefers.UNKNOWN
    assert "it sends by tunnel 1 while that is up, where routes are static" in assumed(found, CGW)
    (told,) = found.connections
    assert told.customer_asn is None
    assert [one.status for one in told.tunnels] == ["down", "down"]


def test_what_nothing_tells_is_stood_in_for_and_said() -> None:
    sample = connection(options=False) | {"CustomerGatewayConfiguration": "..."}
    found = understood(text(sample))
    topology = found.topology

    assert validation.problems(topology) == ()
    assert topology.vpcs[f"vpc-of-{VGW}"].cidr == IPv4Network("198.18.0.0/24")
    (site,) = topology.sites.values()
    assert site.networks == (IPv4Network("198.19.0.0/24"),)
    assert topology.customer_gateways[CGW].address == IPv4Address("192.0.2.1")
    assert [str(one) for one in found.assumed] == [
        f"{VGW}: its AS number is 64512 (AWS's default)",
        f"{CGW}: 192.0.2.1 stands for its address",
        f"{CGW}: its AS number is 65000",
        (
            f"{CGW}: a router without policies, which takes one best path and keeps no sessions; a "
            "firewall that binds sessions to an interface would drop what is asymmetric"
        ),
        f"{VPN}: its tunnels are numbered as its description lists them",
        f"{VPN}: it admits the algorithms of AWS's defaults",
        (
            f"{VPN}: 169.254.8.0/30 and 169.254.8.4/30 stand for the inside network of a tunnel, which "
            "is not told"
        ),
        f"vpc-of-{VGW}: its network is not told; 198.18.0.0/24 stands for it",
        f"site-of-{CGW}: its networks are not told; 198.19.0.0/24 stands for them",
    ]


def test_a_stand_in_is_no_number_of_the_gateways() -> None:
    one = connection(Sketch(static=True)) | {"VpnGatewayId": VGW}
    found = understood(text(one), virtual_gateways(asn=65000))
    assert found.topology.customer_gateways[CGW].asn == 65001


def test_the_xml_alone_is_enough() -> None:
    found = understood(render(configuration()))
    assert list(found.topology.connections) == [VPN]
    found = understood(render(configuration(vgw=None)))
    (gateway,) = found.topology.gateways.values()
    assert gateway.kind is GatewayKind.TRANSIT
    assert "it is a transit gateway: a virtual private one would be named" in assumed(
        found, gateway.name
    )


# --------------------------------------------------------------------------------- several of them


def test_two_customer_gateways_of_one_as_are_one_site() -> None:
    found = understood(text(connection(), OTHER))
    (site,) = found.topology.sites.values()

    assert site.customer_gateways == (CGW, OTHER_CGW)
    assert assumed(found, site.name)[0] == (
        f"{CGW} and {OTHER_CGW} are two devices of one site, whose hosts send to {CGW}"
    )
    assert found.topology.name == "aws"


def test_what_announces_nothing_is_told_and_no_first_hop() -> None:
    silent = connection(accepted=(0, 0))
    found = understood(text(silent, OTHER))
    (site,) = found.topology.sites.values()

    assert site.customer_gateways == (OTHER_CGW, CGW)
    policies = [one.customer_policy for one in found.topology.connections[VPN].tunnels]
    assert all(one != Policies() for one in policies)
    assert (
        "its customer announces nothing on tunnel 1: AWS had no prefix of it while it was up"
        in assumed(found, VPN)
    )
    others = found.topology.connections[OTHER_VPN].tunnels
    assert all(one.customer_policy == Policies() for one in others)


def test_a_tunnel_whose_session_does_not_stand_is_not_known_to_be_silent() -> None:
    one = connection(accepted=(0, 0))
    for telemetry in one["VgwTelemetry"]:
        telemetry["StatusMessage"] = "IPSEC IS UP"
    tunnels = understood(text(one)).topology.connections[VPN].tunnels
    assert all(one.customer_policy == Policies() for one in tunnels)


@pytest.mark.parametrize("accepted", [None, 1])
def test_a_tunnel_that_is_down_or_heard_announces_as_usual(accepted: int | None) -> None:
    found = understood(text(connection(accepted=(accepted, 3))))
    tunnels = found.topology.connections[VPN].tunnels
    assert all(one.customer_policy == Policies() for one in tunnels)


def test_customer_gateways_of_their_own_as_are_sites_of_their_own() -> None:
    other = connection(Sketch(number=1, customer_asn=65001), vpn=OTHER_VPN, cgw=OTHER_CGW)
    found = understood(text(connection(), other), route_tables())
    assert [one.customer_gateways for one in found.topology.sites.values()] == [
        (CGW,),
        (OTHER_CGW,),
    ]
    # What the gateway propagates may be of either.
    assert [one.networks for one in found.topology.sites.values()] == [
        (IPv4Network("198.19.0.0/24"),),
        (IPv4Network("198.19.1.0/24"),),
    ]


def test_three_customer_gateways_of_one_as_are_three_sites() -> None:
    third = connection(Sketch(number=2), vpn="vpn-0c0c0c0c", cgw="cgw-0c0a0a0a")
    assert len(understood(text(connection(), OTHER, third)).topology.sites) == 3


def test_static_routes_to_one_network_are_one_site() -> None:
    static = Sketch(static=True)
    other = connection(Sketch(number=1, static=True), vpn=OTHER_VPN, cgw=OTHER_CGW)
    assert len(understood(text(connection(static), other)).topology.sites) == 1
    other["Routes"] = [{"DestinationCidrBlock": "192.168.20.0/24", "State": "available"}]
    assert len(understood(text(connection(static), other)).topology.sites) == 2


def test_two_devices_at_one_address_are_said_to_be_two() -> None:
    other = connection(Sketch(number=1, customer_asn=65001), vpn=OTHER_VPN, cgw=OTHER_CGW)
    other["CustomerGatewayConfiguration"] = str(other["CustomerGatewayConfiguration"]).replace(
        "198.51.100.2<", "198.51.100.1<"
    )
    found = understood(text(connection(), other))
    assert f"it is another device than {CGW}, at one address" in assumed(found, OTHER_CGW)


def test_a_vpc_with_two_gateways_is_judged_twice() -> None:
    other = connection(Sketch(number=1), vpn=OTHER_VPN, cgw=OTHER_CGW, vgw=None, tgw=TGW)
    attachment = {
        "TransitGatewayVpcAttachments": [
            {
                "TransitGatewayAttachmentId": "tgw-attach-0a0a0a0a",
                "TransitGatewayId": TGW,
                "VpcId": vpc,
                "State": "available",
            }
            | {"TransitGatewayAttachmentId": f"tgw-attach-{number}"}
            for number, vpc in enumerate(["vpc-0a0a0a0a", "vpc-0b0b0b0b"])
        ]
    }
    found = understood(text(connection(), other), virtual_gateways(), attachment, route_tables())

    assert found.topology.gateways[VGW].vpc == "vpc-0a0a0a0a"
    assert found.topology.gateways[TGW].vpc == "vpc-0b0b0b0b"
    assert assumed(found, TGW)[0] == "of its 2 VPCs vpc-0b0b0b0b stands for all"


# ----------------------------------------------------------------------------- networks of the site


@pytest.mark.parametrize(
    ("route", "judged", "said"),
    [
        ("192.168.0.0/16", "192.168.0.0/16", ""),
        ("10.0.0.0/8", "10.128.0.0/9", "contains the VPC, and is judged by 10.128.0.0/9"),
        (
            "0.0.0.0/0",
            "198.19.0.0/24",
            "is judged by 198.19.0.0/24, which stands for what is in it",
        ),
        ("10.20.1.0/24", "198.19.0.0/24", "is left out: it lies in the VPC's own network"),
        ("169.254.100.0/24", "198.19.0.0/24", "is left out: no machine can have an address there"),
    ],
)
def test_which_part_of_a_route_is_judged(route: str, judged: str, said: str) -> None:
    one = connection(Sketch(static=True))
    one["Routes"] = [{"DestinationCidrBlock": route, "State": "available"}]
    found = understood(text(one), virtual_gateways(), route_tables())
    (site,) = found.topology.sites.values()

    assert site.networks == (IPv4Network(judged),)
    told = assumed(found, site.name)
    assert any(said in line for line in told) if said else told == []


def test_a_network_in_another_is_judged_once() -> None:
    one = connection(Sketch(static=True))
    one["Routes"] = [
        {"DestinationCidrBlock": prefix, "State": "available"}
        for prefix in ("192.168.10.0/24", "192.168.0.0/16", "172.16.0.0/12")
    ]
    (site,) = understood(text(one)).topology.sites.values()
    assert site.networks == (IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


# -------------------------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"State": "deleted"}, "it is deleted"),
        ({"State": "deleting"}, "it is deleting"),
        ({"VpnConcentratorId": "vcn-0a0a0a0a"}, "its traffic shares vcn-0a0a0a0a"),
        ({"Options": {"TunnelInsideIpVersion": "ipv6"}}, "its inside addresses are IPv6"),
        (
            {"CustomerGatewayConfiguration": None, "VgwTelemetry": [], "Options": {}},
            "the addresses of 0 of its 2 tunnels are told",
        ),
        (
            {"CustomerGatewayConfiguration": None, "VpnGatewayId": None},
            "it has no gateway (one of Cloud WAN is not modelled)",
        ),
    ],
)
def test_what_cannot_be_judged_is_skipped_with_its_reason(values: Json, why: str) -> None:
    found = understood(text(OTHER | values, connection()))
    (told,) = map(str, found.skipped)
    assert told.startswith(f"0.json:3: VpnConnections[0]: {OTHER_VPN} is not judged: {why}")
    assert list(found.topology.connections) == [VPN]
    with pytest.raises(InvalidDescription, match=OTHER_VPN):
        understood(text(OTHER | values))


def test_what_is_no_vpn_together_is_refused_with_its_file() -> None:
    other = connection(Sketch(number=1), vpn=OTHER_VPN, cgw=CGW)
    other["CustomerGatewayConfiguration"] = str(other["CustomerGatewayConfiguration"]).replace(
        "169.254.12.", "169.254.10."
    )
    other["Options"] = {"StaticRoutesOnly": False}
    with pytest.raises(InvalidDescription) as caught:
        understood(text(connection()), text(other))
    (told,) = caught.value.problems
    assert str(told).startswith(
        f"1.json: connections.{OTHER_VPN}.tunnels[0].inside: 169.254.10.0/30 is also that of {VPN}"
    )


# ---------------------------------------------------------------------------------- names and labels


def test_names_are_short_as_long_as_nobody_shares_them() -> None:
    assert short_names(["vpn-0123456789abcdef0", "vgw-0123456789abcdef0", "vpn-01234567"]) == {
        "vpn-0123456789abcdef0": "vpn-9abcdef0",
        "vgw-0123456789abcdef0": "vgw-01234567",
        "vpn-01234567": "vpn-01234567",
    }


@given(st.lists(st.from_regex(r"(vpn|tgw-attach)-[0-9a-f]{6,17}", fullmatch=True), unique=True))
def test_no_two_ids_have_one_name(ids: list[str]) -> None:
    names = short_names(ids)
    assert len(set(names.values())) == len(ids)
    kinds = {one: one.rpartition("-")[0] for one in ids}
    for one, name in names.items():
        digits = name.removeprefix(f"{kinds[one]}-")
        assert one.startswith(name) or one.endswith(digits)


def test_a_label_is_what_aws_calls_it() -> None:
    found = understood(text(connection(vpn="vpn-0123456789abcdef0")))
    assert found.labels == {
        "vpn-01234567/tunnel1": "vpn-0123456789abcdef0 tunnel 1 (203.0.113.5)",
        "vpn-01234567/tunnel2": "vpn-0123456789abcdef0 tunnel 2 (203.0.113.9)",
    }


def test_no_key_gets_anywhere() -> None:
    found = understood(text(connection()))
    assert KEY not in repr(found)


# ------------------------------------------------------------------------------------------- laws

SKETCHES = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([65000, 65001]),
        st.sampled_from([(3, 3), (0, 0), (None, 2), (0, 4)]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(SKETCHES, st.booleans(), st.booleans())
def test_whatever_is_understood_is_a_topology(
    sketches: list[tuple[bool, int, tuple[int | None, int | None], bool]],
    transit: bool,
    more: bool,
) -> None:
    connections = [
        connection(
            Sketch(number=number, static=static, customer_asn=asn),
            vpn=f"vpn-0{number}",
            cgw=f"cgw-0{'abcdef'[number]}0a0a0a",
            vgw=None if transit else VGW,
            tgw=TGW if transit else None,
            accepted=accepted,
            options=options,
        )
        for number, (static, asn, accepted, options) in enumerate(sketches)
    ]
    answers = [virtual_gateways(), route_tables(), transit_gateways()] if more else []
    found = understood(text(*connections), *answers)

    assert validation.problems(found.topology) == ()
    assert len(found.connections) + len(found.skipped) == len(sketches)
    assert found == understood(text(*connections), *answers)


def test_customer_gateways_that_are_described_add_nothing_new() -> None:
    alone = understood(text(connection()))
    assert understood(text(connection()), customer_gateways(Sketch())).topology == alone.topology


def test_what_a_stranger_wrote_reaches_no_terminal() -> None:
    one = connection()
    one["Tags"] = [{"Key": "Name", "Value": "\x1b[31mred\n"}]
    one["VgwTelemetry"][0] |= {"Status": "\x1b[2J", "StatusMessage": "\x07"}
    found = understood(text(one))
    (told,) = found.connections
    assert told.tag == r"\x1b[31mred\n"
    assert [(one.status, one.message) for one in told.tunnels][1] == (r"\x1b[2j", r"\x07")


def test_two_connections_of_one_device_are_one_site() -> None:
    other = connection(Sketch(number=1), vpn=OTHER_VPN, cgw=CGW)
    other["CustomerGatewayConfiguration"] = str(other["CustomerGatewayConfiguration"]).replace(
        "198.51.100.2<", "198.51.100.1<"
    )
    found = understood(text(connection(), other))
    (site,) = found.topology.sites.values()
    assert site.customer_gateways == (CGW,)
    assert len(found.topology.connections) == 2


def same_device(number: int, cgw: str = CGW) -> Json:
    """A further connection of the first device."""
    one = connection(Sketch(number=number), vpn=f"vpn-0{number}", cgw=cgw)
    one["CustomerGatewayConfiguration"] = str(one["CustomerGatewayConfiguration"]).replace(
        f"198.51.100.{number + 1}<", "198.51.100.1<"
    )
    return one


def test_more_connections_of_one_way_are_stood_for() -> None:
    found = understood(text(*(same_device(number) for number in range(4))))
    assert list(found.topology.connections) == ["vpn-00", "vpn-01"]
    assert [str(one).partition(" is ")[2] for one in found.skipped] == [
        "not judged: vpn-00 and vpn-01 lead from the same site to the same gateway, and stand for it"
    ] * 2


def test_the_devices_of_a_site_take_turns() -> None:
    static = Sketch(static=True)
    first = [connection(replace(static, number=n), vpn=f"vpn-0{n}", cgw=CGW) for n in range(2)]
    first[1]["CustomerGatewayConfiguration"] = str(
        first[1]["CustomerGatewayConfiguration"]
    ).replace("198.51.100.2<", "198.51.100.1<")
    other = connection(replace(static, number=2), vpn="vpn-02", cgw=OTHER_CGW)
    assert list(understood(text(*first, other)).topology.connections) == ["vpn-00", "vpn-02"]


def test_more_than_can_be_stood_in_for_is_refused() -> None:
    sample = connection(options=False) | {"CustomerGatewayConfiguration": "..."}
    many = [
        sample | {"VpnConnectionId": f"vpn-{number:08x}", "CustomerGatewayId": f"cgw-{number:08x}"}
        for number in range(300)
    ]
    with pytest.raises(InvalidDescription, match="too much of these 300 connections is not told"):
        understood(text(*many))


# ----------------------------------------------------------------------- what is wrong at AWS's end


def test_a_vpc_whose_tables_lead_elsewhere_is_told() -> None:
    found = understood(text(connection()), virtual_gateways(), route_tables(vgw="igw-0a0a0a0a"))
    (warning,) = found.warnings()
    assert warning.path == "vpc-0a0a0a0a"
    assert warning.message.startswith(f"none of its route tables leads to {VGW}")


def test_a_gateway_that_propagates_nothing_yet_is_led_to() -> None:
    tables = route_tables()
    del tables["RouteTables"][0]["Routes"][1]
    assert understood(text(connection()), virtual_gateways(), tables).warnings() == ()


@pytest.mark.parametrize(
    ("accepted", "told"),
    [((3, 3), False), ((3, None), False), ((3, 5), True), ((0, 3), True)],
)
def test_other_prefixes_by_each_tunnel_are_told(
    accepted: tuple[int | None, int | None], told: bool
) -> None:
    found = understood(text(connection(accepted=accepted))).warnings()
    assert bool(found) is told
    assert all("another number of prefixes by each tunnel" in one.message for one in found)
