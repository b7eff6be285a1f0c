"""The BGP tables that ``--observed`` names: who said it, in which form, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from samepath.cli.files import CannotRead, read_text
from samepath.device import bgp_table
from samepath.device.bgp_table import NotABgpTable
from samepath.model.topology import Topology
from samepath.routing.compile import customer_name, gateway_name
from samepath.routing.observation import Observation, Seen

NOBODY: Mapping[str, str] = MappingProxyType({})
"""No devices."""
FORMS = (
    "`show bgp ipv4 unicast json` (FRR), `show ip bgp` (IOS, FRR, Quagga), `show route all` (BIRD)"
)


class WhoseTable(ValueError):
    """A table of which nobody can say whose it is; the text says how to."""


def read(
    given: Iterable[str], topology: Topology, devices: Mapping[str, str] = NOBODY
) -> tuple[Observation, ...]:
    """The tables of ``ROUTER=FILE`` or, where only one customer gateway is there, ``FILE``.

    ``devices`` has the customer gateways by the names of their devices.

    Raises :class:`WhoseTable`, :class:`~samepath.cli.files.CannotRead`.
    """
    found: dict[str, Observation] = {}
    for word in given:
        router, file = _whose(word, topology, devices)
        if router in found:
            raise WhoseTable(f"--observed {word}: there is a table of {router} already")
        found[router] = Observation(router=router, routes=_table(file))
    return tuple(found.values())


def _whose(word: str, topology: Topology, devices: Mapping[str, str]) -> tuple[str, Path]:
    connections = topology.connections.values()
    customers = list(dict.fromkeys(one.customer_gateway for one in connections))
    gateways = list(dict.fromkeys(one.gateway for one in connections))
    routers = [*map(customer_name, customers), *map(gateway_name, gateways)]
    called: dict[str, list[str]] = {router: [router] for router in routers}
    for name, router in zip((*customers, *gateways), routers, strict=True):
        called.setdefault(name, []).append(router)
    for name, customer in devices.items():
        if customer_name(customer) not in called.setdefault(name, []):
            called[name].append(customer_name(customer))
    there = ", ".join(dict.fromkeys((*devices, *customers, *gateways))) or "none"
    name, equals, file = word.partition("=")
    known = called.get(name, []) if equals else []
    if len(known) == 1:
        return known[0], Path(file)
    if known:
        raise WhoseTable(f"--observed {word}: {name} is two; say {' or '.join(known)}")
    if equals and not Path(word).exists():
        raise WhoseTable(
            f"--observed {word}: no gateway with a connection is called {name!r}; "
            f"there are: {there}"
        )
    if len(customers) != 1:
        raise WhoseTable(
            f"--observed {word}: whose table is it? Say NAME={word}, with NAME one of {there}"
        )
    return customer_name(customers[0]), Path(word)


def _table(file: Path) -> tuple[Seen, ...]:
    text = read_text(file)
    try:
        if text.lstrip().startswith("{"):
            return bgp_table.from_frr_json(text)
        if bgp_table.is_ios_text(text):
            return bgp_table.from_ios_text(text)
        return _from_bird(text)
    except NotABgpTable as error:
        raise CannotRead(f"{file} is no BGP table: {error}. It may be that of {FORMS}") from error


_BIRD_ROUTE = re.compile(r"\S*\s+[a-z]+ \[\S+ .*\] .*\(\d+.*\).*")


def _from_bird(text: str) -> tuple[Seen, ...]:
    # The lab's reader of it: whoever has no such table needs nothing of the lab.
    from samepath.drivers.bird_output import Line, Reply, parse_routes  # noqa: PLC0415
    from samepath.drivers.errors import NotUnderstood  # noqa: PLC0415
    from samepath.lab.observed import seen_of  # noqa: PLC0415

    lines = [line for line in text.splitlines() if line.startswith("\t") or _is_head(line)]
    if not any(_BIRD_ROUTE.fullmatch(line) for line in lines):
        raise NotABgpTable("it has no route")
    try:
        routes = parse_routes(Reply(lines=tuple(Line(code=1007, text=line) for line in lines)))
    except NotUnderstood as error:
        raise NotABgpTable(str(error)) from error
    return seen_of(routes)


def _is_head(line: str) -> bool:
    return line.startswith("Table ") or _BIRD_ROUTE.fullmatch(line) is not None
