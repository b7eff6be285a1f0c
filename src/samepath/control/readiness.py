"""What a machine can carry, judged from what was found on it.

Uses ask different things of a machine. ``check`` reads files and needs only Python.
The *user-space* data plane runs charon with its own ESP over TUN devices, and is what ``samepath
lab`` uses; *VRRP* between customer gateways needs a daemon more, and so do the *shared sessions* of
a cluster, and only files that have them do.
The *kernel* data plane takes ESP and XFRM interfaces from the kernel.

A finding says what is missing, what that blocks, and the command that mends it. Where no command
can (a kernel that was built without something), it says so instead of guessing.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from samepath.linux.facts import Feature, Library, MachineFacts, Program

BIRD_FLOOR = (2, 0, 8)
"""The oldest BIRD whose BFD and graceful-restart words our configurations use."""

MIB = 1024 * 1024
RUN_FLOOR = 32 * MIB
"""Bytes that a lab with its logs and captures may come to need under ``/run``."""
RUN_GROWTH = 256 * MIB
"""Bytes by which a full ``/run`` is made larger; what is never filled takes no memory."""

PYTHON_FLOOR = (3, 11)

FRR_MISSING = "frr-missing"
"""The finding that a lab with a customer gateway of the platform FRR cannot do with."""
FRR = (Program.ZEBRA, Program.BGPD, Program.BFDD, Program.STATICD)
"""What an FRR is made of here."""


class Use(Enum):
    """What somebody may want of a machine, from the least demanding to the most."""

    CHECK = "check"
    USERSPACE = "userspace"
    VRRP = "vrrp"
    SHARED_SESSIONS = "shared-sessions"
    KERNEL = "kernel"


_USERSPACE = frozenset({Use.USERSPACE, Use.VRRP, Use.SHARED_SESSIONS})
_PACKETS = _USERSPACE | {Use.KERNEL}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is missing, or that somebody should know.

    ``blocks`` are the uses that cannot be had because of it; empty means: only to be known.
    ``mend`` is a command to type, or None where no command helps; ``what`` then says what would.
    """

    code: str
    what: str
    blocks: frozenset[Use] = frozenset()
    mend: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """The verdict on a machine: its findings, in the order in which to mend them."""

    findings: tuple[Finding, ...]

    def blocking(self, use: Use) -> tuple[Finding, ...]:
        """What stands in the way of ``use``."""
        return tuple(f for f in self.findings if use in f.blocks)

    def frr_missing(self) -> tuple[Finding, ...]:
        """What stands in the way of an FRR."""
        return tuple(f for f in self.findings if f.code == FRR_MISSING)

    def ready(self, use: Use) -> bool:
        """Whether the machine can carry ``use``."""
        return not self.blocking(use)


def assess(facts: MachineFacts) -> Assessment:
    """Judge a machine."""
    return Assessment(
        findings=(
            *_python(facts),
            *_packages(facts),
            *_privilege(facts),
            *_kernel(facts),
            *_surroundings(facts),
        )
    )


def _python(facts: MachineFacts) -> Iterator[Finding]:
    if facts.python[:2] < PYTHON_FLOOR:
        version = ".".join(map(str, facts.python))
        yield Finding(
            code="python-too-old",
            what=f"This is Python {version}; samepath needs 3.11 or newer.",
            blocks=frozenset(Use),
        )
    missing = [library for library in Library if library not in facts.libraries]
    if missing:
        names = [library.value for library in missing]
        yield Finding(
            code="python-package-missing",
            what=f"The Python packages for running tunnels are not installed: {' and '.join(names)}.",
            blocks=_PACKETS,
            mend=_set_up(facts.tree)
            if facts.tree
            else shlex.join([facts.interpreter, "-m", "pip", "install", *names]),
        )


