"""EC2, asked for all that tells of a VPN: calls that read, and their answers as AWS gives them.

AWS's own client (boto3) finds credentials, signs, retries and goes through pages. Nothing here
changes anything at AWS. The answers hold pre-shared keys, so they are kept in memory alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from samepath.drivers.errors import DriverError

PATIENCE = {"connect_timeout": 10, "read_timeout": 60}
"""Seconds; a description of a whole Region takes one or two."""
RETRIES = {"mode": "standard", "total_max_attempts": 5}
_NOT_ALLOWED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class NoClient(DriverError):
    """AWS's client is not installed; the text says how to get it."""


class CannotAsk(DriverError):
    """AWS cannot be asked, or says no; the text has its own words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call of EC2's; ``key`` is that of its answer. One that is not ``needed`` may be refused."""

    action: str
    method: str
    key: str
    pages: bool = True
    needed: bool = False


CALLS = (
    Call(
        action="ec2:DescribeVpnConnections",
        method="describe_vpn_connections",
        key="VpnConnections",
        pages=False,
        needed=True,
    ),
    Call(
        action="ec2:DescribeVpnGateways",
        method="describe_vpn_gateways",
        key="VpnGateways",
        pages=False,
    ),
    Call(
        action="ec2:DescribeCustomerGateways",
        method="describe_customer_gateways",
        key="CustomerGateways",
        pages=False,
    ),
    Call(
        action="ec2:DescribeTransitGateways",
        method="describe_transit_gateways",
        key="TransitGateways",
    ),
    Call(
        action="ec2:DescribeTransitGatewayAttachments",
        method="describe_transit_gateway_attachments",
        key="TransitGatewayAttachments",
    ),
    Call(
        action="ec2:DescribeRouteTables",
        method="describe_route_tables",
        key="RouteTables",
    ),
    Call(action="ec2:DescribeVpcs", method="describe_vpcs", key="Vpcs"),
)
"""All that is asked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What AWS said in a Region, by the key of each call; and the calls that are not allowed."""

    region: str
    answers: Mapping[str, list[Any]] = field(repr=False)
    """Pre-shared keys are among them."""
    not_allowed: tuple[str, ...]


def connect(region: str | None, profile: str | None) -> Any:  # noqa: ANN401 - AWS's client has no types
    """A client of EC2; AWS's own settings and environment tell what is None.

    Raises :class:`NoClient`, :class:`CannotAsk`.
    """
    try:
        import boto3  # noqa: PLC0415 - an extra, and slow to load
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    except ImportError as error:
        raise NoClient(
            "AWS's client (boto3) is not installed: install samepath[aws], or save what the AWS "
            "command line prints and name it with --vpn"
        ) from error
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        return session.client("ec2", config=Config(retries=RETRIES, **PATIENCE))
    except BotoCoreError as error:
        raise CannotAsk(f"AWS cannot be asked: {_sentence(error)}") from error


def describe(client: Any) -> Answers:  # noqa: ANN401 - as above
    """Make all calls. Raises :class:`CannotAsk` where one that is needed is refused."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

    region = client.meta.region_name
    answers: dict[str, list[Any]] = {}
    not_allowed: list[str] = []
    for call in CALLS:
        try:
            answers[call.key] = _all(client, call)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if call.needed or code not in _NOT_ALLOWED:
                said = f"AWS says no in {region}: {_sentence(error)}"
                raise CannotAsk(said) from error
            not_allowed.append(call.action)
        except BotoCoreError as error:
            raise CannotAsk(f"AWS cannot be asked in {region}: {_sentence(error)}") from error
    return Answers(region=region, answers=answers, not_allowed=tuple(not_allowed))


def _all(client: Any, call: Call) -> list[Any]:  # noqa: ANN401 - as above
    """What a call answers, all of its pages."""
    if not call.pages:
        answer = getattr(client, call.method)()
        return list(answer.get(call.key, []))
    pages = client.get_paginator(call.method).paginate()
    return [one for page in pages for one in page.get(call.key, [])]


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
