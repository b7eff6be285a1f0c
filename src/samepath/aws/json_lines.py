"""The line on which each value of a JSON text begins, by its path.

The interpreter's reader keeps no places. This is asked only where something is to be said of a
text that it has read, so the text is JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from samepath.model.problems import below, parent

LONGEST_TEXT = 4_000_000
"""Characters; in a longer text a path alone has to do."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+', re.DOTALL)


def lines(text: str) -> dict[str, int]:
    """The line of each value by its path (``VpnConnections[0].State``); line 1 is the first."""
    found: dict[str, int] = {}
    if len(text) > LONGEST_TEXT:
        return found
    line = 1
    around: list[tuple[str, int | None]] = []
    """The path of each value that is open, and the position in it if it is a list."""
    path: str | None = ""
    """That of the next value; None where a key is to come."""
    for match in _TOKEN.finditer(text):
        word = match[0]
        if word == "\n":
            line += 1
        elif word in "{[":
            found[path or ""] = line
            around.append((path or "", None if word == "{" else 0))
            path = None if word == "{" else below(path or "", 0)
        elif word in "}]" and around:
            around.pop()
            path = None
        elif word == "," and around:
            whole, position = around.pop()
            position = None if position is None else position + 1
            around.append((whole, position))
            path = None if position is None else below(whole, position)
        elif word != ":" and word not in "}],":
            if path is not None:
                found[path] = line
            elif around and word.startswith('"'):
                path = below(around[-1][0], json.loads(word, strict=False))
    return found


def line_of(places: Mapping[str, int], path: str) -> int | None:
    """The line of a value, or of the nearest around it; None for the whole text."""
    while path and path not in places:
        path = parent(path)
    return places[path] if path else None
