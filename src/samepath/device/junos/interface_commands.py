"""The statements of ``interfaces``."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface

from samepath.device.junos.draft import Draft
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.source import Said
from samepath.device.reading.support import BOTH_WAYS, Part
from samepath.model.topology import ReversePath

_TO_AWS = frozenset({Part.TO_AWS})
_NO_EFFECT = "it changes nothing that is predicted"
_UNIT = "interfaces interface=WORD [unit unit=0..1073741823]"


def _of_interface(words: str, name: str, value: Callable[[Told], object]) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        found = draft.interface(_name(told), told.line)
        draft.put(found.settings, name, value(told), told.line, _TO_AWS)
        return None

    return understood(f"{_UNIT} {words}", handler)


def _name(told: Told) -> str:
    unit = told.maybe("unit", int)
    name = told.get("interface", str)
    return name if unit is None else f"{name}.{unit}"


def _interface(draft: Draft, told: Told) -> Outcome:
    draft.interface(_name(told), told.line)
    return None


def _address(draft: Draft, told: Told) -> Outcome:
    found = draft.interface(_name(told), told.line)
    value = Said(value=told.get("address", IPv4Interface), place=told.place)
    if value.value not in {one.value for one in found.addresses}:
        found.addresses.append(value)
    return None


INTERFACES: list[Entry[Draft]] = [
    understood(_UNIT, _interface),
    understood(f"{_UNIT} family inet", _interface),
    understood(f"{_UNIT} family inet address address=INTERFACE", _address),
    understood(f"{_UNIT} family inet address address=INTERFACE primary|preferred", _address),
    *ignored((f"{_UNIT} family inet address INTERFACE *",), _NO_EFFECT),
    _of_interface("description value=*", "description", lambda told: told.get("value", str)),
    _of_interface("disable", "disable", lambda _told: True),
    _of_interface("mtu value=68..65535", "mtu", lambda told: told.get("value", int)),
    _of_interface(
        "family inet mtu value=68..65535", "inet_mtu", lambda told: told.get("value", int)
    ),
    _of_interface(
        "family inet tcp-mss value=64..65535", "mss", lambda told: told.get("value", int)
    ),
    _of_interface("family inet rpf-check", "reverse_path", lambda _told: ReversePath.STRICT),
    _of_interface(
        "family inet rpf-check mode loose", "reverse_path_loose", lambda _told: ReversePath.LOOSE
    ),
    *recognised(
        (f"{_UNIT} family inet filter *", f"{_UNIT} family inet service *"),
        "a filter decides on packets, perhaps on their way",
        (Part.DROPS, Part.TO_AWS, Part.FROM_AWS),
    ),
    *recognised((f"{_UNIT} tunnel *",), "another tunnel", BOTH_WAYS),
    *ignored(
        (
            *(
                f"{_UNIT} family {one} [*]"
                for one in ("inet6", "ethernet-switching", "iso", "mpls")
            ),
            *(f"{_UNIT} family {one} [*]" for one in ("bridge", "ccc", "vpls", "any")),
            *(f"{_UNIT} {one} [*]" for one in ("vlan-id", "vlan-tagging", "flexible-vlan-tagging")),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("speed", "gigether-options", "ether-options", "encapsulation")
            ),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("link-mode", "fastether-options", "redundant-ether-options")
            ),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("aggregated-ether-options", "native-vlan-id", "hold-time")
            ),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("traps", "no-traps", "bandwidth", "enable", "multipoint")
            ),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("point-to-point", "auto-negotiation", "mac", "fabric-options")
            ),
            *(
                f"{_UNIT} {one} [*]"
                for one in ("per-unit-scheduler", "member-range", "member", "proxy-arp")
            ),
            *(f"{_UNIT} {one} [*]" for one in ("layer2-policer", "accounting-profile", "damping")),
            *(
                f"{_UNIT} family inet {one} [*]"
                for one in ("no-redirects", "sampling", "dhcp", "dhcp-client")
            ),
            *(
                f"{_UNIT} family inet {one} [*]"
                for one in ("policer", "primary", "no-neighbor-learn")
            ),
            *(
                f"{_UNIT} family inet {one} [*]"
                for one in ("negotiate-address", "unnumbered-address", "targeted-broadcast")
            ),
        ),
        _NO_EFFECT,
    ),
]
