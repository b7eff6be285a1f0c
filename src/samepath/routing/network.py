"""A VPN as its routers see it: who is there, who speaks BGP with whom, and what each announces.

A :class:`Network` is what prediction works on. It is compiled from a topology, whatever source that
has, and made smaller for a failure state by taking sessions and routers away
(:mod:`samepath.routing.failing`). It has no tunnels of its own: a tunnel is the session in it, or
the static routes that point into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

from samepath.model.policy import Policy
from samepath.routing.route import Origin, Route
from samepath.routing.rules import Rules

DEFAULT = IPv4Network("0.0.0.0/0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Origination:
    """A prefix that a router puts into BGP by itself.

    ``policy`` is what ``network ... route-map`` or a redistribution's map does to it; it may keep
    the prefix out.
    """

    prefix: IPv4Network
    origin: Origin = Origin.IGP
    med: int | None = None
    policy: Policy = field(default_factory=Policy)
    tracks: bool = True
    """Whether it is announced only while the router has a route to it by itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Router:
    """A speaker of BGP.

    ``rules`` are its platform's, with the knobs that its configuration turns. ``routes`` are those that it
    has without BGP: connected, static, OSPF. It reflects routes between its iBGP sessions (RFC 4456)
    where :attr:`SessionEnd.is_client` says that the other end is a client.
    """

    name: str
    asn: int
    rules: Rules
    router_id: IPv4Address | None = None
    originates: tuple[Origination, ...] = ()
    routes: tuple[Route, ...] = ()
    cluster_id: IPv4Address | None = None
    resolves: tuple[IPv4Network, ...] | None = None
    """The networks in which a next hop can be reached. None: every next hop can."""
    favourites: frozenset[str] = frozenset()
    """The session of each connection that a gateway announces its lower MED on, and takes of
    otherwise equal ones. Of a connection that has none here, no input holds it."""
    meds: tuple[int, int] | None = None
    """The MEDs that are announced on the favourite sessions, and on the others. None: the export
    policy alone decides."""
    favours_one: bool = True
    """Whether it favours one session of each connection, known or not. If not, as a transit gateway,
    it announces the first MED on the ``favourites`` and needs to have none, and how it takes one of
    equal routes nobody says."""
    asks_at_once: bool = False
    """Whether so much in its policies is not understood that it is asked for all of it together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEnd:
    """One end of a BGP session: what its router lets in and out.

    An empty policy accepts everything. Where a platform exchanges nothing without a policy, whoever
    compiles the network says so with ``accepts`` and ``announces``.
    """

    router: str
    address: IPv4Address
    imports: Policy = field(default_factory=Policy)
    exports: Policy = field(default_factory=Policy)
    accepts: bool = True
    """False: nothing is accepted whatever the policy says (RFC 8212, a shut-down family)."""
    announces: bool = True
    """False: nothing is announced but a ``default_originate``."""
    own_only: bool = False
    """Announce what this router puts into BGP by itself, and nothing that it has heard."""
    default_originate: Policy | None = None
    """Announce 0.0.0.0/0, changed by this policy and by no other (IOS, FRR, FortiOS); always, unless
    :attr:`~samepath.routing.rules.Rules.default_needs_route`."""
    next_hop_self: bool = False
    allow_own_as: int = 0
    """How often this router's own AS may stand in a path that it accepts."""
    route_limit: int | None = None
    """More prefixes than this from the other end, and this end takes the session down."""
    mirrored_meds: tuple[int, int] | None = None
    """The MEDs that are announced, before the export policy, on the session of a connection that
    this router itself sends by, and on the others. None: the policy alone decides."""
    prefers: bool = False
    """Of mirrored MEDs: whether this session has the first while the router has no choice."""
    is_client: bool = False
    """The other end is this reflector's client."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A BGP session. ``age`` is its rank in the order of coming up, as a route's; None: unknown.

    ``connection`` names the VPN connection whose tunnel it runs in, and is empty for another one.
    """

    name: str
    connection: str = ""
    ends: tuple[SessionEnd, SessionEnd]
    age: int | None = None

    def end_of(self, router: str) -> SessionEnd:
        """The end at a router; KeyError if it has none."""
        for end in self.ends:
            if end.router == router:
                return end
        raise KeyError(router)

    def far_from(self, router: str) -> SessionEnd:
        """The other end than a router's."""
        one, other = self.ends
        return other if one.router == router else one


@dataclass(frozen=True, kw_only=True)
class Network:
    """Routers and sessions, by name.

    ``pairs`` holds the sessions of each connection that the intent has, whether they are up or not.
    """

    routers: Mapping[str, Router]
    sessions: Mapping[str, Session]
    pairs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def sessions_of(self) -> Mapping[str, tuple[Session, ...]]:
        """Each router's sessions, in the order of their names."""
        found: dict[str, list[Session]] = {name: [] for name in self.routers}
        for name in sorted(self.sessions):
            session = self.sessions[name]
            for end in session.ends:
                found[end.router].append(session)
        return {name: tuple(sessions) for name, sessions in found.items()}

    def is_internal(self, session: Session) -> bool:
        """Whether both ends are of one AS."""
        one, other = (self.routers[end.router].asn for end in session.ends)
        return one == other

    def without(
        self, *, sessions: frozenset[str] = frozenset(), routers: frozenset[str] = frozenset()
    ) -> Network:
        """What is left when sessions and routers are down."""
        return replace(
            self,
            routers={n: router for n, router in self.routers.items() if n not in routers},
            sessions={
                name: session
                for name, session in self.sessions.items()
                if name not in sessions and not any(end.router in routers for end in session.ends)
            },
        )


class InvalidNetwork(ValueError):
    """A network that contradicts itself; the text says how, one sentence for each."""


def check(network: Network) -> None:
    """Raise :class:`InvalidNetwork` where a network, made by hand, is none."""
    if found := tuple(_contradictions(network)):
        raise InvalidNetwork("; ".join(found))


def _contradictions(network: Network) -> Iterator[str]:
    """Sessions between unknown or equal routers, twice one address."""
    for session in network.sessions.values():
        for end in session.ends:
            if end.router not in network.routers:
                yield f"{session.name}: no router {end.router}"
        one, other = session.ends
        if one.router == other.router:
            yield f"{session.name}: {one.router} speaks with itself"
        if one.address == other.address:
            yield f"{session.name}: both ends are {one.address}"
