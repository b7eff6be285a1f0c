"""The control of throughput: two charons that somebody has configured by hand.

``charon-systemd`` and a ``swanctl.conf`` in each of two namespaces: what an operator would write
for one tunnel with kernel-libipsec, without samepath, routers, BGP or shaping. The traffic's ends
are addresses in the two namespaces themselves, so no hop is between iperf3 and the tunnel. What
decides the speed of ESP itself is the lab's: the plugins, the cipher suites, the replay window, the
tunnel's MTU, hence TCP's MSS, the scheduler's policy, and a session of its own for each daemon.

Between the two is a *path*. :func:`across` an internet is the lab's own: a router, and the edge of
a site that translates its one outside address. :func:`back_to_back` is a single veth pair, which
tells what that path costs on this machine.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from benchmarks.worlds import NotSettled, until
from samepath.control import rulesets
from samepath.device.swanctl.connection import Section, to_text
from samepath.device.swanctl.daemon import PLUGINS
from samepath.drivers.supervisor import NICENESS
from samepath.lab.probe import HostRef

DEVICE = "ipsec0"
NAME = "hand"


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """What both the lab and the control have."""

    ike: str
    esp: str
    replay_window: str
    mtu: int


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """One end: where it is, by which address the other end knows it, and what is behind it.

    ``daemon`` is the address that charon itself has; behind an edge it is another one.
    """

    namespace: str
    outside: str
    daemon: str
    inside: str
    starts: bool


Ends = tuple[End, End]
"""The one that is called, and the one that calls."""


def strongswan_conf(directory: Path) -> str:
    """``strongswan.conf`` of an end."""
    return f"""\
