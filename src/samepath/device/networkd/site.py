"""The XFRM interfaces of a customer gateway's tunnels, as files of systemd-networkd.

``systemd.netdev(5)`` tells the sections ``[NetDev]`` and ``[Xfrm]``, ``systemd.network(5)`` the rest.
"""

from __future__ import annotations

from samepath.device.swanctl.site import if_id, interface
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile

_DIRECTORY = "/etc/systemd/network"


def files(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """A ``.netdev`` and a ``.network`` for each tunnel."""
    return tuple(
        WrittenFile(name=f"{_DIRECTORY}/50-{interface(tunnel)}.{kind}", text=text)
        for tunnel in it.tunnels
        for kind, text in (("netdev", _netdev(it, tunnel)), ("network", _network(it, tunnel)))
    )


def _netdev(it: CustomerToWrite, tunnel: TunnelToWrite) -> str:
    return f"""\
# {tunnel.label}: its interface. For systemd 243 or newer; `networkctl reload` takes it in.
[NetDev]
Name={interface(tunnel)}
Kind=xfrm
# What is left of the wire's packets once IPsec is around them.
MTUBytes={it.mtu}

[Xfrm]
# strongSwan's if_id_in and if_id_out of this tunnel.
InterfaceId={if_id(tunnel)}
# It hangs on no other interface: which way its packets go outside, the routing table says.
Independent=yes
"""


def _network(it: CustomerToWrite, tunnel: TunnelToWrite) -> str:
    name = interface(tunnel)
    return f"""\
# {tunnel.label}: its inside address.
# The machine forwards, and takes packets that come back by the other tunnel (in /etc/sysctl.d):
#   net.ipv4.ip_forward = 1
#   net.ipv4.conf.all.rp_filter = 0
#   net.ipv4.conf.{name}.rp_filter = 0
# Its firewall tells TCP how much fits, for hosts that learn it from nobody:
#   nft add rule inet filter forward oifname {name} tcp flags syn tcp option maxseg size set {it.mss}
[Match]
Name={name}

[Network]
Address={tunnel.inside}
# Nobody there hears neighbour discovery.
LinkLocalAddressing=no

[Link]
# A tunnel that is down is no reason for the machine to wait as it starts.
RequiredForOnline=no
"""
