"""Causes in what the two ends prefer: on one end only, crossed, or where it does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from samepath.model.policy import Policy
from samepath.model.topology import Connection, Policies, Tunnel
from samepath.model.topology_view import ibgp_neighbours, tunnels_of
from samepath.routing.compile import (
    customer_name,
    gateway_name,
    gateway_rules,
    rules_of,
    tunnel_name,
    tunnel_of,
)
from samepath.routing.findings.defaults import follows_default, past_export
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import (
    Evidence,
    either,
    judgements,
    policy_path,
    tunnel_at,
)
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.findings.parting import parted
from samepath.routing.steps import Step

CROSSED_PREFERENCE = Kind(
    code="crossed-preference",
    severity=Severity.WARNING,
    means="local preference for one tunnel, prepending or a MED that favours the other",
    because="Local preference decides what this end sends by, prepending and the exported MED what "
    "it gets back by. "
    "Set for different tunnels they make every flow asymmetric, and each looks right by itself.",
    advice="Prepend on the export of every tunnel but the one with the highest local preference, or "
    "export the lowest MED there.",
)
LOCAL_PREFERENCE_ONLY = Kind(
    code="local-preference-only",
    severity=Severity.WARNING,
    means="the site prefers a tunnel on import, and the gateway does not know of it",
    because="Local preference is never sent to another AS: the gateway goes on choosing by itself.",
    advice="Also prepend on the export of the other tunnels, or set a lower MED on the export of "
    "the preferred one.",
)
PREPEND_ONLY = Kind(
    code="prepend-only",
    severity=Severity.WARNING,
    means="prepending steers the gateway, and the site still follows the MED that it hears",
    because="Prepending on export makes the gateway choose the other tunnel; it changes nothing "
    "in what this end chooses.",
    advice="Also set a local preference on the import of the tunnel without prepending.",
)
MED_ONLY = Kind(
    code="med-only",
    severity=Severity.WARNING,
    means="the MED that the site exports steers the gateway, and the site follows another one",
    because="Each end's MED steers the other end only: the lowest that the site exports makes the "
    "gateway choose that tunnel, and the site goes on by the MED that the gateway sends, or by its "
    "own rules.",
    advice="Also set a local preference on the import of the tunnel with the lowest MED.",
)
WRONG_DIRECTION = Kind(
    code="wrong-direction",
    severity=Severity.WARNING,
    means="a preference is set where it does nothing (also a weight on a platform without one), or "
    "does it to the other direction",
    because="Local preference and weight work on import, inside this AS; what the gateway sends by "
    "is steered by what is exported to it.",
    advice="Set local preference or weight on import; prepend, or set MED, on export.",
)
MED_OVERWRITTEN = Kind(
    code="med-overwritten",
    severity=Severity.WARNING,
    means="the site's import policy overwrites the MED by which the gateway steers",
    because="Before AWS takes a tunnel's endpoint out of service it moves its lower MED to the "
    "other tunnel. A site that overwrites MED goes on sending into the one that is about to go.",
    advice="Leave MED alone on import; use local preference to fix a tunnel.",
)
SAME_EVERYWHERE = Kind(
    code="same-everywhere",
    severity=Severity.NOTE,
    means="the same preference is set on every tunnel that competes, so that it prefers none",
    because="A preference is a difference. One map on all neighbours compares equal, and the "
    "next rule decides.",
    advice="Set it on the one tunnel that is meant, or leave it out.",
)

_NOT_OF_BGP = frozenset({None, Step.DISTANCE, Step.OSPF_TYPE, Step.METRIC})
"""Where no attribute could have made an end choose the other tunnel."""
_SET_BY_CUSTOMER = frozenset({Step.LOCAL_PREFERENCE, Step.WEIGHT})
"""What a customer gateway sets for its own choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Apart:
    """Two directions that take different tunnels, and the step that parted these at each end."""

    to_site: str
    to_vpc: str
    enters: Step | None
    """At the gateway. None: it has no choice of both."""
    leaves: Step | None
    """At the site."""
    past_policy: bool
    """Whether the gateway follows a default route that no export policy sees."""


def _one_sided(it: Evidence) -> Iterator[Finding]:
    """Prepending or local preference alone, or each on another tunnel."""
    for one in it.all_up:
        found: dict[_Words, list[_Apart]] = {}
        for judgement in judgements(one):
            to_site, to_vpc = judgement.ways.tunnels
            if to_site is None or to_vpc is None or to_site == to_vpc:
                continue
            apart = _Apart(
                to_site=tunnel_of(to_site),
                to_vpc=tunnel_of(to_vpc),
                enters=parted(it, judgement.ways.to_site, to_vpc),
                leaves=parted(it, judgement.ways.to_vpc, to_site),
                past_policy=follows_default(it, judgement.ways.to_site),
            )
            if apart.past_policy and any(
                past_export(*tunnel_at(it, way)) for way in (to_site, to_vpc)
            ):
                # The preference is there, and goes by what it is meant for: another cause.
                continue
            if words := _named(apart):
                found.setdefault(words, []).append(apart)
        sends = "sends" if len(one.outcomes) == 1 else "may send"
        for words, cases in found.items():
            yield words(one.pair.customer, sends, cases)


