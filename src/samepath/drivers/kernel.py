"""The kernel's part of a world: namespaces, links, addresses, routes, sysctls and rulesets.

A netlink socket is opened inside each namespace and kept, those used last of a limited number.
Interfaces of ours carry an
alias (``ip link`` shows it) that says which object they are, so that an observation needs no
guessing and never takes somebody else's interface for one of ours.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, Protocol

from pyroute2 import IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from samepath.drivers import rulesets, shaping
from samepath.drivers.errors import DriverError
from samepath.drivers.inside import NETNS, in_namespace, is_namespace, refusal, run_inside
from samepath.drivers.netlink import Sockets
from samepath.linux.objects import (
    ROUTE_PROTOCOL,
    Address,
    Bridge,
    End,
    MarkRule,
    MovingAddress,
    Namespace,
    Object,
    Route,
    Ruleset,
    Shaper,
    Sysctl,
    Tun,
    Veth,
)

ALIAS = "samepath"
_ANY_SCOPE = 255
"""RT_SCOPE_NOWHERE: which route is meant does not depend on its scope. Without it the kernel looks
for a gateway's, and finds no route to a device."""


class KernelRefused(DriverError):
    """The kernel (or nft) said no to one operation on one object."""

    def __init__(self, operation: str, item: object, reason: str) -> None:
        super().__init__(f"cannot {operation} {item}: {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class NextHop:
    """Where a packet is sent: the interface, and the router beyond it; None: no router."""

    device: str
    via: IPv4Address | None


class Kernel(Protocol):
    """What :mod:`samepath.node` asks of a kernel."""

    def namespaces(self) -> frozenset[str]:
        """The names of all network namespaces (``ip netns``)."""

    def observe(self, namespaces: Collection[str], wanted: Collection[Object]) -> frozenset[Object]:
        """The objects in ``namespaces``; ``wanted`` says what to look at or how to spell it."""

    def create(self, item: Object) -> None:
        """Make an object that is not there."""

    def change(self, item: Object) -> None:
        """Give an object that is there another value."""

    def delete(self, item: Object) -> None:
        """Remove an object."""

    def clear_placeholder(self, namespace: str, name: str) -> None:
        """Remove what :class:`Tun` left in its origin, so that a daemon can take the name."""

    def lookup(self, namespace: str, destination: IPv4Address) -> NextHop | None:
        """Where the kernel would send what is for ``destination``.

        None without a route, or without the namespace.
        """

    def has_address(self, namespace: str, device: str, address: IPv4Address) -> bool:
        """Whether an interface has an address; not so if either is not there."""

    def mac_address(self, namespace: str, device: str) -> str | None:
        """An interface's own; None without the interface."""

    def neighbour(self, namespace: str, device: str, address: IPv4Address) -> str | None:
        """The MAC address that packets for ``address`` on a LAN are sent to now; None: none is known."""

    def has_tun(self, namespace: str, name: str) -> bool:
        """Whether a daemon's TUN device of this name is there, and not what stands for it."""

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        """(packets, bytes) of the named nft counters of a table."""

    def close(self) -> None:
        """Let go of everything that was opened."""


def _as_rule(item: MarkRule) -> dict[str, Any]:
    return {
        "family": 2,
        "priority": MarkRule.PRIORITY,
        "fwmark": item.mark,
        "fwmask": item.mask,
        "table": item.table,
        "protocol": ROUTE_PROTOCOL,
    }


def _veth_alias(item: Veth) -> str:
    a, b = item.ends
    return f"{ALIAS} veth {a.namespace} {a.name} {b.namespace} {b.name}"


def _tun_alias(item: Tun) -> str:
    return f"{ALIAS} tun {item.origin} {item.made_as} {item.daemon}"


class LiveKernel:
    """This machine's kernel."""

    def __init__(self) -> None:
        self._sockets = Sockets()

    # --- namespaces ----------------------------------------------------------------------------

    def namespaces(self) -> frozenset[str]:
        """The names under ``/run/netns``; one whose mount was lost is among them."""
        return frozenset(path.name for path in NETNS.iterdir()) if NETNS.is_dir() else frozenset()

    def _is_whole(self, name: str) -> bool:
        """Whether a namespace is made to its end: its loopback interface is set up last."""
        if not is_namespace(name):
            return False
        with refusing("look at", Namespace(name=name)):
            loopback = next(iter(self._sockets.inside(name).get_links(1)))
        return bool(loopback["flags"] & 1)

    def close(self) -> None:
        """Close every netlink socket."""
        self._sockets.close()

    # --- observe -------------------------------------------------------------------------------

    def observe(self, namespaces: Collection[str], wanted: Collection[Object]) -> frozenset[Object]:
        """Everything of ours in these namespaces. Raises :class:`KernelRefused`."""
        found: set[Object] = set()
        veths: dict[str, list[tuple[str, str, int, bool]]] = {}
        whole = {name for name in namespaces if self._is_whole(name)}
        for name in sorted(namespaces):
            if name not in whole:
                # A crash within its making. One that is wanted is not there yet, so that it is
                # created (over what there is); any other is there, so that it is deleted.
                half_made = Namespace(name=name)
                if half_made not in wanted:
                    found.add(half_made)
                continue
            found.add(Namespace(name=name))
            with refusing("look at", Namespace(name=name)):
                found.update(self._observe_links(name, veths))
        for alias, ends in veths.items():
            _, _, *names = alias.split(" ")
            a, b = End(namespace=names[0], name=names[1]), End(namespace=names[2], name=names[3])
            there = [End(namespace=namespace, name=name) for namespace, name, *_ in ends]
            mtus = {mtu for _, _, mtu, _ in ends}
            down = [end for end, (*_, up) in zip(there, ends, strict=True) if not up]
            # Half of a pair, or one with two ends that are down, is a crash's: it is changed.
            whole_pair = {a, b} == set(there) and len(mtus) == 1 and len(down) < 2
            found.add(
                Veth(
                    ends=(a, b),
                    mtu=mtus.pop() if whole_pair else 0,
                    down=down[0] if down else None,
                )
            )
        _let_move(found, wanted)
        texts = [item for item in wanted if isinstance(item, Ruleset)]
        for name in sorted(whole):
            with refusing("look at", Namespace(name=name)):
                found.update(rulesets.observed(name, texts))
        for item in wanted:
            if isinstance(item, Sysctl) and item.namespace in whole:
                found.add(self._observe_sysctl(item))
        return frozenset(found)

    def _observe_links(
        self, namespace: str, veths: dict[str, list[tuple[str, str, int, bool]]]
    ) -> Iterator[Object]:
        ip = self._sockets.inside(namespace)
        links = list(ip.get_links())
        names = {link["index"]: str(link.get("ifname")) for link in links}
        ports: dict[int, list[str]] = {}
        ours: set[int] = set()
        for link in links:
            master = link.get("master")
            if master:
                ports.setdefault(int(master), []).append(names[link["index"]])
        for link in links:
            alias = str(link.get("ifalias") or "")
            if not alias.startswith(f"{ALIAS} "):
                continue
            ours.add(link["index"])
            up = bool(link["flags"] & 1)
            kind, *rest = alias.split(" ")[1:]
            name, mtu = names[link["index"]], int(link.get("mtu") or 0)
            match kind:
                case "veth":
                    # An end that a crash left down makes it another pair: it is changed.
                    veths.setdefault(alias, []).append((namespace, name, mtu, up))
                case "bridge":
                    yield Bridge(
                        namespace=namespace,
                        name=name,
                        ports=tuple(sorted(ports.get(link["index"], ()))) if up else ("(down)",),
                    )
                case "tun":
                    yield Tun(
                        namespace=namespace,
                        name=name,
                        origin=rest[0],
                        made_as=rest[1],
                        daemon=rest[2],
                        mtu=mtu if up else 0,
                    )
                case _:
                    continue
        for address in ip.get_addr(family=2):
            if address["index"] in ours:
                interface = IPv4Interface(
                    (str(address.get("local") or address.get("address")), address["prefixlen"])
                )
                yield Address(
                    namespace=namespace, device=names[address["index"]], interface=interface
                )
        mine = {index: names[index] for index in ours}
        yield from shaping.observed(namespace, ip.get_qdiscs(), mine)
        for route in ip.get_routes(family=2, proto=ROUTE_PROTOCOL):
            yield self._route(namespace, route, names)
        for rule in ip.get_rules(family=2):
            if rule.get("protocol") == ROUTE_PROTOCOL:
                yield MarkRule(
                    namespace=namespace,
                    mark=int(rule.get("fwmark") or 0),
                    mask=int(rule.get("fwmask") or 0),
                    table=int(rule.get("FRA_TABLE") or rule["table"]),
                )

    @staticmethod
    def _route(namespace: str, route: Any, names: Mapping[int, str]) -> Route:  # noqa: ANN401
        metrics = route.get("metrics") or {}
        gateway = route.get("gateway")
        mtu = metrics.get("mtu") if metrics else None
        return Route(
            namespace=namespace,
            destination=IPv4Network((str(route.get("dst") or IPv4Address(0)), route["dst_len"])),
            device=names.get(int(route.get("oif") or 0), ""),
            via=IPv4Address(str(gateway)) if gateway else None,
            onlink=bool(route["flags"] & 4),
            mtu=int(mtu) if mtu else None,
            table=int(route.get("table") or 0),
        )

    def _observe_sysctl(self, item: Sysctl) -> Sysctl:
        path = Path("/proc/sys", *item.name.split("."))

        def read() -> str:
            return path.read_text().strip()

        try:
            value = str(in_namespace(item.namespace, read))
        except OSError:
            value = ""
        return Sysctl(namespace=item.namespace, name=item.name, value=value)

    # --- change --------------------------------------------------------------------------------

    def create(self, item: Object) -> None:
        """Make an object. Raises :class:`KernelRefused`."""
        with refusing("create", item):
            self._create(item)

    def change(self, item: Object) -> None:
        """Give an object another value. Raises :class:`KernelRefused`."""
        with refusing("change", item):
            self._change(item)

    def delete(self, item: Object) -> None:
        """Remove an object; one that has gone with something else is no error."""
        with refusing("delete", item):
            self._delete(item)

    def _create(self, item: Object) -> None:
        match item:
            case Namespace():
                self._create_namespace(item.name)
            case Veth():
                self._create_veth(item)
            case Bridge():
                ip = self._sockets.inside(item.namespace)
                with suppress_exists():
                    ip.link("add", ifname=item.name, kind="bridge")
                self._set_bridge(item)
            case Tun():
                self._create_tun(item)
            case Address():
                ip = self._sockets.inside(item.namespace)
                with suppress_exists():
                    ip.addr(
                        "add",
                        index=self._index(item.namespace, item.device),
                        address=str(item.interface.ip),
                        prefixlen=item.interface.network.prefixlen,
                    )
            case MovingAddress():
                return  # A daemon's to make.
            case Route():
                self._set_route(item)
            case MarkRule():
                with suppress_exists():
                    self._sockets.inside(item.namespace).rule("add", **_as_rule(item))
            case Sysctl():
                self._set_sysctl(item)
            case Ruleset():
                rulesets.load(item)
            case Shaper():
                self._set_shaper(item)
            case _:
                raise NotImplementedError(type(item).__name__)

    def _change(self, item: Object) -> None:
        match item:
            case Veth():
                self._delete(item)
                self._create_veth(item)
            case MarkRule():
                self._delete(item)
                self._create(item)
            case Bridge():
                self._set_bridge(item)
            case _:
                self._create(item)

    def _delete(self, item: Object) -> None:
        match item:
            case Namespace():
                self._delete_namespace(item.name)
            case Veth():
                for end in item.ends:
                    self._delete_link(end.namespace, end.name)
            case Bridge() | Tun():
                self._delete_link(item.namespace, item.name)
            case Address():
                with suppress_missing():
                    self._sockets.inside(item.namespace).addr(
                        "delete",
                        index=self._index(item.namespace, item.device),
                        address=str(item.interface.ip),
                        prefixlen=item.interface.network.prefixlen,
                    )
            case MovingAddress():
                return  # It goes with its interface, or stays as an Address.
            case Route():
                with suppress_missing():
                    self._sockets.inside(item.namespace).route(
                        "delete",
                        dst=str(item.destination),
                        proto=ROUTE_PROTOCOL,
                        scope=_ANY_SCOPE,
                        table=item.table,
                    )
            case MarkRule():
                self._delete_rules(item)
            case Sysctl():
                return  # A sysctl cannot be removed; its namespace takes it along.
            case Ruleset():
                rulesets.remove(item)
            case Shaper():
                self._delete_shaper(item)
            case _:
                raise NotImplementedError(type(item).__name__)

    def _create_namespace(self, name: str) -> None:
        if (NETNS / name).exists() and not is_namespace(name):
            (NETNS / name).unlink()
        if not (NETNS / name).exists():
            netns.create(name)

        def prepare() -> None:
            base = Path("/proc/sys/net")
            for path in ("conf/all", "conf/default"):
                (base / "ipv4" / path / "rp_filter").write_text("0")
                (base / "ipv6" / path / "disable_ipv6").write_text("1")

        in_namespace(name, prepare)
        # Last: by it an observation knows that the rest is done.
        self._sockets.inside(name).link("set", index=1, state="up")

    def _delete_namespace(self, name: str) -> None:
        self._sockets.forget(name)
        with suppress(OSError):
            netns.remove(name)
        with suppress(FileNotFoundError):
            (NETNS / name).unlink()

    def _index(self, namespace: str, name: str) -> int:
        found = self._sockets.inside(namespace).link_lookup(ifname=name)
        if not found:
            raise OSError(errno.ENODEV, f"there is no interface {name} in {namespace}")
        return int(found[0])

    def _delete_link(self, namespace: str, name: str) -> None:
        with suppress_missing():
            if is_namespace(namespace):
                self._sockets.inside(namespace).link("delete", index=self._index(namespace, name))

    def _create_veth(self, item: Veth) -> None:
        a, b = item.ends
        for end in item.ends:
            self._delete_link(end.namespace, end.name)
        self._sockets.inside(a.namespace).link(
            "add",
            ifname=a.name,
            kind="veth",
            mtu=item.mtu,
            peer={"ifname": b.name, "net_ns_fd": b.namespace, "mtu": item.mtu},
        )
        for end in item.ends:
            self._sockets.inside(end.namespace).link(
                "set",
                index=self._index(end.namespace, end.name),
                ifalias=_veth_alias(item),
                state="down" if end == item.down else "up",
            )

    def _set_bridge(self, item: Bridge) -> None:
        ip = self._sockets.inside(item.namespace)
        index = self._index(item.namespace, item.name)
        ip.link("set", index=index, ifalias=f"{ALIAS} bridge", state="up")
        for link in list(ip.get_links()):
            name = str(link.get("ifname"))
            if name in item.ports and link.get("master") != index:
                ip.link("set", index=link["index"], master=index)
            elif link.get("master") == index and name not in item.ports:
                ip.link("set", index=link["index"], master=0)

    def _create_tun(self, item: Tun) -> None:
        """Move a daemon's device to where its packets are routed, and leave a placeholder.

        kernel-libipsec installs a route by the device's name in the daemon's namespace for each
        CHILD_SA. Once the device has moved that fails, and with it the CHILD_SA
        (``TS_UNACCEPTABLE``); a bridge of the same name takes its place.

        The device is set up last: by it an observation knows that the rest is done.
        """
        origin = self._sockets.inside(item.origin)
        if self._has_tun(item.origin, item.made_as):
            origin.link(
                "set",
                index=self._index(item.origin, item.made_as),
                net_ns_fd=item.namespace,
                ifname=item.name,
                ifalias=_tun_alias(item),
            )
        with suppress_exists():
            origin.link("add", ifname=item.made_as, kind="bridge")
        origin.link("set", index=self._index(item.origin, item.made_as), state="up")
        ip = self._sockets.inside(item.namespace)
        index = self._index(item.namespace, item.name)
        path = Path("/proc/sys/net/ipv4/conf", item.name, "rp_filter")
        in_namespace(item.namespace, lambda: path.write_text("0"))
        ip.link("set", index=index, ifalias=_tun_alias(item), mtu=item.mtu, state="up")

    def _has_tun(self, namespace: str, name: str) -> bool:
        for link in self._sockets.inside(namespace).get_links():
            info = link.get("linkinfo")
            if str(link.get("ifname")) == name and info and info.get("kind") == "tun":
                return True
        return False

    def clear_placeholder(self, namespace: str, name: str) -> None:
        """Remove the bridge that stands for a moved TUN device."""
        with refusing("clear", Namespace(name=namespace)):
            self._delete_link(namespace, name)

    def _set_route(self, item: Route) -> None:
        metrics = {"mtu": item.mtu, "lock": 1 << 2} if item.mtu is not None else {}
        arguments: dict[str, Any] = {
            "dst": str(item.destination),
            "oif": self._index(item.namespace, item.device),
            "proto": ROUTE_PROTOCOL,
            "table": item.table,
        }
        if item.via is not None:
            arguments["gateway"] = str(item.via)
        else:
            arguments["scope"] = 253
        if item.onlink:
            arguments["flags"] = ["onlink"]
        if metrics:
            arguments["metrics"] = metrics
        self._sockets.inside(item.namespace).route("replace", **arguments)

    def _delete_rules(self, item: MarkRule) -> None:
        """Remove the rules of ours for a mark, whatever else they say."""
        ip = self._sockets.inside(item.namespace)
        for rule in list(ip.get_rules(family=2)):
            known = (rule.get("protocol"), rule.get("fwmark"))
            if known == (ROUTE_PROTOCOL, item.mark):
                there = replace(
                    item, mask=int(rule.get("fwmask") or 0), table=int(rule.get("FRA_TABLE") or 0)
                )
                with suppress_missing():
                    ip.rule("delete", **_as_rule(there))

    def _set_sysctl(self, item: Sysctl) -> None:
        path = Path("/proc/sys", *item.name.split("."))
        in_namespace(item.namespace, lambda: path.write_text(item.value))

    def _set_shaper(self, item: Shaper) -> None:
        self._delete_shaper(item)
        done = run_inside(item.namespace, shaping.script(item), "tc", "-batch", "-")
        if done.returncode != 0:
            raise refusal(done)

    def _delete_shaper(self, item: Shaper) -> None:
        with suppress_missing():
            index = self._index(item.namespace, item.device)
            shapers = shaping.observed(
                item.namespace,
                self._sockets.inside(item.namespace).get_qdiscs(),
                {index: item.device},
            )
            if not list(shapers):
                return
            done = run_inside(
                item.namespace, "", "tc", "qdisc", "delete", "dev", item.device, "root"
            )
            if done.returncode != 0:
                raise refusal(done)

    # --- ask -----------------------------------------------------------------------------------

    def lookup(self, namespace: str, destination: IPv4Address) -> NextHop | None:
        """The next hop to ``destination``, by the kernel's own look-up.

        Raises :class:`KernelRefused` if the namespace goes meanwhile.
        """
        if not is_namespace(namespace):
            return None
        with refusing("look at", Namespace(name=namespace)):
            ip = self._sockets.inside(namespace)
            try:
                answer = list(ip.route("get", dst=str(destination)))
            except NetlinkError:
                return None
            index = answer[0].get("oif") if answer else None
            if not index:
                return None
            via = answer[0].get("gateway")
            return NextHop(
                device=str(next(iter(ip.get_links(int(index)))).get("ifname")),
                via=None if via is None else IPv4Address(via),
            )

    def has_address(self, namespace: str, device: str, address: IPv4Address) -> bool:
        """Whether an interface has an address. Raises as :meth:`lookup` does."""
        with self._looking(namespace, device) as found:
            return found is not None and any(
                str(each.get("local") or each.get("address")) == str(address)
                for each in found[0].get_addr(family=2)
                if each["index"] == found[1]
            )

    def mac_address(self, namespace: str, device: str) -> str | None:
        """An interface's own. Raises as :meth:`lookup` does."""
        with self._looking(namespace, device) as found:
            if found is None:
                return None
            return str(next(iter(found[0].get_links(found[1]))).get("address"))

    def neighbour(self, namespace: str, device: str, address: IPv4Address) -> str | None:
        """Where packets for ``address`` go. Raises as :meth:`lookup` does."""
        with self._looking(namespace, device) as found:
            entries = [] if found is None else found[0].get_neighbours(family=2, ifindex=found[1])
            macs = (each.get("lladdr") for each in entries if each.get("dst") == str(address))
            return next((str(mac) for mac in macs if mac), None)

    @contextmanager
    def _looking(self, namespace: str, device: str) -> Iterator[tuple[IPRoute, int] | None]:
        """A namespace's socket and the index of an interface in it; None if either is not there."""
        if not is_namespace(namespace):
            yield None
            return
        with refusing("look at", Namespace(name=namespace)):
            ip = self._sockets.inside(namespace)
            found = ip.link_lookup(ifname=device)
            yield (ip, int(found[0])) if found else None

    def has_tun(self, namespace: str, name: str) -> bool:
        """Whether there is a TUN device of this name in a namespace, if that is there."""
        if not is_namespace(namespace):
            return False
        with refusing("look at", Namespace(name=namespace)):
            return self._has_tun(namespace, name)

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        """The named counters of a table; empty if there is no such table.

        Raises :class:`KernelRefused` if they cannot be read, or the namespace goes meanwhile.
        """
        if not is_namespace(namespace):
            return {}
        with refusing("look at", Namespace(name=namespace)):
            return rulesets.counters(namespace, table)


def _let_move(found: set[Object], wanted: Collection[Object]) -> None:
    """Tell the wanted addresses that move as such, wherever their interfaces are there."""
    devices = {(item.namespace, item.device) for item in found if isinstance(item, Address)}
    for item in wanted:
        if isinstance(item, MovingAddress) and (item.namespace, item.device) in devices:
            found.discard(
                Address(namespace=item.namespace, device=item.device, interface=item.interface)
            )
            found.add(item)


@contextmanager
def refusing(operation: str, item: object) -> Iterator[None]:
    """Give the kernel's errors the object's name: :class:`KernelRefused`."""
    try:
        yield
    except NetlinkError as error:
        raise KernelRefused(operation, item, os.strerror(abs(error.code))) from error
    except OSError as error:
        raise KernelRefused(operation, item, error.strerror or str(error)) from error


def suppress_exists() -> _Suppress:
    """Ignore that something is there already."""
    return _Suppress({errno.EEXIST})


def suppress_missing() -> _Suppress:
    """Ignore that something has gone already."""
    return _Suppress({errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL, errno.ENOENT})


class _Suppress:
    """Ignore a netlink or operating-system error with one of these numbers."""

    def __init__(self, numbers: set[int]) -> None:
        self._numbers = numbers

    def __enter__(self) -> None:
        return

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        match error:
            case NetlinkError():
                return abs(error.code) in self._numbers
            case OSError():
                return error.errno in self._numbers
            case _:
                return False
