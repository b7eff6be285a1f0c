"""A kernel in memory, as strict as the real one, and a bench on which both are tried alike.

The fake knows what is there and refuses what Linux refuses: an address on a device that is not
there, a gateway that no address reaches, a ruleset that cannot be read. It shows its state by
``repr``.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2s
from ipaddress import IPv4Address, IPv4Interface
from typing import assert_never

from tests.drivers.daemons.worlds import ip, until
from tests.packet.own import own

from samepath.drivers.kernel import Kernel, KernelRefused, LiveKernel, NextHop
from samepath.drivers.rulesets import DIGEST_OF_OTHER
from samepath.linux.objects import (
    MAIN_TABLE,
    Address,
    BirdConfig,
    Bridge,
    ConfigFile,
    Daemon,
    End,
    FrrConfig,
    IkeConfig,
    MarkRule,
    MovingAddress,
    Namespace,
    Object,
    ReceiveBuffer,
    Route,
    Ruleset,
    SecretFile,
    Shaper,
    Sysctl,
    Tun,
    Veth,
)

SYSCTLS = {"net.ipv4.ip_forward": "0", "net.ipv4.conf.all.rp_filter": "0"}
"""Those that the fake knows, and what they are in a new namespace of ours."""

_COUNTER = re.compile(r"counter (\w+) \{")


@dataclass(kw_only=True, slots=True)
class Link:
    """An interface. ``of`` is the object that it belongs to; None for a stranger's."""

    of: Veth | Bridge | Tun | None
    kind: str
    mtu: int = 1500
    peer: End | None = None
    master: str | None = None
    shaper: Shaper | None = None


@dataclass(slots=True)
class Net:
    """What is in one namespace."""

    links: dict[str, Link] = field(default_factory=dict)
    addresses: set[Address] = field(default_factory=set)
    routes: dict[tuple[str, int], Route] = field(default_factory=dict)
    rules: dict[int, MarkRule] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=lambda: dict(SYSCTLS))
    rulesets: dict[str, Ruleset] = field(default_factory=dict)
    neighbours: dict[tuple[str, IPv4Address], str] = field(default_factory=dict)


