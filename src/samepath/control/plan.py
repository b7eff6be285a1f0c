"""The plan: what to do, in which order, so that what is observed becomes what is desired.

A plan is the difference between two sets of objects, put into the one order in which each step has
what it needs. It is level-triggered: it looks at what there is, never at what was done before, so
that it may be made anew after a crash at any step and goes on from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from samepath.linux.objects import (
    Address,
    BirdConfig,
    Bridge,
    ConfigFile,
    Daemon,
    DaemonKind,
    FrrConfig,
    IkeConfig,
    Key,
    MarkRule,
    MovingAddress,
    Namespace,
    Object,
    ReceiveBuffer,
    Route,
    Ruleset,
    SecretFile,
    Shaper,
    Sysctl,
    Tun,
    Veth,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Create:
    """Make an object that is not there."""

    object: Object


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Turn an object that is there into another with the same key."""

    object: Object
    was: Object


@dataclass(frozen=True, kw_only=True, slots=True)
class Delete:
    """Remove an object that nobody wants."""

    object: Object


Step = Create | Change | Delete


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """What the place of one object depends on beside itself.

    ``tuns`` are the TUN devices by namespace and name, ``late`` the daemons that make theirs late.
    """

    tuns: frozenset[tuple[str, str]]
    late: frozenset[str]


def _around(items: Collection[Object]) -> _Around:
    return _Around(
        tuns=frozenset((item.namespace, item.name) for item in items if isinstance(item, Tun)),
        late=frozenset(
            item.name
            for item in items
            if isinstance(item, Daemon) and item.kind is DaemonKind.STRONGSWAN
        ),
    )


def _stage(item: Object, around: _Around) -> int:
    """The place of an object in the order of making; removal goes the other way."""
    match item:
        case Namespace():
            return 0
        case Sysctl() | MarkRule():
            return 1
        case Veth():
            return 2
        case Bridge():
            return 3
        case Address() if (item.namespace, item.device) not in around.tuns:
            return 4
        case MovingAddress():
            return 4
        case Route() if (item.namespace, item.device) not in around.tuns:
            return 5
        case Ruleset():
            return 6
        case ConfigFile() | SecretFile():
            return 7
        case Daemon(kind=kind):
            return _DAEMON_STAGES.get(kind, 19)
        case Tun() if item.daemon not in around.late:
            return 9
        case IkeConfig():
            return 10
        case Tun() | ReceiveBuffer():
            return 12
        case Address():
            return 13
        case Route():
            return 14
        case Shaper():
            return 15
        case BirdConfig() | FrrConfig():
            return 18


_DAEMON_STAGES = {
    DaemonKind.CHARON: 8,
    # It calls at once, and not again after it was refused: whom it calls is to be ready.
    DaemonKind.STRONGSWAN: 11,
    DaemonKind.BIRD: 16,
    DaemonKind.ZEBRA: 16,
    DaemonKind.FRR: 17,
    # Last, for by it is seen that all the rest was made.
    DaemonKind.AGENT: 20,
}
"""The stages of daemons; all others come after what is configured."""


def _namespaces(item: Object) -> tuple[str, ...]:
    """The namespaces without which an object cannot be."""
    match item:
        case Namespace():
            return ()
        case Veth():
            return tuple(end.namespace for end in item.ends)
        case Tun():
            return (item.namespace, item.origin)
        case (
            ConfigFile() | SecretFile() | IkeConfig() | ReceiveBuffer() | BirdConfig() | FrrConfig()
        ):
            return ()
        case _:
            return (item.namespace,)


def _devices(item: Object) -> tuple[tuple[str, str], ...]:
    """The interfaces, by namespace and name, without which an object cannot be."""
    match item:
        case Address() | MovingAddress() | Route() | Shaper():
            return ((item.namespace, item.device),)
        case _:
            return ()


def _provides(item: Object) -> tuple[tuple[str, str], ...]:
    """The interfaces that come and go with an object."""
    match item:
        case Veth():
            return tuple((end.namespace, end.name) for end in item.ends)
        case Bridge() | Tun():
            return ((item.namespace, item.name),)
        case _:
            return ()


def _index(items: Iterable[Object]) -> dict[Key, Object]:
    return {item.key: item for item in items}


def plan(desired: Iterable[Object], observed: Iterable[Object]) -> tuple[Step, ...]:
    """The steps from ``observed`` to ``desired``.

    Removal comes first, in the reverse order of making, so that a name is free before it is taken
    again. What stands inside a namespace or on an interface that goes is not removed by a step of
    its own; daemons are the exception, since a process keeps a nameless namespace alive. Where it
    is wanted on the interface that comes instead, it is made again.
    """
    wanted, found = _index(desired), _index(observed)
    gone_namespaces = {
        item.name
        for key, item in found.items()
        if key not in wanted and isinstance(item, Namespace)
    }
    around = _around((*wanted.values(), *found.values()))

    removed: list[Object] = []
    for key, item in found.items():
        if key in wanted:
            continue
        if not isinstance(item, Daemon) and gone_namespaces.intersection(_namespaces(item)):
            continue
        removed.append(item)
    gone_devices = {device for item in removed for device in _provides(item)}
    removed = [item for item in removed if not gone_devices.intersection(_devices(item))]
    removed.sort(key=lambda item: (_stage(item, around), item.key), reverse=True)

    left = _index(outcome(found.values(), [Delete(object=item) for item in removed]))
    for key, item in wanted.items():
        if key in left and left[key] != item:
            _replace(left, item)
    made: list[Create | Change] = []
    for key, item in wanted.items():
        before = left.get(key)
        if before is None:
            made.append(Create(object=item))
        elif before != item:
            made.append(Change(object=item, was=before))
    made.sort(key=lambda step: (_stage(step.object, around), step.object.key))
    return (*(Delete(object=item) for item in removed), *made)


def outcome(observed: Iterable[Object], steps: Iterable[Step]) -> frozenset[Object]:
    """What there is after ``steps``, by the rules of :mod:`samepath.linux.objects`.

    The law that binds the two: ``outcome(observed, plan(desired, observed)) == desired``.
    """
    there: dict[Key, Object] = _index(observed)
    for step in steps:
        match step:
            case Create():
                there[step.object.key] = step.object
            case Change():
                _replace(there, step.object)
                there[step.object.key] = step.object
            case Delete():
                there.pop(step.object.key, None)
                _cascade(there, step.object)
    return frozenset(there.values())


def _replace(there: dict[Key, Object], changed: Object) -> None:
    """Take away what a change to ``changed`` takes along: a veth pair is changed by a new one."""
    if isinstance(changed, Veth):
        _cascade(there, changed)


def _cascade(there: dict[Key, Object], gone: Object) -> None:
    """Take away what cannot be without ``gone``, and its interfaces from their bridges."""
    names = {gone.name} if isinstance(gone, Namespace) else set()
    devices = set(_provides(gone))
    victims = [
        item
        for item in there.values()
        if names.intersection(_namespaces(item)) or devices.intersection(_devices(item))
    ]
    for item in victims:
        if there.pop(item.key, None) is not None:
            _cascade(there, item)
    for item in tuple(there.values()):
        if isinstance(item, Bridge):
            ports = tuple(port for port in item.ports if (item.namespace, port) not in devices)
            there[item.key] = replace(item, ports=ports)


def describe(step: Step) -> str:
    """One short line for progress and dry runs: ``create veth sp-x--gw-vgw/vpc``."""
    verb = type(step).__name__.lower()
    kind, *rest = step.object.key
    return f"{verb} {kind} {'/'.join(rest)}"
