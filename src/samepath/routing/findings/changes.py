"""Causes that show when something changes: failback, maintenance, and unequal timers."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.model.problems import spell_duration
from samepath.model.topology import Bfd, Connection, Mode, Routing, unpinned
from samepath.routing.compile import tunnel_of
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, alike, judgements, some, ways_of
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.findings.parting import parted_on
from samepath.routing.forwarding import Path
from samepath.routing.states import ALL_UP, Condition
from samepath.routing.steps import Step
from samepath.routing.verdict import PairInState

AGE_DECIDES = Kind(
    code="age-decides",
    severity=Severity.WARNING,
    means="after a failure traffic does not return to where it was",
    because="Where all else is equal several platforms keep the oldest route. The end that does "
    "so stays on the second tunnel, the other end returns to the first.",
    advice="Tell the tunnels apart by local preference, AS_PATH or MED.",
)
PINNED = Kind(
    code="pinned",
    severity=Severity.NOTE,
    means="the gateway cannot move traffic before it takes a tunnel out of service",
    because="A site that fixes its tunnel ignores MED, by which AWS moves traffic away before it "
    "works on an endpoint: flows move only when the tunnel dies.",
    advice="Use mode: follow where the firewall allows it.",
)
MAINTENANCE_SPLITS = Kind(
    code="maintenance-splits",
    severity=Severity.WARNING,
    means="when AWS moves traffic away before maintenance, one direction moves and the other stays",
    because="AWS announces its lower MED on the other tunnel, and a virtual private gateway sends "
    "there itself. Where one end follows "
    "and the other is held by an attribute that outranks MED, the two agree when all is up, and "
    "not in maintenance.",
    advice="Let both directions follow MED, or fix both (mode: pinned).",
)
UNEQUAL_TIMERS = Kind(
    code="unequal-timers",
    severity=Severity.NOTE,
    means="tunnels that stand in for each other notice a failure after different times",
    because="How long traffic is lost then depends on which tunnel dies, and a test of one says "
    "nothing of the other.",
    advice="Give them the same BGP timers, BFD and dead peer detection.",
)


def _age(it: Evidence) -> Iterator[Finding]:
    before = {pair: _ways_of(one) for pair, one in it.usual.items()}

    def stays(one: PairInState) -> bool:
        # While its maintenance lasts, the gateway goes on favouring the other tunnel.
        returned = all(has is Condition.RETURNED for _, has in one.state.conditions)
        return (
            returned
            and one.state != ALL_UP
            and one.pair in before
            and any(
                _by_age(it, now, then)
                for now, then in zip(_ways_of(one), before[one.pair], strict=True)
            )
        )

    for group in alike(it, stays):
        yield AGE_DECIDES.at(
            str(group.states[0].state.conditions[0][0]),
            f"{group.networks}: when it is back after a failure, traffic does not return to where "
            f"it was: an older route is kept ({group.named})",
            "tell the tunnels apart by local preference, AS_PATH or MED",
        )


def _ways_of(one: PairInState) -> tuple[frozenset[Path], frozenset[Path]]:
    """The ways that are possible, to the site and to the VPC."""
    to_site, to_vpc = zip(*map(ways_of, judgements(one)), strict=True)
    return frozenset(to_site), frozenset(to_vpc)


def _by_age(it: Evidence, now: frozenset[Path], then: frozenset[Path]) -> bool:
    """Whether it is a route's age that keeps packets from the tunnels that they took then."""
    tunnels = {way.tunnel for way in then}
    return {way.tunnel for way in now} != tunnels and any(
        parted_on(it, way, other) in _AGE
        for way in now
        for other in tunnels - {way.tunnel}
        if other
    )


_AGE = frozenset({Step.OLDEST, Step.SELECTED, Step.ARRIVAL})


def _maintenance(it: Evidence) -> Iterator[Finding]:
    agreed = {pair for pair, one in it.usual.items() if _agree(one)}

    def splits(one: PairInState) -> bool:
        disagree = any(
            None not in told.ways.tunnels and len(set(told.ways.tunnels)) > 1
            for told in judgements(one)
        )
        return one.pair in agreed and disagree and _in_state(one, Condition.MAINTENANCE)

    for group in alike(it, splits):
        first = group.states[0]
        ways = next(
            told.ways.tunnels for told in judgements(first) if len(set(told.ways.tunnels)) > 1
        )
        to_site, to_vpc = (tunnel_of(way or "") for way in ways)
        yield MAINTENANCE_SPLITS.at(
            str(first.state.conditions[0][0]),
            f"{group.networks}: one end follows and the other does not, so that packets go to the "
            f"site by {to_site} and to the VPC by {to_vpc} ({group.named})",
            "let both directions follow MED, or fix both (mode: pinned)",
        )


def _agree(one: PairInState) -> bool:
    return all(len(set(told.ways.tunnels)) == 1 for told in judgements(one))


def _in_state(one: PairInState, condition: Condition) -> bool:
    return any(has is condition for _, has in one.state.conditions)


def _pinned(it: Evidence) -> Iterator[Finding]:
    for connection in it.topology.connections.values():
        customer = it.topology.customer_gateways[connection.customer_gateway]
        if connection.routing is Routing.BGP and connection.mode is Mode.PINNED:
            yield PINNED.at(
                connection.name,
                "the site ignores the gateway's MED, so the gateway cannot move its traffic before "
                "it takes a tunnel out of service",
                f"mode: {unpinned(customer.platform).value}, where the firewall allows it",
            )


def _timers(it: Evidence) -> Iterator[Finding]:
    groups: dict[tuple[str, str], list[Connection]] = {}
    for _, connection in sorted(it.topology.connections.items()):
        first, second = (tunnel.dpd for tunnel in connection.tunnels)
        if (first.delay, first.timeout) != (second.delay, second.timeout):
            yield UNEQUAL_TIMERS.at(
                connection.name,
                f"dead peer detection gives tunnel 1 {spell_duration(first.timeout)} and tunnel 2 "
                f"{spell_duration(second.timeout)}",
                "give both the same",
            )
        for site in it.topology.sites.values():
            if connection.customer_gateway in site.customer_gateways:
                groups.setdefault((connection.gateway, site.name), []).append(connection)
    for (_, served), connections in groups.items():
        told: dict[str, list[str]] = {}
        for one in connections:
            if one.routing is Routing.BGP:
                told.setdefault(_notices(one), []).append(one.name)
        if len(told) > 1:
            each = ", ".join(f"{some(names, 'connections')} {how}" for how, names in told.items())
            yield UNEQUAL_TIMERS.at(
                connections[0].name,
                f"the connections of {served} notice a dead path after different times: {each}",
                "give them the same timers and BFD",
            )


def _notices(connection: Connection) -> str:
    hold = f"after its hold time of {spell_duration(connection.bgp.hold)}"
    bfd: Bfd | None = connection.bgp.bfd
    return hold if bfd is None else f"by BFD in {spell_duration(bfd.interval * bfd.multiplier)}"


DETECTORS = (
    Detector(kinds=(AGE_DECIDES,), find=_age),
    Detector(kinds=(MAINTENANCE_SPLITS,), find=_maintenance),
    Detector(kinds=(PINNED,), find=_pinned),
    Detector(kinds=(UNEQUAL_TIMERS,), find=_timers),
)
