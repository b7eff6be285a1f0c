"""The values of strongSwan's files: times, ends, proposals, keys, and the state of their lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address

from samepath.device.reading.secret import Secret, from_base64, from_hexadecimal
from samepath.device.reading.source import Said
from samepath.device.reading.support import (
    UNDERSTOOD,
    Ledger,
    Part,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.device.strongswan.proposals import UnknownAlgorithm, proposals
from samepath.device.strongswan.sections import Section, Value
from samepath.model.topology import IkeProposal

TUNNEL = frozenset({Part.TUNNEL})
MODE = "AWS has ESP in tunnel mode only"
AGGRESSIVE = "AWS has main mode only"
SELECTOR = "only a part of the traffic goes through the tunnel"
TUNNEL_MODE, OFF, ANY = ("tunnel",), ("no", "false", "0"), ("0.0.0.0/0",)
_TIME = re.compile(r"(\d{1,9})([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(value: Value | None) -> Said[int] | None:
    """A time in seconds (``8h``)."""
    found = _TIME.fullmatch(value.text) if value is not None else None
    if value is None or found is None:
        return None
    return Said(value=int(found[1]) * _UNITS[found[2]], place=value.line.place)


def text_of(value: Value | None) -> Said[str] | None:
    """A word; ``%any`` and its like are none."""
    if value is None or value.text.startswith("%"):
        return None
    return Said(value=value.text, place=value.line.place)


def end_of(value: Value | None) -> Said[IPv4Address] | Said[str] | None:
    """The first of the addresses or names of an end."""
    if value is None or value.text.startswith("%"):
        return None
    first = value.text.split(",")[0].strip()
    try:
        return Said(value=IPv4Address(first), place=value.line.place)
    except ValueError:
        return Said(value=first, place=value.line.place)


def suites_of(
    value: Value | None, ledger: Ledger, *, is_esp: bool
) -> tuple[Said[IkeProposal], ...]:
    """The suites of a list; one that strongSwan rejects has none, and is marked."""
    if value is None:
        return ()
    try:
        return tuple(
            Said(value=one, place=value.line.place) for one in proposals(value.text, is_esp=is_esp)
        )
    except UnknownAlgorithm as error:
        why = f"strongSwan rejects it: {error} is no algorithm"
        ledger.mark(value.line, unknown(why, TUNNEL))
        return ()


def has_more(value: Value | None, *, appends: bool) -> bool:
    """Whether the daemon's own proposals are added to a list.

    swanctl's ``default`` stands for them; those of ``ipsec.conf`` are added unless the list ends in
    ``!`` (strongSwan's manual: ``ipsec.conf(5)``, ``ike``).
    """
    if value is None:
        return False
    words = {word.strip() for word in value.text.rstrip("! ").split(",")}
    return "default" in words or (appends and not value.text.rstrip().endswith("!"))


def secret_of(text: str) -> Secret:
    """A key: ``0s`` is in front of base64 and ``0x`` of hexadecimal (``ipsec.secrets(5)``)."""
    if text.startswith("0s"):
        return from_base64(text[2:])
    return from_hexadecimal(text[2:]) if text.startswith("0x") else Secret(text)


def doubt(values: Iterable[tuple[Value | None, str, Iterable[str]]], ledger: Ledger) -> None:
    """Mark the values that AWS's end may not take; each stands with those that it takes."""
    for value, why, taken in values:
        if value is None:
            continue
        words = {word.strip().lower() for word in value.text.split(",")}
        if words.isdisjoint(taken):
            ledger.mark(value.line, not_modelled(why, TUNNEL))


def mark_all(
    section: Section,
    ledger: Ledger,
    understood: Iterable[str],
    noise: Iterable[str],
    known: Iterable[str] = (),
) -> None:
    """Mark the lines of a section by the names of their values."""
    read_names, quiet, odd = set(understood), set(noise), set(known)
    ledger.mark(section.line, UNDERSTOOD)
    for name, value in section.every():
        if name in read_names:
            ledger.mark(value.line, UNDERSTOOD)
        elif name in quiet:
            why = "it does not decide whether the tunnel comes up"
            ledger.mark(value.line, irrelevant(why))
        elif name in odd:
            ledger.mark(value.line, not_modelled("known, and not modelled", TUNNEL))
        else:
            why = f"strongSwan knows no `{name or value.text.split()[0]}` here, or we do not"
            ledger.mark(value.line, unknown(why, TUNNEL))
