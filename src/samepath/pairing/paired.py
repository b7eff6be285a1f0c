"""What came of pairing: the topology, what was understood of each device, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from samepath.aws.understood import Understood
from samepath.device.reading.source import Place
from samepath.model import elements
from samepath.model.elements import ElementKind, InvalidElement
from samepath.model.problems import at, parent
from samepath.pairing.device import Device, Doubt
from samepath.pairing.handshake import Answer, Handshake
from samepath.pairing.kinds import DOWN_NOW, UNDEFINED_POLICY
from samepath.pairing.matching import Match
from samepath.pairing.sessions import Closed
from samepath.routing.findings import Finding, Severity
from samepath.routing.findings.evidence import policy_path

_SAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "prepend-only": ("export", ("prepend",)),
    "med-only": ("export", ("med",)),
    "local-preference-only": ("import", ("local_preference", "weight", "med")),
    "crossed-preference": ("import", ("local_preference", "weight", "med")),
}
"""Findings on a device as a whole, and which of its policies' changes they are about."""


_FOLLOWS_UNDEFINED = frozenset({"announces-nothing", "not-heard"})
"""Findings on a tunnel that its session refuses every route."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedTunnel:
    """A tunnel of a device: what it has of it, why it has no session, and its IPsec."""

    match: Match
    closed: tuple[Closed, ...]
    handshake: Handshake

    @property
    def name(self) -> str:
        """Its name in the topology."""
        return self.match.name

    @property
    def is_silent(self) -> bool:
        """Whether it is certain that no session of BGP is in it."""
        return bool(self.closed) or self.handshake.comes_up is Answer.NO


@dataclass(frozen=True, kw_only=True, slots=True)
class PairedDevice:
    """A device with its tunnels. ``customer`` is its name in the topology."""

    device: Device
    customer: str
    customers: tuple[str, ...]
    """All customer gateways of AWS's that it is."""
    tunnels: tuple[PairedTunnel, ...]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The whole. ``understood`` has the topology with both ends, and what is assumed of it.

    ``lines`` has the line of each finding that is about one, ``places`` that of each value of the
    topology, by its path.
    """

    understood: Understood
    devices: tuple[PairedDevice, ...]
    findings: tuple[Finding, ...]
    lines: Mapping[Finding, Place]
    places: Mapping[str, Place]

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """What may change the verdict, of all devices."""
        return tuple(doubt for one in self.devices for doubt in one.doubts)

    @property
    def labels(self) -> Mapping[str, str]:
        """What people call the elements: AWS's tunnels, and the devices by their names."""
        return {
            **self.understood.labels,
            **{
                f"cgw:{one.customer}": f"{one.device.name} ({one.customer})" for one in self.devices
            },
        }

    def place_of(self, finding: Finding) -> Place | None:
        """The line that a finding is about, or the nearest one."""
        if finding.code == DOWN_NOW.code:
            # It is AWS that says it, of its own end.
            return None
        for one, place in self.lines.items():
            if replace(one, severity=finding.severity) == finding:
                return place
        return self.place_at(finding.path or self._policy_of(finding) or _path_of(finding.place))

    def place_at(self, path: str) -> Place | None:
        """The line of a value of the topology, or of the nearest one around it."""
        while path and path not in self.places:
            path = parent(path)
        return self.places.get(path)

    def before_repair(self) -> tuple[tuple[str, str], ...]:
        """What keeps tunnels and sessions down, each with its line or its tunnel."""
        found: list[tuple[str, str]] = []
        for one in self.devices:
            for tunnel in one.tunnels:
                told = [(each.place, each.what) for each in tunnel.closed]
                told += [
                    (each.place, each.what)
                    for each in tunnel.handshake.reasons
                    if each.answer is Answer.NO
                ]
                found += [
                    (tunnel.name if place is None else str(place), what) for place, what in told
                ]
        return tuple(found)

    def _policy_of(self, finding: Finding) -> str:
        """The first term of a device's that sets what a finding says of it; empty: no finding does."""
        way, changes = _SAYS.get(finding.code, ("", ()))
        for connection in self.understood.topology.connections.values():
            if not way or finding.place != f"cgw:{connection.customer_gateway}":
                continue
            for tunnel in connection.tunnels:
                own = tunnel.customer_policy
                terms = (own.imports if way == "import" else own.exports).terms
                for position, term in enumerate(terms):
                    if any(getattr(term.changes, change) for change in changes):
                        return policy_path(connection, tunnel, "customer", way, position)
        return ""

    def follows(self, finding: Finding) -> bool:
        """Whether a finding on the topology tells again what was found of a tunnel's session."""
        if finding.severity is Severity.ERROR:
            return False
        if finding.code in _FOLLOWS_UNDEFINED and any(
            one.code == UNDEFINED_POLICY.code and one.place == finding.place
            for one in self.findings
        ):
            return True
        silent: dict[str, bool] = {}
        for one in self.devices:
            for tunnel in one.tunnels:
                silent[tunnel.name] = tunnel.is_silent
                connection = tunnel.match.connection.name
                silent[connection] = silent.get(connection, True) and tunnel.is_silent
        return silent.get(finding.place, False)

    def is_doubtful(self, router: str) -> bool:
        """Whether something may change what is predicted of a customer gateway's pairs."""
        return any(
            doubt.concerns_ways
            for one in self.devices
            if f"cgw:{one.customer}" == router
            for doubt in one.doubts
        )


def _path_of(place: str) -> str:
    """Where a topology has the element that a finding is about."""
    try:
        element = elements.parse(place)
    except InvalidElement:
        return ""
    if element.tunnel is not None:
        return at("connections", element.name, "tunnels", element.tunnel - 1)
    if element.kind in {ElementKind.CUSTOMER_GATEWAY, ElementKind.CUSTOMER_LAN}:
        return at("customer_gateways", element.name)
    return ""
