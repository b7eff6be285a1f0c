"""An IKE endpoint: one charon in an outside namespace of its own, and the tunnel ends it carries.

This is the seam between data planes. Where ESP runs in user space, a charon has one TUN device, so
an endpoint carries the end of one tunnel. With ESP in the kernel each tunnel has an XFRM interface
of its own, and one charon may carry all the tunnels of its gateway. What is compiled around an
endpoint takes its tunnels from here, and only the endpoint knows how many it can have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.control.parts import charon, without_df
from samepath.linux.objects import IkeConfig, Namespace, Object, Tun

USERSPACE_CAPACITY = 1
"""kernel-libipsec makes one TUN device a process, and a tunnel needs one of its own."""
USERSPACE_RECEIVE_BUFFER = 512 * 1024
"""Bytes that may wait for a charon that does ESP itself: some 450 full packets.

With Linux's own 208 KiB (``net.core.rmem_default``) a burst of TCP overflows the socket. What is
lost there is lost after encryption, so nothing spares BFD (lab note 0005).
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class CarriedTunnel:
    """One end of a tunnel: what charon is to have loaded, and the device that packets take."""

    ike: IkeConfig
    device: Tun


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeEndpoint:
    """A charon called ``daemon``, its ``strongswan.conf`` and its tunnels, ``capacity`` at most."""

    daemon: str
    namespace: str
    configuration: str
    tunnels: tuple[CarriedTunnel, ...]
    capacity: int = USERSPACE_CAPACITY

    def __post_init__(self) -> None:
        """A compiler that gives an endpoint more than it carries, or another's, is wrong."""
        assert len(self.tunnels) <= self.capacity, self  # noqa: S101 - our bug
        for tunnel in self.tunnels:
            named = {tunnel.ike.daemon, tunnel.device.daemon}
            assert named == {self.daemon}, self  # noqa: S101 - our bug
            assert tunnel.device.origin == self.namespace, self  # noqa: S101 - our bug

    def objects(self) -> Iterator[Object]:
        """The namespace, the daemon, and of each tunnel its connection and its device."""
        yield Namespace(name=self.namespace)
        yield without_df(self.namespace)
        yield from charon(self.daemon, self.namespace, self.configuration)
        for tunnel in self.tunnels:
            yield tunnel.ike
            yield tunnel.device