_Words = Callable[[str, str, list[_Apart]], Finding]
"""What is told of a cause: of its place, the verb for whom it concerns, and its cases."""


def _named(apart: _Apart) -> _Words | None:
    """The cause that makes two directions differ, where it is one of preference."""
    if apart.enters in _NOT_OF_BGP or apart.leaves in _NOT_OF_BGP:
        # With one route alone it is not the preference that an end lacks.
        return None
    set_by_customer = apart.leaves in _SET_BY_CUSTOMER
    match apart.enters:
        case Step.AS_PATH_LENGTH:
            return _crossed if set_by_customer else _prepended
        case Step.MED:
            return _crossed_by_med if set_by_customer else _by_med
        case _:
            return _never_told if set_by_customer else None


def _crossed(place: str, _: str, cases: list[_Apart]) -> Finding:
    to_vpc = either(one.to_vpc for one in cases)
    return CROSSED_PREFERENCE.at(
        place,
        f"it sends by {to_vpc}, for what its import policy sets there, and its prepending brings "
        f"the gateway's packets by {either(one.to_site for one in cases)}",
        f"prepend on the export of the tunnels that its import policy prefers less, not on {to_vpc}",
    )


def _crossed_by_med(place: str, _: str, cases: list[_Apart]) -> Finding:
    to_vpc = either(one.to_vpc for one in cases)
    return CROSSED_PREFERENCE.at(
        place,
        f"it sends by {to_vpc}, for what its import policy sets there, and the MED that it exports "
        f"brings the gateway's packets by {either(one.to_site for one in cases)}",
        f"export the lowest MED on {to_vpc}, or prepend on the export of the tunnels that its import "
        "policy prefers less",
    )


def _never_told(place: str, sends: str, cases: list[_Apart]) -> Finding:
    to_vpc = either(one.to_vpc for one in cases)
    return LOCAL_PREFERENCE_ONLY.at(
        place,
        f"it sends by {to_vpc}, for what its import policy sets there; the gateway never sees "
        f"that, and {sends} by {either(one.to_site for one in cases)}",
        "announce the site's networks there too, not only a default route, which no export policy "
        "sees; and prepend on the export of the others"
        if any(one.past_policy for one in cases)
        else f"also prepend on the export of the tunnels other than {to_vpc}, or export a lower MED "
        "on it",
    )


def _by_med(place: str, sends: str, cases: list[_Apart]) -> Finding:
    to_site = either(one.to_site for one in cases)
    by_med = all(one.leaves is Step.MED for one in cases)
    return MED_ONLY.at(
        place,
        f"the MED that it exports brings the gateway's packets by {to_site}, but it {sends} by "
        f"{either(one.to_vpc for one in cases)}"
        + (", where the gateway's own MED is lower" if by_med else ""),
        f"also prefer {to_site.replace(' or ', ' and ')} on import, by local preference",
    )


def _prepended(place: str, sends: str, cases: list[_Apart]) -> Finding:
    to_site = either(one.to_site for one in cases)
    by_med = all(one.leaves is Step.MED for one in cases)
    return PREPEND_ONLY.at(
        place,
        f"its prepending brings the gateway's packets by {to_site}, but it {sends} by "
        f"{either(one.to_vpc for one in cases)}" + (", whose MED is lower" if by_med else ""),
        f"also prefer {to_site.replace(' or ', ' and ')} on import, by local preference",
    )


# ------------------------------------------------------------------------------- the wrong place


def _wrong_direction(it: Evidence) -> Iterator[Finding]:
    """A preference set where it does nothing, or does it to the other direction."""
    for connection, tunnel in tunnels_of(it.topology):
        customer = it.topology.customer_gateways[connection.customer_gateway]
        gateway = it.topology.gateways[connection.gateway]
        rules = {"customer": rules_of(customer), "gateway": gateway_rules(gateway)}
        for end, policies in (
            ("customer", tunnel.customer_policy),
            ("gateway", tunnel.gateway_policy),
        ):
            weightless = not rules[end].takes(Step.WEIGHT)
            for direction, what, advice in _without_effect(policies, weightless=weightless):
                yield WRONG_DIRECTION.at(
                    tunnel_name(connection, tunnel),
                    f"the {end}'s policy {what}",
                    advice,
                    path=policy_path(connection, tunnel, end, direction),
                )


