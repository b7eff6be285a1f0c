"""Hanging flows: at which device open flows hang after a repair, in which states, and by what rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from samepath.routing.assumption import some_flows
from samepath.routing.fate import Mechanism
from samepath.routing.verdict import Judgement, PairInState


@dataclass(frozen=True, kw_only=True, slots=True)
class Hanging:
    """Open flows that hang at a device; ``why`` is its rules, a clause about "it"."""

    device: str
    why: str
    certain: bool
    """Whether some flows do, whatever no input holds; else they may."""
    where: tuple[PairInState, ...]


def hangings(found: Iterable[PairInState]) -> tuple[Hanging, ...]:
    """Where open flows hang, or may hang, by device."""
    by_device: dict[str, tuple[dict[str, None], list[PairInState]]] = {}
    for one in found:
        for mechanism in dict.fromkeys(_mechanisms(one)):
            rules, where = by_device.setdefault(mechanism.device, ({}, []))
            rules[mechanism.rule] = None
            if one not in where[-1:]:
                where.append(one)
    return tuple(
        Hanging(
            device=device,
            why=", or ".join(rules),
            certain=any(some_flows(one.outcomes, partial(_hangs_at, device)) for one in where),
            where=tuple(where),
        )
        for device, (rules, where) in by_device.items()
    )


def _mechanisms(one: PairInState) -> Iterator[Mechanism]:
    for outcome in one.outcomes:
        yield from _of(outcome.result)


def _of(judgement: Judgement) -> Iterator[Mechanism]:
    yield from filter(None, (fate.hung_by for _, fate in judgement.fates))


def _hangs_at(device: str, judgement: Judgement) -> bool:
    return any(mechanism.device == device for mechanism in _of(judgement))
