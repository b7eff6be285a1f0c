"""The writers of all platforms.

A further platform is a module in its folder, and a line in :data:`WRITERS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from samepath.device.reading.source import Source
from samepath.device.writing.customer import CustomerToWrite, WrittenFile
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.model.topology import Platform


class Loaded(Protocol):
    """A platform's module that writes."""

    def amend(self, edit: Edit) -> Patch:
        """The fewest lines that make an edit. Raises :class:`NotWritable`."""

    def after(self, sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
        """The device's files once these lines of a patch were typed."""

    def customer(self, it: CustomerToWrite) -> tuple[WrittenFile, ...]:
        """A whole customer gateway. Raises :class:`NotWritable`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """A platform, where its writer is, and how lines of a patch get into the device.

    ``enter`` and ``leave`` are typed around a patch's lines: they open the mode in which the device
    is configured, and close it; on a platform that commits, ``leave`` does.
    """

    platform: Platform
    module: str
    enter: tuple[str, ...]
    leave: tuple[str, ...]

    def load(self) -> Loaded:
        """Its writer."""
        return cast("Loaded", import_module(f"samepath.device.{self.module}"))


WRITERS: tuple[Writer, ...] = (
    Writer(
        platform=Platform.BIRD,
        module="bird.writing.writer",
        enter=("patch -p0 <<'END'",),
        leave=("END",),
    ),
    Writer(platform=Platform.FORTIOS, module="fortios.writing.writer", enter=(), leave=()),
    Writer(
        platform=Platform.VYOS,
        module="vyos.writing.writer",
        enter=("configure",),
        leave=("commit", "save", "exit"),
    ),
    Writer(
        platform=Platform.JUNOS,
        module="junos.writing.writer",
        enter=("configure",),
        leave=("commit and-quit",),
    ),
    Writer(
        platform=Platform.FRR,
        module="frr.writing.writer",
        enter=("configure terminal",),
        leave=("end",),
    ),
    Writer(
        platform=Platform.QUAGGA,
        module="frr.writing.quagga",
        enter=("configure terminal",),
        leave=("end",),
    ),
    Writer(
        platform=Platform.CISCO_IOS,
        module="cisco_ios.writing.writer",
        enter=("configure terminal",),
        leave=("end",),
    ),
)


def writer(platform: Platform) -> Writer:
    """The writer of a platform. Raises :class:`NotWritable`."""
    for one in WRITERS:
        if one.platform is platform:
            return one
    known = ", ".join(sorted(one.platform.value for one in WRITERS))
    raise NotWritable(f"{platform.value} is not written; {known} are")
