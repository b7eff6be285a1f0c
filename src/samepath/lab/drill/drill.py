"""Breaking, waiting and measuring: a lab is taken through failure states, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal, Self

from samepath.control.firewall import keeps_sessions_on_tunnels
from samepath.lab.drill.comparison import Compared, Flows, Measured, compare
from samepath.lab.drill.course import BEGIN, DONE, END, Clocks, course_of
from samepath.lab.drill.noticing import detection, shows
from samepath.lab.drill.staging import breaks, way_to
from samepath.lab.events import Logs, ends_a_session
from samepath.lab.faults import Broken, Fault, concerns
from samepath.lab.lab import Lab
from samepath.lab.observed import observe
from samepath.lab.probe import Answer, Flow, FlowPair, ProbePair
from samepath.lab.probe.flows import PORT, asking, opening
from samepath.lab.settling import wait_usable
from samepath.lab.status import Counters, StatusReader
from samepath.model.topology import Host, Preemption, Routing, Topology, Vpc
from samepath.model.topology_view import clusters
from samepath.routing.compile import gateway_name, tunnel_of
from samepath.routing.fate import Initiator
from samepath.routing.observation import Observation
from samepath.routing.states import ALL_UP, FailureState
from samepath.routing.verdict import Pair, PairInState

RATE = 200
"""Numbered packets a second, each way."""
NUMBERED = 20_000
"""The port of the numbered packets, counted on from state to state; the kernel hands out none
here."""
SMALL, FULL = 16, 1300
"""Bytes that a flow is asked with: one small packet, and one that fills a tunnel."""
NEW_WITHIN = 1.5
"""Seconds in which a new connection has to open, and each answer to come: TCP has asked again."""
KEPT_WITHIN = 1.5
"""Seconds in which an open flow has to answer: TCP has sent what was lost three times again."""
STEADY = 0.5
"""Seconds for which the routes must have stayed as predicted."""
MARGIN = 15.0
"""Seconds beyond what detection takes, after which is measured whatever is there."""
TRIES = 3
"""How often a state is measured that differs while a session goes down by itself: a machine that
keeps BFD waiting says nothing of the routing."""
READY_WITHIN = 60.0

Predictions = Mapping[tuple[Pair, FailureState], PairInState]


class NothingToDrill(ValueError):
    """No pair of networks has a host at both ends; the text says what to add."""


class NotReady(RuntimeError):
    """The lab did not come up, or back, so that nothing can be said of its states."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drilled:
    """A pair of networks with the hosts that send for it."""

    pair: Pair
    vpc_host: str
    site_host: str


def drillable(
    topology: Topology, pairs: Iterable[Pair]
) -> tuple[tuple[Drilled, ...], tuple[Pair, ...]]:
    """The pairs with a host at each end, and the others. Raises :class:`NothingToDrill`."""
    found: list[Drilled] = []
    others: list[Pair] = []
    for pair in pairs:
        vpc_hosts: Iterable[Host] = (
            host for host in vpc_of(topology, pair).hosts.values() if host.address in pair.vpc
        )
        site_hosts = (
            host
            for host in topology.sites[pair.site_name].hosts.values()
            if host.address in pair.site
        )
        ends = next(iter(vpc_hosts), None), next(iter(site_hosts), None)
        if ends[0] is None or ends[1] is None:
            others.append(pair)
        else:
            found.append(Drilled(pair=pair, vpc_host=ends[0].name, site_host=ends[1].name))
    if not found:
        raise NothingToDrill(
            "nobody can send: no pair of networks has a host at both ends; "
            "add one to the VPC and one to the site (hosts: {app: 10.0.0.10})"
        )
    return tuple(found), tuple(others)


def vpc_of(topology: Topology, pair: Pair) -> Vpc:
    """A pair's VPC: that of the gateway which its hosts send to, as two may have one network."""
    return next(
        topology.vpcs[gateway.vpc]
        for gateway in topology.gateways.values()
        if gateway_name(gateway.name) == pair.gateway
    )


