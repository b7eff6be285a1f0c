"""Answers of EC2's ``describe-`` calls, as the AWS CLI and SDKs give them.

A text is a whole answer (``{"VpnConnections": [...]}``), several of them in one object, a list of
things, or one thing. What it is, is told by its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from samepath.aws.configuration import (
    CustomerGatewayConfiguration,
    InvalidConfiguration,
    parse,
)
from samepath.aws.inventory import (
    GONE,
    Algorithms,
    Attachment,
    CustomerGateway,
    RouteTable,
    Telemetry,
    Thing,
    TransitGateway,
    TunnelOptions,
    VirtualGateway,
    Vpc,
    VpcRoute,
    VpnConnection,
)
from samepath.aws.reading import Item, Reading, Where
from samepath.model.problems import below, show
from samepath.model.secret import Secret

NOT_TOLD = "unknown"
"""A tunnel's status that an answer leaves out."""


def things(value: object, file: str, reading: Reading) -> tuple[Thing, ...] | None:
    """The things in an answer that has been read as JSON; None if it is no such answer."""
    return _things(value, Where(file=file), reading)


def _things(value: object, where: Where, reading: Reading) -> tuple[Thing, ...] | None:
    if isinstance(value, list):
        listed = [
            _things(one, Where(file=where.file, path=below(where.path, position)), reading)
            for position, one in enumerate(value)
            if isinstance(one, dict)
        ]
        known = [found for found in listed if found is not None]
        return tuple(chain.from_iterable(known)) if known and len(known) == len(value) else None
    if not isinstance(value, dict):
        return None
    answer = Item(values=value, where=where, reading=reading)
    calls = [key for key in ANSWERS if answer.has(key)]
    if calls:
        return tuple(chain.from_iterable(_all(answer, key) for key in calls))
    read = _reader_of(answer)
    return None if read is None else _made(read(answer))


def _made(thing: Thing | None) -> tuple[Thing, ...]:
    return () if thing is None else (thing,)


def _all(answer: Item, key: str) -> Iterator[Thing]:
    read = ANSWERS[key]
    for item in answer.items(key):
        yield from _made(read(item))


def _reader_of(item: Item) -> Callable[[Item], Thing | None] | None:
    """What reads a single thing: by the id that is its own, and no reference."""
    return next((ANSWERS[call] for keys, call in OWN_KEYS if item.has(*keys)), None)


def _identity(item: Item, key: str) -> str | None:
    found = item.identity(key)
    if not item.has(key):
        item.reading.wrong(item.where, f"it has no {key}", "AWS gives one to everything")
    return found


def _tag(item: Item) -> str | None:
    return next(
        (tag.text("Value") for tag in item.items("Tags") if tag.text("Key") == "Name"), None
    )


# ------------------------------------------------------------------------------- the connection


def _connection(item: Item) -> VpnConnection | None:
    identity = _identity(item, "VpnConnectionId")
    if identity is None:
        return None
    options = item.item("Options")
    return VpnConnection(
        id=identity,
        name=_tag(item),
        state=item.word("State"),
        customer_gateway=item.identity("CustomerGatewayId"),
        virtual_gateway=item.identity("VpnGatewayId"),
        transit_gateway=item.identity("TransitGatewayId"),
        concentrator=item.identity("VpnConcentratorId"),
        is_static=options.flag("StaticRoutesOnly"),
        inside_version=options.word("TunnelInsideIpVersion"),
        configuration=_configuration(item),
        tunnels=tuple(map(_options, options.items("TunnelOptions"))),
        telemetry=tuple(filter(None, map(_telemetry, item.items("VgwTelemetry")))),
        routes=tuple(
            network
            for route in item.items("Routes")
            if route.word("State") not in GONE
            and (network := route.network("DestinationCidrBlock")) is not None
        ),
        where=item.where,
    )


def _configuration(item: Item) -> CustomerGatewayConfiguration | None:
    key = "CustomerGatewayConfiguration"
    text = item.text(key)
    if text is None:
        return None
    if not text.lstrip().startswith("<"):
        item.reading.skip(item.at(key), "it is no XML (documentation has a few words there)")
        return None
    return read_configuration(text, item.at(key), item.reading)


