"""The fate of a flow: what the firewalls on its ways do with it, whoever opened it.

A gateway's end forwards every packet by its routes. A customer gateway may keep sessions: then it
has bound the flow to what its first packet came by or left by, and what follows must fit. A flow
that was opened earlier is bound to the ways of that time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import assert_never

from samepath.model.topology import Established, ReversePath, SessionBinding
from samepath.routing.assumption import Ask, first_answer
from samepath.routing.compile import is_tunnels
from samepath.routing.firewalls import Checked, Firewall
from samepath.routing.forwarding import End, Path
from samepath.routing.steps import Sureness


class Verdict(Enum):
    """What becomes of a flow that is opened in a state; what is worse comes later."""

    SYMMETRIC = "symmetric"
    ASYMMETRIC_TOLERATED = "asymmetric_tolerated"
    EXPECTED_OUTAGE = "expected_outage"
    """Nothing is left that could carry it."""
    UNREACHABLE = "unreachable"
    """Although a path lives that could carry it."""
    ASYMMETRIC_DROPPED = "asymmetric_dropped"


class Transition(Enum):
    """What becomes of a flow that was open before the state began; what is worse comes later."""

    SURVIVES = "survives"
    CUT_OFF = "cut off"
    """There is no way for it in this state, as for a new one."""
    RESETS = "resets"
    """Its ends are told, and may open it again at once."""
    HANGS = "hangs"
    """Its packets are dropped, and nobody tells its ends: until their own timers end it."""


class Initiator(Enum):
    """Who sends a flow's first packet."""

    VPC = "VPC"
    SITE = "site"


class Refusal(Enum):
    """What a firewall does not let pass."""

    SOURCE = "packets that its check of the source expects by another tunnel"
    UNSEEN = "a session that it has not seen begin, or of which it sees one direction"
    ZONE = "packets of a session that come by another zone's tunnel, or leave by it"
    INTERFACE = "packets of a session that come by another tunnel, or leave by it"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mechanism:
    """The device that decides a flow's fate, its rule, and what that rule rests on.

    ``sureness`` is None where the topology itself says so, ``refusal`` where nothing is dropped.
    """

    device: str
    rule: str
    sureness: Sureness | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What becomes of the flows that one end opens, and which mechanism makes it so.

    ``transition`` is that of a flow that was open when the state began; None: there was none.
    """

    verdict: Verdict
    because: Mechanism | None = None
    transition: Transition | None = None
    transition_because: Mechanism | None = None

    @property
    def dropped_by(self) -> Mechanism | None:
        """What drops a flow that is opened now; None: nothing does."""
        return self.because if self.verdict is Verdict.ASYMMETRIC_DROPPED else None

    @property
    def hung_by(self) -> Mechanism | None:
        """What makes a flow hang that was open before; None: nothing does."""
        return self.transition_because if self.transition is Transition.HANGS else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """The two ways between a pair in a state, as the routes lead."""

    to_site: Path
    to_vpc: Path

    @property
    def tunnels(self) -> tuple[str | None, str | None]:
        """The tunnels that are taken, to the site and to the VPC; None: it does not arrive."""
        return _arrives_by(self.to_site), _arrives_by(self.to_vpc)


def _arrives_by(way: Path) -> str | None:
    return way.tunnel if way.end is End.DELIVERED else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RoutesBack:
    """By which paths a customer gateway has a route to the VPC.

    ``used`` are those that it sends by, ``active`` these and other routes that it holds ready
    beside them (a static route of the same distance).
    """

    used: frozenset[str]
    active: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a pair's flows meet in a state.

    ``alive`` says whether any path could carry them. ``leads`` says whether a path leads to the
    gateway, whoever has a route there. ``routes_back`` are a customer gateway's routes to the VPC.
    """

    ways: Ways
    alive: bool
    leads: Callable[[str], bool]
    routes_back: Callable[[str], RoutesBack]
    firewalls: Mapping[str, Firewall]

    @cached_property
    def devices(self) -> tuple[str, ...]:
        """The customer gateways that a flow's packets pass, either way."""
        passed = dict.fromkeys((*self.ways.to_site.routers, *self.ways.to_vpc.routers))
        return tuple(name for name in passed if name in self.firewalls)

    def arrives(self, device: str) -> str | None:
        """The interface of a customer gateway at which packets to the site come; None: none do."""
        hops = self.ways.to_site.hops
        for before, hop in pairwise(hops):
            if hop.router == device:
                return _interface(before.route.session)
        return None

    def leaves(self, device: str) -> str | None:
        """The interface by which a customer gateway sends packets to the VPC; None: it gets none."""
        hops = self.ways.to_vpc.hops
        return next((_interface(hop.route.session) for hop in hops if hop.router == device), None)

    @property
    def entry(self) -> str | None:
        """The customer gateway at which packets to the site come out of the tunnel."""
        passed = [name for name in self.ways.to_site.routers if name in self.firewalls]
        return passed[0] if passed else None

    @property
    def exit(self) -> str | None:
        """The customer gateway at which packets to the VPC go into the tunnel."""
        passed = [name for name in self.ways.to_vpc.routers if name in self.firewalls]
        return passed[-1] if passed else None


