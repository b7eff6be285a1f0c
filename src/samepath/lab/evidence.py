"""Collecting what shows why a tunnel does not carry traffic, from both ends of a running lab.

Nothing here knows what was broken on purpose: daemons are asked, their logs are read, and a few
pings are sent, outside the tunnel and inside it at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from samepath.control.addressing import SYNC_LINK, of_member
from samepath.control.diagnosis import Diagnosis, EndEvidence, Pings, TunnelEvidence, diagnose
from samepath.control.names import (
    charon_of_customer,
    charon_of_endpoint,
    short,
    tunnel_device,
)
from samepath.control.part_diagnosis import (
    LanEvidence,
    MemberEvidence,
    diagnose_firewall,
    diagnose_lan,
    diagnose_member,
    diagnose_router,
)
from samepath.control.situation import Side
from samepath.control.vpn import mtu_of
from samepath.device.swanctl.failures import standing_failure
from samepath.lab import ping
from samepath.lab.clusters import (
    ClusterStatus,
    acting_member,
    acting_namespace,
    outside_namespace,
)
from samepath.lab.lab import Lab
from samepath.lab.status import EndStatus, StatusReader
from samepath.model.elements import Element, ElementKind, InvalidElement, element_called
from samepath.model.topology import Connection, Site, Topology, Tunnel

ICMP_AND_IP = 28
"""Bytes of an IPv4 header without options and of an ICMP echo's header."""


def diagnose_all(lab: Lab, element: str | None = None) -> tuple[Diagnosis, ...]:
    """A diagnosis of each tunnel that ``element`` names or is a part of; of all without one.

    Raises :class:`~samepath.model.elements.InvalidElement` and
    :class:`~samepath.lab.ping.CannotPing`.
    """
    reader = StatusReader(lab)
    return tuple(
        diagnose(_evidence(reader, connection, tunnel))
        for connection, tunnel in list(_tunnels(lab, element))
    )


def diagnose_parts(lab: Lab, element: str | None = None) -> tuple[Diagnosis, ...]:
    """A diagnosis of each router, LAN leg and firewall that fails, and of those that ``element`` is.

    ``element`` leaves out what is at neither end of its tunnels.
    Raises what :func:`diagnose_all` raises.
    """
    concerned = [connection for connection, _ in _tunnels(lab, element)]
    customers = {connection.customer_gateway for connection in concerned}
    reader = StatusReader(lab)
    directions = reader.directions({connection.name for connection in concerned})
    reader.firewalls(directions)  # What they drop while the rest is looked at counts as now.
    found = [
        *(diagnose_router(router) for router in reader.routers(concerned)),
        *(diagnose_lan(_lan(reader, name, site)) for name, site in _legs(lab.topology, customers)),
    ]
    found += [
        diagnose_member(member)
        for cluster in reader.clusters()
        if cluster.customer in customers
        for member in _members(lab, cluster)
    ]
    found += [
        diagnose_firewall(firewall)
        for firewall in reader.firewalls(directions)
        if firewall.element.removeprefix("cgw:") in customers
    ]
    return tuple(one for one in found if one.layer is not None or one.element == element)


def _legs(topology: Topology, customers: Collection[str]) -> Iterator[tuple[str, Site]]:
    """Each customer gateway's sites that have hosts: others have nobody to answer."""
    for site in topology.sites.values():
        for customer in site.customer_gateways:
            if customer in customers and site.hosts:
                yield customer, site


def _lan(reader: StatusReader, customer: str, site: Site) -> LanEvidence:
    lab = reader.lab
    namespace, hosts = acting_namespace(lab, customer), tuple(site.hosts.values())
    hop = lab.machine.kernel.lookup(namespace, hosts[0].address)
    return LanEvidence(
        element=f"cgw:{customer}/lan",
        site=site.name,
        hosts=tuple(host.name for host in hosts),
        leg=short(site.name, "-lan"),
        taken=None if hop is None else hop.device,
        answered=any(
            _asked(lab, ping.few(namespace, str(host.address)))[0].answered for host in hosts
        ),
        masters=next((master.holders for master in reader.masters([site])), None),
    )


def _members(lab: Lab, cluster: ClusterStatus) -> Iterator[MemberEvidence]:
    def name(member: int) -> str:
        return f"cgw:{cluster.customer}/member{member}"

    for member in lab.topology.customer_gateways[cluster.customer].members:
        asked = cluster.used not in {None, member}
        far = str(of_member(SYNC_LINK, member))
        near = lab.names.customer(cluster.customer, cluster.used or member)
        yield MemberEvidence(
            element=name(member),
            active=None if cluster.used is None else name(cluster.used),
            holds=member in cluster.holders,
            answered=asked and bool(_asked(lab, ping.few(near, far))[0].answered),
        )


