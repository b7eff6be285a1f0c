"""A network as one FRR a router: its configuration, and what it says it holds.

Only bgpd runs: without zebra it takes every next hop for reachable, at no cost.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from tests.differential.arena import Arena
from tests.differential.generator import Case
from tests.differential.prediction import Held, Key

from samepath.device.ios_family.writing.words import pattern, set_lines
from samepath.model.policy import Disposition, Policy
from samepath.routing.network import Network, Router, Session
from samepath.routing.platforms import FRR
from samepath.routing.route import Origin
from samepath.routing.rules import WORST_MED, AsPaths, Platform, Rules

PLATFORM = Platform.FRR
BGPD = "/usr/lib/frr/bgpd"
ANSWER_LIMIT = 10.0
_LAST = 65535
"""The number of a route map's last clause."""


def configuration(network: Network, router: Router) -> Iterator[str]:
    """The lines of a router's ``bgpd.conf``: its own prefixes, its sessions, their policies."""
    for origination in router.originates:
        name = f"own-{_word(origination.prefix)}"
        yield f"route-map {name} permit 1"
        yield f"set origin {_ORIGINS[origination.origin]}"
        if origination.med is not None:
            yield f"set metric {origination.med}"
        yield "on-match next"
        yield from _route_map(name, origination.policy, router.asn, passes=True)
    for session in network.sessions_of[router.name]:
        end = session.end_of(router.name)
        yield from _route_map(f"{session.name}-in", end.imports, router.asn, passes=end.accepts)
        yield from _route_map(f"{session.name}-out", end.exports, router.asn, passes=end.announces)
        if end.default_originate is not None and end.default_originate.terms:
            yield from _route_map(
                f"{session.name}-default", end.default_originate, router.asn, passes=True
            )
    yield f"router bgp {router.asn}"
    yield f"bgp router-id {router.router_id}"
    yield "no bgp ebgp-requires-policy"
    yield "no bgp network import-check"
    yield "coalesce-time 0"
    yield from _knobs(router.rules)
    for session in network.sessions_of[router.name]:
        yield from _neighbor(network, router, session)
    yield "address-family ipv4 unicast"
    yield from _multipath(router.rules)
    for origination in router.originates:
        yield f"network {origination.prefix} route-map own-{_word(origination.prefix)}"
    for session in network.sessions_of[router.name]:
        yield from _neighbor_family(router, session)
    yield "exit-address-family"


_ORIGINS = {Origin.IGP: "igp", Origin.EGP: "egp", Origin.INCOMPLETE: "incomplete"}
_SEEN_ORIGINS = {"IGP": Origin.IGP, "EGP": Origin.EGP, "incomplete": Origin.INCOMPLETE}


def _word(prefix: IPv4Network) -> str:
    return str(prefix).replace("/", "-")


def _knobs(rules: Rules) -> Iterator[str]:
    """What differs from the defaults: these are compared by saying nothing of them."""
    if rules.local_preference != FRR.local_preference:
        yield f"bgp default local-preference {rules.local_preference}"
    knobs = {
        "bgp always-compare-med": rules.always_compare_med,
        "bgp deterministic-med": rules.deterministic_med,
        "bgp bestpath med missing-as-worst": rules.missing_med == WORST_MED,
        "bgp bestpath as-path ignore": rules.ignore_as_path,
        "bgp bestpath compare-routerid": rules.compare_router_id,
        "bgp bestpath as-path multipath-relax": rules.multipath.ebgp_paths is AsPaths.SAME_LENGTH,
    }
    yield from (words for words, on in knobs.items() if on)


def _multipath(rules: Rules) -> Iterator[str]:
    if rules.multipath.ebgp != FRR.multipath.ebgp:
        yield f"maximum-paths {rules.multipath.ebgp}"
    if rules.multipath.ibgp != FRR.multipath.ibgp:
        yield f"maximum-paths ibgp {rules.multipath.ibgp}"


def _neighbor(network: Network, router: Router, session: Session) -> Iterator[str]:
    end, far = session.end_of(router.name), session.far_from(router.name)
    neighbor = f"neighbor {far.address}"
    yield f"{neighbor} remote-as {network.routers[far.router].asn}"
    yield f"{neighbor} update-source {end.address}"
    yield f"{neighbor} disable-connected-check"
    yield f"{neighbor} advertisement-interval 0"
    yield f"{neighbor} timers connect 1"
    if session.ends[0].router == router.name:
        yield f"{neighbor} passive"


def _neighbor_family(router: Router, session: Session) -> Iterator[str]:
    end, far = session.end_of(router.name), session.far_from(router.name)
    neighbor = f"neighbor {far.address}"
    yield f"{neighbor} route-map {session.name}-in in"
    yield f"{neighbor} route-map {session.name}-out out"
    if end.default_originate is not None:
        # With a route map FRR makes the route only while the map permits something of its table.
        policy = f" route-map {session.name}-default" if end.default_originate.terms else ""
        yield f"{neighbor} default-originate{policy}"
    if end.allow_own_as:
        yield f"{neighbor} allowas-in {end.allow_own_as}"
    if end.next_hop_self:
        yield f"{neighbor} next-hop-self force"
    if end.is_client:
        yield f"{neighbor} route-reflector-client"


