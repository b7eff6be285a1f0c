"""Terraform's states and plans become the same inventory, as far as they know."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.descriptions import CGW, KEY, VGW, VPN, Json, Sketch, configuration
from tests.aws.test_gathering import damage

from samepath.aws.configuration import render
from samepath.aws.gathering import gather
from samepath.aws.inventory import Inventory
from samepath.aws.reading import InvalidDescription
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.model.topology import GatewayKind, Routing

VPC = "vpc-0a0a0a0a"
USUAL = Sketch()


def connection_values(sketch: Sketch) -> Json:
    """What a state has of an ``aws_vpn_connection``."""
    values: Json = {
        "id": VPN,
        "customer_gateway_configuration": render(configuration(sketch)),
        "customer_gateway_id": CGW,
        "vpn_gateway_id": VGW,
        "transit_gateway_id": "",
        "static_routes_only": sketch.static,
        "tunnel_inside_ip_version": "ipv4",
        "routes": [],
        "tags": {"Name": "office"},
        "vgw_telemetry": [
            {
                "accepted_route_count": 2,
                "outside_ip_address": outside,
                "status": "UP",
                "status_message": "2 BGP ROUTES",
            }
            for outside in reversed(sketch.outsides)
        ],
    }
    for number, (outside, inside) in enumerate(
        zip(sketch.outsides, sketch.insides, strict=True), start=1
    ):
        values |= {
            f"tunnel{number}_address": outside,
            f"tunnel{number}_inside_cidr": inside,
            f"tunnel{number}_preshared_key": KEY,
            f"tunnel{number}_phase1_encryption_algorithms": ["AES256-GCM-16"],
            f"tunnel{number}_phase1_integrity_algorithms": ["SHA2-384"],
            f"tunnel{number}_phase1_dh_group_numbers": [20],
            f"tunnel{number}_phase1_lifetime_seconds": 0,
            f"tunnel{number}_dpd_timeout_seconds": 30,
            f"tunnel{number}_startup_action": "start",
        }
    return values


def resource(kind: str, values: Json, name: str = "main") -> Json:
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "values": values,
    }


def state(*more: Json, sketch: Sketch = USUAL) -> Json:
    """What ``terraform show -json`` prints; the VPC is in a module."""
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {
            "root_module": {
                "resources": [
                    resource("aws_vpn_connection", connection_values(sketch)),
                    resource(
                        "aws_vpn_gateway",
                        {"id": VGW, "amazon_side_asn": "64512", "vpc_id": ""},
                    ),
                    resource("aws_vpn_gateway_attachment", {"vpn_gateway_id": VGW, "vpc_id": VPC}),
                    resource(
                        "aws_customer_gateway",
                        {
                            "id": CGW,
                            "bgp_asn": "65000",
                            "bgp_asn_extended": None,
                            "ip_address": "198.51.100.1",
                        },
                    ),
                    {"address": "random_id.x", "type": "random_id", "values": {"id": "x"}},
                    *more,
                ],
                "child_modules": [
                    {
                        "address": "module.network",
                        "resources": [
                            {
                                "address": "module.network.aws_vpc.this[0]",
                                "type": "aws_vpc",
                                "values": {"id": VPC, "cidr_block": "10.20.0.0/16"},
                            }
                        ],
                    }
                ],
            }
        },
    }


def inventory(document: Json) -> Inventory:
    return gather([("tf.json", json.dumps(document))]).inventory


def understood(document: Json) -> Understood:
    return understand(gather([("tf.json", json.dumps(document))]))


def test_a_state_is_an_inventory() -> None:
    found = inventory(state())
    connection = found.connections[VPN]

    assert (connection.name, connection.is_static) == ("office", False)
    assert (connection.customer_gateway, connection.virtual_gateway) == (CGW, VGW)
    assert connection.transit_gateway is None
    assert connection.configuration == configuration()
    assert not connection.planned
    first, _ = connection.tunnels
    assert (first.outside, first.inside) == (
        IPv4Address("203.0.113.5"),
        IPv4Network("169.254.10.0/30"),
    )
    assert first.phase1.groups == (20,)
    assert first.phase1.lifetime is None
    assert [one.accepted for one in connection.telemetry] == [2, 2]
    assert found.virtual_gateways[VGW].vpc == VPC
    assert found.customer_gateways[CGW].asn == 65000
    assert found.vpcs[VPC].networks == (IPv4Network("10.20.0.0/16"),)
    assert str(connection.where) == "tf.json: aws_vpn_connection.main"


def test_a_state_is_a_topology() -> None:
    found = understood(state())
    assert found.topology.vpcs[VPC].cidr == IPv4Network("10.20.0.0/16")
    assert [one.status for one in found.connections[0].tunnels] == ["up", "up"]
    assert KEY not in repr(found)


def test_a_static_route_of_its_own_resource_is_the_connections() -> None:
    route = resource(
        "aws_vpn_connection_route",
        {"destination_cidr_block": "192.168.10.0/24", "vpn_connection_id": VPN},
    )
    found = understood(state(route, sketch=Sketch(static=True)))
    (site,) = found.topology.sites.values()
    assert found.topology.connections[VPN].routing is Routing.STATIC
    assert site.networks == (IPv4Network("192.168.10.0/24"),)


def test_a_state_file_is_read_as_what_is_shown_of_it() -> None:
    shown = state()
    root = shown["values"]["root_module"]
    listed = [*root["resources"], *root["child_modules"][0]["resources"]]
    document = {
        "version": 4,
        "terraform_version": "1.9.0",
        "resources": [
            {
                "mode": "managed",
                "type": one["type"],
                "name": one.get("name", "this"),
                "instances": [{"attributes": one["values"]}],
            }
            for one in listed
        ],
    }
    assert understood(document).topology == understood(shown).topology


def test_contradictions_in_a_state_are_told_with_the_resource() -> None:
    document = state()
    document["values"]["root_module"]["resources"][3]["values"]["bgp_asn"] = "65009"
    with pytest.raises(InvalidDescription, match=f"the ASN of {CGW} is 65009 and 65000"):
        inventory(document)


# ------------------------------------------------------------------------------------------ plans

ROUTERS = ("a", "b")


def plan() -> Json:
    """Two customer gateways in a module, whose connections get theirs through a variable."""
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {
            "root_module": {
                "resources": [
                    resource(
                        "aws_ec2_transit_gateway",
                        {"amazon_side_asn": 64512, "vpn_ecmp_support": "disable"},
                        "hub",
                    ),
                    *(
                        resource(
                            "aws_customer_gateway",
                            {"bgp_asn": "65016", "ip_address": f"198.51.100.{number}"},
                            "router",
                        )
                        | {"address": f'aws_customer_gateway.router["{key}"]', "index": key}
                        for number, key in enumerate(ROUTERS, start=1)
                    ),
                ],
                "child_modules": [
                    {
                        "address": f'module.vpn["{key}"]',
                        "resources": [
                            resource(
                                "aws_vpn_connection",
                                {
                                    "static_routes_only": False,
                                    "tunnel1_inside_cidr": "169.254.10.0/30"
                                    if key == "a"
                                    else None,
                                },
                            )
                            | {"address": f'module.vpn["{key}"].aws_vpn_connection.main'}
                        ],
                    }
                    for key in ROUTERS
                ],
            }
        },
        "configuration": {
            "root_module": {
                "resources": [{"address": "aws_customer_gateway.router", "expressions": {}}],
                "module_calls": {
                    "vpn": {
                        "expressions": {
                            "gateway": {
                                "references": [
                                    "aws_ec2_transit_gateway.hub.id",
                                    "aws_ec2_transit_gateway.hub",
                                ]
                            },
                            "customer": {"references": ["aws_customer_gateway.router", "each.key"]},
                        },
                        "module": {
                            "resources": [
                                {
                                    "address": "aws_vpn_connection.main",
                                    "expressions": {
                                        "customer_gateway_id": {"references": ["var.customer"]},
                                        "transit_gateway_id": {"references": ["var.gateway"]},
                                        "type": {"constant_value": "ipsec.1"},
                                    },
                                }
                            ]
                        },
                    }
                },
            }
        },
    }


def test_a_plan_is_followed_through_the_variables_of_modules() -> None:
    found = understood(plan())
    topology = found.topology

    assert {one.customer_gateway for one in found.connections} == {
        'aws_customer_gateway.router["a"]',
        'aws_customer_gateway.router["b"]',
    }
    (gateway,) = topology.gateways.values()
    assert (gateway.name, gateway.kind, gateway.ecmp) == ("tgw-hub", GatewayKind.TRANSIT, False)
    assert {one.asn for one in topology.customer_gateways.values()} == {65016}
    assert list(topology.customer_gateways) == ["cgw-router-a", "cgw-router-b"]
    (site,) = topology.sites.values()
    assert site.customer_gateways == ("cgw-router-a", "cgw-router-b")
    insides = [
        str(tunnel.inside) for one in topology.connections.values() for tunnel in one.tunnels
    ]
    assert insides[0] == "169.254.10.0/30"
    assert len(set(insides)) == 4
    said = [str(one) for one in found.assumed]
    assert (
        "vpn-vpn-a-main: 203.0.113.1 and 203.0.113.2 stand for the outside address of a tunnel, "
        "which is not told"
    ) in said


def test_an_output_of_a_module_is_followed_too() -> None:
    document = plan()
    root = document["configuration"]["root_module"]
    root["module_calls"]["hub"] = {
        "module": {
            "outputs": {
                "id": {"expression": {"references": ["aws_ec2_transit_gateway.hub.id"]}},
            }
        }
    }
    root["module_calls"]["vpn"]["expressions"]["gateway"] = {
        "references": ["module.hub.id", "module.hub"]
    }
    planned = document["planned_values"]["root_module"]
    planned["resources"][0]["address"] = "module.hub.aws_ec2_transit_gateway.hub"
    assert list(understood(document).topology.gateways) == ["tgw-hub"]


def test_what_cannot_be_followed_is_still_one_thing() -> None:
    document = plan()
    root = document["configuration"]["root_module"]
    root["module_calls"]["vpn"]["expressions"]["gateway"] = {"references": ["local.hub"]}
    found = understood(document)
    assert list(found.topology.gateways) == ["local-hub"]
    assert {one.gateway for one in found.connections} == {"local.hub"}


def test_of_a_condition_it_is_the_resource_that_is_meant() -> None:
    document = plan()
    root = document["configuration"]["root_module"]
    root["module_calls"]["vpn"]["expressions"]["gateway"] = {
        "references": ["var.create", "aws_ec2_transit_gateway.hub.id", "var.existing"]
    }
    assert list(understood(document).topology.gateways) == ["tgw-hub"]


def test_a_module_that_names_itself_ends() -> None:
    document = plan()
    call = document["configuration"]["root_module"]["module_calls"]["vpn"]
    call["expressions"]["gateway"] = {"references": ["module.vpn.out"]}
    call["module"]["outputs"] = {"out": {"expression": {"references": ["var.gateway"]}}}
    assert len(understood(document).topology.connections) == 2


@given(st.data())
def test_a_damaged_document_is_read_or_refused_with_sentences(data: st.DataObject) -> None:
    document: object = data.draw(st.sampled_from([state(), plan()]))
    for _ in range(data.draw(st.integers(1, 3))):
        document = damage(document, data)
    try:
        told = [*map(str, understand(gather([("a", json.dumps(document))])).assumed)]
    except InvalidDescription as error:
        told = [*map(str, error.problems)]
    assert told
    assert all(KEY not in one for one in told)
