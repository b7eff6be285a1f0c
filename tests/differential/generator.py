"""Random small VPNs: the same seed and number make the same one, on every machine.

Gateways speak eBGP with customer gateways, and customer gateways of one AS may speak iBGP. Values
are drawn from few, so that many routes are equal, and the late steps of a comparison decide too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from random import Random  # noqa: TID251 - seeded: a number names its network

from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.routing.network import Network, Origination, Router, Session, SessionEnd
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Origin
from samepath.routing.rules import WORST_MED, AsPaths, Multipath, Platform, Rules
from samepath.routing.steps import Step

GATEWAYS = ("gw1", "gw2")
CUSTOMERS = ("cgw1", "cgw2", "cgw3", "cgw4")
NAMES = (*CUSTOMERS, *GATEWAYS)
MOST_PARALLEL = 3
"""Sessions between the same customer gateway and gateway; there is one between two of a kind."""

_NETS = IPv4Network("100.64.0.0/10")
"""Sessions' addresses (RFC 6598): nothing that is announced lies in it."""
_VPC = tuple(map(IPv4Network, ("10.0.0.0/16", "10.0.128.0/17", "0.0.0.0/0")))
_SITE = tuple(map(IPv4Network, ("192.168.10.0/24", "192.168.10.128/25", "192.168.0.0/16")))
_COMMUNITIES = ("65000:1", "65000:2")
_WELL_KNOWN = ("65535:65281", "65535:65282")
"""NO_EXPORT and NO_ADVERTISE (RFC 1997)."""
_FEW = 2
"""Equal routes that a router uses together where it is told to leave some out."""
_MERGED = 16
"""Equal routes that a BIRD uses together once it is told to: its own default."""
_WEIGHTS = (0, 10, 32768, 32768)
"""The last one is that of a router's own routes, so that being its own can decide."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A network, and the sessions that are taken down once it has converged."""

    number: int
    network: Network
    down: frozenset[str]

    @cached_property
    def after(self) -> Network:
        """What is left with the sessions down."""
        return self.network.without(sessions=self.down)


def net_of(place: int, number: int) -> IPv4Network:
    """The network of a session: of case number ``place`` among those that run at once."""
    base = int(_NETS.network_address) + 4 * (place * 16 + number)
    return IPv4Network((base, 30))


def generate(platform: Platform, seed: int, number: int, place: int = 0) -> Case:
    """The network ``number`` of a seed. ``place`` only moves its sessions' addresses."""
    return _Generator(platform, Random(f"{seed}/{number}"), place).case(number)


