"""What ``samepath device`` shows of a configuration, as lines that are not printed yet.

What the device is comes first, then what decides the way of packets, then what was not understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from samepath.cli.check.words import counted
from samepath.cli.device import words
from samepath.device.readers import title
from samepath.device.reading.configuration import Bgp, DeviceConfiguration, Knobs, Neighbour
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import Remark, State
from samepath.model.problems import printable
from samepath.routing.compile import RULES_OF

STYLES = {State.NOT_MODELLED: "yellow", State.UNKNOWN: "red", State.CONTRADICTORY: "red"}
_KNOBS = {
    "always_compare_med": "MEDs of different neighbour ASes are compared",
    "deterministic_med": "MEDs are compared in order of the neighbour AS",
    "missing_med_as_worst": "a missing MED is the worst",
    "compare_router_id": "of equal routes the lowest router id counts, not the oldest",
    "ignore_as_path": "the length of paths is ignored",
    "multipath_relax": "equal routes are used together whatever their AS paths",
    "maximum_paths": "equal eBGP routes that are used together",
    "maximum_paths_ibgp": "equal iBGP routes that are used together",
    "local_preference": "local preference of a route that has none",
    "requires_policy": "a session without a policy exchanges nothing (RFC 8212)",
}


def lines(found: DeviceConfiguration, name: str) -> Iterator[Text]:
    """All of it. ``name`` is what the device is called here, its file or its files."""
    files = {remark.place.file for remark in found.support.remarks}
    yield from _Page(found=found, spells_file=len(files) > 1).lines(name)


def headline(found: DeviceConfiguration, name: str) -> Text:
    """The device in a sentence."""
    release = f" {found.release.value}" if found.release is not None else ""
    parts = [f"{title(found.platform)}{release}"]
    if found.host_name is not None:
        parts.append(f"calls itself {found.host_name.value}")
    parts += [
        words.as_number(bgp.asn.value) + (f" ({bgp.vrf})" if bgp.vrf else "") for bgp in found.bgps
    ]
    neighbours = sum(len(bgp.neighbours) for bgp in found.bgps)
    parts.append(counted(neighbours, "neighbour"))
    if found.tunnels:
        parts.append(counted(len(found.tunnels), "tunnel"))
    doubts = len(found.support.doubts())
    parts.append(f"{counted(doubts, 'line')} not understood" if doubts else "all lines understood")
    return Text(printable(f"{name}: {', '.join(parts)}"), style="bold")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    """A configuration on its way to lines; where it has one file, places are told by their line."""

    found: DeviceConfiguration
    spells_file: bool

    def lines(self, name: str) -> Iterator[Text]:
        found = self.found
        yield headline(found, name)
        for bgp in found.bgps:
            yield from self._bgp(bgp)
        yield from self._tunnels()
        if found.static_routes:
            yield from _section("Static routes")
            for route in found.static_routes:
                yield self._at(f"  {words.static_route(route)}", route.place)
        yield from self._firewall()
        yield from self._support()

    def _at(self, text: str, place: Place) -> Text:
        where = str(place) if self.spells_file else f"line {place.line}"
        return Text(printable(text)).append(f"  {where}", style="dim")

    def _bgp(self, bgp: Bgp) -> Iterator[Text]:
        table = f" in {bgp.vrf}" if bgp.vrf is not None else ""
        router_id = f", router id {bgp.router_id.value}" if bgp.router_id is not None else ""
        yield from _section(f"BGP{table}, {words.as_number(bgp.asn.value)}{router_id}")
        for neighbour in bgp.neighbours:
            yield from self._neighbour(bgp, neighbour)
        for one in (*bgp.networks, *bgp.aggregates):
            yield self._at(f"  announces {words.announced(one)}", one.place)
        for each in bgp.redistributions:
            through = f", through {each.policy.name}" if each.policy is not None else ""
            yield self._at(f"  announces routes of {each.source}{through}", each.place)
        yield from self._knobs(bgp.knobs)

    def _neighbour(self, bgp: Bgp, one: Neighbour) -> Iterator[Text]:
        yield self._at(f"  {one.address}: {words.neighbour(one)}", one.place)
        closed = self._is_closed_without_policy(bgp, one)
        yield from self._policy("takes", one.imports, closed=closed)
        yield from self._policy("announces", one.exports, closed=closed)
        if one.default_originate is not None:
            policy = one.default_originate.policy
            through = f", through {policy.name}" if policy is not None else ""
            text = f"    announces 0.0.0.0/0 past the policy above{through}"
            yield self._at(text, one.default_originate.place)

    def _is_closed_without_policy(self, bgp: Bgp, one: Neighbour) -> bool:
        """Whether the session exchanges nothing in a direction that has no policy (RFC 8212)."""
        remote = one.remote_as.value if one.remote_as is not None else None
        if remote in {"internal", bgp.asn.value}:
            return False
        said = bgp.knobs.requires_policy
        return said.value if said is not None else RULES_OF[self.found.platform].needs_policy

    def _policy(self, what: str, applied: AppliedPolicy | None, *, closed: bool) -> Iterator[Text]:
        if applied is None:
            all_or_nothing = "nothing: there is no policy (RFC 8212)" if closed else "every route"
            yield Text(f"    {what} {all_or_nothing}")
            return
        first, *more = [*words.policy(applied)] or ["every route: accept"]
        yield self._at(f"    {what} by {applied.name}: {first}", applied.place)
        yield from (Text(f"      {line}") for line in more)

    def _knobs(self, knobs: Knobs) -> Iterator[Text]:
        for name, text in _KNOBS.items():
            said: Said[object] | None = getattr(knobs, name)
            if said is not None:
                value = (
                    {True: "yes", False: "no"}[said.value]
                    if isinstance(said.value, bool)
                    else said.value
                )
                yield self._at(f"  {text}: {value}", said.place)

    def _tunnels(self) -> Iterator[Text]:
        if self.found.tunnels:
            yield from _section("Tunnels")
        for tunnel in self.found.tunnels:
            first, *more = words.tunnel(tunnel)
            yield self._at(f"  {tunnel.interface}: {first}", tunnel.place)
            yield from (Text(f"    {line}") for line in more)

    def _firewall(self) -> Iterator[Text]:
        checked = [
            one
            for one in self.found.interfaces
            if one.reverse_path is not None or one.zone is not None
        ]
        binding = self.found.session_binding
        if checked or binding is not None:
            yield from _section("Zones and checks of sources")
        if binding is not None:
            yield self._at(f"  sessions: {binding.value.value}", binding.place)
        for one in checked:
            parts = [f"zone {one.zone.value}"] if one.zone is not None else []
            if one.reverse_path is not None:
                parts.append(f"reverse path {one.reverse_path.value.value}")
            yield self._at(f"  {one.name}: {', '.join(parts)}", one.place)

    def _support(self) -> Iterator[Text]:
        support = self.found.support
        yield from _section("Lines")
        told = ", ".join(f"{number} {state.value}" for state, number in support.counts().items())
        outside = f"; {support.outside} in blocks that are not read" if support.outside else ""
        yield Text(f"  {told}{outside}")
        for remark in support.doubts():
            yield from _remark(remark)


def _section(text: str) -> Iterator[Text]:
    yield Text()
    yield Text(text, style="bold")


def _remark(remark: Remark) -> Iterator[Text]:
    mark = remark.mark
    line = Text(f"  {remark.place}: ").append(mark.state.value, style=STYLES[mark.state])
    yield line.append(f": {remark.text}")
    yield Text(f"    {remark.reason}")
    if mark.parts:
        parts = ", ".join(sorted(part.value for part in mark.parts))
        yield Text(f"    could change {parts}", style="dim")
