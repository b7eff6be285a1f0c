"""A whole customer gateway, as any platform's writer takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Policy
from samepath.model.secret import Secret
from samepath.model.topology import Bfd, IkeProposal


def placeholder(number: int) -> str:
    """What stands where the key of a tunnel goes, and is to be replaced."""
    return f"PRE-SHARED-KEY-OF-TUNNEL-{number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelToWrite:
    """A tunnel and its session. Each value is what both ends can do.

    ``label`` is what people call it, for a comment (``vpn-0abc tunnel 1``); ``outside`` is the
    gateway's address, ``inside`` the device's own with its length, ``gateway_inside`` the
    neighbour. ``esp``'s group is that of PFS; an AEAD cipher's ``integrity`` in ``ike`` is its PRF.
    """

    number: int
    label: str
    outside: IPv4Address
    inside: IPv4Interface
    gateway_inside: IPv4Address
    ike_version: int
    ike: IkeProposal
    ike_lifetime: timedelta
    esp: IkeProposal
    esp_lifetime: timedelta
    dpd_delay: timedelta
    dpd_retries: int
    key: Secret | None
    """None: a placeholder is written (:attr:`key_or_placeholder`)."""
    imports: Policy = field(default_factory=Policy)
    exports: Policy = field(default_factory=Policy)

    @property
    def key_or_placeholder(self) -> str:
        """The key, or the words that stand where it goes."""
        return placeholder(self.number) if self.key is None else self.key.reveal()


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerToWrite:
    """A device with its tunnels to one gateway, one of which may be preferred by their policies.

    ``vpc`` are the networks behind the gateway, ``networks`` those of the site, which the device
    announces; without ``bgp`` the routes to ``vpc`` are static ones, the first tunnel's first.
    ``address`` is the device's own outside address (the private one behind a NAT), and ``identity``
    what it calls itself in IKE: the address that the gateway knows. ``outside_interface`` and
    ``lan_interface`` are the names of its interfaces as its owner tells them; None: the platform's
    usual name, which a comment says is to be changed.
    """

    name: str
    asn: int
    gateway_asn: int
    address: IPv4Address
    identity: IPv4Address
    vpc: tuple[IPv4Network, ...]
    networks: tuple[IPv4Network, ...]
    tunnels: tuple[TunnelToWrite, ...]
    bgp: bool = True
    keepalive: timedelta = timedelta(seconds=10)
    hold: timedelta = timedelta(seconds=30)
    bfd: Bfd | None = None
    """BFD in the tunnels; None where the gateway has none, as AWS's have not."""
    mtu: int
    """Bytes of a packet inside that fit the wire, with IPsec around them."""
    mss: int
    outside_interface: str | None = None
    lan_interface: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenFile:
    """A file of the configuration: where it goes on the device, and its text.

    ``name`` is a path where the platform has files (``/etc/frr/frr.conf``), and otherwise a file
    name for whoever keeps it (``fw1.cfg``), whose lines are typed. ``text`` is in no ``repr``: it
    may hold keys.
    """

    name: str
    text: str = field(repr=False)


def ike_group(tunnel: TunnelToWrite) -> int:
    """The Diffie-Hellman group of IKE. Raises :class:`NotWritable` where there is none."""
    if tunnel.ike.group is None:
        raise NotWritable(f"{tunnel.label}: IKE needs a Diffie-Hellman group")
    return tunnel.ike.group


def remark(*sentences: str) -> Iterator[str]:
    """A remark before a part of a configuration whose remarks begin with ``#``."""
    yield ""
    yield from (f"# {one}" for one in sentences)


def keys_to_change(it: CustomerToWrite) -> Iterator[str]:
    """The remark on placeholders, where there are some."""
    if any(one.key is None for one in it.tunnels):
        yield "# Change each PRE-SHARED-KEY-OF-TUNNEL to the key of that tunnel."
