"""What ``samepath device --json`` prints: the value that was read, as JSON.

A field that the configuration does not say is null. What it says has its value with the file and
the line. A secret is told as being there, and never shown.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.secret import MASK, Secret
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import Remark, Support

SCHEMA = "samepath.device/1"


def document(configuration: DeviceConfiguration) -> dict[str, object]:
    """The whole answer."""
    return {"schema": SCHEMA, **_members(configuration)}


def _members(value: object) -> dict[str, object]:
    assert is_dataclass(value)  # noqa: S101 - only called for one
    return {field.name: _json(getattr(value, field.name)) for field in fields(value)}


def _json(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case Enum():
            return value.value
        case IPv4Address() | IPv4Network() | IPv4Interface():
            return str(value)
        case timedelta():
            return value.total_seconds()
        case Secret():
            return MASK
        case tuple():
            return [_json(one) for one in value]
        case Said():
            return {"value": _json(value.value), **_members(value.place)}
        case Support():
            return {
                "counts": {state.value: number for state, number in value.counts().items()},
                "outside": value.outside,
                "lines": [_remark(one) for one in value.doubts()],
            }
        case Place():
            return _members(value)
        case _:
            return _members(value)


def _remark(remark: Remark) -> dict[str, object]:
    return {
        **_members(remark.place),
        "text": remark.text,
        "state": remark.mark.state.value,
        "reason": remark.reason,
        "could_change": sorted(part.value for part in remark.mark.parts),
    }