_PACKAGE = {
    Program.IP: "iproute2",
    Program.TC: "iproute2",
    Program.NFT: "nftables",
    Program.UNSHARE: "util-linux",
    Program.NSENTER: "util-linux",
    Program.CHRT: "util-linux",
    Program.BIRD: "bird2",
    Program.KEEPALIVED: "keepalived",
    Program.CONNTRACKD: "conntrackd",
    Program.CHARON: "charon-systemd",
    Program.TCPDUMP: "tcpdump",
    Program.PING: "iputils-ping",
    **dict.fromkeys(FRR, "frr"),
}
"""Debian's package for each program."""

_SPECIAL: dict[Program, frozenset[Use]] = {
    Program.TCPDUMP: frozenset(),
    Program.PING: frozenset(),
    Program.KEEPALIVED: frozenset({Use.VRRP, Use.SHARED_SESSIONS}),
    Program.CONNTRACKD: frozenset({Use.SHARED_SESSIONS}),
}
"""What is blocked without programs that single commands or files use; a tunnel runs without them."""

_PLUGIN_PACKAGE = {
    "kernel-libipsec": "libcharon-extra-plugins",
    "openssl": "libstrongswan-standard-plugins",
}

_UNITS = {
    "bird2": "bird.service",
    "charon-systemd": "strongswan.service",
    "conntrackd": "conntrackd.service",
    "frr": "frr.service",
    "keepalived": "keepalived.service",
}
"""The services that Debian starts when these packages are first installed, and that would hold our
ports in the root namespace for nothing, or serve somebody's peer there."""


def _packages(facts: MachineFacts) -> Iterator[Finding]:
    for program in Program:
        if program not in facts.programs and program not in FRR:
            yield Finding(
                code="program-missing",
                what=f"The program {program.value} is not installed.",
                blocks=_SPECIAL.get(program, _PACKETS),
                mend=_install(facts, _PACKAGE[program]),
            )
    missing = [program.value for program in FRR if program not in facts.programs]
    if missing:
        yield Finding(
            code=FRR_MISSING,
            what=f"FRR is not installed, or not whole: there is no {', no '.join(missing)}."
            " A lab needs it for a customer gateway of platform frr, and for nothing else.",
            mend=_install(facts, "frr"),
        )
    if Program.CHARON in facts.programs:
        for plugin, package in _PLUGIN_PACKAGE.items():
            if plugin not in facts.charon_plugins:
                only_userspace = plugin == "kernel-libipsec"
                yield Finding(
                    code="charon-plugin-missing",
                    what=f"charon has no plugin {plugin}.",
                    blocks=_USERSPACE if only_userspace else _PACKETS,
                    mend=_install(facts, package),
                )
    if Program.BIRD in facts.programs and (facts.bird_version or ()) < BIRD_FLOOR:
        found = ".".join(map(str, facts.bird_version or ())) or "of unknown version"
        floor = ".".join(map(str, BIRD_FLOOR))
        yield Finding(
            code="bird-too-old",
            what=f"This is BIRD {found}; samepath needs {floor} or newer.",
            blocks=_PACKETS,
            mend=_apt("bird2") if facts.debian else None,
        )


def _install(facts: MachineFacts, package: str) -> str | None:
    """The command that installs a package which is not there, and starts nothing.

    Debian enables a unit and starts it at once, unless it is masked, which it can be before it is
    there. The mask stays: one that was masked meanwhile and is not any more counts as enabled when
    the package is upgraded (``deb-systemd-helper``), and is started then.
    """
    if not facts.debian:
        return None
    unit = _UNITS.get(package)
    if unit is None:
        return _apt(package)
    if facts.tree:
        return _set_up(facts.tree)
    return f"systemctl mask {unit} && {_apt(package)}" if facts.systemd else _apt(package)


def _apt(package: str) -> str:
    return f"apt-get install --no-install-recommends {package}"


def _set_up(tree: str) -> str:
    """The tree's own set-up, which starts no service either."""
    return f"{shlex.quote(tree)}/tools/setup lab"


