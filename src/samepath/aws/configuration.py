"""The customer gateway configuration: AWS's XML of a VPN connection, read and written.

It is in ``CustomerGatewayConfiguration`` of ``describe-vpn-connections``, and what the console's
device files are made from. Real ones differ little: a static connection has the attribute
``NoBGPVPNConnection`` and no ``bgp``, a transit gateway's has an empty ``vpn_gateway_id``.

It names one algorithm each, the lowest that AWS takes, whatever list it admits.

Law: :func:`parse` of :func:`render` is the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
)
from typing import TypeVar

from samepath.aws.xml_tree import Element, NotXml, read
from samepath.model.problems import Problem, show
from samepath.model.secret import Secret

T = TypeVar("T")

STATIC = "NoBGPVPNConnection"
"""The connection's attribute that says static routing."""
SECOND = timedelta(seconds=1)
_LARGEST = 2**32 - 1
"""No number here has more than 32 bits; the largest are ASNs."""


class InvalidConfiguration(ValueError):
    """A configuration that cannot be used: all its problems, in the order of the text."""

    def __init__(self, problems: Iterable[Problem], *, filename: str = "-") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.render(filename) for problem in self.problems))


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """One end of a tunnel; a value that the text leaves out is None."""

    outside: IPv4Address | IPv6Address | None = None
    inside: IPv4Interface | None = None
    inside_ipv6: IPv6Interface | None = None
    asn: int | None = None
    hold: timedelta | None = None
    """BGP's hold time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ike:
    """Phase 1, in AWS's words (``aes-128-cbc``, ``sha1``, ``group2``)."""

    authentication: str | None = None
    encryption: str | None = None
    lifetime: timedelta | None = None
    group: str | None = None
    mode: str | None = None
    key: Secret | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ipsec:
    """Phase 2, in AWS's words, with what it wants of packets and of dead peer detection."""

    protocol: str | None = None
    authentication: str | None = None
    encryption: str | None = None
    lifetime: timedelta | None = None
    group: str | None = None
    mode: str | None = None
    clear_df: bool | None = None
    fragment_before: bool | None = None
    """Whether a packet is to be fragmented before it is encrypted."""
    mss: int | None = None
    dpd_interval: timedelta | None = None
    dpd_retries: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfiguredTunnel:
    """One tunnel: its two ends and both phases."""

    customer: End
    gateway: End
    ike: Ike
    ipsec: Ipsec


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerGatewayConfiguration:
    """The whole of it. ``vpn_gateway`` is None at a transit gateway."""

    connection: str
    customer_gateway: str | None
    vpn_gateway: str | None
    kind: str | None
    attributes: str | None
    tunnels: tuple[ConfiguredTunnel, ...]

    @property
    def is_static(self) -> bool:
        """Whether the connection has static routes instead of BGP."""
        return self.attributes == STATIC


# --------------------------------------------------------------------------------------- reading


def parse(text: str, *, filename: str = "-") -> CustomerGatewayConfiguration:
    """Read a configuration.

    Elements that it does not know are passed over: AWS adds some now and then. ``filename`` only
    stands in messages. Raises :class:`InvalidConfiguration` with every problem at once; nothing
    else.
    """
    try:
        root = read(text)
    except NotXml as error:
        problem = Problem(path="", message=f"not XML: {error}", line=error.line)
        raise InvalidConfiguration([problem], filename=filename) from error
    reader = _Reader()
    if root.name != "vpn_connection":
        reader.wrong(root, f"the root is {show(root.name)}", "AWS's is vpn_connection")
        raise InvalidConfiguration(reader.problems, filename=filename)
    connection = _words(root.attributes.get("id", ""))
    if not connection:
        reader.wrong(root, "the connection has no id", 'AWS writes <vpn_connection id="vpn-...">')
    found = CustomerGatewayConfiguration(
        connection=connection,
        customer_gateway=reader.text(root, "customer_gateway_id"),
        vpn_gateway=reader.text(root, "vpn_gateway_id"),
        kind=reader.text(root, "vpn_connection_type"),
        attributes=reader.text(root, "vpn_connection_attributes"),
        tunnels=tuple(reader.tunnel(one) for one in root.all("ipsec_tunnel")),
    )
    if reader.problems:
        raise InvalidConfiguration(reader.problems, filename=filename)
    return found


