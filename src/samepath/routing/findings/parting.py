"""The step that parted two tunnels: where an end took the one, and left the other.

A router's last step is often one between other tunnels than those that the two directions take: of
two connections it may leave one by AS_PATH, and then choose between the tunnels of the other by MED.
What makes the directions differ is the step that removed the other direction's tunnel.
"""

from __future__ import annotations

from samepath.routing.assumption import first_answer
from samepath.routing.compile import customer_name
from samepath.routing.decision import Decision
from samepath.routing.findings.evidence import Evidence, tunnel_at
from samepath.routing.forwarding import Path
from samepath.routing.route import Route, Source
from samepath.routing.steps import Step


def parted(it: Evidence, way: Path, other: str) -> Step | None:
    """The step by which the routers on ``way``, with all up, do not send by ``other``.

    ``MULTIPATH``: they send by both. None: nobody on the way had a choice of it.
    """
    step = parted_on(it, way, other)
    return _withheld(it, way, other) if step is None else step


def parted_on(it: Evidence, way: Path, other: str) -> Step | None:
    """The same, where it is a decision on the way itself; of a way in any state."""
    for hop in way.hops:
        step = _parted_at(it, hop.router, hop.decision, other)
        if step is not None:
            return step
        if hop.route.session == way.tunnel:
            break
    return None


def _parted_at(it: Evidence, router: str, decision: Decision, other: str) -> Step | None:
    for removal in decision.removals:
        if any(_leads(it, router, route, other) for route in removal.removed):
            return removal.step
    together = [route.session for route in decision.chosen]
    return Step.MULTIPATH if len(together) > 1 and other in together else None


def _withheld(it: Evidence, way: Path, other: str) -> Step | None:
    """The step by which the customer gateway of ``other`` itself prefers what ``way`` takes.

    Then it does not tell the other devices of it (iBGP), which have nothing to choose.
    """
    if way.tunnel is None:
        return None
    here, there = _customer_of(it, way.tunnel), _customer_of(it, other)
    if here == there or here not in way.routers:
        return None
    hop = next(hop for hop in way.hops if hop.router == here)
    decision = it.solution.decide(there, hop.route.prefix, first_answer)
    if decision is None or not any(
        route.source is Source.IBGP and _far(it, there, route) == here for route in decision.chosen
    ):
        return None
    return _parted_at(it, there, decision, other)


def _leads(it: Evidence, router: str, route: Route, tunnel: str) -> bool:
    """Whether a route of ``router`` leads to a tunnel, by itself or by the device that has it."""
    if route.source is Source.IBGP:
        return _far(it, router, route) == _customer_of(it, tunnel)
    return route.session == tunnel


def _far(it: Evidence, router: str, route: Route) -> str:
    return it.solution.network.sessions[route.session].far_from(router).router


def _customer_of(it: Evidence, path: str) -> str:
    connection, _ = tunnel_at(it, path)
    return customer_name(connection.customer_gateway)
