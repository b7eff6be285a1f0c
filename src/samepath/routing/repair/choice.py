"""The choice of a mode, where nobody declares one: whether a firewall minds the reply's tunnel.

Some firewalls mind by what they are (one that binds a session to an interface, two that keep
sessions apart). Others mind here and not there: a check of the source passes what an equal route
leads back to, and a zone may hold both tunnels. Of these the verdicts tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from samepath.model.topology import SessionBinding, Topology
from samepath.routing.assumption import some_flows
from samepath.routing.compile import customer_name
from samepath.routing.fate import Mechanism
from samepath.routing.firewalls import firewalls_of
from samepath.routing.repair.goal import Chosen, Found, RepairMode
from samepath.routing.verdict import Judgement, PairInState


def chosen(part: Topology, *found: Found) -> Chosen:
    """The mode that suits the firewalls of a group, of which ``found`` are verdicts.

    A firewall that drops, or may drop, in one of these minds.
    """
    why = _declared(part) or _seen(part, [one for each in found for one in each.values()])
    if why is not None:
        return Chosen(mode=RepairMode.SYMMETRIC, why=why)
    return Chosen(
        mode=RepairMode.FOLLOW,
        why="in no state a firewall here minds which tunnel a reply takes",
    )


def _bindings(part: Topology) -> dict[str, SessionBinding | None]:
    """To what the firewall of each router binds a session, by the file or its platform."""
    return {
        name: firewall.said.binding or firewall.defaults.binding
        for name, firewall in firewalls_of(part).items()
    }


def _declared(part: Topology) -> str | None:
    """Why a firewall minds by what it is."""
    bindings = _bindings(part)
    for name, binding in bindings.items():
        if binding is SessionBinding.INTERFACE:
            return f"the firewall of {name} binds a session to an interface"
    apart = {
        customer_name(name)
        for site in part.sites.values()
        if len(site.customer_gateways) > 1 and not site.state_sync
        for name in site.customer_gateways
    }
    stateful = [
        name
        for name, binding in bindings.items()
        if name in apart and binding not in {None, SessionBinding.STATELESS}
    ]
    if not stateful:
        return None
    return (
        f"{' and '.join(stateful)} {'keeps' if len(stateful) == 1 else 'keep'} sessions "
        "that the other customer gateway does not know"
    )


def _seen(part: Topology, found: Iterable[PairInState]) -> str | None:
    """Why a firewall minds by what becomes of flows; what is certain first."""
    certain: dict[Mechanism, bool] = {}
    told = True
    for one in found:
        told = told and not one.questions
        for mechanism in _minding(one):
            drops = partial(_is_by, mechanism)
            if not certain.get(mechanism, False):
                certain[mechanism] = some_flows(one.outcomes, drops)
    if not certain:
        return None if told else "of some states too much is open to say whether a firewall minds"
    mechanism = next((each for each, sure in certain.items() if sure), next(iter(certain)))
    if _bindings(part)[mechanism.device] is None and not certain[mechanism]:
        return f"nobody says to what the firewall of {mechanism.device} binds a session"
    drops_or_may = "drops" if certain[mechanism] else "may drop"
    return f"{mechanism.device} {drops_or_may} packets in some states: {mechanism.rule}"


def _minding(one: PairInState) -> Iterator[Mechanism]:
    for outcome in one.outcomes:
        yield from _of(outcome.result)


def _of(judgement: Judgement) -> Iterator[Mechanism]:
    """What drops flows, new ones or open ones."""
    for _, fate in judgement.fates:
        yield from filter(None, (fate.dropped_by, fate.hung_by))


def _is_by(mechanism: Mechanism, judgement: Judgement) -> bool:
    return mechanism in _of(judgement)