def _privilege(facts: MachineFacts) -> Iterator[Finding]:
    if not facts.root:
        yield Finding(
            code="not-root",
            what="Running tunnels needs root, and so does finding out what the kernel offers.",
            blocks=_PACKETS,
            mend="sudo samepath doctor",
        )
        return
    needed = ("CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SYS_ADMIN")
    missing = [name for name in needed if name not in facts.capabilities]
    if missing:
        yield Finding(
            code="capability-missing",
            what=f"root here lacks {', '.join(missing)}, as in a container;"
            " start the container with these added.",
            blocks=_PACKETS,
        )


_MODULE = {
    Feature.VETH: "veth",
    Feature.BRIDGE: "bridge",
    Feature.TUN: "tun",
    Feature.NFTABLES: "nf_tables",
    Feature.HTB: "sch_htb",
    Feature.ESP: "esp4",
    Feature.XFRM_INTERFACE: "xfrm_interface",
}
"""The module that brings a feature; the others are in the kernel or are not."""

_KERNEL_ONLY = frozenset({Feature.ESP, Feature.XFRM_INTERFACE})
_USERSPACE_ONLY = frozenset({Feature.TUN})


def _kernel(facts: MachineFacts) -> Iterator[Finding]:
    for feature in Feature:
        trial = facts.features.get(feature)
        if trial is None or trial.works:
            continue
        if feature in _KERNEL_ONLY:
            blocks = frozenset({Use.KERNEL})
        elif feature in _USERSPACE_ONLY:
            blocks = _USERSPACE
        else:
            blocks = _PACKETS
        tool = {Feature.NFTABLES: Program.NFT, Feature.HTB: Program.TC}.get(feature, Program.IP)
        if tool not in facts.programs:
            continue  # the missing program is a finding already, and the kernel was not asked
        said = f" ({trial.said})" if trial.said else ""
        module = _MODULE.get(feature)
        if module and facts.loadable_modules:
            mend: str | None = f"modprobe {module}"
            advice = ""
        else:
            mend = None
            advice = (
                " Run samepath on a kernel that has it, such as Debian's linux-image-amd64."
                if module
                else " Another kernel, or a container with more rights, is needed."
            )
        yield Finding(
            code=f"no-{feature.value}",
            what=f"The kernel refused {_SPOKEN[feature]}{said}.{advice}",
            blocks=blocks,
            mend=mend,
        )


_SPOKEN = {
    Feature.NETWORK_NAMESPACE: "a network namespace",
    Feature.NAMED_NAMESPACE: "a named network namespace",
    Feature.VETH: "a veth pair",
    Feature.BRIDGE: "a bridge",
    Feature.TUN: "a TUN device",
    Feature.NFTABLES: "an nftables table with MSS clamping and header rewriting",
    Feature.POLICY_ROUTING: "a routing rule",
    Feature.HTB: "an HTB queue",
    Feature.ESP: "an ESP state",
    Feature.XFRM_INTERFACE: "an XFRM interface",
}


def _surroundings(facts: MachineFacts) -> Iterator[Finding]:
    for holder in facts.port_holders:
        who = f"{holder.program} (process {holder.pid})" if holder.pid else "some process"
        yield Finding(
            code="port-in-use",
            what=f"UDP port {holder.port} of this machine is held by {who}."
            " A lab has namespaces of its own and is not disturbed by it.",
        )
    for program in facts.confined:
        name = program.rpartition("/")[2]
        yield Finding(
            code="apparmor-confines",
            what=f"AppArmor confines {program}, which then cannot read its files"
            " under /run/samepath.",
            blocks=_PACKETS,
            mend=f"apt-get install apparmor-utils && aa-complain {program}"
            if facts.debian
            else f"aa-complain {name}",
        )
    if facts.run_free < RUN_FLOOR:
        free = facts.run_free // MIB
        advice = "" if facts.run_size else " Free some of the file system that it lies on."
        yield Finding(
            code="run-nearly-full",
            what=f"/run has {free} MiB left; a lab may need {RUN_FLOOR // MIB}.{advice}",
            blocks=_PACKETS,
            mend=f"mount -o remount,size={facts.run_size // MIB + RUN_GROWTH // MIB}M /run"
            if facts.run_size
            else None,
        )
