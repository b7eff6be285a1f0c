"""Answers of AWS become an inventory; what is wrong with them is told all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
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
from samepath.aws.gathering import Gathered, gather
from samepath.aws.inventory import Inventory
from samepath.aws.reading import InvalidDescription, Item, Reading, Where
from samepath.aws.terraform import Resource
from samepath.aws.topology import understand
from samepath.aws.tunnels import tunnels_of
from samepath.drivers.ec2 import Answers


def inventory(*answers: object) -> Inventory:
    return gathered(*answers).inventory


def gathered(*answers: object) -> Gathered:
    return gather(
        (f"{number}.json", one if isinstance(one, str) else json.dumps(one))
        for number, one in enumerate(answers)
    )


LINE = re.compile(r"(?<=\.json):\d+(?=: [A-Z])")
"""The line of a value: which it is depends on how the test writes its text."""


def refused(*answers: object) -> list[str]:
    """What is told, without the lines of values."""
    return [LINE.sub("", one) for one in refused_with_lines(*answers)]


def refused_with_lines(*answers: object) -> list[str]:
    with pytest.raises(InvalidDescription) as caught:
        gathered(*answers)
    assert KEY not in repr(caught.value)
    return str(caught.value).splitlines()


def test_a_connection_is_read_from_its_answer() -> None:
    (found,) = inventory(text(connection())).connections.values()

    assert (found.id, found.name, found.state) == (VPN, "office", "available")
    assert (found.customer_gateway, found.virtual_gateway) == (CGW, VGW)
    assert found.transit_gateway is None
    assert found.is_static is False
    assert found.configuration == configuration()
    assert str(found.where) == "0.json: VpnConnections[0]"


def test_what_tells_of_a_tunnel_is_joined_by_its_outside_address() -> None:
    (found,) = inventory(text(connection(accepted=(7, None)))).connections.values()
    first, second = tunnels_of(found)

    assert (first.number, first.outside) == (1, IPv4Address("203.0.113.5"))
    assert (second.number, second.outside) == (2, IPv4Address("203.0.113.9"))
    assert first.inside == IPv4Network("169.254.10.0/30")
    assert first.telemetry is not None
    assert (first.telemetry.is_up, first.telemetry.accepted) == (True, 7)
    assert second.telemetry is not None
    assert (second.telemetry.is_up, second.telemetry.message) == (False, "IPSEC IS DOWN")
    assert first.options is not None
    assert first.options.inside == first.inside
    assert first.options.dpd_timeout == timedelta(seconds=30)
    assert first.options.phase1.encryption == ("AES256-GCM-16",)
    assert first.options.phase2.groups == (20,)
    assert (first.options.dpd_action, first.options.startup) == ("restart", "start")


def test_the_other_answers_are_read() -> None:
    found = inventory(
        text(connection()),
        virtual_gateways(),
        customer_gateways(Sketch()),
        transit_gateways(ecmp="disable"),
        route_tables({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}),
        {"Vpcs": [{"VpcId": "vpc-0a0a0a0a", "CidrBlock": "10.20.0.0/16", "State": "available"}]},
        {
            "TransitGatewayAttachments": [
                {
                    "TransitGatewayAttachmentId": "tgw-attach-0a0a0a0a",
                    "TransitGatewayId": "tgw-0a0a0a0a",
                    "ResourceType": "vpc",
                    "ResourceId": "vpc-0a0a0a0a",
                    "State": "available",
                }
            ]
        },
    )

    assert found.virtual_gateways[VGW].vpc == "vpc-0a0a0a0a"
    assert found.virtual_gateways[VGW].asn == 64512
    assert found.customer_gateways[CGW].asn == 65000
    assert found.customer_gateways[CGW].address == IPv4Address("198.51.100.1")
    assert found.transit_gateways["tgw-0a0a0a0a"].ecmp is False
    assert found.attachments["tgw-attach-0a0a0a0a"].kind == "vpc"
    assert found.vpcs["vpc-0a0a0a0a"].networks == (IPv4Network("10.20.0.0/16"),)
    local, propagated = found.route_tables["rtb-0a0a0a0a"].routes
    assert (local.target, propagated.target) == ("local", VGW)
    assert (local.propagated, propagated.propagated) == (False, True)


@pytest.mark.parametrize(
    "form",
    [
        lambda one: one,
        lambda one: [one],
        lambda one: {"VpnConnections": one},
        lambda one: {"VpnConnection": one},
        lambda one: [{"VpnConnections": [one]}, {"VpnConnections": []}],
        lambda one: {"VpnConnections": [one], "VpnGateways": [], "ResponseMetadata": {}},
        lambda one: "\ufeff" + json.dumps(one),
    ],
    ids=["one", "list", "no-list", "created", "answers", "several", "byte-order-mark"],
)
def test_whatever_form_an_answer_was_saved_in_it_is_read(form: Callable[[Json], object]) -> None:
    assert list(inventory(form(connection())).connections) == [VPN]


def test_a_list_of_things_is_read_by_what_they_are() -> None:
    things = [
        connection(),
        *virtual_gateways()["VpnGateways"],
        *customer_gateways(Sketch())["CustomerGateways"],
        *transit_gateways()["TransitGateways"],
        *route_tables()["RouteTables"],
    ]
    found = inventory(things)

    assert (list(found.connections), list(found.virtual_gateways)) == ([VPN], [VGW])
    assert list(found.customer_gateways) == [CGW]
    assert (list(found.transit_gateways), list(found.route_tables)) == (
        ["tgw-0a0a0a0a"],
        ["rtb-0a0a0a0a"],
    )


def test_the_xml_alone_is_a_connection() -> None:
    (found,) = inventory(render(configuration())).connections.values()

    assert (found.id, found.customer_gateway, found.virtual_gateway) == (VPN, CGW, VGW)
    assert [one.outside for one in tunnels_of(found)] == [
        IPv4Address("203.0.113.5"),
        IPv4Address("203.0.113.9"),
    ]


def test_a_connection_gets_the_xml_that_is_a_file_of_its_own() -> None:
    without = connection()
    del without["CustomerGatewayConfiguration"]
    for answers in (without, render(configuration())), (render(configuration()), without):
        (found,) = inventory(*answers).connections.values()
        assert found.configuration == configuration()
        assert found.telemetry


def test_the_samples_of_the_documentation_are_read() -> None:
    sample = connection(options=False) | {"CustomerGatewayConfiguration": "...information..."}
    found = gathered({"VpnConnections": sample})

    (one,) = found.inventory.connections.values()
    assert one.configuration is None
    assert [str(tunnel.outside) for tunnel in tunnels_of(one)] == ["203.0.113.9", "203.0.113.5"]
    assert [LINE.sub("", str(one)) for one in found.skipped] == [
        (
            "0.json: VpnConnections.CustomerGatewayConfiguration: it is no XML (documentation has a "
            "few words there)"
        )
    ]


def test_a_deleted_connection_may_lack_everything_and_contradict_itself() -> None:
    gone: Json = {
        "VpnConnectionId": "vpn-0b0b0b0b",
        "State": "deleted",
        "VpnGatewayId": VGW,
        "TransitGatewayId": "tgw-0a0a0a0a",
    }
    assert list(inventory(text(connection(), gone)).connections) == [VPN, "vpn-0b0b0b0b"]


def test_a_static_connections_routes_are_those_that_are_there() -> None:
    one = connection(Sketch(static=True))
    one["Routes"] = [
        {"DestinationCidrBlock": "192.168.10.0/24", "State": "available"},
        {"DestinationCidrBlock": "192.168.20.0/24", "State": "deleted"},
    ]
    (found,) = inventory(text(one)).connections.values()
    assert found.routes == (IPv4Network("192.168.10.0/24"),)


def test_a_file_of_something_else_is_passed_over() -> None:
    found = gathered(text(connection()), {"Reservations": []}, [1, 2], 7)
    assert [one.file for one in found.skipped] == ["1.json", "2.json", "3.json"]


# ------------------------------------------------------------------------------------- what is not


def test_without_a_connection_nothing_can_be_judged() -> None:
    assert refused(virtual_gateways(), {"a": 1}) == [
        "0.json: no VPN connection is in it; save what `aws ec2 describe-vpn-connections` prints",
        "1.json: no VPN connection is in it; save what `aws ec2 describe-vpn-connections` prints",
    ]


def test_every_mistake_of_every_file_is_told_with_its_place() -> None:
    one = connection()
    one["VpnGatewayId"] = "Not An Id"
    one["VgwTelemetry"] = [{"OutsideIpAddress": "203.0.113.256"}, 7]
    one["Options"] = {"StaticRoutesOnly": "no", "TunnelOptions": "none"}
    assert refused(text(one), "{\n  1", '{"a": 1, "a": 2}', customer_gateways(Sketch())) == [
        (
            '0.json: VpnConnections[0].VpnGatewayId: "Not An Id" is no id; give one such as '
            "vpn-0123456789abcdef0"
        ),
        (
            "0.json: VpnConnections[0].Options.StaticRoutesOnly: no is neither true nor false; give "
            "true or false"
        ),
        "0.json: VpnConnections[0].Options.TunnelOptions: is no list; give a list",
        (
            "0.json: VpnConnections[0].VgwTelemetry[0].OutsideIpAddress: 203.0.113.256 is no IPv4 "
            "address; give one such as 203.0.113.5"
        ),
        "0.json: VpnConnections[0].VgwTelemetry[1]: is no object; give a list of objects",
        "1.json:2: this is no JSON: Expecting property name enclosed in double quotes",
        "2.json: a key is given twice in one object: a",
        (
            f"0.json: VpnConnections[0].CustomerGatewayConfiguration: {VPN}: its virtual private "
            f"gateway is none and {VGW}; describe all of it again, at one time"
        ),
    ]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"VpnConnectionId": "vpn-0b0b0b0b"}, f"the connection is vpn-0b0b0b0b and {VPN}"),
        ({"CustomerGatewayId": "cgw-1"}, f"its customer gateway is cgw-1 and {CGW}"),
        ({"VpnGatewayId": "vgw-1"}, f"its virtual private gateway is vgw-1 and {VGW}"),
        ({"Options": {"StaticRoutesOnly": True}}, "routing is static (StaticRoutesOnly) and BGP"),
        ({"TransitGatewayId": "tgw-0a0a0a0a"}, "has two gateways"),
        (
            {"VgwTelemetry": [{"OutsideIpAddress": "203.0.113.77"}]},
            "VgwTelemetry has the outside address 203.0.113.77, which CustomerGatewayConfiguration",
        ),
        (
            {"Options": {"TunnelOptions": [{"OutsideIpAddress": "203.0.113.77"}]}},
            "Options.TunnelOptions has the outside address 203.0.113.77",
        ),
        (
            {
                "Options": {
                    "TunnelOptions": [
                        {
                            "OutsideIpAddress": "203.0.113.5",
                            "TunnelInsideCidr": "169.254.99.0/30",
                            "PreSharedKey": "planted.Key_2",
                        }
                    ]
                }
            },
            "tunnel 1: the inside network is 169.254.99.0/30 and 169.254.10.0/30",
        ),
    ],
)
def test_a_connection_that_contradicts_itself_is_refused(values: Json, said: str) -> None:
    told = refused(text(connection() | values))
    assert any(said in one for one in told), told


def test_a_mistake_is_told_with_its_line() -> None:
    one = text(connection() | {"State": 7})
    line = next(n for n, line in enumerate(one.splitlines(), start=1) if '"State": 7' in line)
    assert refused_with_lines(one) == [
        f"0.json:{line}: VpnConnections[0].State: is no text; give a text"
    ]
    (told,) = gathered(text(connection() | {"CustomerGatewayConfiguration": "..."})).skipped
    assert told.problem.line is not None


def test_what_may_hold_a_key_is_not_shown() -> None:
    item = Item(values=connection(), where=Where(file="a"), reading=Reading())
    resource = Resource(address="a", kind="b", file="c", values={"tunnel1_preshared_key": KEY})
    answers = Answers(region="a", answers={"VpnConnections": [connection()]}, not_allowed=())
    assert KEY not in repr((item, resource, answers, gathered(text(connection()))))


def test_another_key_is_told_without_either() -> None:
    one = connection()
    one["CustomerGatewayConfiguration"] = str(one["CustomerGatewayConfiguration"]).replace(
        KEY, "planted.Key_2", 1
    )
    (told,) = refused(text(one))
    assert "tunnel 1: the pre-shared key of TunnelOptions is another one" in told
    assert "planted" not in told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<asn>65000</asn>", "<asn>65009</asn>", "customer gateway's ASN is 65009 and 65000"),
        ("198.51.100.1<", "198.51.100.9<", "address is 198.51.100.9 and 198.51.100.1"),
        ("203.0.113.5<", "203.0.113.9<", "both tunnels have the outside address 203.0.113.9"),
        ("169.254.10.1<", "169.254.10.2<", "the inside addresses are 169.254.10.2 (AWS) and"),
        ("<network_cidr>30<", "<network_cidr>29<", "has the inside addresses"),
    ],
)
def test_an_xml_that_contradicts_itself_is_refused(old: str, new: str, said: str) -> None:
    if "network" in old:
        said = "no /30"
        changed = render(configuration()).replace(old, new)
    else:
        changed = render(configuration()).replace(old, new, 1)
    assert any(said in one for one in refused(changed))


def test_an_xml_has_two_tunnels() -> None:
    whole = render(configuration())
    begin = whole.rindex("  <ipsec_tunnel>")
    (told,) = refused(whole[:begin] + "</vpn_connection>")
    assert "it has 1 tunnels, and a connection has 2" in told


def test_gateways_that_are_described_otherwise_are_refused() -> None:
    told = refused(
        text(connection()),
        virtual_gateways(asn=64999),
        customer_gateways(Sketch(customer_asn=65009)),
    )
    assert any(f"the ASN of {CGW} is 65009 and 65000" in one for one in told)
    assert any(f"the ASN of {VGW} is 64999 and 64512" in one for one in told)


def test_two_files_that_tell_one_thing_otherwise_are_refused() -> None:
    (told,) = refused(virtual_gateways(), virtual_gateways(vpc="vpc-0c0c0c0c"), text(connection()))
    assert told == (
        f"1.json: VpnGateways[0]: {VGW} is not as it is in 0.json: VpnGateways[0]; describe both "
        "at one time, or leave one of the two away"
    )
    assert inventory(text(connection()), text(connection())).connections
    (told,) = refused(text(connection()), render(configuration(Sketch(number=1))))
    assert f"1.json: the configuration of {VPN} is not that in 0.json" in told


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("[" * 100_000, "nested too deep"),
        ('{"VpnConnections": ' + "9" * 5000 + "}", "too many digits"),
        ("", "no JSON"),
    ],
)
def test_no_json_is_too_strange(answer: str, said: str) -> None:
    assert said in refused(answer)[0]


# ------------------------------------------------------------------------------- damaged answers

WHOLE = json.dumps(
    {
        **json.loads(text(connection(), connection(Sketch(number=1), vpn="vpn-0b0b0b0b"))),
        **virtual_gateways(),
        **customer_gateways(Sketch()),
        **route_tables(),
    }
)
STRANGE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([[], {}, [[]], [{}], {"Value": []}, [None], "\x1b[31m", "vpn-1", "available"]),
)


def damage(value: object, data: st.DataObject) -> object:
    """``value`` with something strange at a place of it."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: damage(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], damage(value[place], data), *value[place + 1 :]]
    return data.draw(STRANGE)


@given(st.data())
def test_a_damaged_answer_is_read_or_refused_with_sentences(data: st.DataObject) -> None:
    answer = json.loads(WHOLE)
    for _ in range(data.draw(st.integers(1, 3))):
        answer = damage(answer, data)
    try:
        found = understand(gathered(answer))
        told = [*map(str, found.skipped), *map(str, found.assumed), *found.labels.values()]
    except InvalidDescription as error:
        told = [*map(str, error.problems)]
        assert told
    assert all(one.isprintable() and KEY not in one for one in told)


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refused(text)


@given(st.data())
def test_a_cut_answer_is_refused(data: st.DataObject) -> None:
    assert refused(WHOLE[: data.draw(st.integers(0, len(WHOLE) - 1))])
