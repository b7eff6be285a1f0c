"""Commands of FortiOS's CLI as they are typed.

A block is opened by ``config`` and closed by ``end``, an entry of it by ``edit`` and ``next``
(FortiOS Administration Guide, "Subcommands",
https://docs.fortinet.com/document/fortigate/7.4.0/administration-guide/627485).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Settings = Mapping[str, tuple[str, ...]]
"""Attributes of an object with their values."""
Lines = tuple[str, ...]

_PLAIN = re.compile(r"[a-z0-9./-]+")
_NAMES = re.compile(
    r"(match-(ip-address|as-path|community|interface)|set-(aspath|community)|match|comments"
    r"|description|(route-map|prefix-list|distribute-list|filter-list)-(in|out)|psksecret"
    r"|phase1name|interface|(src|dst)(intf|addr)|schedule|service|name|device|hostname|vdom|localid)"
)


def quoted(text: str) -> str:
    """A text in quotes; a backslash keeps what has a meaning."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def config(path: str, body: Iterable[str]) -> Lines:
    """A block."""
    return (f"config {path}", *(f"    {line}" for line in body), "end")


def edit(name: str, body: Iterable[str]) -> Lines:
    """An entry of a block; one that is called by a number or an address stands without quotes."""
    shown = name if re.fullmatch(r"[0-9.]+", name) else quoted(name)
    return (f"edit {shown}", *(f"    {line}" for line in body), "next")


def settings(values: Settings) -> Lines:
    """What sets attributes."""
    return tuple(_set(name, words) for name, words in values.items())


def difference(before: Settings, after: Settings) -> Lines:
    """What makes the attributes of an object others."""
    changed = {name: words for name, words in after.items() if before.get(name) != words}
    gone = tuple(f"unset {name}" for name in before if name not in after)
    return (*gone, *settings(changed))


def in_domain(domain: str | None, lines: Lines) -> Lines:
    """Commands within a virtual domain; ``end`` leaves it and the block of domains."""
    if domain is None or not lines:
        return lines
    return ("config vdom", f"edit {domain}", *lines, "end")


def _set(name: str, words: tuple[str, ...]) -> str:
    names = _NAMES.fullmatch(name) is not None
    shown = (one if _PLAIN.fullmatch(one) and not names else quoted(one) for one in words)
    return f"set {name} {' '.join(shown)}"
