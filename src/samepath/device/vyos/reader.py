"""Reading a VyOS or an EdgeOS: its commands, or its ``config.boot``, in; its configuration out.

Read in VyOS's template for FRR (``data/templates/frr/bgpd.frr.j2``): a session wants no policy
unless it is told to, a network is announced whether or not there is a route to it, a neighbour has
the IPv4 family only where its family is named, and timers count only where both are said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from samepath.device.ios_family.build import said, speakers
from samepath.device.ios_family.dialect import Dialect
from samepath.device.ios_family.draft import InterfaceDraft, Setting, Settings
from samepath.device.reading.configuration import (
    Appears,
    DeviceConfiguration,
    Interface,
    Knobs,
)
from samepath.device.reading.grammar import Grammar
from samepath.device.reading.kinds import KINDS
from samepath.device.reading.modes import (
    Does,
    Enter,
    Entry,
    Outcome,
    Told,
    ignored,
    recognised,
    understood,
)
from samepath.device.reading.source import Line, Said, Source
from samepath.device.reading.support import (
    ALL_PARTS,
    BOTH_WAYS,
    UNDERSTOOD,
    Ledger,
    Part,
    contradictory,
    irrelevant,
    unknown,
)
from samepath.device.vyos import bgp, ipsec, policy
from samepath.device.vyos.draft import VyosDraft
from samepath.device.vyos.paths import paths, taken_back
from samepath.model.topology import Bfd, Platform, ReversePath

_VYOS = Dialect(title="VyOS", undefined_denies=True, same_kind_replaces=True)
_TRACES = {
    re.compile(r"^set (?:interfaces|protocols|system) ", re.MULTILINE): 3,
    re.compile(r"^set (?:vpn ipsec|policy (?:route-map|prefix-list)) ", re.MULTILINE): 8,
    # Junos has only groups there.
    re.compile(r"^set protocols bgp (?!group )", re.MULTILINE): 8,
    re.compile(r"^set interfaces (?:vti|ethernet eth)", re.MULTILINE): 4,
    re.compile(r"^[ \t]*vti vti\d+ \{", re.MULTILINE): 8,
    re.compile(r"^[ \t]*site-to-site \{", re.MULTILINE): 8,
    re.compile(r"^[ \t]*ethernet eth\d+ \{", re.MULTILINE): 8,
}


def likeness(text: str) -> int:
    """How much a text looks like a configuration of VyOS or EdgeOS: a sum of traces."""
    return sum(weight for trace, weight in _TRACES.items() if trace.search(text))


def _host_name(draft: VyosDraft, told: Told) -> Outcome:
    draft.host_name = Said(value=told.get("name", str), place=told.place)
    return None


_REST: list[Entry[VyosDraft]] = [
    understood("system host-name name=WORD", _host_name),
    *recognised(
        ("nat *", "service nat *"), "translations are not modelled", (Part.DROPS, Part.FROM_AWS)
    ),
    *recognised(
        ("firewall *", "zone-policy *"),
        "what the firewall lets pass is not modelled",
        (Part.DROPS,),
    ),
    *recognised(("high-availability *",), "who answers for the LAN's router", (Part.TO_AWS,)),
    *recognised(
        (
            *("protocols nhrp *", "protocols segment-routing *", "protocols babel *"),
            *(
                "protocols openfabric *",
                "policy extcommunity-list *",
                "policy large-community-list *",
            ),
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *ignored(
        (
            *("protocols pim *", "protocols pim6 *", "protocols igmp *", "protocols igmp-proxy *"),
            *(
                "protocols rpki *",
                "protocols mpls *",
                "protocols static route6 *",
                "protocols ospfv3 *",
            ),
            *("protocols static interface-route6 *", "vrf bind-to-all", "vrf name WORD table *"),
            *("vrf name WORD description *", "protocols ripng *"),
        ),
        "it changes nothing in the choice of IPv4 routes",
    ),
    *recognised(("protocols bfd *",), "BFD's own blocks", (Part.TIME,)),
    *ignored(
        ("system *", "service *", "container *", "pki *", "qos *", "traffic-policy *", "cluster *"),
        "it changes nothing that is predicted",
    ),
]
GRAMMAR: Grammar[Does[VyosDraft]] = Grammar(
    [
        *bgp.BGP,
        *bgp.BFD,
        *bgp.ROUTES,
        *bgp.INTERFACES,
        *policy.POLICY,
        *ipsec.COMMANDS,
        *_REST,
    ],
    KINDS,
    abbreviates=False,
)
_VERBS = {"commit", "save", "configure", "exit", "top", "edit", "run", "comment"}


def read(sources: Iterable[Source]) -> DeviceConfiguration:
    """Read the files of a VyOS."""
    draft = drafted(sources)
    ledger = draft.ledger
    bgps = speakers(draft, Knobs(), networks=Appears.ALWAYS)
    for named, line in draft.rule_lines:
        used = UNDERSTOOD if named.used else irrelevant("nothing that is understood uses this list")
        ledger.mark(line, used)
    found = tuple(ipsec.tunnels(draft))
    return DeviceConfiguration(
        platform=Platform.VYOS,
        host_name=draft.host_name,
        release=None,
        bgps=tuple(one for one in bgps if one.asn.value),
        static_routes=tuple(draft.routes.values()),
        interfaces=tuple(map(_interface, draft.interfaces.values())),
        tunnels=found,
        zones=(),
        support=ledger.close(),
    )


def drafted(sources: Iterable[Source]) -> VyosDraft:
    """What the lines of a VyOS say, before it is worked out what that comes to."""
    draft = VyosDraft(dialect=_VYOS, ledger=Ledger())
    said = [one for source in sources for one in paths(source.lines())]
    gone = taken_back(said)
    deleting = {line.place for line in gone.values()}
    for at, (line, words) in enumerate(said):
        if at in gone:
            draft.ledger.mark(line, irrelevant(f"{gone[at].place} deletes it"))
        elif words[:1] == ("delete",):
            nothing = irrelevant("there is nothing there to be deleted")
            draft.ledger.mark(line, UNDERSTOOD if line.place in deleting else nothing)
        else:
            _line(draft, line, words)
    _finish(draft)
    return draft


def _line(draft: VyosDraft, line: Line, words: tuple[str, ...]) -> None:
    if not words or words[0] in _VERBS:
        draft.ledger.mark(line, irrelevant("it says nothing by itself"))
        return
    if words[0] != "set":
        why = "VyOS knows no such line: it begins with no `set`"
        draft.ledger.mark(line, unknown(why, ALL_PARTS))
        return
    found = GRAMMAR.match(words[1:])
    if found is None:
        why = GRAMMAR.why_not(words[1:])
        draft.ledger.mark(line, unknown(f"VyOS knows no such line: {why}", BOTH_WAYS))
        return
    does = found.command.what
    told = Told(line=line, matched=found, negated=False)
    outcome = does.handler(draft, told) if does.handler is not None else does.mark
    mark = outcome.mark if isinstance(outcome, Enter) else outcome or UNDERSTOOD
    if mark is not None:
        draft.ledger.mark(line, mark)


def _finish(draft: VyosDraft) -> None:
    """What can only be said once all lines are read: the AS, and who has the IPv4 family."""
    for vrf, speaker in draft.bgps.items():
        asn = draft.asns.get(vrf) or draft.asns.get(None)
        if asn is not None:
            speaker.asn = asn[0]
        for peer in speaker.peers.values():
            group = peer.settings.get("group")
            names = {peer.name, str(group.value) if group is not None else peer.name}
            named = any((vrf, name) in draft.families for name in names)
            peer.activated = draft.is_old or named
            if asn is None:
                why = "nothing says the own AS"
                draft.ledger.mark(peer.line, contradictory(why, BOTH_WAYS))
            if group is not None and str(group.value) not in speaker.peers:
                why = f"there is no group {group.value}"
                draft.ledger.mark(group.line, contradictory(why, BOTH_WAYS))
                del peer.settings.values["group"]
            _both_timers(peer.settings)
            _bfd(draft, peer.settings)
        _both_timers(speaker.settings)


def _bfd(draft: VyosDraft, settings: Settings) -> None:
    """BFD by a profile, with its times where it says them all."""
    named = settings.get("bfd_profile")
    if named is None:
        return
    profile = draft.bfd_profiles.get(str(named.value))
    if profile is None:
        why = f"there is no profile {named.value} of BFD"
        draft.ledger.mark(named.line, contradictory(why, (Part.TIME,)))
    value: object = True
    if profile is not None and profile.keys() == {"transmit", "receive", "multiplier"}:
        interval = max(profile["transmit"], profile["receive"])
        value = Bfd(interval=timedelta(milliseconds=interval), multiplier=profile["multiplier"])
    settings.values["bfd"] = Setting(value=value, line=named.line)


def _both_timers(settings: Settings) -> None:
    """A keepalive and a hold time count together, or not at all."""
    keepalive, hold = settings.get("keepalive"), settings.get("hold")
    if keepalive is not None and hold is not None:
        value = (keepalive.value, hold.value)
        settings.values["timers"] = Setting(value=value, line=hold.line)


def _interface(one: InterfaceDraft) -> Interface:
    settings = one.settings
    return Interface(
        name=one.name,
        place=one.line.place,
        addresses=tuple(one.addresses),
        description=said(settings.get("description"), str),
        shutdown=said(settings.get("shutdown"), bool),
        vrf=said(settings.get("vrf"), str),
        reverse_path=said(settings.get("reverse_path"), ReversePath),
        mtu=said(settings.get("mtu"), int),
        mss=said(settings.get("mss"), int),
    )
