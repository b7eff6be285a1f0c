"""Reading a FortiGate: its files in, its configuration out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from samepath.device.fortios import network
from samepath.device.fortios.node import Node
from samepath.device.fortios.policies import Policies
from samepath.device.fortios.speakers import speaker
from samepath.device.fortios.tree import Tree
from samepath.device.fortios.tunnels import tunnels
from samepath.device.reading.configuration import Bgp, DeviceConfiguration, StaticRoute
from samepath.device.reading.source import Place, Said, Source
from samepath.device.reading.support import Ledger
from samepath.device.reading.tunnels import Tunnel
from samepath.model.topology import Platform

_TRACES = {
    re.compile(r"^#config-version=", re.MULTILINE): 10,
    re.compile(r"^[ \t]*config (?:router|system|vpn|firewall) \S", re.MULTILINE): 6,
    re.compile(r"^[ \t]*config (?:vdom|global)\s*$", re.MULTILINE): 4,
    re.compile(r"^[ \t]*edit \S", re.MULTILINE): 2,
    re.compile(r"^[ \t]*next\s*$", re.MULTILINE): 2,
}
_RELEASE = re.compile(r"#config-version=[A-Z0-9_]+-v?(\d+(?:\.\d+)*)")


def likeness(text: str) -> int:
    """How much a text looks like a configuration of FortiOS: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of a FortiGate."""
    ledger = Ledger()
    tree = Tree(ledger=ledger)
    release: Said[str] | None = None
    for source in sources:
        tree.read(source.lines())
        release = release or _release(source)
    return _configuration(tree, ledger, release)


def _release(source: Source) -> Said[str] | None:
    """The release that a backup says on its first line, which is a remark."""
    first = source.text.partition("\n")[0]
    found = _RELEASE.match(first)
    if found is None:
        return None
    return Said(value=found[1], place=Place(file=source.name, line=1))


def _configuration(tree: Tree, ledger: Ledger, release: Said[str] | None) -> DeviceConfiguration:
    scopes = tree.scopes()
    tables = [
        (name, table)
        for name, scope in scopes
        if (table := scope.block("system", "interface")) is not None
    ]
    names, zone_of = network.zones(scope for _, scope in scopes)
    bgps: list[Bgp] = []
    routes: list[StaticRoute] = []
    found: list[Tunnel] = []
    own = _joined(tree, tables)
    for name, scope in scopes:
        policies = Policies(scope=scope)
        bgp = speaker(scope, name, policies, own)
        bgps += [] if bgp is None else [bgp]
        policies.close()
        routes += network.static_routes(scope, name)
        here = [*tunnels(scope, name, own)]
        found += here
        network.mark_settings(scope)
        network.mark_policies(scope, [one.interface for one in here], zone_of)
    checks = {name: said for name, scope in scopes if (said := network.checks(scope)) is not None}
    interfaces = tuple(network.interfaces(tables, zone_of, checks))
    tree.root.close()
    return DeviceConfiguration(
        platform=Platform.FORTIOS,
        host_name=_host_name([scope for _, scope in scopes]),
        release=release,
        bgps=tuple(bgps),
        static_routes=tuple(routes),
        interfaces=interfaces,
        tunnels=tuple(found),
        zones=names,
        session_binding=next(filter(None, (network.binding(scope) for _, scope in scopes)), None),
        support=ledger.close(),
    )


def _joined(tree: Tree, tables: list[tuple[str | None, Node]]) -> Node | None:
    """All interfaces as one table: their names are the device's."""
    if not tables:
        return None
    joined = Node(name="interfaces", schema=tables[0][1].schema, ledger=tree.ledger)
    for _, table in tables:
        joined.entries |= table.entries
    return joined


def _host_name(scopes: list[Node]) -> Said[str] | None:
    for scope in scopes:
        settings = scope.block("system", "global")
        said = None if settings is None else settings.text("hostname")
        if said is not None:
            return said
    return None