def _tunnels(lab: Lab, element: str | None) -> Iterator[tuple[Connection, Tunnel]]:
    named = None if element is None else element_called(lab.topology, element)
    found = False
    for connection in lab.topology.connections.values():
        for tunnel in connection.tunnels:
            if named is None or _concerns(named, connection, tunnel):
                found = True
                yield connection, tunnel
    if named is not None and not found:
        raise InvalidElement(str(named), "has no tunnels to look at")


def _concerns(named: Element, connection: Connection, tunnel: Tunnel) -> bool:
    match named.kind:
        case ElementKind.GATEWAY | ElementKind.GATEWAY_ROUTER:
            return connection.gateway == named.name
        case (
            ElementKind.CUSTOMER_GATEWAY
            | ElementKind.CUSTOMER_ROUTER
            | ElementKind.CUSTOMER_LAN
            | ElementKind.FIRST_MEMBER
            | ElementKind.SECOND_MEMBER
        ):
            return connection.customer_gateway == named.name
        case ElementKind.CONNECTION:
            return connection.name == named.name
        case _ if named.kind.has_tunnel:
            return (connection.name, tunnel.number) == (named.name, named.tunnel)
        case _:
            return False


def _evidence(reader: StatusReader, connection: Connection, tunnel: Tunnel) -> TunnelEvidence:
    lab = reader.lab
    key = (connection.name, tunnel.number)
    customer = lab.topology.customer_gateways[connection.customer_gateway]
    began = reader.tunnel(connection, tunnel)
    carries = began.gateway.child == began.customer.child == "INSTALLED"
    near = (lab.names.endpoint_inside(*key), "-I", tunnel_device(*key))
    far = str(tunnel.customer_inside.ip)
    full = ("-M", "do", "-s", str(mtu_of(tunnel) - ICMP_AND_IP))
    outside, *within = _asked(
        lab,
        ping.many(
            outside_namespace(lab, customer.name), "-I", str(customer.address), str(tunnel.outside)
        ),
        *((ping.many(*near, far), ping.few(*near, *full, far)) if carries else ()),
    )
    inside, full_size = within or (None, None)
    ended = reader.tunnel(connection, tunnel)
    return TunnelEvidence(
        element=f"{connection.name}/tunnel{tunnel.number}",
        ends=(
            _end(
                lab,
                Side.GATEWAY,
                charon_of_endpoint(*key),
                f"{connection.name}/tunnel{tunnel.number}/endpoint/speaker",
                began.gateway,
                ended.gateway,
            ),
            _end(
                lab,
                Side.CUSTOMER,
                charon_of_customer(*key, acting_member(lab, customer.name)),
                f"cgw:{customer.name}/router",
                began.customer,
                ended.customer,
            ),
        ),
        outside=outside,
        inside=inside,
        full_size_answers=(
            full_size.answered > 0 if inside and full_size and inside.answered else None
        ),
    )


def _end(
    lab: Lab, side: Side, daemon: str, speaker: str, began: EndStatus, ended: EndStatus
) -> EndEvidence:
    session = began.session
    log = lab.home.path / "log" / f"{daemon}.log"
    failure = None
    if log.exists():
        with log.open(errors="replace") as stream:
            failure = standing_failure(stream)
    return EndEvidence(
        side=side,
        daemon=began.daemon,
        ike_up=began.ike == "ESTABLISHED",
        child_up=began.child == "INSTALLED",
        failure=failure,
        # A rekeying in between starts the counts anew.
        bytes_in=max(0, ended.bytes_in - began.bytes_in),
        bytes_out=max(0, ended.bytes_out - began.bytes_out),
        bgp=session.state if session else None,
        bgp_error=session.detail if session else "",
        speaker=speaker,
        routes=session.routes if session else 0,
        refused=session.refused if session else 0,
        usable=began.usable,
    )


def _asked(lab: Lab, *questions: ping.Question) -> tuple[Pings, ...]:
    """How many pings of each are answered; where a part to ask from was not made, none is."""
    ping.require_ping()
    there = [each for each in questions if Path("/run/netns", each.namespace).exists()]
    try:
        heard = dict(zip(there, ping.ask(*there), strict=True))
    except ping.CannotPing:
        if not lab.half_built:
            raise
        heard = {}
    return tuple(heard.get(each) or Pings(sent=each.count, answered=0) for each in questions)
