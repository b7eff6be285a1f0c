"""What each platform's firewall does by itself with sessions, and what each fact rests on.

Read in documentation: Cisco (tech note on connections that keep a less preferred interface; a
connection is deleted once no route by its interface is left; command reference, ``ip verify
reverse-path``: the first packet of a TCP or UDP connection is looked up, the others have to come by
its interface), Fortinet (technical tips 193787 on routing changes, 189951 on the reverse path and
230015 on its check, which looks at the original direction only; note FD30543: ``asymroute`` turns
the check off; handbook, ``preserve-session-route``), Juniper
("Reverse Route Packet Mode using Virtual Router": a session is routed again where its zone stays),
VyOS (``source-validation`` is off by default). Read in source: Linux routes every packet by its own
destination, whatever connection tracking knows of it (``ip_forward``).

What a platform leaves open (a Junos router forwards packets, a Junos firewall sessions) is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeVar

from samepath.model.topology import (
    CustomerGateway,
    Established,
    ReversePath,
    SessionBinding,
    Topology,
)
from samepath.model.topology_view import customer_tunnels
from samepath.routing.assumption import Ask, Question
from samepath.routing.compile import RULES_OF, customer_name, path_name
from samepath.routing.rules import Platform
from samepath.routing.steps import Sureness

E = TypeVar("E", bound=Enum)


class Checked(Enum):
    """Which packets of a flow the check of the source looks at.

    Where a device keeps no sessions, it knows no flows, and looks at every packet.
    """

    EVERY_PACKET = "every packet"
    OPENERS = "the opener's packets"
    """Those of a flow's original direction, as long as it lives."""
    FIRST_PACKET = "the first packet"
    """Those that follow are a session's, and are checked by its binding."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """A platform's firewall as it is by default. None: it depends on what no default settles."""

    binding: SessionBinding | None
    reverse_path: ReversePath = ReversePath.OFF
    stateless_reverse_path: ReversePath | None = None
    """The same where the file turns sessions off, if what does so changes the check, too."""
    checked: Checked = Checked.EVERY_PACKET
    """What the check of the source looks at where the device keeps sessions."""
    established: Established = Established.FOLLOWS
    one_zone: bool | None = True
    """Whether tunnels that name no zone are in one."""
    sureness: Sureness
    surenesses: tuple[tuple[str, Sureness], ...] = ()
    knobs: tuple[str, ...] = ()
    """What changes it, one sentence each."""

    def sureness_of(self, field: str) -> Sureness:
        """How sure the default of a field is."""
        return dict(self.surenesses).get(field, self.sureness)


_ROUTER = Defaults(
    binding=SessionBinding.STATELESS,
    sureness=Sureness.GENERAL_KNOWLEDGE,
)
_LINUX = Defaults(
    binding=SessionBinding.STATELESS,
    sureness=Sureness.SOURCE,
    surenesses=(
        ("reverse_path", Sureness.GENERAL_KNOWLEDGE),
        ("checked", Sureness.GENERAL_KNOWLEDGE),
    ),
    knobs=(
        "Rules that drop `ct state invalid` bind a session to the device.",
        "`rp_filter` (the larger of `all` and the interface's): 1 is strict, 2 loose.",
    ),
)

DEFAULTS: Mapping[Platform, Defaults] = {
    Platform.BIRD: _LINUX,
    Platform.FRR: _LINUX,
    Platform.QUAGGA: _LINUX,
    Platform.VYOS: Defaults(
        binding=SessionBinding.STATELESS,
        sureness=Sureness.SOURCE,
        surenesses=(
            ("reverse_path", Sureness.DOCUMENTED),
            ("checked", Sureness.GENERAL_KNOWLEDGE),
        ),
        knobs=("`firewall global-options source-validation strict` or `loose`.",),
    ),
    Platform.CISCO_IOS: Defaults(
        binding=SessionBinding.STATELESS,
        sureness=Sureness.GENERAL_KNOWLEDGE,
        knobs=(
            "A zone-based firewall binds a session to the zones; both tunnels may be in one.",
            "`ip verify unicast source reachable-via rx` is strict, `any` loose.",
        ),
    ),
    Platform.CISCO_ASA: Defaults(
        binding=SessionBinding.INTERFACE,
        checked=Checked.FIRST_PACKET,
        established=Established.STAYS,
        sureness=Sureness.DOCUMENTED,
        surenesses=(("reverse_path", Sureness.GENERAL_KNOWLEDGE),),
        knobs=(
            "`set connection advanced-options tcp-state-bypass` for the VPC's prefixes.",
            "`timeout floating-conn` ends a connection when a better route appears.",
            "`ip verify reverse-path` is strict.",
        ),
    ),
    Platform.JUNOS: Defaults(
        binding=None,
        one_zone=None,
        sureness=Sureness.DOCUMENTED,
        surenesses=(
            ("reverse_path", Sureness.GENERAL_KNOWLEDGE),
            ("checked", Sureness.GENERAL_KNOWLEDGE),
        ),
        knobs=(
            "An SRX in flow mode binds a session to zones; put both `st0` units into one.",
            "`unicast-reverse-path` in `routing-options forwarding-table`, and `rpf-check` on the unit.",
        ),
    ),
    Platform.FORTIOS: Defaults(
        binding=SessionBinding.DEVICE,
        reverse_path=ReversePath.FEASIBLE,
        stateless_reverse_path=ReversePath.OFF,
        checked=Checked.OPENERS,
        sureness=Sureness.DOCUMENTED,
        knobs=(
            "`set strict-src-check enable` makes the check of the source strict.",
            "`set src-check disable` on an interface turns it off there.",
            "`set preserve-session-route enable` on the interface keeps sessions on it.",
            "`set asymroute enable` turns sessions and the check of the source off for the whole VDOM.",
            "Equal distance and unequal `priority` keep both static routes active.",
        ),
    ),
    Platform.PAN_OS: Defaults(
        binding=SessionBinding.ZONE,
        one_zone=None,
        sureness=Sureness.GENERAL_KNOWLEDGE,
        knobs=(
            "Put both tunnel interfaces into one zone.",
            "`set deviceconfig setting tcp asymmetric-path bypass`.",
        ),
    ),
    Platform.ROUTEROS: Defaults(
        binding=SessionBinding.DEVICE,
        sureness=Sureness.GENERAL_KNOWLEDGE,
        knobs=("`rp-filter=strict` or `loose` in `/ip/settings`.",),
    ),
}


