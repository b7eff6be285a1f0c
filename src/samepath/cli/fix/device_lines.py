"""A change in a device's own lines, as people and programs are told it, and as files have it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from samepath.device.readers import title
from samepath.model.change import Change
from samepath.pairing.mending import Mended, Mending

_THEN = "and then, outside of the configuration"


def typed(change: Change, mending: Mending) -> Iterator[Text]:
    """What is typed for a change, at which device; or why nothing is known to type."""
    found = mending.typed.get(change)
    if found is None:
        return
    if found.patch is None:
        yield Text(f"     {found.device}: no lines are written: {found.why}", style="yellow")
        return
    yield Text(f"     {found.device}, type:")
    yield from (Text(f"       {line}", style="green") for line in found.patch.lines)
    if found.patch.resets:
        yield Text(f"     {_THEN}:")
        yield from (Text(f"       {line}", style="green") for line in found.patch.resets)


def reverts(mending: Mending) -> Iterator[Text]:
    """What takes everything back, device by device."""
    for one in mending.devices:
        yield Text()
        yield Text(f"To take it all back at {name(one)}, type:")
        yield from (Text(f"  {line}") for line in one.reverts)
        if one.resets:
            yield Text(f"{_THEN}:")
            yield from (Text(f"  {line}") for line in one.resets)


def name(one: Mended) -> str:
    """The device with its platform: ``fw1 (FRR)``."""
    return f"{one.device.device.name} ({title(one.writer.platform)})"


def document(change: Change, mending: Mending) -> dict[str, object]:
    """The same for programs; empty of a change that is at no device."""
    found = mending.typed.get(change)
    if found is None:
        return {}
    patch = found.patch
    return {
        "device": found.device,
        "lines": None if patch is None else list(patch.lines),
        "reverts": None if patch is None else list(patch.reverts),
        "resets": None if patch is None else list(patch.resets),
        "why_not": found.why or None,
    }


def scripts(one: Mended) -> dict[str, str]:
    """The files that hold all of a device's lines, by their names: to make the changes, and back."""
    device = one.device.device.name
    return {
        f"{device}.fix": _script(one, one.lines),
        f"{device}.revert": _script(one, one.reverts),
    }


def _script(one: Mended, lines: tuple[str, ...]) -> str:
    whole = (*one.writer.enter, *lines, *one.writer.leave, *one.resets)
    return "".join(f"{line}\n" for line in whole)