class FakeKernel(Kernel):
    """A kernel in memory."""

    def __init__(self) -> None:
        self._nets: dict[str, Net] = {}

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {net}" for name, net in sorted(self._nets.items()))

    def close(self) -> None:
        return

    # --- look ------------------------------------------------------------------------------------

    def namespaces(self) -> frozenset[str]:
        return frozenset(self._nets)

    def observe(self, namespaces: Collection[str], wanted: Collection[Object]) -> frozenset[Object]:
        found: set[Object] = set()
        for name in set(namespaces) & set(self._nets):
            found.add(Namespace(name=name))
            found |= self._seen(name, self._nets[name], wanted)
        return frozenset(found)

    @staticmethod
    def _seen(name: str, net: Net, wanted: Collection[Object]) -> set[Object]:
        found: set[Object] = {*net.routes.values(), *net.rules.values()}
        found |= {item for item in net.addresses if net.links[item.device].of is not None}
        for called, link in net.links.items():
            if link.shaper is not None:
                found.add(link.shaper)
            match link.of:
                case Bridge():
                    ports = sorted(n for n, other in net.links.items() if other.master == called)
                    found.add(Bridge(namespace=name, name=called, ports=tuple(ports)))
                case Veth() | Tun() as whole:
                    found.add(whole)
                case None:
                    continue
        for item in net.rulesets.values():
            other = Ruleset(namespace=name, table=item.table, text=DIGEST_OF_OTHER)
            found.add(item if item in wanted else other)
        for one in wanted:
            if isinstance(one, Sysctl) and one.namespace == name:
                value = net.sysctls.get(one.name, "")
                found.add(Sysctl(namespace=name, name=one.name, value=value))
            if isinstance(one, MovingAddress) and one.namespace == name:
                there = {item for item in found if isinstance(item, Address)}
                if any(item.device == one.device for item in there):
                    found -= {item for item in there if item.interface == one.interface}
                    found.add(one)
        return found

    def lookup(self, namespace: str, destination: IPv4Address) -> NextHop | None:
        net = self._nets.get(namespace, Net())
        ways = [
            (item.interface.network, NextHop(device=item.device, via=None))
            for item in net.addresses
        ]
        ways += [
            (route.destination, NextHop(device=route.device, via=route.via))
            for route in net.routes.values()
            if route.table == MAIN_TABLE
        ]
        fitting = [(network.prefixlen, hop) for network, hop in ways if destination in network]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None

    def has_address(self, namespace: str, device: str, address: IPv4Address) -> bool:
        net = self._nets.get(namespace, Net())
        return any((one.device, one.interface.ip) == (device, address) for one in net.addresses)

    def mac_address(self, namespace: str, device: str) -> str | None:
        net = self._nets.get(namespace, Net())
        mark = blake2s(f"{namespace} {device}".encode(), digest_size=5).hexdigest()
        return "02:" + ":".join(re.findall("..", mark)) if device in net.links else None

    def neighbour(self, namespace: str, device: str, address: IPv4Address) -> str | None:
        net = self._nets.get(namespace, Net())
        return net.neighbours.get((device, address))

    def has_tun(self, namespace: str, name: str) -> bool:
        link = self._nets.get(namespace, Net()).links.get(name)
        return link is not None and link.kind == "tun"

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        net = self._nets.get(namespace)
        item = net.rulesets.get(table) if net else None
        return dict.fromkeys(_COUNTER.findall(item.text), (0, 0)) if item else {}

    # --- change ----------------------------------------------------------------------------------

    def create(self, item: Object) -> None:
        self._make("create", item)

    def change(self, item: Object) -> None:
        self._make("change", item)

    def _make(self, operation: str, item: Object) -> None:
        def need(true: object, reason: str) -> None:
            if not true:
                raise KernelRefused(operation, item, reason)

        match item:
            case Namespace():
                self._nets.setdefault(item.name, Net())
            case Veth():
                for end in item.ends:
                    need(end.namespace in self._nets, "No such file or directory")
                for end in item.ends:
                    self._unplug(end.namespace, end.name)
                for end, other in zip(item.ends, item.ends[::-1], strict=True):
                    self._nets[end.namespace].links[end.name] = Link(
                        of=item, kind="veth", mtu=item.mtu, peer=other
                    )
            case Bridge():
                net = self._net(item.namespace, need)
                known = net.links.setdefault(item.name, Link(of=item, kind="bridge"))
                need(known.kind == "bridge", "Operation not supported")
                known.of = item
                for name, link in net.links.items():
                    if name in item.ports:
                        link.master = item.name
                    elif link.master == item.name:
                        link.master = None
            case Tun():
                self._make_tun(item, need)
            case Address() | MovingAddress():
                net = self._net(item.namespace, need)
                need(item.device in net.links, "there is no interface")
                net.addresses |= {item} if isinstance(item, Address) else set()
            case Route():
                self._make_route(item, need)
            case MarkRule():
                self._net(item.namespace, need).rules[item.mark] = item
            case Sysctl():
                net = self._net(item.namespace, need)
                need(item.name in net.sysctls, "No such file or directory")
                net.sysctls[item.name] = item.value
            case Ruleset():
                net = self._net(item.namespace, need)
                need(item.text.count("{") == item.text.count("}"), "syntax error")
                chains, jumps = (re.findall(rf"{w} (\w+)", item.text) for w in ("chain", "jump"))
                need(set(jumps) <= set(chains), "No such file")
                net.rulesets[item.table] = item
            case Shaper():
                net = self._net(item.namespace, need)
                need(item.device in net.links, "Cannot find device")
                net.links[item.device].shaper = item
            case (
                ConfigFile()
                | SecretFile()
                | Daemon()
                | ReceiveBuffer()
                | IkeConfig()
                | BirdConfig()
                | FrrConfig()
            ):
                raise NotImplementedError(type(item).__name__)
            case _:
                assert_never(item)

    def _net(self, namespace: str, need: Callable[[object, str], None]) -> Net:
        need(namespace in self._nets, "No such file or directory")
        return self._nets[namespace]

    def _make_route(self, item: Route, need: Callable[[object, str], None]) -> None:
        net = self._net(item.namespace, need)
        need(item.device in net.links, "there is no interface")
        reached = {a.interface.network for a in net.addresses if a.device == item.device}
        direct = item.via is None or item.onlink
        need(direct or any(item.via in network for network in reached), "Network is unreachable")
        net.routes[str(item.destination), item.table] = item

    def _make_tun(self, item: Tun, need: Callable[[object, str], None]) -> None:
        net, origin = self._net(item.namespace, need), self._net(item.origin, need)
        made = origin.links.get(item.made_as)
        if made is not None and made.kind == "tun":
            net.links[item.name] = origin.links.pop(item.made_as)
        origin.links.setdefault(item.made_as, Link(of=None, kind="bridge"))
        there = net.links.get(item.name)
        need(there is not None and there.kind == "tun", "there is no interface")
        if there is not None:
            there.of, there.mtu = item, item.mtu

    def delete(self, item: Object) -> None:
        match item:
            case Namespace():
                net = self._nets.get(item.name, Net())
                for name in tuple(net.links):
                    self._unplug(item.name, name)
                self._nets.pop(item.name, None)
            case Veth():
                for end in item.ends:
                    self._unplug(end.namespace, end.name)
            case Bridge() | Tun():
                self._unplug(item.namespace, item.name)
            case Address():
                self._nets.get(item.namespace, Net()).addresses.discard(item)
            case MovingAddress():
                return
            case Route():
                self._nets.get(item.namespace, Net()).routes.pop(
                    (str(item.destination), item.table), None
                )
            case MarkRule():
                self._nets.get(item.namespace, Net()).rules.pop(item.mark, None)
            case Sysctl():
                return
            case Ruleset():
                self._nets.get(item.namespace, Net()).rulesets.pop(item.table, None)
            case Shaper():
                link = self._nets.get(item.namespace, Net()).links.get(item.device)
                if link is not None:
                    link.shaper = None
            case (
                ConfigFile()
                | SecretFile()
                | Daemon()
                | ReceiveBuffer()
                | IkeConfig()
                | BirdConfig()
                | FrrConfig()
            ):
                raise NotImplementedError(type(item).__name__)
            case _:
                assert_never(item)

    def clear_placeholder(self, namespace: str, name: str) -> None:
        self._unplug(namespace, name)

    def _unplug(self, namespace: str, name: str) -> None:
        """An interface goes, with all that stands on it, and its peer."""
        net = self._nets.get(namespace)
        if net is None or name not in net.links:
            return
        link = net.links.pop(name)
        net.addresses = {item for item in net.addresses if item.device != name}
        net.routes = {key: route for key, route in net.routes.items() if route.device != name}
        for other in net.links.values():
            if other.master == name:
                other.master = None
        if link.peer is not None:
            self._unplug(link.peer.namespace, link.peer.name)

    # --- by somebody else's hand -----------------------------------------------------------------

    def meet(self, namespace: str, device: str, address: IPv4Address, mac: str) -> None:
        """A machine of the LAN tells who has an address."""
        self._nets[namespace].neighbours[device, address] = mac

    def plug(self, namespace: str, name: str, kind: str) -> None:
        """An interface that somebody else makes."""
        self._nets[namespace].links[name] = Link(of=None, kind=kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """A kernel with two namespaces, and a stranger's hands in them."""

    kernel: Kernel
    a: str
    b: str
    open_tun: Callable[[str, str], None]
    """A daemon in a namespace makes a TUN device by a name."""
    plug: Callable[[str, str, IPv4Interface], None]
    """Somebody makes an interface with an address that is none of ours."""
    meet: Callable[[str, str, IPv4Address, str], None]
    """A machine on an interface's LAN tells the MAC address of an address."""

    def seen(self, *wanted: Object) -> frozenset[Object]:
        """What is there but for the two namespaces."""
        found = self.kernel.observe([self.a, self.b], wanted)
        return found - {Namespace(name=self.a), Namespace(name=self.b)}

    def wait_seen(self, *expected: Object) -> None:
        """The kernel takes a namespace's interfaces away a moment after the namespace."""
        until(lambda: self.seen(*expected) == frozenset(expected))


@contextmanager
def fake() -> Iterator[Bench]:
    kernel = FakeKernel()

    def plug(namespace: str, name: str, interface: IPv4Interface) -> None:
        kernel.plug(namespace, name, "bridge")
        kernel.create(Address(namespace=namespace, device=name, interface=interface))

    yield _prepared(
        kernel, lambda namespace, name: kernel.plug(namespace, name, "tun"), plug, kernel.meet
    )


@contextmanager
def live() -> Iterator[Bench]:
    def open_tun(namespace: str, name: str) -> None:
        ip("-n", namespace, "tuntap", "add", "mode", "tun", "name", name)

    def plug(namespace: str, name: str, interface: IPv4Interface) -> None:
        ip("-n", namespace, "link", "add", "name", name, "up", "type", "bridge")
        ip("-n", namespace, "address", "add", str(interface), "dev", name)

    def meet(namespace: str, device: str, address: IPv4Address, mac: str) -> None:
        ip("-n", namespace, "neighbour", "replace", str(address), "lladdr", mac, "dev", device)

    bench = _prepared(LiveKernel(), open_tun, plug, meet)
    try:
        yield bench
    finally:
        for name in (bench.a, bench.b):
            bench.kernel.delete(Namespace(name=name))
        bench.kernel.close()


def _prepared(
    kernel: Kernel,
    open_tun: Callable[[str, str], None],
    plug: Callable[[str, str, IPv4Interface], None],
    meet: Callable[[str, str, IPv4Address, str], None],
) -> Bench:
    mark = own(secrets.token_hex(3))
    bench = Bench(
        kernel=kernel,
        a=f"sp-{mark}-a",
        b=f"sp-{mark}-b",
        open_tun=open_tun,
        plug=plug,
        meet=meet,
    )
    for name in (bench.a, bench.b):
        kernel.create(Namespace(name=name))
    return bench