def clusters_of(topology: Topology) -> Mapping[str, str]:
    """Of each device that shares its sessions with others, the one that stands for all of them."""
    clusters: dict[str, str] = {}
    for site in topology.sites.values():
        if not site.state_sync:
            continue
        devices = {customer_name(name) for name in site.customer_gateways}
        # Who shares with one of a cluster shares with all of it.
        shared = {clusters.get(device, device) for device in devices}
        together = devices | {device for device, one in clusters.items() if one in shared}
        clusters.update(dict.fromkeys(together, min(together)))
    return clusters


def firewalls_of(topology: Topology) -> Mapping[str, Firewall]:
    """The firewalls of a topology's customer gateways, by router."""
    clusters = clusters_of(topology)
    return {
        (name := customer_name(customer.name)): Firewall(
            device=name,
            cluster=clusters.get(name, name),
            said=customer,
            defaults=DEFAULTS[RULES_OF[customer.platform].platform],
            zones={
                path_name(connection, tunnel): tunnel.zone
                for connection, tunnel in customer_tunnels(topology, customer.name)
                if tunnel.zone is not None
            },
        )
        for customer in topology.customer_gateways.values()
    }


def taken_over(
    firewalls: Mapping[str, Firewall], devices: Collection[str]
) -> Mapping[str, Firewall]:
    """Firewalls while the second machines of the clusters ``devices`` act.

    One that has not been told of the first one's sessions is another firewall.
    """
    if not devices:
        return firewalls
    return {
        name: replace(one, cluster=f"{name}, its second machine")
        if name in devices and not one.said.shares_sessions
        else one
        for name, one in firewalls.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Firewall:
    """The firewall of one customer gateway: what its file says, over what its platform does.

    ``zones`` names the zone of each path that has one.
    """

    device: str
    cluster: str
    """The device that stands for all that share sessions with it; its own name if none does."""
    said: CustomerGateway
    defaults: Defaults
    zones: Mapping[str, str]

    def binding(self, ask: Ask) -> SessionBinding:
        """To what it binds a session."""
        known = self.said.binding or self.defaults.binding
        return known or self._asked(ask, SessionBinding, "to what its firewall binds a session")

    def reverse_path(self) -> ReversePath:
        """Which packets it drops because of their source."""
        if self.said.reverse_path is not None:
            return self.said.reverse_path
        if self.said.binding is SessionBinding.STATELESS:
            return self.defaults.stateless_reverse_path or self.defaults.reverse_path
        return self.defaults.reverse_path

    def checked(self, ask: Ask) -> Checked:
        """Which packets of a flow it checks for their source, if it checks any."""
        if self.defaults.checked is Checked.EVERY_PACKET:
            return Checked.EVERY_PACKET
        if self.binding(ask) is SessionBinding.STATELESS:
            return Checked.EVERY_PACKET
        return self.defaults.checked

    def established(self) -> Established:
        """What becomes of a session when its route moves."""
        return self.said.established or self.defaults.established

    def one_zone(self, path: str, other: str, ask: Ask) -> bool:
        """Whether two paths are in one zone."""
        zones = self.zones.get(path), self.zones.get(other)
        if path == other or zones != (None, None):
            return path == other or zones[0] == zones[1]
        # Whoever writes that sessions are bound to zones, and names none, has one.
        if self.said.binding is SessionBinding.ZONE or self.defaults.one_zone:
            return True
        question = Question(
            subject=self.device,
            what="whether its tunnels are in one firewall zone",
            answers=("one zone", "a zone each"),
        )
        return ask(question) == question.answers[0]

    def sureness_of(self, field: str) -> Sureness | None:
        """What the value of a field rests on; None: the file says it."""
        said = getattr(self.said, field, None)
        return None if said is not None else self.defaults.sureness_of(field)

    def _asked(self, ask: Ask, answers: type[E], what: str) -> E:
        named = {str(one.value): one for one in answers}
        return named[ask(Question(subject=self.device, what=what, answers=tuple(named)))]
