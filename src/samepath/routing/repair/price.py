"""What a repair costs: what its statements do besides, and what it gives up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from samepath.model.change import Attribute, Change, Direction, DropTerm, Key, SetAttribute, SetKey
from samepath.model.preference import PINNED_LOCAL_PREFERENCE, PINNED_PREPENDS
from samepath.model.problems import spell_duration
from samepath.model.topology import Connection, GatewayKind, Mode, Topology
from samepath.routing.repair.goal import Found, stuck
from samepath.routing.repair.hanging import hangings
from samepath.routing.states import Condition
from samepath.routing.verdict import PairInState


def prices(
    topology: Topology, changes: Iterable[Change], before: Found, after: Found
) -> tuple[str, ...]:
    """What a repair of a group costs, each a sentence without its full stop.

    ``topology`` is the repaired one; ``before`` and ``after`` are the group's verdicts.
    """
    found = dict.fromkeys(
        (
            *_steering(topology, before, after),
            *(sentence for change in changes for sentence in _of(topology, change)),
        )
    )
    return tuple(found)


def _steering(topology: Topology, before: Found, after: Found) -> Iterator[str]:
    """What becomes of the gateway's moving traffic off a tunnel that it takes out of service."""
    held: dict[str, dict[str, None]] = {}
    moved: dict[str, list[PairInState]] = {}
    for key, one in after.items():
        for element, condition in one.state.conditions:
            if condition is not Condition.MAINTENANCE:
                continue
            if stuck(one) - stuck(before[key]):
                held.setdefault(element.name, {})[str(element)] = None
            if hangings([one]) and not hangings([before[key]]):
                moved.setdefault(str(element), []).append(one)
    for name, tunnels in held.items():
        yield (
            f"the gateway can no longer move traffic off {' and '.join(tunnels)} before "
            f"maintenance: it moves when BGP ends, {_detected(topology.connections[name])}"
        )
    for hanging in hangings(one for some in moved.values() for one in some):
        left = [name for name, some in moved.items() if set(some) & set(hanging.where)]
        hang = "hang" if hanging.certain else "may hang"
        yield (
            f"open flows {hang} at {hanging.device} when the gateway moves traffic off "
            f"{' or '.join(left)} before maintenance: {hanging.why}"
        )


def _detected(connection: Connection) -> str:
    """How long a tunnel that is gone goes unnoticed."""
    hold = f"after the hold time of {spell_duration(connection.bgp.hold)}"
    bfd = connection.bgp.bfd
    if bfd is None:
        return hold
    silent = bfd.interval * bfd.multiplier
    return f"after {spell_duration(silent)} by BFD, or {hold} where the other end has none"


def _of(topology: Topology, change: Change) -> Iterator[str]:
    match change:
        case SetAttribute(attribute=Attribute.LOCAL_PREFERENCE, after=int(), place=place):
            customer = topology.connections[place.connection].customer_gateway
            yield (
                f"local preference holds in the AS of cgw:{customer} only: the gateway never "
                "learns of it"
            )
        case SetAttribute(attribute=Attribute.PREPEND, after=int()):
            yield "prepending is seen by everybody whom the gateway passes the route on to"
        case DropTerm(place=place):
            heard = "heard" if place.direction is Direction.IMPORT else "announced"
            yield f"what a term kept back at {place.path} is {heard} from now on"
        case SetKey(key=Key.MODE, name=name, after=Mode.PINNED):
            connection = topology.connections[name]
            active, other = connection.active, 3 - connection.active
            yield (
                f"to pin {name} is two statements on a device: local preference "
                f"{PINNED_LOCAL_PREFERENCE} on the import of tunnel {active}, prepending "
                f"{PINNED_PREPENDS} times on the export of tunnel {other}"
            )
        case SetKey(key=Key.MODE, name=name, after=Mode.FOLLOW | Mode.PLAIN):
            gateway = topology.gateways[topology.connections[name].gateway]
            both = gateway.kind is GatewayKind.VIRTUAL_PRIVATE or change.after is Mode.FOLLOW
            which = "both directions" if both else "what the site sends"
            yield f"the gateway moves {which} of {name} whenever its MED says so"
        case SetKey(key=Key.ACTIVE):
            yield "the active tunnel is the gateway's own decision: AWS offers no such knob"
        case SetKey(key=Key.FIREWALL, name=name):
            yield (
                f"cgw:{name} has to hold its tunnels in one zone, so that its rules do not tell "
                "them apart"
            )
        case SetKey(key=Key.REQUIRES_POLICY, name=name):
            yield (
                f"cgw:{name} then accepts and announces whatever no policy holds back, over all of "
                "its sessions; a policy for each would say what it may be"
            )
        case SetKey(key=Key.PROBE_INSIDE, name=name):
            yield f"the far inside addresses of {name} have to answer, or its routes go"
        case _:
            return