LAN = "LAN"
"""The interface by which a customer gateway reaches the others of its AS."""


def _interface(session: str) -> str:
    """The interface that a route leads by: a tunnel, or the LAN between customer gateways."""
    return session if is_tunnels(session) else LAN


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """An open flow as its customer gateways know it: its packets' paths, and what it is bound to.

    ``left_by`` and ``bound`` have the interface of each customer gateway: by which it sent the
    packets to the VPC, and by which the first packet came there, or left.
    """

    arriving: str
    leaving: str
    left_by: Mapping[str, str]
    bound: Mapping[str, str]
    keepers: frozenset[str]


def fate_of(scene: Scene, before: Scene | None, initiator: Initiator, ask: Ask) -> Fate:
    """The fate of the flows that ``initiator`` opens.

    ``before`` is where those were opened that are open when the state begins; None: nothing came
    before.
    """
    verdict, because, _ = _opened(scene, initiator, ask)
    if before is None:
        return Fate(verdict=verdict, because=because)
    _, _, session = _opened(before, initiator, ask)
    if session is None:
        return Fate(verdict=verdict, because=because)
    transition, why = _continued(scene, session, initiator, verdict, because, ask)
    return Fate(verdict=verdict, because=because, transition=transition, transition_because=why)


def transition_between(
    opened: Ways, now: Ways, firewalls: Mapping[str, Firewall]
) -> Transition | None:
    """What becomes of flows that went the ways ``opened`` and go those of ``now``.

    It is the worse of what becomes of those of either end. What only more than the ways could tell
    is taken as if it were in order.
    """

    def scene(ways: Ways) -> Scene:
        used = frozenset(route.session for hop in ways.to_vpc.hops for route in hop.decision.chosen)
        back = RoutesBack(used=used, active=used)
        return Scene(
            ways=ways,
            alive=True,
            leads=lambda _: True,
            routes_back=lambda _: back,
            firewalls=firewalls,
        )

    fates = [fate_of(scene(now), scene(opened), each, first_answer) for each in Initiator]
    return worst(fates)[1]


def worst(fates: Iterable[Fate]) -> tuple[Verdict, Transition | None]:
    """The worst verdict and the worst transition of some."""
    # Asked of every pair in every state, several times.
    verdict, transition = Verdict.SYMMETRIC, None
    for one in fates:
        if _RANK[one.verdict] > _RANK[verdict]:
            verdict = one.verdict
        then = one.transition
        if then is not None and (transition is None or _RANK[then] > _RANK[transition]):
            transition = then
    return verdict, transition


_RANK: Mapping[Verdict | Transition, int] = {
    **{one: rank for rank, one in enumerate(Verdict)},
    **{one: rank for rank, one in enumerate(Transition)},
}
"""How bad it is, among its like."""


# ------------------------------------------------------------------------------------- opening


