"""Traffic control for a tunnel's device: the qdiscs that make up a :class:`Shaper`.

``tc`` makes them in one call; the kernel's list of qdiscs tells whether they are all there. The
root's handle holds the rate in Mbit/s, and the last class's queue is made last, so that one look
tells a whole shaper from a half-made one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from samepath.linux.objects import Shaper

MBIT = 1_000_000
ROOT_PARENT = 0xFFFFFFFF

_LAST = Shaper.REST
"""The class that is made last."""


def script(item: Shaper) -> str:
    """The ``tc -batch`` script that makes a shaper on a device that has none."""
    device, root = f"dev {item.device}", f"{item.major:x}"
    # A small packet costs a daemon in user space as much as a large one, so it counts as one.
    table = f"stab mtu 2048 mpu {item.least_size} linklayer ethernet"
    lines = [f"qdisc add {device} root handle {root}: {table} htb default {Shaper.REST}"]
    classes = (
        (Shaper.CONTROL, "10gbit", "1mb", 1000),
        (Shaper.RESPONSIVE, "10gbit", "1mb", 1000),
        (_LAST, f"{item.rate // MBIT}mbit", "32kb", 100),
    )
    for order, (minor, rate, burst, packets) in enumerate(classes):
        parent, queue = f"{root}:{minor}", f"prio {order} quantum 3028"
        limits = f"rate {rate} burst {burst} cburst {burst}"
        lines += [
            f"class add {device} parent {root}: classid {parent} htb {limits} {queue}",
            f"qdisc add {device} parent {parent} handle {minor}: pfifo limit {packets}",
        ]
    return "\n".join(lines) + "\n"


def observed(
    namespace: str, qdiscs: Iterable[Mapping[str, Any]], names: Mapping[int, str]
) -> Iterable[Shaper]:
    """The shapers among a namespace's qdiscs; a half-made one has the rate 0.

    ``names`` are the interfaces to look at, by index.
    """
    mine = [qdisc for qdisc in qdiscs if qdisc["index"] in names]
    for root in mine:
        if root["parent"] != ROOT_PARENT or root.get("kind") != "htb":
            continue
        major = root["handle"] >> 16
        last = (major << 16) | int(str(_LAST), 16)
        whole = any(q["index"] == root["index"] and q["parent"] == last for q in mine)
        yield Shaper(
            namespace=namespace,
            device=names[root["index"]],
            rate=major * MBIT if whole else 0,
        )
