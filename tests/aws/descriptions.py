"""Invented answers of AWS: documentation addresses, ids of no account, a planted key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from samepath.aws.configuration import (
    STATIC,
    ConfiguredTunnel,
    CustomerGatewayConfiguration,
    End,
    Ike,
    Ipsec,
    render,
)
from samepath.model.secret import Secret

KEY = "planted.Key_0123456789"
VPN, VGW, CGW = "vpn-0a0a0a0a", "vgw-0a0a0a0a", "cgw-0a0a0a0a"

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sketch:
    """What an invented connection is made from."""

    number: int = 0
    """Which connection: it decides on its addresses."""
    static: bool = False
    customer_asn: int = 65000
    gateway_asn: int = 64512

    @property
    def outsides(self) -> tuple[str, str]:
        return f"203.0.113.{10 * self.number + 5}", f"203.0.113.{10 * self.number + 9}"

    @property
    def insides(self) -> tuple[str, str]:
        return f"169.254.{10 + 2 * self.number}.0/30", f"169.254.{11 + 2 * self.number}.0/30"

    @property
    def customer(self) -> str:
        return f"198.51.100.{self.number + 1}"


def configuration(
    sketch: Sketch = Sketch(), vpn: str = VPN, cgw: str = CGW, vgw: str | None = VGW
) -> CustomerGatewayConfiguration:
    """AWS's XML of a connection, as a value."""
    return CustomerGatewayConfiguration(
        connection=vpn,
        customer_gateway=cgw,
        vpn_gateway=vgw,
        kind="ipsec.1",
        attributes=STATIC if sketch.static else None,
        tunnels=tuple(
            _tunnel(sketch, outside, inside)
            for outside, inside in zip(sketch.outsides, sketch.insides, strict=True)
        ),
    )


def _tunnel(sketch: Sketch, outside: str, inside: str) -> ConfiguredTunnel:
    first = IPv4Interface(inside)
    hold = None if sketch.static else timedelta(seconds=30)
    return ConfiguredTunnel(
        customer=End(
            outside=IPv4Address(sketch.customer),
            inside=IPv4Interface((first.ip + 2, 30)),
            asn=None if sketch.static else sketch.customer_asn,
            hold=hold,
        ),
        gateway=End(
            outside=IPv4Address(outside),
            inside=IPv4Interface((first.ip + 1, 30)),
            asn=None if sketch.static else sketch.gateway_asn,
            hold=hold,
        ),
        ike=Ike(
            authentication="sha1",
            encryption="aes-128-cbc",
            lifetime=timedelta(hours=8),
            group="group2",
            mode="main",
            key=Secret(KEY),
        ),
        ipsec=Ipsec(
            protocol="esp",
            authentication="hmac-sha1-96",
            encryption="aes-128-cbc",
            lifetime=timedelta(hours=1),
            group="group2",
            mode="tunnel",
            clear_df=True,
            fragment_before=True,
            mss=1379,
            dpd_interval=timedelta(seconds=10),
            dpd_retries=3,
        ),
    )