def _without_effect(policies: Policies, *, weightless: bool) -> Iterator[tuple[str, str, str]]:
    if weightless and _sets(policies.imports, "weight"):
        yield (
            "import",
            "sets a weight, which this platform does not know",
            "use local preference",
        )
    if _sets(policies.exports, "local_preference"):
        yield (
            "export",
            "sets a local preference on export, which no neighbour in another AS is told",
            "set it on import, or use prepending or MED on export",
        )
    if _sets(policies.exports, "weight"):
        yield (
            "export",
            "sets a weight on export, which is never sent",
            "set it on import, or use prepending or MED on export",
        )
    if _sets(policies.imports, "prepend"):
        yield (
            "import",
            "prepends on import, which steers what this end sends and not what it gets",
            "prepend on export to steer what comes in",
        )


def _sets(policy: Policy, change: str) -> bool:
    return any(getattr(term.changes, change) for term in policy.terms)


def _med_overwritten(it: Evidence) -> Iterator[Finding]:
    for connection, tunnel in it.bgp_tunnels:
        for position, term in enumerate(tunnel.customer_policy.imports.terms):
            if term.changes.med is not None:
                yield MED_OVERWRITTEN.at(
                    tunnel_name(connection, tunnel),
                    f"the customer's import policy sets the MED to {term.changes.med}, so that "
                    "the gateway cannot move the site's packets before it takes the tunnel out of "
                    "service",
                    "leave MED alone on import; use local preference to fix a tunnel",
                    path=policy_path(
                        connection, tunnel, "customer", "import", position, "set", "med"
                    ),
                )


# -------------------------------------------------------------------------- the same everywhere

_CHANGES = {
    "imports": {"local_preference": "local preference", "weight": "weight", "med": "MED"},
    "exports": {"prepend": "prepending", "med": "MED"},
}
"""What of a customer's policy is a preference, in each direction."""


def _same_everywhere(it: Evidence) -> Iterator[Finding]:
    """One map on all neighbours. A whole connection may well be worse than another one."""
    for direction, changes in _CHANGES.items():
        for place, tunnels in _competing(it, direction):
            if len(tunnels) < 2:
                continue
            policies = [getattr(tunnel.customer_policy, direction) for _, tunnel in tunnels]
            if any(policy != policies[0] for policy in policies[1:]):
                continue
            told = [words for change, words in changes.items() if _sets(policies[0], change)]
            if told:
                word = direction.removesuffix("s")
                yield SAME_EVERYWHERE.at(
                    place,
                    f"the same {' and '.join(told)} is set on the {word} of every tunnel, which "
                    "prefers none of them",
                    "set it on the tunnel that is meant, or leave it out",
                    path=policy_path(*tunnels[0], "customer", word),
                )


def _competing(
    it: Evidence, direction: str
) -> Iterable[tuple[str, list[tuple[Connection, Tunnel]]]]:
    """The tunnels among which an end chooses: a customer gateway's own, or all to a site."""
    together = _choosing_together(it, direction)
    found: dict[tuple[str, frozenset[str]], list[tuple[Connection, Tunnel]]] = {}
    for connection, tunnel in it.bgp_tunnels:
        chooses = together[connection.customer_gateway]
        found.setdefault((connection.gateway, chooses), []).append((connection, tunnel))
    for (gateway, _), tunnels in found.items():
        customers = {connection.customer_gateway for connection, _ in tunnels}
        place = customer_name(customers.pop()) if len(customers) == 1 else gateway_name(gateway)
        yield place, sorted(tunnels, key=lambda one: (one[0].name, one[1].number))


def _choosing_together(it: Evidence, direction: str) -> dict[str, frozenset[str]]:
    """With which others each customer gateway's tunnels compete.

    A gateway has those of all that announce a site to choose from, a site those of its devices that
    speak iBGP. Who shares one site with one and another site with another joins all three.
    """
    together = {name: frozenset({name}) for name in it.topology.customer_gateways}
    groups = (
        [site.customer_gateways for site in it.topology.sites.values()]
        if direction == "exports"
        else [both.names for both in ibgp_neighbours(it.topology)]
    )
    for names in groups:
        joined = frozenset[str]().union(*(together[name] for name in names))
        together.update(dict.fromkeys(joined, joined))
    return together


DETECTORS = (
    Detector(
        kinds=(CROSSED_PREFERENCE, LOCAL_PREFERENCE_ONLY, PREPEND_ONLY, MED_ONLY),
        find=_one_sided,
    ),
    Detector(kinds=(WRONG_DIRECTION,), find=_wrong_direction),
    Detector(kinds=(MED_OVERWRITTEN,), find=_med_overwritten),
    Detector(kinds=(SAME_EVERYWHERE,), find=_same_everywhere),
)