def _words(text: str) -> str:
    return " ".join(text.split())


class _Reader:
    """Reads values of elements; what is wrong is gathered."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, element: Element, message: str, advice: str = "") -> None:
        self.problems.append(
            Problem(path=element.name, message=message, advice=advice, line=element.line)
        )

    def tunnel(self, element: Element) -> ConfiguredTunnel:
        customer, gateway, ike, ipsec = (
            element.find(name) or Element(name=name, line=element.line)
            for name in ("customer_gateway", "vpn_gateway", "ike", "ipsec")
        )
        key = ike.find("pre_shared_key")
        return ConfiguredTunnel(
            customer=self._end(customer),
            gateway=self._end(gateway),
            ike=Ike(
                authentication=self.text(ike, "authentication_protocol"),
                encryption=self.text(ike, "encryption_protocol"),
                lifetime=self._duration(ike, "lifetime"),
                group=self.text(ike, "perfect_forward_secrecy"),
                mode=self.text(ike, "mode"),
                key=Secret(key.text.strip()) if key is not None and key.text.strip() else None,
            ),
            ipsec=Ipsec(
                protocol=self.text(ipsec, "protocol"),
                authentication=self.text(ipsec, "authentication_protocol"),
                encryption=self.text(ipsec, "encryption_protocol"),
                lifetime=self._duration(ipsec, "lifetime"),
                group=self.text(ipsec, "perfect_forward_secrecy"),
                mode=self.text(ipsec, "mode"),
                clear_df=self._flag(ipsec, "clear_df_bit"),
                fragment_before=self._flag(ipsec, "fragmentation_before_encryption"),
                mss=self._number(ipsec, "tcp_mss_adjustment"),
                dpd_interval=self._duration(ipsec, "dead_peer_detection", "interval"),
                dpd_retries=self._number(ipsec, "dead_peer_detection", "retries"),
            ),
        )

    def _end(self, element: Element) -> End:
        inside = ("tunnel_inside_address", "ip_address")
        length = self._number(element, "tunnel_inside_address", "network_cidr")
        inside6 = ("tunnel_inside_ipv6_address", "ip_address")
        length6 = self._number(element, "tunnel_inside_ipv6_address", "prefix_length")
        return End(
            outside=self._value(
                element, ip_address, "an IP address", "tunnel_outside_address", "ip_address"
            ),
            inside=self._value(
                element,
                lambda text: IPv4Interface((text, 30 if length is None else length)),
                "an IPv4 address with its length",
                *inside,
            ),
            inside_ipv6=self._value(
                element,
                lambda text: IPv6Interface((text, 126 if length6 is None else length6)),
                "an IPv6 address with its length",
                *inside6,
            ),
            asn=self._number(element, "bgp", "asn"),
            hold=self._duration(element, "bgp", "hold_time"),
        )

    def text(self, element: Element, *names: str) -> str | None:
        """The words in an element; None if it is not there, or empty."""
        found = element.find(*names)
        return (_words(found.text) or None) if found is not None else None

    def _value(
        self, element: Element, convert: Callable[[str], T], what: str, *names: str
    ) -> T | None:
        found = element.find(*names)
        if found is None or not (words := _words(found.text)):
            return None
        try:
            return convert(words)
        except ValueError:
            self.wrong(found, f"{show(words)} is not {what}")
            return None

    def _number(self, element: Element, *names: str) -> int | None:
        return self._value(element, _to_number, "a number", *names)

    def _duration(self, element: Element, *names: str) -> timedelta | None:
        number = self._number(element, *names)
        return None if number is None else number * SECOND

    def _flag(self, element: Element, *names: str) -> bool | None:
        return self._value(element, _to_flag, "true or false", *names)


def _to_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= _LARGEST):
        raise ValueError(text)
    return int(text)


def _to_flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


# --------------------------------------------------------------------------------------- writing


def render(configuration: CustomerGatewayConfiguration) -> str:
    """The XML of a configuration in AWS's form and order, **with its pre-shared keys**."""
    return "\n".join(('<?xml version="1.0" encoding="UTF-8"?>', *_connection(configuration), ""))


