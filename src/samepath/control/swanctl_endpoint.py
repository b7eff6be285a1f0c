"""An IKE endpoint that configures itself: a charon with a ``swanctl.conf`` of its own.

It stands for a device that somebody else runs. It is given its files and started; from then on
nobody tells it anything. What it has loaded, when it starts a tunnel and what it does after a loss
are its own affair, and only its state is read. It is started after the gateway's ends are ready, as
a device is that is configured for a VPN that exists: who refuses it once is not called again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from samepath.control.ike_endpoint import USERSPACE_RECEIVE_BUFFER
from samepath.control.parts import charon, without_df
from samepath.device.swanctl import Section, secrets_conf, swanctl_conf
from samepath.linux.marks import digest
from samepath.linux.objects import (
    ConfigFile,
    Daemon,
    DaemonKind,
    Namespace,
    Object,
    ReceiveBuffer,
    SecretFile,
    Tun,
)
from samepath.model.topology import CustomerGateway, Ipsec, Topology


def configures_itself(customer: CustomerGateway) -> bool:
    """Whether a customer gateway's strongSwan has a configuration of its own in a lab."""
    return customer.ipsec is Ipsec.SWANCTL


def self_configured(topology: Topology) -> tuple[str, ...]:
    """The customer gateways whose strongSwan configures itself."""
    return tuple(name for name, one in topology.customer_gateways.items() if configures_itself(one))


def swanctl_file(daemon: str) -> str:
    """The ``swanctl.conf`` of a charon, in the world's directory."""
    return f"etc/{daemon}.swanctl.conf"


@dataclass(frozen=True, kw_only=True, slots=True)
class SwanctlEndpoint:
    """A charon called ``daemon`` that loads the connection ``name`` itself, and its tunnel's end.

    ``configuration`` is its ``strongswan.conf``, which has it load :func:`swanctl_file`. ``secret``
    says which key it has, in the words of :class:`~samepath.linux.objects.IkeConfig`, and
    ``identities`` whose that is. ``directory`` is the world's.
    """

    daemon: str
    namespace: str
    configuration: str
    directory: str
    name: str
    section: Section
    secret: str
    identities: tuple[str, ...]
    device: Tun

    def objects(self) -> Iterator[Object]:
        """The namespace, the files, the daemon that reads them when it starts, and the device."""
        keys = f"keys/{self.daemon}.conf"
        text = swanctl_conf(self.name, self.section, f"{self.directory}/{keys}")
        yield Namespace(name=self.namespace)
        yield without_df(self.namespace)
        yield ConfigFile(path=swanctl_file(self.daemon), text=text)
        yield SecretFile(
            path=keys,
            text=secrets_conf(self.name, self.identities, SecretFile.PLACE),
            secret=self.secret,
            daemon=self.daemon,
        )
        for part in charon(self.daemon, self.namespace, self.configuration):
            if isinstance(part, Daemon):
                yield replace(
                    part,
                    kind=DaemonKind.STRONGSWAN,
                    restart_on=digest(repr((part.restart_on, text))),
                )
            else:
                yield part
        yield ReceiveBuffer(daemon=self.daemon, size=USERSPACE_RECEIVE_BUFFER)
        yield self.device