def _route_map(name: str, policy: Policy, asn: int, *, passes: bool) -> Iterator[str]:
    """The clauses of a policy, each with the lists that it names in front of it."""
    if not passes:
        yield f"route-map {name} deny 2"
        return
    for number, term in enumerate(policy.terms, start=2):
        lists = f"{name}-{number}"
        for match in term.conditions.prefixes:
            yield f"ip prefix-list {lists} permit {pattern(match)}"
        for community in term.conditions.communities:
            yield f"bgp community-list standard {lists} permit {community}"
        verb = "deny" if term.disposition is Disposition.REJECT else "permit"
        yield f"route-map {name} {verb} {number}"
        if term.conditions.prefixes:
            yield f"match ip address prefix-list {lists}"
        if term.conditions.communities:
            yield f"match community {lists}"
        yield from (f" {line}" for line in set_lines(term.changes, asn).values())
        if term.disposition is Disposition.NEXT:
            yield "on-match next"
    yield f"route-map {name} permit {_LAST}"


class _Vty:
    """bgpd's own socket, as ``vtysh`` speaks to it: a line and a zero byte, an answer and four."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def ask(self, command: str) -> str:
        """The answer to a command. OSError while nobody listens; a refusal fails the test."""
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX)
            made.settimeout(ANSWER_LIMIT)
            try:
                made.connect(str(self._path))
            except OSError:
                made.close()
                raise
            self._socket = made
            self.ask("enable")
        self._socket.sendall(command.encode() + b"\0")
        answer = b""
        while answer[-4:-1] != b"\0\0\0":
            received = self._socket.recv(1 << 16)
            assert received, f"bgpd has closed {self._path}"
            answer += received
        assert answer[-1] == 0, f"bgpd refuses {command!r}: {answer[:-4].decode()}"
        return answer[:-4].decode()


def _with_var_tmp(directory: Path) -> tuple[str, ...]:
    """The start of a command that takes ``directory`` for /var/tmp.

    FRR keeps its log buffers below /var/tmp/frr, no option moves them, and killed it leaves them.
    """
    mount = 'mount --bind "$0" /var/tmp && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", mount, str(directory))


class Frrs:
    """The bgpds of one network."""

    def __init__(self, arena: Arena, case: Case) -> None:
        self._arena, self._case = arena, case
        self._vtys = {
            name: _Vty(self._directory(name) / "bgpd.vty") for name in sorted(case.network.routers)
        }
        self._of_address = {
            (end.router, far.address): session.name
            for session in case.network.sessions.values()
            for end in session.ends
            for far in (session.far_from(end.router),)
        }

    def _directory(self, router: str) -> Path:
        return self._arena.directory / f"{self._case.number}-{router}"

    def start(self) -> None:
        """Start one bgpd a router."""
        network = self._case.network
        for name, router in network.routers.items():
            directory = self._directory(name)
            directory.mkdir()
            file = directory / "bgpd.conf"
            file.write_text("\n".join(configuration(network, router)) + "\n")
            listen = [
                word
                for session in network.sessions_of[name]
                for word in ("-l", str(session.end_of(name).address))
            ]
            self._arena.start(
                name,
                *_with_var_tmp(directory),
                *(BGPD, "-Z", "-n", "-S", "-P", "0", "-f", str(file), *listen),
                *("--vty_socket", str(directory), "-i", str(directory / "pid")),
            )

    def close(self) -> None:
        """Let go of the sockets."""
        for vty in self._vtys.values():
            vty.close()

    def take_down(self, session: str) -> None:
        """Shut one end of a session."""
        self._switch(session, "")

    def bring_up(self, session: str) -> None:
        """Let a session that was shut come up again."""
        self._switch(session, "no ")

    def _switch(self, session: str, no: str) -> None:
        end, far = self._case.network.sessions[session].ends
        vty = self._vtys[end.router]
        vty.ask("configure terminal")
        vty.ask(f"router bgp {self._case.network.routers[end.router].asn}")
        vty.ask(f"{no}neighbor {far.address} shutdown")
        vty.ask("end")

    def established(self) -> frozenset[str]:
        """The sessions that both ends call established."""
        ups: list[str] = []
        for name, vty in self._vtys.items():
            try:
                told = json.loads(vty.ask("show bgp ipv4 unicast summary json"))
            except (FileNotFoundError, ConnectionRefusedError):
                return frozenset()
            ups += [
                self._of_address[name, IPv4Address(address)]
                for address, peer in told.get("peers", {}).items()
                if peer["state"] == "Established"
            ]
        return frozenset(name for name in ups if ups.count(name) == 2)

    def view(self) -> dict[Key, frozenset[Held]]:
        """Every route of every router."""
        found: dict[Key, frozenset[Held]] = {}
        for name, vty in self._vtys.items():
            told = json.loads(vty.ask("show bgp ipv4 unicast json detail") or "{}")
            for prefix, paths in told.get("routes", {}).items():
                # The first one says what holds for all of them.
                found[name, IPv4Network(prefix)] = frozenset(
                    self._held(self._case.network.routers[name], path) for path in paths[1:]
                )
        return found

    def _held(self, router: Router, path: dict[str, Any]) -> Held:
        used = "overall" in path.get("bestpath", {}) or path.get("multipath", False)
        peer = path["peer"]["peerId"]
        if peer == "0.0.0.0":
            return Held(session="", used=used)
        (hop,) = path["nexthops"]
        return Held(
            session=self._of_address[router.name, IPv4Address(peer)],
            used=used,
            as_path=tuple(
                number for segment in path["aspath"]["segments"] for number in segment["list"]
            ),
            origin=_SEEN_ORIGINS[path["origin"]],
            med=path.get("metric"),
            local_preference=path.get("locPrf", router.rules.local_preference),
            next_hop=IPv4Address(hop["ip"]),
            communities=frozenset(
                _community(one) for one in path.get("community", {}).get("list", ())
            ),
        )


_WELL_KNOWN = {"noExport": "65535:65281", "noAdvertise": "65535:65282"}


def _community(text: str) -> str:
    return _WELL_KNOWN.get(text, text)
