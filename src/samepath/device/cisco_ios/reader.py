"""Reading an IOS: its running configuration, or a script, in; its configuration out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from samepath.device.cisco_ios.commands import WALKER
from samepath.device.cisco_ios.draft import IosDraft
from samepath.device.cisco_ios.interfaces import interface_name
from samepath.device.cisco_ios.tunnels import tunnels
from samepath.device.ios_family.build import said, speakers
from samepath.device.ios_family.dialect import Dialect
from samepath.device.ios_family.draft import InterfaceDraft
from samepath.device.reading.configuration import (
    Appears,
    Bgp,
    DeviceConfiguration,
    Interface,
    Knobs,
    Neighbour,
)
from samepath.device.reading.source import Line, Said, Source
from samepath.device.reading.support import Ledger
from samepath.model.topology import Bfd, Platform, ReversePath

_IOS = Dialect(
    title="IOS",
    undefined_denies=False,
    same_kind_replaces=False,
    lengths_exceed=True,
    sets_at_end=True,
    deny_goes_on=True,
    last_decides=False,
    member_needs_as=True,
)
_TRACES = {
    re.compile(r"^version \d+\.\d+", re.MULTILINE): 6,
    re.compile(r"^service timestamps ", re.MULTILINE): 4,
    re.compile(r"^boot-start-marker", re.MULTILINE): 6,
    re.compile(r"^[ \t]*ip address \d+\.\d+\.\d+\.\d+ 255\.", re.MULTILINE): 4,
    re.compile(r"^[ \t]*network \d+\.\d+\.\d+\.\d+ mask 255\.", re.MULTILINE): 3,
    re.compile(r"^ip route \d+\.\d+\.\d+\.\d+ \d+\.\d+\.\d+\.\d+ ", re.MULTILINE): 3,
    re.compile(r"^crypto (?:isakmp|ikev2|keyring|ipsec profile) ", re.MULTILINE): 6,
    re.compile(
        r"^interface (?:Tunnel|(?:Ten)?GigabitEthernet|Loopback|Fast)\s*\d", re.MULTILINE
    ): 6,
    re.compile(r"^router bgp ", re.MULTILINE): 2,
    re.compile(r"^(?:no )?ip cef|^line (?:con|aux) 0", re.MULTILINE): 4,
    re.compile(r"^[ \t]*exit-address-family", re.MULTILINE): 1,
}
_BANNER = re.compile(r"\s*banner\s+\S+\s+(\S{1,2})(.*)")
_SHOWN = re.compile(r"(?:Building configuration\.\.\.|Current configuration ?:)")
"""What ``show running-config`` says before the configuration."""
_CERTIFICATE = re.compile(r"\s*certificate\s+\S+.*")


def likeness(text: str) -> int:
    """How much a text looks like a configuration of IOS: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def drafted(sources: Iterable[Source]) -> IosDraft:
    """What the files say, line by line: what a writer has to know of them."""
    ledger = Ledger()
    draft = IosDraft(dialect=_IOS, ledger=ledger)
    for source in sources:
        WALKER.read(_commands(source, ledger), draft, ledger)
    return draft


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of an IOS."""
    draft = drafted(sources)
    ledger = draft.ledger
    bgps = speakers(draft, Knobs(), networks=Appears.WHILE_ROUTED)
    found = tuple(tunnels(draft))
    return DeviceConfiguration(
        platform=Platform.CISCO_IOS,
        host_name=draft.host_name,
        release=draft.release,
        bgps=tuple(_with_intervals(bgp, draft) for bgp in bgps),
        static_routes=tuple(draft.statics),
        interfaces=tuple(map(_interface, draft.interfaces.values())),
        tunnels=found,
        zones=tuple(draft.zones),
        support=ledger.close(),
    )


def _commands(source: Source, ledger: Ledger) -> Iterator[Line]:
    """The lines that are commands: not a banner's text, and not a certificate's."""
    until = ""
    for line in source.lines():
        if until:
            ledger.outside()
            if until in line.text:
                until = ""
            continue
        if _SHOWN.match(line.text):
            ledger.outside()
            continue
        banner = _BANNER.fullmatch(line.text)
        if banner is not None and banner[1] not in banner[2]:
            until = banner[1]
        elif _CERTIFICATE.fullmatch(line.text):
            until = "quit"
        yield line


def _with_intervals(bgp: Bgp, draft: IosDraft) -> Bgp:
    """BFD's intervals stand at the interface that a neighbour is reached by."""
    return replace(bgp, neighbours=tuple(_with_interval(one, draft) for one in bgp.neighbours))


def _with_interval(neighbour: Neighbour, draft: IosDraft) -> Neighbour:
    address = neighbour.address
    if neighbour.bfd is None or isinstance(address, str):
        return neighbour
    for interface in draft.interfaces.values():
        reached = any(address in one.value.network for one in interface.addresses)
        bfd = said(interface.settings.get("bfd"), Bfd)
        if reached and bfd is not None:
            return replace(neighbour, bfd=Said(value=bfd.value, place=bfd.place))
    return neighbour


def _interface(one: InterfaceDraft) -> Interface:
    settings = one.settings
    return Interface(
        name=interface_name(one.name),
        place=one.line.place,
        addresses=tuple(one.addresses),
        description=said(settings.get("description"), str),
        shutdown=said(settings.get("shutdown"), bool),
        vrf=said(settings.get("vrf"), str),
        zone=said(settings.get("zone"), str),
        reverse_path=said(settings.get("reverse_path"), ReversePath),
        mtu=said(settings.get("mtu"), int),
        mss=said(settings.get("mss"), int),
    )
