"""Every statement that is known, in one table, and what decides nothing."""

from __future__ import annotations

import re

from samepath.device.junos.bgp_commands import BGP
from samepath.device.junos.draft import Draft
from samepath.device.junos.interface_commands import INTERFACES
from samepath.device.junos.policy_commands import POLICIES
from samepath.device.junos.routing_commands import ROUTING
from samepath.device.junos.security_commands import SECURITY, TUNNELS
from samepath.device.reading.grammar import Grammar
from samepath.device.reading.kinds import KINDS
from samepath.device.reading.modes import (
    Does,
    Entry,
    Outcome,
    Told,
    ignored,
    recognised,
    understood,
)
from samepath.device.reading.source import Said
from samepath.device.reading.support import ALL_PARTS, BOTH_WAYS, Part

PARTS: dict[str, frozenset[Part]] = {
    "protocols": BOTH_WAYS,
    "policy-options": BOTH_WAYS,
    "routing-options": BOTH_WAYS,
    "routing-instances": BOTH_WAYS,
    "interfaces": frozenset({Part.TO_AWS}),
    "security": frozenset({Part.TUNNEL, Part.DROPS}),
    "system": frozenset(),
    "version": frozenset(),
    "apply-groups": ALL_PARTS,
    "apply-groups-except": ALL_PARTS,
    "logical-systems": ALL_PARTS,
    "tenants": ALL_PARTS,
}
"""The first words of what matters, with what an unknown statement there could change."""
OUTSIDE = frozenset(
    {"access", "accounting-options", "applications", "bridge-domains", "chassis"}
    | {"class-of-service", "event-options", "firewall", "forwarding-options", "services", "snmp"}
    | {
        "virtual-chassis",
        "vlans",
        "switch-options",
        "poe",
        "schedulers",
        "ethernet-switching-options",
    }
    | {
        "multi-chassis",
        "dynamic-profiles",
        "diameter",
        "session-limit-group",
        "jsrc",
        "wlan",
        "smtp",
    }
    | {"unified-edge", "access-profile", "fabric", "multicast-snooping-options", "groups", "rcsi"}
    | {
        "accounting",
        "layer2-control",
        "custom-attributes",
        "apply-macro",
        "extensions",
        "openconfig",
    }
)
"""The first words of what decides nothing here."""


def _host_name(draft: Draft, told: Told) -> Outcome:
    draft.host_name = Said(value=told.get("value", str), place=told.place)
    return None


def _release(draft: Draft, told: Told) -> Outcome:
    draft.release = Said(value=told.get("value", str), place=told.place)
    return None


_OTHER: list[Entry[Draft]] = [
    understood("system host-name value=WORD", _host_name),
    understood("version value=WORD", _release),
    *ignored(("system *", "version *"), "it changes nothing that is predicted"),
    *recognised(("logical-systems *", "tenants *"), "a router within the router", ALL_PARTS),
    *recognised(("apply-groups-except *",), "what is not inherited is not modelled", ALL_PARTS),
]
COMMANDS: list[Entry[Draft]] = [
    *BGP,
    *POLICIES,
    *ROUTING,
    *INTERFACES,
    *TUNNELS,
    *SECURITY,
    *_OTHER,
]
GRAMMARS: dict[bool, Grammar[Does[Draft]]] = {
    shortens: Grammar(COMMANDS, KINDS, abbreviates=shortens) for shortens in (False, True)
}
"""By whether words may be short, as they may in commands, and not in a file with braces."""
KEYWORDS = frozenset(
    word
    for command in COMMANDS
    for word in re.split(r"[\s|\[\]=]+", command.pattern)
    if word[:1].islower()
)
"""The words that statements are made of, as far as they are known."""