def _connection(one: CustomerGatewayConfiguration) -> Iterator[str]:
    yield f'<vpn_connection id="{escape(one.connection)}">'
    yield from _inner(
        _leaf("customer_gateway_id", one.customer_gateway),
        # AWS writes it where there is none, too.
        [f"<vpn_gateway_id>{escape(one.vpn_gateway or '')}</vpn_gateway_id>"],
        _leaf("vpn_connection_type", one.kind),
        _leaf("vpn_connection_attributes", one.attributes),
        *(_block("ipsec_tunnel", *_tunnel(tunnel)) for tunnel in one.tunnels),
    )
    yield "</vpn_connection>"


_Lines = list[str]


def _inner(*parts: _Lines) -> _Lines:
    return [f"  {line}" for part in parts for line in part]


def _block(name: str, *parts: _Lines) -> _Lines:
    """An element around others; none if these are none."""
    inner = _inner(*parts)
    return [f"<{name}>", *inner, f"</{name}>"] if inner else []


def _leaf(name: str, value: object) -> _Lines:
    if value is None:
        return []
    if isinstance(value, timedelta):
        value = value // SECOND
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return [f"<{name}>{escape(text)}</{name}>"]


def _tunnel(tunnel: ConfiguredTunnel) -> Iterator[_Lines]:
    ike, ipsec = tunnel.ike, tunnel.ipsec
    yield _block("customer_gateway", *_end(tunnel.customer))
    yield _block("vpn_gateway", *_end(tunnel.gateway))
    yield _block(
        "ike",
        _leaf("authentication_protocol", ike.authentication),
        _leaf("encryption_protocol", ike.encryption),
        _leaf("lifetime", ike.lifetime),
        _leaf("perfect_forward_secrecy", ike.group),
        _leaf("mode", ike.mode),
        _leaf("pre_shared_key", ike.key and ike.key.reveal()),
    )
    yield _block(
        "ipsec",
        _leaf("protocol", ipsec.protocol),
        _leaf("authentication_protocol", ipsec.authentication),
        _leaf("encryption_protocol", ipsec.encryption),
        _leaf("lifetime", ipsec.lifetime),
        _leaf("perfect_forward_secrecy", ipsec.group),
        _leaf("mode", ipsec.mode),
        _leaf("clear_df_bit", ipsec.clear_df),
        _leaf("fragmentation_before_encryption", ipsec.fragment_before),
        _leaf("tcp_mss_adjustment", ipsec.mss),
        _block(
            "dead_peer_detection",
            _leaf("interval", ipsec.dpd_interval),
            _leaf("retries", ipsec.dpd_retries),
        ),
    )


def _end(end: End) -> Iterator[_Lines]:
    yield _block("tunnel_outside_address", _leaf("ip_address", end.outside))
    if end.inside is not None:
        yield _block(
            "tunnel_inside_address",
            _leaf("ip_address", end.inside.ip),
            _leaf("network_mask", end.inside.netmask),
            _leaf("network_cidr", end.inside.network.prefixlen),
        )
    if end.inside_ipv6 is not None:
        yield _block(
            "tunnel_inside_ipv6_address",
            _leaf("ip_address", end.inside_ipv6.ip),
            _leaf("prefix_length", end.inside_ipv6.network.prefixlen),
        )
    yield _block("bgp", _leaf("asn", end.asn), _leaf("hold_time", end.hold))
