"""The control of throughput: two charons that somebody has configured by hand.

Two namespaces, a veth pair between them, ``charon-systemd`` and a ``swanctl.conf`` in each: what
an operator would write for one tunnel with kernel-libipsec, without samepath, routers, BGP or
nftables. The traffic's ends are addresses in the two namespaces themselves, so no hop is between
iperf3 and the tunnel. Only what decides the speed of ESP itself is the lab's: the plugins, the
cipher suites, the replay window and the tunnel's MTU, hence TCP's MSS.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.worlds import NotSettled, until
from samepath.device.swanctl.connection import Section, to_text
from samepath.device.swanctl.daemon import PLUGINS
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
    """One end: where it is, by which address the other end knows it, and what is behind it."""

    namespace: str
    outside: str
    inside: str
    starts: bool


A = End(namespace="bench-hand-a", outside="203.0.113.1", inside="10.0.0.10", starts=False)
B = End(namespace="bench-hand-b", outside="203.0.113.2", inside="192.168.10.10", starts=True)


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
        "local_addrs": [here.outside],
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


def _remove(end: End) -> None:
    """Take a namespace of ours away, with what an earlier run may have left in it."""
    if not Path("/run/netns", end.namespace).exists():
        return
    found = subprocess.run(
        ["ip", "netns", "pids", end.namespace], check=True, capture_output=True, text=True
    )
    for pid in found.stdout.split():
        os.kill(int(pid), signal.SIGKILL)
    _ip("netns", "delete", end.namespace)


@contextmanager
def _namespaces() -> Iterator[None]:
    def remove() -> None:
        for end in (A, B):
            _remove(end)

    remove()
    try:
        for end in (A, B):
            _ip("netns", "add", end.namespace)
        _ip("-n", A.namespace, "link", "add", "eth0", "type", "veth", "peer", "eth0",
            "netns", B.namespace)  # fmt: skip
        for end in (A, B):
            _ip("-n", end.namespace, "address", "add", f"{end.outside}/24", "dev", "eth0")
            _ip("-n", end.namespace, "address", "add", f"{end.inside}/32", "dev", "lo")
            for device in ("lo", "eth0"):
                _ip("-n", end.namespace, "link", "set", device, "up")
        yield
    finally:
        remove()


@contextmanager
def _charon(here: End, there: End, suite: Suite, secret: str) -> Iterator[None]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        daemon_file, connection_file = directory / "strongswan.conf", directory / "swanctl.conf"
        daemon_file.write_text(strongswan_conf(directory))
        connection_file.touch(mode=0o600)
        connection_file.write_text(swanctl_conf(here, there, suite, secret))
        enter = ["nsenter", f"--net=/run/netns/{here.namespace}"]
        settings = {**os.environ, "STRONGSWAN_CONF": str(daemon_file)}
        log = stack.enter_context((directory / "log").open("w"))
        daemon = stack.enter_context(
            # Whatever becomes of us, it ends with us.
            subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *enter, "charon-systemd"],
                env=settings,
                stdout=log,
                stderr=log,
            )
        )
        stack.callback(daemon.kill)
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


def _answers() -> bool:
    command = f"ip netns exec {A.namespace} ping -n -q -c 1 -W 1 -I {A.inside} {B.inside}"
    return subprocess.run(command.split(), check=False, capture_output=True).returncode == 0


@contextmanager
def by_hand(suite: Suite, secret: str) -> Iterator[tuple[HostRef, HostRef]]:
    """The two ends, once a packet passes; nothing is left of them afterwards."""
    with (
        _namespaces(),
        _charon(A, B, suite, secret),
        _charon(B, A, suite, secret),
    ):
        until(_answers, "the tunnel that was configured by hand", 20.0)
        yield HostRef(A.namespace, A.inside), HostRef(B.namespace, B.inside)