def _opened(
    scene: Scene, initiator: Initiator, ask: Ask
) -> tuple[Verdict, Mechanism | None, Session | None]:
    """What becomes of a flow that is opened now, and its session if it passes."""
    arriving, leaving = scene.ways.tunnels
    routed = leaving
    if initiator is Initiator.VPC and arriving is not None and arriving != leaving:
        leaving = _answer_leaves_by(scene, arriving, leaving, ask)
    if arriving is None or leaving is None:
        return (Verdict.UNREACHABLE if scene.alive else Verdict.EXPECTED_OUTAGE), None, None
    source, unchecked = _checked_sources(scene, initiator, ask)
    if source is not None:
        return Verdict.ASYMMETRIC_DROPPED, source, None
    left_by = _left_by(scene, leaving)
    came_by = {name: by for name in scene.devices if (by := scene.arrives(name)) is not None}
    session = Session(
        arriving=arriving,
        leaving=leaving,
        left_by=left_by,
        bound=came_by if initiator is Initiator.VPC else left_by,
        keepers=_keepers(scene, scene.devices, ask),
    )
    half_seen = _half_seen(scene, ask) if leaving == routed else None
    refused = half_seen or _misfit(scene, session.bound, left_by, ask)
    if refused is not None:
        return Verdict.ASYMMETRIC_DROPPED, refused, None
    if arriving == leaving:
        return Verdict.SYMMETRIC, None, session
    return Verdict.ASYMMETRIC_TOLERATED, unchecked or _why_passing(scene, ask), session


def _left_by(scene: Scene, leaving: str) -> Mapping[str, str]:
    """The interface of each customer gateway by which packets to the VPC leave, the tunnel last."""
    found = {name: by for name in scene.devices if (by := scene.leaves(name)) is not None}
    return found if scene.exit is None else {**found, scene.exit: leaving}


def _answer_leaves_by(scene: Scene, arriving: str, routed: str | None, ask: Ask) -> str | None:
    """The path of the answer to a flow that came in by ``arriving``.

    Only the device that let the flow in knows its tunnel. An answer that goes out at another one, or
    at none, goes where the routes lead.
    """
    device = scene.entry
    if device is None or scene.exit != device:
        return routed
    return _kept(scene, device, arriving, ask) or routed


def _kept(scene: Scene, device: str, path: str, ask: Ask) -> str | None:
    """``path``, if a session's packets stay on it; else None."""
    firewall = scene.firewalls[device]
    if firewall.established() is not Established.STAYS:
        return None
    if firewall.binding(ask) is SessionBinding.STATELESS:
        return None
    return path if path in scene.routes_back(device).active and scene.leads(path) else None


# ------------------------------------------------------------------------- what a firewall refuses


def _refused_sources(scene: Scene) -> Iterator[Mechanism]:
    """The checks of a packet's source (RFC 3704) that packets to the site do not pass."""
    for device in scene.devices:
        arriving = scene.arrives(device)
        if arriving is not None and (refused := _refused_source(scene, device, arriving)):
            yield refused


def _refused_source(scene: Scene, device: str, arriving: str) -> Mechanism | None:
    firewall = scene.firewalls[device]
    check = firewall.reverse_path()
    if check is ReversePath.OFF:
        # Before its routes are looked for, which most firewalls never need.
        return None
    routes = scene.routes_back(device)
    used, active = (frozenset(map(_interface, some)) for some in (routes.used, routes.active))
    match check:
        case ReversePath.STRICT:
            passes = arriving in used
            rule = "its best route to the VPC leads by another tunnel, and it checks (strict)"
        case ReversePath.FEASIBLE:
            passes = arriving in active
            rule = "it has no active route to the VPC by that tunnel, and it checks (feasible)"
        case ReversePath.LOOSE:
            passes = bool(used)
            rule = "it has no route to the VPC at all, and it checks (loose)"
        case _:
            assert_never(check)
    if passes:
        return None
    return Mechanism(
        device=device,
        rule=rule,
        sureness=firewall.sureness_of("reverse_path"),
        refusal=Refusal.SOURCE,
    )


