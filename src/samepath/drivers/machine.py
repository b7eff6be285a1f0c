"""Probing a machine: trying out, in namespaces that vanish, what samepath would do for real.

Asking the kernel's configuration would be quicker and wrong: a feature may be built and forbidden,
or a module that loads when it is first used. So each feature is tried once, by a command that runs
in a network (and, where it writes below ``/run``, mount) namespace of its own. The namespace has no
name and dies with the command, so nothing is left behind, whatever becomes of us meanwhile.

One trace may stay: a kernel with modules loads the one that a trial needs, as any use of it would.

No daemon is started. In particular charon is never asked for its version, because Debian's
``charon-systemd --version`` starts a daemon.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from samepath.drivers import programs
from samepath.linux.facts import Feature, Library, MachineFacts, PortHolder, Program, Trial

IKE_PORTS = (500, 4500)
TRIAL_LIMIT = 10.0
"""Seconds after which a trial counts as failed. A trial takes some 10 ms; loading modules more."""

_PLUGIN_FOLDERS = (
    "/usr/lib/ipsec/plugins",
    "/usr/lib/strongswan/plugins",
    "/usr/lib64/strongswan/plugins",
    "/usr/libexec/strongswan/plugins",
    "/usr/local/lib/ipsec/plugins",
)

_NFT_TRIAL = """
table inet trial {
  counter passed {}
  chain packet_size {
    type filter hook prerouting priority mangle; policy accept;
    fib daddr oifname "x" ip length > 1400 ip frag-off & 0xffff == 0x4000 ip id 0 ip id set \
numgen inc mod 65535 offset 1 << 16
    fib daddr . mark oifname "x" ip frag-off set 0
  }
  chain forward {
    type filter hook forward priority mangle; policy accept;
    iifname "x" tcp flags syn tcp option maxseg size > 1360 tcp option maxseg size set 1360
    oifname "x" ip saddr != 192.0.2.0/24 ip daddr != 192.0.2.0/24 counter name passed
  }
  chain classes {
    type filter hook postrouting priority mangle; policy accept;
    oifname "x" meta l4proto tcp meta priority set 1:10
  }
  chain before {
    type filter hook prerouting priority raw; policy accept;
    ip saddr 192.0.2.1 ip daddr 192.0.2.2 ip protocol udp ip daddr set 192.0.2.3
  }
  chain after {
    type filter hook postrouting priority srcnat; policy accept;
    ip saddr 192.0.2.3 ip daddr 192.0.2.1 ip saddr set 192.0.2.2
  }
  chain faults {
    type filter hook output priority raw - 10; policy accept;
    meta iifname != "lo" udp dport 4500 @th,64,32 != 0 counter drop
    udp sport 4500 numgen random mod 100 < 2 counter drop
    icmp type destination-unreachable icmp code frag-needed drop
  }
}
"""
"""Every expression that a ruleset of ours uses; the hooks and priorities, too."""

_KEY = "0x" + "00" * 36
"""AES-256-GCM's key and salt: 36 bytes. The state lives for an instant and meets no packet."""

_TRIALS: Mapping[Feature, str] = {
    Feature.NETWORK_NAMESPACE: "true",
    # ip netns writes below /run, so this one sees an empty /run of its own.
    Feature.NAMED_NAMESPACE: "mount -t tmpfs none /run && ip netns add trial",
    Feature.VETH: "ip link add name v1 type veth peer name v2",
    Feature.BRIDGE: "ip link add name br0 type bridge",
    Feature.TUN: "ip tuntap add dev tun0 mode tun",
    Feature.NFTABLES: "nft -f -",
    Feature.POLICY_ROUTING: "ip rule add pref 1000 fwmark 1 lookup 100",
    Feature.HTB: "ip link set lo up && tc qdisc add dev lo root handle 1: htb",
    Feature.ESP: "ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x100 mode tunnel"
    f" aead 'rfc4106(gcm(aes))' {_KEY} 128",
    Feature.XFRM_INTERFACE: "ip link add name x1 type xfrm dev lo if_id 7",
}


def observe_machine() -> MachineFacts:
    """Find out what this machine can do; takes about a quarter of a second and needs no root.

    Never raises for what the machine lacks: that is the answer.
    """
    there = frozenset(p for p in Program if programs.find(p.value))
    root = os.geteuid() == 0
    able = root and {Program.IP, Program.UNSHARE} <= there
    release = _os_release()
    return MachineFacts(
        system=release.get("PRETTY_NAME", platform.system()),
        kernel=platform.release(),
        python=(sys.version_info.major, sys.version_info.minor, sys.version_info.micro),
        root=root,
        capabilities=_effective_capabilities(_read("/proc/self/status")),
        programs=there,
        libraries=frozenset(x for x in Library if importlib.util.find_spec(x.value)),
        features={f: _try(command) for f, command in _TRIALS.items()} if able else {},
        charon_plugins=frozenset(_plugins()),
        bird_version=_bird_version() if Program.BIRD in there else None,
        port_holders=tuple(_port_holders(IKE_PORTS)),
        confined=_enforced(_read("/sys/kernel/security/apparmor/profiles")),
        run_free=shutil.disk_usage("/run").free,
        run_size=shutil.disk_usage("/run").total if os.path.ismount("/run") else None,
        interpreter=sys.executable,
        tree=_tree(Path(sys.prefix)),
        loadable_modules=Path("/lib/modules", platform.release()).is_dir(),
        debian=programs.find("apt-get") is not None,
        systemd=programs.find("systemctl") is not None,
    )


