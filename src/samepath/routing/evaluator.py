"""The evaluator: what becomes of every pair of networks in every failure state, worked out once.

It says what :func:`~samepath.routing.verdict.analyse_naively` says, and works out as little of it
as it can. A topology is cut into parts that predict each other nothing
(:mod:`samepath.routing.parts`). Parts that are alike are of one kind
(:mod:`samepath.routing.likeness`), and a kind is judged on its first member, with one network for
all that are alike. A state in which nothing happens to a part is the same for it as any other such
state, and states that leave the same network are one. How a part is judged is not decided here:
that is the oracle's own code.

Nothing is kept for a pair in a state that nobody asks for. Whoever asks gets it under its own
names: of a kind's first member it is there, of another member it is judged then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network

from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Topology
from samepath.routing.assumption import NOTHING, Facts, Outcome, Question
from samepath.routing.compile import compile_network, customer_name, gateway_name
from samepath.routing.failing import affected
from samepath.routing.likeness import Alike, Likenesses
from samepath.routing.network import Network
from samepath.routing.parts import LEAST_ROUTE_LIMIT, Part, cut, parts
from samepath.routing.renaming import renamed
from samepath.routing.states import (
    ALL_UP,
    FailureState,
    check_modelled,
    single_states,
    state_before,
)
from samepath.routing.verdict import (
    Flows,
    Judged,
    Judgement,
    Pair,
    PairInState,
    Situation,
    Verdict,
    flows_of,
    judge,
    pairs,
)

Outcomes = tuple[Outcome[Judgement], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What is told of some pairs alike, each under the names of its own elements.

    ``pair`` is one of ``count``. ``state`` is one that concerns its part of the topology; None: any
    other one, in which nothing happens there.
    """

    pair: Pair
    state: FailureState | None
    outcomes: Outcomes
    count: int
    questions: tuple[Question, ...] = ()
    """What is asked, where that leaves too much open for any outcome to be told."""

    @property
    def verdicts(self) -> frozenset[Verdict]:
        """The verdicts that are possible."""
        return frozenset(outcome.result.verdict for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """What becomes of a pair in each of ``states`` states in which nothing happens to its part."""

    pair: Pair
    outcomes: Outcomes
    states: int
    questions: tuple[Question, ...] = ()
    """What is asked, where that leaves too much open for any outcome to be told."""


def analyse(
    topology: Topology,
    states: Iterable[FailureState] | None = None,
    facts: Facts = NOTHING,
    *,
    between_sites: bool = False,
) -> Analysis:
    """The outcomes of every pair in every state; by default all up, and every single failure.

    ``facts`` are not asked for; a part that one is about is like no other. With ``between_sites``
    (:func:`~samepath.routing.verdict.pairs`) a topology is cut where nothing joins it only.
    Raises :class:`~samepath.routing.states.NotModelled` of a state of which nothing is predicted.
    """
    wanted = None if states is None else tuple(states)
    for state in wanted or ():
        check_modelled(topology, state)
    likenesses = Likenesses(topology)
    members = []
    for part in parts(topology, whole=between_sites):
        known = _about(part, facts) if facts else NOTHING
        # A fact may be about one of several networks.
        it = replace(part, alone=False) if known else part
        likeness, alike = likenesses.of(it)
        same = (likeness, frozenset(known.items()))
        members.append(Member(topology, it, same, alike, facts=known, between_sites=between_sites))
    found = Analysis(topology, tuple(members), wanted)
    for kind in found.kinds:
        kind.judge()
    return found


def _about(part: Part, facts: Facts) -> Facts:
    """The facts about the routers of a part."""
    routers = {*map(gateway_name, part.gateways), *map(customer_name, part.customers)}
    return {
        question: answer
        for question, answer in facts.items()
        if routers.intersection(question.subject.split(", "))
    }


class Analysis:
    """Every pair in every state, in the order of the states and of the pairs' names.

    Going through it makes each anew. The pairs and states of a fleet are too many for that:
    :meth:`concerned` goes through those in which something happens to a pair's part, which grow
    with the fleet and not with its square, and :meth:`told` through what is different in them.
    """

    def __init__(
        self,
        topology: Topology,
        members: tuple[Member, ...],
        wanted: tuple[FailureState, ...] | None,
    ) -> None:
        self._topology = topology
        self._members = members
        self._wanted = wanted
        by_key: dict[object, Kind] = {}
        for member, local in zip(members, self._locals(), strict=True):
            key = (member.likeness, local and (_forms(member.part, local.states), local.elsewhere))
            by_key.setdefault(key, Kind(local, [])).members.append(member)
        self.kinds = tuple(by_key.values())
        self._pairs_of: dict[Member, frozenset[Pair]] = {}

    @cached_property
    def states(self) -> tuple[FailureState, ...]:
        """The states in their order."""
        return tuple(single_states(self._topology)) if self._wanted is None else self._wanted

    def __len__(self) -> int:
        return len(self.states) * len(self._member_of)

    def __iter__(self) -> Iterator[PairInState]:
        for state in self.states:
            for pair, member in self._member_of.items():
                yield _in_state(member, pair, state)

    def at(self, pair: Pair, state: FailureState) -> PairInState:
        """What becomes of a pair in one of the states. KeyError of a pair that is none."""
        for member in self._members_of_site.get(pair.site_name, ()):
            if pair in self._pairs(member):
                return _in_state(member, pair, state)
        raise KeyError(pair)

    def concerned(self) -> Iterator[PairInState]:
        """Each pair in the states in which its part is touched, state by state.

        All up is one of them. What becomes of a pair in the others :meth:`elsewhere` tells.
        """
        for state in self.states:
            touched = [self._members[number] for number in self._touched.by(state)]
            found = ((pair, member) for member in touched for pair in self._pairs(member))
            for pair, member in sorted(found, key=lambda one: one[0].order):
                yield _in_state(member, pair, state)

    def elsewhere(self) -> Iterator[Elsewhere]:
        """Each pair for which there are states that do not touch its part, once for them all."""
        untouched = [len(self.states)] * len(self._members)
        for state in self.states:
            for number in self._touched.by(state):
                untouched[number] -= 1
        states_of = dict(zip(self._members, untouched, strict=True))
        for pair, member in self._member_of.items():
            if count := states_of[member]:
                told = member.judgement(pair, None)
                yield Elsewhere(
                    pair=pair, outcomes=told.outcomes, states=count, questions=told.questions
                )

    def told(self) -> Iterator[Told]:
        """All that is told of pairs in states, what is alike once."""
        for kind in self.kinds:
            yield from kind.told()

    def _pairs(self, member: Member) -> frozenset[Pair]:
        """The pairs of a part."""
        if member not in self._pairs_of:
            pairs = member.pairs_in(cut(self._topology, member.part))
            self._pairs_of[member] = frozenset(pairs)
        return self._pairs_of[member]

    @cached_property
    def _members_of_site(self) -> Mapping[str, tuple[Member, ...]]:
        """The parts that a site has networks in: whoever asks for one pair needs no other ones."""
        found: dict[str, list[Member]] = {}
        for member in self._members:
            for site in member.part.sites:
                found.setdefault(site, []).append(member)
        return {site: tuple(some) for site, some in found.items()}

    @cached_property
    def _member_of(self) -> Mapping[Pair, Member]:
        """The part of each pair, in the order of the pairs' names."""
        found = {pair: member for member in self._members for pair in self._pairs(member)}
        return {pair: found[pair] for pair in sorted(found, key=lambda pair: pair.order)}

    @cached_property
    def _touched(self) -> _Touched:
        return _Touched(self._members)

    def _locals(self) -> Iterator[_Local | None]:
        """Of each part, what the wanted states are for it; None: every single failure."""
        if self._wanted is None:
            for _ in self._members:
                yield None
            return
        found: list[dict[FailureState, None]] = [{} for _ in self._members]
        touching = [0 for _ in self._members]
        for state in self._wanted:
            for number in self._touched.by(state):
                found[number][self._members[number].local(state)] = None
                touching[number] += 1
        for states, count in zip(found, touching, strict=True):
            yield _Local(states=tuple(states), elsewhere=count < len(self._wanted))


def _in_state(member: Member, pair: Pair, state: FailureState) -> PairInState:
    told = member.judgement(pair, state)
    return PairInState(pair=pair, state=state, outcomes=told.outcomes, questions=told.questions)


class _Touched:
    """Which parts, by number, a state touches."""

    def __init__(self, members: tuple[Member, ...]) -> None:
        self._all = frozenset(range(len(members)))
        self._having: dict[tuple[str, str], list[int]] = {}
        for number, member in enumerate(members):
            for name in member.names:
                self._having.setdefault(name, []).append(number)

    def by(self, state: FailureState) -> Collection[int]:
        """The parts that something has happened to; with all up, all of them."""
        if not state.conditions:
            return self._all
        found: set[int] = set()
        for element, _ in state.conditions:
            space = _space(element)
            found.update(self._having.get((space, element.name), ()) if space else self._all)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class _Local:
    """What states of the whole topology are for a part.

    ``states`` is what of them happens to it. ``elsewhere``: in some, nothing does.
    """

    states: tuple[FailureState, ...]
    elsewhere: bool


class Kind:
    """Parts that are alike; the first one is judged for all of them."""

    def __init__(self, local: _Local | None, members: list[Member]) -> None:
        self.members = members
        self._local = local

    @cached_property
    def states(self) -> tuple[FailureState | None, ...]:
        """Those that concern the first member; None stands for all others."""
        if self._local is None:
            return (*single_states(self.members[0].topology), None)
        return (*self._local.states, None) if self._local.elsewhere else self._local.states

    def judge(self) -> None:
        """Work out everything that is told of the first member."""
        for _ in self.told():
            pass

    def told(self) -> Iterator[Told]:
        """What is told of its members' pairs in each state, and in every other one."""
        first = self.members[0]
        for pair, place in first.places.items():
            count = sum(len(member.alike[place]) for member in self.members)
            for state in self.states:
                told = first.judged(pair, state)
                yield Told(
                    pair=pair,
                    state=state,
                    outcomes=told.outcomes,
                    count=count,
                    questions=told.questions,
                )


class Member:
    """A part, of whose alike networks the first one stands for all."""

    def __init__(
        self,
        whole: Topology,
        part: Part,
        likeness: object,
        alike: Alike,
        *,
        facts: Facts,
        between_sites: bool,
    ) -> None:
        self._whole = whole
        self.part = part
        self.likeness = likeness
        self.alike = alike
        self._facts = facts
        self._between_sites = between_sites
        self._known: dict[tuple[Pair, Situation, Situation | None], Judged] = {}
        self._in_state: dict[FailureState, Situation] = {}

    @cached_property
    def topology(self) -> Topology:
        """The part alone, with one network for all that are alike."""
        firsts: dict[str, list[IPv4Network]] = {name: [] for name in self.part.sites}
        for (site, _), networks in self.alike.items():
            firsts[self.part.sites[site]].append(networks[0])
        return cut(self._whole, self.part, {name: tuple(some) for name, some in firsts.items()})

    def pairs_in(self, topology: Topology) -> tuple[Pair, ...]:
        """The pairs of networks that are judged in a topology."""
        return pairs(topology, between_sites=self._between_sites)

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """The elements of the part: what they are, and their names."""
        of = {
            "connection": self.part.connections,
            "customer": self.part.customers,
            "gateway": self.part.gateways,
            "site": self.part.sites,
            "vpc": [self._whole.gateways[name].vpc for name in self.part.gateways],
        }
        return frozenset((space, name) for space, names in of.items() for name in names)

    def local(self, state: FailureState) -> FailureState:
        """What of a state happens to this part."""
        conditions = tuple(
            (element, condition)
            for element, condition in state.conditions
            if not (space := _space(element)) or (space, element.name) in self.names
        )
        return replace(state, conditions=conditions)

    @cached_property
    def places(self) -> Mapping[Pair, tuple[int, int]]:
        """Of each pair that stands for others, where its site's network is in ``alike``."""
        place_of = {networks[0]: place for place, networks in self.alike.items()}

        def place(prefix: IPv4Network) -> tuple[int, int]:
            while prefix not in place_of:  # It lies in one of the networks.
                prefix = prefix.supernet()
            return place_of[prefix]

        return {pair: place(pair.site) for pair in self.pairs_in(self.topology)}

    def judgement(self, pair: Pair, state: FailureState | None) -> Judged:
        """What becomes of any pair of the part in any state of the whole topology.

        None: one in which something is down elsewhere, and nothing here.
        """
        local = None if state is None else self.local(state)
        # With nothing down here, something is down elsewhere, or all is up.
        elsewhere = local is None or (state != ALL_UP and not local.conditions)
        # A longer prefix in a network is there only where each stands for itself.
        first = self._first_of.get(pair.site, pair.site)
        known = self.judged(replace(pair, site=first), None if elsewhere else local)
        if first == pair.site:
            return known
        return replace(known, outcomes=renamed(known.outcomes, first, pair.site))

    @cached_property
    def _first_of(self) -> Mapping[IPv4Network, IPv4Network]:
        return {one: networks[0] for networks in self.alike.values() for one in networks}

    def judged(self, pair: Pair, state: FailureState | None, *, new_only: bool = False) -> Judged:
        """What becomes of a pair that stands for others; None: while something is down elsewhere.

        ``new_only``: nothing is asked of flows that were open before.
        """
        all_up = self._situation(ALL_UP)
        now = all_up if state is None else self._situation(state)
        nothing_before = new_only or state == ALL_UP
        opened = None if nothing_before else self._situation(state_before(state or ALL_UP))
        key = (pair, now, opened)
        if key not in self._known:
            self._known[key] = judge(self._flows, pair, now, opened=opened, facts=self._facts)
        return self._known[key]

    @cached_property
    def _network(self) -> Network:
        network = compile_network(self.topology)
        for session in network.sessions.values():
            for end in session.ends:
                # Cutting a topology into parts rests on these.
                assert end.allow_own_as == 0, session.name  # noqa: S101 - our bug
                assert (end.route_limit or LEAST_ROUTE_LIMIT) >= LEAST_ROUTE_LIMIT  # noqa: S101
        return network

    @cached_property
    def _flows(self) -> Flows:
        return flows_of(self.topology)

    def _situation(self, state: FailureState) -> Situation:
        """The part in a state. States that leave the same have one situation."""
        if state in self._in_state:
            return self._in_state[state]
        it = affected(self.topology, self._network, state)
        same = (one for one in self._in_state.values() if one.affected == it)
        found = next(same, None) or Situation(it)
        self._in_state[state] = found
        return found


_SPACES = {
    ElementKind.CONNECTION: "connection",
    ElementKind.GATEWAY: "gateway",
    ElementKind.GATEWAY_ROUTER: "gateway",
    ElementKind.CUSTOMER_GATEWAY: "customer",
    ElementKind.CUSTOMER_LAN: "customer",
    ElementKind.CUSTOMER_PATH: "customer",
    ElementKind.CUSTOMER_ROUTER: "customer",
    ElementKind.FIRST_MEMBER: "customer",
    ElementKind.SECOND_MEMBER: "customer",
    ElementKind.SITE: "site",
    ElementKind.VPC: "vpc",
}


def _space(element: Element) -> str:
    """What the element's name is one of; empty where that is in no topology."""
    return "connection" if element.kind.has_tunnel else _SPACES.get(element.kind, "")


def _forms(part: Part, states: Iterable[FailureState]) -> tuple[object, ...]:
    """States without the names of a part's elements: parts that are alike have equal ones."""
    named = {
        "connection": part.connections,
        "customer": part.customers,
        "gateway": part.gateways,
        "site": part.sites,
    }

    def form(element: Element) -> object:
        names = named.get(_space(element))
        number = element.name if names is None else names.index(element.name)
        return element.kind, element.tunnel, number

    return tuple(
        (state.noticed, *((form(element), condition) for element, condition in state.conditions))
        for state in states
    )