class _Generator:
    def __init__(self, platform: Platform, random: Random, place: int) -> None:
        self.platform, self.random, self.place = platform, random, place
        self.busy = random.choice((0.1, 0.5, 1.0))
        """How many of the ends have a policy: where few have, late steps decide."""
        self.heavy = 0.25 if PLATFORMS[platform].takes(Step.WEIGHT) else 0.08
        """How many of the terms set a weight; where it is no step, it hides the others."""
        self.resolves = platform is Platform.BIRD
        """Whether a next hop has to lie on a wire of its own; bgpd without zebra takes any."""
        self.takes_default_originate = platform is not Platform.BIRD
        """Whether a default route can be made for a neighbour alone."""
        self.relay: str | None = None
        """A reflector between the first customer gateway and the last, which hears the third itself:
        it takes this for a reflected route to meet another that has a higher router id."""

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def case(self, number: int) -> Case:
        random = self.random
        gateways = GATEWAYS[: random.randint(1, 2)]
        customers = CUSTOMERS[: random.choice((1, 2, 2, 2, 3, 3, 4, 4))]
        if len(customers) == len(CUSTOMERS) and self.chance(0.4):
            self.relay, self.busy = CUSTOMERS[1], 0.1
        one_site = self.relay is not None or self.chance(0.6)
        asns = dict.fromkeys(gateways, 64512)
        if self.chance(0.6):
            asns["gw2"] = 64513
        asns.update((name, 65000 if one_site else 65000 + i) for i, name in enumerate(customers))
        ids = random.sample(range(1, 250), len(NAMES))
        routers = {
            name: self.router(name, asns[name], IPv4Address(f"192.0.2.{ids[i]}"))
            for i, name in enumerate(NAMES)
            if name in (*gateways, *customers)
        }
        pairs = self.external(gateways, customers)
        if self.relay is not None:
            first, second, third, last = CUSTOMERS
            pairs += [(first, second), (second, last), (third, last)]
        elif one_site and self.chance(0.8):
            density = 0.6 if len(customers) > 3 else 0.9
            pairs += [pair for pair in combinations(customers, 2) if self.chance(density)]
        sessions = {
            f"s{i}": self.session(i, pair, internal=asns[pair[0]] == asns[pair[1]])
            for i, pair in enumerate(pairs)
        }
        names = sorted(sessions)
        down = random.sample(names, random.randint(1, max(1, len(names) // 2)))
        return Case(
            number=number,
            network=Network(routers=routers, sessions=sessions),
            down=frozenset(down),
        )

    def external(self, gateways: Sequence[str], customers: Sequence[str]) -> list[tuple[str, str]]:
        every = [(customer, gateway) for customer in customers for gateway in gateways]
        least = [(one, self.random.choice(gateways)) for one in customers]
        pairs = list(least)
        for _ in range(self.random.randint(max(0, 2 - len(pairs)), 6 - len(pairs))):
            pair = self.random.choice(every)
            if pairs.count(pair) < MOST_PARALLEL:
                pairs.append(pair)
        return pairs

    def rules(self) -> Rules:
        rules = PLATFORMS[self.platform]
        return replace(
            rules,
            multipath=self.multipath(rules.multipath),
            always_compare_med=self.chance(0.3),
            deterministic_med=self.chance(0.5),
            ignore_as_path=self.chance(0.1),
            missing_med=WORST_MED if self.chance(0.2) else 0,
            compare_router_id=True,
            local_preference=self.random.choice((100, 100, 100, 120)),
        )

    def multipath(self, default: Multipath) -> Multipath:
        """On or off; where the platform may be told, for paths of one neighbour AS or of any."""
        if default.ebgp == 1:
            return replace(default, ebgp=_MERGED, ibgp=_MERGED) if self.chance(0.5) else default
        if self.chance(0.3):
            return replace(default, ebgp=1, ibgp=1)
        if self.chance(0.2):
            default = replace(default, ebgp=_FEW, ibgp=_FEW)
        if self.chance(0.5):
            return default
        return replace(default, ebgp_paths=AsPaths.SAME_LENGTH, ibgp_paths=AsPaths.SAME_LENGTH)

    def router(self, name: str, asn: int, router_id: IPv4Address) -> Router:
        pool = _VPC if name in GATEWAYS else _SITE
        prefixes = [one for one in pool if self.chance(0.6)] or [pool[0]]
        if self.has_nothing(name):
            prefixes = []
        return Router(
            name=name,
            asn=asn,
            rules=self.rules(),
            router_id=router_id,
            originates=tuple(self.origination(one) for one in prefixes),
        )

    def has_nothing(self, router: str) -> bool:
        """Whether a router puts nothing into BGP, so that its table may be empty."""
        return self.relay is not None and router in {CUSTOMERS[1], CUSTOMERS[3]}

    def origination(self, prefix: IPv4Network) -> Origination:
        if self.relay is not None and self.chance(0.7):
            return Origination(prefix=prefix)
        return Origination(
            prefix=prefix,
            origin=self.random.choice((Origin.IGP,) * 6 + (Origin.EGP, Origin.INCOMPLETE)),
            med=self.random.choice((None, None, None, 10, 20)),
            policy=self.own_policy(),
        )

    def session(self, number: int, pair: tuple[str, str], *, internal: bool) -> Session:
        low, high = net_of(self.place, number).hosts()
        addresses = (low, high) if self.chance(0.5) else (high, low)
        own_as = 1 if not internal and self.chance(0.1) else 0
        reflector = None
        if internal and self.relay is not None:
            reflector = next((i for i, name in enumerate(pair) if name == self.relay), None)
        elif internal and self.chance(0.6):
            reflector = self.random.choice((0, 1))
        originates = None
        if self.takes_default_originate and self.chance(0.2):
            originates = self.random.choice((0, 1))
        ends = tuple(
            SessionEnd(
                router=name,
                address=address,
                imports=self.policy(),
                exports=self.policy(),
                accepts=not self.chance(0.03),
                announces=originates == i or not self.chance(0.03),
                default_originate=self.default() if originates == i else None,
                next_hop_self=internal and (self.resolves or self.chance(0.6)),
                allow_own_as=own_as,
                is_client=reflector == i,
            )
            for i, (name, address) in enumerate(zip(pair, addresses, strict=True))
        )
        return Session(name=f"s{number}", ends=(ends[0], ends[1]))

    def own_policy(self) -> Policy:
        """Sometimes with a longer path, so that being the router's own decides before its length."""
        policy = self.policy(self.random.choice((0, 0, 0, 0, 2)))
        if PLATFORMS[self.platform].takes(Step.WEIGHT):
            return policy
        # Two protocols of one preference are ordered by chance (BIRD's rte_better).
        return Policy(
            terms=tuple(
                replace(term, changes=replace(term.changes, weight=None)) for term in policy.terms
            )
        )

    def default(self) -> Policy:
        """For a default route that is made for a neighbour: it has no conditions.

        An FRR's holds where its table has a route, and a router's table may be empty.
        """
        if not self.chance(0.5):
            return Policy()
        return Policy(terms=(Term(changes=self.changes()),))

    def policy(self, prepend: int = 0) -> Policy:
        """Terms; with ``prepend``, one that lengthens every path in front of them."""
        terms = self.random.choice((0, 1, 1, 2)) if self.chance(self.busy) else 0
        longer = Term(changes=Changes(prepend=prepend), disposition=Disposition.NEXT)
        return Policy(terms=(longer,) * bool(prepend) + tuple(self.term() for _ in range(terms)))

    def term(self) -> Term:
        return Term(
            conditions=self.conditions(),
            changes=self.changes(),
            disposition=self.random.choice(
                (Disposition.ACCEPT,) * 4 + (Disposition.NEXT,) * 2 + (Disposition.REJECT,)
            ),
        )

    def conditions(self) -> Conditions:
        prefixes: tuple[PrefixMatch, ...] = ()
        if self.chance(0.35):
            base = self.random.choice(_VPC + _SITE)
            longest = self.random.choice((base.prefixlen, 24, 32))
            prefixes = (
                PrefixMatch(
                    prefix=base, minimum=base.prefixlen, maximum=max(base.prefixlen, longest)
                ),
            )
        communities = (self.random.choice(_COMMUNITIES),) if self.chance(0.2) else ()
        return Conditions(prefixes=prefixes, communities=communities)

    def changes(self) -> Changes:
        communities = _WELL_KNOWN if self.chance(0.1) else _COMMUNITIES
        return Changes(
            weight=self.random.choice(_WEIGHTS) if self.chance(self.heavy) else None,
            local_preference=self.random.choice((100, 200)) if self.chance(0.15) else None,
            med=self.random.choice((0, 10, 20)) if self.chance(0.35) else None,
            prepend=self.random.choice((1, 2)) if self.chance(0.2) else 0,
            add_communities=(self.random.choice(communities),) if self.chance(0.3) else (),
        )
