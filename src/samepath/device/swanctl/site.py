"""A whole customer gateway's tunnels as one ``swanctl.conf``, for a charon that nobody tells anything.

Each tunnel is route-based: its policies admit every packet, and carry the id of an XFRM interface,
so that the routing table decides what goes into it (strongSwan's documentation, "Route-based VPN",
https://docs.strongswan.org/docs/latest/features/routeBasedVpn.html). Who makes that interface is
:mod:`samepath.device.networkd`.

What each value does is told by ``swanctl.conf(5)`` and ``strongswan.conf(5)``; what such a charon
does after a loss was tried (``docs/lab-notes/0013-swanctl-customer.md``).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta

from samepath.device.swanctl.connection import esp_suite, ike_suite
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite

REPLAY_WINDOW = 1024
"""Packets that may arrive out of order: AWS's own default, and room for several cores."""
_PLAIN_KEY = re.compile(r"(?!0[sx])[A-Za-z0-9._-]+")
"""A key that means the same in quotes; ``0s`` and ``0x`` announce another notation."""


def interface(tunnel: TunnelToWrite) -> str:
    """The name of a tunnel's XFRM interface."""
    return f"vpn{tunnel.number}"


def if_id(tunnel: TunnelToWrite) -> int:
    """What binds a tunnel's policies to its interface. 0 would be none."""
    return tunnel.number


def tunnels(it: CustomerToWrite) -> str:
    """``/etc/swanctl/conf.d/NAME.conf``: the tunnels and their keys."""
    return "".join(f"{line}\n" for line in (*_head(it), *_connections(it), *_secrets(it)))


def daemon(it: CustomerToWrite) -> str:
    """``/etc/strongswan.d/NAME.conf``: what is said of charon as a whole.

    With IKEv2 it is the retransmissions of a probe that decide how soon a peer is dead, and charon's
    own take 165 seconds.
    """
    dpd = it.tunnels[0]
    silence = dpd.dpd_delay * dpd.dpd_retries
    timeout = silence.total_seconds() / (dpd.dpd_retries + 1)
    return f"""\
# strongSwan 5.8 or newer, of {it.name}: what is said of charon as a whole.
charon {{
  # The routing daemon decides what goes into the tunnels; charon adds no routes of its own.
  install_routes = no
  # A probe that is not answered is repeated {dpd.dpd_retries} times, {timeout:g} s apart: the peer is dead
  # {_whole(silence)} s after it. By itself charon would wait for 165 s.
  retransmit_timeout = {timeout:g}
  retransmit_base = 1
  retransmit_tries = {dpd.dpd_retries}
}}
"""


def _whole(value: timedelta) -> int:
    return int(value.total_seconds())


def _head(it: CustomerToWrite) -> Iterator[str]:
    yield f"# {it.name}: its tunnels. For strongSwan 5.8 or newer, and Linux 4.19 or newer."
    yield "# It holds the keys: chmod 600. `swanctl --load-all` takes it in."
    if it.identity != it.address:
        yield f"# A NAT shows {it.address} as {it.identity}: it has to let UDP 500 and 4500 through."


def _connections(it: CustomerToWrite) -> Iterator[str]:
    yield "connections {"
    for tunnel in it.tunnels:
        yield from _connection(it, tunnel)
    yield "}"


def _connection(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    name = interface(tunnel)
    rekey, over, spread = _rekeying(tunnel.ike_lifetime)
    yield f"  # {tunnel.label}"
    yield f"  {name} {{"
    yield f"    version = {tunnel.ike_version}"
    yield f"    local_addrs = {it.address}"
    yield f"    remote_addrs = {tunnel.outside}"
    yield "    # One suite, which both ends have: a weaker one cannot be agreed on."
    yield f"    proposals = {ike_suite(tunnel.ike)}"
    yield "    # It rekeys before the gateway's end does, and not when the other tunnel does."
    yield f"    rekey_time = {rekey}s"
    yield f"    over_time = {over}s"
    yield f"    rand_time = {spread}s"
    yield "    # It is started for ever, and a peer that comes back takes its old SA's place."
    yield "    keyingtries = 0"
    yield "    unique = replace"
    yield "    # The ends have fixed addresses."
    yield "    mobike = no"
    yield "    # A peer that is gone is noticed also while nothing is sent."
    yield f"    dpd_delay = {_whole(tunnel.dpd_delay)}s"
    if tunnel.ike_version == 1:
        yield f"    dpd_timeout = {_whole(tunnel.dpd_delay * (tunnel.dpd_retries + 1))}s"
    yield "    local {"
    yield "      auth = psk"
    yield f"      id = {it.identity}"
    yield "    }"
    yield "    remote {"
    yield "      auth = psk"
    yield f"      id = {tunnel.outside}"
    yield "    }"
    yield "    children {"
    yield from _child(tunnel)
    yield "    }"
    yield "  }"


def _child(tunnel: TunnelToWrite) -> Iterator[str]:
    rekey, _, spread = _rekeying(tunnel.esp_lifetime)
    pad = " " * 8
    yield f"      {interface(tunnel)} {{"
    yield f"{pad}# Every packet may pass: routes to {interface(tunnel)} choose which ones do."
    yield f"{pad}local_ts = 0.0.0.0/0"
    yield f"{pad}remote_ts = 0.0.0.0/0"
    yield f"{pad}if_id_in = {if_id(tunnel)}"
    yield f"{pad}if_id_out = {if_id(tunnel)}"
    yield f"{pad}mode = tunnel"
    yield f"{pad}esp_proposals = {esp_suite(tunnel.esp)}"
    yield f"{pad}rekey_time = {rekey}s"
    yield f"{pad}life_time = {_whole(tunnel.esp_lifetime)}s"
    yield f"{pad}rand_time = {spread}s"
    yield f"{pad}# Packets that arrive late, but not this late, are no replay."
    yield f"{pad}replay_window = {REPLAY_WINDOW}"
    yield f"{pad}# This end starts the tunnel, and starts it again after a loss or a deletion."
    yield f"{pad}start_action = start"
    yield f"{pad}close_action = start"
    yield f"{pad}dpd_action = restart"
    yield "      }"


def _rekeying(lifetime: timedelta) -> tuple[int, int, int]:
    """When to rekey, how long the SA lives on, and how much earlier it may begin, in seconds.

    AWS's end begins between 540 and 270 seconds before the end by default; of its default lifetimes
    that is later than four fifths.
    """
    whole = _whole(lifetime)
    rekey = whole * 4 // 5
    return rekey, whole - rekey, whole // 20


def _secrets(it: CustomerToWrite) -> Iterator[str]:
    yield "secrets {"
    for tunnel in it.tunnels:
        yield f"  ike-{interface(tunnel)} {{"
        yield f"    id-1 = {it.identity}"
        yield f"    id-2 = {tunnel.outside}"
        yield f'    secret = "{_spelt(tunnel.key_or_placeholder)}"'
        yield "  }"
    yield "}"


def _spelt(key: str) -> str:
    """A key as the file has it; one that its words would change stands in base64 (``0s``)."""
    if _PLAIN_KEY.fullmatch(key):
        return key
    return f"0s{b64encode(key.encode()).decode()}"
