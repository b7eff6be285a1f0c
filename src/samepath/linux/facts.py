"""What one machine can do, as it was found: the answer of a probe, with no judgement in it.

:mod:`samepath.drivers.machine` fills these values in by trying things out in throwaway namespaces;
:func:`samepath.control.readiness.assess` says what follows from them. Between the two lies a value
that a test can write down, and that a bug report can carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Feature(Enum):
    """What the kernel (as this process may use it) has to offer; the value is its name in JSON."""

    NETWORK_NAMESPACE = "network-namespace"
    NAMED_NAMESPACE = "named-namespace"
    VETH = "veth"
    BRIDGE = "bridge"
    TUN = "tun"
    NFTABLES = "nftables"
    POLICY_ROUTING = "policy-routing"
    HTB = "htb"
    ESP = "esp"
    XFRM_INTERFACE = "xfrm-interface"


class Program(Enum):
    """A program of the system that samepath runs; the value is its file's name."""

    IP = "ip"
    TC = "tc"
    NFT = "nft"
    UNSHARE = "unshare"
    NSENTER = "nsenter"
    CHRT = "chrt"
    BIRD = "bird"
    KEEPALIVED = "keepalived"
    CONNTRACKD = "conntrackd"
    CHARON = "charon-systemd"
    ZEBRA = "zebra"
    BGPD = "bgpd"
    BFDD = "bfdd"
    STATICD = "staticd"
    TCPDUMP = "tcpdump"
    PING = "ping"


class Library(Enum):
    """A Python package outside the core; the value is the name that is imported."""

    PYROUTE2 = "pyroute2"
    VICI = "vici"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """The outcome of trying a feature: whether it worked, and the last words of what was tried."""

    works: bool
    said: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PortHolder:
    """A process that holds a UDP port in the root namespace; ``program`` may be unknown ("")."""

    port: int
    program: str
    pid: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineFacts:
    """One machine, as found.

    ``capabilities`` are the effective ones, spelt ``CAP_NET_ADMIN``.
    ``features`` holds what could be tried: without root, or without ``ip`` and ``unshare``, nothing.
    ``charon_plugins`` are the plugins installed for charon (``kernel-libipsec``).
    ``bird_version`` is None where there is no BIRD, or one that does not tell.
    ``port_holders`` are those of UDP 500 and 4500.
    ``confined`` are the programs of ours for which AppArmor has a profile in enforce mode.
    ``run_free`` is the space left under ``/run``, in bytes; ``run_size`` the size of the memory that
    it may fill, or None where it is no file system of its own.
    ``interpreter`` is the Python that runs this, and ``tree`` the source tree whose own environment
    (``.venv``) that is, if it is one.
    ``loadable_modules`` tells whether the running kernel has a folder of modules to load from.
    ``debian`` tells whether packages come from apt, ``systemd`` whether units can be masked.
    """

    system: str
    kernel: str
    python: tuple[int, int, int]
    root: bool
    capabilities: frozenset[str]
    programs: frozenset[Program]
    libraries: frozenset[Library]
    features: Mapping[Feature, Trial]
    charon_plugins: frozenset[str]
    bird_version: tuple[int, ...] | None
    port_holders: tuple[PortHolder, ...]
    confined: tuple[str, ...]
    run_free: int
    run_size: int | None
    interpreter: str
    tree: str | None
    loadable_modules: bool
    debian: bool
    systemd: bool = True
