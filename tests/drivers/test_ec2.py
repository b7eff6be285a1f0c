"""EC2 asked through AWS's own client: which calls, all pages, and what a no becomes.

The answers come from botocore's Stubber, which holds calls and answers against AWS's own model of
the service: so the answers that other tests invent have the keys that AWS's have. No account was
asked.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from tests.aws.descriptions import (
    Sketch,
    connection,
    customer_gateways,
    route_tables,
    transit_gateways,
    virtual_gateways,
)

from samepath.drivers import ec2
from samepath.drivers.ec2 import CALLS, CannotAsk, NoClient, connect, describe


@pytest.fixture
def client() -> Any:  # noqa: ANN401 - AWS's client has no types
    return boto3.client(
        "ec2",
        region_name="eu-west-1",
        aws_access_key_id="planted",
        aws_secret_access_key="planted",
    )


@pytest.fixture
def stubber(client: Any) -> Iterator[Stubber]:  # noqa: ANN401 - as above
    with Stubber(client) as stub:
        yield stub


def test_every_call_is_made_and_every_page_is_read(client: Any, stubber: Stubber) -> None:  # noqa: ANN401
    stubber.add_response("describe_vpn_connections", {"VpnConnections": [connection()]}, {})
    stubber.add_response("describe_vpn_gateways", virtual_gateways(), {})
    stubber.add_response("describe_customer_gateways", customer_gateways(Sketch()), {})
    stubber.add_response("describe_transit_gateways", transit_gateways(), {})
    attachment = {
        "TransitGatewayAttachmentId": "tgw-attach-0a0a0a0a",
        "TransitGatewayId": "tgw-0a0a0a0a",
        "ResourceType": "vpc",
        "ResourceId": "vpc-0a0a0a0a",
        "State": "available",
    }
    stubber.add_response(
        "describe_transit_gateway_attachments", {"TransitGatewayAttachments": [attachment]}, {}
    )
    (first,) = route_tables()["RouteTables"]
    second = {"RouteTableId": "rtb-2"}
    stubber.add_response("describe_route_tables", {"RouteTables": [first], "NextToken": "on"}, {})
    stubber.add_response("describe_route_tables", {"RouteTables": [second]}, {"NextToken": "on"})
    vpc = {
        "VpcId": "vpc-0a0a0a0a",
        "State": "available",
        "CidrBlock": "10.20.0.0/16",
        "CidrBlockAssociationSet": [
            {"CidrBlock": "10.20.0.0/16", "CidrBlockState": {"State": "associated"}}
        ],
    }
    stubber.add_response("describe_vpcs", {"Vpcs": [vpc]}, {})

    found = describe(client)

    stubber.assert_no_pending_responses()
    assert found.region == "eu-west-1"
    assert list(found.answers) == [call.key for call in CALLS]
    assert found.answers["RouteTables"] == [first, second]
    assert found.answers["VpnConnections"] == [connection()]
    assert found.not_allowed == ()


def test_only_calls_that_read_are_there() -> None:
    assert all(call.action.startswith("ec2:Describe") for call in CALLS)
    assert all(call.method.startswith("describe_") for call in CALLS)


def test_what_is_not_allowed_is_told_unless_nothing_is_left(client: Any, stubber: Stubber) -> None:  # noqa: ANN401
    stubber.add_response("describe_vpn_connections", {"VpnConnections": [connection()]}, {})
    for call in CALLS[1:]:
        stubber.add_client_error(call.method, "UnauthorizedOperation", "You are not authorized.")
    assert describe(client).not_allowed == tuple(call.action for call in CALLS[1:])

    stubber.add_client_error(CALLS[0].method, "UnauthorizedOperation", "You are not authorized.")
    with pytest.raises(CannotAsk, match=r"AWS says no in eu-west-1: .*You are not authorized"):
        describe(client)


def test_another_no_ends_it(client: Any, stubber: Stubber) -> None:  # noqa: ANN401
    stubber.add_response("describe_vpn_connections", {"VpnConnections": []}, {})
    stubber.add_client_error("describe_vpn_gateways", "AuthFailure", "AWS was not able to.")
    with pytest.raises(CannotAsk, match="AuthFailure"):
        describe(client)


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(CannotAsk, match="profile"):
        connect("eu-west-1", "nobody")


def test_without_credentials_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CannotAsk, match=r"AWS cannot be asked in eu-west-1: .*credentials"):
        describe(connect("eu-west-1", None))


def test_without_the_client_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - the built-in's own
        if name.startswith("boto"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(NoClient, match=r"install samepath\[aws\]"):
        ec2.connect("eu-west-1", None)