def _checked_sources(
    scene: Scene, initiator: Initiator, ask: Ask, *, first: bool = True
) -> tuple[Mechanism | None, Mechanism | None]:
    """The first check of the source that drops packets to the site, and why one spares them.

    ``first`` says whether they are a flow's first ones in their direction.
    """
    spared: Mechanism | None = None
    for source in _refused_sources(scene):
        unchecked = _why_unchecked(scene, source, initiator, ask, first=first)
        if unchecked is None:
            return source, None
        spared = spared or unchecked
    return None, spared


def _why_unchecked(
    scene: Scene, source: Mechanism, initiator: Initiator, ask: Ask, *, first: bool
) -> Mechanism | None:
    """Why packets to the site are spared the check that they would not pass; None: they are not."""
    firewall = scene.firewalls[source.device]
    checked = firewall.checked(ask)
    match checked:
        case Checked.EVERY_PACKET:
            return None
        case Checked.OPENERS:
            spared = initiator is not Initiator.VPC
        case Checked.FIRST_PACKET:
            spared = initiator is not Initiator.VPC or not first
        case _:
            assert_never(checked)
    if not spared:
        return None
    return Mechanism(
        device=source.device,
        rule=f"it checks the source of {checked.value} only ({firewall.reverse_path().value})",
        sureness=firewall.sureness_of("checked"),
    )


def _keepers(scene: Scene, devices: Iterable[str], ask: Ask) -> frozenset[str]:
    """Those of some devices that keep sessions; those that share them are one."""
    return frozenset(
        scene.firewalls[device].cluster
        for device in devices
        if scene.firewalls[device].binding(ask) is not SessionBinding.STATELESS
    )


def _half_seen(scene: Scene, ask: Ask) -> Mechanism | None:
    """A firewall that keeps sessions and is passed by one direction of the flow only."""
    there, back = (
        tuple(name for name in way.routers if name in scene.firewalls)
        for way in (scene.ways.to_site, scene.ways.to_vpc)
    )
    if there == back:
        return None
    once = _keepers(scene, there, ask) ^ _keepers(scene, back, ask)
    return _first(scene, once, "it keeps sessions, and sees one direction of this one only")


def _unknown(scene: Scene, keepers: frozenset[str], ask: Ask) -> Mechanism | None:
    """A firewall that keeps sessions and has not seen this one begin; ``keepers`` have."""
    new = _keepers(scene, scene.devices, ask) - keepers
    return _first(scene, new, "it keeps sessions, and has not seen this one begin")


def _first(scene: Scene, clusters: frozenset[str], rule: str) -> Mechanism | None:
    for device in scene.devices:
        firewall = scene.firewalls[device]
        if firewall.cluster in clusters:
            return Mechanism(
                device=device,
                rule=rule,
                sureness=firewall.sureness_of("binding"),
                refusal=Refusal.UNSEEN,
            )
    return None


def _misfit(
    scene: Scene, bound: Mapping[str, str], left_by: Mapping[str, str], ask: Ask
) -> Mechanism | None:
    """The binding of a session that one of its packets' paths does not fit at some device.

    ``left_by`` has the interfaces by which packets to the VPC leave. A device that has not seen the
    session begin has bound nothing, unless another one shares it.
    """
    for device in scene.devices:
        mine = bound.get(device) or _shared(scene, bound, device)
        paths = (scene.arrives(device), left_by.get(device))
        others = [path for path in paths if path not in {None, mine}]
        if mine is None or not others:
            continue
        firewall = scene.firewalls[device]
        binding = firewall.binding(ask)
        if binding in {SessionBinding.STATELESS, SessionBinding.DEVICE}:
            continue
        by_zone = binding is SessionBinding.ZONE
        if by_zone and all(_one_zone(firewall, mine, path, ask) for path in others if path):
            continue
        return Mechanism(
            device=device,
            rule=f"its firewall binds a session to the {binding.value}",
            sureness=firewall.sureness_of("binding"),
            refusal=Refusal.ZONE if by_zone else Refusal.INTERFACE,
        )
    return None


