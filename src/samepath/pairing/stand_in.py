"""The router and the firewall that stand for a device in a lab: an FRR or a BIRD, and nftables.

An FRR stands for whatever is no BIRD, since a file can turn most of what other platforms do by
themselves in it (demand for a policy, multipath, MED). What it does otherwise is told, not hidden:
whether it matters to this VPN is what the two predictions tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from samepath.model.topology import (
    BestPath,
    CustomerGateway,
    Established,
    Platform,
    ReversePath,
    SessionBinding,
    Topology,
)
from samepath.pairing.substitution import Substitution, left_out, stands_in
from samepath.routing.compile import RULES_OF, TRACKING, customer_name, requires_policy, rules_of
from samepath.routing.firewalls import DEFAULTS, Checked, Firewall, firewalls_of
from samepath.routing.rules import WORST_MED, Rules
from samepath.routing.steps import Step

_AGES = frozenset({Step.OLDEST, Step.SELECTED})
_BY_ROUTES = "it follows its routes and keeps no sessions"


def stand_in(
    topology: Topology, customer: CustomerGateway
) -> tuple[CustomerGateway, tuple[Substitution, ...]]:
    """The customer gateway that a lab runs for one of ``topology``, and what is said of it."""
    firewall = firewalls_of(topology)[customer_name(customer.name)]
    router, told = _router(customer)
    made, of_firewall = _with_firewall(router, firewall)
    return made, (*told, *of_firewall)


# ------------------------------------------------------------------------------------- the router


def _router(customer: CustomerGateway) -> tuple[CustomerGateway, list[Substitution]]:
    element = customer_name(customer.name)
    title = RULES_OF[customer.platform].title
    if customer.platform is Platform.FRR:
        return customer, [
            stands_in(element, "an FRR of this machine runs the policies that were read of it")
        ]
    if customer.platform is Platform.BIRD:
        kept = BestPath(maximum_paths=customer.best_path.maximum_paths)
        told = [
            stands_in(
                element,
                "a BIRD of this machine runs the policies that were read of it, and announces its "
                "site's networks only",
            )
        ]
        if customer.best_path != kept:
            told.append(left_out(element, "what its file changes of BIRD's choice of routes"))
        return replace(customer, best_path=kept), told
    made = replace(
        customer,
        platform=Platform.FRR,
        best_path=_knobs(rules_of(customer)),
        requires_policy=requires_policy(customer),
    )
    differs = [*_otherwise(customer, title)]
    choice = (
        "; ".join(differs)
        if differs
        else "it chooses of these routes as the device does, as far as that is known"
    )
    return made, [
        stands_in(element, f"FRR, with the policies that were read of it, for {title}: {choice}")
    ]


def _knobs(rules: Rules) -> BestPath:
    """What makes an FRR choose by rules, as far as it can."""
    return BestPath(
        always_compare_med=rules.always_compare_med or None,
        deterministic_med=rules.deterministic_med or None,
        missing_med_as_worst=rules.missing_med == WORST_MED or None,
        compare_router_id=rules.compare_router_id or None,
        maximum_paths=rules.multipath.ebgp,
    )


def _otherwise(customer: CustomerGateway, title: str) -> Iterator[str]:
    """How the FRR chooses and announces otherwise than the device."""
    device, frr = rules_of(customer), RULES_OF[Platform.FRR]
    mine = [one.step for one in device.order if one.step not in _AGES]
    its = [one.step for one in frr.order if one.step not in _AGES]
    more = [step.value for step in its if step not in mine]
    fewer = [step.value for step in mine if step not in its]
    if more:
        yield f"it also compares {', '.join(more)}"
    if fewer:
        yield f"it does not compare {', '.join(fewer)}"
    if not (more or fewer) and mine != its:
        yield "it compares in another order"
    ages = [one.step for one in device.order if one.step in _AGES]
    if ages != [Step.SELECTED] and not device.compare_router_id:
        than = f"{title} the {ages[0].value}" if ages else f"{title} goes by no age"
        yield f"of equals it keeps the {Step.SELECTED.value}, {than}"
    if device.multipath.ebgp != 1 and device.multipath.ebgp_paths is not frr.multipath.ebgp_paths:
        yield (
            f"it uses routes together that have {frr.multipath.ebgp_paths.value}, {title} those "
            f"that have {device.multipath.ebgp_paths.value}"
        )
    if device.local_med != frr.local_med:
        yield f"it announces its networks with MED {frr.local_med}, {title} with none"
    if customer.platform not in TRACKING:
        yield f"it announces a network only while it has a route there, {title} always"


# ----------------------------------------------------------------------------------- the firewall


def _with_firewall(
    customer: CustomerGateway, firewall: Firewall
) -> tuple[CustomerGateway, list[Substitution]]:
    """``customer`` with what its device's firewall does, said where the lab's router does not."""
    usual = DEFAULTS[RULES_OF[customer.platform].platform]
    binding = firewall.said.binding or firewall.defaults.binding
    check, established = firewall.reverse_path(), firewall.established()
    made = replace(
        customer,
        binding=None if binding is usual.binding else binding,
        reverse_path=None if check is usual.reverse_path else check,
        established=None if established is usual.established else established,
    )
    element = customer_name(customer.name)
    if binding is None:
        what = f"nobody says to what its firewall binds sessions: in the lab {_BY_ROUTES}"
        return made, [stands_in(element, what)]
    if binding is SessionBinding.STATELESS and check is ReversePath.OFF:
        return made, []
    return made, [
        stands_in(element, f"nftables imitates its firewall: {'; '.join(_does(firewall, binding))}")
    ]


def _does(firewall: Firewall, binding: SessionBinding) -> Iterator[str]:
    """What the imitated firewall does."""
    check = firewall.reverse_path()
    if binding is SessionBinding.STATELESS:
        yield "it keeps no sessions"
    else:
        yield f"a session is bound to the {binding.value}"
        if firewall.established() is not Established.FOLLOWS:
            yield f"an open one {firewall.established().value} when its route moves"
    if check is not ReversePath.OFF:
        checked = firewall.defaults.checked
        stateful = binding is not SessionBinding.STATELESS
        of = f", where the device checks {checked.value}" if stateful else ""
        said = "" if checked is Checked.EVERY_PACKET else of
        yield f"the source of every packet is checked ({check.value}){said}"
