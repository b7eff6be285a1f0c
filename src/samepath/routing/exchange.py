"""What one end of a BGP session sends of its best route, and what the other end makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum

from samepath.model.problems import show
from samepath.routing.assumption import Ask, Question
from samepath.routing.network import DEFAULT, Network, Origination, Router, Session
from samepath.routing.policy import Unread, apply
from samepath.routing.route import Route, Source
from samepath.routing.rules import SentMed

_NO_EXPORT, _NO_ADVERTISE, _NO_EXPORT_SUBCONFED = "65535:65281", "65535:65282", "65535:65283"
"""Well-known communities (RFC 1997). There are no confederations here: the last is as the first."""


class Reason(Enum):
    """Why a route did not get from one router's table into another's."""

    SILENT = "this end announces nothing"
    DEAF = "this end accepts nothing"
    OWN_ONLY = "this end announces its own prefixes only"
    SPLIT_HORIZON = "it was learned in this session"
    IBGP = "it was learned from an iBGP neighbour and is not passed on to another"
    COMMUNITY = "a community of it says that it goes no further (RFC 1997)"
    EXPORT_POLICY = "the export policy keeps it in"
    IMPORT_POLICY = "the import policy keeps it out"
    OWN_AS = "its path already holds this AS"
    OWN_ROUTE = "it is this router's own route, reflected"
    OWN_CLUSTER = "this reflector has reflected it before"


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """What became of a route on its way: the route as it arrived, or why it did not.

    ``term`` is the position of the policy term that decided, from 0.
    """

    route: Route | None
    reason: Reason | None = None
    term: int | None = None


def local(router: Router, origination: Origination) -> Route | None:
    """The route that a router makes of a prefix of its own; None if its policy keeps it out."""
    route = Route(
        prefix=origination.prefix,
        source=Source.LOCAL,
        session="",
        origin=origination.origin,
        med=router.rules.local_med if origination.med is None else origination.med,
        age=0,
    )
    return apply(origination.policy, route, router.asn).route


def send(
    network: Network,
    session: Session,
    sender: str,
    route: Route,
    ask: Ask,
    *,
    chosen: bool | None = None,
) -> Passed:
    """What ``sender`` puts on the wire of ``session`` for its best route.

    ``chosen``: whether the session is the one of its connection that ``sender`` sends by; None: it
    has no choice.
    """
    router, end = network.routers[sender], session.end_of(sender)
    internal = network.is_internal(session)
    if not end.announces:
        return Passed(route=None, reason=Reason.SILENT)
    if end.own_only and route.source is not Source.LOCAL:
        return Passed(route=None, reason=Reason.OWN_ONLY)
    if route.session == session.name and not router.rules.sends_back:
        return Passed(route=None, reason=Reason.SPLIT_HORIZON)
    if internal and route.source is Source.IBGP and not _reflects(network, sender, session, route):
        return Passed(route=None, reason=Reason.IBGP)
    if _is_kept_back(router, route, internal=internal):
        return Passed(route=None, reason=Reason.COMMUNITY)
    leaving = route
    if not internal:
        leaving = replace(route, med=_med(network, session, router, route, ask, chosen=chosen))
    applied = apply(end.exports, leaving, router.asn, _asking(router, ask))
    if applied.route is None:
        return Passed(route=None, reason=Reason.EXPORT_POLICY, term=applied.term)
    reflected = internal and route.source is Source.IBGP
    changed = applied.route if router.rules.changes_reflected or not reflected else leaving
    on_wire = _on_wire(network, session, sender, changed)
    return Passed(route=on_wire, term=applied.term)


def send_default(
    network: Network, session: Session, sender: str, table: Iterable[Route]
) -> Route | None:
    """The default route that ``sender`` announces of itself, past its export policy; or None.

    It needs none, either: FRR's ``subgroup_default_originate`` asks for no policy (RFC 8212). With a
    policy of the route's own that function looks for the first route of ``table``, the sender's BGP
    routes, whose prefix the policy lets pass, and takes the attributes from there.
    """
    router, end = network.routers[sender], session.end_of(sender)
    policy = end.default_originate
    if policy is None:
        return None
    own = Route(prefix=DEFAULT, source=Source.LOCAL, session="", med=router.rules.local_med, age=0)
    tried = [DEFAULT]
    if policy.terms and router.rules.default_needs_route:
        tried = sorted({one.prefix for one in table})
    found = (apply(policy, replace(own, prefix=prefix), router.asn).route for prefix in tried)
    changed = next((one for one in found if one is not None), None)
    if changed is None:
        return None
    return _on_wire(network, session, sender, replace(changed, prefix=DEFAULT))


def _med(
    network: Network,
    session: Session,
    router: Router,
    route: Route,
    ask: Ask,
    *,
    chosen: bool | None,
) -> int | None:
    """The MED that a route leaves the AS with, before the export policy.

    One that was received is for this AS only (RFC 4271, 5.1.4).
    """
    end = session.end_of(router.name)
    if end.mirrored_meds is not None:
        better = end.prefers if chosen is None else chosen
        return end.mirrored_meds[0 if better else 1]
    if router.meds is not None:
        return router.meds[0 if is_favourite(network, router, session, ask) else 1]
    match router.rules.sent_med:
        case SentMed.NONE:
            return None
        case SentMed.OF_ROUTER:
            return route.med if route.source is Source.LOCAL else None
        case SentMed.OF_AS:
            return None if route.as_path else route.med


def _is_kept_back(router: Router, route: Route, *, internal: bool) -> bool:
    """Whether a community keeps a route here. Those that the export policy adds are for others."""
    if route.source is Source.LOCAL and not router.rules.keeps_own_back:
        return False
    if _NO_ADVERTISE in route.communities:
        return True
    return not internal and not route.communities.isdisjoint((_NO_EXPORT, _NO_EXPORT_SUBCONFED))


def _reflects(network: Network, sender: str, session: Session, route: Route) -> bool:
    """RFC 4456, 6: from a client to everybody, from anybody else to clients."""
    learned = network.sessions[route.session]
    return learned.end_of(sender).is_client or session.end_of(sender).is_client


def _on_wire(network: Network, session: Session, sender: str, route: Route) -> Route:
    router, end = network.routers[sender], session.end_of(sender)
    if network.is_internal(session):
        reflected = route.source is Source.IBGP
        keeps_hop = route.next_hop is not None and not end.next_hop_self
        preference = route.local_preference
        return replace(
            route,
            next_hop=route.next_hop if keeps_hop else end.address,
            weight=None,
            local_preference=router.rules.local_preference if preference is None else preference,
            originator=route.originator or route.peer_router_id if reflected else None,
            clusters=(_cluster(router), *route.clusters) if reflected else (),
        )
    return replace(
        route,
        as_path=(router.asn, *route.as_path),
        next_hop=end.address,
        weight=None,
        local_preference=None,
        originator=None,
        clusters=(),
    )


def _cluster(router: Router) -> str:
    return str(router.cluster_id or router.router_id or router.name)


def is_favourite(network: Network, router: Router, session: Session, ask: Ask) -> bool:
    """Whether a gateway favours this session of its connection; asks where no input says so."""
    if not router.favours_one:
        return session.name in router.favourites
    pair = network.pairs.get(session.connection, (session.name,))
    known = router.favourites.intersection(pair)
    if known or len(pair) == 1:
        return session.name in known or len(pair) == 1
    return ask(favourite_question(router.name, session.connection, pair)) == session.name


def favourite_question(router: str, connection: str, pair: tuple[str, ...]) -> Question:
    """Which tunnel of a connection a gateway favours: AWS tells it only in the MED that it sends."""
    return Question(
        subject=router,
        what=f"which tunnel of {connection} the gateway prefers, and sends its lower MED on",
        answers=tuple(sorted(pair)),
    )


def _asking(router: Router, ask: Ask) -> Callable[[Unread], bool]:
    """Asks whether a term of a router's matches of which not all is understood.

    It is asked once for all routes and policies: what is written alike is taken to match alike. It
    may be a change and no condition; then the term without it is not what happens, either, and the
    two answers show what it may come to.
    """

    def matches(unread: Unread) -> bool:
        what = (
            "whether what is not understood of its policies' terms holds"
            if router.asks_at_once
            else f"whether what is not understood holds: {'; '.join(show(one.source) for one in unread)}"
        )
        question = Question(subject=router.name, what=what, answers=(_HOLDS, _FAILS))
        return ask(question) == _HOLDS

    return matches


_HOLDS, _FAILS = "it holds", "it does not"


def receive(network: Network, session: Session, receiver: str, route: Route, ask: Ask) -> Passed:
    """What ``receiver`` makes of a route from the wire of ``session``."""
    router, end = network.routers[receiver], session.end_of(receiver)
    far = session.far_from(receiver)
    if not end.accepts:
        return Passed(route=None, reason=Reason.DEAF)
    if route.as_path.count(router.asn) > end.allow_own_as:
        return Passed(route=None, reason=Reason.OWN_AS)
    if route.originator is not None and route.originator == router.router_id:
        return Passed(route=None, reason=Reason.OWN_ROUTE)
    if _cluster(router) in route.clusters and (end.is_client or router.rules.checks_every_cluster):
        return Passed(route=None, reason=Reason.OWN_CLUSTER)
    arrived = replace(
        route,
        source=Source.IBGP if network.is_internal(session) else Source.EBGP,
        session=session.name,
        peer_address=far.address,
        peer_as=network.routers[far.router].asn,
        peer_router_id=network.routers[far.router].router_id,
        age=session.age,
        distance=None,
    )
    applied = apply(end.imports, arrived, router.asn, _asking(router, ask))
    reason = Reason.IMPORT_POLICY if applied.route is None else None
    return Passed(route=applied.route, reason=reason, term=applied.term)
