"""What a topology asks for and the compilers do not build: said, never passed over in silence.

Such values are no mistakes. They describe the real device, and whoever predicts its paths from the
file needs them; but what runs here does not have them.
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.problems import Places, Problem, at, placed
from samepath.model.topology import CustomerGateway, Platform, SessionBinding, Topology

_NOWHERE: Places = {}


def unbuilt(topology: Topology, places: Places = _NOWHERE) -> tuple[Problem, ...]:
    """A warning for each value that is not built, with its place where ``places`` knows it."""
    return tuple(
        placed(problem, places)
        for customer in topology.customer_gateways.values()
        for problem in _customer(customer)
    )


def _customer(customer: CustomerGateway) -> Iterator[Problem]:
    if customer.platform is not Platform.BIRD:
        yield Problem(
            path=at("customer_gateways", customer.name, "platform"),
            message=f"{customer.platform.value} is not run: this end's router is BIRD",
            advice="expect BIRD's rules for the best path",
        )
    if customer.binding is not SessionBinding.STATELESS:
        yield Problem(
            path=at("customer_gateways", customer.name, "firewall"),
            message=f"{customer.binding.value} is not built: this end's firewall keeps no sessions",
            advice="expect an asymmetric path to work here that the real device would drop",
        )
