"""A network as one BIRD a router: its configuration, and what it says it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

from tests.differential.arena import Arena
from tests.differential.generator import Case
from tests.differential.prediction import Held, Key

from samepath.device.bird.policy import filter_lines
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import RibRoute, parse_routes
from samepath.drivers.errors import DaemonUnreachable
from samepath.model.policy import Policy
from samepath.routing.network import Network, Router, Session
from samepath.routing.route import Origin
from samepath.routing.rules import Platform

PLATFORM = Platform.BIRD
_FIB = "fib"
_TABLES = 1000
"""A router's table of the kernel is this and its network's number: Linux has some below for itself."""
_NETWORK_NOT_FOUND = 8001
"""A code of BIRD's ``doc/reply_codes``."""
_ORIGINS = {
    Origin.IGP: "ORIGIN_IGP",
    Origin.EGP: "ORIGIN_EGP",
    Origin.INCOMPLETE: "ORIGIN_INCOMPLETE",
}
_SEEN_ORIGINS = {"IGP": Origin.IGP, "EGP": Origin.EGP, "Incomplete": Origin.INCOMPLETE}


def configuration(network: Network, router: Router, table: int) -> Iterator[str]:
    """The lines of a router's ``bird.conf``; ``table`` is the kernel's that it fills, if any."""
    yield f"router id {router.router_id};"
    yield "log stderr { warning, error, fatal, bug };"
    yield "protocol device { scan time 3600; }"
    yield "protocol static own {"
    yield "ipv4 {"
    yield "import filter {"
    for origination in router.originates:
        yield f"if net = {origination.prefix} then {{"
        yield f"bgp_origin = {_ORIGINS[origination.origin]};"
        if origination.med is not None:
            yield f"bgp_med = {origination.med};"
        yield from filter_lines(origination.policy, router.asn)
        yield "}"
    yield "accept;"
    yield "};"
    yield "};"
    for origination in router.originates:
        yield f"route {origination.prefix} blackhole;"
    yield "}"
    if router.rules.multipath.ebgp != 1:
        yield from _fib(router, table)
    for session in network.sessions_of[router.name]:
        yield from _session(network, router, session)


def _fib(router: Router, table: int) -> Iterator[str]:
    """What merges equal routes: a kernel protocol, with a table of the kernel's to itself."""
    yield f"protocol kernel {_FIB} {{"
    yield f"kernel table {table};"
    yield f"merge paths on limit {router.rules.multipath.ebgp};"
    yield "scan time 3600; learn off;"
    yield "ipv4 { import none; export all; };"
    yield "}"


def _session(network: Network, router: Router, session: Session) -> Iterator[str]:
    end, far = session.end_of(router.name), session.far_from(router.name)
    rules = router.rules
    yield f"protocol bgp {session.name} {{"
    yield f"local {end.address} as {router.asn};"
    yield f"neighbor {far.address} as {network.routers[far.router].asn};"
    yield "direct;"
    yield "strict bind yes;"
    yield "connect delay time 0; connect retry time 1; error wait time 1, 1;"
    if session.ends[0].router == router.name:
        yield "passive yes;"
    yield f"med metric {_switch(rules.always_compare_med)};"
    yield f"deterministic med {_switch(rules.deterministic_med)};"
    yield f"path metric {_switch(not rules.ignore_as_path)};"
    yield f"prefer older {_switch(not rules.compare_router_id)};"
    yield f"default bgp_med {rules.missing_med};"
    yield f"default bgp_local_pref {rules.local_preference};"
    yield f"allow local as {end.allow_own_as};"
    if end.is_client:
        yield "rr client;"
    yield "ipv4 {"
    if end.next_hop_self:
        yield "next hop self;"
    yield from _filter("import", end.imports, router.asn, passes=end.accepts)
    yield from _filter("export", end.exports, router.asn, passes=end.announces)
    yield "};"
    yield "}"


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _filter(direction: str, policy: Policy, asn: int, *, passes: bool) -> Iterator[str]:
    if not passes:
        yield f"{direction} none;"
        return
    yield f"{direction} filter {{"
    yield from filter_lines(policy, asn)
    yield "accept;"
    yield "};"


class _Bird(Bird):
    """One that is asked for what it puts into the kernel's table, too."""

    def together(self) -> dict[IPv4Network, frozenset[object]]:
        """The next hops of each prefix that are used together; none with a kernel protocol left out."""
        routes = parse_routes(self._ask(f"show route all export {_FIB}", but=_NETWORK_NOT_FOUND))
        return {
            route.prefix: frozenset(hop.via for hop in route.next_hops)
            for route in routes
            if isinstance(route.prefix, IPv4Network)
        }


class Birds:
    """The BIRDs of one network."""

    def __init__(self, arena: Arena, case: Case) -> None:
        self._arena, self._case = arena, case
        self._birds = {
            name: _Bird(self._path(name, "ctl")) for name in sorted(case.network.routers)
        }

    def _path(self, router: str, suffix: str) -> Path:
        return self._arena.directory / f"{self._case.number}-{router}.{suffix}"

    def start(self) -> None:
        """Start one BIRD a router."""
        network = self._case.network
        for name, router in network.routers.items():
            file = self._path(name, "conf")
            file.write_text(
                "\n".join(configuration(network, router, _TABLES + self._case.number)) + "\n"
            )
            control = self._path(name, "ctl")
            self._arena.start(name, "bird", "-f", "-c", str(file), "-s", str(control))

    def close(self) -> None:
        """Let go of the control sockets."""
        for bird in self._birds.values():
            bird.close()

    def take_down(self, session: str) -> None:
        """Shut one end of a session."""
        self._one_end(session).disable(session)

    def bring_up(self, session: str) -> None:
        """Let a session that was shut come up again."""
        self._one_end(session).enable(session)

    def _one_end(self, session: str) -> Bird:
        return self._birds[self._case.network.sessions[session].ends[0].router]

    def established(self) -> frozenset[str]:
        """The sessions that both ends call established."""
        ups: list[str] = []
        for bird in self._birds.values():
            try:
                ups += [one.name for one in bird.protocols() if one.info == "Established"]
            except DaemonUnreachable:
                return frozenset()
        return frozenset(name for name in ups if ups.count(name) == 2)

    def view(self) -> dict[Key, frozenset[Held]]:
        """Every route of every router."""
        found: dict[Key, set[Held]] = {}
        for name, bird in self._birds.items():
            merges = self._case.network.routers[name].rules.multipath.ebgp != 1
            together = bird.together() if merges else {}
            for route in bird.routes():
                assert isinstance(route.prefix, IPv4Network)
                held = _held(route)
                if held.next_hop in together.get(route.prefix, ()):
                    held = replace(held, used=True)
                found.setdefault((name, route.prefix), set()).add(held)
        return {key: frozenset(held) for key, held in found.items()}


def _held(route: RibRoute) -> Held:
    if route.protocol == "own":
        return Held(session="", used=route.primary)
    bgp = route.bgp
    assert bgp is not None
    return Held(
        session=route.protocol,
        used=route.primary,
        as_path=tuple(one for one in bgp.as_path if isinstance(one, int)),
        origin=_SEEN_ORIGINS[bgp.origin or ""],
        med=bgp.med,
        local_preference=bgp.local_pref or 0,
        next_hop=bgp.next_hop,  # type: ignore[arg-type]
        communities=frozenset(f"{high}:{low}" for high, low in bgp.communities),
    )