def _tree(environment: Path) -> str | None:
    """The source tree that has made ``environment`` for itself, by its set-up."""
    tree = environment.parent
    made = environment.name == ".venv" and (tree / "tools" / "setup").is_file()
    return str(tree) if made else None


def _read(path: str) -> str:
    """The text of a file that may not be there, or not be for us."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=TRIAL_LIMIT,
        env={"PATH": programs.SEARCH, "LC_ALL": "C"},
    )


def _try(command: str) -> Trial:
    try:
        done = _run(
            ("unshare", "--net", "--mount", "sh", "-c", command),
            text=_NFT_TRIAL if command.startswith("nft ") else "",
        )
    except subprocess.TimeoutExpired:
        return Trial(works=False, said=f"no answer within {TRIAL_LIMIT:.0f} s")
    return Trial(works=done.returncode == 0, said=_gist(done.stderr) if done.returncode else "")


def _gist(words: str) -> str:
    """The telling line of a tool's complaint: the first with "Error:", else the first of all."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return next((line for line in lines if "Error:" in line), lines[0] if lines else "")


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


_CAPABILITIES = {
    "CAP_NET_BIND_SERVICE": 10,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_SYS_ADMIN": 21,
}
"""Those that samepath or its daemons use, by their bit; capabilities(7), linux/capability.h."""


def _effective_capabilities(status: str) -> frozenset[str]:
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    mask = int(found[1], 16) if found else 0
    return frozenset(name for name, bit in _CAPABILITIES.items() if mask >> bit & 1)


def _plugins() -> Iterator[str]:
    for folder in _PLUGIN_FOLDERS:
        for path in Path(folder).glob("libstrongswan-*.so"):
            yield path.stem.removeprefix("libstrongswan-")


def _bird_version() -> tuple[int, ...] | None:
    # BIRD 2 answers on stderr ("BIRD version 2.0.12") and leaves.
    try:
        done = _run(("bird", "--version"))
    except subprocess.TimeoutExpired:
        return None
    return _version(done.stderr + done.stdout)


def _version(text: str) -> tuple[int, ...] | None:
    found = re.search(r"version (\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in found[1].split(".")) if found else None


_OURS = ("charon-systemd", "charon", "swanctl", "bird", "zebra", "bgpd", "bfdd", "tcpdump")


def _enforced(profiles: str) -> tuple[str, ...]:
    """The programs of ours among AppArmor's profiles (``/usr/sbin/x (enforce)``) in enforce mode."""
    names = re.findall(r"^(.+) \(enforce\)$", profiles, re.MULTILINE)
    return tuple(sorted({n for n in names if n.rpartition("/")[2] in _OURS}))


def _port_holders(ports: Sequence[int]) -> Iterator[PortHolder]:
    """Who holds these UDP ports in the namespace that we are in."""
    for port in ports:
        inodes = {
            inode
            for table in ("/proc/net/udp", "/proc/net/udp6")
            for inode in _sockets_on(port, _read(table))
        }
        if inodes:
            pid = next(_holders(inodes), None)
            program = _read(f"/proc/{pid}/comm").strip() if pid else ""
            yield PortHolder(port=port, program=program, pid=pid)


def _sockets_on(port: int, table: str) -> Iterator[str]:
    """Inodes of the sockets bound to ``port``; columns as in proc(5), /proc/net/udp."""
    for line in table.splitlines()[1:]:
        columns = line.split()
        if int(columns[1].rpartition(":")[2], 16) == port:
            yield columns[9]


def _holders(inodes: set[str]) -> Iterator[int]:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda p: int(p.name)):
        if wanted & set(_open_files(process)):
            yield int(process.name)


def _open_files(process: Path) -> Iterator[str]:
    """What a process has open; nothing of one that has ended, or is not ours to look into."""
    try:
        for descriptor in os.listdir(process / "fd"):  # noqa: PTH208 - names, all at once
            # Ours came and went with the listing, so one that is gone spoils none of the others.
            with suppress(OSError):
                yield os.readlink(process / "fd" / descriptor)  # noqa: PTH115 - the text
    except OSError:
        return
