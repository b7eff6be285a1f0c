"""The reference page of the platforms, made from the rules that decide."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.routing.distances import Distances
from samepath.routing.firewalls import DEFAULTS, Defaults
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Source
from samepath.routing.rules import WORST_MED, Multipath, Rules
from samepath.routing.steps import Step, Sureness

_HEAD = """\
# Platforms

<!-- Generated from src/samepath/routing/platforms.py, gateways.py and firewalls.py; a test compares it. -->

How each platform chooses among its routes to a prefix, and what its firewall does with sessions: what the prediction rests on.
The tables hold what applies where a configuration says nothing else.

## How sure it is

Each rule carries a mark, and an explanation that uses the rule shows it.

| mark | meaning |
|---|---|
| D | documented by its maker |
| S | read in the source code |
| O | observed in the output of a running system |
| K | general knowledge of the field; no page was read for it |
| U | undocumented: it is asked, and every answer is tried |

"""
_MARKS = {
    Sureness.DOCUMENTED: "D",
    Sureness.SOURCE: "S",
    Sureness.OBSERVED: "O",
    Sureness.GENERAL_KNOWLEDGE: "K",
    Sureness.UNDOCUMENTED: "U",
}
_ORDER = """\
## The order of comparison

The first difference decides; the numbers are the order, since some platforms have another one.
The last row is what is left where all of that is equal.

"""
_AFTER_ORDER = """
- MED is compared only between routes of the same neighbour AS, unless the configuration says otherwise.
  Where it is not compared within each neighbour AS first, routes meet in pairs, and the order of arrival can decide.
- Age and the selected route are compared between eBGP routes only, and not at all after `compare-routerid` or its like.
- ORIGINATOR_ID, where a route has one, stands in for the router id.
- *Multipath* is no comparison: routes that are equal up to there may be used together.
- An undocumented step is taken only in the outcomes that assume it.

"""
_DEFAULTS = """\
## Defaults

"""
_DISTANCES = """\
## Distances

Administrative distance, which BIRD and Junos call preference.
It decides between protocols, and the higher wins on BIRD only.
*First* means that there is one table, and distance is compared before everything else.
*After BGP* means that BGP chooses in a table of its own, and only its choice meets the other protocols.

"""
_FIREWALLS = """\
## Firewalls

What a device does by itself with the packets of a session that go out by one tunnel and come back by another.
`firewall` of a customer gateway in the file says otherwise.

- *Binds a session to*: `stateless` nothing, `device` itself (another customer gateway drops what it has not seen begin), `zone` the zone of the tunnel, `interface` the tunnel.
- *Tunnels without a zone*: whether they are in one.
- *Reverse path*: which packets are dropped for their source (RFC 3704): `feasible` those whose source has no active route by the interface, `strict` those whose best route leads by another one.
- *Of which packets*: what the check looks at where the device keeps sessions; where it keeps none, every packet.
- *Open session*: what its own packets do when the route moves: they follow it, or stay on the interface while it has a route.

