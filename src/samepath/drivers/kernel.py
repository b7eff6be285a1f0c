"""The kernel's part of a world: namespaces, links, addresses, routes, sysctls and rulesets.

One netlink socket for each namespace is opened inside it and kept. Interfaces of ours carry an
alias (``ip link`` shows it) that says which object they are, so that an observation needs no
guessing and never takes somebody else's interface for one of ours.
"""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from pyroute2 import IPRoute, netns
from pyroute2.netlink.exceptions import NetlinkError

from samepath.drivers import shaping
from samepath.drivers.errors import DriverError
from samepath.linux.marks import digest
from samepath.linux.objects import (
    ROUTE_PROTOCOL,
    Address,
    Bridge,
    End,
    Namespace,
    Object,
    Route,
    Ruleset,
    Shaper,
    Sysctl,
    Tun,
    Veth,
)

NETNS = Path("/run/netns")
ALIAS = "samepath"
_ANY_SCOPE = 255
"""RT_SCOPE_NOWHERE: which route is meant does not depend on its scope. Without it the kernel looks
for a gateway's, and finds no route to a device."""
DIGEST_OF_OTHER = "(other)"
"""Stands for the text of a ruleset that is not the one that was asked for."""


class KernelRefused(DriverError):
    """The kernel (or nft) said no to one operation on one object."""

    def __init__(self, operation: str, item: object, reason: str) -> None:
        super().__init__(f"cannot {operation} {item}: {reason}")


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

    def lookup(self, namespace: str, destination: IPv4Address) -> str | None:
        """The interface by which the kernel would send to ``destination``.

        None without a route, or without the namespace.
        """

    def has_tun(self, namespace: str, name: str) -> bool:
        """Whether a daemon's TUN device of this name is there, and not what stands for it."""

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        """(packets, bytes) of the named nft counters of a table."""

    def close(self) -> None:
        """Let go of everything that was opened."""


