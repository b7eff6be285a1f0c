"""Reading an FRR or a Quagga: its files in, its configuration out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from samepath.device.frr.reading.commands import WALKER, release_number
from samepath.device.ios_family.build import said, speakers
from samepath.device.ios_family.dialect import Dialect
from samepath.device.ios_family.draft import Draft, InterfaceDraft, Setting
from samepath.device.reading.configuration import (
    Appears,
    Bgp,
    DeviceConfiguration,
    Interface,
    Knobs,
)
from samepath.device.reading.source import Said, Source
from samepath.device.reading.support import Ledger
from samepath.model.topology import Platform

_FRR = Dialect(
    title="FRR",
    undefined_denies=True,
    same_kind_replaces=True,
    redistributes_plainly=True,
    one_list=True,
)
_QUAGGA = replace(_FRR, title="Quagga")
_RFC_8212 = (7, 4)
"""The release from which FRR wants a policy, and a route for what ``network`` announces."""
_TRACES = {
    re.compile(r"^frr (?:version|defaults) ", re.MULTILINE): 10,
    re.compile(r"^(?:log|service|line vty|password) ?.*\n", re.MULTILINE): 1,
    re.compile(r"^[ \t]*address-family ipv4 unicast\s*$", re.MULTILINE): 1,
    re.compile(r"^ip route \d+\.\d+\.\d+\.\d+/\d+ ", re.MULTILINE): 4,
    re.compile(r"^[ \t]*network \d+\.\d+\.\d+\.\d+/\d+", re.MULTILINE): 4,
    re.compile(r"^router bgp ", re.MULTILINE): 2,
    re.compile(r"^[ \t]*(?:no )?bgp ebgp-requires-policy", re.MULTILINE): 6,
    re.compile(r"^[ \t]*exit-address-family", re.MULTILINE): 1,
    re.compile(r"^! Zebra configuration|^!.*(?:Quagga|FRR)|/quagga/", re.MULTILINE): 6,
}
_QUAGGA_TRACES = re.compile(r"^!.*(?:Zebra configuration saved|Quagga)|/quagga/", re.MULTILINE)


def likeness(text: str) -> int:
    """How much a text looks like a configuration of FRR or Quagga: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def is_quagga(text: str) -> bool:
    """Whether a text of theirs is Quagga's."""
    return _QUAGGA_TRACES.search(text) is not None and "\nfrr " not in f"\n{text}"


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of an FRR."""
    return _read(sources, Platform.FRR)


def read_quagga(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of a Quagga."""
    return _read(sources, Platform.QUAGGA)


def drafted(sources: Iterable[Source], platform: Platform) -> Draft:
    """What the files say, line by line: what a writer has to know of them."""
    ledger = Ledger()
    draft = Draft(dialect=_FRR if platform is Platform.FRR else _QUAGGA, ledger=ledger)
    for source in sources:
        WALKER.read(source.lines(), draft, ledger)
    return draft


def _read(sources: Iterable[Source], platform: Platform) -> DeviceConfiguration:
    draft = drafted(sources, platform)
    ledger = draft.ledger
    defaults, checks = _defaults(draft, platform)
    networks = Appears.WHILE_ROUTED if checks else Appears.ALWAYS
    bgps: tuple[Bgp, ...] = speakers(draft, defaults, networks=networks)
    return DeviceConfiguration(
        platform=platform,
        host_name=draft.host_name,
        release=draft.release,
        bgps=bgps,
        static_routes=tuple(draft.statics),
        interfaces=tuple(map(_interface, draft.interfaces.values())),
        tunnels=(),
        zones=(),
        support=ledger.close(),
    )


def _defaults(draft: Draft, platform: Platform) -> tuple[Knobs, bool]:
    """What the profile and the release say of the choice of routes, and of networks.

    FRR's ``bgp_vty.c``: the profile ``datacenter`` wants no policy and compares MEDs in order;
    ``traditional`` wants a policy, and a route for each network, from release 7.4 on.
    """
    profile = draft.settings.get("profile")
    if platform is Platform.QUAGGA:
        return Knobs(), False
    number = None if draft.release is None else release_number(draft.release.value)
    old = number is not None and number < _RFC_8212
    if _is_datacenter(profile) and profile is not None:
        place = profile.line.place
        return Knobs(
            deterministic_med=Said(value=True, place=place),
            requires_policy=Said(value=False, place=place),
        ), True
    if old and draft.release is not None:
        return Knobs(requires_policy=Said(value=False, place=draft.release.place)), False
    return Knobs(), True


def _is_datacenter(profile: Setting | None) -> bool:
    return profile is not None and profile.value == "datacenter"


def _interface(one: InterfaceDraft) -> Interface:
    return Interface(
        name=one.name,
        place=one.line.place,
        addresses=tuple(one.addresses),
        description=said(one.settings.get("description"), str),
        shutdown=said(one.settings.get("shutdown"), bool),
        vrf=said(one.settings.get("vrf"), str),
    )