def _shared(scene: Scene, bound: Mapping[str, str], device: str) -> str | None:
    """What a device that shares sessions with this one has bound a session to."""
    cluster = scene.firewalls[device].cluster
    return next((by for one, by in bound.items() if scene.firewalls[one].cluster == cluster), None)


def _one_zone(firewall: Firewall, one: str, other: str, ask: Ask) -> bool:
    """Whether two interfaces are in one zone: no tunnel is in that of the LAN."""
    return LAN not in {one, other} and firewall.one_zone(one, other, ask)


def _why_passing(scene: Scene, ask: Ask) -> Mechanism | None:
    for device in scene.devices:
        firewall = scene.firewalls[device]
        told = {
            SessionBinding.STATELESS: "it keeps no sessions",
            SessionBinding.DEVICE: "its firewall binds a session to the device only",
            SessionBinding.ZONE: "both tunnels are in one zone of its firewall",
            SessionBinding.INTERFACE: "",
        }[firewall.binding(ask)]
        return Mechanism(device=device, rule=told, sureness=firewall.sureness_of("binding"))
    return None


# ------------------------------------------------------------------------------------ going on


def _continued(
    scene: Scene,
    session: Session,
    initiator: Initiator,
    verdict: Verdict,
    because: Mechanism | None,
    ask: Ask,
) -> tuple[Transition, Mechanism | None]:
    """What becomes of a session that was opened in an earlier state."""
    arriving, routed = scene.ways.tunnels
    if verdict in {Verdict.UNREACHABLE, Verdict.EXPECTED_OUTAGE}:
        return Transition.CUT_OFF, because
    if arriving is None:  # A new flow has a way, so this one has one, too.
        return Transition.CUT_OFF, None
    source, unchecked = _checked_sources(scene, initiator, ask, first=False)
    refused = source or _unknown(scene, session.keepers, ask)
    if refused is not None:
        return Transition.HANGS, refused
    for device in scene.devices:
        if _moves(scene, session, device) and _cuts(scene, device, ask):
            return Transition.RESETS, Mechanism(
                device=device,
                rule="it ends a session whose route moves, and tells both ends",
                sureness=scene.firewalls[device].sureness_of("established"),
            )
    moved = routed != session.leaving
    kept = None if scene.exit is None else _kept_at(scene, session, scene.exit, ask)
    leaving = kept or routed
    if leaving is None:
        return Transition.CUT_OFF, None
    misfit = _misfit(scene, session.bound, _left_by(scene, leaving), ask)
    if misfit is not None:
        return Transition.HANGS, misfit
    if not moved and arriving == session.arriving:
        return Transition.SURVIVES, None
    return Transition.SURVIVES, unchecked or _why_going_on(
        scene, kept=kept is not None and moved, ask=ask
    )


def _moves(scene: Scene, session: Session, device: str) -> bool:
    """Whether a device sends a session's packets to the VPC by another interface than it did."""
    before = session.left_by.get(device)
    return before is not None and scene.leaves(device) not in {None, before}


def _kept_at(scene: Scene, session: Session, device: str, ask: Ask) -> str | None:
    """The tunnel that a device keeps a session's packets to the VPC on; None: it keeps none."""
    before = session.left_by.get(device)
    return None if before in {None, LAN} else _kept(scene, device, session.leaving, ask)


def _cuts(scene: Scene, device: str, ask: Ask) -> bool:
    firewall = scene.firewalls[device]
    return (
        firewall.established() is Established.CUT
        and firewall.binding(ask) is not SessionBinding.STATELESS
    )


def _why_going_on(scene: Scene, *, kept: bool, ask: Ask) -> Mechanism | None:
    if not kept or scene.exit is None:
        return _why_passing(scene, ask)
    return Mechanism(
        device=scene.exit,
        rule="its firewall keeps a session on the interface that it has",
        sureness=scene.firewalls[scene.exit].sureness_of("established"),
    )
