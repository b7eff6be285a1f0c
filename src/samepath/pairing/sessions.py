"""The BGP session in a tunnel, as both ends are configured: whether it is there at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.device.reading.source import Place
from samepath.pairing.kinds import ASN_DIFFERS, NO_NEIGHBOUR, SESSION_CLOSED
from samepath.pairing.matching import Match
from samepath.routing.findings.finding import Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """Why a tunnel carries no session of BGP."""

    kind: Kind
    what: str
    advice: str
    place: Place | None = None


def closed(match: Match, *, gateway_asn: int, customer_asn: int) -> Iterator[Closed]:
    """Everything that keeps the session in a tunnel down; nothing: it comes up.

    ``gateway_asn`` is AWS's own number, ``customer_asn`` the one that AWS expects of the device.
    """
    neighbour, bgp = match.neighbour, match.bgp
    address = match.tunnel.gateway_inside.ip
    if neighbour is None or bgp is None:
        yield Closed(
            kind=NO_NEIGHBOUR,
            what=f"the device has no BGP neighbour {address}, AWS's end of this tunnel",
            advice=f"configure the neighbour {address}, AS {gateway_asn}",
        )
        return
    if neighbour.address != address:
        yield Closed(
            kind=SESSION_CLOSED,
            what=f"the neighbour is {neighbour.address}, and AWS's inside address is {address}",
            advice=f"name {address}",
            place=neighbour.place,
        )
    if neighbour.shutdown is not None and neighbour.shutdown.value:
        yield Closed(
            kind=SESSION_CLOSED,
            what=f"the neighbour {neighbour.address} is shut down",
            advice="take it up",
            place=neighbour.shutdown.place,
        )
    if not neighbour.activated:
        yield Closed(
            kind=SESSION_CLOSED,
            what=f"the neighbour {neighbour.address} is not activated for IPv4 unicast",
            advice="activate it there",
            place=neighbour.place,
        )
    if neighbour.signed is not None and neighbour.signed.value:
        yield Closed(
            kind=SESSION_CLOSED,
            what=f"the session with {neighbour.address} has a password, and AWS's end of a VPN has "
            "none: neither end takes a packet that the other one sends (RFC 2385)",
            advice="take the password away; IPsec signs every packet already",
            place=neighbour.signed.place,
        )
    remote = neighbour.remote_as
    if remote is None:
        yield Closed(
            kind=ASN_DIFFERS,
            what=f"the neighbour {neighbour.address} has no AS number, and AWS is {gateway_asn}",
            advice=f"let it be AS {gateway_asn}",
            place=neighbour.place,
        )
    elif remote.value != gateway_asn and (
        isinstance(remote.value, int) or remote.value == "internal"
    ):
        yield Closed(
            kind=ASN_DIFFERS,
            what=f"the device expects AS {remote.value} of {neighbour.address}, and AWS is "
            f"{gateway_asn}",
            advice=f"let the neighbour be AS {gateway_asn}",
            place=remote.place,
        )
    own = neighbour.local_as or bgp.asn
    if own.value == 0:
        yield Closed(
            kind=ASN_DIFFERS,
            what=f"the device's AS number was not understood, and AWS expects AS {customer_asn} of "
            f"{match.connection.customer_gateway}",
            advice=f"let it be AS {customer_asn}",
            place=own.place,
        )
    elif own.value != customer_asn:
        yield Closed(
            kind=ASN_DIFFERS,
            what=f"the device is AS {own.value}, and AWS expects AS {customer_asn} of "
            f"{match.connection.customer_gateway}",
            advice=f"say AS {customer_asn} to this neighbour (local-as), or make a customer gateway "
            f"of AS {own.value} at AWS and change the connection to it",
            place=own.place,
        )