charon-systemd {{
  load = {PLUGINS}
  install_routes = no
  routing_table_prio = 40000
  plugins {{
    vici {{
      socket = unix://{directory}/vici
    }}
  }}
}}
"""


def swanctl_conf(here: End, there: End, suite: Suite, secret: str) -> str:
    """``swanctl.conf`` of an end."""
    child: Section = {
        "local_ts": [f"{here.inside}/32"],
        "remote_ts": [f"{there.inside}/32"],
        "esp_proposals": [suite.esp],
        "replay_window": suite.replay_window,
        "start_action": "start" if here.starts else "none",
    }
    connection: Section = {
        "version": "2",
        "local_addrs": [here.daemon],
        "remote_addrs": [there.outside],
        "proposals": [suite.ike],
        "mobike": "no",
        "local": {"auth": "psk", "id": here.outside},
        "remote": {"auth": "psk", "id": there.outside},
        "children": {NAME: child},
    }
    key: Section = {"secret": f'"{secret}"', "id-1": here.outside, "id-2": there.outside}
    return to_text({"connections": {NAME: connection}, "secrets": {f"ike-{NAME}": key}}) + "\n"


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotSettled(f"ip {' '.join(words)}: {done.stderr.strip()}")


def _remove(namespace: str) -> None:
    """Take a namespace of ours away, with what an earlier run may have left in it."""
    if not Path("/run/netns", namespace).exists():
        return
    found = subprocess.run(
        ["ip", "netns", "pids", namespace], check=True, capture_output=True, text=True
    )
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "delete", namespace)


@contextmanager
def _namespaces(names: Sequence[str]) -> Iterator[None]:
    def remove() -> None:
        for name in names:
            _remove(name)

    remove()
    try:
        for name in names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        remove()


def _wire(a: str, a_device: str, a_address: str, b: str, b_device: str, b_address: str) -> None:
    """A veth pair between two namespaces, up, with an address on each end."""
    _ip("-n", a, "link", "add", a_device, "type", "veth", "peer", b_device, "netns", b)
    for namespace, device, address in ((a, a_device, a_address), (b, b_device, b_address)):
        _ip("-n", namespace, "address", "add", address, "dev", device)
        _ip("-n", namespace, "link", "set", device, "up")


def _forward(namespace: str) -> None:
    subprocess.run(
        ["ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True
    )


BACK_TO_BACK = (
    End(
        namespace="bench-veth-a",
        outside="203.0.113.1",
        daemon="203.0.113.1",
        inside="10.0.0.10",
        starts=False,
    ),
    End(
        namespace="bench-veth-b",
        outside="203.0.113.2",
        daemon="203.0.113.2",
        inside="192.168.10.10",
        starts=True,
    ),
)
ACROSS = (
    End(
        namespace="bench-path-a",
        outside="203.0.113.1",
        daemon="203.0.113.1",
        inside="10.0.0.10",
        starts=False,
    ),
    End(
        namespace="bench-path-b",
        outside="198.51.100.1",
        daemon="172.16.0.2",
        inside="192.168.10.10",
        starts=True,
    ),
)
INTERNET, EDGE = "bench-path-i", "bench-path-e"


@contextmanager
def back_to_back() -> Iterator[Ends]:
    """One veth pair between the two ends."""
    a, b = BACK_TO_BACK
    with _namespaces([a.namespace, b.namespace]):
        _wire(a.namespace, "wan", f"{a.daemon}/24", b.namespace, "wan", f"{b.daemon}/24")
        yield BACK_TO_BACK


@contextmanager
def across() -> Iterator[Ends]:
    """An internet and a translating edge between the two ends, as they are in a lab."""
    a, b = ACROSS
    with _namespaces([a.namespace, INTERNET, EDGE, b.namespace]):
        _wire(INTERNET, "left", "203.0.113.254/24", a.namespace, "wan", f"{a.daemon}/24")
        _wire(INTERNET, "right", "198.51.100.254/24", EDGE, "wan", f"{b.outside}/24")
        _wire(EDGE, "lan", "172.16.0.1/24", b.namespace, "wan", f"{b.daemon}/24")
        for namespace, via in (
            (a.namespace, "203.0.113.254"),
            (EDGE, "198.51.100.254"),
            (b.namespace, "172.16.0.1"),
        ):
            _ip("-n", namespace, "route", "add", "default", "via", via)
        for namespace in (INTERNET, EDGE):
            _forward(namespace)
        translation = rulesets.IkeTranslation(
            peer=IPv4Address(a.outside), daemon=IPv4Address(b.daemon)
        )
        rules = rulesets.edge(EDGE, IPv4Address(b.outside), [translation])
        subprocess.run(
            ["ip", "netns", "exec", EDGE, "nft", "-f", "-"],
            input=f"table ip {rules.table} {{\n{rules.text}\n}}\n", text=True, check=True,
        )  # fmt: skip
        yield ACROSS


@contextmanager
def _charon(here: End, there: End, suite: Suite, secret: str) -> Iterator[None]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        daemon_file, connection_file = directory / "strongswan.conf", directory / "swanctl.conf"
        daemon_file.write_text(strongswan_conf(directory))
        connection_file.touch(mode=0o600)
        connection_file.write_text(swanctl_conf(here, there, suite, secret))
        # kernel-libipsec installs no CHILD_SA without an address in its selector.
        _ip("-n", here.namespace, "address", "add", f"{here.inside}/32", "dev", "lo")
        enter = ["nsenter", f"--net=/run/netns/{here.namespace}"]
        settings = {**os.environ, "STRONGSWAN_CONF": str(daemon_file)}
        log = stack.enter_context((directory / "log").open("w"))
        daemon = stack.enter_context(
            # Whatever becomes of us, it ends with us.
            subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    *enter,
                    *("nice", "--adjustment", str(NICENESS)),
                    *("chrt", "--batch", "0", "charon-systemd"),
                ],
                env=settings,
                stdout=log,
                stderr=log,
                # A service manager starts a daemon in a session of its own, and the scheduler
                # shares the processors out by session first (sched(7), autogroup).
                start_new_session=True,
            )
        )
        stack.callback(daemon.kill)
        Path(f"/proc/{daemon.pid}/autogroup").write_text(str(NICENESS))
        until((directory / "vici").exists, f"the charon in {here.namespace}", 10.0)
        done = subprocess.run(
            [
                *enter, "swanctl", "--load-all", "--file", str(connection_file),
                "--uri", f"unix://{directory}/vici",
            ],
            env=settings, check=False, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode != 0:
            raise NotSettled(f"swanctl in {here.namespace}: {done.stderr.strip()}")
        _ip("-n", here.namespace, "link", "set", DEVICE, "up", "mtu", str(suite.mtu))
        _ip("-n", here.namespace, "route", "replace", there.inside, "dev", DEVICE,
            "src", here.inside)  # fmt: skip
        yield


def _answers(a: End, b: End) -> bool:
    command = f"ip netns exec {a.namespace} ping -n -q -c 1 -W 1 -I {a.inside} {b.inside}"
    return subprocess.run(command.split(), check=False, capture_output=True).returncode == 0


@contextmanager
def by_hand(
    path: Callable[[], AbstractContextManager[Ends]], suite: Suite, secret: str
) -> Iterator[tuple[HostRef, HostRef]]:
    """The two ends, once a packet passes; nothing is left of them afterwards."""
    with path() as (a, b), _charon(a, b, suite, secret), _charon(b, a, suite, secret):
        until(lambda: _answers(a, b), "the tunnel that was configured by hand", 20.0)
        yield HostRef(a.namespace, a.inside), HostRef(b.namespace, b.inside)