"""


def render() -> str:
    """The text of ``docs/reference/platforms.md``."""
    parts = (_HEAD, _ORDER, _order(), _AFTER_ORDER, _DEFAULTS, _defaults(), "\n", _DISTANCES)
    return "".join((*parts, _distances(), "\n", _FIREWALLS, _firewalls(), "\n", _knobs(), _notes()))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _order() -> str:
    steps = [step for step in Step if any(rules.takes(step) for rules in PLATFORMS.values())]

    def rows() -> Iterator[tuple[str, ...]]:
        for step in steps:
            yield (step.value, *(_place(rules, step) for rules in PLATFORMS.values()))
        yield (Step.OWN_CHOICE.value, *("U" for _ in PLATFORMS))

    return _table(("step", *(rules.title for rules in PLATFORMS.values())), rows())


def _place(rules: Rules, step: Step) -> str:
    for number, one in enumerate(rules.order, start=1):
        if one.step is step:
            return f"{number} {_MARKS[one.sureness]}"
    return ""


def _defaults() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for rules in PLATFORMS.values():
            yield (
                rules.title,
                _marked(rules, "local_preference", str(rules.local_preference))
                if rules.takes(Step.LOCAL_PREFERENCE)
                else "",
                _marked(rules, "local_weight", str(rules.local_weight))
                if rules.takes(Step.WEIGHT)
                else "",
                _marked(
                    rules, "local_med", "none" if rules.local_med is None else str(rules.local_med)
                )
                if rules.takes(Step.LOCAL_PREFERENCE)
                else "",
                _marked(rules, "missing_med", _med(rules.missing_med)),
                _med_order(rules),
                _marked(rules, "multipath", _multipath(rules.multipath)),
                _marked(rules, "needs_policy", "nothing" if rules.needs_policy else "everything"),
            )

    head = (
        *("platform", "local preference", "weight of its own routes", "MED of its own networks"),
        *(
            "missing MED",
            "MED within each AS first",
            "multipath (eBGP, iBGP)",
            "eBGP without a policy exchanges",
        ),
    )
    return _table(head, rows())


def _marked(rules: Rules, default: str, text: str) -> str:
    return f"{text} {_MARKS[rules.sureness_of(default)]}"


def _med(value: int | None) -> str:
    if value is None:
        return "asked"
    return "worst" if value == WORST_MED else str(value)


def _med_order(rules: Rules) -> str:
    if rules.deterministic_med:
        return _marked(rules, "deterministic_med", "yes")
    return (
        f"{_marked(rules, 'deterministic_med', 'no')}, {_marked(rules, 'scan', rules.scan.value)}"
    )


def _multipath(multipath: Multipath) -> str:
    if (multipath.ebgp, multipath.ibgp) == (1, 1):
        return "off"
    kinds = ((multipath.ebgp, multipath.ebgp_paths), (multipath.ibgp, multipath.ibgp_paths))
    return ", ".join(
        "off" if limit == 1 else f"{'on' if limit is None else f'up to {limit}'} for {paths.value}"
        for limit, paths in kinds
    )


def _distances() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for rules in PLATFORMS.values():
            when = "first" if rules.distances.one_table else "after BGP"
            yield (rules.title, *(_distance(rules.distances, one) for one in Source), when)

    return _table(("platform", *(source.value for source in Source), "compared"), rows())


def _distance(distances: Distances, source: Source) -> str:
    for one in distances.defaults:
        if one.source is source:
            return f"{one.value} {_MARKS[one.sureness]}"
    return ""


def _firewalls() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for platform, one in DEFAULTS.items():
            zones = {True: "in one", False: "one each", None: "asked"}
            yield (
                PLATFORMS[platform].title,
                _mark(one, "binding", "asked" if one.binding is None else one.binding.value),
                zones[one.one_zone],
                _mark(one, "reverse_path", _reverse_path(one)),
                _mark(one, "checked", one.checked.value),
                _mark(one, "established", one.established.value),
            )

    head = (
        *("platform", "binds a session to", "tunnels without a zone"),
        *("reverse path", "of which packets", "open session"),
    )
    return _table(head, rows())


def _mark(of: Defaults, field: str, text: str) -> str:
    return f"{text} {_MARKS[of.sureness_of(field)]}"


def _reverse_path(one: Defaults) -> str:
    stateless = one.stateless_reverse_path
    but = "" if stateless is None else f" ({stateless.value} if stateless)"
    return f"{one.reverse_path.value}{but}"


def _knobs() -> str:
    return (
        "".join(
            f"- {PLATFORMS[platform].title}: {' '.join(one.knobs)}\n"
            for platform, one in DEFAULTS.items()
            if one.knobs
        )
        + "\n"
    )


def _notes() -> str:
    lines = ["## Notes\n", "\n"]
    for rules in PLATFORMS.values():
        for number, note in enumerate(rules.notes):
            lines.append(f"- {rules.title}: {note}\n" if number == 0 else f"  {note}\n")
    return "".join(lines)
