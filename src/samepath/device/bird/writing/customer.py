"""A whole customer gateway: BIRD's file, and those of strongSwan and systemd-networkd beside it.

What the statements mean is told by BIRD's manual, chapter "Protocols". BIRD has one table of routes,
and a session announces what its filter lets pass of it: so the site's networks are static routes,
and nothing else passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from samepath.device.bird.writing.wording import statements
from samepath.device.networkd import site as interfaces
from samepath.device.swanctl import site as ipsec
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite, WrittenFile
from samepath.model.policy import Policy
from samepath.model.policy_form import normal

_STEP = "  "
_RETRY = 5
"""Seconds between two attempts of a session; BIRD's own 120 would be the longest part of a loss."""
_PREFERENCE = 200
"""Of a static route by default; the first tunnel's are above it by the number of tunnels."""


def customer(it: CustomerToWrite) -> tuple[WrittenFile, ...]:
    """The files of a whole gateway. Raises :class:`~samepath.device.writing.patch.NotWritable`."""
    parts = [[*_head(it)], [*_device()], *([[*one] for one in _routing(it)])]
    text = "\n".join("".join(f"{line}\n" for line in part) for part in parts)
    return (
        WrittenFile(name="/etc/bird/bird.conf", text=text),
        WrittenFile(name=f"/etc/swanctl/conf.d/{it.name}.conf", text=ipsec.tunnels(it)),
        WrittenFile(name=f"/etc/strongswan.d/{it.name}.conf", text=ipsec.daemon(it)),
        *interfaces.files(it),
    )


def _head(it: CustomerToWrite) -> Iterator[str]:
    names = " and ".join(ipsec.interface(one) for one in it.tunnels)
    yield f"# {it.name}: its routing. For BIRD 2.0.8 or newer; `birdc configure` takes it in."
    yield f"# strongSwan makes the tunnels, systemd-networkd their interfaces {names}."
    yield f"router id {it.address};"
    yield "log syslog all;"


def _device() -> Iterator[str]:
    yield "# It tells BIRD of interfaces and their addresses."
    yield "protocol device {"
    yield f"{_STEP}# What a timer of BIRD 2.0 sets off waits for the next timer: there is one a second."
    yield f"{_STEP}scan time 1;"
    yield "}"


def _routing(it: CustomerToWrite) -> Iterator[Iterator[str]]:
    if not it.bgp:
        yield from (_static(it, one) for one in it.tunnels)
        yield _kernel("all", "The kernel has the routes of the site by itself; it gets these.")
        return
    if it.networks:
        yield _site(it)
    yield _kernel("where source = RTS_BGP", "The kernel gets what BGP brings, the best route each.")
    if it.bfd is not None:
        yield _bfd(it)
    yield from (_session(it, one) for one in it.tunnels)


def _site(it: CustomerToWrite) -> Iterator[str]:
    yield "# What is announced, whether a host there is up or not. These routes lead nowhere, and the"
    yield "# kernel does not get them: it has its own, of the interfaces of the site."
    yield f"define SITE = [ {', '.join(map(str, it.networks))} ];"
    yield "protocol static site {"
    yield f"{_STEP}ipv4;"
    for network in it.networks:
        yield f"{_STEP}route {network} unreachable;"
    yield "}"


def _kernel(export: str, why: str) -> Iterator[str]:
    yield f"# {why}"
    yield "protocol kernel {"
    yield f"{_STEP}scan time 30;"
    yield f"{_STEP}ipv4 {{"
    yield f"{_STEP * 2}import none;"
    yield f"{_STEP * 2}export {export};"
    yield f"{_STEP}}};"
    yield "}"


def _bfd(it: CustomerToWrite) -> Iterator[str]:
    assert it.bfd is not None  # noqa: S101 - its caller has looked
    interval = int(it.bfd.interval / timedelta(milliseconds=1))
    yield "# A session ends as soon as the other end is silent for so many intervals."
    yield "protocol bfd {"
    for tunnel in it.tunnels:
        name = ipsec.interface(tunnel)
        times = f"interval {interval} ms; multiplier {it.bfd.multiplier};"
        yield f'{_STEP}interface "{name}" {{ {times} }};'
    yield "}"


def _session(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    yield f"# {tunnel.label}"
    yield f"protocol bgp tunnel{tunnel.number} {{"
    for line in (*_ends(it, tunnel), *_settings(it), *_channel(it, tunnel)):
        yield f"{_STEP}{line}".rstrip()
    yield "}"


def _ends(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    yield f"local {tunnel.inside.ip} as {it.asn};"
    yield f"neighbor {tunnel.gateway_inside} as {it.gateway_asn};"


def _settings(it: CustomerToWrite) -> Iterator[str]:
    yield "# A neighbour that says nothing for so long is gone, and its routes with it."
    yield f"hold time {_seconds(it.hold)};"
    yield f"keepalive time {_seconds(it.keepalive)};"
    yield "graceful restart off;"
    yield "# A tunnel that is back is used soon: BIRD would wait for up to two minutes by itself."
    yield "connect delay time 1;"
    yield f"connect retry time {_RETRY};"
    yield f"error wait time 1, {_RETRY};"
    if it.bfd is not None:
        yield "bfd on;"


def _channel(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    yield "ipv4 {"
    yield f"{_STEP}# Of routes that are equal otherwise, the neighbour's router id decides, and never"
    yield f"{_STEP}# which of them came first; one is used at a time."
    yield f"{_STEP}import filter {{"
    for line in _statements(it, tunnel.imports):
        yield f"{_STEP * 2}{line}"
    yield f"{_STEP}}};"
    if not it.networks:
        yield f"{_STEP}export none;"
        yield "};"
        return
    yield f"{_STEP}# The site's networks, and nothing that was heard from elsewhere."
    yield f"{_STEP}export filter {{"
    yield f"{_STEP * 2}if net !~ SITE then reject;"
    for line in _statements(it, tunnel.exports):
        yield f"{_STEP * 2}{line}"
    yield f"{_STEP}}};"
    yield "};"


def _statements(it: CustomerToWrite, policy: Policy) -> Iterator[str]:
    for term in normal(policy).terms:
        yield from statements(term, it.asn, _STEP)


def _seconds(value: timedelta) -> int:
    return int(value.total_seconds())


def _static(it: CustomerToWrite, tunnel: TunnelToWrite) -> Iterator[str]:
    name = ipsec.interface(tunnel)
    preference = _PREFERENCE + len(it.tunnels) - tunnel.number
    yield f"# {tunnel.label}: its routes are there while its interface is up, and the first tunnel's"
    yield "# are preferred. strongSwan leaves the interface up when the tunnel is down: an `updown`"
    yield f"# script, or a probe, has to set it down (`ip link set {name} down`)."
    yield f"protocol static tunnel{tunnel.number} {{"
    yield f"{_STEP}ipv4 {{ preference {preference}; }};"
    for network in it.vpc:
        yield f'{_STEP}route {network} via "{name}";'
    yield "}"
