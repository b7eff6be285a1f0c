"""Short names for AWS's ids: their first eight digits, as long as these are nobody else's.

An id has 17 digits, of which a table of 80 columns has no room for two. The first eight find it in
any list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_LONG = re.compile(r"([a-z]+(?:-[a-z]+)*-[0-9a-f]{8})[0-9a-f]+")


def short_names(ids: Iterable[str]) -> dict[str, str]:
    """The name of each id; an id that cannot be told from another by it keeps all its digits."""
    short = {one: match[1] if (match := _LONG.fullmatch(one)) else one for one in ids}
    counted = Counter(short.values())
    return {one: name if counted[name] == 1 else one for one, name in short.items()}