def in_namespace(name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the call's own type
    """Run ``call`` in a thread of its own that is inside the namespace ``name``."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            handle = os.open(NETNS / name, os.O_RDONLY | os.O_CLOEXEC)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(handle, 0x40000000) != 0:
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            finally:
                os.close(handle)
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the caller, below
            outcome.append((None, error))

    thread = Thread(target=run)
    thread.start()
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def _veth_alias(item: Veth) -> str:
    a, b = item.ends
    return f"{ALIAS} veth {a.namespace} {a.name} {b.namespace} {b.name}"


def _tun_alias(item: Tun) -> str:
    return f"{ALIAS} tun {item.origin} {item.made_as} {item.daemon}"


class LiveKernel:
    """This machine's kernel."""

    def __init__(self) -> None:
        self._sockets: dict[str, tuple[int, IPRoute]] = {}

    # --- namespaces ----------------------------------------------------------------------------

    def namespaces(self) -> frozenset[str]:
        """The names under ``/run/netns``; one whose mount was lost is among them."""
        return frozenset(path.name for path in NETNS.iterdir()) if NETNS.is_dir() else frozenset()

    @staticmethod
    def _is_namespace(name: str) -> bool:
        """Whether the name is a mounted namespace and not the file of a half-made one."""
        try:
            here = (NETNS / name).stat()
        except OSError:
            return False
        return here.st_dev != NETNS.stat().st_dev

    def _is_whole(self, name: str) -> bool:
        """Whether a namespace is made to its end: its loopback interface is set up last."""
        if not self._is_namespace(name):
            return False
        with refusing("look at", Namespace(name=name)):
            loopback = next(iter(self._socket(name).get_links(1)))
        return bool(loopback["flags"] & 1)

    def _socket(self, namespace: str) -> IPRoute:
        # Opened before IPRoute is made: one that finds no namespace leaves its event loop open.
        handle = os.open(NETNS / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            inode = os.fstat(handle).st_ino
            known = self._sockets.get(namespace)
            if known is not None:
                if known[0] == inode:
                    return known[1]
                known[1].close()
                del self._sockets[namespace]
            # Without the flags it would make a namespace that is not there.
            opened = IPRoute(netns=f"/proc/{os.getpid()}/fd/{handle}", flags=0)
            self._sockets[namespace] = (inode, opened)
            return opened
        finally:
            os.close(handle)

    def close(self) -> None:
        """Close every netlink socket."""
        for _, opened in self._sockets.values():
            opened.close()
        self._sockets.clear()

    # --- observe -------------------------------------------------------------------------------

    def observe(self, namespaces: Collection[str], wanted: Collection[Object]) -> frozenset[Object]:
        """Everything of ours in these namespaces. Raises :class:`KernelRefused`."""
        found: set[Object] = set()
        veths: dict[str, list[tuple[str, str, int]]] = {}
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
            paired = {(end.namespace, end.name) for end in (a, b)} == {
                (namespace, name) for namespace, name, _ in ends
            }
            mtus = {mtu for _, _, mtu in ends}
            found.add(Veth(ends=(a, b), mtu=mtus.pop() if paired and len(mtus) == 1 else 0))
        rulesets = [item for item in wanted if isinstance(item, Ruleset)]
        for name in sorted(whole):
            found.update(self._observe_rulesets(name, rulesets))
        for item in wanted:
            if isinstance(item, Sysctl) and item.namespace in whole:
                found.add(self._observe_sysctl(item))
        return frozenset(found)

    def _observe_links(
        self, namespace: str, veths: dict[str, list[tuple[str, str, int]]]
    ) -> Iterator[Object]:
        ip = self._socket(namespace)
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
                    # An end that a crash left down counts as another pair: it is changed.
                    veths.setdefault(alias, []).append((namespace, name, mtu if up else 0))
                case "bridge":
                    yield Bridge(
                        namespace=namespace,
                        name=name if up else f"{name}",
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
        for route in ip.get_routes(family=2, proto=ROUTE_PROTOCOL, table=254):
            yield self._route(namespace, route, names)

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

    def _observe_rulesets(self, namespace: str, wanted: list[Ruleset]) -> Iterator[Ruleset]:
        known = {
            (item.table, digest(item.text)): item for item in wanted if item.namespace == namespace
        }
        listed = self._nft(namespace, "list tables inet", observe=True)
        for line in listed.splitlines():
            words = line.split()
            if len(words) == 3 and words[2].startswith("samepath"):
                table = words[2]
                mark = self._mark(namespace, table)
                yield known.get((table, mark)) or Ruleset(
                    namespace=namespace, table=table, text=DIGEST_OF_OTHER
                )

    def _mark(self, namespace: str, table: str) -> str:
        shown = self._nft(namespace, f"list table inet {table}", observe=True)
        for line in shown.splitlines():
            if line.strip().startswith("comment "):
                return line.split('"')[1]
        return ""

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
                ip = self._socket(item.namespace)
                with suppress_exists():
                    ip.link("add", ifname=item.name, kind="bridge")
                self._set_bridge(item)
            case Tun():
                self._create_tun(item)
            case Address():
                ip = self._socket(item.namespace)
                with suppress_exists():
                    ip.addr(
                        "add",
                        index=self._index(item.namespace, item.device),
                        address=str(item.interface.ip),
                        prefixlen=item.interface.network.prefixlen,
                    )
            case Route():
                self._set_route(item)
            case Sysctl():
                self._set_sysctl(item)
            case Ruleset():
                self._set_ruleset(item)
            case Shaper():
                self._set_shaper(item)
            case _:
                raise NotImplementedError(type(item).__name__)

    def _change(self, item: Object) -> None:
        match item:
            case Veth():
                self._delete(item)
                self._create_veth(item)
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
                    self._socket(item.namespace).addr(
                        "delete",
                        index=self._index(item.namespace, item.device),
                        address=str(item.interface.ip),
                        prefixlen=item.interface.network.prefixlen,
                    )
            case Route():
                with suppress_missing():
                    self._socket(item.namespace).route(
                        "delete",
                        dst=str(item.destination),
                        proto=ROUTE_PROTOCOL,
                        scope=_ANY_SCOPE,
                    )
            case Sysctl():
                return  # A sysctl cannot be removed; its namespace takes it along.
            case Ruleset():
                self._delete_ruleset(item)
            case Shaper():
                self._delete_shaper(item)
            case _:
                raise NotImplementedError(type(item).__name__)

    def _create_namespace(self, name: str) -> None:
        if (NETNS / name).exists() and not self._is_namespace(name):
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
        self._socket(name).link("set", index=1, state="up")

    def _delete_namespace(self, name: str) -> None:
        known = self._sockets.pop(name, None)
        if known is not None:
            known[1].close()
        with suppress(OSError):
            netns.remove(name)
        with suppress(FileNotFoundError):
            (NETNS / name).unlink()

    def _index(self, namespace: str, name: str) -> int:
        found = self._socket(namespace).link_lookup(ifname=name)
        if not found:
            raise OSError(errno.ENODEV, f"there is no interface {name} in {namespace}")
        return int(found[0])

    def _delete_link(self, namespace: str, name: str) -> None:
        with suppress_missing():
            if self._is_namespace(namespace):
                self._socket(namespace).link("delete", index=self._index(namespace, name))

    def _create_veth(self, item: Veth) -> None:
        a, b = item.ends
        for end in item.ends:
            self._delete_link(end.namespace, end.name)
        self._socket(a.namespace).link(
            "add",
            ifname=a.name,
            kind="veth",
            mtu=item.mtu,
            peer={"ifname": b.name, "net_ns_fd": b.namespace, "mtu": item.mtu},
        )
        for end in item.ends:
            self._socket(end.namespace).link(
                "set",
                index=self._index(end.namespace, end.name),
                ifalias=_veth_alias(item),
                state="up",
            )

    def _set_bridge(self, item: Bridge) -> None:
        ip = self._socket(item.namespace)
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
        origin = self._socket(item.origin)
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
        ip = self._socket(item.namespace)
        index = self._index(item.namespace, item.name)
        path = Path("/proc/sys/net/ipv4/conf", item.name, "rp_filter")
        in_namespace(item.namespace, lambda: path.write_text("0"))
        ip.link("set", index=index, ifalias=_tun_alias(item), mtu=item.mtu, state="up")

    def _has_tun(self, namespace: str, name: str) -> bool:
        for link in self._socket(namespace).get_links():
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
        }
        if item.via is not None:
            arguments["gateway"] = str(item.via)
        else:
            arguments["scope"] = 253
        if item.onlink:
            arguments["flags"] = ["onlink"]
        if metrics:
            arguments["metrics"] = metrics
        self._socket(item.namespace).route("replace", **arguments)

    def _set_sysctl(self, item: Sysctl) -> None:
        path = Path("/proc/sys", *item.name.split("."))
        in_namespace(item.namespace, lambda: path.write_text(item.value))

    def _set_ruleset(self, item: Ruleset) -> None:
        body = f'comment "{digest(item.text)}"\n{item.text}'
        self._nft(
            item.namespace,
            f"table inet {item.table}\ndelete table inet {item.table}\n"
            f"table inet {item.table} {{\n{body}\n}}",
        )

    @staticmethod
    def _delete_ruleset(item: Ruleset) -> None:
        done = _run(item.namespace, f"delete table inet {item.table}", "nft", "-f", "-")
        if done.returncode != 0 and "No such file" not in done.stderr:
            raise _no(done)

    def _set_shaper(self, item: Shaper) -> None:
        self._delete_shaper(item)
        done = _run(item.namespace, shaping.script(item), "tc", "-batch", "-")
        if done.returncode != 0:
            raise _no(done)

    def _delete_shaper(self, item: Shaper) -> None:
        with suppress_missing():
            index = self._index(item.namespace, item.device)
            shapers = shaping.observed(
                item.namespace, self._socket(item.namespace).get_qdiscs(), {index: item.device}
            )
            if not list(shapers):
                return
            done = _run(item.namespace, "", "tc", "qdisc", "delete", "dev", item.device, "root")
            if done.returncode != 0:
                raise _no(done)

    # --- ask -----------------------------------------------------------------------------------

    def lookup(self, namespace: str, destination: IPv4Address) -> str | None:
        """The outgoing interface for ``destination``, by the kernel's own look-up.

        Raises :class:`KernelRefused` if the namespace goes meanwhile.
        """
        if not self._is_namespace(namespace):
            return None
        with refusing("look at", Namespace(name=namespace)):
            ip = self._socket(namespace)
            try:
                answer = list(ip.route("get", dst=str(destination)))
            except NetlinkError:
                return None
            index = answer[0].get("oif") if answer else None
            if not index:
                return None
            return str(next(iter(ip.get_links(int(index)))).get("ifname"))

    def has_tun(self, namespace: str, name: str) -> bool:
        """Whether there is a TUN device of this name in a namespace, if that is there."""
        if not self._is_namespace(namespace):
            return False
        with refusing("look at", Namespace(name=namespace)):
            return self._has_tun(namespace, name)

    def counters(self, namespace: str, table: str) -> Mapping[str, tuple[int, int]]:
        """The named counters of a table; empty if there is no such table."""
        if not self._is_namespace(namespace):
            return {}
        shown = self._nft(namespace, f"list counters table inet {table}", observe=True)
        found: dict[str, tuple[int, int]] = {}
        name = ""
        for line in shown.splitlines():
            words = line.split()
            if words[:1] == ["counter"]:
                name = words[1]
            elif words[:1] == ["packets"]:
                found[name] = (int(words[1]), int(words[3]))
        return found

    @staticmethod
    def _nft(namespace: str, script: str, *, observe: bool = False) -> str:
        """Run nft in a namespace; an observation of what is not there is empty."""
        done = _run(namespace, script, "nft", "-f", "-")
        if done.returncode != 0:
            if observe:
                return ""
            raise _no(done)
        return done.stdout


@contextmanager
def refusing(operation: str, item: object) -> Iterator[None]:
    """Give the kernel's errors the object's name: :class:`KernelRefused`."""
    try:
        yield
    except NetlinkError as error:
        raise KernelRefused(operation, item, os.strerror(abs(error.code))) from error
    except OSError as error:
        raise KernelRefused(operation, item, error.strerror or str(error)) from error


def _run(namespace: str, script: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a namespace, with ``script`` on its standard input."""
    return subprocess.run(
        ["nsenter", f"--net={NETNS / namespace}", *command],
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )


def _no(done: subprocess.CompletedProcess[str]) -> OSError:
    """What a program said when it refused, as the error of a refused operation."""
    lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
    return OSError(errno.EINVAL, lines[0])


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