def read_configuration(
    text: str, where: Where, reading: Reading
) -> CustomerGatewayConfiguration | None:
    """A configuration inside of a JSON text; None after noting what is wrong, line by line."""
    try:
        return parse(text)
    except InvalidConfiguration as error:
        for problem in error.problems:
            line = f"line {problem.line}: " if problem.line is not None else ""
            name = f"{problem.path}: " if problem.path else ""
            reading.wrong(where, f"{line}{name}{problem.message}", problem.advice)
        return None


def alone(text: str, file: str, reading: Reading) -> tuple[VpnConnection, ...]:
    """The connection of a configuration that is a file of its own."""
    try:
        found = parse(text)
    except InvalidConfiguration as error:
        for problem in error.problems:
            where = Where(file=file, path=problem.path)
            reading.wrong(where, problem.message, problem.advice, problem.line)
        return ()
    checked = Item(
        values={"id": found.connection, "cgw": found.customer_gateway, "vgw": found.vpn_gateway},
        where=Where(file=file),
        reading=reading,
    )
    identity = checked.identity("id")
    if identity is None:
        return ()
    return (
        VpnConnection(
            id=identity,
            customer_gateway=checked.identity("cgw"),
            virtual_gateway=checked.identity("vgw"),
            is_static=found.is_static,
            configuration=found,
            described=False,
            where=Where(file=file),
        ),
    )


def _options(item: Item) -> TunnelOptions:
    key = item.text("PreSharedKey")
    return TunnelOptions(
        outside=item.address("OutsideIpAddress"),
        inside=item.network("TunnelInsideCidr"),
        key=None if key is None else Secret(key),
        phase1=_algorithms(item, 1),
        phase2=_algorithms(item, 2),
        ike_versions=_words(item, "IkeVersions"),
        rekey_margin=item.duration("RekeyMarginTimeSeconds"),
        rekey_fuzz_percent=item.number("RekeyFuzzPercentage"),
        replay_window=item.number("ReplayWindowSize"),
        dpd_timeout=item.duration("DpdTimeoutSeconds"),
        dpd_action=item.word("DpdTimeoutAction"),
        startup=item.word("StartupAction"),
    )


def _algorithms(item: Item, phase: int) -> Algorithms:
    groups = (one.number("Value") for one in item.items(f"Phase{phase}DHGroupNumbers"))
    return Algorithms(
        encryption=_words(item, f"Phase{phase}EncryptionAlgorithms"),
        integrity=_words(item, f"Phase{phase}IntegrityAlgorithms"),
        groups=tuple(group for group in groups if group is not None),
        lifetime=item.duration(f"Phase{phase}LifetimeSeconds"),
    )


def _words(item: Item, key: str) -> tuple[str, ...]:
    return tuple(word for one in item.items(key) if (word := one.text("Value")) is not None)


def _telemetry(item: Item) -> Telemetry | None:
    outside = item.address("OutsideIpAddress")
    if outside is None:
        return None
    return Telemetry(
        outside=outside,
        status=item.word("Status") or NOT_TOLD,
        message=item.text("StatusMessage"),
        accepted=item.number("AcceptedRouteCount"),
        changed=_spelled(item, "LastStatusChange"),
    )


def _spelled(item: Item, key: str) -> str | None:
    """A time where it is written as one; a number of seconds, as some tools save it, is none."""
    value = item.values.get(key)
    return value if isinstance(value, str) else None


# --------------------------------------------------------------------------------- the others


def _virtual_gateway(item: Item) -> VirtualGateway | None:
    identity = _identity(item, "VpnGatewayId")
    if identity is None:
        return None
    attached = [
        vpc
        for one in item.items("VpcAttachments")
        if one.word("State") in {"attached", "attaching"}
        and (vpc := one.identity("VpcId")) is not None
    ]
    return VirtualGateway(
        id=identity,
        state=item.word("State"),
        asn=item.number("AmazonSideAsn"),
        vpc=attached[0] if attached else None,
        where=item.where,
    )