def connection(
    sketch: Sketch = Sketch(),
    *,
    vpn: str = VPN,
    cgw: str = CGW,
    vgw: str | None = VGW,
    tgw: str | None = None,
    accepted: tuple[int | None, int | None] = (3, 3),
    options: bool = True,
) -> Json:
    """One of ``VpnConnections``; ``accepted`` None is a tunnel that is down.

    The telemetry and the options have their tunnels the other way round than the XML.
    """
    found: Json = {
        "VpnConnectionId": vpn,
        "State": "available",
        "Category": "VPN",
        "Type": "ipsec.1",
        "CustomerGatewayId": cgw,
        "CustomerGatewayConfiguration": render(configuration(sketch, vpn, cgw, vgw)),
        "Options": {"StaticRoutesOnly": sketch.static, "TunnelInsideIpVersion": "ipv4"},
        "Routes": [{"DestinationCidrBlock": "192.168.10.0/24", "State": "available"}]
        if sketch.static
        else [],
        "Tags": [{"Key": "Name", "Value": "office"}],
        "VgwTelemetry": [
            {
                "OutsideIpAddress": outside,
                "Status": "DOWN" if count is None else "UP",
                "StatusMessage": "IPSEC IS DOWN" if count is None else f"{count} BGP ROUTES",
                "AcceptedRouteCount": count or 0,
            }
            for outside, count in reversed([*zip(sketch.outsides, accepted, strict=True)])
        ],
    }
    if options:
        found["Options"] = {
            "StaticRoutesOnly": sketch.static,
            "TunnelInsideIpVersion": "ipv4",
            "TunnelOptions": [
                {
                    "OutsideIpAddress": outside,
                    "TunnelInsideCidr": inside,
                    "PreSharedKey": KEY,
                    "Phase1LifetimeSeconds": 28800,
                    "Phase2LifetimeSeconds": 3600,
                    "RekeyMarginTimeSeconds": 270,
                    "RekeyFuzzPercentage": 100,
                    "ReplayWindowSize": 1024,
                    "DpdTimeoutSeconds": 30,
                    "DpdTimeoutAction": "restart",
                    "Phase1EncryptionAlgorithms": [{"Value": "AES256-GCM-16"}],
                    "Phase2EncryptionAlgorithms": [{"Value": "AES256-GCM-16"}],
                    "Phase1IntegrityAlgorithms": [{"Value": "SHA2-384"}],
                    "Phase2IntegrityAlgorithms": [{"Value": "SHA2-384"}],
                    "Phase1DHGroupNumbers": [{"Value": 20}],
                    "Phase2DHGroupNumbers": [{"Value": 20}],
                    "IkeVersions": [{"Value": "ikev2"}],
                    "StartupAction": "start",
                }
                for outside, inside in reversed(
                    [*zip(sketch.outsides, sketch.insides, strict=True)]
                )
            ],
        }
    if vgw is not None:
        found["VpnGatewayId"] = vgw
    if tgw is not None:
        found["TransitGatewayId"] = tgw
    return found


def virtual_gateways(vgw: str = VGW, vpc: str = "vpc-0a0a0a0a", asn: int = 64512) -> Json:
    """``describe-vpn-gateways``."""
    return {
        "VpnGateways": [
            {
                "VpnGatewayId": vgw,
                "State": "available",
                "Type": "ipsec.1",
                "AmazonSideAsn": asn,
                "VpcAttachments": [
                    {"State": "detached", "VpcId": "vpc-0b0b0b0b"},
                    {"State": "attached", "VpcId": vpc},
                ],
            }
        ]
    }


def customer_gateways(*sketches: Sketch) -> Json:
    """``describe-customer-gateways``."""
    return {
        "CustomerGateways": [
            {
                "CustomerGatewayId": f"cgw-0{'abcdef'[one.number]}" + "0a0a0a",
                "State": "available",
                "Type": "ipsec.1",
                "IpAddress": one.customer,
                "BgpAsn": str(one.customer_asn),
            }
            for one in sketches
        ]
    }


def transit_gateways(tgw: str = "tgw-0a0a0a0a", ecmp: str = "enable") -> Json:
    """``describe-transit-gateways``."""
    return {
        "TransitGateways": [
            {
                "TransitGatewayId": tgw,
                "TransitGatewayArn": f"arn:aws:ec2:eu-west-1:111122223333:transit-gateway/{tgw}",
                "State": "available",
                "Options": {"AmazonSideAsn": 64512, "VpnEcmpSupport": ecmp},
            }
        ]
    }


def route_tables(*more: Mapping[str, object], vpc: str = "vpc-0a0a0a0a", vgw: str = VGW) -> Json:
    """``describe-route-tables``: the VPC's own network, and a prefix that the gateway propagates."""
    return {
        "RouteTables": [
            {
                "RouteTableId": "rtb-0a0a0a0a",
                "VpcId": vpc,
                "PropagatingVgws": [{"GatewayId": vgw}],
                "Routes": [
                    {
                        "DestinationCidrBlock": "10.20.0.0/16",
                        "GatewayId": "local",
                        "Origin": "CreateRouteTable",
                        "State": "active",
                    },
                    {
                        "DestinationCidrBlock": "192.168.10.0/24",
                        "GatewayId": vgw,
                        "Origin": "EnableVgwRoutePropagation",
                        "State": "active",
                    },
                    *more,
                ],
            }
        ]
    }


def text(*connections: Json) -> str:
    """What ``aws ec2 describe-vpn-connections`` prints."""
    return json.dumps({"VpnConnections": connections}, indent=4)