class Drill:
    """A lab that is up, with flows between the hosts of each pair; a context manager.

    Numbered packets are counted between the hosts of the first pair.
    """

    def __init__(self, lab: Lab, drilled: Collection[Drilled], predictions: Predictions) -> None:
        self._lab = lab
        self._reader = StatusReader(lab)
        self._drilled = tuple(drilled)
        self._predictions = predictions
        self._logs = Logs(lab.home.path / "log", lab.topology)
        self._stack = ExitStack()
        self._flows: dict[Pair, FlowPair] = {}
        self._state = ALL_UP
        self.waited = 0.0
        """Seconds in which nothing was to do but wait for the ends: to notice, and to come back."""
        self._port = NUMBERED
        self._sessions_stay = any(
            keeps_sessions_on_tunnels(lab.topology, one)
            for one in lab.topology.customer_gateways.values()
        )
        """Whether an open flow, or an answer, may take another tunnel than the site's new flows."""

    def __enter__(self) -> Self:
        try:
            for index, one in enumerate(self._drilled):
                vpc, site = self._lab.host(one.vpc_host), self._lab.host(one.site_host)
                self._flows[one.pair] = self._stack.enter_context(
                    FlowPair(a=vpc, b=site, port=PORT + index)
                )
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def observed(self) -> tuple[Observation, ...]:
        """The BGP tables of the lab's devices with all up. Raises :class:`NotReady`."""
        if not self._settle(ALL_UP, (), READY_WITHIN):
            raise NotReady(f"the lab was not as predicted within {READY_WITHIN:.0f} s")
        return observe(self._lab)

    def run(
        self, states: Iterable[FailureState], begin: Callable[[FailureState], None]
    ) -> Iterator[tuple[Compared, ...]]:
        """Each state, measured and compared: one result for each pair.

        ``begin`` is told of each before it is brought about. Raises :class:`NotReady`.
        """
        self._lab.seat_usual_masters()
        for state in states:
            begin(state)
            again = 0
            while True:
                self._go_before(state)
                found = self._measured(state, again)
                again += 1
                spoilt = any(row.differences and row.measured.disturbed for row in found)
                if not spoilt or again == TRIES:
                    break
            yield found

    def _go_before(self, state: FailureState) -> None:
        """Go to the state in which a state begins."""
        *before, _ = way_to(state)
        if before and self._state != before[-1]:
            self._back()
            for step in before[1:]:
                self._bring_about(step)

    def _measured(self, state: FailureState, again: int) -> tuple[Compared, ...]:
        first = self._drilled[0]
        vpc, site = self._lab.host(first.vpc_host), self._lab.host(first.site_host)
        kept = {pair: self._open(flows, "kept")[0] for pair, flows in self._flows.items()}
        # A firewall would take the numbers of an earlier state for the same session.
        self._port += 1
        with ProbePair(a=vpc, b=site, rate=RATE, port=self._port) as numbered:
            time.sleep(STEADY)  # noqa: TID251 - packets are to flow before anything happens
            clocks = _clocks()
            numbered.mark(BEGIN)
            seconds = self._bring_about(state, lambda: numbered.mark(DONE))
            numbered.mark(END)
            news = [*self._logs.news()]
            found = {
                pair: self._look(pair, flows, kept[pair]) for pair, flows in self._flows.items()
            }
            # What was sent until then has had as long as the flows took.
            run = numbered.finish(drain=0.0)
        if self._sessions_stay:
            found = {
                pair: (*self._look_alone(pair, self._flows[pair]), told)
                for pair, (_, _, told) in found.items()
            }
        report = run.between(BEGIN, END)
        later = [*self._logs.news()]
        course = course_of(run, clocks, _clocks(), [*news, *later])
        disturbed = tuple(f"{one.element}: {one.text}" for one in later if ends_a_session(one))
        return tuple(
            compare(
                self._predictions[one.pair, state],
                Measured(
                    to_site=found[one.pair][0],
                    to_vpc=found[one.pair][1],
                    flows=found[one.pair][2],
                    lost=(report.a_to_b, report.b_to_a) if one is first else None,
                    seconds=seconds,
                    course=course if one is first else None,
                    disturbed=disturbed,
                    again=again,
                ),
            )
            for one in self._drilled
        )

    # --- flows ---------------------------------------------------------------------------------

    def _open(
        self, flows: FlowPair, label: str, stood: Iterable[Flow] = ()
    ) -> tuple[dict[Flow, Answer], dict[Flow, Answer]]:
        """New flows of both ends, and what came of them: opened, a small and a full packet.

        The flows that stood are asked meanwhile; what came of them is told beside it. All of them
        take the same routes.
        """
        opened_anew = [
            opening(Flow(opener, protocol, label), NEW_WITHIN) for opener, protocol in _KINDS
        ]
        asked = [asking(flow, SMALL, KEPT_WITHIN) for flow in stood]
        answers = flows.do([*opened_anew, *asked])
        kept = {one.flow: answers.pop(one.flow) for one in asked}
        for size in (SMALL, FULL):
            opened = [flow for flow, answer in answers.items() if answer is Answer.ANSWERED]
            answers |= flows.ask(opened, size, NEW_WITHIN)
        return answers, kept

    def _look(
        self, pair: Pair, flows: FlowPair, kept: Mapping[Flow, Answer]
    ) -> tuple[tuple[str, ...], tuple[str, ...], dict[Initiator, Flows]]:
        """The tunnels of both directions, and what becomes of new and of open flows."""
        before = self._reader.counters()
        stood = [flow for flow, answer in kept.items() if answer is Answer.ANSWERED]
        new, answers = self._open(flows, "new", stood)
        to_site, to_vpc = self._ways(pair, before)
        flows.forget([*new, *kept])
        told = {
            initiator: Flows(
                new={flow.protocol: answer for flow, answer in new.items() if flow.opener == side},
                kept={flow.protocol: answers.get(flow) for flow in kept if flow.opener == side},
            )
            for side, initiator in (("a", Initiator.VPC), ("b", Initiator.SITE))
        }
        return to_site, to_vpc, told

    def _look_alone(self, pair: Pair, flows: FlowPair) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tunnels of both directions, from flows of the site while nothing else is sent."""
        before = self._reader.counters()
        alone = [Flow("b", protocol, "alone") for opener, protocol in _KINDS if opener == "b"]
        flows.do([opening(flow, NEW_WITHIN) for flow in alone])
        found = self._ways(pair, before)
        flows.forget(alone)
        return found

    def _ways(self, pair: Pair, before: Counters) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tunnels that a pair's packets have come out of since, to the site and to the VPC."""
        after = self._reader.counters()
        mine = {
            connection.name
            for connection in self._lab.topology.connections.values()
            if connection.customer_gateway
            in self._lab.topology.sites[pair.site_name].customer_gateways
        }
        to_site, to_vpc = (
            tuple(
                sorted(
                    f"{name}/tunnel{number}"
                    for (name, number, direction), packets in after.items()
                    if direction == way and name in mine and packets > before[name, number, way]
                )
            )
            for way in ("to-site", "to-vpc")
        )
        return to_site, to_vpc

    # --- states --------------------------------------------------------------------------------

    def _back(self) -> None:
        """All up again, with the traffic where the file wants it. Raises :class:`NotReady`."""
        left, self._state = self._state, ALL_UP
        self._lab.heal(None)
        for connection in self._lab.topology.connections.values():
            if connection.preemption is Preemption.MANUAL:
                self._wait_usable()
                self._lab.prefer(connection.name, connection.active)
        stays = any(
            site.vrrp and not site.vrrp.preempt for site in self._lab.topology.sites.values()
        )
        if stays or clusters(self._lab.topology):
            self._wait_usable()
            self._lab.seat_usual_masters()
        if not self._settle(ALL_UP, (), READY_WITHIN):
            raise NotReady(f"the lab did not recover from {left.name}")

    def _wait_usable(self) -> None:
        started = time.monotonic()
        wait_usable(self._reader, READY_WITHIN)
        self.waited += time.monotonic() - started

    def _bring_about(self, state: FailureState, done: Callable[[], None] = lambda: None) -> float:
        """Break and heal until a state is there and noticed; returns the seconds that it took.

        ``done`` is called when all is broken and healed, and noticed by nobody yet, maybe.
        """
        started = time.monotonic()
        topology = self._lab.topology
        wanted = breaks(topology, state)
        standing = [(one.element, one.fault) for one in self._lab.faults()]
        for element, fault in standing:
            if (element, fault) not in wanted:
                self._lab.heal(element, fault)
        for element, fault in wanted:
            if (element, fault) not in standing:
                self._lab.break_element(element, fault, None)
        done()
        self._state = state
        broken = [Broken(element=element, fault=fault) for element, fault in wanted]
        limit = max(map(detection, topology.connections.values())) + MARGIN
        self._settle(state, broken, limit)
        return time.monotonic() - started

    def _settle(self, state: FailureState, broken: Collection[Broken], limit: float) -> bool:
        """Wait until the ends have noticed what is broken, and the routes are as predicted.

        Returns whether they have come to be so within ``limit`` seconds; what is there is measured
        in any case.
        """
        started = time.monotonic()
        since: float | None = None
        while (now := time.monotonic()) < started + limit:
            if not (self._noticed(broken) and self._as_predicted(state)):
                since = None
            elif since is None:
                since = now
            elif now - since >= STEADY:
                self.waited += since - started
                return True
            time.sleep(0.05)  # noqa: TID251 - BIRD tells no events to wait for
        self.waited += limit
        return False

    def _noticed(self, broken: Collection[Broken]) -> bool:
        topology = self._lab.topology
        dead = {one.element for one in broken}
        if any(f"cgw:{one.customer}/member{one.used}" in dead for one in self._reader.clusters()):
            return False
        return all(
            shows(
                self._reader.tunnel(connection, tunnel),
                [
                    one
                    for one in broken
                    if concerns(topology, one, f"{connection.name}/tunnel{tunnel.number}")
                ],
                notices=connection.routing is Routing.BGP or connection.probe_inside,
                withdrawn=any(
                    one.fault is Fault.UNPLUG
                    and one.element == f"cgw:{connection.customer_gateway}/lan"
                    for one in broken
                ),
            )
            for connection in topology.connections.values()
            for tunnel in connection.tunnels
        )

    def _as_predicted(self, state: FailureState) -> bool:
        routed = {
            (way.source, way.destination, way.network): way.routed
            for way in self._reader.directions(self._lab.topology.connections)
        }
        return all(
            any(
                self._leads(routed, one.pair, outcome.result.ways.tunnels)
                for outcome in self._predictions[one.pair, state].outcomes
            )
            for one in self._drilled
        )

    def _leads(
        self,
        routed: Mapping[tuple[str, str, IPv4Network], tuple[str, int] | None],
        pair: Pair,
        tunnels: tuple[str | None, str | None],
    ) -> bool:
        """Whether the next packets take these tunnels; where to nowhere is not asked."""
        vpc = vpc_of(self._lab.topology, pair).name
        ways = (vpc, pair.site_name, pair.site), (pair.site_name, vpc, pair.vpc)
        return all(
            predicted is None
            or (
                (taken := routed.get(way)) is not None
                and "{}/tunnel{}".format(*taken) == tunnel_of(predicted)
            )
            for way, predicted in zip(ways, tunnels, strict=True)
        )


_KINDS: Final[tuple[tuple[Literal["a", "b"], Literal["tcp", "udp"]], ...]] = (
    ("a", "tcp"),
    ("a", "udp"),
    ("b", "tcp"),
    ("b", "udp"),
)
"""Who opens a flow, the VPC's host (a) or the site's (b), and by what."""


_READINGS = 5


def _clocks() -> Clocks:
    """Both clocks: of a few readings the one between whose parts the least time has passed."""
    readings = [
        (time.monotonic_ns(), time.time_ns(), time.monotonic_ns()) for _ in range(_READINGS)
    ]
    before, wall, after = min(readings, key=lambda one: one[2] - one[0])
    return Clocks(wall=wall, monotonic=(before + after) // 2)