def _transit_gateway(item: Item) -> TransitGateway | None:
    identity = _identity(item, "TransitGatewayId")
    if identity is None:
        return None
    options = item.item("Options")
    ecmp = options.word("VpnEcmpSupport")
    if ecmp not in {None, "enable", "disable"}:
        item.reading.wrong(
            options.at("VpnEcmpSupport"), f"is {show(ecmp)}", "AWS gives enable or disable"
        )
    return TransitGateway(
        id=identity,
        state=item.word("State"),
        asn=options.number("AmazonSideAsn"),
        ecmp=None if ecmp is None else ecmp == "enable",
        where=item.where,
    )


def _customer_gateway(item: Item) -> CustomerGateway | None:
    identity = _identity(item, "CustomerGatewayId")
    if identity is None:
        return None
    asn = item.number("BgpAsn")
    return CustomerGateway(
        id=identity,
        name=_tag(item) or item.text("DeviceName"),
        state=item.word("State"),
        address=item.address("IpAddress"),
        asn=item.number("BgpAsnExtended") if asn is None else asn,
        where=item.where,
    )


def _attachment(item: Item) -> Attachment | None:
    identity = _identity(item, "TransitGatewayAttachmentId")
    gateway = item.identity("TransitGatewayId")
    # describe-transit-gateway-vpc-attachments says VpcId instead.
    kind = item.word("ResourceType") or ("vpc" if item.has("VpcId") else None)
    resource = item.text("ResourceId") or item.text("VpcId")
    if identity is None or gateway is None or kind is None or resource is None:
        return None
    return Attachment(
        id=identity,
        state=item.word("State"),
        transit_gateway=gateway,
        kind=kind,
        resource=resource,
        where=item.where,
    )


def _vpc(item: Item) -> Vpc | None:
    identity = _identity(item, "VpcId")
    if identity is None:
        return None
    networks = [
        item.network("CidrBlock"),
        *(
            one.network("CidrBlock")
            for one in item.items("CidrBlockAssociationSet")
            if one.item("CidrBlockState").word("State") in {None, "associated"}
        ),
    ]
    return Vpc(
        id=identity,
        state=item.word("State"),
        networks=tuple(dict.fromkeys(network for network in networks if network is not None)),
        where=item.where,
    )


def _route_table(item: Item) -> RouteTable | None:
    identity = _identity(item, "RouteTableId")
    if identity is None:
        return None
    return RouteTable(
        id=identity,
        vpc=item.identity("VpcId"),
        routes=tuple(filter(None, map(_route, item.items("Routes")))),
        propagating=tuple(
            gateway
            for one in item.items("PropagatingVgws")
            if (gateway := one.text("GatewayId")) is not None
        ),
        where=item.where,
    )


def _route(item: Item) -> VpcRoute | None:
    target = item.text("GatewayId") or item.text("TransitGatewayId")
    if target is None or item.word("State") not in {None, "active"}:
        return None
    destination = item.network("DestinationCidrBlock")
    if destination is None:  # An IPv6 network, or a prefix list.
        return None
    propagated = item.text("Origin") == "EnableVgwRoutePropagation"
    return VpcRoute(destination=destination, target=target, propagated=propagated)


ANSWERS: dict[str, Callable[[Item], Thing | None]] = {
    "VpnConnections": _connection,
    "VpnGateways": _virtual_gateway,
    "CustomerGateways": _customer_gateway,
    "TransitGateways": _transit_gateway,
    "TransitGatewayAttachments": _attachment,
    "TransitGatewayVpcAttachments": _attachment,
    "RouteTables": _route_table,
    "Vpcs": _vpc,
    "VpnConnection": _connection,
    "VpnGateway": _virtual_gateway,
    "CustomerGateway": _customer_gateway,
    "TransitGateway": _transit_gateway,
}
"""The key of each call's answer, and what reads a thing in it; the last are of ``create-`` calls."""
OWN_KEYS = (
    (("VpnConnectionId",), "VpnConnections"),
    (("TransitGatewayAttachmentId",), "TransitGatewayAttachments"),
    (("RouteTableId",), "RouteTables"),
    (("CustomerGatewayId", "Type"), "CustomerGateways"),
    (("VpnGatewayId", "VpcAttachments"), "VpnGateways"),
    (("TransitGatewayId", "TransitGatewayArn"), "TransitGateways"),
    (("VpcId", "CidrBlock"), "Vpcs"),
)
"""What tells a thing without its call. The first that fits: a connection names gateways, too."""
